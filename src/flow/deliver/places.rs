//! How much may be open at LINE at once, in places: a multicast takes four, a push one.
//!
//! A stop can't hold back what is open, so the number of people in it is what counts; a push is one person, and with no
//! more pushes than multicasts a broadcast whose recipients all read their own words would wait for LINE most of the time.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::domain::broadcast::MAX_BATCH;
use crate::store::batches::Pending;

/// The places of a multicast.
const MULTICAST: usize = 4;
/// How many one commit fills at most: so few that LINE is not kept waiting for the database, nor a stop for us.
const AT_A_TIME: usize = 8 * MULTICAST;

/// The places that a call to so many recipients takes.
fn taken(recipients: i64) -> usize {
    if recipients == 1 { 1 } else { MULTICAST }
}

/// All places of a sender.
pub(super) struct Places(Arc<Semaphore>);

impl Places {
    /// For so many multicasts.
    pub(super) fn new(multicasts: usize) -> Self {
        Self(Arc::new(Semaphore::new(multicasts.saturating_mul(MULTICAST))))
    }

    /// The free ones that one commit may fill.
    pub(super) fn free(&self) -> Free {
        Free(self.0.available_permits().min(AT_A_TIME))
    }

    /// Takes the places of a call until what comes back is dropped.
    pub(super) fn take(&self, recipients: i64) -> Option<OwnedSemaphorePermit> {
        let places = u32::try_from(taken(recipients)).unwrap_or(1);
        Arc::clone(&self.0).try_acquire_many_owned(places).ok()
    }
}

/// Free places, to be filled by one commit.
pub(super) struct Free(usize);

impl Free {
    /// No multicast fits any more.
    pub(super) fn is_full(&self) -> bool {
        self.0 < MULTICAST
    }

    /// The most calls that fit.
    pub(super) fn calls(&self) -> i64 {
        i64::try_from(self.0).unwrap_or(i64::MAX)
    }

    /// Fills those of a call; `false` where it does not fit.
    pub(super) fn fill(&mut self, recipients: i64) -> bool {
        let fits = taken(recipients) <= self.0;
        if fits {
            self.0 -= taken(recipients);
        }
        fits
    }

    /// How many of the first batches are looked at together: they follow each other, have no more members than one
    /// call, and fit.
    pub(super) fn together(&self, pending: &[Pending]) -> usize {
        let (mut places, mut members, mut before) = (self.0, 0, None);
        let fits = |batch: &&Pending| {
            let planned = batch.members.unwrap_or(i64::MAX);
            members = i64::saturating_add(members, planned);
            let follows = before.is_none_or(|number: i64| number + 1 == batch.number);
            let is_first = before.replace(batch.number).is_none();
            let has_room = taken(planned) <= places;
            places = places.saturating_sub(taken(planned));
            has_room && follows && (is_first || usize::try_from(members).is_ok_and(|all| all <= MAX_BATCH))
        };
        pending.iter().take_while(fits).count()
    }
}
