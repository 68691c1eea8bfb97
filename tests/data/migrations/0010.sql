UPDATE batch SET state = 'rejected' WHERE number = 2;
