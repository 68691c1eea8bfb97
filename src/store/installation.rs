//! What a database is for and to which LINE account it belongs; said once, when it is first served.

use sqlx::FromRow;

use crate::db::{self, Tx};
use crate::domain::timestamp::Timestamp;
use crate::sql;

/// What a database is for.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct Installation {
    /// `live` or `training`.
    pub purpose: String,
    /// The user id of the LINE account it belongs to.
    pub bot_user_id: String,
}

/// What it is for; `None` where it was never served.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn find(tx: &mut Tx) -> db::Result<Option<Installation>> {
    tx.fetch_optional(sql!("SELECT purpose, bot_user_id FROM installation WHERE id = 1")).await
}

/// Says what it is for.
///
/// # Errors
/// As [`db::Error`] says; `Conflict` where that was said before.
pub async fn insert(tx: &mut Tx, installation: &Installation, now: Timestamp) -> db::Result<()> {
    tx.execute(sql!(
        "INSERT INTO installation (id, purpose, bot_user_id, since) VALUES (1, $1, $2, $3)",
        &installation.purpose,
        &installation.bot_user_id,
        now
    ))
    .await?;
    Ok(())
}
