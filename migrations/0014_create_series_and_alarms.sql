-- Series that staff added to those of the catalogue.
CREATE TABLE series (
  name TEXT PRIMARY KEY NOT NULL,
  purpose TEXT NOT NULL,
  staff_id UUID NOT NULL REFERENCES staff (id),
  created_at TIMESTAMPTZ NOT NULL
);

-- What staff are told at once of an emergency message; settled when LINE has taken it or it was given up.
CREATE TABLE staff_alarm (
  broadcast_id UUID NOT NULL REFERENCES broadcast (id),
  staff_id UUID NOT NULL REFERENCES staff (id),
  what TEXT NOT NULL CHECK (what IN ('submitted', 'approved')),
  attempts BIGINT NOT NULL DEFAULT 0,
  created_at TIMESTAMPTZ NOT NULL,
  next_at TIMESTAMPTZ NOT NULL,
  settled_at TIMESTAMPTZ,
  PRIMARY KEY (broadcast_id, staff_id, what)
);
CREATE INDEX staff_alarm_due ON staff_alarm (next_at) WHERE settled_at IS NULL;
