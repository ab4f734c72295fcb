-- Which windlass brought this file to which schema. Not one of the numbered steps: it is made with whichever of them comes
-- first, so that every version that cannot read the rest can read this, and say which windlass can.
CREATE TABLE IF NOT EXISTS upgrade (
    schema   INTEGER PRIMARY KEY,
    windlass TEXT NOT NULL,
    at       INTEGER NOT NULL  -- milliseconds since 1970
);
