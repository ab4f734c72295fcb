-- What runs once and has ended well: tasks, and modules that are themselves run once (with '' for the task). Written as soon
-- as it has ended, so that nothing runs a second time because of what failed after it.
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
