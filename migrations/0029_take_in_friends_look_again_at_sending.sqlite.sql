-- Friends whom LINE lists and who had no account here are taken in. 'gained' is how many; where a comparison asks because
-- of them, how many they would be.
ALTER TABLE follow_check ADD COLUMN gained BIGINT;
ALTER TABLE follow_check ADD COLUMN confirmed_gaining BIGINT;

-- Who asked for erasure and may still be a friend, as a hash of LINE's id and nothing else: a list must not bring them back.
CREATE TABLE erased_mark (
  mark TEXT PRIMARY KEY NOT NULL
);

-- Since when LINE is asked in vain; and whether that is over, because nothing more is to be had under this name.
ALTER TABLE unit_insight ADD COLUMN failed_since TIMESTAMPTZ;
ALTER TABLE unit_insight ADD COLUMN is_given_up BOOLEAN NOT NULL DEFAULT FALSE;

-- Cautions that came up when it was to be planned: whoever approves after that has seen them, whoever approved before has not.
ALTER TABLE broadcast ADD COLUMN more_cautions TEXT;

-- More people may come in between submission and plan: what goes to more than a tenth of the friends then needs two, too.
CREATE TRIGGER broadcast_tenth_at_plan BEFORE UPDATE OF state ON broadcast
WHEN NEW.state = 'planned' AND OLD.state = 'approved' AND NEW.approvals_needed < 2
  AND NEW.audience NOT IN ('reached', 'districts')
BEGIN
  SELECT RAISE(ABORT, 'more than a tenth of the friends need two approvals')
  WHERE NEW.planned_count * 10 > (SELECT COUNT(*) FROM account WHERE follow_state = 'following');
END;
