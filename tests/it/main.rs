//! One test binary: everything is tested through the front door, on SQLite and on PostgreSQL.
