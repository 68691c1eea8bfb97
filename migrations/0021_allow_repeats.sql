-- A standing approval (継続の承認): two people have agreed to the exact text, rule and schedule of a repeat, until a day and
-- for so many people a run. At most one of a repeat is open.
CREATE TABLE standing (
  id UUID PRIMARY KEY NOT NULL,
  repeat_id UUID NOT NULL REFERENCES repeat (id),
  hash TEXT NOT NULL,
  example_id UUID NOT NULL REFERENCES broadcast (id),
  ends DATE NOT NULL,
  most BIGINT NOT NULL CHECK (0 < most),
  cautions TEXT NOT NULL,
  asked_by UUID NOT NULL REFERENCES staff (id),
  asked_at TIMESTAMPTZ NOT NULL,
  in_force_at TIMESTAMPTZ,
  ended_at TIMESTAMPTZ,
  ended_by UUID REFERENCES staff (id),
  end_reason TEXT
);
CREATE UNIQUE INDEX standing_open ON standing (repeat_id) WHERE ended_at IS NULL;
CREATE TABLE standing_approval (
  standing_id UUID NOT NULL REFERENCES standing (id),
  staff_id UUID NOT NULL REFERENCES staff (id),
  approved_at TIMESTAMPTZ NOT NULL,
  PRIMARY KEY (standing_id, staff_id)
);

-- The standing approval that a run was made under, and what came of it: 'approved', 'declined', or nothing yet.
ALTER TABLE repeat_run ADD COLUMN standing_id UUID REFERENCES standing (id);
ALTER TABLE repeat_run ADD COLUMN verdict TEXT CHECK (verdict IN ('approved', 'declined'));
-- A run that found nobody on its day has no draft: it is noted as missed, and with this.
ALTER TABLE repeat_run ADD COLUMN nobody BOOLEAN NOT NULL DEFAULT FALSE;

-- Who changed a repeat last; nobody but its author where it is empty.
ALTER TABLE repeat ADD COLUMN editor_id UUID REFERENCES staff (id);

-- Whom a repeat has met on a day of their own, so that a corrected date brings no second message. Without a foreign key
-- to a person, as the ledger is; an account whose day it is stands in the place of the person.
CREATE TABLE milestone (
  repeat_id UUID NOT NULL REFERENCES repeat (id),
  person_id UUID NOT NULL,
  account_id UUID NOT NULL,
  broadcast_id UUID NOT NULL REFERENCES broadcast (id),
  met_on DATE NOT NULL,
  PRIMARY KEY (repeat_id, person_id)
);
CREATE INDEX milestone_account ON milestone (account_id);
