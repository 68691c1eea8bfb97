-- The records of a household stand together, in the order of accounts, and are answered by the index alone.
CREATE INDEX event_household ON event (account_id, person_id, kind, subject, on_day, fiscal_year);
DROP INDEX event_account;

-- The tallies are written with every batch. As an index of its own, without a second one and without asking for the
-- account (the ledger, from which they come, has done so), they cost a fifth.
CREATE TABLE tally AS SELECT account_id, day, messages, hour, in_hour FROM account_send;
DROP TABLE account_send;
CREATE TABLE account_send (
  account_id UUID NOT NULL,
  day DATE NOT NULL,
  messages BIGINT NOT NULL,
  hour BIGINT NOT NULL,
  in_hour BIGINT NOT NULL,
  PRIMARY KEY (account_id, day)
) WITHOUT ROWID;
INSERT INTO account_send SELECT account_id, day, messages, hour, in_hour FROM tally ORDER BY account_id, day;
DROP TABLE tally;
