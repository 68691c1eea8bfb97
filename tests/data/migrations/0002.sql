INSERT INTO account (id, line_user_id, follow_state, follow_changed_at, registered_at, stopped_at, delivery_chosen_at, topics_chosen_at, erased_at, attributes, declined_topics, version, created_at, updated_at) VALUES
  ('0190693c-7c00-7000-8000-000000000001', 'U00000000000000000000000000000001', 'following', '2026-07-01T00:00:00.000000Z', '2026-07-01T00:05:00.000000Z', NULL, '2026-07-01T00:06:00.000000Z', '2026-07-01T00:05:00.000000Z', NULL, '{"district":"imaichi","topics":["kenshin"],"language":"ja"}', '["event"]', 2, '2026-07-01T00:00:00.000000Z', '2026-07-01T00:05:00.000000Z'),
  ('0190693c-7c00-7000-8000-000000000002', 'U00000000000000000000000000000002', 'blocked', '2026-07-01T00:00:00.000000Z', NULL, NULL, NULL, NULL, NULL, '{}', '[]', 1, '2026-07-01T00:00:00.000000Z', '2026-07-01T00:00:00.000000Z'),
  ('0190693c-7c00-7000-8000-000000000003', NULL, 'blocked', '2026-07-01T00:00:00.000000Z', NULL, NULL, NULL, NULL, '2026-07-01T01:00:00.000000Z', '{}', '[]', 3, '2026-07-01T00:00:00.000000Z', '2026-07-01T01:00:00.000000Z');
INSERT INTO person (id, account_id, position, city_person_key, standing, attributes) VALUES
  ('0190693c-7c00-7000-8000-000000000011', '0190693c-7c00-7000-8000-000000000001', 0, NULL, 'active', '{"birth_date":"1986-04-01","sex":"female","insurance":"kokuho","relation":"self"}'),
  ('0190693c-7c00-7000-8000-000000000012', '0190693c-7c00-7000-8000-000000000001', 1, 'P-1', 'moved', '{"birth_date":"2020-02-29","relation":"child"}');
INSERT INTO consent (account_id, version, language, given_at, withdrawn_at) VALUES
  ('0190693c-7c00-7000-8000-000000000001', '1', 'ja', '2026-07-01T00:05:00.000000Z', NULL);
UPDATE change_counter SET last = 1 WHERE id = 1;
INSERT INTO change_log (seq, account_id, kind, fields, actor, at) VALUES
  (1, '0190693c-7c00-7000-8000-000000000001', 'registered', '["district"]', 'resident', '2026-07-01T00:05:00.000000Z');
INSERT INTO resident_session (token_hash, line_user_id, language, created_at, expires_at) VALUES
  ('hash', 'U00000000000000000000000000000001', 'ja', '2026-07-01T00:00:00.000000Z', '2026-07-01T01:00:00.000000Z');
