-- How long what a run of a repeat says is true, counted from the day on which it goes out: so many days until it expires,
-- and until the day that {期限} names in its text. Without the first it does not expire; without the second it names the
-- day of its model, if any.
ALTER TABLE repeat ADD COLUMN expires_days BIGINT CHECK (expires_days BETWEEN 1 AND 365);
ALTER TABLE repeat ADD COLUMN deadline_days BIGINT CHECK (deadline_days BETWEEN 1 AND 365);
