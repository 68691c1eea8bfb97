UPDATE lease SET holder = '1-sample', token = 1, beat = 7 WHERE name = 'worker';
INSERT INTO installation (id, purpose, bot_user_id, since) VALUES
  (1, 'training', 'Ub0000000000000000000000000000001', '2026-07-01T00:00:00.000000Z');
