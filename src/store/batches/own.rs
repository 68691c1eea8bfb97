//! What is the own of a batch's readers: whether there is such a thing, and wiping it before the batch itself is settled.

use crate::db::{self, Tx};
use crate::domain::ids::{AccountId, BatchId};
use crate::sql;

/// Whether something of its readers' own is filled into the text of a batch.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn is_filled(tx: &mut Tx, id: BatchId) -> db::Result<bool> {
    let query = sql!("SELECT COUNT(*) FROM batch WHERE id = $1 AND fill IS NOT NULL", id);
    Ok(0 < tx.fetch_one::<(i64,)>(query).await?.0)
}

/// Wipes what was the own of the readers of a batch, once its parts have it.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn wipe_own(tx: &mut Tx, id: BatchId) -> db::Result<()> {
    tx.execute(sql!("UPDATE batch SET fill = NULL, reader = NULL WHERE id = $1", id)).await?;
    Ok(())
}

/// Wipes what was the own of the readers of every untried batch in which nobody is left to be sent to, after somebody
/// was taken out of the ledger.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn wipe_own_of_left(tx: &mut Tx, account: AccountId) -> db::Result<u64> {
    tx.execute(sql!(
        "UPDATE batch SET fill = NULL, reader = NULL
         WHERE state = 'pending' AND (fill IS NOT NULL OR reader IS NOT NULL)
           AND EXISTS (SELECT 1 FROM ledger l WHERE l.broadcast_id = batch.broadcast_id
             AND l.batch_number = batch.number AND l.account_id = $1)
           AND NOT EXISTS (SELECT 1 FROM ledger l WHERE l.broadcast_id = batch.broadcast_id
             AND l.batch_number = batch.number AND l.state = 'planned')",
        account
    ))
    .await
}
