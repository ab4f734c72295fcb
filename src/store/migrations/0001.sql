-- What windlass remembers. Absent texts are stored as '' where they belong to an identity, so that uniqueness holds.

-- Configuration entries. Ids are never used twice: they are the order of publication, and a property row that was left
-- behind could otherwise name another entry.
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

-- Identity, and the way to the entries of a provider: by target, then by range of versions.
CREATE UNIQUE INDEX entry_identity
    ON entry (provider_id, org, space, version_key, provider_version, provider_nid, namespace);

CREATE INDEX entry_by_target ON entry (org, space, namespace);

-- What stands at the top level of each content, by hash: the way to the entries that a content filter asks for. The value
-- itself is compared in Rust. No foreign key: SQLite would want an index on entry_id for it, as large as this table.
CREATE TABLE entry_property (
    key        TEXT NOT NULL,
    value_hash INTEGER NOT NULL,
    entry_id   INTEGER NOT NULL,
    PRIMARY KEY (key, value_hash, entry_id)
) WITHOUT ROWID;

-- Who may read an entry beyond its own org: the way for questions that name neither provider, content nor target.
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

CREATE INDEX subscription_by_provider ON subscription (provider_id);

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

-- The key from which generated credentials are derived. SQLite seeds its generator (ChaCha20) from the system's.
CREATE TABLE secret (
    name  TEXT PRIMARY KEY,
    value BLOB NOT NULL
) WITHOUT ROWID;
INSERT INTO secret (name, value) VALUES ('generator', randomblob(32));
