CREATE TABLE staff (
  id UUID PRIMARY KEY NOT NULL,
  login TEXT UNIQUE NOT NULL,
  name TEXT NOT NULL,
  department TEXT NOT NULL,
  roles JSONB NOT NULL,
  password_hash TEXT NOT NULL,
  line_user_id TEXT,
  disabled_at TIMESTAMPTZ,
  created_at TIMESTAMPTZ NOT NULL
);

CREATE TABLE staff_session (
  token_hash TEXT PRIMARY KEY NOT NULL,
  staff_id UUID NOT NULL REFERENCES staff (id),
  created_at TIMESTAMPTZ NOT NULL,
  last_seen_at TIMESTAMPTZ NOT NULL,
  expires_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX staff_session_expiry ON staff_session (expires_at);

CREATE TABLE login_attempt (
  id UUID PRIMARY KEY NOT NULL,
  login_hash TEXT NOT NULL,
  address TEXT NOT NULL,
  at TIMESTAMPTZ NOT NULL,
  succeeded BOOLEAN NOT NULL
);
CREATE INDEX login_attempt_login ON login_attempt (login_hash, at);
CREATE INDEX login_attempt_address ON login_attempt (address, at);

-- Who did what, when. Written in the transaction of the deed; never updated, never deleted.
CREATE TABLE audit_entry (
  id UUID PRIMARY KEY NOT NULL,
  at TIMESTAMPTZ NOT NULL,
  staff_id UUID,
  action TEXT NOT NULL,
  subject_kind TEXT NOT NULL,
  subject_id TEXT NOT NULL,
  detail JSONB NOT NULL
);
CREATE INDEX audit_entry_at ON audit_entry (at, id);
CREATE INDEX audit_entry_subject ON audit_entry (subject_kind, subject_id, at);
