-- Whom a broadcast goes to: a saved rule, a saved rule on a day of one's own, districts, everybody whom an earlier one may have
-- reached (a correction), or those whom it did not reach. An audience that is no rule has no rule text, so that a lost
-- word finds nobody.
ALTER TABLE broadcast ADD COLUMN audience TEXT NOT NULL DEFAULT 'rule'
  CHECK (audience IN ('rule', 'day', 'districts', 'reached', 'missed'));
ALTER TABLE broadcast ADD COLUMN correction_of UUID REFERENCES broadcast (id)
  CHECK ((audience = 'reached') = (correction_of IS NOT NULL));
ALTER TABLE broadcast ADD COLUMN resend_of UUID REFERENCES broadcast (id)
  CHECK ((audience = 'missed') = (resend_of IS NOT NULL));
ALTER TABLE broadcast ADD COLUMN copied_from UUID REFERENCES broadcast (id);
ALTER TABLE broadcast ADD COLUMN approvals_needed BIGINT NOT NULL DEFAULT 1 CHECK (approvals_needed IN (1, 2));

-- One approval of what was submitted, bound to its hash. It is gone as soon as the broadcast is a draft again.
CREATE TABLE approval (
  broadcast_id UUID NOT NULL REFERENCES broadcast (id),
  hash TEXT NOT NULL,
  staff_id UUID NOT NULL REFERENCES staff (id),
  recipients BIGINT NOT NULL,
  approved_at TIMESTAMPTZ NOT NULL,
  PRIMARY KEY (broadcast_id, hash, staff_id)
);

INSERT INTO approval (broadcast_id, hash, staff_id, recipients, approved_at)
  SELECT id, approved_hash, approver_id, approved_count, approved_at FROM broadcast
  WHERE approver_id IS NOT NULL AND approved_hash IS NOT NULL AND approved_count IS NOT NULL AND approved_at IS NOT NULL;

-- What an approver has opened of a content: a variant in a language, or where a button leads.
CREATE TABLE opened_part (
  broadcast_id UUID NOT NULL REFERENCES broadcast (id),
  content_hash TEXT NOT NULL,
  staff_id UUID NOT NULL REFERENCES staff (id),
  part TEXT NOT NULL,
  opened_at TIMESTAMPTZ NOT NULL,
  PRIMARY KEY (broadcast_id, content_hash, staff_id, part)
);

-- Every save of a broadcast, never changed afterwards.
CREATE TABLE broadcast_version (
  broadcast_id UUID NOT NULL REFERENCES broadcast (id),
  version BIGINT NOT NULL,
  title TEXT NOT NULL,
  series TEXT NOT NULL,
  topic TEXT NOT NULL,
  segment_path TEXT NOT NULL,
  rule_text TEXT NOT NULL,
  content JSONB NOT NULL,
  scheduled_at TIMESTAMPTZ,
  expires_at TIMESTAMPTZ,
  staff_id UUID NOT NULL REFERENCES staff (id),
  saved_at TIMESTAMPTZ NOT NULL,
  PRIMARY KEY (broadcast_id, version)
);
INSERT INTO broadcast_version (broadcast_id, version, title, series, topic, segment_path, rule_text, content,
    scheduled_at, expires_at, staff_id, saved_at)
  SELECT id, version, title, series, topic, segment_path, rule_text, content, scheduled_at, expires_at,
    last_editor_id, updated_at FROM broadcast;
CREATE INDEX broadcast_series ON broadcast (series, id);

-- The two-person rule, whatever the program believes. Nothing is begun as anything but a draft, nothing goes on with
-- fewer approvals than it needs, a draft has none, and what reaches more than a tenth of the friends needs two.
CREATE FUNCTION guard_approvals() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    IF NEW.state <> 'draft' THEN
      RAISE EXCEPTION 'a broadcast begins as a draft';
    END IF;
    RETURN NEW;
  END IF;
  IF NEW.state = 'submitted' AND OLD.state = 'draft' AND NEW.approvals_needed < 2
    AND NEW.audience NOT IN ('reached', 'districts')
    AND NEW.submitted_count * 10 > (SELECT COUNT(*) FROM account WHERE follow_state = 'following') THEN
    RAISE EXCEPTION 'more than a tenth of the friends need two approvals';
  END IF;
  IF NEW.approvals_needed < OLD.approvals_needed AND OLD.state <> 'draft' THEN
    RAISE EXCEPTION 'the number of approvals falls in a draft alone';
  END IF;
  IF NEW.state IN ('approved', 'planned', 'sending') AND NEW.state <> OLD.state
    AND (SELECT COUNT(*) FROM approval a
         WHERE a.broadcast_id = NEW.id AND a.hash = NEW.submitted_hash AND a.hash = NEW.approved_hash
           AND a.staff_id <> NEW.author_id AND a.staff_id <> NEW.last_editor_id) < NEW.approvals_needed THEN
    RAISE EXCEPTION 'too few approvals';
  END IF;
  IF NEW.state = 'draft' THEN
    DELETE FROM approval WHERE broadcast_id = NEW.id;
  END IF;
  RETURN NEW;
END
$$;
CREATE TRIGGER broadcast_guard BEFORE INSERT OR UPDATE ON broadcast
  FOR EACH ROW EXECUTE FUNCTION guard_approvals();
