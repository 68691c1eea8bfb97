//! One process works at a time: takes the lease, shows that it lives, and stops when another has taken over.
//!
//! Whether a holder is dead is judged by the steady clock of whoever waits, so that no difference and no jump of the
//! time can make two of them. A holder that was only slow is fenced off: its token is refused wherever a batch begins.

use std::time::{Duration, Instant};

use tokio_util::sync::CancellationToken;

use crate::app::App;
use crate::db::{self, Engine};
use crate::store::lease::{self, Lease};

/// How often a holder shows that it lives.
const BEAT: Duration = Duration::from_millis(500);
/// How long a beat may stand still before another takes over, and after which a holder that can't beat stops.
const DEAD_AFTER: Duration = Duration::from_millis(2_500);
/// How often whoever waits looks.
const LOOK: Duration = Duration::from_millis(250);

/// Somebody who waits for the lease.
#[derive(Default)]
struct Waiting(Option<(Lease, Instant)>);

impl Waiting {
    /// Whether what is seen now may be taken over.
    fn may_take(&mut self, seen: &Lease, now: Instant) -> bool {
        match &self.0 {
            _ if seen.holder.is_none() => true,
            Some((before, since)) if before == seen => DEAD_AFTER <= now.saturating_duration_since(*since),
            _ => {
                self.0 = Some((seen.clone(), now));
                false
            }
        }
    }
}

/// Waits until this process may work; `None` where it is told to stop first.
pub(super) async fn wait(app: &App, stop: &CancellationToken) -> Option<i64> {
    let me = format!("{}-{}", std::process::id(), app.chance.uuid_v7(app.clock.now()).simple());
    let mut waiting = Waiting::default();
    while !stop.is_cancelled() {
        match try_once(app, &me, &mut waiting).await {
            Ok(Some(token)) => {
                tracing::info!(token, "this process works now");
                return Some(token);
            }
            Ok(None) => {}
            Err(error) => tracing::error!(%error, "who works can't be read; it is tried again"),
        }
        tokio::select! { () = stop.cancelled() => {}, () = tokio::time::sleep(LOOK) => {} }
    }
    None
}

async fn try_once(app: &App, me: &str, waiting: &mut Waiting) -> db::Result<Option<i64>> {
    let seen = lease::find(&mut app.db.read().await?).await?;
    // Whoever works on an SQLite file holds its lock, which goes with the process: a holder in the table is dead.
    if app.db.engine() == Engine::Postgres && !waiting.may_take(&seen, Instant::now()) {
        return Ok(None);
    }
    let mut tx = app.db.write().await?;
    let token = lease::take(&mut tx, &seen, me).await?;
    tx.commit().await?;
    Ok(token)
}

/// Shows that this process lives until `stop`, and gives `stop` when another has taken over or none can be reached.
pub(super) async fn keep(app: App, token: i64, stop: CancellationToken) {
    let mut last = Instant::now();
    while !stop.is_cancelled() {
        match beat(&app, token).await {
            Ok(true) => last = Instant::now(),
            Ok(false) => {
                tracing::error!(token, "another process works now: this one stops working");
                return stop.cancel();
            }
            Err(error) => tracing::error!(%error, "this process can't show that it lives"),
        }
        if DEAD_AFTER <= last.elapsed() {
            return stop.cancel();
        }
        tokio::select! { () = stop.cancelled() => {}, () = tokio::time::sleep(BEAT) => {} }
    }
}

async fn beat(app: &App, token: i64) -> db::Result<bool> {
    let mut tx = app.db.write().await?;
    let lives = lease::beat(&mut tx, token).await?;
    tx.commit().await?;
    Ok(lives)
}

/// Gives it back, so that another need not wait.
pub(super) async fn release(app: &App, token: i64) -> db::Result<()> {
    let mut tx = app.db.write().await?;
    lease::release(&mut tx, token).await?;
    tx.commit().await
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lease(holder: Option<&str>, token: i64, beat: i64) -> Lease {
        Lease { holder: holder.map(str::to_owned), token, beat }
    }

    #[test]
    fn only_a_beat_that_stands_still_is_taken_over() {
        let (mut waiting, start) = (Waiting::default(), Instant::now());
        let mut at = |seen: &Lease, millis| waiting.may_take(seen, start + Duration::from_millis(millis));
        assert!(!at(&lease(Some("a"), 1, 7), 0) && !at(&lease(Some("a"), 1, 7), 2_499));
        assert!(!at(&lease(Some("a"), 1, 8), 2_500), "it lives");
        assert!(!at(&lease(Some("b"), 2, 8), 4_900), "another was faster");
        assert!(at(&lease(Some("b"), 2, 8), 7_400));
        assert!(at(&lease(None, 2, 8), 7_401), "it has gone in order");
    }
}
