-- What the readers of a batch have of their own: values for the blanks of the text, as {"居住地の地区名": "高松"}, and the
-- word that stands in the links of one who agreed to be recognised by it. About residents: wiped when the batch is
-- settled. NULL where there is nothing.
ALTER TABLE batch ADD COLUMN fill TEXT;
ALTER TABLE batch ADD COLUMN reader TEXT;

-- Into how many texts a submitted broadcast falls, in figures (JSON of domain::broadcast::forecast); NULL without blanks
-- that differ from reader to reader.
ALTER TABLE broadcast ADD COLUMN forecast JSONB;
-- What the codes of its links are drawn from, so that a restored backup arrives at the same messages; NULL where its
-- links are not counted.
ALTER TABLE broadcast ADD COLUMN link_seed TEXT;

-- The addresses behind the buttons of an arm, each under the code that stands in ours.
CREATE TABLE link (
  code TEXT PRIMARY KEY NOT NULL,
  broadcast_id UUID NOT NULL REFERENCES broadcast (id),
  arm TEXT NOT NULL,
  address TEXT NOT NULL,
  UNIQUE (broadcast_id, arm, address)
);
-- How often a link was opened on a day in Asia/Tokyo, whoever it was.
CREATE TABLE link_tap (
  code TEXT NOT NULL REFERENCES link (code),
  on_day DATE NOT NULL,
  taps BIGINT NOT NULL CHECK (0 < taps),
  PRIMARY KEY (code, on_day)
);
-- Who agreed that it is noted when they open a link, for one broadcast. Deleted when they no longer agree, and when the
-- broadcast is old.
CREATE TABLE link_reader (
  token TEXT PRIMARY KEY NOT NULL,
  broadcast_id UUID NOT NULL REFERENCES broadcast (id),
  account_id UUID NOT NULL REFERENCES account (id),
  created_at TIMESTAMPTZ NOT NULL,
  UNIQUE (broadcast_id, account_id)
);
CREATE INDEX link_reader_account ON link_reader (account_id);
CREATE INDEX link_reader_created ON link_reader (created_at);

-- Since when a picture stands in nothing that is kept, NULL while it does; and when that was last looked at.
ALTER TABLE image ADD COLUMN unused_since TIMESTAMPTZ;
ALTER TABLE image ADD COLUMN checked_on DATE;
