-- Operations: what was done, by whom, how it went. Times are milliseconds since 1970. `sealed` columns hold what may contain
-- secrets, closed as in 0002; everything else is shown as it stands and holds none.
CREATE TABLE operation (
    id        TEXT PRIMARY KEY,       -- eight hexadecimal digits, as in labels and events
    mta       TEXT NOT NULL,
    namespace TEXT NOT NULL,
    org       TEXT NOT NULL,
    space     TEXT NOT NULL,
    kind      TEXT NOT NULL,          -- deploy, undeploy, suspend, resume, restart, rollback …
    state     TEXT NOT NULL,          -- running, finished, failed, interrupted, aborted
    outcome   TEXT NOT NULL,          -- '' while it runs; then the word of its last event
    began     INTEGER NOT NULL,
    ended     INTEGER,
    owner     TEXT NOT NULL,
    host      TEXT NOT NULL,
    pid       INTEGER NOT NULL,
    process   TEXT NOT NULL,          -- as in lock: tells whether its process lives
    version   TEXT NOT NULL,          -- after it; '' when there is none
    revision  INTEGER,                -- that it has made
    repeats   TEXT NOT NULL,          -- the operation that this one resumes or retries, or ''
    format    INTEGER NOT NULL,       -- of the sealed columns
    order_    BLOB NOT NULL,          -- sealed: what it was told to do, enough to do it again
    plan      BLOB NOT NULL           -- sealed: as `plan -o json` prints it, masked
) WITHOUT ROWID;
CREATE INDEX operation_by_deployment ON operation (mta, namespace, org, space, began);
CREATE INDEX operation_by_time ON operation (began);

CREATE TABLE operation_step (
    operation TEXT NOT NULL,
    step      INTEGER NOT NULL,
    subject   TEXT NOT NULL,
    doing     TEXT NOT NULL,
    state     TEXT NOT NULL,          -- pending, running, done, failed, skipped
    detail    TEXT NOT NULL,          -- result or problem, masked
    began     INTEGER,
    ended     INTEGER,
    PRIMARY KEY (operation, step)
) WITHOUT ROWID;

-- Each event as `--progress json` prints it (masked already), in their order, and as people read it.
CREATE TABLE operation_event (
    operation TEXT NOT NULL,
    number    INTEGER NOT NULL,
    at        INTEGER NOT NULL,
    event     TEXT NOT NULL,
    lines     TEXT NOT NULL,          -- who, tab, what, line by line; '' when another event says the same
    PRIMARY KEY (operation, number)
) WITHOUT ROWID;

-- What was deployed, revision by revision: a way back.
CREATE TABLE revision (
    mta       TEXT NOT NULL,
    namespace TEXT NOT NULL,
    org       TEXT NOT NULL,
    space     TEXT NOT NULL,
    revision  INTEGER NOT NULL,
    operation TEXT NOT NULL,
    at        INTEGER NOT NULL,
    version   TEXT NOT NULL,
    good      INTEGER NOT NULL,       -- 1: its operation came to its end
    format    INTEGER NOT NULL,
    record    BLOB NOT NULL,          -- sealed: record, entries, subscriptions
    PRIMARY KEY (mta, namespace, org, space, revision)
) WITHOUT ROWID;

-- Each start of a container by windlass, with its cause.
CREATE TABLE container_start (
    id        INTEGER PRIMARY KEY,
    mta       TEXT NOT NULL,
    namespace TEXT NOT NULL,
    org       TEXT NOT NULL,
    space     TEXT NOT NULL,
    module    TEXT NOT NULL,
    instance  INTEGER NOT NULL,       -- 0: a task or a hook
    container TEXT NOT NULL,
    operation TEXT NOT NULL,
    at        INTEGER NOT NULL,
    cause     TEXT NOT NULL           -- in words, masked
);
CREATE INDEX container_start_by_module ON container_start (mta, namespace, org, space, module, at);

-- Modules that were stopped on purpose: no deployment wakes them.
CREATE TABLE suspension (
    mta       TEXT NOT NULL,
    namespace TEXT NOT NULL,
    org       TEXT NOT NULL,
    space     TEXT NOT NULL,
    module    TEXT NOT NULL,
    at        INTEGER NOT NULL,
    operation TEXT NOT NULL,
    PRIMARY KEY (mta, namespace, org, space, module)
) WITHOUT ROWID;

-- Descriptors of modules that were added by hand (`module add`).
CREATE TABLE own_module (
    mta        TEXT NOT NULL,
    namespace  TEXT NOT NULL,
    org        TEXT NOT NULL,
    space      TEXT NOT NULL,
    added      INTEGER NOT NULL,
    descriptor BLOB NOT NULL,         -- sealed: the text of an mtad.yaml
    PRIMARY KEY (mta, namespace, org, space)
) WITHOUT ROWID;

-- What containers wrote that are gone, up to a size.
CREATE TABLE kept_log (
    id        INTEGER PRIMARY KEY,
    mta       TEXT NOT NULL,
    namespace TEXT NOT NULL,
    org       TEXT NOT NULL,
    space     TEXT NOT NULL,
    module    TEXT NOT NULL,
    instance  INTEGER NOT NULL,
    container TEXT NOT NULL,
    operation TEXT NOT NULL,          -- that removed it
    version   TEXT NOT NULL,
    at        INTEGER NOT NULL,
    lines     BLOB NOT NULL           -- sealed
);
CREATE INDEX kept_log_by_module ON kept_log (mta, namespace, org, space, module, at);
