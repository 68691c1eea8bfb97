-- Up to when the occasions of a repeat are over, so that nobody looks through all of them again. An occasion may fall on
-- any day after it.
ALTER TABLE repeat ADD COLUMN handled DATE;
-- Why an occasion has no draft, in words for staff; nothing where the program stood still.
ALTER TABLE repeat_run ADD COLUMN reason TEXT;

-- Staff are told, too, of what is held, of what has no outcome, of all sending being switched off, and of occasions that
-- made no draft. The subject is a broadcast or a repeat; what it is about tells several of them apart.
CREATE TABLE staff_alarm_wider (
  subject_id UUID NOT NULL,
  broadcast_id UUID REFERENCES broadcast (id),
  repeat_id UUID REFERENCES repeat (id),
  staff_id UUID NOT NULL REFERENCES staff (id),
  what TEXT NOT NULL CHECK (what IN ('submitted', 'approved', 'declined', 'held', 'unknown', 'off', 'missed')),
  about TEXT NOT NULL DEFAULT '',
  said TEXT NOT NULL DEFAULT '',
  attempts BIGINT NOT NULL DEFAULT 0,
  created_at TIMESTAMPTZ NOT NULL,
  next_at TIMESTAMPTZ NOT NULL,
  settled_at TIMESTAMPTZ,
  PRIMARY KEY (subject_id, staff_id, what, about),
  CHECK ((broadcast_id IS NULL) <> (repeat_id IS NULL)),
  CHECK (subject_id = COALESCE(broadcast_id, repeat_id))
);
INSERT INTO staff_alarm_wider (subject_id, broadcast_id, staff_id, what, attempts, created_at, next_at, settled_at)
  SELECT broadcast_id, broadcast_id, staff_id, what, attempts, created_at, next_at, settled_at FROM staff_alarm;
DROP TABLE staff_alarm;
ALTER TABLE staff_alarm_wider RENAME TO staff_alarm;
CREATE INDEX staff_alarm_due ON staff_alarm (next_at) WHERE settled_at IS NULL;

-- How the audience of each run of a repeat is split (JSON of domain::broadcast::trial), as that of its model.
ALTER TABLE repeat ADD COLUMN trial JSONB;
