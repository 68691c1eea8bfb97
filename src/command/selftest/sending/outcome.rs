//! What must be true when a broadcast is over, and the figures of many.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result, bail, ensure};
use musubi::app::App;
use musubi::domain::broadcast::{LedgerState, State};
use musubi::failpoint;
use musubi::simulator::Simulator;
use musubi::store::ledger;

use super::schedule::{Deed, Schedule};
use super::template::Template;
use crate::command::office;

/// Recipients of one call.
const BATCH: u64 = 500;

/// What happened in one run.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    pub deaths: u64,
    /// How many recipients LINE had accepted when a stop was said to be done.
    pub stopped_after: Option<u64>,
    /// Somebody ended it, because LINE knew it from an earlier life of the database.
    pub ended_for_its_past: bool,
    /// How often a backup was put back.
    restored: u64,
    places: Vec<String>,
    states: BTreeMap<LedgerState, u64>,
    conflicts: u64,
}

impl Outcome {
    /// The process died where it was told to.
    pub(super) fn died_at(&mut self, fail_at: &str) {
        self.deaths += 1;
        self.places.extend(fail_at.split(':').next().map(str::to_owned));
    }

    /// A backup was put back: what was stopped since is not stopped.
    pub(super) fn restored_one(&mut self) {
        self.deaths += 1;
        self.restored += 1;
        self.stopped_after = None;
    }
}

/// How many messages LINE has accepted for anybody.
pub(super) fn accepted(line: &Simulator) -> u64 {
    let each = |(messages, people): (u32, usize)| u64::from(messages) * people as u64;
    line.accepted_spread().into_iter().map(each).sum()
}

/// Looks at LINE and at the ledger.
pub(super) async fn judge(
    app: &App,
    line: &Simulator,
    schedule: &Schedule,
    template: &Template,
    outcome: &mut Outcome,
) -> Result<()> {
    let stored = office::broadcast(app).await?.context("the broadcast is gone")?;
    let mut tx = app.db.read().await?;
    let rows = ledger::entries(&mut tx, stored.id).await?;
    drop(tx);
    let everybody: BTreeSet<_> = rows.iter().filter_map(|row| row.line_user_id.clone()).collect();
    ensure!(
        everybody == template.people.iter().cloned().collect(),
        "somebody is not in the ledger, or too many"
    );
    ensure!(
        stored.planned_count == i64::try_from(rows.len()).ok(),
        "{:?} were planned",
        stored.planned_count
    );
    for row in &rows {
        let got = row.line_user_id.as_ref().map_or(0, |user| line.accepted_count(user));
        let agrees = match row.state {
            LedgerState::Accepted => got == 1,
            LedgerState::Unknown => got <= 1,
            LedgerState::Skipped | LedgerState::Rejected | LedgerState::Stopped => got == 0,
            LedgerState::Planned | LedgerState::Attempting => false,
        };
        ensure!(agrees, "LINE accepted {got} for one whose row says {:?} {:?}", row.state, row.reason);
        *outcome.states.entry(row.state).or_default() += 1;
    }
    ends_as_it_must(schedule, stored.state, outcome)?;
    if let Some(before) = outcome.stopped_after {
        let after = accepted(line).saturating_sub(before);
        ensure!(after <= schedule.send_at_once * BATCH, "{after} were accepted after the stop");
    }
    outcome.conflicts = line.requests().iter().filter(|line| line.status == Some(409)).count() as u64;
    Ok(())
}

fn ends_as_it_must(schedule: &Schedule, state: State, outcome: &Outcome) -> Result<()> {
    let of = |state: LedgerState| outcome.states.get(&state).copied().unwrap_or(0);
    let was_stopped = outcome.stopped_after.is_some();
    match state {
        State::Done => ensure!(of(LedgerState::Stopped) == 0, "nobody stopped it"),
        State::Stopped => {
            let by_staff = was_stopped && schedule.deed == Deed::Stop;
            ensure!(by_staff || outcome.ended_for_its_past, "nobody stopped it");
        }
        other => bail!("it ended as {other:?}"),
    }
    ensure!(of(LedgerState::Skipped) == 0, "nobody had left");
    let refused: BTreeSet<_> = schedule.malformed.iter().collect();
    ensure!(of(LedgerState::Rejected) <= refused.len() as u64, "more rejected than LINE refuses");
    // Only a wrong clock, a refusal after a lost answer and a stop may leave anybody's outcome open.
    let clock = schedule.deaths.iter().any(|death| death.hours_ahead() != 0);
    let ended = was_stopped || outcome.ended_for_its_past;
    ensure!(
        of(LedgerState::Unknown) == 0 || clock || ended || !refused.is_empty(),
        "{} are unknown without a reason",
        of(LedgerState::Unknown)
    );
    Ok(())
}

/// The figures of many runs.
#[derive(Debug, Default)]
pub(super) struct Tally {
    pub deaths: u64,
    pub recipients: u64,
    pub accepted: u64,
    pub unknown: u64,
    pub rejected: u64,
    pub skipped: u64,
    pub stopped: u64,
    pub conflicts: u64,
    pub restored: u64,
    /// How often the process died where.
    pub places: BTreeMap<String, u64>,
}

impl Tally {
    pub(super) fn add(&mut self, one: &Outcome) {
        let of = |state: LedgerState| one.states.get(&state).copied().unwrap_or(0);
        self.deaths += one.deaths;
        self.recipients += one.states.values().sum::<u64>();
        self.accepted += of(LedgerState::Accepted);
        self.unknown += of(LedgerState::Unknown);
        self.rejected += of(LedgerState::Rejected);
        self.skipped += of(LedgerState::Skipped);
        self.stopped += of(LedgerState::Stopped);
        self.conflicts += one.conflicts;
        self.restored += one.restored;
        for place in &one.places {
            *self.places.entry(place.clone()).or_default() += 1;
        }
    }

    /// Where no process has died.
    pub(super) fn unreached(&self) -> impl Iterator<Item = &'static str> {
        failpoint::PLACES.iter().copied().filter(|place| !self.places.contains_key(*place))
    }
}
