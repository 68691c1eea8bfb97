//! Tokens of the JSON API: given, collected, used, taken back.
//!
//! A token acts as one member of staff, with some of their roles, until a day that is named. Whoever looks after the staff
//! gives leave for one; only the member sees it, once, when they collect it with their own log-in: else one person could
//! hold the tokens of two, and two people would no longer be two. Each deed stands in the audit log.

use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde_json::json;
use uuid::Uuid;

use crate::app::{App, Base};
use crate::db::{self, Tx};
use crate::domain::digest::sha256_hex;
use crate::domain::ids::StaffId;
use crate::domain::staff::{Role, Roles, StaffMember};
use crate::domain::timestamp::Timestamp;
use crate::store::api_tokens::{self, Good, Listed, NewToken};
use crate::store::{audit, staff};

/// What every token begins with, so that one that was lost is recognised wherever it turns up.
pub const PREFIX: &str = "musubi_";

/// The longest life of a token, in days.
pub const LONGEST_DAYS: u32 = 400;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);
const NOTICE_USE: Duration = Duration::from_secs(60);

/// What is wanted.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// Whose, by what they type to log in.
    pub login: String,
    /// What it is for.
    pub name: String,
    /// Which of their roles it lends.
    pub roles: Roles,
    /// For how many days.
    pub days: u32,
}

/// Why it was not done.
#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    /// The role doesn't grant it.
    #[error("APIのトークンを許可できるのは管理者だけです。")]
    NotAllowed,
    /// Nobody has this login, or they are disabled.
    #[error("そのログイン名の職員はいません。")]
    Unknown,
    /// No name, or one that is too long.
    #[error("用途を1〜60文字で入力してください。")]
    Name,
    /// No role, or one that the member doesn't hold.
    #[error("役割を1つ以上、その職員が持つものから選んでください。")]
    Roles,
    /// No day, or too many.
    #[error("有効な日数を1〜{LONGEST_DAYS}で入力してください。")]
    Days,
    /// It is not theirs, or was collected, is over or was taken back.
    #[error("このトークンは受け取れません。受け取り済みか、期限切れか、取り消されています。")]
    NotToCollect,
    /// There is none, or it was taken back already.
    #[error("そのトークンはないか、すでに取り消されています。")]
    NotToRevoke,
    /// The database.
    #[error("データベースの操作に失敗しました: {0}")]
    Db(#[from] db::Error),
}

/// Gives leave for a token, which the member will collect.
///
/// # Errors
/// Refused without the role of an administrator, and where something about it is wrong.
pub async fn allow(app: &App, admin: &StaffMember, wanted: &Wanted) -> Result<Uuid, TokenError> {
    demand_admin(admin)?;
    let id = new_id(&app.base());
    let mut tx = app.db.write().await?;
    give(&app.base(), &mut tx, id, wanted, (None, Some(admin.id))).await?;
    tx.commit().await?;
    Ok(id)
}

/// Makes a token for the person at the machine, who could give the member another password as well; answers the token,
/// which nobody can ask for a second time.
///
/// # Errors
/// Refused where something about it is wrong.
pub async fn make_here(base: &Base, wanted: &Wanted) -> Result<String, TokenError> {
    let (id, token) = (new_id(base), new_token(base));
    let mut tx = base.db.write().await?;
    give(base, &mut tx, id, wanted, (Some(&hash(&token)), None)).await?;
    tx.commit().await?;
    Ok(token)
}

async fn give(
    base: &Base,
    tx: &mut Tx,
    id: Uuid,
    wanted: &Wanted,
    (hash, by): (Option<&str>, Option<StaffId>),
) -> Result<(), TokenError> {
    let login = wanted.login.trim().to_lowercase();
    let everybody = staff::list(tx).await?;
    let member = everybody.iter().find(|member| member.login == login && member.disabled_at.is_none());
    let member = member.ok_or(TokenError::Unknown)?;
    let name = wanted.name.trim();
    if !(1..=60).contains(&name.chars().count()) {
        return Err(TokenError::Name);
    }
    if wanted.roles.is_empty() || wanted.roles.both(&member.roles) != wanted.roles {
        return Err(TokenError::Roles);
    }
    if !(1..=LONGEST_DAYS).contains(&wanted.days) {
        return Err(TokenError::Days);
    }
    let at = base.clock.now();
    let expires_at = at.plus(DAY * wanted.days);
    let (staff, roles) = (member.id, &wanted.roles);
    api_tokens::insert(tx, NewToken { id, staff, name, roles, hash, by, at, expires_at }).await?;
    let detail = json!({ "token": name, "roles": roles.to_value(), "until": expires_at.to_text() });
    record(base, tx, (by, "token.allow"), staff, detail).await?;
    Ok(())
}

