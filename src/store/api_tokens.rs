//! Tokens of the JSON API: whose, for which of their roles, until when. Only a token's hash is kept.
//!
//! Whether a token is good is decided here in the statement: collected, neither over nor revoked, and its member of staff
//! not disabled. What it may do is what the token *and* the member may do now.

use serde_json::Value;
use sqlx::FromRow;
use uuid::Uuid;

use crate::db::{self, Tx};
use crate::domain::ids::StaffId;
use crate::domain::staff::Roles;
use crate::domain::timestamp::Timestamp;
use crate::sql;

/// A new token, or the leave to collect one.
pub struct NewToken<'a> {
    /// Its id.
    pub id: Uuid,
    /// Whose deeds it does.
    pub staff: StaffId,
    /// What it is for.
    pub name: &'a str,
    /// Which of the member's roles it lends.
    pub roles: &'a Roles,
    /// What is kept of it; `None` until the member collects it.
    pub hash: Option<&'a str>,
    /// Who gave it; `None` for the person at the machine.
    pub by: Option<StaffId>,
    /// When.
    pub at: Timestamp,
    /// When it ends.
    pub expires_at: Timestamp,
}

/// A token that is good, with whose it is.
#[derive(Clone, Debug)]
pub struct Good {
    /// Its id.
    pub id: Uuid,
    /// What it is for.
    pub name: String,
    /// Whose deeds it does.
    pub staff_id: StaffId,
    /// Their name.
    pub staff_name: String,
    /// What it may do: the token's roles that the member holds now.
    pub roles: Roles,
    /// When it ends.
    pub expires_at: Timestamp,
    /// When it was last used, to within a minute.
    pub last_used_at: Option<Timestamp>,
}

#[derive(FromRow)]
struct GoodRow {
    id: Uuid,
    name: String,
    staff_id: StaffId,
    staff_name: String,
    token_roles: Value,
    staff_roles: Value,
    expires_at: Timestamp,
    last_used_at: Option<Timestamp>,
}

/// A token as it is listed.
#[derive(Clone, Debug, FromRow)]
pub struct Listed {
    /// Its id.
    pub id: Uuid,
    /// What it is for.
    pub name: String,
    /// Whose deeds it does.
    pub staff_id: StaffId,
    /// Their name.
    pub staff_name: String,
    /// What they type to log in.
    pub login: String,
    roles: Value,
    /// Whether the member has collected it.
    pub is_collected: bool,
    /// When it was given.
    pub created_at: Timestamp,
    /// When it ends.
    pub expires_at: Timestamp,
    /// When it was last used, to within a minute.
    pub last_used_at: Option<Timestamp>,
    /// When it was taken back.
    pub revoked_at: Option<Timestamp>,
}

impl Listed {
    /// Which roles it lends.
    #[must_use]
    pub fn roles(&self) -> Roles {
        Roles::read(&self.roles)
    }
}

/// The good token with this hash.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn find_good(tx: &mut Tx, hash: &str, now: Timestamp) -> db::Result<Option<Good>> {
    let query = sql!(
        "SELECT t.id, t.name, t.staff_id, s.name AS staff_name, t.roles AS token_roles, s.roles AS staff_roles,
                t.expires_at, t.last_used_at
         FROM api_token t JOIN staff s ON s.id = t.staff_id
         WHERE t.token_hash = $1 AND t.expires_at > $2 AND t.revoked_at IS NULL AND s.disabled_at IS NULL",
        hash,
        now
    );
    let row: Option<GoodRow> = tx.fetch_optional(query).await?;
    Ok(row.map(|row| Good {
        id: row.id,
        name: row.name,
        staff_id: row.staff_id,
        staff_name: row.staff_name,
        roles: Roles::read(&row.token_roles).both(&Roles::read(&row.staff_roles)),
        expires_at: row.expires_at,
        last_used_at: row.last_used_at,
    }))
}

/// Adds one.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn insert(tx: &mut Tx, new: NewToken<'_>) -> db::Result<()> {
    tx.execute(sql!(
        "INSERT INTO api_token (id, staff_id, name, roles, token_hash, created_by, created_at, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        new.id,
        new.staff,
        new.name,
        new.roles.to_value(),
        new.hash,
        new.by,
        new.at,
        new.expires_at
    ))
    .await?;
    Ok(())
}

/// Notes what is kept of a token that its member collects; `false` where it is not theirs, or was collected, is over or
/// was taken back.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn collect(
    tx: &mut Tx,
    (id, staff): (Uuid, StaffId),
    hash: &str,
    now: Timestamp,
) -> db::Result<bool> {
    let query = sql!(
        "UPDATE api_token SET token_hash = $3
         WHERE id = $1 AND staff_id = $2 AND token_hash IS NULL AND revoked_at IS NULL AND expires_at > $4",
        id,
        staff,
        hash,
        now
    );
    Ok(tx.execute(query).await? == 1)
}

/// Takes one back; `false` where there is none, or it was taken back already.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn revoke(tx: &mut Tx, id: Uuid, now: Timestamp) -> db::Result<bool> {
    let query = sql!("UPDATE api_token SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL", id, now);
    Ok(tx.execute(query).await? == 1)
}

/// Remembers that it was used.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn update_used(tx: &mut Tx, id: Uuid, now: Timestamp) -> db::Result<()> {
    tx.execute(sql!("UPDATE api_token SET last_used_at = $2 WHERE id = $1", id, now)).await?;
    Ok(())
}

/// Whether a member of staff has ever been given one.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn has_any(tx: &mut Tx, staff: StaffId) -> db::Result<bool> {
    let (count,): (i64,) =
        tx.fetch_one(sql!("SELECT COUNT(*) FROM api_token WHERE staff_id = $1", staff)).await?;
    Ok(0 < count)
}

/// All of them, or those of one member of staff, the newest first.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn list(tx: &mut Tx, staff: Option<StaffId>) -> db::Result<Vec<Listed>> {
    tx.fetch_all(sql!(
        "SELECT t.id, t.name, t.staff_id, s.name AS staff_name, s.login, t.roles,
                t.token_hash IS NOT NULL AS is_collected, t.created_at, t.expires_at, t.last_used_at, t.revoked_at
         FROM api_token t JOIN staff s ON s.id = t.staff_id
         WHERE CAST($1 AS UUID) IS NULL OR t.staff_id = $1
         ORDER BY t.id DESC",
        staff
    ))
    .await
}
