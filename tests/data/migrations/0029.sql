UPDATE follow_check SET gained = 1 WHERE id = '0190693c-7c00-7000-8000-000000000161';
UPDATE follow_check SET confirmed_gaining = 0 WHERE id = '0190693c-7c00-7000-8000-000000000162';
INSERT INTO erased_mark (mark) VALUES ('9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08');
UPDATE unit_insight SET is_given_up = TRUE, failed_since = '2026-07-17T01:00:00.000000Z' WHERE name = 'mu_0123456789abcdef01234567';
UPDATE broadcast SET more_cautions = 'few' WHERE id = '0190693c-7c00-7000-8000-000000000052';
