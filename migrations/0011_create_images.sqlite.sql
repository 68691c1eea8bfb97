-- Pictures that were uploaded for messages, as we made them anew: without anything that a camera writes into its files.
-- The id can't be guessed, for whoever knows it may see the picture; a picture is never changed under its id.
CREATE TABLE image (
  id TEXT PRIMARY KEY NOT NULL,
  width BIGINT NOT NULL,
  height BIGINT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('jpeg', 'png')),
  bytes BLOB NOT NULL,
  small_kind TEXT NOT NULL CHECK (small_kind IN ('jpeg', 'png')),
  small BLOB NOT NULL,
  staff_id UUID NOT NULL REFERENCES staff (id),
  created_at TIMESTAMPTZ NOT NULL
);
