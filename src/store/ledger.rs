//! The ledger (配信台帳): one row for each planned recipient of a broadcast, whatever becomes of it.
//!
//! The primary key holds the promise that nobody is planned twice. Rows are added once, by the plan, and never removed;
//! every other function here moves them from one named state to another.

mod members;

pub use members::{Member, members};

use sqlx::FromRow;

use crate::db::arg::Bind;
use crate::db::{self, Tx};
use crate::domain::broadcast::{LedgerState, PlannedBatch, Reason};
use crate::domain::ids::{AccountId, BroadcastId, LineUserId};
use crate::store::batches::Span;
use crate::{bulk, sql};

/// Adds the recipients of a plan.
///
/// # Errors
/// As [`db::Error`] says; `Conflict` where one of them is there already.
pub async fn insert_planned(
    tx: &mut Tx,
    broadcast: BroadcastId,
    batches: &[PlannedBatch],
) -> db::Result<u64> {
    let bulk = bulk!("INSERT INTO ledger (broadcast_id, account_id, batch_number, state, arm) VALUES", 5, "");
    let mut inserted = 0;
    for batch in batches {
        let row = |member: &AccountId| {
            let (state, arm) = (LedgerState::Planned.id(), batch.arm.as_str());
            [broadcast.bind(), member.bind(), batch.number.bind(), state.bind(), arm.bind()]
        };
        let rows: Vec<_> = batch.members.iter().map(row).collect();
        inserted += tx.insert_rows(bulk, rows).await?;
    }
    Ok(inserted)
}

/// A row of the ledger, with where messages to this account go.
#[derive(Clone, FromRow)]
pub struct Entry {
    /// The account.
    pub account_id: AccountId,
    /// Where messages go; `None` after erasure.
    pub line_user_id: Option<LineUserId>,
    /// How far it has come.
    #[sqlx(try_from = "String")]
    pub state: LedgerState,
    /// Why it ended so, where it needs a reason.
    pub reason: Option<String>,
    /// The batch it stands in; `None` for whoever was left out from the start.
    pub batch_number: Option<i64>,
}

/// Every row of a broadcast, in the order of the accounts' ids.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn entries(tx: &mut Tx, broadcast: BroadcastId) -> db::Result<Vec<Entry>> {
    tx.fetch_all(sql!(
        "SELECT l.account_id, a.line_user_id, l.state, l.reason, l.batch_number
         FROM ledger l JOIN account a ON a.id = l.account_id WHERE l.broadcast_id = $1 ORDER BY l.account_id",
        broadcast
    ))
    .await
}

/// Adds those who get nothing from the start, each with the arm they were drawn into: in no batch, skipped for this
/// reason, so that the sum stays right.
///
/// # Errors
/// As [`db::Error`] says; `Conflict` where one of them is there already.
pub async fn insert_left_out<'a>(
    tx: &mut Tx,
    broadcast: BroadcastId,
    reason: Reason,
    accounts: impl IntoIterator<Item = (AccountId, &'a str)>,
) -> db::Result<u64> {
    let bulk = bulk!(
        "INSERT INTO ledger (broadcast_id, account_id, batch_number, state, reason, arm) VALUES",
        6,
        ""
    );
    let row = |(account, arm): (AccountId, &str)| {
        let state = LedgerState::Skipped.id();
        [broadcast.bind(), account.bind(), 0_i64.bind(), state.bind(), reason.id().bind(), arm.bind()]
    };
    let rows: Vec<_> = accounts.into_iter().map(row).collect();
    tx.insert_rows(bulk, rows).await
}

/// A step of ledger rows from one state to another.
#[derive(Clone, Copy)]
pub struct Step {
    /// The state before; rows in another state are left alone.
    pub from: LedgerState,
    /// The state after.
    pub to: LedgerState,
    /// Why.
    pub reason: Option<Reason>,
}

