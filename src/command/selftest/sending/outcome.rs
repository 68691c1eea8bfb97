//! What must be true when a broadcast is over, and the figures of many.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result, bail, ensure};
use musubi::app::App;
use musubi::domain::broadcast::{Class, LedgerState, Reason, State};
use musubi::domain::ids::LineUserId;
use musubi::failpoint;
use musubi::simulator::Simulator;
use musubi::store::broadcasts::Broadcast;
use musubi::store::ledger::{self, Entry};

use super::letter::Letter;
use super::schedule::{Deed, Schedule};
use super::template::{HOMES, Template};
use crate::command::office;

/// How it stood when a stop was said to be done.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stopped {
    /// Recipients of what was claimed and had no answer: LINE may still take it.
    pub open: u64,
    /// What LINE had accepted by then.
    pub accepted: u64,
}

/// What happened in one run.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    pub deaths: u64,
    /// When a stop was said to be done.
    pub stopped: Option<Stopped>,
    /// It was ended by its correction.
    pub corrected: bool,
    /// Recipients of what was open when a clock jumped by a day.
    pub unanswered: u64,
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
        self.stopped = None;
    }
}

/// How many messages LINE has accepted for these people.
pub(super) fn accepted(line: &Simulator, people: &[LineUserId]) -> u64 {
    people.iter().map(|person| u64::from(line.accepted_count(person))).sum()
}

fn is_for(row: &Entry, reason: Reason) -> bool {
    row.reason.as_deref() == Some(reason.id())
}

/// Whoever is meant; nobody is erased here.
fn user(row: &Entry) -> Result<LineUserId> {
    row.line_user_id.clone().context("somebody was erased")
}

/// Looks at LINE and at the ledger.
pub(super) async fn judge(
    app: &App,
    line: &Simulator,
    schedule: &Schedule,
    template: &Template,
    outcome: &mut Outcome,
) -> Result<()> {
    let mut bounds: BTreeMap<LineUserId, (u32, u32)> = BTreeMap::new();
    let mut reached: Option<BTreeSet<LineUserId>> = None;
    for stored in office::broadcasts(app).await? {
        let rows = ledger::entries(&mut app.db.read().await?, stored.id).await?;
        let everybody = rows.iter().map(user).collect::<Result<BTreeSet<_>>>()?;
        match &reached {
            Some(reached) if stored.class == Class::Correction => {
                ensure!(reached.is_subset(&everybody), "somebody has the mistake and gets no correction");
            }
            _ if stored.planned_at.is_none() => ensure!(rows.is_empty(), "it was never planned"),
            _ => ensure!(
                is_planned_for(&everybody, schedule, &stored, template),
                "others than planned are in the ledger"
            ),
        }
        ensure!(
            stored.planned_count.unwrap_or(0) == i64::try_from(rows.len())?,
            "{:?} were planned",
            stored.planned_count
        );
        for row in &rows {
            let (least, most) = match row.state {
                LedgerState::Accepted => (1, 1),
                LedgerState::Unknown => (0, 1),
                LedgerState::Skipped | LedgerState::Rejected | LedgerState::Stopped => (0, 0),
                state @ (LedgerState::Planned | LedgerState::Attempting) => bail!("a row was left {state:?}"),
            };
            let bound = bounds.entry(user(row)?).or_default();
            *bound = (bound.0 + least, bound.1 + most);
            *outcome.states.entry(row.state).or_default() += 1;
        }
        explained(schedule, template, (stored.state, &rows), outcome)?;
        if reached.is_none() {
            ends_as_it_must(schedule, stored.state, &rows, outcome)?;
        } else {
            ensure!(stored.state == State::Done, "the second ended as {:?}", stored.state);
        }
        reached.get_or_insert_with(|| {
            let accepted = rows.iter().filter(|row| row.state == LedgerState::Accepted);
            accepted.filter_map(|row| row.line_user_id.clone()).collect()
        });
    }
    for (user, (least, most)) in bounds {
        let got = line.accepted_count(&user);
        // Staff have their tests and copies beside it.
        let most = if template.staff.contains(&user) { u32::MAX } else { most };
        ensure!(
            (least..=most).contains(&got),
            "LINE accepted {got} for one whose rows say {least} to {most}"
        );
    }
    if let Some(Stopped { open, accepted: before }) = outcome.stopped {
        let after = accepted(line, &template.people).saturating_sub(before);
        ensure!(after <= open, "{after} were accepted after the stop, when {open} were open");
    }
    outcome.conflicts = line.requests().iter().filter(|line| line.status == Some(409)).count() as u64;
    Ok(())
}

