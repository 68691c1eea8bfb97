//! A backup in the middle of a broadcast, made and put back by the program's own commands.
//!
//! What the database writes after it was taken is lost, as when a disk dies: who got something in that time is known to
//! LINE alone.

use std::path::PathBuf;
use std::time::Instant;

use anyhow::{Context, Result};
use musubi::clock::Clock;
use musubi::domain::broadcast::State;
use musubi::store::broadcasts::Broadcast;

use super::life::Home;
use super::schedule::Restore;

/// How far it has come.
enum Stage {
    /// Nothing is restored in this run, or no more.
    None,
    Waits,
    UnderWay(Instant),
    Taken(Instant),
}

/// The past that comes back, if one does.
pub(super) struct Past {
    plan: Option<Restore>,
    stage: Stage,
    backup: PathBuf,
}

impl Past {
    pub(super) fn of(plan: Option<Restore>, home: &Home<'_>) -> Self {
        let stage = if plan.is_some() { Stage::Waits } else { Stage::None };
        Self { plan, stage, backup: home.database.with_extension("last-night") }
    }

    /// Takes the backup of a broadcast that nobody has begun.
    pub(super) async fn keep_approved(&mut self, home: &Home<'_>, clock: &Clock) -> Result<()> {
        match self.plan {
            Some(Restore { taken_after: None, .. }) => self.take(home, clock).await,
            _ => Ok(()),
        }
    }

    /// Takes the backup of one that is under way, when it is time.
    pub(super) async fn keep(&mut self, home: &Home<'_>, clock: &Clock, stored: &Broadcast) -> Result<()> {
        let Some(Restore { taken_after: Some(after), .. }) = self.plan else { return Ok(()) };
        let is_under_way = matches!(stored.state, State::Planned | State::Sending);
        match self.stage {
            Stage::Waits if is_under_way => self.stage = Stage::UnderWay(Instant::now()),
            Stage::UnderWay(since) if is_under_way && after < since.elapsed() => {
                return self.take(home, clock).await;
            }
            _ => {}
        }
        Ok(())
    }

    async fn take(&mut self, home: &Home<'_>, clock: &Clock) -> Result<()> {
        let to = self.backup.to_str().context("a name in letters")?;
        home.run(&["backup", to], clock).await?;
        self.stage = Stage::Taken(Instant::now());
        Ok(())
    }

    /// Whether it is time to lose what was written since: not before anything was.
    pub(super) fn comes_back(&self, stored: &Broadcast) -> bool {
        let (Some(plan), Stage::Taken(at)) = (self.plan, &self.stage) else { return false };
        let has_begun = stored.planned_at.is_some();
        stored.finished_at.is_some() || (has_begun && plan.back_after < at.elapsed())
    }

    /// Puts it back; nobody may have the database open.
    pub(super) async fn put_back(&mut self, home: &Home<'_>, clock: &Clock) -> Result<()> {
        let from = self.backup.to_str().context("a name in letters")?;
        self.stage = Stage::None;
        home.run(&["restore", from, "--yes"], clock).await
    }
}
