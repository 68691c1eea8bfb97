//! A backup in the middle of a broadcast, put back in the way that `docs/operations.md` tells.
//!
//! A file is copied while the program goes on, and put back, by the program's own commands. A server's database is copied
//! by the server while the program is dead, put back likewise, and marked by `musubi restore --in-place`.
//!
//! What the database writes after it was taken is lost, as when a disk dies: who got something in that time is known to
//! LINE alone.

use std::path::Path;
use std::time::Instant;

use anyhow::{Context, Result, bail};
use musubi::clock::Clock;
use musubi::domain::broadcast::State;
use musubi::simulator::Endpoint;
use musubi::store::broadcasts::Broadcast;

use super::ground::Database;
use super::life::Home;
use super::schedule::Restore;

/// How far it has come.
enum Stage {
    /// Nothing is restored in this run, or no more.
    None,
    Waits,
    UnderWay(Instant),
    /// LINE had accepted so much by then.
    Taken(u64),
    /// Since then something would be lost that LINE has accepted.
    Lossy(Instant),
}

/// The past that comes back, if one does.
pub(super) struct Past {
    plan: Option<Restore>,
    stage: Stage,
    backup: Option<Database>,
}

impl Past {
    pub(super) fn of(plan: Option<Restore>) -> Self {
        let stage = if plan.is_some() { Stage::Waits } else { Stage::None };
        Self { plan, stage, backup: None }
    }

    /// Whether the backup is of a broadcast that nobody has begun.
    pub(super) fn is_of_approved(&self) -> bool {
        matches!(self.plan, Some(Restore { taken_after: None, .. }))
    }

    /// Whether it is time for the backup of one that is under way.
    pub(super) fn is_due(&mut self, stored: &Broadcast) -> bool {
        let Some(Restore { taken_after: Some(after), .. }) = self.plan else { return false };
        let is_under_way = matches!(stored.state, State::Planned | State::Sending);
        match self.stage {
            Stage::Waits if is_under_way => self.stage = Stage::UnderWay(Instant::now()),
            Stage::UnderWay(since) => return is_under_way && after < since.elapsed(),
            _ => {}
        }
        false
    }

    /// Takes the backup; where it is copied at rest, nobody may be connected.
    pub(super) async fn take(&mut self, home: &Home<'_>, clock: &Clock) -> Result<()> {
        self.backup = Some(match &home.database {
            Database::File(live) => {
                let to = live.with_extension("last-night");
                home.run(&["backup", named(&to)?], clock).await?;
                Database::File(to)
            }
            Database::Server(live) => Database::Server(live.copy(&format!("{}_past", live.what())).await?),
        });
        self.stage = Stage::Taken(accepted(home));
        Ok(())
    }

    /// Whether it is time to lose what was written since: not before LINE has accepted something of it, or all is over.
    pub(super) fn comes_back(&mut self, home: &Home<'_>, stored: &Broadcast) -> bool {
        let Some(plan) = self.plan else { return false };
        match self.stage {
            Stage::Taken(before) if stored.planned_at.is_some() && before < accepted(home) => {
                self.stage = Stage::Lossy(Instant::now());
                stored.finished_at.is_some()
            }
            Stage::Taken(_) => stored.finished_at.is_some(),
            Stage::Lossy(since) => stored.finished_at.is_some() || plan.back_after < since.elapsed(),
            Stage::None | Stage::Waits | Stage::UnderWay(_) => false,
        }
    }

    /// Puts it back; nobody may have the database open.
    pub(super) async fn put_back(&mut self, home: &Home<'_>, clock: &Clock) -> Result<()> {
        self.stage = Stage::None;
        match (&home.database, self.backup.take()) {
            (Database::File(_), Some(Database::File(from))) => {
                home.run(&["restore", named(&from)?, "--yes"], clock).await
            }
            (Database::Server(live), Some(Database::Server(backup))) => {
                live.become_copy_of(&backup).await?;
                backup.drop_now().await?;
                home.run(&["restore", "--in-place", "--yes"], clock).await
            }
            _ => bail!("there is no backup"),
        }
    }

    /// Drops a backup that was never put back.
    pub(super) async fn remove(&mut self) -> Result<()> {
        match self.backup.take() {
            Some(backup) => backup.remove().await,
            None => Ok(()),
        }
    }
}

/// How many calls to send LINE has accepted.
fn accepted(home: &Home<'_>) -> u64 {
    let requests = home.line.requests();
    let sent =
        requests.iter().filter(|line| matches!(line.endpoint, Some(Endpoint::Multicast | Endpoint::Push)));
    sent.filter(|line| line.status == Some(200)).count() as u64
}

fn named(path: &Path) -> Result<&str> {
    path.to_str().context("a name in letters")
}
