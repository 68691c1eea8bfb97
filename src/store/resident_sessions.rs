//! Sessions of residents on the form: who is behind a cookie, for one hour.
//!
//! Only the SHA-256 of a token is kept, so that a copy of the database opens no session. A session is not prolonged.

use sqlx::FromRow;

use crate::db::{self, Tx};
use crate::domain::ids::LineUserId;
use crate::domain::timestamp::Timestamp;
use crate::sql;

/// A session as stored.
#[derive(Clone, Debug, FromRow)]
pub struct ResidentSession {
    /// Whose session, as LINE vouched for at its beginning.
    pub line_user_id: LineUserId,
    /// The language of the pages.
    pub language: String,
    /// When it ends.
    pub expires_at: Timestamp,
}

/// Keeps a new session.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn insert(
    tx: &mut Tx,
    token_hash: &str,
    session: &ResidentSession,
    now: Timestamp,
) -> db::Result<()> {
    tx.execute(sql!(
        "INSERT INTO resident_session (token_hash, line_user_id, language, created_at, expires_at)
         VALUES ($1, $2, $3, $4, $5)",
        token_hash,
        &session.line_user_id,
        session.language.as_str(),
        now,
        session.expires_at
    ))
    .await?;
    Ok(())
}

/// The session behind a token, unless it has ended.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn find(tx: &mut Tx, token_hash: &str, now: Timestamp) -> db::Result<Option<ResidentSession>> {
    tx.fetch_optional(sql!(
        "SELECT line_user_id, language, expires_at FROM resident_session WHERE token_hash = $1 AND expires_at > $2",
        token_hash,
        now
    ))
    .await
}

/// Changes the language of a session's pages.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn set_language(tx: &mut Tx, token_hash: &str, language: &str) -> db::Result<()> {
    let update =
        sql!("UPDATE resident_session SET language = $2 WHERE token_hash = $1", token_hash, language);
    tx.execute(update).await?;
    Ok(())
}

/// Removes the sessions that have ended; answers how many.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn delete_expired(tx: &mut Tx, now: Timestamp) -> db::Result<u64> {
    tx.execute(sql!("DELETE FROM resident_session WHERE expires_at <= $1", now)).await
}
