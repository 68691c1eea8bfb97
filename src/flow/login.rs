//! Logging in to the console and out of it.
//!
//! An unknown login and a wrong password get the same answer after the same time. Guessing is slowed down per login
//! and per address by what the database remembers, so a restart doesn't help the guesser. A token is 256 random bits;
//! only its hash is stored.

use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use secrecy::SecretString;
use serde_json::json;
use tokio::sync::Semaphore;
use uuid::Uuid;

use crate::app::App;
use crate::db::{self, Tx};
use crate::domain::digest::sha256_hex;
use crate::domain::ids::StaffId;
use crate::domain::password;
use crate::domain::timestamp::Timestamp;
use crate::store::audit;
use crate::store::login_attempts::{self, Attempt};
use crate::store::staff::Credentials;
use crate::store::{staff, staff_sessions};

/// A session that nobody uses for this long is over.
pub const IDLE: Duration = Duration::from_secs(30 * 60);
/// A session is over after this long, however busy.
pub const ABSOLUTE: Duration = Duration::from_secs(12 * 60 * 60);
/// Failures are counted over this long.
pub const WINDOW: Duration = Duration::from_secs(15 * 60);
/// So many failures with one login within the window close it.
pub const FAILURES_OF_LOGIN: usize = 5;
/// So many failures from one address within the window close it; a whole town hall may share one address.
pub const FAILURES_FROM_ADDRESS: usize = 30;

const REMEMBER_ATTEMPTS: Duration = Duration::from_secs(24 * 60 * 60);
const NOTICE_USE: Duration = Duration::from_secs(60);

/// Each check takes 19 MiB; more at once would only wait for the same cores.
static CHECKS: Semaphore = Semaphore::const_new(4);

/// What somebody typed, and where they sit.
pub struct Attempted<'a> {
    /// The login as typed.
    pub login: &'a str,
    /// The password as typed.
    pub password: SecretString,
    /// The address of the browser; empty where it is not known.
    pub address: &'a str,
    /// The token of the session that the browser had until now.
    pub old_token: Option<&'a str>,
}

/// Why nobody was logged in.
#[derive(Debug, thiserror::Error)]
pub enum LoginError {
    /// No such login, a wrong password, or somebody who may not log in any more.
    #[error("the login or the password is wrong")]
    Wrong,
    /// Too many failures.
    #[error("too many failures")]
    Wait {
        /// When the next attempt is looked at.
        until: Timestamp,
    },
    /// The database.
    #[error(transparent)]
    Db(#[from] db::Error),
}

/// Checks login and password and opens a session; answers its token.
///
/// # Errors
/// As [`LoginError`] says.
pub async fn log_in(app: &App, attempted: Attempted<'_>) -> Result<String, LoginError> {
    let login = attempted.login.trim().to_lowercase();
    let (attempt, credentials) = begin(app, &login, attempted.address).await?;
    let stored = credentials.as_ref().map(|known| known.password_hash.clone());
    let right = check(attempted.password, stored).await;
    match credentials {
        Some(known) if right && known.disabled_at.is_none() => {
            Ok(open(app, attempt, known.id, attempted.old_token).await?)
        }
        known => {
            note_failure(app, known.map(|known| known.id)).await?;
            Err(LoginError::Wrong)
        }
    }
}

/// Ends the session behind a token; an unknown token is no error.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn log_out(app: &App, token: &str) -> db::Result<()> {
    let mut tx = app.db.write().await?;
    if let Some(staff) = staff_sessions::delete(&mut tx, &token_hash(token)).await? {
        record(app, &mut tx, Some(staff), "staff.logout", &staff.to_string()).await?;
    }
    tx.commit().await
}

/// The good session behind a token.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn find(app: &App, token: &str) -> db::Result<Option<staff_sessions::Session>> {
    let now = app.clock.now();
    let mut tx = app.db.read().await?;
    staff_sessions::find_good(&mut tx, &token_hash(token), now, now.minus(IDLE)).await
}

/// The good session behind a token, and a note that somebody used it.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn resume(app: &App, token: &str) -> db::Result<Option<staff_sessions::Session>> {
    let Some(session) = find(app, token).await? else { return Ok(None) };
    let (hash, now) = (token_hash(token), app.clock.now());
    // Written once a minute, not once a page: SQLite has one writer.
    if NOTICE_USE <= now.since(session.last_seen_at) {
        let mut tx = app.db.write().await?;
        staff_sessions::update_seen(&mut tx, &hash, now).await?;
        tx.commit().await?;
    }
    Ok(Some(session))
}

