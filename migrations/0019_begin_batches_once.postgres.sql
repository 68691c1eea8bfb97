-- A batch is begun once, as it was counted: nobody gets round the caps of 0010 with a batch that is made begun, with one
-- that was settled before, or with a false number of recipients.
CREATE FUNCTION batch_is_made() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'send_limit: a batch is made untried';
END $$;
CREATE TRIGGER batch_is_made BEFORE INSERT ON batch FOR EACH ROW
WHEN (NEW.state <> 'pending') EXECUTE FUNCTION batch_is_made();

CREATE FUNCTION batch_begins_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.state <> 'pending' THEN
    RAISE EXCEPTION 'send_limit: a settled batch is not begun again';
  END IF;
  IF NEW.recipients IS DISTINCT FROM (SELECT COUNT(*) FROM ledger l
      WHERE l.broadcast_id = NEW.broadcast_id AND l.batch_number = NEW.number AND l.state = 'planned') THEN
    RAISE EXCEPTION 'send_limit: another number of recipients';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER batch_begins_once BEFORE UPDATE OF state ON batch FOR EACH ROW
WHEN (NEW.state = 'attempting' AND OLD.state <> 'attempting') EXECUTE FUNCTION batch_begins_once();
