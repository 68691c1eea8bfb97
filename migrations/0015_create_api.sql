-- Bearer tokens of the JSON API: each is bound to a member of staff and to some of their roles. Only a hash is kept, and
-- none until that member has collected the token.
CREATE TABLE api_token (
  id UUID PRIMARY KEY NOT NULL,
  staff_id UUID NOT NULL REFERENCES staff (id),
  name TEXT NOT NULL,
  roles JSONB NOT NULL,
  token_hash TEXT UNIQUE,
  created_by UUID REFERENCES staff (id),
  created_at TIMESTAMPTZ NOT NULL,
  expires_at TIMESTAMPTZ NOT NULL,
  last_used_at TIMESTAMPTZ,
  revoked_at TIMESTAMPTZ
);
CREATE INDEX api_token_staff ON api_token (staff_id, created_at);

-- Requests with an idempotency key, for a day: what was asked (a hash), and what was answered. Nothing is answered yet
-- while 'status' is NULL. A broadcast that the request makes has the id 'made_id', however often it is tried.
CREATE TABLE api_request (
  token_id UUID NOT NULL REFERENCES api_token (id),
  idempotency_key TEXT NOT NULL,
  request_hash TEXT NOT NULL,
  made_id UUID NOT NULL,
  status BIGINT,
  answer TEXT,
  etag TEXT,
  begun_at TIMESTAMPTZ NOT NULL,
  PRIMARY KEY (token_id, idempotency_key)
);
CREATE INDEX api_request_begun ON api_request (begun_at);

-- In a backup: when it was taken. A row is there in no database that serves.
CREATE TABLE backup_mark (
  id BIGINT PRIMARY KEY NOT NULL,
  taken_at TIMESTAMPTZ NOT NULL
);

-- Broadcasts that were on their way when a backup was taken that is now in use. What the lost database sent after
-- 'backup_at' is not known here.
CREATE TABLE restored_broadcast (
  broadcast_id UUID PRIMARY KEY NOT NULL REFERENCES broadcast (id),
  backup_at TIMESTAMPTZ NOT NULL,
  restored_at TIMESTAMPTZ NOT NULL
);
