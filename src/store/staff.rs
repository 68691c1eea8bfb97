//! Staff (職員): who may log in, and with which roles.
//!
//! The password's hash leaves this file only in [`Credentials`], which has no `Debug`. Nobody is ever deleted, because
//! the audit log names them; they are disabled.

use serde_json::Value;
use sqlx::FromRow;

use crate::db::{self, Tx};
use crate::domain::ids::{LineUserId, StaffId};
use crate::domain::staff::{Role, Roles};
use crate::domain::timestamp::Timestamp;
use crate::sql;

/// A member of staff.
#[derive(Clone, Debug)]
pub struct Staff {
    /// Their id.
    pub id: StaffId,
    /// What they type to log in, in lower case.
    pub login: String,
    /// Their name.
    pub name: String,
    /// Their section, such as 健康増進課.
    pub department: String,
    /// What they may do.
    pub roles: Roles,
    /// Their own LINE account, for test sends.
    pub line_user_id: Option<LineUserId>,
    /// Since when they may no longer log in.
    pub disabled_at: Option<Timestamp>,
}

/// What a log-in is checked against.
#[derive(FromRow)]
pub struct Credentials {
    /// Whose they are.
    pub id: StaffId,
    /// The password's hash, a PHC string.
    pub password_hash: String,
    /// Since when they may no longer log in.
    pub disabled_at: Option<Timestamp>,
}

/// A new member of staff.
pub struct NewStaff<'a> {
    /// Their id.
    pub id: StaffId,
    /// What they type to log in, in lower case.
    pub login: &'a str,
    /// Their name.
    pub name: &'a str,
    /// Their section.
    pub department: &'a str,
    /// What they may do.
    pub roles: &'a Roles,
    /// The password's hash, a PHC string.
    pub password_hash: &'a str,
    /// Their own LINE account, for test sends.
    pub line_user_id: Option<&'a LineUserId>,
    /// When they were added.
    pub at: Timestamp,
}

#[derive(FromRow)]
struct StaffRow {
    id: StaffId,
    login: String,
    name: String,
    department: String,
    roles: Value,
    line_user_id: Option<LineUserId>,
    disabled_at: Option<Timestamp>,
}

impl From<StaffRow> for Staff {
    fn from(row: StaffRow) -> Self {
        Self {
            id: row.id,
            login: row.login,
            name: row.name,
            department: row.department,
            roles: Roles::read(&row.roles),
            line_user_id: row.line_user_id,
            disabled_at: row.disabled_at,
        }
    }
}

/// The member of staff with this id.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn find(tx: &mut Tx, id: StaffId) -> db::Result<Option<Staff>> {
    let query = sql!(
        "SELECT id, login, name, department, roles, line_user_id, disabled_at FROM staff WHERE id = $1",
        id
    );
    Ok(tx.fetch_optional::<StaffRow>(query).await?.map(Staff::from))
}

/// Everybody, the disabled too, by login.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn list(tx: &mut Tx) -> db::Result<Vec<Staff>> {
    let query = sql!(
        "SELECT id, login, name, department, roles, line_user_id, disabled_at FROM staff ORDER BY login"
    );
    Ok(tx.fetch_all::<StaffRow>(query).await?.into_iter().map(Staff::from).collect())
}

/// The administrators, who are told of whatever has stopped.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn list_admins(tx: &mut Tx) -> db::Result<Vec<StaffId>> {
    let admins = list(tx).await?.into_iter().filter(|one| one.roles.has(Role::Admin));
    Ok(admins.map(|one| one.id).collect())
}

/// What a log-in with this name (in lower case) is checked against.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn credentials(tx: &mut Tx, login: &str) -> db::Result<Option<Credentials>> {
    tx.fetch_optional(sql!("SELECT id, password_hash, disabled_at FROM staff WHERE login = $1", login)).await
}

/// Adds a member of staff; `Conflict` where the login is taken.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn insert(tx: &mut Tx, new: NewStaff<'_>) -> db::Result<()> {
    tx.execute(sql!(
        "INSERT INTO staff (id, login, name, department, roles, password_hash, line_user_id, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        new.id,
        new.login,
        new.name,
        new.department,
        new.roles.to_value(),
        new.password_hash,
        new.line_user_id,
        new.at
    ))
    .await?;
    Ok(())
}

/// Sets another password; answers whether there is such a member of staff.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn update_password(tx: &mut Tx, id: StaffId, password_hash: &str) -> db::Result<bool> {
    let query = sql!("UPDATE staff SET password_hash = $1 WHERE id = $2", password_hash, id);
    Ok(tx.execute(query).await? == 1)
}

/// Gives somebody another LINE account for alarms and their test sends, or none.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn update_line_user(tx: &mut Tx, id: StaffId, line_user_id: Option<&LineUserId>) -> db::Result<()> {
    tx.execute(sql!("UPDATE staff SET line_user_id = $1 WHERE id = $2", line_user_id, id)).await?;
    Ok(())
}

/// Ends somebody's right to log in; answers whether it was open until now.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn disable(tx: &mut Tx, id: StaffId, at: Timestamp) -> db::Result<bool> {
    let query = sql!("UPDATE staff SET disabled_at = $1 WHERE id = $2 AND disabled_at IS NULL", at, id);
    Ok(tx.execute(query).await? == 1)
}
