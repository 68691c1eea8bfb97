//! Asks the engine whether it understands a statement, without running it.
//!
//! Stands apart from [`Tx`](super::Tx) because only the test that prepares every registered statement needs it.

use sqlx::{AssertSqlSafe, Executor, SqlSafeStr};

use super::open::Pools;
use super::{Db, Result};

/// Prepares a text: its syntax, tables, columns and types are checked, nothing is executed.
///
/// # Errors
/// `Other` with the engine's words where it refuses.
pub async fn prepare(db: &Db, text: String) -> Result<()> {
    let text = AssertSqlSafe(text).into_sql_str();
    match &db.0 {
        Pools::Sqlite { writer, .. } => writer.acquire().await?.prepare(text).await.map(drop)?,
        Pools::Postgres(pool) => pool.acquire().await?.prepare(text).await.map(drop)?,
    }
    Ok(())
}
