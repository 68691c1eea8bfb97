INSERT INTO api_token (id, staff_id, name, roles, token_hash, created_by, created_at, expires_at, last_used_at, revoked_at) VALUES
  ('0190693c-7c00-7000-8000-000000000f01', '0190693c-7c00-7000-8000-000000000021', '見本の連携', '["editor"]', 'hash1', NULL, '2026-07-01T00:00:00.000000Z', '2027-07-01T00:00:00.000000Z', NULL, NULL);
INSERT INTO api_request (token_id, idempotency_key, request_hash, made_id, status, answer, etag, begun_at) VALUES
  ('0190693c-7c00-7000-8000-000000000f01', 'sample-1', 'hash', '0190693c-7c00-7000-8000-000000000f02', 201, '{}', NULL, '2026-07-01T00:00:00.000000Z');
INSERT INTO backup_mark (id, taken_at) VALUES (1, '2026-07-01T00:00:00.000000Z');
INSERT INTO restored_broadcast (broadcast_id, backup_at, restored_at) VALUES
  ('0190693c-7c00-7000-8000-000000000051', '2026-07-01T00:00:00.000000Z', '2026-07-01T12:00:00.000000Z');
