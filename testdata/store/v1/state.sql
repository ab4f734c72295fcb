-- Written by windlass 0.1.0 as it was with schema 1.
PRAGMA application_id = 0x77646c73; PRAGMA user_version = 1;
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
INSERT INTO subscription VALUES('state-user','','local','dev','reader','shop-api','state-shop:api','{"v":1,"provider-id":"state-shop:api","namespace":"any","target":{"org":"local","space":"dev"},"content":"{}"}','{"_schema-version":"3.1.0","ID":"state-user","version":"2.0.0","modules":[{"name":"reader","type":"application","requires":[{"name":"shop-api","list":"shops","properties":{"url":"~{url}"}}]}],"resources":[{"name":"shop-api","type":"configuration","parameters":{"provider-id":"state-shop:api"}}]}');
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
INSERT INTO deployment VALUES('state-shop','','local','dev',1,1,'{"version":"1.2.0","units":[{"module":"web","declared":"shop/mtad.yaml:5","image":"windlass-test:1","instances":1,"start":"yes","entrypoint":null,"command":null,"environment":{"COLOUR":{"text":"blue","secret":false,"tells_the_time":false,"origin":"shop/mtad.yaml:13"},"PASSWORD":{"text":"planted-password","secret":true,"tells_the_time":false,"origin":"shop/mtad.yaml:12"},"PORT":{"text":"8080","secret":false,"tells_the_time":false,"origin":"the module''s port"}},"port":8080,"ports":[{"container":8080,"host":null,"address":null,"protocol":"tcp"}],"volumes":[{"source":{"volume":"windlass-state-shop-data"},"at":"/data","read_only":false}],"user":null,"working_dir":null,"memory":67108864,"milli_cpus":null,"restart":"unless-stopped","stop_signal":null,"stop_timeout":1,"read_only":false,"init":false,"cap_add":[],"cap_drop":[],"extra_hosts":[],"labels":{},"health":{"check":{"port":{"port":8080}},"timeout":60,"invocation_timeout":5,"interval":10},"routes":[],"provides":["api"],"secret_inputs":[]}],"network":"windlass-state-shop","volumes":["windlass-state-shop-data"],"after":{}}');
INSERT INTO deployment VALUES('state-user','','local','dev',2,1,'{"version":"2.0.0","units":[{"module":"reader","declared":"user/mtad.yaml:5","image":"windlass-test:1","instances":1,"start":"yes","entrypoint":null,"command":null,"environment":{"shops":{"text":"[{\"url\":\"http://shop.example\"}]","secret":false,"tells_the_time":false,"origin":"user/mtad.yaml:12","origins_inside":{"[0].url":"user/mtad.yaml:15"}}},"port":null,"ports":[],"volumes":[],"user":null,"working_dir":null,"memory":null,"milli_cpus":null,"restart":"unless-stopped","stop_signal":null,"stop_timeout":1,"read_only":false,"init":false,"cap_add":[],"cap_drop":[],"extra_hosts":[],"labels":{},"health":{"check":"process","timeout":60,"invocation_timeout":5,"interval":10},"routes":[],"provides":[],"secret_inputs":[]}],"network":"windlass-state-user","volumes":[],"after":{}}');
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
INSERT INTO secret VALUES('generator',X'aafa3883a2a0045036569c466e7ccc8083bff5d0d32f84414e1617a7dde5e233');
DELETE FROM sqlite_sequence;
INSERT INTO sqlite_sequence VALUES('entry',1);
CREATE UNIQUE INDEX entry_identity
    ON entry (provider_id, org, space, version_key, provider_version, provider_nid, namespace);
CREATE INDEX entry_by_target ON entry (org, space, namespace);
CREATE INDEX subscription_by_provider ON subscription (provider_id);
COMMIT;
