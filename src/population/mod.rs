//! Residents in columns, kept current from the change log.
