//! Writes down what came of calls, those that ended together in one commit.
//!
//! Whether an attempt may have been accepted although nothing was heard (*doubtful*) decides everything: a doubtful
//! batch is only ever repeated with its key, and after 23 hours it is unknown; one that LINE has certainly not taken
//! can be released, split or stopped.

use serde_json::json;

use crate::app::App;
use crate::db::{self, Tx};
use crate::domain::broadcast::{BatchState, GIVE_UP_AFTER, Hold, LedgerState, Reason, State, batch};
use crate::domain::ids::BatchId;
use crate::store::audit::{self, Entry};
use crate::store::batches::{self, Attempt, Settled};
use crate::store::broadcasts;
use crate::store::ledger::{self, Member, Step};
use crate::store::switches::{self, Off};

use super::call::Outcome;

/// Settles every answer in one commit.
pub(super) async fn settle(app: &App, answered: &[(Attempt, Outcome)]) -> db::Result<()> {
    let mut tx = app.db.write().await?;
    for (attempt, outcome) in answered {
        settle_one(app, &mut tx, attempt, outcome).await?;
    }
    tx.commit().await
}

async fn settle_one(app: &App, tx: &mut Tx, attempt: &Attempt, outcome: &Outcome) -> db::Result<()> {
    match outcome {
        Outcome::Accepted(request_id) => {
            let settled = Settled {
                from: BatchState::Attempting,
                to: BatchState::Accepted,
                request_id: request_id.as_deref(),
                error: None,
            };
            end(app, tx, attempt, settled, (LedgerState::Accepted, None)).await
        }
        Outcome::Later { after, doubtful, why } => {
            let wait = batch::wait_after(attempt.attempts, app.chance.unit()).max(after.unwrap_or_default());
            let until = app.clock.now().plus(wait);
            batches::put_off(tx, attempt.id, (until, attempt.doubtful || *doubtful), why).await?;
            Ok(())
        }
        Outcome::Hold(reason, why) => {
            take_back(app, tx, attempt, why).await?;
            hold(app, tx, attempt, (*reason, why)).await
        }
        Outcome::AllOff(why) => {
            take_back(app, tx, attempt, why).await?;
            switch_off(app, tx, why).await
        }
        Outcome::Refused(_) if attempt.doubtful => {
            // An earlier attempt may have been accepted; another key could reach somebody twice.
            give_up(app, tx, attempt, "refused after an attempt without an answer").await
        }
        Outcome::Refused(index) => split(app, tx, attempt, *index).await,
    }
}

async fn end(
    app: &App,
    tx: &mut Tx,
    attempt: &Attempt,
    settled: Settled<'_>,
    (to, reason): (LedgerState, Option<Reason>),
) -> db::Result<()> {
    // A batch that another sender has settled keeps what is written there.
    if batches::settle(tx, attempt.id, settled, app.clock.now()).await? {
        let step = Step { from: LedgerState::Attempting, to, reason };
        ledger::update_batch(tx, attempt.broadcast_id, attempt.number, step).await?;
    }
    Ok(())
}

/// After a refusal that concerns more than this batch: untried again, unless an earlier attempt is in doubt.
async fn take_back(app: &App, tx: &mut Tx, attempt: &Attempt, why: &str) -> db::Result<()> {
    if attempt.doubtful {
        let wait = batch::wait_after(attempt.attempts, app.chance.unit());
        batches::put_off(tx, attempt.id, (app.clock.now().plus(wait), true), why).await?;
    } else if batches::release(tx, attempt.id, why).await? {
        let step = Step { from: LedgerState::Attempting, to: LedgerState::Planned, reason: None };
        ledger::update_batch(tx, attempt.broadcast_id, attempt.number, step).await?;
    }
    Ok(())
}

async fn hold(app: &App, tx: &mut Tx, attempt: &Attempt, (reason, why): (Hold, &str)) -> db::Result<()> {
    let (id, step) = (attempt.broadcast_id, (State::Sending, State::Paused));
    if broadcasts::transition(tx, id, step, Some(reason), app.clock.now()).await? {
        tracing::error!(broadcast.id = %id, reason = reason.id(), why, "LINE refuses a broadcast: it is held");
        let subject = ("broadcast", &*id.to_string());
        record(app, tx, "broadcast.hold", subject, json!({ "reason": reason.id(), "why": why })).await?;
    }
    Ok(())
}

