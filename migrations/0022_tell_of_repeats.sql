-- Staff are told of a run, too, that a standing approval does not cover.
CREATE TABLE staff_alarm_wider (
  broadcast_id UUID NOT NULL REFERENCES broadcast (id),
  staff_id UUID NOT NULL REFERENCES staff (id),
  what TEXT NOT NULL CHECK (what IN ('submitted', 'approved', 'declined')),
  attempts BIGINT NOT NULL DEFAULT 0,
  created_at TIMESTAMPTZ NOT NULL,
  next_at TIMESTAMPTZ NOT NULL,
  settled_at TIMESTAMPTZ,
  PRIMARY KEY (broadcast_id, staff_id, what)
);
INSERT INTO staff_alarm_wider (broadcast_id, staff_id, what, attempts, created_at, next_at, settled_at)
  SELECT broadcast_id, staff_id, what, attempts, created_at, next_at, settled_at FROM staff_alarm;
DROP TABLE staff_alarm;
ALTER TABLE staff_alarm_wider RENAME TO staff_alarm;
CREATE INDEX staff_alarm_due ON staff_alarm (next_at) WHERE settled_at IS NULL;

-- When a broadcast first went to LINE, its copies for staff before all others. What has begun before this is noted so.
ALTER TABLE broadcast ADD COLUMN begun_at TIMESTAMPTZ;
UPDATE broadcast SET begun_at = COALESCE(active_at, updated_at) WHERE planned_at IS NOT NULL AND state <> 'planned';
