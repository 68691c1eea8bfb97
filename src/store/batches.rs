//! Batches: one call to LINE each, with its key and its exact bytes.
//!
//! A batch is claimed before the first byte leaves and settled after the answer; both name the state before, so that
//! two senders can't do the same thing twice. The body holds user ids and a text, the fill what is a reader's own: both are
//! wiped when the batch is settled.

mod open;
mod own;

use open::latest_attempt;
pub use open::{
    Open, count_in_trouble, count_open, end_leases, list_begun_after, list_due, list_ended, list_overdue,
    set_begun,
};
pub use own::{is_filled, wipe_own, wipe_own_of_left};

use sqlx::FromRow;
use uuid::Uuid;

use crate::db::arg::Bind;
use crate::db::{self, Tx};
use crate::domain::broadcast::{BatchState, PlannedBatch, batch};
use crate::domain::ids::{BatchId, BroadcastId};
use crate::domain::timestamp::Timestamp;
use crate::{bulk, sql};

/// The first and the last of some batches of a broadcast, by their numbers.
pub type Span = (i64, i64);

/// A batch that was not tried yet.
#[derive(Clone, FromRow)]
pub struct Pending {
    /// Its id.
    pub id: BatchId,
    /// The broadcast.
    pub broadcast_id: BroadcastId,
    /// Its number in the broadcast, from 1.
    pub number: i64,
    /// The number of the batch it was split from; its own otherwise.
    pub root: i64,
    /// The variant that its members read.
    pub language: String,
    /// The arm they were drawn into; empty without arms.
    pub arm: String,
    /// What is filled into the text, as [`read_fill`](crate::domain::broadcast::reading::read_fill) reads it.
    pub fill: Option<String>,
    /// What tells the only member apart in the links.
    pub reader: Option<String>,
    /// How many were planned into it; `None` in one from before they were counted.
    pub members: Option<i64>,
}

impl Pending {
    /// How many it may go to, for one from before they were counted: more than fit anywhere.
    #[must_use]
    pub fn planned(&self) -> i64 {
        self.members.unwrap_or(i64::MAX)
    }
}

/// A batch whose outcome is open.
#[derive(Clone, FromRow)]
pub struct Attempt {
    /// Its id.
    pub id: BatchId,
    /// The broadcast.
    pub broadcast_id: BroadcastId,
    /// Its number in the broadcast.
    pub number: i64,
    /// The number of the batch it was split from; its own otherwise.
    pub root: i64,
    /// The variant that its members read.
    pub language: String,
    /// The key of every attempt.
    pub retry_key: Uuid,
    /// The exact body of every attempt.
    pub body: String,
    /// SHA-256 of the body as it was claimed.
    pub body_hash: String,
    /// How many user ids stand in it: one goes by push, several by multicast.
    pub recipients: i64,
    /// When the first attempt began.
    pub first_attempt_at: Timestamp,
    /// Attempts so far.
    pub attempts: i64,
    /// Whether one of the attempts before may have been accepted.
    pub doubtful: bool,
}

/// What is known of a batch that was tried, without what was said to whom.
#[derive(Clone, Copy, Debug, FromRow)]
pub struct Tried {
    /// Its id.
    pub id: BatchId,
    /// The broadcast.
    pub broadcast_id: BroadcastId,
    /// Its number in the broadcast.
    pub number: i64,
    /// The number of the batch it was split from; its own otherwise.
    pub root: i64,
    /// How many user ids stand in its body.
    pub recipients: i64,
    /// Attempts so far.
    pub attempts: i64,
    /// Whether one of the attempts before may have been accepted.
    pub doubtful: bool,
}

impl Attempt {
    /// Whether its body is still the one that it was claimed with, and goes to somebody.
    #[must_use]
    pub fn is_as_claimed(&self) -> bool {
        0 < self.recipients && batch::body_hash(&self.body) == self.body_hash
    }

    /// The batch without its words.
    #[must_use]
    pub fn tried(&self) -> Tried {
        let Self { id, broadcast_id, number, root, recipients, attempts, doubtful, .. } = *self;
        Tried { id, broadcast_id, number, root, recipients, attempts, doubtful }
    }
}

impl std::fmt::Debug for Attempt {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Attempt")
            .field("id", &self.id)
            .field("attempts", &self.attempts)
            .finish_non_exhaustive()
    }
}

