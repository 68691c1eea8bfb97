-- A code with which a member of staff ties their own LINE account to their login, by sending it in the talk. Each has
-- one, for ten minutes; a new one takes its place. The account that used it is answered alike however often LINE repeats
-- the event.
CREATE TABLE staff_line_code (
  staff_id UUID PRIMARY KEY NOT NULL REFERENCES staff (id),
  code_hash TEXT UNIQUE NOT NULL,
  expires_at TIMESTAMPTZ NOT NULL,
  used_at TIMESTAMPTZ
);

-- How the audience was split, and in which texts, stands in every save, too. Saves from before this had no trial, or
-- one that is not known any more.
ALTER TABLE broadcast_version ADD COLUMN trial JSONB;
