INSERT INTO image (id, width, height, kind, bytes, small_kind, small, staff_id, created_at) VALUES
  ('0000000000000000000000000000000000000000', 800, 600, 'png', '', 'jpeg', '', '0190693c-7c00-7000-8000-000000000021', '2026-07-01T00:00:00.000000Z');
