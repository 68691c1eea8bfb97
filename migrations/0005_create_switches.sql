-- What is switched off for the whole installation; a row is there while it is. 'sending' holds every call for a broadcast.
CREATE TABLE switched_off (
  name TEXT PRIMARY KEY NOT NULL,
  since TIMESTAMPTZ NOT NULL,
  reason TEXT NOT NULL,
  staff_id UUID REFERENCES staff (id)
);
