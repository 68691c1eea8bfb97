INSERT INTO rule_version (path, version, text, hash, origin, why, staff_id, saved_at) VALUES
  ('kenshin/sample', 1, '名前: 見本', 'hash1', 'file', '保存前のファイル', NULL, '2026-07-01T00:00:00.000000Z'),
  ('kenshin/sample', 2, '名前: 見本2', 'hash2', 'console', '名前を直した', '0190693c-7c00-7000-8000-000000000021', '2026-07-01T01:00:00.000000Z');
INSERT INTO rule (path, version, archived_at) VALUES ('kenshin/sample', 2, NULL);
UPDATE rule_counter SET last = 2 WHERE id = 1;
