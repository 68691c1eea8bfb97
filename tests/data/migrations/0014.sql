INSERT INTO series (name, purpose, staff_id, created_at) VALUES
  ('見本のシリーズ', '見本', '0190693c-7c00-7000-8000-000000000021', '2026-07-02T00:00:00.000000Z');
INSERT INTO staff_alarm (broadcast_id, staff_id, what, created_at, next_at) VALUES
  ('0190693c-7c00-7000-8000-000000000051', '0190693c-7c00-7000-8000-000000000022', 'submitted', '2026-07-02T00:00:00.000000Z', '2026-07-02T00:00:00.000000Z');
