-- The cautions (ids of domain::broadcast::Caution, separated by commas) that the author had seen when submitting.
ALTER TABLE broadcast ADD COLUMN submitted_cautions TEXT;
