-- Every saved version of a rule; nothing here is ever changed or deleted. Version 1 of a rule that was a file first is
-- that file's text, kept when somebody saved over it.
CREATE TABLE rule_version (
  path TEXT NOT NULL,
  version BIGINT NOT NULL,
  text TEXT NOT NULL,
  hash TEXT NOT NULL,
  origin TEXT NOT NULL CHECK (origin IN ('console', 'import', 'file')),
  why TEXT NOT NULL,
  staff_id UUID REFERENCES staff (id),
  saved_at TIMESTAMPTZ NOT NULL,
  PRIMARY KEY (path, version)
);

-- The newest version of each saved rule. An archived rule can't be used, even where a file has its path.
CREATE TABLE rule (
  path TEXT PRIMARY KEY NOT NULL,
  version BIGINT NOT NULL,
  archived_at TIMESTAMPTZ,
  FOREIGN KEY (path, version) REFERENCES rule_version (path, version)
);

-- Rises with each change of a rule, in its transaction; whoever holds the rules in memory asks it whether they are stale.
CREATE TABLE rule_counter (
  id BIGINT PRIMARY KEY NOT NULL CHECK (id = 1),
  last BIGINT NOT NULL
);
INSERT INTO rule_counter (id, last) VALUES (1, 0);
