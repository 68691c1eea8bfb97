//! Writes down what came of calls, those that ended together in one commit.
//!
//! Whether an attempt may have been accepted although nothing was heard (*doubtful*) decides everything: a doubtful
//! batch is only ever repeated with its key, and after 23 hours it is unknown; one that LINE has certainly not taken
//! can be released, split or stopped.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;

use crate::app::{App, Loop};
use crate::db::{self, Tx};
use crate::domain::broadcast::{BatchState, GIVE_UP_AFTER, Hold, LedgerState, Reason, State, batch};
use crate::domain::ids::{AccountId, BatchId, BroadcastId};
use crate::failpoint;
use crate::flow::Held;
use crate::store::audit;
use crate::store::batches::{self, Attempt, Settled, Span, Tried};
use crate::store::broadcasts;
use crate::store::changes;
use crate::store::ledger::{self, Step};
use crate::store::switches::{self, Off};

use super::call::Outcome;
use super::watch::Watch;

/// Whether LINE took everything, so that nothing about the broadcasts changes.
pub(super) fn all_accepted(answered: &[(Attempt, Outcome)]) -> bool {
    answered.iter().all(|(_, outcome)| matches!(outcome, Outcome::Accepted(_)))
}

/// Settles every answer in one commit.
pub(super) async fn settle(app: &App, answered: &[(Attempt, Outcome)]) -> db::Result<()> {
    if answered.is_empty() {
        return Ok(());
    }
    let mut tx = app.db.write().await?;
    // A stop does not touch what LINE is being asked for: to write down that it took it, nobody needs to wait.
    if !all_accepted(answered) {
        lock(&mut tx, answered.iter().map(|(attempt, _)| attempt.broadcast_id)).await?;
    }
    failpoint::reach("settle.begun");
    let (mut accepted, mut recipients, mut watch) = (BTreeMap::new(), 0, Watch::default());
    for (attempt, outcome) in answered {
        let outcome = own_words(&mut tx, attempt, outcome).await?;
        if settle_one(app, &mut tx, attempt, &outcome).await? {
            let (first, last) =
                accepted.entry(attempt.broadcast_id).or_insert((attempt.number, attempt.number));
            (*first, *last) = (attempt.number.min(*first), attempt.number.max(*last));
            recipients += u64::try_from(attempt.recipients).unwrap_or(0);
            watch.accepted(attempt.broadcast_id);
        } else if matches!(*outcome, Outcome::Refused(_)) {
            watch.failed(attempt.broadcast_id, attempt.root);
        }
    }
    for (broadcast, batches) in &accepted {
        ledger::accept(&mut tx, *broadcast, *batches).await?;
    }
    watch.conclude(app, &mut tx).await?;
    number(&mut tx, &accepted).await?;
    failpoint::reach("settle.written");
    tx.commit().await?;
    failpoint::reach("settle.committed");
    app.vitals.beat(Loop::Sending);
    app.vitals.accepted(recipients);
    Ok(())
}

/// One number for all, drawn last: nobody waits for a row that we still want while we hold the counter.
async fn number(tx: &mut Tx, accepted: &BTreeMap<BroadcastId, Span>) -> db::Result<()> {
    if accepted.is_empty() {
        return Ok(());
    }
    let seq = changes::draw(tx).await?;
    for (broadcast, batches) in accepted {
        batches::number(tx, *broadcast, *batches, seq).await?;
    }
    Ok(())
}

/// Takes the broadcasts before their batches, as a stop does, and in the order of their ids.
async fn lock(tx: &mut Tx, broadcasts: impl Iterator<Item = BroadcastId>) -> db::Result<()> {
    for id in broadcasts.collect::<BTreeSet<_>>() {
        broadcasts::lock(tx, id).await?;
    }
    Ok(())
}

/// Where LINE finds fault with the text of a batch, the fault may lie in what is its readers' own: that concerns them and not
/// the broadcast.
async fn own_words<'a>(tx: &mut Tx, attempt: &Attempt, outcome: &'a Outcome) -> db::Result<Cow<'a, Outcome>> {
    let is_text = matches!(outcome, Outcome::Hold(Hold::ContentRefused, _));
    if is_text && batches::is_filled(tx, attempt.id).await? {
        return Ok(Cow::Owned(Outcome::Refused(None)));
    }
    Ok(Cow::Borrowed(outcome))
}