/// Everybody who is meant stands in the ledger, and beside them at most the staff: they are friends, too, whom the nightly
/// comparison with LINE takes in.
fn is_planned_for(
    everybody: &BTreeSet<LineUserId>,
    schedule: &Schedule,
    stored: &Broadcast,
    template: &Template,
) -> bool {
    let is_homes = schedule.letter.is_for_homes() && stored.class == Class::Ordinary;
    let meant = if is_homes { &template.people[..HOMES] } else { &template.people[..] };
    let may_be = |user| meant.contains(user) || (!is_homes && template.staff.contains(user));
    meant.iter().all(|user| everybody.contains(user)) && everybody.iter().all(may_be)
}

/// Who was left out, rejected or is unknown is so for something that the schedule holds, and there are no more of them.
fn explained(
    schedule: &Schedule,
    template: &Template,
    (state, rows): (State, &[Entry]),
    outcome: &mut Outcome,
) -> Result<()> {
    let refused: BTreeSet<_> = schedule.malformed.iter().map(|at| &template.people[*at]).collect();
    let is_refused = |row: &Entry| row.line_user_id.as_ref().is_some_and(|user| refused.contains(user));
    // A batch that LINE refuses after an answer was lost is unknown in all of its members.
    let with_refused: BTreeSet<_> =
        rows.iter().filter(|row| is_refused(row)).filter_map(|row| row.batch_number).collect();
    let mut unanswered = 0;
    for row in rows {
        let fits = match row.state {
            LedgerState::Accepted => true,
            LedgerState::Skipped => is_for(row, Reason::HeldOut) && schedule.letter == Letter::Arms,
            LedgerState::Rejected => is_refused(row),
            LedgerState::Stopped => state.is_final() && state != State::Done,
            LedgerState::Unknown if is_for(row, Reason::EndedUnanswered) => {
                state.is_final() && state != State::Done
            }
            LedgerState::Unknown if is_for(row, Reason::Restored) => {
                state.is_final() && state != State::Done && 0 < outcome.restored
            }
            LedgerState::Unknown if row.batch_number.is_some_and(|batch| with_refused.contains(&batch)) => {
                true
            }
            LedgerState::Unknown => {
                unanswered += 1;
                true
            }
            LedgerState::Planned | LedgerState::Attempting => false,
        };
        ensure!(fits, "somebody is {:?} for {:?} in one that ended as {state:?}", row.state, row.reason);
    }
    ensure!(
        unanswered <= outcome.unanswered,
        "{unanswered} are unknown, of whom {} can be explained",
        outcome.unanswered
    );
    Ok(())
}

fn ends_as_it_must(schedule: &Schedule, state: State, rows: &[Entry], outcome: &Outcome) -> Result<()> {
    match state {
        State::Done => ensure!(rows.iter().all(|row| row.state != LedgerState::Stopped), "nobody stopped it"),
        State::Stopped => {
            let by_staff = outcome.stopped.is_some() && schedule.deed == Deed::Stop;
            let by_people = by_staff || outcome.corrected || outcome.ended_for_its_past;
            ensure!(by_people, "nobody stopped it");
        }
        State::Expired => ensure!(schedule.minutes.is_some(), "it is true for ever"),
        other => bail!("it ended as {other:?}"),
    }
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
