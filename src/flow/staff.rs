//! Adding staff, giving a new password, tying a LINE account to a login, and ending somebody's rights.
//!
//! For the command line of the person who installs Musubi; the LINE account is each one's own matter, at the console
//! and with a code in the talk (`inbound/staff_line`). Each deed stands in the audit log. Nothing here says a
//! password, and nobody is deleted.

use std::time::Duration;

use secrecy::SecretString;
use serde_json::json;

use crate::app::{App, Base};
use crate::db::{self, Tx};
use crate::domain::ids::{LineUserId, StaffId};
use crate::domain::line_code::LineCode;
use crate::domain::password;
use crate::domain::staff::{Role, Roles, StaffMember};
use crate::domain::timestamp::Timestamp;
use crate::store::audit;
use crate::store::{staff, staff_line_codes, staff_sessions};

/// How long a code works that is sent in the talk.
pub const CODE_LIFE: Duration = Duration::from_secs(10 * 60);

/// Somebody new.
pub struct Newcomer {
    /// What they will type to log in: 3 to 64 of a–z, 0–9, `.`, `_`, `-`, `@`; upper case becomes lower case.
    pub login: String,
    /// Their name.
    pub name: String,
    /// Their section, such as 健康増進課.
    pub department: String,
    /// What they may do; at least one role.
    pub roles: Roles,
    /// Their first password.
    pub password: SecretString,
    /// Their own LINE account, for test sends.
    pub line_user_id: Option<LineUserId>,
}