/// Answers whether the batch is accepted by this; its recipients are moved with those of the others.
async fn settle_one(app: &App, tx: &mut Tx, attempt: &Attempt, outcome: &Outcome) -> db::Result<bool> {
    // Another sender may have asked LINE again meanwhile: then only that answer says what is certain.
    if !matches!(outcome, Outcome::Accepted(_)) && !batches::is_latest(tx, attempt).await? {
        return Ok(false);
    }
    match outcome {
        Outcome::Accepted(request_id) => {
            let settled = Settled {
                from: BatchState::Attempting,
                to: BatchState::Accepted,
                request_id: request_id.as_deref(),
                error: None,
            };
            return batches::settle(tx, attempt.id, settled, app.clock.now()).await;
        }
        Outcome::Later { after, doubtful, why } => {
            let asked = after.unwrap_or_default().min(batch::LONGEST_WAIT);
            let wait = batch::wait_after(attempt.attempts, app.chance.unit()).max(asked);
            let until = app.clock.now().plus(wait);
            batches::put_off(tx, attempt.id, (until, attempt.doubtful || *doubtful), why).await?;
        }
        Outcome::Hold(reason, why) => {
            take_back(app, tx, attempt.tried(), why).await?;
            let step = (attempt.broadcast_id, State::Sending);
            Held::within(app, tx, step, (*reason, why)).await?;
        }
        Outcome::AllOff(why) => {
            take_back(app, tx, attempt.tried(), why).await?;
            switch_off(app, tx, attempt.broadcast_id, why).await?;
        }
        Outcome::Refused(_) if attempt.doubtful => {
            // An earlier attempt may have been accepted; another key could reach somebody twice.
            let why = "refused after an attempt without an answer";
            give_up(app, tx, attempt.tried(), (Reason::NoAnswer, why)).await?;
        }
        Outcome::Refused(index) => split(app, tx, attempt, *index).await?,
    }
    Ok(false)
}

/// `false` where another sender has settled the batch; it keeps what is written there.
async fn end(
    app: &App,
    tx: &mut Tx,
    attempt: Tried,
    settled: Settled<'_>,
    (to, reason): (LedgerState, Option<Reason>),
) -> db::Result<bool> {
    let done = batches::settle(tx, attempt.id, settled, app.clock.now()).await?;
    if done {
        let step = Step { from: LedgerState::Attempting, to, reason };
        ledger::update_batch(tx, attempt.broadcast_id, attempt.number, step).await?;
    }
    Ok(done)
}

/// After a refusal that concerns more than this batch: untried again, unless an earlier attempt is in doubt.
async fn take_back(app: &App, tx: &mut Tx, attempt: Tried, why: &str) -> db::Result<()> {
    if attempt.doubtful {
        let wait = batch::wait_after(attempt.attempts, app.chance.unit());
        batches::put_off(tx, attempt.id, (app.clock.now().plus(wait), true), why).await?;
    } else if batches::release(tx, attempt.id, why).await? {
        let step = Step { from: LedgerState::Attempting, to: LedgerState::Planned, reason: None };
        ledger::update_batch(tx, attempt.broadcast_id, attempt.number, step).await?;
    }
    Ok(())
}

async fn switch_off(app: &App, tx: &mut Tx, id: BroadcastId, why: &str) -> db::Result<()> {
    let reason = format!(
        "LINEが受け付けないため、すべての配信を止めました({why})。チャネルの設定を確かめてください。"
    );
    let off = Off { since: app.clock.now(), reason, staff_id: None };
    if switches::switch_off(tx, switches::SENDING, &off).await? {
        tracing::error!(why, "LINE refuses us altogether: all sending is switched off");
        let detail = json!({ "why": why });
        audit::record(tx, app.entry(None, "sending.off", ("switch", switches::SENDING), detail)).await?;
        Held::tell_staff(app, tx, id, ("off", "")).await?;
    }
    Ok(())
}

/// Nobody got it. One member alone is rejected; of several the named one is, or else each half goes on by itself
/// under a key of its own, until the bad one stands alone. Whoever was skipped goes along, so that the parts and their keys
/// are the same in every life of the database, whoever has left meanwhile.
async fn split(app: &App, tx: &mut Tx, attempt: &Attempt, index: Option<usize>) -> db::Result<()> {
    let all = ledger::tried(tx, attempt.broadcast_id, attempt.number).await?;
    let sent: Vec<_> = all.iter().filter(|(_, is_sent)| *is_sent).map(|(account, _)| *account).collect();
    let mut all: Vec<_> = all.into_iter().map(|(account, _)| account).collect();
    let refused = Some("refused by LINE");
    if sent.len() <= 1 {
        let (from, to) = (BatchState::Attempting, BatchState::Rejected);
        let settled = Settled { from, to, request_id: None, error: refused };
        end(app, tx, attempt.tried(), settled, (LedgerState::Rejected, Some(Reason::RefusedByLine))).await?;
        return Ok(());
    }
    let (from, to) = (BatchState::Attempting, BatchState::Split);
    let settled = Settled { from, to, request_id: None, error: refused };
    if !batches::settle(tx, attempt.id, settled, app.clock.now()).await? {
        return Ok(());
    }
    failpoint::reach("split.begun");
    match index.filter(|index| *index < sent.len()) {
        Some(bad) => {
            let reason = Some(Reason::RefusedByLine);
            let step = Step { from: LedgerState::Attempting, to: LedgerState::Rejected, reason };
            ledger::update_member(tx, attempt.broadcast_id, sent[bad], step).await?;
            all.retain(|account| *account != sent[bad]);
            go_on_with(app, tx, attempt, &all).await?;
        }
        None => {
            let (first, second) = all.split_at(all.len() / 2);
            go_on_with(app, tx, attempt, first).await?;
            go_on_with(app, tx, attempt, second).await?;
        }
    }
    batches::wipe_own(tx, attempt.id).await
}

