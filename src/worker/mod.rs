//! When things happen: the loop, and one file per timer.
//!
//! Each timer looks for what is due and hands it to the flow that knows what to do; nothing is decided here, and
//! nothing is remembered here: a process that is killed loses no work. Tests step the timers by hand
//! ([`step_all`]) and never wait.

pub mod inbox;

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::app::App;

/// How long the loop waits for a sign of work before it looks by itself.
const ROUND: Duration = Duration::from_secs(1);

/// Works until `stop`, then returns when the round under way is done.
pub async fn run(app: App, stop: CancellationToken) {
    while !stop.is_cancelled() {
        if step_all(&app).await == 0 {
            tokio::select! {
                () = stop.cancelled() => {}
                () = app.wake.notified() => {}
                () = tokio::time::sleep(ROUND) => {}
            }
        }
    }
}

/// One round of every timer; answers how much was done, 0 where nothing was due.
pub async fn step_all(app: &App) -> usize {
    done("inbox", inbox::step(app).await)
}

/// A timer that failed is logged here, once, and comes again in the next round.
fn done<E: std::fmt::Display>(timer: &'static str, outcome: Result<usize, E>) -> usize {
    outcome.unwrap_or_else(|error| {
        tracing::error!(timer, %error, "a timer failed and comes again");
        0
    })
}
