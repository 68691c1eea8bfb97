//! Since when a life of the sender works.
//!
//! On PostgreSQL it first waits for seconds, until it believes that its predecessor is dead: really, for the test would
//! prove nothing of a lease that it had taken away itself. What a schedule counts from the beginning of a life is counted
//! from here.

use std::time::{Duration, Instant};

use anyhow::Result;
use musubi::app::App;
use musubi::db::Engine;
use musubi::store::lease;

use super::ground::Database;

/// So often a life loses its connections that is to lose them.
const CUT_EVERY: Duration = Duration::from_millis(120);

/// The work of one life.
pub(super) struct Work {
    /// The token of whoever worked before.
    before: i64,
    since: Option<Instant>,
    cut: Option<Instant>,
}

impl Work {
    /// Of a life that is about to begin.
    pub(super) async fn of_next(app: &App) -> Result<Self> {
        let before = token(app).await?;
        // On a file nobody waits: the lock of a dead process is gone.
        let since = (app.db.engine() == Engine::Sqlite).then(Instant::now);
        Ok(Self { before, since, cut: None })
    }

    /// Looks whether it has begun.
    pub(super) async fn look(&mut self, app: &App) -> Result<Option<Instant>> {
        if self.since.is_none() && token(app).await? != self.before {
            self.since = Some(Instant::now());
        }
        Ok(self.since)
    }

    /// How long it has worked.
    pub(super) fn lasted(&self) -> Duration {
        self.since.map_or(Duration::ZERO, |since| since.elapsed())
    }

    /// Cuts its connections, when it is time again.
    pub(super) async fn cut_off(&mut self, database: &Database) -> Result<()> {
        if self.since.is_none() || self.cut.is_some_and(|last| last.elapsed() < CUT_EVERY) {
            return Ok(());
        }
        self.cut = Some(Instant::now());
        database.cut_off().await
    }
}

async fn token(app: &App) -> Result<i64> {
    Ok(lease::find(&mut app.db.read().await?).await?.token)
}
