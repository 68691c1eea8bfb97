INSERT INTO staff_alarm (broadcast_id, staff_id, what, created_at, next_at) VALUES
  ('0190693c-7c00-7000-8000-000000000052', '0190693c-7c00-7000-8000-000000000022', 'declined', '2026-07-03T00:00:00.000000Z', '2026-07-03T00:00:00.000000Z');
