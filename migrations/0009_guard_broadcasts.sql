-- What a broadcast is for decides which guards hold: 'ordinary' all of them; a 'correction' is not held after its first
-- recipients and not capped; an 'emergency' also goes out by night.
ALTER TABLE broadcast ADD COLUMN class TEXT NOT NULL DEFAULT 'ordinary'
  CHECK (class IN ('ordinary', 'correction', 'emergency'));
-- When the rest may follow the first recipients; NULL until those are settled, or where there are none.
ALTER TABLE broadcast ADD COLUMN pilot_until TIMESTAMPTZ;
-- Refused or unanswered batches in a row, by different roots, and the root that failed last.
ALTER TABLE broadcast ADD COLUMN failed_in_row BIGINT NOT NULL DEFAULT 0;
ALTER TABLE broadcast ADD COLUMN failed_root BIGINT;
-- Rejected recipients when a person last said to go on all the same.
ALTER TABLE broadcast ADD COLUMN tolerated BIGINT NOT NULL DEFAULT 0;
-- Whether a batch is one of the first recipients, after whom the rest waits.
ALTER TABLE batch ADD COLUMN pilot BOOLEAN NOT NULL DEFAULT FALSE;

-- How much may be sent. The triggers of the next migration hold it, whatever the program does.
CREATE TABLE send_limit (
  name TEXT PRIMARY KEY NOT NULL CHECK (name IN ('hour_recipients', 'hour_messages', 'day_messages', 'week_messages')),
  value BIGINT NOT NULL CHECK (0 < value)
);
INSERT INTO send_limit (name, value) VALUES
  ('hour_recipients', 300000), ('hour_messages', 4), ('day_messages', 1), ('week_messages', 4);
-- Recipients handed to LINE in an hour (since 1970, UTC).
CREATE TABLE send_hour (
  hour BIGINT PRIMARY KEY NOT NULL,
  recipients BIGINT NOT NULL
);
-- What an account was sent on a day in Asia/Tokyo: 'messages' are the ordinary ones, 'in_hour' all in its latest hour.
CREATE TABLE account_send (
  account_id UUID NOT NULL REFERENCES account (id),
  day DATE NOT NULL,
  messages BIGINT NOT NULL,
  hour BIGINT NOT NULL,
  in_hour BIGINT NOT NULL,
  PRIMARY KEY (account_id, day)
);
CREATE INDEX account_send_day ON account_send (day);
