INSERT INTO switched_off (name, since, reason, staff_id) VALUES
  ('sending', '2026-07-01T01:00:00.000000Z', '見本', '0190693c-7c00-7000-8000-000000000021');
