//! How much may be open at LINE at once, in places: a multicast takes four, a push one.
//!
//! A stop can't hold back what is open, so the number of people in it is what counts; a push is one person, and with no
//! more pushes than multicasts a broadcast whose recipients all read their own words would wait for LINE most of the time.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

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
        // As many as somebody may have set: more than a semaphore counts is as good as its most.
        let all = multicasts.saturating_mul(MULTICAST).min(Semaphore::MAX_PERMITS);
        Self(Arc::new(Semaphore::new(all)))
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
    /// The most that one commit fills.
    pub(super) fn for_one_claim() -> Self {
        Self(AT_A_TIME)
    }

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

    /// How many of the first batches follow each other and fit.
    pub(super) fn in_a_row(&self, pending: &[Pending]) -> usize {
        let (mut free, mut before) = (Self(self.0), None);
        let fits = |batch: &&Pending| {
            let follows = before.replace(batch.number).is_none_or(|number: i64| number + 1 == batch.number);
            follows && free.fill(batch.planned())
        };
        pending.iter().take_while(fits).count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ids::{BatchId, BroadcastId};

    fn batches(of: &[(i64, Option<i64>)]) -> Vec<Pending> {
        let batch = |(number, members): &(i64, Option<i64>)| Pending {
            id: BatchId(uuid::Uuid::from_u128(1)),
            broadcast_id: BroadcastId(uuid::Uuid::from_u128(2)),
            number: *number,
            root: *number,
            language: "ja".to_owned(),
            arm: String::new(),
            fill: None,
            reader: None,
            members: *members,
        };
        of.iter().map(batch).collect()
    }

    #[test]
    fn batches_are_begun_together_while_they_follow_each_other_and_fit() {
        let in_a_row = |places: usize, of: &[(i64, Option<i64>)]| Free(places).in_a_row(&batches(of));
        let ones: Vec<_> = (1..=50).map(|number| (number, Some(1))).collect();
        let full: Vec<_> = (1..=50).map(|number| (number, Some(500))).collect();
        assert_eq!((in_a_row(AT_A_TIME, &ones), in_a_row(AT_A_TIME, &full)), (AT_A_TIME, 8));
        assert_eq!(in_a_row(AT_A_TIME, &[(1, Some(1)), (3, Some(1))]), 1, "another stands between them");
        assert_eq!(in_a_row(2 * MULTICAST, &[(1, None), (2, Some(1))]), 2);
        assert_eq!(in_a_row(MULTICAST, &[(1, None), (2, Some(1))]), 1, "nobody knows how many it has");
        assert_eq!(in_a_row(MULTICAST - 1, &[(1, Some(2))]), 0);
        assert_eq!(in_a_row(MULTICAST - 1, &ones), MULTICAST - 1);
        assert_eq!(in_a_row(AT_A_TIME, &[]), 0);
    }

    #[test]
    fn a_place_is_free_again_when_its_call_has_ended_however_it_ended() {
        let places = Places::new(1);
        let push = places.take(1).unwrap();
        assert!(places.take(2).is_none() && places.free().is_full());
        drop(push);
        let multicast = places.take(2).unwrap();
        assert!(places.take(1).is_none());
        drop(multicast);
        assert!(!places.free().is_full());
        assert!(!Places::new(usize::MAX).free().is_full());
    }
}
