-- Broadcasts that come again. Each occasion makes a draft of its own, with its own approval; a run is one occasion, and
-- its key keeps it from coming twice.
CREATE TABLE repeat (
  id UUID PRIMARY KEY NOT NULL,
  title TEXT NOT NULL,
  series TEXT NOT NULL,
  topic TEXT NOT NULL,
  segment_path TEXT NOT NULL,
  content JSONB NOT NULL,
  rhythm TEXT NOT NULL,
  shift TEXT NOT NULL CHECK (shift IN ('stay', 'before', 'after')),
  minute BIGINT NOT NULL CHECK (0 <= minute AND minute < 1440),
  lead_days BIGINT NOT NULL CHECK (1 <= lead_days AND lead_days <= 60),
  begins DATE NOT NULL,
  staff_id UUID NOT NULL REFERENCES staff (id),
  created_at TIMESTAMPTZ NOT NULL,
  ended_at TIMESTAMPTZ
);
CREATE TABLE repeat_run (
  repeat_id UUID NOT NULL REFERENCES repeat (id),
  occasion DATE NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('made', 'missed')),
  broadcast_id UUID REFERENCES broadcast (id),
  noted_at TIMESTAMPTZ NOT NULL,
  PRIMARY KEY (repeat_id, occasion),
  CHECK ((state = 'made') = (broadcast_id IS NOT NULL))
);
