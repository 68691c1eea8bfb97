//! Signs of life of this process: when its loops last began a round, and what LINE took since it started.
//!
//! For probes and metrics alone. Nothing is decided by it, and nothing of it has to survive: what must be remembered is
//! in the database. Rounds are measured by the machine's steady clock, which no change of the time can move.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// A loop of the worker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Loop {
    /// Events of LINE.
    Inbox,
    /// Broadcasts.
    Sending,
}

impl Loop {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Inbox, Self::Sending];

    /// Its name in metrics.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Self::Inbox => "inbox",
            Self::Sending => "sending",
        }
    }
}

/// How long a loop may be silent before it is taken for dead: a round looks at least once a second, and the longest call
/// to LINE ends after ten.
pub const SILENT: Duration = Duration::from_secs(90);

/// The signs of life of a process; clones share them.
#[derive(Clone, Debug, Default)]
pub struct Vitals(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    born: Instant,
    works: AtomicBool,
    /// Milliseconds after the birth at which each loop last began a round.
    rounds: [AtomicU64; 2],
    refreshed: AtomicU64,
    accepted: AtomicU64,
}

impl Default for Inner {
    fn default() -> Self {
        Self {
            born: Instant::now(),
            works: AtomicBool::new(false),
            rounds: Default::default(),
            refreshed: AtomicU64::new(0),
            accepted: AtomicU64::new(0),
        }
    }
}

impl Vitals {
    /// A loop begins a round, or hears from LINE within one. From the first on, this process is one that works.
    pub fn beat(&self, which: Loop) {
        self.0.rounds[which as usize].store(self.age(), Ordering::Relaxed);
        self.0.works.store(true, Ordering::Relaxed);
    }

    /// Another process works now; this one waits, and its loops need not run.
    pub fn rest(&self) {
        self.0.works.store(false, Ordering::Relaxed);
    }

    /// The population was brought up to date.
    pub fn refreshed(&self) {
        self.0.refreshed.store(self.age(), Ordering::Relaxed);
    }

    /// LINE has accepted a broadcast for so many recipients more.
    pub fn accepted(&self, recipients: u64) {
        self.0.accepted.fetch_add(recipients, Ordering::Relaxed);
    }

    /// For how many LINE has accepted something since the process started.
    #[must_use]
    pub fn all_accepted(&self) -> u64 {
        self.0.accepted.load(Ordering::Relaxed)
    }

    /// How long ago a loop last began a round; `None` in a process without a worker.
    #[must_use]
    pub fn since_round(&self, which: Loop) -> Option<Duration> {
        self.works().then(|| self.since(&self.0.rounds[which as usize]))
    }

    /// How long ago the population was brought up to date, or the process started.
    #[must_use]
    pub fn since_refresh(&self) -> Duration {
        self.since(&self.0.refreshed)
    }

    /// The loops that should run here and have been silent for too long.
    #[must_use]
    pub fn silent(&self) -> Vec<Loop> {
        let is_silent = |which: &Loop| self.since_round(*which).is_some_and(|since| SILENT < since);
        Loop::ALL.into_iter().filter(is_silent).collect()
    }

    /// Since when the process runs.
    #[must_use]
    pub fn uptime(&self) -> Duration {
        self.0.born.elapsed()
    }

    fn works(&self) -> bool {
        self.0.works.load(Ordering::Relaxed)
    }

    fn age(&self) -> u64 {
        u64::try_from(self.uptime().as_millis()).unwrap_or(u64::MAX)
    }

    fn since(&self, mark: &AtomicU64) -> Duration {
        self.uptime().saturating_sub(Duration::from_millis(mark.load(Ordering::Relaxed)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(since: Duration) -> Vitals {
        let born = Instant::now().checked_sub(since).unwrap();
        Vitals(Arc::new(Inner { born, ..Inner::default() }))
    }

    #[test]
    fn a_process_without_a_worker_is_never_silent_and_a_loop_that_stands_still_is() {
        let vitals = after(SILENT * 2);
        assert_eq!((vitals.silent(), vitals.since_round(Loop::Inbox)), (vec![], None));
        vitals.beat(Loop::Inbox);
        assert_eq!(vitals.silent(), [Loop::Sending], "it never began");
        vitals.beat(Loop::Sending);
        assert!(vitals.silent().is_empty());
    }

    #[test]
    fn what_was_accepted_adds_up_in_every_clone() {
        let vitals = Vitals::default();
        vitals.clone().accepted(500);
        vitals.accepted(1);
        assert_eq!(vitals.all_accepted(), 501);
    }
}
