UPDATE broadcast SET trial = '{"arms":[{"id":"A","share":5000},{"content":{},"id":"B","share":4000}],"held_out":1000,"salt":"sample"}' WHERE id = '0190693c-7c00-7000-8000-000000000051';
UPDATE batch SET arm = 'A' WHERE broadcast_id = '0190693c-7c00-7000-8000-000000000051';
UPDATE ledger SET arm = 'A' WHERE broadcast_id = '0190693c-7c00-7000-8000-000000000051';
