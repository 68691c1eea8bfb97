-- What happened to a person or an account, as the city's registers and LINE's taps tell it: one row an event. 'subject'
-- is the id of a programme of segments/attributes.toml (受診, 予約) or a series (タップ). A register may know the day or
-- only the fiscal year. 配信 is not here: it is the ledger's accepted rows.
CREATE TABLE event (
  id UUID PRIMARY KEY NOT NULL,
  account_id UUID NOT NULL REFERENCES account (id),
  person_id UUID REFERENCES person (id),
  kind TEXT NOT NULL CHECK (kind IN ('attended', 'booked', 'tapped')),
  subject TEXT NOT NULL,
  on_day DATE,
  fiscal_year BIGINT NOT NULL,
  source TEXT NOT NULL,
  created_at TIMESTAMPTZ NOT NULL,
  CHECK ((person_id IS NULL) = (kind = 'tapped'))
);
CREATE INDEX event_account ON event (account_id);
CREATE UNIQUE INDEX event_day ON event (person_id, kind, subject, on_day) WHERE on_day IS NOT NULL;
CREATE UNIQUE INDEX event_year ON event (person_id, kind, subject, fiscal_year) WHERE on_day IS NULL;

-- Since when the records of a programme or series are complete: no row means never, and then no record is unknown and
-- not "never". Without a year they are complete since there is such a thing at all.
CREATE TABLE event_coverage (
  kind TEXT NOT NULL CHECK (kind IN ('attended', 'booked', 'tapped')),
  subject TEXT NOT NULL,
  since_fiscal_year BIGINT,
  updated_at TIMESTAMPTZ NOT NULL,
  PRIMARY KEY (kind, subject)
);

-- What LINE accepted becomes 配信: the number in the order of commits, drawn from the same counter as the change log's.
ALTER TABLE batch ADD COLUMN settled_seq BIGINT;
CREATE INDEX batch_settled_seq ON batch (settled_seq) WHERE settled_seq IS NOT NULL;
