-- A/B texts and a share that is held out (JSON of domain::broadcast::trial); NULL where everybody gets the same.
ALTER TABLE broadcast ADD COLUMN trial JSONB;
-- The arm of a batch and of a recipient; empty without arms, and for those held out.
ALTER TABLE batch ADD COLUMN arm TEXT NOT NULL DEFAULT '';
ALTER TABLE ledger ADD COLUMN arm TEXT NOT NULL DEFAULT '';
