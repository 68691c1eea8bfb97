//! Which process works: one at a time, under a token that rises with each change of hands.
//!
//! Time is not compared here: clocks of machines differ and jump. Whoever waits looks whether the beat stands still by
//! their own steady clock (`crate::worker::lease`).

use sqlx::FromRow;

use crate::db::{self, Tx};
use crate::sql;

/// Who works now.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct Lease {
    /// A process; `None` where the last one has gone in order.
    pub holder: Option<String>,
    /// Rises with each change of hands.
    pub token: i64,
    /// Rises while the holder lives.
    pub beat: i64,
}

/// Who works now.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn find(tx: &mut Tx) -> db::Result<Lease> {
    tx.fetch_one(sql!("SELECT holder, token, beat FROM lease WHERE name = 'worker'")).await
}

/// Takes it over from what was seen; answers the new token, or `None` where something has moved since.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn take(tx: &mut Tx, seen: &Lease, me: &str) -> db::Result<Option<i64>> {
    let taken: Option<(i64,)> = tx
        .fetch_optional(sql!(
            "UPDATE lease SET holder = $3, token = token + 1, beat = 0
             WHERE name = 'worker' AND token = $1 AND beat = $2 RETURNING token",
            seen.token,
            seen.beat,
            me
        ))
        .await?;
    Ok(taken.map(|row| row.0))
}

/// Shows that the holder of a token lives; `false` where another has taken over.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn beat(tx: &mut Tx, token: i64) -> db::Result<bool> {
    let query = sql!("UPDATE lease SET beat = beat + 1 WHERE name = 'worker' AND token = $1", token);
    Ok(tx.execute(query).await? == 1)
}

/// Whether a token is still good, and keeps it so until the commit.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn is_held(tx: &mut Tx, token: i64) -> db::Result<bool> {
    let query = sql!("UPDATE lease SET token = token WHERE name = 'worker' AND token = $1", token);
    Ok(tx.execute(query).await? == 1)
}

/// Gives it back in order, so that another need not wait.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn release(tx: &mut Tx, token: i64) -> db::Result<()> {
    tx.execute(sql!("UPDATE lease SET holder = NULL WHERE name = 'worker' AND token = $1", token)).await?;
    Ok(())
}
