-- The rules behind 対象の健診名 as they were when the broadcast was submitted, a JSON list of pairs (programme, rule with the
-- values of its parameters): two people agree to them as to its own rule. NULL where no text asks for them.
ALTER TABLE broadcast ADD COLUMN check_up_rules TEXT;

-- How many were planned into a batch, so that small ones are begun together; NULL in those from before.
ALTER TABLE batch ADD COLUMN members BIGINT;

-- What is open of one broadcast, without looking through all its batches.
DROP INDEX batch_attempting;
CREATE INDEX batch_attempting ON batch (broadcast_id, next_attempt_at) WHERE state = 'attempting';

-- A row of the ledger is written twice after it is planned. With room beside it the new one stands on the same page, and
-- no index is touched.
ALTER TABLE ledger SET (fillfactor = 50);

-- As before, with the tallies that were just written looked at as they come back, instead of being looked up again.
CREATE OR REPLACE FUNCTION batch_begins() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  this_hour BIGINT := CAST(floor(extract(epoch FROM NEW.first_attempt_at) / 3600) AS BIGINT);
  today DATE := CAST(NEW.first_attempt_at AT TIME ZONE 'Asia/Tokyo' AS DATE);
  counted BIGINT := (SELECT CASE WHEN class = 'ordinary' THEN 1 ELSE 0 END FROM broadcast WHERE id = NEW.broadcast_id);
  of_hour BIGINT := (SELECT value FROM send_limit WHERE name = 'hour_messages');
  of_day BIGINT := (SELECT value FROM send_limit WHERE name = 'day_messages');
  of_week BIGINT := (SELECT value FROM send_limit WHERE name = 'week_messages');
  sent BIGINT;
  too_many BOOLEAN;
BEGIN
  INSERT INTO send_hour (hour, recipients) VALUES (this_hour, NEW.recipients)
  ON CONFLICT (hour) DO UPDATE SET recipients = send_hour.recipients + excluded.recipients
  RETURNING recipients INTO sent;
  IF NOT COALESCE(sent <= (SELECT value FROM send_limit WHERE name = 'hour_recipients'), FALSE) THEN
    RAISE EXCEPTION 'send_limit: hour_recipients';
  END IF;
  -- The outer query sees the other days as they were, and this day as it comes back.
  WITH tally AS (
    INSERT INTO account_send AS s (account_id, day, messages, hour, in_hour)
    SELECT l.account_id, today, counted, this_hour, 1 FROM ledger l
    WHERE l.broadcast_id = NEW.broadcast_id AND l.batch_number = NEW.number AND l.state = 'planned'
    ORDER BY l.account_id
    ON CONFLICT (account_id, day) DO UPDATE SET
      messages = s.messages + excluded.messages,
      in_hour = CASE WHEN s.hour = excluded.hour THEN s.in_hour + 1 ELSE 1 END,
      hour = excluded.hour
    RETURNING s.account_id, s.messages, s.in_hour)
  SELECT COALESCE(bool_or(of_hour < t.in_hour
      OR (counted = 1 AND (of_day < t.messages
        OR of_week < t.messages + COALESCE((SELECT SUM(w.messages) FROM account_send w
             WHERE w.account_id = t.account_id AND today - 7 < w.day AND w.day <> today), 0)))), FALSE)
  INTO too_many FROM tally t;
  IF too_many THEN
    RAISE EXCEPTION 'send_limit: messages of an account';
  END IF;
  RETURN NULL;
END $$;

-- The same as before in less time, in small letters.
CREATE OR REPLACE FUNCTION hex(UUID) RETURNS TEXT LANGUAGE SQL IMMUTABLE PARALLEL SAFE
  RETURN encode(uuid_send($1), 'hex');
