INSERT INTO send_hour (hour, recipients) VALUES (495649, 2);
INSERT INTO account_send (account_id, day, messages, hour, in_hour) VALUES
  ('0190693c-7c00-7000-8000-000000000001', '2026-07-01', 1, 495649, 1);
UPDATE broadcast SET class = 'emergency', pilot_until = '2026-07-01T01:10:00.000000Z' WHERE state = 'sending';
UPDATE batch SET pilot = TRUE WHERE number = 1;
