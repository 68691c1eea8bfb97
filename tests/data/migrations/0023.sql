INSERT INTO account_send (account_id, day, messages, hour, in_hour) VALUES
  ('0190693c-7c00-7000-8000-000000000001', '2026-07-02', 1, 495673, 1);
