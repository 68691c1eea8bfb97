-- One process works at a time. 'beat' rises while it lives; whoever sees it stand still takes over under the next token,
-- and what the one before still tries to begin is refused.
CREATE TABLE lease (
  name TEXT PRIMARY KEY NOT NULL,
  holder TEXT,
  token BIGINT NOT NULL,
  beat BIGINT NOT NULL
);
INSERT INTO lease (name, holder, token, beat) VALUES ('worker', NULL, 0, 0);

-- What this database is for, so that a drill and the real thing can't be mixed.
CREATE TABLE installation (
  id BIGINT PRIMARY KEY NOT NULL CHECK (id = 1),
  purpose TEXT NOT NULL CHECK (purpose IN ('live', 'training')),
  bot_user_id TEXT NOT NULL,
  since TIMESTAMPTZ NOT NULL
);
