INSERT INTO staff (id, login, name, department, roles, password_hash, line_user_id, disabled_at, created_at) VALUES
  ('0190693c-7c00-7000-8000-000000000021', 'tanaka', '見本 田中', '広報課', '["editor"]', 'hash', NULL, NULL, '2026-07-01T00:00:00.000000Z'),
  ('0190693c-7c00-7000-8000-000000000022', 'sato', '見本 佐藤', '広報課', '["approver"]', 'hash', 'U00000000000000000000000000000002', '2026-07-02T00:00:00.000000Z', '2026-07-01T00:00:00.000000Z');
INSERT INTO staff_session (token_hash, staff_id, created_at, last_seen_at, expires_at) VALUES
  ('hash', '0190693c-7c00-7000-8000-000000000021', '2026-07-01T00:00:00.000000Z', '2026-07-01T00:00:00.000000Z', '2026-07-01T08:00:00.000000Z');
INSERT INTO login_attempt (id, login_hash, address, at, succeeded) VALUES
  ('0190693c-7c00-7000-8000-000000000031', 'hash', '127.0.0.1', '2026-07-01T00:00:00.000000Z', TRUE);
INSERT INTO audit_entry (id, at, staff_id, action, subject_kind, subject_id, detail) VALUES
  ('0190693c-7c00-7000-8000-000000000041', '2026-07-01T00:00:00.000000Z', '0190693c-7c00-7000-8000-000000000021', 'staff.login', 'staff', '0190693c-7c00-7000-8000-000000000021', '{}'),
  ('0190693c-7c00-7000-8000-000000000042', '2026-07-01T00:00:01.000000Z', NULL, 'broadcast.plan', 'broadcast', '0190693c-7c00-7000-8000-000000000051', '{"planned":2}');
