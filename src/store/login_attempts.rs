//! Attempts to log in, so that guessing is slowed down across processes and restarts.
//!
//! The login is kept as a hash, because people type passwords into the wrong field. An attempt is written as failed
//! before the password is checked; so guesses made side by side count each other.

use uuid::Uuid;

use crate::db::{self, Tx};
use crate::domain::timestamp::Timestamp;
use crate::sql;

/// One attempt.
pub struct Attempt<'a> {
    /// Its id.
    pub id: Uuid,
    /// The hash of the login that was typed.
    pub login_hash: &'a str,
    /// Where it came from; empty where that is not known.
    pub address: &'a str,
    /// When.
    pub at: Timestamp,
}

/// Writes an attempt down as failed.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn insert_failed(tx: &mut Tx, attempt: &Attempt<'_>) -> db::Result<()> {
    tx.execute(sql!(
        "INSERT INTO login_attempt (id, login_hash, address, at, succeeded) VALUES ($1, $2, $3, $4, FALSE)",
        attempt.id,
        attempt.login_hash,
        attempt.address,
        attempt.at
    ))
    .await?;
    Ok(())
}

/// Marks an attempt as the right one.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn update_succeeded(tx: &mut Tx, id: Uuid) -> db::Result<()> {
    tx.execute(sql!("UPDATE login_attempt SET succeeded = TRUE WHERE id = $1", id)).await?;
    Ok(())
}

/// The times of the newest failures with this login after `since` and after its last success, newest first.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn failures_of_login(
    tx: &mut Tx,
    login_hash: &str,
    since: Timestamp,
    limit: i64,
) -> db::Result<Vec<Timestamp>> {
    let rows: Vec<(Timestamp,)> = tx
        .fetch_all(sql!(
            "SELECT f.at FROM login_attempt f
             WHERE f.login_hash = $1 AND f.at > $2 AND NOT f.succeeded AND NOT EXISTS (
               SELECT 1 FROM login_attempt s WHERE s.login_hash = $1 AND s.succeeded AND s.at >= f.at)
             ORDER BY f.at DESC LIMIT $3",
            login_hash,
            since,
            limit
        ))
        .await?;
    Ok(rows.into_iter().map(|(at,)| at).collect())
}

/// The times of the newest failures from this address after `since`, newest first.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn failures_from_address(
    tx: &mut Tx,
    address: &str,
    since: Timestamp,
    limit: i64,
) -> db::Result<Vec<Timestamp>> {
    let rows: Vec<(Timestamp,)> = tx
        .fetch_all(sql!(
            "SELECT at FROM login_attempt WHERE address = $1 AND at > $2 AND NOT succeeded
             ORDER BY at DESC LIMIT $3",
            address,
            since,
            limit
        ))
        .await?;
    Ok(rows.into_iter().map(|(at,)| at).collect())
}

/// Forgets attempts before `until`.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn delete_before(tx: &mut Tx, until: Timestamp) -> db::Result<u64> {
    tx.execute(sql!("DELETE FROM login_attempt WHERE at < $1", until)).await
}
