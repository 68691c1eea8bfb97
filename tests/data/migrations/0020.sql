INSERT INTO repeat (id, title, series, topic, segment_path, content, rhythm, shift, minute, lead_days, begins, staff_id, created_at) VALUES
  ('0190693c-7c00-7000-8000-000000000091', '見本の繰り返し', 'sample', 'kenshin', 'kenshin/sample.seg', '{}', 'yearly 6 1', 'after', 600, 14, '2026-07-01', '0190693c-7c00-7000-8000-000000000021', '2026-07-01T00:00:00.000000Z');
INSERT INTO repeat_run (repeat_id, occasion, state, broadcast_id, noted_at) VALUES
  ('0190693c-7c00-7000-8000-000000000091', '2026-06-01', 'missed', NULL, '2026-07-01T00:00:00.000000Z');