/// Adds the batches of a plan.
///
/// # Errors
/// As [`db::Error`] says; `Conflict` where the broadcast has been planned already.
pub async fn insert_planned(
    tx: &mut Tx,
    broadcast: BroadcastId,
    batches: Vec<(BatchId, &PlannedBatch)>,
) -> db::Result<u64> {
    let row = |(id, batch): (BatchId, &PlannedBatch)| {
        let language = batch.reading.language.as_str();
        let reader = batch.reading.reader.as_ref().map(|token| token.as_str().to_owned());
        [
            id.bind(),
            broadcast.bind(),
            batch.number.bind(),
            batch.number.bind(),
            language.bind(),
            BatchState::Pending.id().bind(),
            batch.pilot.bind(),
            batch.arm.as_str().bind(),
            batch.reading.stored_fill().bind(),
            reader.bind(),
            count(batch.members.len()).bind(),
        ]
    };
    let rows: Vec<_> = batches.into_iter().map(row).collect();
    let bulk = bulk!(
        "INSERT INTO batch (id, broadcast_id, number, root, language, state, pilot, arm, fill, reader, members) VALUES",
        11,
        ""
    );
    tx.insert_rows(bulk, rows).await
}

fn count(members: usize) -> i64 {
    i64::try_from(members).unwrap_or(i64::MAX)
}

/// Adds a part of a split batch, for so many members, under the next free number; answers the number.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn insert_part(tx: &mut Tx, id: BatchId, of: &Attempt, members: usize) -> db::Result<i64> {
    let query = sql!(
        "INSERT INTO batch (id, broadcast_id, number, root, language, state, pilot, arm, fill, reader, members)
         SELECT $1, $2, (SELECT MAX(number) + 1 FROM batch WHERE broadcast_id = $2), $3, $4, 'pending',
                pilot, arm, fill, reader, $6 FROM batch WHERE id = $5
         RETURNING number",
        id,
        of.broadcast_id,
        of.root,
        &of.language,
        of.id,
        count(members)
    );
    let (number,): (i64,) = tx.fetch_one(query).await?;
    Ok(number)
}

/// The next batches of a broadcast that were not tried, in the order of their numbers, from the one after `after` on; with
/// `pilots_only` those of the first recipients.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn list_pending(
    tx: &mut Tx,
    (broadcast, after): (BroadcastId, i64),
    pilots_only: bool,
    limit: i64,
) -> db::Result<Vec<Pending>> {
    tx.fetch_all(sql!(
        "SELECT id, broadcast_id, number, root, language, arm, fill, reader, members FROM batch
         WHERE broadcast_id = $1 AND state = 'pending' AND number > $4 AND (pilot OR NOT $3) ORDER BY number LIMIT $2",
        broadcast,
        limit,
        pilots_only,
        after
    ))
    .await
}

/// What is committed before the first byte leaves.
pub struct Claim<'a> {
    /// The key of every attempt.
    pub retry_key: Uuid,
    /// The exact body of every attempt.
    pub body: &'a str,
    /// How many user ids stand in it.
    pub recipients: i64,
    /// SHA-256 of the body, kept after the body is wiped.
    pub body_hash: &'a str,
    /// When another sender may take the batch over, if this one dies.
    pub lease_until: Timestamp,
}

/// Begins the first attempt; `None` where another sender has the batch.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn claim(
    tx: &mut Tx,
    pending: &Pending,
    claim: Claim<'_>,
    now: Timestamp,
) -> db::Result<Option<Attempt>> {
    let query = sql!(
        "UPDATE batch SET state = 'attempting', retry_key = $2, body = $3, body_hash = $4, first_attempt_at = $5,
           next_attempt_at = $6, recipients = $7, attempts = 1, doubtful = TRUE, last_error = NULL
         WHERE id = $1 AND state = 'pending'",
        pending.id,
        claim.retry_key,
        claim.body,
        claim.body_hash,
        now,
        claim.lease_until,
        claim.recipients
    );
    let claimed = tx.execute(query).await? == 1;
    Ok(claimed.then(|| Attempt {
        id: pending.id,
        broadcast_id: pending.broadcast_id,
        number: pending.number,
        root: pending.root,
        language: pending.language.clone(),
        retry_key: claim.retry_key,
        body: claim.body.to_owned(),
        body_hash: claim.body_hash.to_owned(),
        recipients: claim.recipients,
        first_attempt_at: now,
        attempts: 1,
        doubtful: false,
    }))
}

