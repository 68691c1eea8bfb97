//! The residents in columns: who is meant by a rule, counted at the speed of a key press.
//!
//! A [`Snapshot`] holds accounts and persons as a struct of arrays (small integers, bit sets for truth and unknown) and
//! their histories as sets of rows, is filled from the database at start and kept current from the change log. A rule is
//! compiled to passes over columns; no SQL is ever made from a rule. Whatever the columns can't answer is unknown, and
//! unknown is never sent to. One thread answers a question; the loops are plain Rust that the compiler vectorises.
//!
//! Read in this order: `column` (one attribute), `events` (what happened), `snapshot` (all of them), `write` (a household comes or goes), `plan`, `pass` and
//! `history` (a rule as passes), `evaluate` (each step once), `scan` (the four answers), `count` (the numbers),
//! `waterfall` (line by line), `read` and `load` (from the database).

mod bits;
mod column;
mod count;
mod days;
mod evaluate;
mod events;
mod history;
mod load;
mod pass;
mod plan;
mod read;
mod scan;
pub mod selftest;
mod snapshot;
mod waterfall;
mod write;

pub use count::{Count, Tally};
pub use load::Refreshed;
pub use scan::Scan;
pub use snapshot::Snapshot;
pub use waterfall::{Samples, Waterfall, WaterfallStep};

use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};

use jiff::civil::Date;
use tokio::sync::Mutex;

use crate::db::{self, Db};
use crate::domain::attribute::Catalogue;
use crate::domain::ids::AccountId;
use crate::domain::segment::Segment;

/// The shared population of a process; cheap to clone.
///
/// A question holds a read lock for the milliseconds of its scan. A refresh reads the database without any lock and
/// locks only to write the changed rows.
#[derive(Clone)]
pub struct Population {
    snapshot: Arc<RwLock<Option<Snapshot>>>,
    refreshing: Arc<Mutex<()>>,
    catalogue: Arc<Catalogue>,
}

impl Population {
    /// A population that knows nobody until it is refreshed.
    #[must_use]
    pub fn new(catalogue: Arc<Catalogue>) -> Self {
        Self { snapshot: Arc::default(), refreshing: Arc::default(), catalogue }
    }

    /// Brings it up to the newest commit: reads everybody the first time, then only the accounts that changed.
    ///
    /// After it, the population is at least as new as every transaction that was committed before the call. The
    /// database stays without an open transaction before and after.
    ///
    /// # Errors
    /// As [`db::Error`] says; then it is as it was.
    pub async fn refresh(&self, db: &Db) -> db::Result<Refreshed> {
        let _one_at_a_time = self.refreshing.lock().await;
        load::refresh(&self.snapshot, &self.catalogue, db).await
    }

    /// How many a rule finds on an as-of date (a civil date in Asia/Tokyo), for a broadcast of `topic`.
    #[must_use]
    pub fn count(&self, segment: &Segment, as_of: Date, topic: Option<&str>) -> Count {
        self.read().as_ref().map(|known| known.count(segment, as_of, topic)).unwrap_or_default()
    }

    /// The numbers and the accounts that receive (in ascending order), of one and the same moment.
    #[must_use]
    pub fn audience(&self, segment: &Segment, as_of: Date, topic: Option<&str>) -> (Count, Vec<AccountId>) {
        self.read().as_ref().map(|known| known.audience(segment, as_of, topic)).unwrap_or_default()
    }

    /// What each line of a rule does, and ten accounts for each answer, drawn by `seed`.
    #[must_use]
    pub fn waterfall(&self, segment: &Segment, as_of: Date, topic: Option<&str>, seed: u64) -> Waterfall {
        self.read().as_ref().map(|known| known.waterfall(segment, as_of, topic, seed)).unwrap_or_default()
    }

    /// The accounts that receive, in ascending order, and the number of the change log up to which they are certain.
    #[must_use]
    pub fn recipients(&self, segment: &Segment, as_of: Date, topic: Option<&str>) -> (Vec<AccountId>, i64) {
        let known = self.read();
        known.as_ref().map(|known| (known.recipients(segment, as_of, topic), known.seq())).unwrap_or_default()
    }

    /// Asks several things of one and the same moment; a refresh waits for it. `None` before the first refresh.
    pub fn ask<T>(&self, question: impl FnOnce(&Snapshot) -> T) -> Option<T> {
        self.read().as_ref().map(question)
    }

    /// The number of the change log up to which it is complete; `None` before the first refresh.
    #[must_use]
    pub fn seq(&self) -> Option<i64> {
        self.read().as_ref().map(Snapshot::seq)
    }

    /// Accounts and persons it holds, and the bytes they take.
    #[must_use]
    pub fn size(&self) -> (usize, usize, usize) {
        self.read()
            .as_ref()
            .map(|known| (known.accounts(), known.persons(), known.bytes()))
            .unwrap_or_default()
    }

    /// A copy of what it holds, for tests and measurements; `None` before the first refresh.
    #[must_use]
    pub fn snapshot(&self) -> Option<Snapshot> {
        self.read().clone()
    }

    fn read(&self) -> RwLockReadGuard<'_, Option<Snapshot>> {
        self.snapshot.read().unwrap_or_else(PoisonError::into_inner)
    }
}
