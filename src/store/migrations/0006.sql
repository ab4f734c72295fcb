-- In which order operations were begun: clocks are turned back, and what was begun later is the later one all the same.
ALTER TABLE operation ADD COLUMN number INTEGER NOT NULL DEFAULT 0;
UPDATE operation SET number =
    (SELECT count(*) FROM operation AS earlier WHERE (earlier.began, earlier.id) <= (operation.began, operation.id));
CREATE INDEX operation_by_number ON operation (number);
