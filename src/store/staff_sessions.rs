//! Sessions of the console: only the hash of a session's token is kept.
//!
//! Whoever reads this table can't take a session over. Whether a session is still good is decided here in the
//! statement, by bounds that the caller computed; a disabled member of staff has none.

use serde_json::Value;
use sqlx::FromRow;

use crate::db::{self, Tx};
use crate::domain::ids::StaffId;
use crate::domain::staff::Roles;
use crate::domain::timestamp::Timestamp;
use crate::sql;

/// A session that is good, with whose it is.
#[derive(Clone, Debug)]
pub struct Session {
    /// Whose it is.
    pub staff_id: StaffId,
    /// Their name.
    pub name: String,
    /// Their section.
    pub department: String,
    /// What they may do.
    pub roles: Roles,
    /// When they last asked for something, to within a minute.
    pub last_seen_at: Timestamp,
}

#[derive(FromRow)]
struct SessionRow {
    staff_id: StaffId,
    name: String,
    department: String,
    roles: Value,
    last_seen_at: Timestamp,
}

impl From<SessionRow> for Session {
    fn from(row: SessionRow) -> Self {
        Self {
            staff_id: row.staff_id,
            name: row.name,
            department: row.department,
            roles: Roles::read(&row.roles),
            last_seen_at: row.last_seen_at,
        }
    }
}

/// The session with this token hash, if it ends after `now` and was used after `idle_since`.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn find_good(
    tx: &mut Tx,
    token_hash: &str,
    now: Timestamp,
    idle_since: Timestamp,
) -> db::Result<Option<Session>> {
    let query = sql!(
        "SELECT x.staff_id, s.name, s.department, s.roles, x.last_seen_at
         FROM staff_session x JOIN staff s ON s.id = x.staff_id
         WHERE x.token_hash = $1 AND x.expires_at > $2 AND x.last_seen_at > $3 AND s.disabled_at IS NULL",
        token_hash,
        now,
        idle_since
    );
    Ok(tx.fetch_optional::<SessionRow>(query).await?.map(Session::from))
}

/// Opens a session that ends at `expires_at` whatever happens.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn insert(
    tx: &mut Tx,
    token_hash: &str,
    staff: StaffId,
    now: Timestamp,
    expires_at: Timestamp,
) -> db::Result<()> {
    tx.execute(sql!(
        "INSERT INTO staff_session (token_hash, staff_id, created_at, last_seen_at, expires_at)
         VALUES ($1, $2, $3, $3, $4)",
        token_hash,
        staff,
        now,
        expires_at
    ))
    .await?;
    Ok(())
}

/// Remembers that the session was used.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn update_seen(tx: &mut Tx, token_hash: &str, now: Timestamp) -> db::Result<()> {
    tx.execute(sql!("UPDATE staff_session SET last_seen_at = $1 WHERE token_hash = $2", now, token_hash))
        .await?;
    Ok(())
}

/// Ends one session; answers whose it was.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn delete(tx: &mut Tx, token_hash: &str) -> db::Result<Option<StaffId>> {
    let query = sql!("DELETE FROM staff_session WHERE token_hash = $1 RETURNING staff_id", token_hash);
    Ok(tx.fetch_optional::<(StaffId,)>(query).await?.map(|(staff,)| staff))
}

/// Ends every session of one member of staff.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn delete_of(tx: &mut Tx, staff: StaffId) -> db::Result<u64> {
    tx.execute(sql!("DELETE FROM staff_session WHERE staff_id = $1", staff)).await
}

/// Forgets sessions that ended by `now`, or that lay idle since `idle_since`.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn delete_ended(tx: &mut Tx, now: Timestamp, idle_since: Timestamp) -> db::Result<u64> {
    tx.execute(sql!(
        "DELETE FROM staff_session WHERE expires_at <= $1 OR last_seen_at <= $2",
        now,
        idle_since
    ))
    .await
}
