-- Emergencies are counted in an hour of their own, under the same cap: what was sent before them can't hold them back.
ALTER TABLE send_hour ADD COLUMN urgent BIGINT NOT NULL DEFAULT 0;

DROP TRIGGER batch_begins;
DROP TRIGGER batch_given_back;
CREATE TRIGGER batch_begins AFTER UPDATE OF state ON batch
WHEN OLD.state = 'pending' AND NEW.state = 'attempting'
BEGIN
  INSERT INTO send_hour (hour, recipients, urgent)
  SELECT CAST(strftime('%s', NEW.first_attempt_at) AS INTEGER) / 3600,
         CASE WHEN class = 'emergency' THEN 0 ELSE NEW.recipients END,
         CASE WHEN class = 'emergency' THEN NEW.recipients ELSE 0 END
  FROM broadcast WHERE id = NEW.broadcast_id
  ON CONFLICT (hour) DO UPDATE SET recipients = recipients + excluded.recipients, urgent = urgent + excluded.urgent;
  SELECT RAISE(ABORT, 'send_limit: hour_recipients')
  WHERE (SELECT value FROM send_limit WHERE name = 'hour_recipients') IS NULL
     OR (SELECT value FROM send_limit WHERE name = 'hour_recipients')
      < (SELECT CASE WHEN b.class = 'emergency' THEN h.urgent ELSE h.recipients END
         FROM send_hour h, broadcast b
         WHERE h.hour = CAST(strftime('%s', NEW.first_attempt_at) AS INTEGER) / 3600 AND b.id = NEW.broadcast_id);
  INSERT INTO account_send (account_id, day, messages, hour, in_hour)
  SELECT l.account_id, date(NEW.first_attempt_at, '+9 hours'), CASE WHEN b.class = 'ordinary' THEN 1 ELSE 0 END,
         CAST(strftime('%s', NEW.first_attempt_at) AS INTEGER) / 3600, 1
  FROM ledger l JOIN broadcast b ON b.id = l.broadcast_id
  WHERE l.broadcast_id = NEW.broadcast_id AND l.batch_number = NEW.number AND l.state = 'planned'
  ON CONFLICT (account_id, day) DO UPDATE SET
    messages = messages + excluded.messages,
    in_hour = CASE WHEN hour = excluded.hour THEN in_hour + 1 ELSE 1 END,
    hour = excluded.hour;
  SELECT RAISE(ABORT, 'send_limit: messages of an account')
  WHERE EXISTS (
    SELECT 1 FROM ledger l
      JOIN broadcast b ON b.id = l.broadcast_id
      JOIN account_send s ON s.account_id = l.account_id AND s.day = date(NEW.first_attempt_at, '+9 hours')
    WHERE l.broadcast_id = NEW.broadcast_id AND l.batch_number = NEW.number AND l.state = 'planned'
      AND ((SELECT value FROM send_limit WHERE name = 'hour_messages') < s.in_hour
        OR (b.class = 'ordinary' AND (
             (SELECT value FROM send_limit WHERE name = 'day_messages') < s.messages
          OR (SELECT value FROM send_limit WHERE name = 'week_messages')
             < (SELECT SUM(w.messages) FROM account_send w
                WHERE w.account_id = l.account_id AND date(NEW.first_attempt_at, '+9 hours', '-7 days') < w.day)))));
END;
CREATE TRIGGER batch_given_back AFTER UPDATE OF state ON batch
WHEN OLD.state = 'attempting' AND NEW.state IN ('pending', 'split', 'rejected', 'stopped')
BEGIN
  UPDATE send_hour SET
    recipients = recipients - (SELECT CASE WHEN class = 'emergency' THEN 0 ELSE OLD.recipients END
                               FROM broadcast WHERE id = OLD.broadcast_id),
    urgent = urgent - (SELECT CASE WHEN class = 'emergency' THEN OLD.recipients ELSE 0 END
                       FROM broadcast WHERE id = OLD.broadcast_id)
  WHERE hour = CAST(strftime('%s', OLD.first_attempt_at) AS INTEGER) / 3600;
  UPDATE account_send SET
    messages = messages
      - (SELECT CASE WHEN class = 'ordinary' THEN 1 ELSE 0 END FROM broadcast WHERE id = OLD.broadcast_id),
    in_hour = CASE WHEN hour = CAST(strftime('%s', OLD.first_attempt_at) AS INTEGER) / 3600
              THEN in_hour - 1 ELSE in_hour END
  WHERE day = date(OLD.first_attempt_at, '+9 hours')
    AND account_id IN (SELECT l.account_id FROM ledger l
      WHERE l.broadcast_id = OLD.broadcast_id AND l.batch_number = OLD.number AND l.state = 'attempting');
END;
