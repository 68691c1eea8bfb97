UPDATE repeat SET expires_days = 7, deadline_days = 10 WHERE id = '0190693c-7c00-7000-8000-000000000091';
