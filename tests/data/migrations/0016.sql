INSERT INTO follow_check (id, night, began_at, ended_at, state, way, following, seen, strangers, leaving, came_back, why, confirmed_leaving, staff_id) VALUES
  ('0190693c-7c00-7000-8000-000000000161', '2026-07-01', '2026-06-30T18:00:00.000000Z', '2026-06-30T18:00:09.000000Z', 'done', 'list', 100, 98, 1, 2, 0, NULL, NULL, NULL),
  ('0190693c-7c00-7000-8000-000000000162', '2026-07-02', '2026-07-01T18:00:00.000000Z', NULL, 'confirmed', 'list', 100, 10, 0, 90, 0, NULL, 90, '0190693c-7c00-7000-8000-000000000021');
UPDATE account SET follow_checked_at = '2026-07-01T18:00:00.000000Z' WHERE id = '0190693c-7c00-7000-8000-000000000001';
INSERT INTO aggregation_unit (broadcast_id, arm, month, name, created_at) VALUES
  ('0190693c-7c00-7000-8000-000000000051', '', '2026-07', 'mu_0123456789abcdef01234567', '2026-07-01T01:00:01.000000Z'),
  ('0190693c-7c00-7000-8000-000000000051', '', '2026-08', NULL, '2026-08-01T01:00:01.000000Z');
INSERT INTO unit_insight (name, broadcast_id, arm, impressions, clicks, fetched_at, fetched_day, is_final, has_figures) VALUES
  ('mu_0123456789abcdef01234567', '0190693c-7c00-7000-8000-000000000051', '', 40, NULL, '2026-07-02T01:00:00.000000Z', '2026-07-02', FALSE, TRUE);
INSERT INTO unit_usage (month, used, seen_at) VALUES ('2026-07', 3, '2026-07-01T01:00:00.000000Z');