async fn go_on_with(app: &App, tx: &mut Tx, attempt: &Attempt, members: &[AccountId]) -> db::Result<()> {
    let id = BatchId(app.chance.uuid_v7(app.clock.now()));
    let number = batches::insert_part(tx, id, attempt, members.len()).await?;
    failpoint::reach("split.written");
    for member in members {
        ledger::move_to_batch(tx, attempt.broadcast_id, *member, number).await?;
    }
    Ok(())
}

/// Ends the attempts at batches that may not be tried again: those first tried 23 hours ago, for LINE is about to
/// forget their keys, and those of a broadcast that was ended, whose text is withdrawn.
pub(super) async fn give_up_due(app: &App) -> db::Result<()> {
    let now = app.clock.now();
    let mut tx = app.db.read().await?;
    let overdue = batches::list_overdue(&mut tx, now.minus(GIVE_UP_AFTER), now).await?;
    let ended = batches::list_ended(&mut tx, now).await?;
    drop(tx);
    let unanswered = (Reason::NoAnswer, "no answer for 23 hours");
    let withdrawn = (Reason::EndedUnanswered, "the broadcast was ended while the answer was missing");
    for (attempts, why) in [(overdue, unanswered), (ended, withdrawn)] {
        for attempts in by_broadcast(attempts) {
            match give_up_all(app, &attempts, why).await {
                // What is wrong with one holds up no other.
                Err(error @ (db::Error::Corrupt(_) | db::Error::Conflict)) => {
                    let id = attempts.first().map(|attempt| attempt.broadcast_id.to_string());
                    tracing::error!(broadcast.id = id, %error, "what has no answer could not be given up");
                }
                done => done?,
            }
        }
    }
    Ok(())
}

fn by_broadcast(attempts: Vec<Tried>) -> impl Iterator<Item = Vec<Tried>> {
    let mut by_id: BTreeMap<BroadcastId, Vec<Tried>> = BTreeMap::new();
    for attempt in attempts {
        by_id.entry(attempt.broadcast_id).or_default().push(attempt);
    }
    by_id.into_values()
}

/// Those of one broadcast.
async fn give_up_all(app: &App, attempts: &[Tried], why: (Reason, &str)) -> db::Result<()> {
    let mut tx = app.db.write().await?;
    lock(&mut tx, attempts.iter().map(|attempt| attempt.broadcast_id)).await?;
    let mut watch = Watch::default();
    for &attempt in attempts {
        if attempt.doubtful {
            give_up(app, &mut tx, attempt, why).await?;
            watch.failed(attempt.broadcast_id, attempt.root);
        } else {
            take_back(app, &mut tx, attempt, "not accepted in time").await?;
        }
    }
    watch.conclude(app, &mut tx).await?;
    failpoint::reach("give_up.written");
    tx.commit().await
}

async fn give_up(app: &App, tx: &mut Tx, attempt: Tried, (reason, why): (Reason, &str)) -> db::Result<()> {
    let (from, to) = (BatchState::Attempting, BatchState::Unknown);
    let settled = Settled { from, to, request_id: None, error: Some(why) };
    if end(app, tx, attempt, settled, (LedgerState::Unknown, Some(reason))).await? {
        let id = attempt.broadcast_id;
        tracing::error!(broadcast.id = %id, batch = attempt.number, why, "the outcome of a batch is unknown");
        let detail = json!({ "batch": attempt.number, "recipients": attempt.recipients, "why": why });
        let subject = id.to_string();
        audit::record(tx, app.entry(None, "broadcast.unknown", ("broadcast", &subject), detail)).await?;
        Held::tell_staff(app, tx, id, ("unknown", "")).await?;
    }
    Ok(())
}
