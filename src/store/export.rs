//! The ledger page by page, for an export: the accounts' ids of ours, never a LINE user id.

use sqlx::FromRow;

use crate::db::{self, Tx};
use crate::domain::broadcast::LedgerState;
use crate::domain::ids::{AccountId, BroadcastId};
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
        "SELECT account_id, batch_number, state, reason FROM ledger
         WHERE broadcast_id = $1 AND (CAST($2 AS UUID) IS NULL OR account_id > $2)
         ORDER BY account_id LIMIT $3",
        broadcast,
        after,
        limit
    ))
    .await
}
