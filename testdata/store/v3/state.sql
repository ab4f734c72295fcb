-- Written by windlass 0.1.0 as it was with schema 3.
PRAGMA application_id = 0x77646c73; PRAGMA user_version = 3;
BEGIN TRANSACTION;
CREATE TABLE entry (
    id               INTEGER PRIMARY KEY AUTOINCREMENT,
    provider_nid     TEXT NOT NULL,
    provider_id      TEXT NOT NULL,
    provider_version TEXT NOT NULL,
    version_key      TEXT NOT NULL,  -- Version::sort_key, '' when the text is no version
    namespace        TEXT NOT NULL,
    org              TEXT NOT NULL,
    space            TEXT NOT NULL,
    content          TEXT,           -- JSON
    visibility       TEXT,           -- JSON, [["org", "space"], …]
    module           TEXT
);
INSERT INTO entry VALUES(1,'mta','state-shop:api','1.2.0','0000000001.0000000002.0000000000','','local','dev','{"url":"http://shop.example"}','[["local","*"]]','web');
CREATE TABLE entry_property (
    key        TEXT NOT NULL,
    value_hash INTEGER NOT NULL,
    entry_id   INTEGER NOT NULL,
    PRIMARY KEY (key, value_hash, entry_id)
) WITHOUT ROWID;
INSERT INTO entry_property VALUES('url',2650485702500339797,1);
CREATE TABLE entry_reader (
    org      TEXT NOT NULL,
    space    TEXT NOT NULL,
    entry_id INTEGER NOT NULL,
    PRIMARY KEY (org, space, entry_id)
) WITHOUT ROWID;
CREATE TABLE subscription (
    mta         TEXT NOT NULL,
    namespace   TEXT NOT NULL,
    org         TEXT NOT NULL,
    space       TEXT NOT NULL,
    module      TEXT NOT NULL,
    resource    TEXT NOT NULL,
    provider_id TEXT NOT NULL,  -- '' when the filter takes any
    filter      TEXT NOT NULL,  -- JSON, see store/rows.rs
    fragment    TEXT NOT NULL,
    PRIMARY KEY (mta, namespace, org, space, module, resource)
) WITHOUT ROWID;
INSERT INTO subscription VALUES('state-user','','local','dev','reader','shop-api','state-shop:api','{"v":1,"provider-id":"state-shop:api","namespace":"any","target":{"org":"local","space":"dev"},"content":"{}"}',X'502db42d1966efb9a630eaed3f5929713164dbdba0d763dbcb336635b0d710b229d37f5edd2c5c55c8fba3be41d1854d2a9e4bc4c80be1737714fa6c8a612d7612bf22bf376883f51fef40677014e4c004b2b87e945b3b04de91868f5b10ce1aabf0778b80ac6ca4b3bbc738f621dcbb291a8a0898d14f21c7b7eba8add09239c1a880dcb2481f4e97afd2b2cfbdd1e86c865bb86b106e71aae84abebc94055014489f4d018c633a5b069cd103422894c6cda8471d1e403a34ae2e666940e673edde45635f8d20da56b173a843bad7977227614256f6b87a75b8fbc5aa5e9d0d6df257d2b4dbe24eaa6e3a6e97de67320357a6877a1cecb285fbe3a260d7a5fd06912646232d1921e433d645ba1ae71771796da00212fc3112d335b93d036b5be0f0222506c17bcfa1a6d2bc3bac8f067c0feda8f9aa3899e88633b373d8f02eadd9a7b8ea35cbcf1ddac7a683d162');
CREATE TABLE deployment (
    mta       TEXT NOT NULL,
    namespace TEXT NOT NULL,
    org       TEXT NOT NULL,
    space     TEXT NOT NULL,
    revision  INTEGER NOT NULL,
    format    INTEGER NOT NULL,  -- of the record
    record    TEXT NOT NULL,     -- JSON
    PRIMARY KEY (mta, namespace, org, space)
) WITHOUT ROWID;
INSERT INTO deployment VALUES('state-shop','','local','dev',1,1,X'683c5514e9071935ed4f968be9737a780aa18afb972b1735ed422aa3e2316768418597039ee0324074274f43d57d7c779bd383fb28191f0af81e958f73fd017d7479ec695a0559d4e77b7519b320fc179b2a732eb004152c8ff0c024e4366eecf4e8f090110ab2626f465986b56816d6950e69a118d0147f0cdc2d214c463efcc18a8415dfc030eeca567fb6011c8989fc08aca642a18f425cbcb25da01128b4561172c42572c3a003539ce9f553ad8af9352cbec91ec9b859e8e17ec3fc225fb10ed32b254cd6990e33873289b0bc5266730c20d423b0f935e9f7e9b1d9e3ff2931e62a46c4e4071e874d38ee3f84de221e81c4e4911d6b694b25a7e14c060f223ea7feb542655f1a58618394256994969ee3a5b1acdf45f10ac0e5b0a3fa793f0f7c285313b95bd6cc3a020deb8d1025f6830d5ccfdea699b1700e919541f4175f6c47cd24c8eefea923377bbecc0c3b84d80b516c65de3441ebfa469579634802cfa95792a0c1b19ac4520c688cfea49e2f63b3fb517ac01e5df5df9525d49b97cf5fefdffc7ea282000b9b8667dfae04f6daf6aded738ce1cc7751861f5ed3a159bee0249545b83648ca95af6677d99b727796d30e00919a1e3f7ceca69a2f71eb0546c8902150ab848dfe2c06c5ee331ae5db0c3ae82796b3588628ba34795e8989c9e79360d79b2768fc44ccb8fc8890425fc1c2291ff901904ed136cc8042d1626e44416de160af9c1aafea3be54b70aa135fd59266859d43e0ffaffe4a08d4a2f85b2657dbf90f6a5ff8c9c7962aa24cf01259b6bbe738ef9a8c58a87ba2bf32878d65ab8e49fb8d373b53329d996c0a9f3d23c1510f546303c9e0c4f64b83df202b908021e69cd684bbd368ba1787a9b9d098e4764a3b68a126da30eec5ffad56c73895c421b44de7ff5f66873f6c08439f2acba73e0d3bb7882a770df9c971b5b584d2027fc0b3907cced416104feb80184eaeef963ddb997ec9ac1a4531069f5c944b1f14f02e0e6e46772084b8bb373cf6ba472d1fa603034a359c3a3f15753b1478ab55d1cad29c98ef1fc48ce5d8a854f9dd191e3229fb888829ecd7a8af7f48544fa99c3f59333d0e67c8b8a87345dc80255cf2c08bd9a6f80510ed955e1f28e735998ff9760484e51f6d0ed369b018a7eff9ab3b812f90e7ea1bb7da689c8cc9160d340c7de05031853f35094c2cf025da0864705c5e186cf76c59e6d30d107c8262bc93329f64d76d2fdb127cd9039c2d0ad5784e538ac9069ea0ff9a6ebe6d1d08a33459b4660a1f8bcc9fb21d319da89e6ec273739b5fbca9dc3db9c642b587e299b49470b76bb08a2ac269d2ae2102e8e4bba2735dcca0c829ccee0225e22b8ea3c9ba394a8d94d84b4732c3d2fdafc5898e1792137ed23072adf825defa976711005c8803d1095e3fc3b109a0915f6bbcc9acc50cc56f35fb1623d611537f6ca7a62d66ed442a89b154f88c14f99e8b7538fb76856e41d8a876e21adc322fc90db29c27aaa43277a9796e0b6113e34a5402619e0a4406e9786a9f8331788fd173279064f1ea54e8d5b098b095ca0932867cf4d83ed7f0dc9e5cf283ba8fea9b42933efa6281cafecba7a0f19bed5bd354a6135a3d6f239976644e58d93d0513600fd1feb4488bed9be270a0a8328573474ad2106c198d27b7a4f3f08791164a37e93051da0512f95272594d2ea23a010eb373699a850184370bf8c26377839928d652d485005fc202ca386f2c21f1f220ccc0d6e14b9ce8c4952cf64b0b1889e04bd8fcd55920d352fbe0b05f4e39098906e3cf9319e48ff2bf328b161a8f6641a5366658a5eccf4d1da64284fd7076d60e416eec23a3a224404dd82e44706077f0e370cef64e55a70e09e57fd80ca854a3875093e2e5595379aefce2ab0e735c8f87eafd4eb8b6a83a7e1168c810bd355e323bbeb35d26366b5471bc418c24182ad5d1d5e8a225cf79ecea45f56507433877b4f7fd3668ae9890c4982a1dc463f9965e29b63a1ea6b8bc0cd10a0bdb87b1a9590c59e71accc2c8e5688bee54ecd12ae44dfbb8eca3d90d2169eafca2f4315f61d662e197656bc32ccb080100d32c0d661a7ac28f092fc1444946d0b5');
INSERT INTO deployment VALUES('state-user','','local','dev',1,1,X'150fb90a0aa98cffaa9ed11cb241958c13e1d90a2c4b85cc106c7d96a748f25fd8a8df53927f1931c9ed3c49585c71642bcfc1c61d3dbf1b89cc7ac48484a8d283c8592ba8b54a9585a4e8dea727c9a6c6340c8382fd8bc1b8cb252741188f52d41aaee86becad7b80cd01681786d7c61a8d7d4adcba6da49557c388ce27fa997ce882b84376319afb997ec34e05808dc455ab2035eee90d76b264894f26d90355acc026dc0f104e1c7cbdbfbfe87c42ef92f0f03f731d4fddd76d3abcd68c7d645a1ac6bf0eb86d839f0ae4c6c3dbd8a14cf552e4437bdc479cadb35c50452d88c24893313cfabdbc9751ac82eee47589efe67de80c8ba7060f0f150b0991eaccc6b4a2bffbc12fabe40d73517eb262a9df96e34227982187ea8252af722b52f68eaba54e6d79324fab8e142a995c7e22a8bdd955574f7f383939098e6782d825bbf84f76c2f76069889bb0eecde427cb6951e2c16428731c79c3879bbd0131b8c07f2bf6911c975d3665fadc6ba2bfc4c74d41cc01ea12b1f6936a76725d23f43e45896d4fed653743a021ebc681f35c755a7a1cd35cb9dd0549d981370198f37a4ad601b4de9d820a94e2e0c6bd5cbe6d590604c3cd3cac098e4cc488280ca5136c62b0a7361a7e0dd293fb8bd62bc175225e2bafd3eed52d518681b5c2484c47badbc2cb97089bea4c143cf17871d9135d4b62929c84f7c8b1d30e827ae1a8d1259e44315d1ff694d74d82e509c7d7d996c707ffb2b7cb72bd6891ef37885440a5ee145b270abae9dccc39e253c229dc82271d2e55158e08bf0a3cbc53ee39db398b8ad2c331681d6848d2787d2d6a5ee5ab5842cb954eaf993350751b04afc6e7cc89ed269b249acc1726410da2a4fb8cfa35f7142882864ed29531e2d72f2011bddacad471d25aacb97f26d80343980aa412994b3baab0fc70077654c463a0f8d8e81aa721fe8a6d85693417f0f74602491bd2f8f4a8617868858228c91cc9aa1e280408c94caa1721dfcfdc489c566e1557f2c8f7d20b3f7cbd8a1022bdaf292f2a0ad83424499a88eccfefc7a048b05d09bf8968fbfed4bc4a1e4f6e3f151c77ada1e78b21dacd66e091090615191f575c69a049bec80265bebf0bd49f2e560499587f3ef8ed134b244649476641249926119a6129549a019a551c4aa33e92770f394dec8bfc1b4be0c713c722a3682615dad70faa04348537f0ebab2c6cbff6396efe2767c5b75db8abcf031f68026e0c885b3427e73eee21e6433ddbad3a0a076c658d2ed859282d286b76fa7bab8a85e544ad99867fa59ddb46150bacbf7d2018b1');
CREATE TABLE lock (
    mta        TEXT NOT NULL,
    namespace  TEXT NOT NULL,
    org        TEXT NOT NULL,
    space      TEXT NOT NULL,
    doing      TEXT NOT NULL,
    owner      TEXT NOT NULL,
    host       TEXT NOT NULL,
    pid        INTEGER NOT NULL,
    process    TEXT NOT NULL,     -- when the process was started, as its system counts; tells a reused pid
    token      TEXT NOT NULL,     -- of this one lock
    since      INTEGER NOT NULL,  -- seconds since 1970
    heartbeat  INTEGER NOT NULL,
    PRIMARY KEY (mta, namespace, org, space)
) WITHOUT ROWID;
CREATE TABLE secret (
    name  TEXT PRIMARY KEY,
    value BLOB NOT NULL
) WITHOUT ROWID;
INSERT INTO secret VALUES('check',X'8c84f1a54835db8033085044c38c52202fc81d36d71c169c8d0cdb4998cf777ab2f9dba61ac9becc77cc1032137e9a9c');
INSERT INTO secret VALUES('generator',X'9dc4a7caab1d636a2ece0c2a3d529b814f87d1c03799a2e3e9844c75db555fe603157990774952c9ce231aa04aa0574200a9ef2e9bc6dd00f675951882c7d9c2672d017f5da93d51');
CREATE TABLE vault (
    name    TEXT PRIMARY KEY,
    sealed  BLOB NOT NULL,
    changed INTEGER NOT NULL  -- seconds since 1970
) WITHOUT ROWID;
INSERT INTO vault VALUES('vaulted',X'd5e059d0f27042cfbe0f7ca7c39dc1bd16b17da531ee6ebf5863fb0b323b123449259b8f47216d9cede241b6586774ff7ba1a6a250',1795198775);
CREATE TABLE run (
    mta         TEXT NOT NULL,
    namespace   TEXT NOT NULL,
    org         TEXT NOT NULL,
    space       TEXT NOT NULL,
    module      TEXT NOT NULL,
    task        TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    image_id    TEXT NOT NULL,
    revision    INTEGER NOT NULL,
    PRIMARY KEY (mta, namespace, org, space, module, task)
) WITHOUT ROWID;
INSERT INTO run VALUES('state-shop','','local','dev','web','prepare','49fe921e3292a18d87d14f7b27b1cbd913ebaf5709f4224d6e6ffb81d8e5c738','sha256:c0a027a9ad92a0cc300d595d04b7a9e9838de8ef8458a700d2993f8fb5c6fbf4',1);
DELETE FROM sqlite_sequence;
INSERT INTO sqlite_sequence VALUES('entry',1);
CREATE UNIQUE INDEX entry_identity
    ON entry (provider_id, org, space, version_key, provider_version, provider_nid, namespace);
CREATE INDEX entry_by_target ON entry (org, space, namespace);
CREATE INDEX subscription_by_provider ON subscription (provider_id);
COMMIT;
