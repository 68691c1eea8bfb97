INSERT INTO link (code, broadcast_id, arm, address)
  SELECT 'sample000000', id, '', 'https://example.jp/' FROM broadcast ORDER BY id LIMIT 1;
INSERT INTO link_tap (code, on_day, taps) SELECT code, '2026-07-01', 3 FROM link;
INSERT INTO link_reader (token, broadcast_id, account_id, created_at)
  SELECT 'sample-reader', l.broadcast_id, a.id, '2026-07-01T00:00:00.000000Z' FROM link l, account a ORDER BY a.id LIMIT 1;
