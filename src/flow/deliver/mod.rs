//! Delivery: batch by batch, claimed before the first byte leaves and settled after LINE's answer.
//!
//! The order is everything here. A claim is committed with its members, its exact body and its key; then LINE is
//! called; then the answer is committed. Whatever dies in between is repeated with the same bytes under the same key,
//! and LINE refuses a repetition. No transaction is open while LINE is called. Nothing here chooses recipients: they
//! stand in the ledger, and can only become fewer.
//!
//! `begin` looks which broadcasts may send now and `stage` how much of them, `copies` shows staff what goes out, `ahead`
//! looks at the members of what comes next, `claim` takes batches, `texts` says what their members get and `places` how much is open at once, `call` speaks to LINE, `settle`
//! writes down what came of it, and `watch` stops a broadcast that goes wrong.

mod ahead;
mod arms;
mod begin;
mod call;
mod claim;
mod copies;
mod places;
mod settle;
mod stage;
mod texts;
mod units;
mod watch;

use std::time::Duration;

use tokio::sync::OwnedSemaphorePermit;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::app::App;
use crate::db;
use crate::domain::broadcast::State;
use crate::domain::ids::BroadcastId;
use crate::domain::timestamp::Timestamp;
use crate::failpoint;
use crate::flow::Open;
use crate::line::limits;
use crate::store::batches::{self, Attempt};
use crate::store::broadcasts;
use ahead::Ahead;
use begin::Ready;
use call::Outcome;
use claim::Claimer;
use places::{Free, Places};

/// Sends what may be sent now, several batches at once; answers how many calls were made. While an emergency has
/// anything to send, it has LINE's limits to itself. After `stop` no new batch is begun, and the open ones are settled.
///
/// # Errors
/// As [`db::Error`] says; batches whose answer could not be written down are repeated later with the same key.
pub async fn send_due(app: &App, stop: &CancellationToken) -> db::Result<usize> {
    settle::give_up_due(app).await?;
    for open in begin::by_urgency(app).await? {
        let ids: Vec<_> = open.iter().map(|broadcast| broadcast.id).collect();
        let calls = match send_round(app, stop, begin::ready(app, stop, open).await?).await {
            Err(db::Error::Corrupt(_)) => one_by_one(app, stop, ids).await?,
            sent => sent?,
        };
        if 0 < calls {
            return Ok(calls);
        }
    }
    Ok(0)
}

/// Sends each broadcast in a round of its own, and holds for good the one of which something can't be read.
async fn one_by_one(app: &App, stop: &CancellationToken, ids: Vec<BroadcastId>) -> db::Result<usize> {
    let mut calls = 0;
    for id in ids {
        let found = broadcasts::find(&mut app.db.read().await?, id).await;
        // One that can't be read itself is held where the open ones are read.
        let Ok(Some(broadcast)) = found else { continue };
        match send_round(app, stop, begin::ready(app, stop, vec![broadcast]).await?).await {
            Err(db::Error::Corrupt(why)) => Open::set_aside(app, (id, State::Sending), &why).await?,
            sent => calls += sent?,
        }
    }
    Ok(calls)
}

async fn send_round(app: &App, stop: &CancellationToken, ready: Vec<Ready>) -> db::Result<usize> {
    let mut claimer = Claimer::new(app, ready).await?;
    let mut open = JoinSet::new();
    let sent = send(app, stop, &mut claimer, &mut open).await;
    // After an error calls may still be open. Cut off, they would be in doubt; heard out, most are settled.
    while !open.is_empty() {
        let answered = next(&mut open).await;
        if let Err(error) = settle::settle(app, &answered).await {
            tracing::error!(%error, "answers could not be written down; their batches are repeated with their keys");
        }
    }
    sent
}

async fn send(
    app: &App,
    stop: &CancellationToken,
    claimer: &mut Claimer,
    open: &mut JoinSet<(Attempt, Outcome)>,
) -> db::Result<usize> {
    let (mut calls, places) = (0, Places::new(at_once(app)));
    let round = Round::begin(app);
    let (mut ahead, mut is_more_to_begin) = (Ahead::default(), true);
    let mut gives_way = claimer.gives_way(app).await?;
    loop {
        let mut free = places.free();
        let may_begin = !free.is_full() && !gives_way && !round.is_over(app) && !stop.is_cancelled();
        // While there is more to begin, nobody waits for answers.
        let mut answered = if may_begin && is_more_to_begin { at_hand(open) } else { next(open).await };
        let is_silent = answered.is_empty();
        claimer.learn(&answered);
        if !may_begin || !settle::all_accepted(&answered) {
            // A refusal comes before the next claim, for it may hold the broadcast.
            settle::settle(app, &answered).await?;
            answered.clear();
        }
        let mut begun = 0;
        if may_begin {
            let claim = Claim { app, claimer, places: &places, open };
            (begun, gives_way) = claim.beside(&answered, &mut free, &mut ahead).await?;
        }
        calls += begun;
        if begun == 0 && is_silent && open.is_empty() {
            return Ok(calls);
        }
        is_more_to_begin = 0 < begun && (free.is_full() || !ahead.is_empty());
    }
}

