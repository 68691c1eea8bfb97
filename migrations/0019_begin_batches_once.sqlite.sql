-- A batch is begun once, as it was counted: nobody gets round the caps of 0010 with a batch that is made begun, with one
-- that was settled before, or with a false number of recipients.
CREATE TRIGGER batch_is_made BEFORE INSERT ON batch WHEN NEW.state <> 'pending'
BEGIN
  SELECT RAISE(ABORT, 'send_limit: a batch is made untried');
END;
CREATE TRIGGER batch_begins_once BEFORE UPDATE OF state ON batch
WHEN NEW.state = 'attempting' AND OLD.state <> 'attempting'
BEGIN
  SELECT RAISE(ABORT, 'send_limit: a settled batch is not begun again') WHERE OLD.state <> 'pending';
  SELECT RAISE(ABORT, 'send_limit: another number of recipients')
  WHERE NEW.recipients IS NOT (SELECT COUNT(*) FROM ledger l
    WHERE l.broadcast_id = NEW.broadcast_id AND l.batch_number = NEW.number AND l.state = 'planned');
END;
