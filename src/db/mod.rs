//! One SQL text on two engines: SQLite by default, PostgreSQL for scale.
//!
//! All dispatch between the engines stands in this folder. A statement is written once with [`sql!`](crate::sql),
//! which also registers it, so that one test prepares every statement on both. Nothing here knows a table, except
//! the list of applied migrations.

pub mod arg;
pub mod backup;
pub mod column;
pub mod error;
pub mod migrate;
pub mod open;
mod prepare;
pub mod query;
pub mod throwaway;
mod turn;
mod tx;

pub use backup::Alone;
pub use column::Day;
pub use error::{Error, Result};
pub use open::{Db, Engine};
pub use prepare::prepare;
pub use query::{BulkInsert, Fragment, Query};
pub use tx::{Row, Tx};