/// Moves everybody whose batch has begun in this transaction, among these batches; answers how many.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn begin(tx: &mut Tx, broadcast: BroadcastId, (first, last): Span) -> db::Result<u64> {
    tx.execute(sql!(
        "UPDATE ledger SET state = 'attempting', reason = NULL
         WHERE broadcast_id = $1 AND state = 'planned' AND batch_number IN
           (SELECT number FROM batch WHERE broadcast_id = $1 AND number >= $2 AND number <= $3 AND state = 'attempting')",
        broadcast,
        first,
        last
    ))
    .await
}

/// Moves everybody whose batch was accepted in this transaction, among these batches, and is not numbered yet; answers how
/// many.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn accept(tx: &mut Tx, broadcast: BroadcastId, (first, last): Span) -> db::Result<u64> {
    tx.execute(sql!(
        "UPDATE ledger SET state = 'accepted', reason = NULL
         WHERE broadcast_id = $1 AND state = 'attempting' AND batch_number IN
           (SELECT number FROM batch WHERE broadcast_id = $1 AND number >= $2 AND number <= $3
              AND state = 'accepted' AND settled_seq IS NULL)",
        broadcast,
        first,
        last
    ))
    .await
}

/// The members of a batch for which LINE was asked, in the order of their ids, each with whether it stands in its body; the
/// others were skipped.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn tried(tx: &mut Tx, broadcast: BroadcastId, batch: i64) -> db::Result<Vec<(AccountId, bool)>> {
    let query = sql!(
        "SELECT account_id, state = 'attempting' FROM ledger
         WHERE broadcast_id = $1 AND batch_number = $2 AND state IN ('attempting', 'skipped')",
        broadcast,
        batch
    );
    let mut members: Vec<(AccountId, bool)> = tx.fetch_all(query).await?;
    members.sort_unstable();
    Ok(members)
}

/// Moves every member of a batch that is in the step's state; answers how many.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn update_batch(tx: &mut Tx, broadcast: BroadcastId, batch: i64, step: Step) -> db::Result<u64> {
    tx.execute(sql!(
        "UPDATE ledger SET state = $4, reason = $5 WHERE broadcast_id = $1 AND batch_number = $2 AND state = $3",
        broadcast,
        batch,
        step.from.id(),
        step.to.id(),
        step.reason.map(Reason::id)
    ))
    .await
}

/// Moves one recipient; `false` where it is in another state.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn update_member(
    tx: &mut Tx,
    broadcast: BroadcastId,
    account: AccountId,
    step: Step,
) -> db::Result<bool> {
    let query = sql!(
        "UPDATE ledger SET state = $4, reason = $5 WHERE broadcast_id = $1 AND account_id = $2 AND state = $3",
        broadcast,
        account,
        step.from.id(),
        step.to.id(),
        step.reason.map(Reason::id)
    );
    Ok(tx.execute(query).await? == 1)
}

/// The broadcasts that have not done with an account, in the order of their ids.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn open_of(tx: &mut Tx, account: AccountId) -> db::Result<Vec<BroadcastId>> {
    let query = sql!(
        "SELECT DISTINCT broadcast_id FROM ledger WHERE account_id = $1 AND state IN ('planned', 'attempting')
         ORDER BY broadcast_id",
        account
    );
    Ok(tx.fetch_all::<(BroadcastId,)>(query).await?.into_iter().map(|(id,)| id).collect())
}

/// Takes an erased account out of every broadcast of which nothing has been tried with it; answers of how many.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn skip_erased(tx: &mut Tx, account: AccountId) -> db::Result<u64> {
    tx.execute(sql!(
        "UPDATE ledger SET state = $2, reason = $3 WHERE account_id = $1 AND state = $4",
        account,
        LedgerState::Skipped.id(),
        Reason::Erased.id(),
        LedgerState::Planned.id()
    ))
    .await
}

/// Whether a call to LINE with this account among its recipients is open.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn is_attempting(tx: &mut Tx, account: AccountId) -> db::Result<bool> {
    let query = sql!(
        "SELECT COUNT(*) FROM ledger WHERE account_id = $1 AND state = $2",
        account,
        LedgerState::Attempting.id()
    );
    Ok(0 < tx.fetch_one::<(i64,)>(query).await?.0)
}

