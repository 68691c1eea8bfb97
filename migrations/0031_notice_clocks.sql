-- How late it was when a worker last looked. A clock that shows less has been put back, and what was written while it was
-- ahead is moved to when it really was.
CREATE TABLE clock_mark (
  id BIGINT PRIMARY KEY NOT NULL CHECK (id = 1),
  at TIMESTAMPTZ NOT NULL
);