/// Counts what was before, and writes this attempt down as failed before anything is checked.
async fn begin(app: &App, login: &str, address: &str) -> Result<(Uuid, Option<Credentials>), LoginError> {
    let (now, login_hash) = (app.clock.now(), sha256_hex(login.as_bytes()));
    let mut tx = app.db.write().await?;
    login_attempts::delete_before(&mut tx, now.minus(REMEMBER_ATTEMPTS)).await?;
    if let Some(until) = closed_until(&mut tx, &login_hash, address, now).await? {
        return Err(LoginError::Wait { until });
    }
    let id = app.chance.uuid_v7(now);
    let attempt = Attempt { id, login_hash: &login_hash, address, at: now };
    login_attempts::insert_failed(&mut tx, &attempt).await?;
    let failures = login_attempts::failures_of_login(&mut tx, &login_hash, now.minus(WINDOW), 5).await?;
    let credentials = staff::credentials(&mut tx, login).await?;
    if failures.len() == FAILURES_OF_LOGIN {
        // Said once, at the last attempt before the door closes; a right password opens it still.
        let who = credentials.as_ref().map(|known| known.id);
        let subject = who.map_or_else(|| login_hash[..8].to_owned(), |id| id.to_string());
        record(app, &mut tx, who, "staff.last_attempt", &subject).await?;
    }
    tx.commit().await?;
    Ok((id, credentials))
}

/// The failure in the audit log. Of a login that nobody has, nothing is kept: it may be a password in the wrong field.
/// Whoever is closed out by [`closed_until`] doesn't come here, so guessing can't flood the log.
async fn note_failure(app: &App, known: Option<StaffId>) -> db::Result<()> {
    let mut tx = app.db.write().await?;
    let subject = known.map_or_else(|| "unknown".to_owned(), |id| id.to_string());
    record(app, &mut tx, known, "staff.login_failed", &subject).await?;
    tx.commit().await
}

async fn closed_until(
    tx: &mut Tx,
    login_hash: &str,
    address: &str,
    now: Timestamp,
) -> db::Result<Option<Timestamp>> {
    let since = now.minus(WINDOW);
    let of_login = login_attempts::failures_of_login(tx, login_hash, since, FAILURES_OF_LOGIN as i64).await?;
    let mut until = opens_again(&of_login, FAILURES_OF_LOGIN);
    if !address.is_empty() {
        let limit = FAILURES_FROM_ADDRESS as i64;
        let from_address = login_attempts::failures_from_address(tx, address, since, limit).await?;
        until = until.max(opens_again(&from_address, FAILURES_FROM_ADDRESS));
    }
    Ok(until)
}

/// When the oldest of the failures that count leaves the window.
fn opens_again(newest_first: &[Timestamp], limit: usize) -> Option<Timestamp> {
    newest_first.get(limit - 1).map(|oldest| oldest.plus(WINDOW))
}

async fn check(password: SecretString, stored: Option<String>) -> bool {
    let _turn = CHECKS.acquire().await;
    let checked = tokio::task::spawn_blocking(move || password::verify(&password, stored.as_deref())).await;
    checked.unwrap_or(false)
}

async fn open(app: &App, attempt: Uuid, staff: StaffId, old_token: Option<&str>) -> db::Result<String> {
    let now = app.clock.now();
    let token = BASE64_URL_SAFE_NO_PAD.encode(app.chance.bytes::<32>());
    let mut tx = app.db.write().await?;
    login_attempts::update_succeeded(&mut tx, attempt).await?;
    staff_sessions::delete_ended(&mut tx, now, now.minus(IDLE)).await?;
    if let Some(old) = old_token {
        staff_sessions::delete(&mut tx, &token_hash(old)).await?;
    }
    staff_sessions::insert(&mut tx, &token_hash(&token), staff, now, now.plus(ABSOLUTE)).await?;
    record(app, &mut tx, Some(staff), "staff.login", &staff.to_string()).await?;
    tx.commit().await?;
    Ok(token)
}

async fn record(
    app: &App,
    tx: &mut Tx,
    staff: Option<StaffId>,
    action: &'static str,
    subject: &str,
) -> db::Result<()> {
    audit::record(tx, app.entry(staff, action, ("staff", subject), json!({}))).await
}

/// What is stored of a token.
fn token_hash(token: &str) -> String {
    sha256_hex(token.as_bytes())
}