/// Hands the member their token, once.
///
/// # Errors
/// Refused where it is not theirs to collect.
pub async fn collect(app: &App, member: &StaffMember, id: Uuid) -> Result<String, TokenError> {
    let (base, now) = (app.base(), app.clock.now());
    let token = new_token(&base);
    let mut tx = app.db.write().await?;
    if !api_tokens::collect(&mut tx, (id, member.id), &hash(&token), now).await? {
        return Err(TokenError::NotToCollect);
    }
    let detail = json!({ "id": id.to_string() });
    record(&base, &mut tx, (Some(member.id), "token.collect"), member.id, detail).await?;
    tx.commit().await?;
    Ok(token)
}

/// Takes a token back, at once; an administrator any, everybody else their own.
///
/// # Errors
/// Refused where it is not theirs to take back.
pub async fn revoke(app: &App, by: &StaffMember, id: Uuid) -> Result<(), TokenError> {
    let whose = if by.roles.has(Role::Admin) { None } else { Some(by.id) };
    end(&app.base(), id, whose, Some(by.id)).await
}

/// As [`revoke`], for the person at the machine.
///
/// # Errors
/// Refused where there is none.
pub async fn revoke_here(base: &Base, id: Uuid) -> Result<(), TokenError> {
    end(base, id, None, None).await
}

async fn end(base: &Base, id: Uuid, whose: Option<StaffId>, by: Option<StaffId>) -> Result<(), TokenError> {
    let mut tx = base.db.write().await?;
    let listed = api_tokens::list(&mut tx, whose).await?;
    let token = listed.iter().find(|token| token.id == id).ok_or(TokenError::NotToRevoke)?;
    if !api_tokens::revoke(&mut tx, id, base.clock.now()).await? {
        return Err(TokenError::NotToRevoke);
    }
    record(base, &mut tx, (by, "token.revoke"), token.staff_id, json!({ "token": token.name })).await?;
    Ok(tx.commit().await?)
}

/// The good token behind the text that came, and a note that it was used.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn recognise(app: &App, text: &str) -> db::Result<Option<Good>> {
    if !text.starts_with(PREFIX) {
        return Ok(None);
    }
    let now = app.clock.now();
    let found = api_tokens::find_good(&mut app.db.read().await?, &hash(text), now).await?;
    let Some(good) = found else { return Ok(None) };
    // Written once a minute, not once a request: SQLite has one writer.
    if good.last_used_at.is_none_or(|at| NOTICE_USE <= now.since(at)) {
        let mut tx = app.db.write().await?;
        api_tokens::update_used(&mut tx, good.id, now).await?;
        tx.commit().await?;
    }
    Ok(Some(good))
}

fn demand_admin(staff: &StaffMember) -> Result<(), TokenError> {
    if staff.roles.has(Role::Admin) { Ok(()) } else { Err(TokenError::NotAllowed) }
}

fn new_id(base: &Base) -> Uuid {
    base.chance.uuid_v7(base.clock.now())
}

fn new_token(base: &Base) -> String {
    format!("{PREFIX}{}", BASE64_URL_SAFE_NO_PAD.encode(base.chance.bytes::<32>()))
}

/// What is stored of a token.
fn hash(token: &str) -> String {
    sha256_hex(token.as_bytes())
}

async fn record(
    base: &Base,
    tx: &mut Tx,
    (by, action): (Option<StaffId>, &'static str),
    subject: StaffId,
    detail: serde_json::Value,
) -> db::Result<()> {
    audit::record(tx, base.entry(by, action, ("staff", &subject.to_string()), detail)).await
}

/// How a token stands, in words.
#[must_use]
pub fn state(token: &Listed, now: Timestamp) -> &'static str {
    if token.revoked_at.is_some() {
        "取り消し済み"
    } else if token.expires_at <= now {
        "期限切れ"
    } else if token.is_collected {
        "有効"
    } else {
        "受け取り待ち"
    }
}

/// Until when a token is good that ends then, as people read it.
#[must_use]
pub fn day(at: Timestamp) -> String {
    at.tokyo().strftime("%Y-%m-%d").to_string()
}
