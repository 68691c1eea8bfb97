UPDATE repeat SET handled = '2026-06-30' WHERE id = '0190693c-7c00-7000-8000-000000000091';
UPDATE repeat_run SET reason = '見本の理由' WHERE repeat_id = '0190693c-7c00-7000-8000-000000000091';
INSERT INTO staff_alarm (subject_id, repeat_id, staff_id, what, about, said, created_at, next_at) VALUES
  ('0190693c-7c00-7000-8000-000000000091', '0190693c-7c00-7000-8000-000000000091', '0190693c-7c00-7000-8000-000000000022', 'missed', '2026-06-01', '見本の理由', '2026-07-03T00:00:00.000000Z', '2026-07-03T00:00:00.000000Z');
UPDATE repeat SET trial = '{"salt": "sample", "held_out": 1000, "arms": [{"id": "A", "share": 9000}]}' WHERE id = '0190693c-7c00-7000-8000-000000000091';
