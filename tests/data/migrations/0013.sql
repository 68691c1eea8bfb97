INSERT INTO broadcast (id, title, series, topic, segment_path, rule_text, content, state, version, author_id, last_editor_id, created_at, updated_at) VALUES
  ('0190693c-7c00-7000-8000-000000000053', 'お詫びと訂正', 'sample', 'kenshin', 'kenshin/sample.seg', '', '{}', 'draft', 1, '0190693c-7c00-7000-8000-000000000021', '0190693c-7c00-7000-8000-000000000021', '2026-07-02T00:00:00.000000Z', '2026-07-02T00:00:00.000000Z');
UPDATE broadcast SET audience = 'reached', correction_of = '0190693c-7c00-7000-8000-000000000051', copied_from = '0190693c-7c00-7000-8000-000000000051', submitted_hash = 'hash', submitted_count = 2, state = 'submitted' WHERE id = '0190693c-7c00-7000-8000-000000000053';
INSERT INTO approval (broadcast_id, hash, staff_id, recipients, approved_at) VALUES
  ('0190693c-7c00-7000-8000-000000000053', 'hash', '0190693c-7c00-7000-8000-000000000022', 2, '2026-07-02T00:00:00.000000Z');
INSERT INTO opened_part (broadcast_id, content_hash, staff_id, part, opened_at) VALUES
  ('0190693c-7c00-7000-8000-000000000053', 'hash', '0190693c-7c00-7000-8000-000000000022', 'text-ja', '2026-07-02T00:00:00.000000Z');
INSERT INTO broadcast_version (broadcast_id, version, title, series, topic, segment_path, rule_text, content, staff_id, saved_at) VALUES
  ('0190693c-7c00-7000-8000-000000000053', 1, 'お詫びと訂正', 'sample', 'kenshin', 'kenshin/sample.seg', '', '{}', '0190693c-7c00-7000-8000-000000000021', '2026-07-02T00:00:00.000000Z');