async fn switch_off(app: &App, tx: &mut Tx, why: &str) -> db::Result<()> {
    let reason = format!(
        "LINEが受け付けないため、すべての配信を止めました({why})。チャネルの設定を確かめてください。"
    );
    let off = Off { since: app.clock.now(), reason, staff_id: None };
    if switches::switch_off(tx, switches::SENDING, &off).await? {
        tracing::error!(why, "LINE refuses us altogether: all sending is switched off");
        record(app, tx, "sending.off", ("switch", switches::SENDING), json!({ "why": why })).await?;
    }
    Ok(())
}

/// Nobody got it. One member alone is rejected; of several the named one is, or else each half goes on by itself
/// under a key of its own, until the bad one stands alone.
async fn split(app: &App, tx: &mut Tx, attempt: &Attempt, index: Option<usize>) -> db::Result<()> {
    let members = ledger::members(tx, attempt.broadcast_id, attempt.number).await?;
    let sent: Vec<Member> =
        members.into_iter().filter(|member| member.state == LedgerState::Attempting).collect();
    let refused = Some("refused by LINE");
    if sent.len() <= 1 {
        let (from, to) = (BatchState::Attempting, BatchState::Rejected);
        let settled = Settled { from, to, request_id: None, error: refused };
        return end(app, tx, attempt, settled, (LedgerState::Rejected, Some(Reason::RefusedByLine))).await;
    }
    let (from, to) = (BatchState::Attempting, BatchState::Split);
    let settled = Settled { from, to, request_id: None, error: refused };
    if !batches::settle(tx, attempt.id, settled, app.clock.now()).await? {
        return Ok(());
    }
    match index.filter(|index| *index < sent.len()) {
        Some(bad) => {
            let reason = Some(Reason::RefusedByLine);
            let step = Step { from: LedgerState::Attempting, to: LedgerState::Rejected, reason };
            ledger::update_member(tx, attempt.broadcast_id, sent[bad].account_id, step).await?;
            let mut good = sent;
            good.remove(bad);
            go_on_with(app, tx, attempt, &good).await
        }
        None => {
            let (first, second) = sent.split_at(sent.len() / 2);
            go_on_with(app, tx, attempt, first).await?;
            go_on_with(app, tx, attempt, second).await
        }
    }
}

async fn go_on_with(app: &App, tx: &mut Tx, attempt: &Attempt, members: &[Member]) -> db::Result<()> {
    let id = BatchId(app.chance.uuid_v7(app.clock.now()));
    let number = batches::insert_part(tx, id, attempt).await?;
    for member in members {
        ledger::move_to_batch(tx, attempt.broadcast_id, member.account_id, number).await?;
    }
    Ok(())
}

/// Ends the attempts at batches that were first tried 23 hours ago: LINE is about to forget their keys.
pub(super) async fn give_up_overdue(app: &App) -> db::Result<()> {
    let now = app.clock.now();
    let first = now.minus(GIVE_UP_AFTER);
    let overdue = batches::list_overdue(&mut app.db.read().await?, first, now).await?;
    if overdue.is_empty() {
        return Ok(());
    }
    let mut tx = app.db.write().await?;
    for attempt in &overdue {
        if attempt.doubtful {
            give_up(app, &mut tx, attempt, "no answer for 23 hours").await?;
        } else {
            take_back(app, &mut tx, attempt, "not accepted for 23 hours").await?;
        }
    }
    tx.commit().await
}

async fn give_up(app: &App, tx: &mut Tx, attempt: &Attempt, why: &str) -> db::Result<()> {
    let id = attempt.broadcast_id;
    tracing::error!(broadcast.id = %id, batch = attempt.number, why, "the outcome of a batch is unknown");
    let detail = json!({ "batch": attempt.number, "recipients": attempt.recipients, "why": why });
    record(app, tx, "broadcast.unknown", ("broadcast", &id.to_string()), detail).await?;
    let (from, to) = (BatchState::Attempting, BatchState::Unknown);
    let settled = Settled { from, to, request_id: None, error: Some(why) };
    end(app, tx, attempt, settled, (LedgerState::Unknown, Some(Reason::NoAnswer))).await
}

async fn record(
    app: &App,
    tx: &mut Tx,
    action: &'static str,
    subject: (&'static str, &str),
    detail: serde_json::Value,
) -> db::Result<()> {
    let at = app.clock.now();
    let id = app.chance.uuid_v7(at);
    audit::record(tx, Entry { id, at, staff: None, action, subject, detail }).await
}
