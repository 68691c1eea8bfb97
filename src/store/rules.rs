//! Saved rules: every version ever, which one holds, and a counter that says whether anything changed.
//!
//! A version is never changed and never deleted. The counter's row stays locked until the commit, so whoever has seen
//! number *n* has seen every change before it.

use sqlx::FromRow;

use crate::db::{self, Tx};
use crate::domain::ids::StaffId;
use crate::domain::timestamp::Timestamp;
use crate::sql;

/// One saved version.
#[derive(Clone, Debug, FromRow)]
pub struct Version {
    /// The rule's path, such as `kenshin/tokutei`.
    pub path: String,
    /// Its number, from 1.
    pub version: i64,
    /// The rule in its canonical form.
    pub text: String,
    /// The fingerprint of its meaning.
    pub hash: String,
    /// Where it came from: `console`, `import` or `file`.
    pub origin: String,
    /// Why it was saved.
    pub why: String,
    /// The name of whoever saved it; `None` for the program itself and for the person at the machine.
    pub staff_name: Option<String>,
    /// When.
    pub saved_at: Timestamp,
}

/// A version to be added.
pub struct NewVersion<'a> {
    /// The rule's path.
    pub path: &'a str,
    /// Its number.
    pub version: i64,
    /// The rule in its canonical form.
    pub text: &'a str,
    /// The fingerprint of its meaning.
    pub hash: &'a str,
    /// Where it came from.
    pub origin: &'static str,
    /// Why.
    pub why: &'a str,
    /// Who.
    pub staff: Option<StaffId>,
    /// When.
    pub at: Timestamp,
}

/// Which version of a rule holds.
#[derive(Clone, Debug, FromRow)]
pub struct Current {
    /// The rule's path.
    pub path: String,
    /// The number of the newest version.
    pub version: i64,
    /// Since when it is archived; `None` while it can be used.
    pub archived_at: Option<Timestamp>,
}

macro_rules! columns {
    () => {
        "v.path, v.version, v.text, v.hash, v.origin, v.why, s.name AS staff_name, v.saved_at
         FROM rule_version v LEFT JOIN staff s ON s.id = v.staff_id"
    };
}

/// The number of the last change; 0 before the first.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn last_change(tx: &mut Tx) -> db::Result<i64> {
    let (last,): (i64,) = tx.fetch_one(sql!("SELECT last FROM rule_counter WHERE id = 1")).await?;
    Ok(last)
}

/// Which version of every saved rule holds, by path.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn list(tx: &mut Tx) -> db::Result<Vec<Current>> {
    tx.fetch_all(sql!("SELECT path, version, archived_at FROM rule ORDER BY path")).await
}

/// Which version of a rule holds; `None` where it was never saved.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn find(tx: &mut Tx, path: &str) -> db::Result<Option<Current>> {
    tx.fetch_optional(sql!("SELECT path, version, archived_at FROM rule WHERE path = $1", path)).await
}

/// The texts of the rules that hold and are not archived, by path.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn texts(tx: &mut Tx) -> db::Result<Vec<(String, String)>> {
    tx.fetch_all(sql!(
        "SELECT r.path, v.text FROM rule r JOIN rule_version v ON v.path = r.path AND v.version = r.version
         WHERE r.archived_at IS NULL ORDER BY r.path"
    ))
    .await
}

/// All versions of a rule, newest first.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn versions(tx: &mut Tx, path: &str) -> db::Result<Vec<Version>> {
    tx.fetch_all(sql!(
        concat!("SELECT ", columns!(), " WHERE v.path = $1 ORDER BY v.version DESC LIMIT 1000"),
        path
    ))
    .await
}

/// One version of a rule.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn find_version(tx: &mut Tx, path: &str, version: i64) -> db::Result<Option<Version>> {
    tx.fetch_optional(sql!(
        concat!("SELECT ", columns!(), " WHERE v.path = $1 AND v.version = $2"),
        path,
        version
    ))
    .await
}

/// Adds a version; it holds from now on, and its rule is archived no longer. A number that is taken is a conflict.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn insert(tx: &mut Tx, new: &NewVersion<'_>) -> db::Result<()> {
    tx.execute(sql!(
        "INSERT INTO rule_version (path, version, text, hash, origin, why, staff_id, saved_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        new.path,
        new.version,
        new.text,
        new.hash,
        new.origin,
        new.why,
        new.staff,
        new.at
    ))
    .await?;
    tx.execute(sql!(
        "INSERT INTO rule (path, version, archived_at) VALUES ($1, $2, NULL)
         ON CONFLICT (path) DO UPDATE SET version = excluded.version, archived_at = NULL",
        new.path,
        new.version
    ))
    .await?;
    count(tx).await
}

/// Archives a rule whose newest version is `version`; `false` where it is another one, or archived already.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn archive(tx: &mut Tx, path: &str, version: i64, at: Timestamp) -> db::Result<bool> {
    let query = sql!(
        "UPDATE rule SET archived_at = $3 WHERE path = $1 AND version = $2 AND archived_at IS NULL",
        path,
        version,
        at
    );
    let done = tx.execute(query).await? == 1;
    if done {
        count(tx).await?;
    }
    Ok(done)
}

/// Says that rules have to be judged anew, because one of them or what they may name has changed.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn count(tx: &mut Tx) -> db::Result<()> {
    tx.execute(sql!("UPDATE rule_counter SET last = last + 1 WHERE id = 1")).await.map(drop)
}
