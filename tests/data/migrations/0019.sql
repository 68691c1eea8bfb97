UPDATE batch SET last_error = 'refused' WHERE number = 2;
