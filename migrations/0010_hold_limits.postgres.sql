-- The caps hold in the database: whoever begins a batch counts, and whoever counts too much is refused. Its members are
-- those still 'planned' then; they are given back where LINE has certainly not taken the batch.
CREATE FUNCTION batch_begins() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  this_hour BIGINT := CAST(floor(extract(epoch FROM NEW.first_attempt_at) / 3600) AS BIGINT);
  today DATE := CAST(NEW.first_attempt_at AT TIME ZONE 'Asia/Tokyo' AS DATE);
  counted BIGINT := (SELECT CASE WHEN class = 'ordinary' THEN 1 ELSE 0 END FROM broadcast WHERE id = NEW.broadcast_id);
  sent BIGINT;
BEGIN
  INSERT INTO send_hour (hour, recipients) VALUES (this_hour, NEW.recipients)
  ON CONFLICT (hour) DO UPDATE SET recipients = send_hour.recipients + excluded.recipients
  RETURNING recipients INTO sent;
  IF NOT COALESCE(sent <= (SELECT value FROM send_limit WHERE name = 'hour_recipients'), FALSE) THEN
    RAISE EXCEPTION 'send_limit: hour_recipients';
  END IF;
  INSERT INTO account_send AS s (account_id, day, messages, hour, in_hour)
  SELECT l.account_id, today, counted, this_hour, 1 FROM ledger l
  WHERE l.broadcast_id = NEW.broadcast_id AND l.batch_number = NEW.number AND l.state = 'planned'
  ORDER BY l.account_id
  ON CONFLICT (account_id, day) DO UPDATE SET
    messages = s.messages + excluded.messages,
    in_hour = CASE WHEN s.hour = excluded.hour THEN s.in_hour + 1 ELSE 1 END,
    hour = excluded.hour;
  IF EXISTS (
    SELECT 1 FROM ledger l JOIN account_send s ON s.account_id = l.account_id AND s.day = today
    WHERE l.broadcast_id = NEW.broadcast_id AND l.batch_number = NEW.number AND l.state = 'planned'
      AND ((SELECT value FROM send_limit WHERE name = 'hour_messages') < s.in_hour
        OR (counted = 1 AND (
             (SELECT value FROM send_limit WHERE name = 'day_messages') < s.messages
          OR (SELECT value FROM send_limit WHERE name = 'week_messages')
             < (SELECT SUM(w.messages) FROM account_send w
                WHERE w.account_id = l.account_id AND today - 7 < w.day))))) THEN
    RAISE EXCEPTION 'send_limit: messages of an account';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER batch_begins AFTER UPDATE OF state ON batch FOR EACH ROW
WHEN (OLD.state = 'pending' AND NEW.state = 'attempting') EXECUTE FUNCTION batch_begins();

CREATE FUNCTION batch_given_back() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  its_hour BIGINT := CAST(floor(extract(epoch FROM OLD.first_attempt_at) / 3600) AS BIGINT);
  counted BIGINT := (SELECT CASE WHEN class = 'ordinary' THEN 1 ELSE 0 END FROM broadcast WHERE id = OLD.broadcast_id);
BEGIN
  UPDATE send_hour SET recipients = recipients - OLD.recipients WHERE hour = its_hour;
  UPDATE account_send SET messages = messages - counted,
    in_hour = CASE WHEN hour = its_hour THEN in_hour - 1 ELSE in_hour END
  WHERE day = CAST(OLD.first_attempt_at AT TIME ZONE 'Asia/Tokyo' AS DATE)
    AND account_id IN (SELECT l.account_id FROM ledger l
      WHERE l.broadcast_id = OLD.broadcast_id AND l.batch_number = OLD.number AND l.state = 'attempting');
  RETURN NULL;
END $$;
CREATE TRIGGER batch_given_back AFTER UPDATE OF state ON batch FOR EACH ROW
WHEN (OLD.state = 'attempting' AND NEW.state IN ('pending', 'split', 'rejected', 'stopped'))
EXECUTE FUNCTION batch_given_back();
