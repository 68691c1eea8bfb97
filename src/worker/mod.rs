//! When things happen: a few loops, and one file per timer.
//!
//! Of several processes on one database one works at a time (`lease`); the others wait and take over.
//! Each timer looks for what is due and hands it to the flow that knows what to do; nothing is decided here, and
//! nothing is remembered here: a process that is killed loses no work. The inbox has a loop of its own, so that a
//! friend's question is answered while a broadcast goes out. Tests step the timers by hand ([`step_all`]) and never
//! wait.

pub mod broadcasts;
pub mod inbox;
mod lease;
pub mod nightly;
pub mod upkeep;

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::app::{App, Loop};
use crate::flow::guard;

/// How long a loop waits for a sign of work before it looks by itself.
const ROUND: Duration = Duration::from_secs(1);
/// How often sessions that are over are forgotten.
const UPKEEP: Duration = Duration::from_secs(10 * 60);
/// How often it is looked whether something is due by the clock.
const CLOCK: Duration = Duration::from_secs(30);

/// A loop broke off: a defect. The process should end, so that whatever watches it starts it anew.
#[derive(Debug, thiserror::Error)]
#[error("a loop of the worker broke off")]
pub struct Broken;

/// Works until `stop`, then returns when the rounds under way are done: no batch is left in the air.
///
/// # Errors
/// [`Broken`]; then `stop` has been given to everybody else.
pub async fn run(app: App, stop: CancellationToken) -> Result<(), Broken> {
    while let Some(token) = lease::wait(&app, &stop).await {
        app.fence.hold(token);
        let worked = work(&app, &stop, token).await;
        done("lease", lease::release(&app, token).await.map(|()| 0));
        app.vitals.rest();
        worked?;
    }
    Ok(())
}

/// Works as long as this process holds the lease.
async fn work(app: &App, all: &CancellationToken, token: i64) -> Result<(), Broken> {
    let (app, stop) = (app.clone(), all.child_token());
    done("limits", guard::apply_limits(&app).await.map(|()| 0));
    done("recover", inbox::recover(&app).await);
    done("recover", broadcasts::recover(&app).await);
    let (inbox, sending, telling) =
        (Arc::new(Notify::new()), Arc::new(Notify::new()), Arc::new(Notify::new()));
    let mut loops = JoinSet::new();
    loops.spawn(pass_on(app.clone(), stop.clone(), [inbox.clone(), sending.clone(), telling.clone()]));
    loops.spawn(handle_inbox(app.clone(), stop.clone(), inbox));
    loops.spawn(send_broadcasts(app.clone(), stop.clone(), sending));
    loops.spawn(tell_staff(app.clone(), stop.clone(), telling));
    loops.spawn(keep_up(app.clone(), stop.clone()));
    loops.spawn(lease::keep(app.clone(), token, stop.clone()));
    loops.spawn(go_by_the_clock(app.clone(), stop.clone()));
    let mut outcome = Ok(());
    while let Some(ended) = loops.join_next().await {
        if ended.is_err() {
            tracing::error!("a loop of the worker broke off: the process ends");
            outcome = Err(Broken);
            all.cancel();
        }
    }
    outcome
}

/// One round of every timer; answers how much was done, 0 where nothing was due.
pub async fn step_all(app: &App) -> usize {
    let stop = CancellationToken::new();
    let inbox = done("inbox", inbox::step(app).await);
    let population = done("population", upkeep::refresh(app).await);
    let told = done("alarms", broadcasts::tell_staff(app).await);
    let broadcasts = done("broadcasts", broadcasts::step(app, &stop).await);
    let sessions = done("sessions", upkeep::forget_sessions(app).await);
    let nightly = done("follows", nightly::compare_follows(app).await)
        + done("insights", nightly::fetch_insights(app).await)
        + done("pictures", nightly::clear_pictures(app).await)
        + done("readers", upkeep::forget_readers(app).await);
    inbox
        + population
        + told
        + broadcasts
        + sessions
        + nightly
        + done("events", upkeep::forget_events(app).await)
}

async fn handle_inbox(app: App, stop: CancellationToken, sign: Arc<Notify>) {
    while !stop.is_cancelled() {
        app.vitals.beat(Loop::Inbox);
        if done("inbox", inbox::step(&app).await) == 0 {
            rest(&stop, &sign).await;
        }
    }
}

async fn send_broadcasts(app: App, stop: CancellationToken, sign: Arc<Notify>) {
    while !stop.is_cancelled() {
        app.vitals.beat(Loop::Sending);
        done("population", upkeep::refresh(&app).await);
        if done("broadcasts", broadcasts::step(&app, &stop).await) == 0 {
            rest(&stop, &sign).await;
        }
    }
}

async fn tell_staff(app: App, stop: CancellationToken, sign: Arc<Notify>) {
    while !stop.is_cancelled() {
        if done("alarms", broadcasts::tell_staff(&app).await) == 0 {
            rest(&stop, &sign).await;
        }
    }
}

/// Until there is a sign of work, or it is time to look.
async fn rest(stop: &CancellationToken, sign: &Notify) {
    tokio::select! {
        () = stop.cancelled() => {}
        () = sign.notified() => {}
        () = tokio::time::sleep(ROUND) => {}
    }
}

/// A sign of work wakes one waiter only; this wakes every loop.
async fn pass_on(app: App, stop: CancellationToken, loops: [Arc<Notify>; 3]) {
    while !stop.is_cancelled() {
        tokio::select! {
            () = stop.cancelled() => {}
            () = app.wake.notified() => loops.iter().for_each(|sign| sign.notify_one()),
        }
    }
}

async fn keep_up(app: App, stop: CancellationToken) {
    while !stop.is_cancelled() {
        done("sessions", upkeep::forget_sessions(&app).await);
        done("tallies", upkeep::forget_tallies(&app).await);
        done("events", upkeep::forget_events(&app).await);
        done("readers", upkeep::forget_readers(&app).await);
        tokio::select! {
            () = stop.cancelled() => {}
            () = tokio::time::sleep(UPKEEP) => {}
        }
    }
}

async fn go_by_the_clock(app: App, stop: CancellationToken) {
    while !stop.is_cancelled() {
        done("follows", nightly::compare_follows(&app).await);
        done("insights", nightly::fetch_insights(&app).await);
        done("pictures", nightly::clear_pictures(&app).await);
        tokio::select! {
            () = stop.cancelled() => {}
            () = tokio::time::sleep(CLOCK) => {}
        }
    }
}

/// A timer that failed is logged here, once, and comes again in the next round.
fn done<E: std::fmt::Display>(timer: &'static str, outcome: Result<usize, E>) -> usize {
    outcome.unwrap_or_else(|error| {
        tracing::error!(timer, %error, "a timer failed and comes again");
        0
    })
}
