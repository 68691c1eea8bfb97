-- The records of a household stand together, in the order of accounts, and are answered by the index alone.
CREATE INDEX event_household ON event (account_id, person_id, kind, subject, on_day, fiscal_year);
DROP INDEX event_account;

-- The tallies are written with every batch: no second index, and no asking for the account (the ledger, from which they
-- come, has done so).
ALTER TABLE account_send DROP CONSTRAINT account_send_account_id_fkey;
DROP INDEX account_send_day;

-- As SQLite's own function of this name tells an id.
CREATE FUNCTION hex(UUID) RETURNS TEXT LANGUAGE SQL IMMUTABLE PARALLEL SAFE
  RETURN upper(replace(CAST($1 AS TEXT), '-', ''));