/// A round of sending. It does not last for ever: whom the rule still selects, what was approved and what else is due is
/// asked at its beginning alone.
struct Round(Timestamp);

impl Round {
    const LONGEST: Duration = Duration::from_secs(30);

    fn begin(app: &App) -> Self {
        Self(app.clock.now())
    }

    fn is_over(&self, app: &App) -> bool {
        let now = app.clock.now();
        now < self.0 || Self::LONGEST <= now.since(self.0)
    }
}

/// How many multicasts may be open at once: as many as are set, but no more than leave within a second, because what
/// waits for its turn at LINE can't be stopped any more.
fn at_once(app: &App) -> usize {
    let a_second = usize::from(app.config.line.share) * limits::MULTICAST_PER_SECOND as usize / 100;
    app.config.send_at_once.get().min(a_second.max(1))
}

/// One claim, and the calls that follow from it.
struct Claim<'a> {
    app: &'a App,
    claimer: &'a Claimer,
    places: &'a Places,
    open: &'a mut JoinSet<(Attempt, Outcome)>,
}

impl Claim<'_> {
    /// Claims and calls while answers are settled and the batches after these are looked at: PostgreSQL does the three at
    /// once, and SQLite reads while it writes. Answers how many calls were begun, and whether nothing more should be.
    async fn beside(
        self,
        mut answered: &[(Attempt, Outcome)],
        free: &mut Free,
        ahead: &mut Ahead,
    ) -> db::Result<(usize, bool)> {
        let (app, claimer) = (self.app, self.claimer);
        if ahead.is_empty() {
            let (seen, settled) = tokio::join!(claimer.look(app, 0), settle::settle(app, answered));
            settled?;
            *ahead = seen?;
            answered = &[];
        }
        let (after, looks_on) = (ahead.last(), ahead.is_short() && !ahead.is_empty());
        // One after the other, so that one reading connection does it all: each has a cache of its own.
        let look = async {
            let later = if looks_on { claimer.look(app, after).await? } else { Ahead::default() };
            db::Result::Ok((later, claimer.gives_way(app).await?))
        };
        let claim = async {
            let claimed = claimer.claim(app, free, ahead).await?;
            let calls = claimed.len();
            for attempt in claimed {
                let place = self.places.take(attempt.recipients);
                self.open.spawn(tried(app.clone(), attempt, place));
            }
            db::Result::Ok(calls)
        };
        let settle = settle::settle(app, answered);
        let (begun, settled, looked) = tokio::join!(claim, settle, look);
        settled?;
        let (begun, (later, gives_way)) = (begun?, looked?);
        ahead.add(later);
        Ok((begun, gives_way))
    }
}

/// Makes what a dead sender left open due at once; to be called when a sender starts.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn recover(app: &App) -> db::Result<u64> {
    let mut tx = app.db.write().await?;
    let open = batches::end_leases(&mut tx, app.clock.now()).await?;
    failpoint::reach("recover.written");
    tx.commit().await?;
    failpoint::reach("recover.committed");
    if 0 < open {
        tracing::info!(batches = open, "open batches of an earlier run are tried again with their keys");
    }
    Ok(open)
}

async fn tried(app: App, attempt: Attempt, _place: Option<OwnedSemaphorePermit>) -> (Attempt, Outcome) {
    let outcome = call::call(&app, &attempt).await;
    failpoint::reach("call.answered");
    (attempt, outcome)
}

/// Waits for one answer and takes every other that is there, so that they share a commit; empty when none is open.
async fn next(open: &mut JoinSet<(Attempt, Outcome)>) -> Vec<(Attempt, Outcome)> {
    let mut answered = Vec::new();
    // A task that broke off leaves its batch open: it is tried again when its lease ends.
    while answered.is_empty() && !open.is_empty() {
        answered.extend(open.join_next().await.and_then(Result::ok));
    }
    answered.extend(at_hand(open));
    answered
}

/// The answers that are there.
fn at_hand(open: &mut JoinSet<(Attempt, Outcome)>) -> Vec<(Attempt, Outcome)> {
    let mut answered = Vec::new();
    while let Some(more) = open.try_join_next() {
        answered.extend(more.ok());
    }
    answered
}
