-- What `windlass secret set` keeps. `sealed` is closed with the key file beside this file and the name, see store/seal.rs.
-- From this version on, these are sealed, too: the key of generated credentials (secret), what is deployed
-- (deployment.record) and what is remembered of subscribers (subscription.fragment), for all of them hold secrets.
CREATE TABLE vault (
    name    TEXT PRIMARY KEY,
    sealed  BLOB NOT NULL,
    changed INTEGER NOT NULL  -- seconds since 1970
) WITHOUT ROWID;
