//! The ledger page by page, for an export: the accounts' ids of ours, never a LINE user id.

use sqlx::FromRow;

use crate::db::{self, Tx};
use crate::domain::broadcast::LedgerState;
use crate::domain::ids::{AccountId, BroadcastId};
use crate::domain::timestamp::Timestamp;
use crate::sql;

/// One recipient, and what became of them.
#[derive(Clone, Debug, FromRow)]
pub struct Row {
    /// The account.
    pub account_id: AccountId,
    /// The number of the batch in which they are now.
    pub batch_number: i64,
    /// How far it has come.
    #[sqlx(try_from = "String")]
    pub state: LedgerState,
    /// The stored word of the reason.
    pub reason: Option<String>,
    /// The arm that they were drawn for; empty without arms, and for whoever is held out.
    pub arm: String,
    /// When their batch was first tried.
    pub first_attempt_at: Option<Timestamp>,
    /// When the outcome of their batch was known.
    pub settled_at: Option<Timestamp>,
    /// What LINE calls the request by which it took their batch.
    pub request_id: Option<String>,
}

/// The recipients after one of them, in the order of their ids, at most `limit`.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn ledger(
    tx: &mut Tx,
    broadcast: BroadcastId,
    after: Option<AccountId>,
    limit: i64,
) -> db::Result<Vec<Row>> {
    tx.fetch_all(sql!(
        "SELECT l.account_id, l.batch_number, l.state, l.reason, l.arm, b.first_attempt_at, b.settled_at, b.request_id
         FROM ledger l LEFT JOIN batch b ON b.broadcast_id = l.broadcast_id AND b.number = l.batch_number
         WHERE l.broadcast_id = $1 AND (CAST($2 AS UUID) IS NULL OR l.account_id > $2)
         ORDER BY l.account_id LIMIT $3",
        broadcast,
        after,
        limit
    ))
    .await
}
