-- Up to when the occasions of a repeat are over, so that nobody looks through all of them again. An occasion may fall on
-- any day after it.
ALTER TABLE repeat ADD COLUMN handled DATE;