/// Puts a member of a batch that was refused as a whole into another batch: untried, or skipped as before.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn move_to_batch(
    tx: &mut Tx,
    broadcast: BroadcastId,
    account: AccountId,
    batch: i64,
) -> db::Result<bool> {
    let query = sql!(
        "UPDATE ledger SET batch_number = $3, state = CASE WHEN state = 'attempting' THEN 'planned' ELSE state END
         WHERE broadcast_id = $1 AND account_id = $2 AND state IN ('attempting', 'skipped')",
        broadcast,
        account,
        batch
    );
    Ok(tx.execute(query).await? == 1)
}

/// How many recipients are in one state for one reason.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct Count {
    /// The state.
    #[sqlx(try_from = "String")]
    pub state: LedgerState,
    /// The stored word of the [`Reason`].
    pub reason: Option<String>,
    /// How many.
    pub recipients: i64,
}

impl Count {
    /// Why, if a reason is given.
    #[must_use]
    pub fn reason(&self) -> Option<Reason> {
        self.reason.clone().and_then(|word| Reason::try_from(word).ok())
    }
}

/// Everybody whom a broadcast planned, whatever became of it, in ascending order.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn accounts(tx: &mut Tx, broadcast: BroadcastId) -> db::Result<Vec<AccountId>> {
    let rows: Vec<(AccountId,)> =
        tx.fetch_all(sql!("SELECT account_id FROM ledger WHERE broadcast_id = $1", broadcast)).await?;
    let mut accounts: Vec<_> = rows.into_iter().map(|(id,)| id).collect();
    accounts.sort_unstable();
    Ok(accounts)
}

/// A planned recipient with what became of it.
#[derive(Clone, Debug, FromRow)]
pub struct Fate {
    /// The account.
    pub account_id: AccountId,
    /// How far it has come.
    #[sqlx(try_from = "String")]
    pub state: LedgerState,
    reason: Option<String>,
}

impl Fate {
    /// Why, if a reason is given.
    #[must_use]
    pub fn reason(&self) -> Option<Reason> {
        self.reason.clone().and_then(|word| Reason::try_from(word).ok())
    }
}

/// Those whom other broadcasts to whoever `earlier` has missed have reached, may have, or are about to: the latter only if they
/// are older than `own`, so that of two one goes out.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn resent(tx: &mut Tx, earlier: BroadcastId, own: BroadcastId) -> db::Result<Vec<AccountId>> {
    let query = sql!(
        "SELECT l.account_id FROM ledger l JOIN broadcast b ON b.id = l.broadcast_id
         WHERE b.resend_of = $1 AND b.id <> $2
           AND (l.state IN ('accepted', 'attempting', 'unknown') OR (l.state = 'planned' AND b.id < $2))",
        earlier,
        own
    );
    Ok(tx.fetch_all::<(AccountId,)>(query).await?.into_iter().map(|(id,)| id).collect())
}

/// Hands every planned recipient of a broadcast, with what became of it, to `each`.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn each_fate(tx: &mut Tx, broadcast: BroadcastId, each: impl FnMut(Fate) + Send) -> db::Result<()> {
    let query = sql!("SELECT account_id, state, reason FROM ledger WHERE broadcast_id = $1", broadcast);
    tx.fetch_each(query, each).await
}

/// The whole ledger of a broadcast in figures: one query, so that the figures are of one moment.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn count(tx: &mut Tx, broadcast: BroadcastId) -> db::Result<Vec<Count>> {
    tx.fetch_all(sql!(
        "SELECT state, reason, COUNT(*) AS recipients FROM ledger WHERE broadcast_id = $1
         GROUP BY state, reason ORDER BY state, reason",
        broadcast
    ))
    .await
}

/// Ends every recipient whose batch was stopped; answers how many.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn stop_rest(tx: &mut Tx, broadcast: BroadcastId, reason: Reason) -> db::Result<u64> {
    tx.execute(sql!(
        "UPDATE ledger SET state = 'stopped', reason = $2
         WHERE broadcast_id = $1 AND state IN ('planned', 'attempting')
           AND batch_number IN (SELECT number FROM batch WHERE broadcast_id = $1 AND state = 'stopped')",
        broadcast,
        reason.id()
    ))
    .await
}
