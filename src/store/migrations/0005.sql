-- Modules of other deployments whose update has been decided and has not ended well yet. Written before the entries change from
-- which the update follows, so that whoever goes on after a kill still knows of it.
CREATE TABLE owed_update (
    mta                  TEXT NOT NULL,  -- whose operation it is
    namespace            TEXT NOT NULL,
    org                  TEXT NOT NULL,
    space                TEXT NOT NULL,
    subscriber_mta       TEXT NOT NULL,
    subscriber_namespace TEXT NOT NULL,
    subscriber_org       TEXT NOT NULL,
    subscriber_space     TEXT NOT NULL,
    module               TEXT NOT NULL,
    PRIMARY KEY (mta, namespace, org, space, subscriber_mta, subscriber_namespace, subscriber_org, subscriber_space, module)
) WITHOUT ROWID;
