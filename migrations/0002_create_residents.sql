-- A friend's account. Attributes are one JSON document after segments/attributes.toml; a missing key is "unknown".
-- delivery_chosen_at and topics_chosen_at are when the friend last chose to get messages or none, or topics: an event
-- that is handled late changes nothing that was chosen since.
CREATE TABLE account (
  id UUID PRIMARY KEY NOT NULL,
  line_user_id TEXT UNIQUE,
  follow_state TEXT NOT NULL CHECK (follow_state IN ('following', 'blocked')),
  follow_changed_at TIMESTAMPTZ NOT NULL,
  registered_at TIMESTAMPTZ,
  stopped_at TIMESTAMPTZ,
  delivery_chosen_at TIMESTAMPTZ,
  topics_chosen_at TIMESTAMPTZ,
  erased_at TIMESTAMPTZ,
  attributes JSONB NOT NULL,
  declined_topics JSONB NOT NULL,
  version BIGINT NOT NULL,
  created_at TIMESTAMPTZ NOT NULL,
  updated_at TIMESTAMPTZ NOT NULL
);

-- The friend ('self') and each member of the household that the friend registered, in the order of position.
CREATE TABLE person (
  id UUID PRIMARY KEY NOT NULL,
  account_id UUID NOT NULL REFERENCES account (id),
  position BIGINT NOT NULL,
  city_person_key TEXT UNIQUE,
  standing TEXT NOT NULL CHECK (standing IN ('active', 'moved', 'deceased')),
  attributes JSONB NOT NULL,
  UNIQUE (account_id, position)
);

CREATE TABLE consent (
  account_id UUID NOT NULL REFERENCES account (id),
  version TEXT NOT NULL,
  language TEXT NOT NULL,
  given_at TIMESTAMPTZ NOT NULL,
  withdrawn_at TIMESTAMPTZ,
  PRIMARY KEY (account_id, given_at)
);

-- The change log: its numbers follow the order of commits, because the counter's row is locked until the commit.
CREATE TABLE change_counter (
  id BIGINT PRIMARY KEY NOT NULL CHECK (id = 1),
  last BIGINT NOT NULL
);
INSERT INTO change_counter (id, last) VALUES (1, 0);

CREATE TABLE change_log (
  seq BIGINT PRIMARY KEY NOT NULL,
  account_id UUID NOT NULL,
  kind TEXT NOT NULL,
  fields JSONB NOT NULL,
  actor TEXT NOT NULL,
  at TIMESTAMPTZ NOT NULL
);
CREATE INDEX change_log_account ON change_log (account_id, seq);

-- A resident's session on the form; only the hash of its token is kept.
CREATE TABLE resident_session (
  token_hash TEXT PRIMARY KEY NOT NULL,
  line_user_id TEXT NOT NULL,
  language TEXT NOT NULL,
  created_at TIMESTAMPTZ NOT NULL,
  expires_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX resident_session_expiry ON resident_session (expires_at);
CREATE INDEX resident_session_user ON resident_session (line_user_id);
