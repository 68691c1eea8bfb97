-- Emergencies are counted in an hour of their own, under the same cap: what was sent before them can't hold them back.
ALTER TABLE send_hour ADD COLUMN urgent BIGINT NOT NULL DEFAULT 0;

CREATE OR REPLACE FUNCTION batch_begins() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  this_hour BIGINT := CAST(floor(extract(epoch FROM NEW.first_attempt_at) / 3600) AS BIGINT);
  today DATE := CAST(NEW.first_attempt_at AT TIME ZONE 'Asia/Tokyo' AS DATE);
  its_class TEXT := (SELECT class FROM broadcast WHERE id = NEW.broadcast_id);
  counted BIGINT := CASE WHEN its_class = 'ordinary' THEN 1 ELSE 0 END;
  urgent_now BIGINT := CASE WHEN its_class = 'emergency' THEN NEW.recipients ELSE 0 END;
  of_hour BIGINT := (SELECT value FROM send_limit WHERE name = 'hour_messages');
  of_day BIGINT := (SELECT value FROM send_limit WHERE name = 'day_messages');
  of_week BIGINT := (SELECT value FROM send_limit WHERE name = 'week_messages');
  sent BIGINT;
  may_begin BOOLEAN;
BEGIN
  INSERT INTO send_hour AS h (hour, recipients, urgent) VALUES (this_hour, NEW.recipients - urgent_now, urgent_now)
  ON CONFLICT (hour) DO UPDATE SET recipients = h.recipients + excluded.recipients, urgent = h.urgent + excluded.urgent
  RETURNING CASE WHEN its_class = 'emergency' THEN h.urgent ELSE h.recipients END INTO sent;
  IF NOT COALESCE(sent <= (SELECT value FROM send_limit WHERE name = 'hour_recipients'), FALSE) THEN
    RAISE EXCEPTION 'send_limit: hour_recipients';
  END IF;
  WITH member AS MATERIALIZED (
    SELECT l.account_id, t.of_others, t.has_today
    FROM ledger l CROSS JOIN LATERAL (
      SELECT COALESCE(SUM(s.messages) FILTER (WHERE s.day <> today), 0) AS of_others,
             COALESCE(bool_or(s.day = today), FALSE) AS has_today
      FROM account_send s WHERE s.account_id = l.account_id AND today - 7 < s.day) t
    WHERE l.broadcast_id = NEW.broadcast_id AND l.batch_number = NEW.number AND l.state = 'planned'
    ORDER BY l.account_id),
  again AS (
    UPDATE account_send s SET
      messages = s.messages + counted,
      in_hour = CASE WHEN s.hour = this_hour THEN s.in_hour + 1 ELSE 1 END,
      hour = this_hour
    FROM member m WHERE m.has_today AND s.account_id = m.account_id AND s.day = today
    RETURNING s.messages, s.in_hour, m.of_others),
  for_the_first_time AS (
    INSERT INTO account_send (account_id, day, messages, hour, in_hour)
    SELECT m.account_id, today, counted, this_hour, 1 FROM member m WHERE NOT m.has_today)
  SELECT bool_and(COALESCE(t.in_hour <= of_hour
      AND (counted = 0 OR (t.messages <= of_day AND t.messages + t.of_others <= of_week)), FALSE))
  INTO may_begin
  FROM (SELECT messages, in_hour, of_others FROM again
        UNION ALL SELECT counted, 1, of_others FROM member WHERE NOT has_today) t;
  -- Without members there is nothing to judge.
  IF NOT COALESCE(may_begin, TRUE) THEN
    RAISE EXCEPTION 'send_limit: messages of an account';
  END IF;
  RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION batch_given_back() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  its_hour BIGINT := CAST(floor(extract(epoch FROM OLD.first_attempt_at) / 3600) AS BIGINT);
  its_class TEXT := (SELECT class FROM broadcast WHERE id = OLD.broadcast_id);
  counted BIGINT := CASE WHEN its_class = 'ordinary' THEN 1 ELSE 0 END;
  urgent_then BIGINT := CASE WHEN its_class = 'emergency' THEN OLD.recipients ELSE 0 END;
BEGIN
  UPDATE send_hour SET recipients = recipients - (OLD.recipients - urgent_then), urgent = urgent - urgent_then
  WHERE hour = its_hour;
  UPDATE account_send SET messages = messages - counted,
    in_hour = CASE WHEN hour = its_hour THEN in_hour - 1 ELSE in_hour END
  WHERE day = CAST(OLD.first_attempt_at AT TIME ZONE 'Asia/Tokyo' AS DATE)
    AND account_id IN (SELECT l.account_id FROM ledger l
      WHERE l.broadcast_id = OLD.broadcast_id AND l.batch_number = OLD.number AND l.state = 'attempting');
  RETURN NULL;
END $$;