/// Begins another attempt with the stored key and body; `false` where another sender was faster. A first attempt that
/// lies in the future was written by a clock that has been put back since: LINE counts its 24 hours from now at the
/// latest, and so do we.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn claim_again(
    tx: &mut Tx,
    id: BatchId,
    lease_until: Timestamp,
    now: Timestamp,
) -> db::Result<bool> {
    let query = sql!(
        "UPDATE batch SET next_attempt_at = $2, attempts = attempts + 1, doubtful = TRUE,
           first_attempt_at = CASE WHEN first_attempt_at > $3 THEN $3 ELSE first_attempt_at END
         WHERE id = $1 AND state = 'attempting' AND (next_attempt_at <= $3 OR next_attempt_at > $4)",
        id,
        lease_until,
        now,
        latest_attempt(now)
    );
    Ok(tx.execute(query).await? == 1)
}

/// Whether the outcome of a batch is open and nobody has asked LINE again since this attempt, whose answer therefore counts.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn is_latest(tx: &mut Tx, attempt: &Attempt) -> db::Result<bool> {
    let query = sql!(
        "SELECT COUNT(*) FROM batch WHERE id = $1 AND state = 'attempting' AND attempts = $2",
        attempt.id,
        attempt.attempts
    );
    Ok(0 < tx.fetch_one::<(i64,)>(query).await?.0)
}

/// Puts the next attempt off; `doubtful` says whether one so far may have been accepted.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn put_off(
    tx: &mut Tx,
    id: BatchId,
    (until, doubtful): (Timestamp, bool),
    error: &str,
) -> db::Result<bool> {
    let query = sql!(
        "UPDATE batch SET next_attempt_at = $2, doubtful = $3, last_error = $4 WHERE id = $1 AND state = 'attempting'",
        id,
        until,
        doubtful,
        error
    );
    Ok(tx.execute(query).await? == 1)
}

/// Takes back a claim that LINE has certainly not accepted: the batch is as if it had not been tried.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn release(tx: &mut Tx, id: BatchId, error: &str) -> db::Result<bool> {
    let query = sql!(
        "UPDATE batch SET state = 'pending', retry_key = NULL, body = NULL, body_hash = NULL, recipients = NULL,
           first_attempt_at = NULL, next_attempt_at = NULL, doubtful = FALSE, last_error = $2
         WHERE id = $1 AND state = 'attempting'",
        id,
        error
    );
    Ok(tx.execute(query).await? == 1)
}

/// Numbers the batches that were just accepted, from the first to the last of these numbers, in the order of commits, so
/// that the population learns of their 配信.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn number(tx: &mut Tx, broadcast: BroadcastId, (first, last): Span, seq: i64) -> db::Result<()> {
    tx.execute(sql!(
        "UPDATE batch SET settled_seq = $4
         WHERE broadcast_id = $1 AND number >= $2 AND number <= $3 AND state = 'accepted' AND settled_seq IS NULL",
        broadcast,
        first,
        last,
        seq
    ))
    .await?;
    Ok(())
}

/// How a batch ended.
pub struct Settled<'a> {
    /// The state before.
    pub from: BatchState,
    /// The state after.
    pub to: BatchState,
    /// LINE's id of the request that was accepted.
    pub request_id: Option<&'a str>,
    /// Why it was not, in words without personal data.
    pub error: Option<&'a str>,
}

/// Ends a batch and wipes its body and what was its readers' own; `false` where it has been settled already. One that was
/// split keeps the latter until its parts have it ([`wipe_own`]).
///
/// # Errors
/// As [`db::Error`] says.
pub async fn settle(tx: &mut Tx, id: BatchId, settled: Settled<'_>, now: Timestamp) -> db::Result<bool> {
    let query = sql!(
        "UPDATE batch SET state = $3, body = NULL, next_attempt_at = NULL, doubtful = FALSE,
           fill = CASE WHEN $3 = 'split' THEN fill END, reader = CASE WHEN $3 = 'split' THEN reader END,
           request_id = $4, last_error = $5, settled_at = $6
         WHERE id = $1 AND state = $2",
        id,
        settled.from.id(),
        settled.to.id(),
        settled.request_id,
        settled.error,
        now
    );
    Ok(tx.execute(query).await? == 1)
}

/// Ends every batch of a broadcast of which nothing can have reached anybody: the untried ones, and those between two
/// attempts of which none was doubtful. Answers their numbers.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn stop_rest(tx: &mut Tx, broadcast: BroadcastId, now: Timestamp) -> db::Result<Vec<i64>> {
    let query = sql!(
        "UPDATE batch SET state = 'stopped', body = NULL, fill = NULL, reader = NULL, next_attempt_at = NULL,
           settled_at = $2
         WHERE broadcast_id = $1 AND (state = 'pending' OR (state = 'attempting' AND NOT doubtful))
         RETURNING number",
        broadcast,
        now
    );
    Ok(tx.fetch_all::<(i64,)>(query).await?.into_iter().map(|(number,)| number).collect())
}
