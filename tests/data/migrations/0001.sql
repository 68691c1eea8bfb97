-- Rows as they may stand when the next migration comes. Ids are written as text; the test makes bytes of them on SQLite.
INSERT INTO inbox_event (id, line_user_id, kind, occurred_at, received_at, payload, state, attempts, next_attempt_at, last_error) VALUES
  ('01SAMPLE0000000000000000W1', 'U00000000000000000000000000000001', 'follow', '2026-06-30T23:59:59.000000Z', '2026-07-01T00:00:00.000001Z', '{"type":"follow"}', 'waiting', 0, '2026-07-01T00:00:00.000001Z', NULL),
  ('01SAMPLE0000000000000000W2', 'U00000000000000000000000000000001', 'message', '2026-07-01T00:00:01.000000Z', '2026-07-01T00:00:02.000000Z', NULL, 'done', 1, '2026-07-01T00:00:02.000000Z', NULL),
  ('01SAMPLE0000000000000000W3', NULL, 'join', '2026-07-01T00:00:01.000000Z', '2026-07-01T00:00:02.000000Z', '{"type":"join"}', 'given_up', 9, '2026-07-02T00:00:02.000000Z', 'unknown');
