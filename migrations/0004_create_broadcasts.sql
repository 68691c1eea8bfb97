CREATE TABLE broadcast (
  id UUID PRIMARY KEY NOT NULL,
  title TEXT NOT NULL,
  series TEXT NOT NULL,
  topic TEXT NOT NULL,
  segment_path TEXT NOT NULL,
  rule_text TEXT NOT NULL,
  content JSONB NOT NULL,
  scheduled_at TIMESTAMPTZ,
  expires_at TIMESTAMPTZ,
  state TEXT NOT NULL CHECK (state IN
    ('draft', 'submitted', 'approved', 'planned', 'sending', 'paused', 'done', 'stopped', 'expired')),
  version BIGINT NOT NULL,
  author_id UUID NOT NULL REFERENCES staff (id),
  last_editor_id UUID NOT NULL REFERENCES staff (id),
  tested_hash TEXT,
  tested_at TIMESTAMPTZ,
  submitted_hash TEXT,
  submitted_at TIMESTAMPTZ,
  submitted_count BIGINT,
  approver_id UUID REFERENCES staff (id),
  approved_hash TEXT,
  approved_at TIMESTAMPTZ,
  approved_count BIGINT,
  return_reason TEXT,
  due_at TIMESTAMPTZ,
  active_at TIMESTAMPTZ,
  as_of DATE,
  rule_hash TEXT,
  content_hash TEXT,
  planned_at TIMESTAMPTZ,
  planned_count BIGINT,
  hold_reason TEXT,
  finished_at TIMESTAMPTZ,
  created_at TIMESTAMPTZ NOT NULL,
  updated_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX broadcast_state ON broadcast (state, due_at);
CREATE INDEX broadcast_created ON broadcast (created_at, id);

-- One call to LINE. The body is the exact bytes of that call; it is wiped when the batch is settled. 'root' is the
-- number of the batch that this one was split from, its own number otherwise. A batch is doubtful from the moment a call
-- begins until LINE has said that it took nothing: then only the same key and body may follow.
CREATE TABLE batch (
  id UUID PRIMARY KEY NOT NULL,
  broadcast_id UUID NOT NULL REFERENCES broadcast (id),
  number BIGINT NOT NULL,
  root BIGINT NOT NULL,
  recipients BIGINT,
  language TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN
    ('pending', 'attempting', 'accepted', 'rejected', 'unknown', 'stopped', 'split', 'empty')),
  retry_key UUID,
  body TEXT,
  body_hash TEXT,
  first_attempt_at TIMESTAMPTZ,
  next_attempt_at TIMESTAMPTZ,
  attempts BIGINT NOT NULL DEFAULT 0,
  doubtful BOOLEAN NOT NULL DEFAULT FALSE,
  request_id TEXT,
  last_error TEXT,
  settled_at TIMESTAMPTZ,
  UNIQUE (broadcast_id, number)
);
CREATE INDEX batch_pending ON batch (broadcast_id, number) WHERE state = 'pending';
CREATE INDEX batch_attempting ON batch (next_attempt_at) WHERE state = 'attempting';

-- The ledger: one row for each planned recipient of a broadcast, whatever becomes of it.
CREATE TABLE ledger (
  broadcast_id UUID NOT NULL REFERENCES broadcast (id),
  account_id UUID NOT NULL REFERENCES account (id),
  batch_number BIGINT NOT NULL,
  state TEXT NOT NULL CHECK (state IN
    ('planned', 'attempting', 'accepted', 'skipped', 'rejected', 'stopped', 'unknown')),
  reason TEXT,
  PRIMARY KEY (broadcast_id, account_id)
);
CREATE INDEX ledger_batch ON ledger (broadcast_id, batch_number);
CREATE INDEX ledger_account ON ledger (account_id);
