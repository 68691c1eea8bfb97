//! The codes with which staff tie their LINE accounts to their logins: one each, and of it only the hash.

use sqlx::FromRow;

use crate::db::{self, Tx};
use crate::domain::ids::StaffId;
use crate::domain::timestamp::Timestamp;
use crate::sql;

/// A code as it is remembered.
#[derive(Clone, Debug, FromRow)]
pub struct StoredCode {
    /// Whose it is.
    pub staff_id: StaffId,
    /// When it was used.
    pub used_at: Option<Timestamp>,
}

/// Remembers the code of a member of staff in place of the one before.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn replace(tx: &mut Tx, staff: StaffId, code_hash: &str, expires_at: Timestamp) -> db::Result<()> {
    tx.execute(sql!(
        "INSERT INTO staff_line_code (staff_id, code_hash, expires_at) VALUES ($1, $2, $3)
         ON CONFLICT (staff_id) DO UPDATE
         SET code_hash = excluded.code_hash, expires_at = excluded.expires_at, used_at = NULL",
        staff,
        code_hash,
        expires_at
    ))
    .await?;
    Ok(())
}

/// The code with this hash.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn find(tx: &mut Tx, code_hash: &str) -> db::Result<Option<StoredCode>> {
    tx.fetch_optional(sql!("SELECT staff_id, used_at FROM staff_line_code WHERE code_hash = $1", code_hash))
        .await
}

/// Notes that a code was used; `false` where that was so before, or another has taken its place.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn use_up(tx: &mut Tx, code_hash: &str, now: Timestamp) -> db::Result<bool> {
    let query = sql!(
        "UPDATE staff_line_code SET used_at = $2 WHERE code_hash = $1 AND used_at IS NULL AND $2 < expires_at",
        code_hash,
        now
    );
    Ok(tx.execute(query).await? == 1)
}

/// Forgets the code of a member of staff.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn delete(tx: &mut Tx, staff: StaffId) -> db::Result<()> {
    tx.execute(sql!("DELETE FROM staff_line_code WHERE staff_id = $1", staff)).await?;
    Ok(())
}
