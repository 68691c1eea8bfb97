UPDATE broadcast SET check_up_rules = '[]' WHERE id = '0190693c-7c00-7000-8000-000000000052';
UPDATE batch SET members = 2;