/// Why it was not done.
#[derive(Debug, thiserror::Error)]
pub enum StaffError {
    /// The login has a form that is not accepted.
    #[error("ログイン名は、英数字と . _ - @ で3〜64文字にしてください")]
    Login,
    /// A name or a section is missing or too long.
    #[error("氏名と所属は、それぞれ1〜60文字で入れてください")]
    Name,
    /// No role was given.
    #[error("役割を1つ以上選んでください(editor, approver, admin, auditor)")]
    NoRole,
    /// Who watches the others would be one of them.
    #[error("監査担当(auditor)は、ほかの役割と兼ねられません。監査担当だけの職員にしてください")]
    Auditor,
    /// Somebody has this login.
    #[error("そのログイン名は、すでに使われています")]
    Taken,
    /// Nobody has this login.
    #[error("そのログイン名の職員はいません")]
    Unknown,
    /// Only an administrator may do it for somebody else.
    #[error("ほかの職員のLINEを外せるのは管理者だけです")]
    NotYours,
    /// The password is not accepted.
    #[error(transparent)]
    Password(#[from] password::Refusal),
    /// The database.
    #[error("データベースの操作に失敗しました: {0}")]
    Db(#[from] db::Error),
}

/// Adds somebody.
///
/// # Errors
/// As [`StaffError`] says.
pub async fn add(base: &Base, newcomer: Newcomer) -> Result<StaffId, StaffError> {
    let login = accept(&newcomer)?;
    let password_hash = hash(base, newcomer.password).await;
    let now = base.clock.now();
    let id = StaffId(base.chance.uuid_v7(now));
    let new = staff::NewStaff {
        id,
        login: &login,
        name: newcomer.name.trim(),
        department: newcomer.department.trim(),
        roles: &newcomer.roles,
        password_hash: &password_hash,
        line_user_id: newcomer.line_user_id.as_ref(),
        at: now,
    };
    let mut tx = base.db.write().await?;
    staff::insert(&mut tx, new).await.map_err(|error| match error {
        db::Error::Conflict => StaffError::Taken,
        other => StaffError::Db(other),
    })?;
    record(base, &mut tx, id, "staff.add", json!({ "roles": newcomer.roles.to_value() })).await?;
    tx.commit().await?;
    Ok(id)
}

/// Gives somebody another password and ends their sessions.
///
/// # Errors
/// As [`StaffError`] says.
pub async fn change_password(base: &Base, login: &str, password: SecretString) -> Result<(), StaffError> {
    let login = login.trim().to_lowercase();
    password::accept(&password, &login)?;
    let password_hash = hash(base, password).await;
    let mut tx = base.db.write().await?;
    let known = staff::credentials(&mut tx, &login).await?.ok_or(StaffError::Unknown)?;
    staff::update_password(&mut tx, known.id, &password_hash).await?;
    let ended = staff_sessions::delete_of(&mut tx, known.id).await?;
    record(base, &mut tx, known.id, "staff.password", json!({ "sessions": ended })).await?;
    Ok(tx.commit().await?)
}

/// Gives somebody another LINE account for their test sends; the log says that, never which.
///
/// # Errors
/// As [`StaffError`] says.
pub async fn change_line_account(base: &Base, login: &str, user: &LineUserId) -> Result<(), StaffError> {
    let login = login.trim().to_lowercase();
    let mut tx = base.db.write().await?;
    let known = staff::credentials(&mut tx, &login).await?.ok_or(StaffError::Unknown)?;
    staff::update_line_user(&mut tx, known.id, Some(user)).await?;
    record(base, &mut tx, known.id, "staff.line", json!({})).await?;
    Ok(tx.commit().await?)
}

/// A code for the member of staff to send from their own LINE account, and until when; one that was made before is void.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn make_line_code(app: &App, staff: &StaffMember) -> db::Result<(LineCode, Timestamp)> {
    let (code, until) = (LineCode::draw(app.chance.bytes()), app.clock.now().plus(CODE_LIFE));
    let mut tx = app.db.write().await?;
    staff_line_codes::replace(&mut tx, staff.id, &code.hash(), until).await?;
    tx.commit().await?;
    Ok((code, until))
}

/// Takes somebody's LINE account away from their alarms and test sends: one's own, or anybody's as an administrator. A
/// code that was made before is void.
///
/// # Errors
/// `Unknown` where there is nobody, `NotYours` without the role.
pub async fn remove_line_account(app: &App, by: &StaffMember, id: StaffId) -> Result<(), StaffError> {
    if by.id != id && !by.roles.has(Role::Admin) {
        return Err(StaffError::NotYours);
    }
    let mut tx = app.db.write().await?;
    let known = staff::find(&mut tx, id).await?.ok_or(StaffError::Unknown)?;
    staff_line_codes::delete(&mut tx, id).await?;
    if known.line_user_id.is_some() {
        staff::update_line_user(&mut tx, id, None).await?;
        let subject = id.to_string();
        let entry = app.entry(Some(by.id), "staff.line_remove", ("staff", &subject), json!({}));
        audit::record(&mut tx, entry).await?;
    }
    Ok(tx.commit().await?)
}

/// Ends somebody's right to log in, and their sessions at once.
///
/// # Errors
/// As [`StaffError`] says.
pub async fn disable(base: &Base, login: &str) -> Result<(), StaffError> {
    let login = login.trim().to_lowercase();
    let mut tx = base.db.write().await?;
    let known = staff::credentials(&mut tx, &login).await?.ok_or(StaffError::Unknown)?;
    if staff::disable(&mut tx, known.id, base.clock.now()).await? {
        let ended = staff_sessions::delete_of(&mut tx, known.id).await?;
        record(base, &mut tx, known.id, "staff.disable", json!({ "sessions": ended })).await?;
    }
    Ok(tx.commit().await?)
}

fn accept(newcomer: &Newcomer) -> Result<String, StaffError> {
    let login = newcomer.login.trim().to_lowercase();
    let plain = |one: char| one.is_ascii_lowercase() || one.is_ascii_digit() || "._-@".contains(one);
    if !(3..=64).contains(&login.len()) || !login.chars().all(plain) {
        return Err(StaffError::Login);
    }
    for text in [&newcomer.name, &newcomer.department] {
        if !(1..=60).contains(&text.trim().chars().count()) {
            return Err(StaffError::Name);
        }
    }
    if newcomer.roles.is_empty() {
        return Err(StaffError::NoRole);
    }
    if !newcomer.roles.keeps_audit_apart() {
        return Err(StaffError::Auditor);
    }
    password::accept(&newcomer.password, &login)?;
    Ok(login)
}

async fn hash(base: &Base, password: SecretString) -> String {
    let salt = base.chance.bytes();
    let hashed = tokio::task::spawn_blocking(move || password::hash(&password, &salt)).await;
    hashed.expect("hashing does not panic")
}

async fn record(
    base: &Base,
    tx: &mut Tx,
    subject: StaffId,
    action: &'static str,
    detail: serde_json::Value,
) -> db::Result<()> {
    audit::record(tx, base.entry(None, action, ("staff", &subject.to_string()), detail)).await
}
