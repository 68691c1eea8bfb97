-- The rules behind 対象の健診名 as they were when the broadcast was submitted, a JSON list of pairs (programme, rule with the
-- values of its parameters): two people agree to them as to its own rule. NULL where no text asks for them.
ALTER TABLE broadcast ADD COLUMN check_up_rules TEXT;

-- How many were planned into a batch, so that small ones are begun together; NULL in those from before.
ALTER TABLE batch ADD COLUMN members BIGINT;

-- What is open of one broadcast, without looking through all its batches.
DROP INDEX batch_attempting;
CREATE INDEX batch_attempting ON batch (broadcast_id, next_attempt_at) WHERE state = 'attempting';
