-- Webhook events as LINE sent them, once per webhookEventId. The payload is wiped when the event has been handled.
CREATE TABLE inbox_event (
  id TEXT PRIMARY KEY NOT NULL,
  line_user_id TEXT,
  kind TEXT NOT NULL,
  occurred_at TIMESTAMPTZ NOT NULL,
  received_at TIMESTAMPTZ NOT NULL,
  payload TEXT,
  state TEXT NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'done', 'given_up')),
  attempts BIGINT NOT NULL DEFAULT 0,
  next_attempt_at TIMESTAMPTZ,
  last_error TEXT
);
-- In the order of handling, so that claiming the oldest few never sorts a long queue.
CREATE INDEX inbox_event_waiting ON inbox_event (occurred_at, id) WHERE state = 'waiting';
-- Only events that were tried and wait again; a new event (next_attempt_at NULL) costs nothing here.
CREATE INDEX inbox_event_tried ON inbox_event (line_user_id, occurred_at)
  WHERE state = 'waiting' AND next_attempt_at IS NOT NULL;
