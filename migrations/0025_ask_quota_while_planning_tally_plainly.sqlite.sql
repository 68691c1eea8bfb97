-- What LINE said is left of the month while the broadcast was planned (NULL without a limit), and when it was asked; good
-- for the first call that follows soon.
ALTER TABLE broadcast ADD COLUMN quota_left BIGINT;
ALTER TABLE broadcast ADD COLUMN quota_asked_at TIMESTAMPTZ;

-- A limit that is missing lets nothing begin.
CREATE TRIGGER batch_begins_limited BEFORE UPDATE OF state ON batch
WHEN NEW.state = 'attempting' AND OLD.state <> 'attempting'
BEGIN
  SELECT RAISE(ABORT, 'send_limit: a limit is missing')
  WHERE (SELECT COUNT(value) FROM send_limit
         WHERE name IN ('day_messages', 'hour_messages', 'hour_recipients', 'week_messages')) <> 4;
END;
