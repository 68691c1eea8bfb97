//! Reconciliation: when nothing is left to send, the figures of the ledger must add up.
//!
//! planned = accepted + skipped + rejected + stopped + unknown, from one query. A broadcast whose figures don't add up
//! is not called done: it is held, logged as an error, written into the audit log, and staff are told. Nothing is mended
//! here.

use serde_json::{Value, json};

use crate::app::App;
use crate::db::{self, Tx};
use crate::domain::broadcast::{Hold, LedgerState, Reason, State};
use crate::failpoint;
use crate::flow::{Held, Open};
use crate::store::broadcasts::{self, Broadcast};
use crate::store::ledger::{self, Count};
use crate::store::restored;
use crate::store::{alarms, audit, batches};

/// Finishes every broadcast of which nothing is open any more; answers how many.
///
/// # Errors
/// As [`db::Error`] says; what is wrong with one broadcast holds up no other.
pub async fn finish_due(app: &App) -> db::Result<usize> {
    let (mut finished, mut wrong) = (0, Ok(()));
    for state in [State::Sending, State::Stopped, State::Expired] {
        for broadcast in Open::in_state(app, state).await? {
            match finish(app, &broadcast).await {
                Ok(is_over) => finished += usize::from(is_over),
                Err(error) => wrong = Err(error),
            }
        }
    }
    wrong.map(|()| finished)
}

async fn finish(app: &App, broadcast: &Broadcast) -> db::Result<bool> {
    let (id, now) = (broadcast.id, app.clock.now());
    let open = batches::count_open(&mut app.db.read().await?, id).await?;
    let ended = broadcast.state.is_final();
    if !ended && 0 < open.pending + open.attempting {
        return Ok(false);
    }
    let mut tx = app.db.write().await?;
    broadcasts::lock(&mut tx, id).await?;
    if ended {
        // A batch that was on its way when the broadcast ended may have been given back since.
        let reason = if broadcast.state == State::Expired { Reason::Expired } else { Reason::Halted };
        if 0 < restored::doubt_rest(&mut tx, id).await? {
            Held::tell_staff(app, &mut tx, id, ("unknown", "")).await?;
        }
        batches::stop_rest(&mut tx, id, now).await?;
        ledger::stop_rest(&mut tx, id, reason).await?;
    }
    let open = batches::count_open(&mut tx, id).await?;
    let done = open.pending + open.attempting == 0 && compare(app, &mut tx, broadcast).await?;
    failpoint::reach("finish.written");
    tx.commit().await?;
    failpoint::reach("finish.committed");
    Ok(done)
}

async fn compare(app: &App, tx: &mut Tx, broadcast: &Broadcast) -> db::Result<bool> {
    let (id, now) = (broadcast.id, app.clock.now());
    let counts = ledger::count(tx, id).await?;
    let adds_up = adds_up(broadcast.planned_count.unwrap_or(0), &counts);
    let step = |to| (broadcast.state, to);
    // Whoever was faster, a person or another process, has said what it is now: nothing is claimed here.
    let happened = match (broadcast.state, adds_up) {
        (State::Sending, true) => broadcasts::transition(tx, id, step(State::Done), None, now).await?,
        (State::Sending, false) => {
            broadcasts::transition(tx, id, step(State::Paused), Some(Hold::Mismatch), now).await?
        }
        (_, true) => true,
        (state, false) => broadcasts::update_hold(tx, (id, state), Some(Hold::Mismatch), now).await?,
    };
    let is_over = happened && (adds_up || broadcast.state.is_final());
    let done = is_over && broadcasts::finish(tx, id, now).await?;
    if done || (happened && !is_over) {
        tell(app, tx, broadcast, (adds_up, &counts)).await?;
    }
    Ok(done)
}

/// Whether every planned recipient stands in exactly one final state.
fn adds_up(planned: i64, counts: &[Count]) -> bool {
    use LedgerState::{Accepted, Rejected, Skipped, Stopped, Unknown};
    let is_final = |count: &&Count| matches!(count.state, Accepted | Skipped | Rejected | Stopped | Unknown);
    let settled: i64 = counts.iter().filter(is_final).map(|count| count.recipients).sum();
    settled == planned && counts.iter().all(|count| is_final(&count))
}

/// Whether LINE has refused a tenth of those who were planned, or more.
fn many_refused(planned: i64, counts: &[Count]) -> bool {
    let rejected = counts.iter().filter(|count| count.state == LedgerState::Rejected);
    let refused: i64 = rejected.map(|count| count.recipients).sum();
    0 < refused && planned <= refused.saturating_mul(10)
}

async fn tell(
    app: &App,
    tx: &mut Tx,
    broadcast: &Broadcast,
    (ok, counts): (bool, &[Count]),
) -> db::Result<()> {
    let (id, planned) = (broadcast.id, broadcast.planned_count);
    if ok {
        tracing::info!(broadcast.id = %id, planned, "a broadcast is over and its figures add up");
        if many_refused(planned.unwrap_or(0), counts) {
            Held::tell_staff(app, tx, id, ("held", alarms::REFUSED)).await?;
        }
    } else {
        tracing::error!(broadcast.id = %id, planned, ?counts, "the figures of a broadcast do not add up");
        Held::tell_staff(app, tx, id, ("held", Hold::Mismatch.id())).await?;
    }
    let figures: Vec<Value> = counts
        .iter()
        .map(|count| json!({ "state": count.state.id(), "reason": count.reason, "recipients": count.recipients }))
        .collect();
    let action = if ok { "broadcast.finish" } else { "broadcast.mismatch" };
    let (subject, detail) = (id.to_string(), json!({ "planned": planned, "ledger": figures }));
    audit::record(tx, app.entry(None, action, ("broadcast", &subject), detail)).await
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(state: LedgerState, recipients: i64) -> Count {
        Count { state, reason: None, recipients }
    }

    #[test]
    fn one_recipient_without_an_outcome_is_one_too_many() {
        let fine =
            [count(LedgerState::Accepted, 7), count(LedgerState::Skipped, 2), count(LedgerState::Unknown, 1)];
        assert!(adds_up(10, &fine) && !adds_up(11, &fine) && !adds_up(9, &fine));
        assert!(!adds_up(3, &[count(LedgerState::Accepted, 2), count(LedgerState::Planned, 1)]));
        assert!(!adds_up(2, &[count(LedgerState::Accepted, 2), count(LedgerState::Attempting, 1)]));
    }
}
