//! One test binary: everything is tested through the front door, on SQLite and on PostgreSQL.

#![allow(clippy::unwrap_used)] // a test says what went wrong by falling over

mod line_contract;
