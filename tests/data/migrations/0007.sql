INSERT INTO event (id, account_id, person_id, kind, subject, on_day, fiscal_year, source, created_at) VALUES
  ('0190693c-7c00-7000-8000-000000000081', '0190693c-7c00-7000-8000-000000000001', '0190693c-7c00-7000-8000-000000000011', 'attended', 'tokutei', '2025-07-10', 2025, 'import', '2026-07-01T00:00:00.000000Z'),
  ('0190693c-7c00-7000-8000-000000000082', '0190693c-7c00-7000-8000-000000000001', '0190693c-7c00-7000-8000-000000000012', 'attended', 'tokutei', NULL, 2024, 'import', '2026-07-01T00:00:00.000000Z'),
  ('0190693c-7c00-7000-8000-000000000083', '0190693c-7c00-7000-8000-000000000001', NULL, 'tapped', 'sample', '2026-07-01', 2026, 'line', '2026-07-01T00:00:00.000000Z');
INSERT INTO event_coverage (kind, subject, since_fiscal_year, updated_at) VALUES
  ('attended', 'tokutei', 2024, '2026-07-01T00:00:00.000000Z'),
  ('attended', 'daicho', NULL, '2026-07-01T00:00:00.000000Z');
UPDATE batch SET settled_seq = 1 WHERE state = 'accepted';
