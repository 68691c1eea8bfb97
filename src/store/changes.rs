//! The change log: which account changed, in the order of commits.
//!
//! The population reads it to stay current, the auditor to see who changed what. It says which fields changed, never
//! their values. A number is drawn by updating one counter row, which stays locked until the commit; so whoever has
//! seen number n has seen every smaller one, on both engines.

use serde_json::Value;
use sqlx::FromRow;

use crate::db::arg::Bind;
use crate::db::{self, Tx};
use crate::domain::ids::AccountId;
use crate::domain::timestamp::Timestamp;
use crate::{bulk, sql};

/// One change of one account.
pub struct Change<'a> {
    /// The account.
    pub account: AccountId,
    /// What happened, such as `registered`, `followed`, `blocked`, `stopped`, `erased`, `imported`.
    pub kind: &'static str,
    /// The ids of the attributes that changed.
    pub fields: &'a [&'a str],
    /// Who did it: `resident`, `line`, `import`, `comparison` (with what LINE says) or `staff:ID`.
    pub actor: &'a str,
    /// When.
    pub at: Timestamp,
}

/// A change as the population reads it.
#[derive(Clone, Copy, Debug, FromRow)]
pub struct Changed {
    /// The number in the order of commits.
    pub seq: i64,
    /// The account.
    pub account_id: AccountId,
}

/// Appends a change; answers its number.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn append(tx: &mut Tx, change: &Change<'_>) -> db::Result<i64> {
    let seq = draw(tx).await?;
    tx.execute(sql!(
        "INSERT INTO change_log (seq, account_id, kind, fields, actor, at) VALUES ($1, $2, $3, $4, $5, $6)",
        seq,
        change.account,
        change.kind,
        Value::from(change.fields.to_vec()),
        change.actor,
        change.at
    ))
    .await?;
    Ok(seq)
}

/// Draws a number for something beside the accounts that the population has to hear of: it reads it by that number.
/// The last thing in a transaction, because everybody waits for the counter until the commit.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn draw(tx: &mut Tx) -> db::Result<i64> {
    let (seq,): (i64,) =
        tx.fetch_one(sql!("UPDATE change_counter SET last = last + 1 WHERE id = 1 RETURNING last")).await?;
    Ok(seq)
}

/// Appends the same change for many accounts; answers the last number.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn append_all(
    tx: &mut Tx,
    accounts: &[AccountId],
    kind: &'static str,
    actor: &str,
    at: Timestamp,
) -> db::Result<i64> {
    let many = i64::try_from(accounts.len()).unwrap_or(i64::MAX);
    let (last,): (i64,) = tx
        .fetch_one(sql!("UPDATE change_counter SET last = last + $1 WHERE id = 1 RETURNING last", many))
        .await?;
    let row = |(seq, account): (i64, &AccountId)| {
        [seq.bind(), account.bind(), kind.bind(), Value::Array(Vec::new()).bind(), actor.bind(), at.bind()]
    };
    // Collected, because a loop of the worker can't be spawned around an iterator that borrows.
    let rows: Vec<_> = (last - many + 1..).zip(accounts).map(row).collect();
    tx.insert_rows(
        bulk!("INSERT INTO change_log (seq, account_id, kind, fields, actor, at) VALUES", 6, ""),
        rows,
    )
    .await?;
    Ok(last)
}

/// The newest number; 0 before the first change.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn last(tx: &mut Tx) -> db::Result<i64> {
    let (last,): (i64,) = tx.fetch_one(sql!("SELECT last FROM change_counter WHERE id = 1")).await?;
    Ok(last)
}

/// The changes after number `after`, oldest first, at most `limit`.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn after(tx: &mut Tx, after: i64, limit: i64) -> db::Result<Vec<Changed>> {
    tx.fetch_all(sql!(
        "SELECT seq, account_id FROM change_log WHERE seq > $1 ORDER BY seq LIMIT $2",
        after,
        limit
    ))
    .await
}
