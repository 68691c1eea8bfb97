//! The first recipients (先行配信): a few get a broadcast before the rest, so that a mistake is seen while it is small.
//!
//! Who they are is drawn, not chosen, and the draw can be worked out again from the same plan. A small audience, a
//! correction and an emergency have no first recipients.

use std::collections::BTreeSet;
use std::time::Duration;

use super::words::Class;
use crate::domain::ids::{AccountId, BroadcastId};
use crate::domain::segment::bucket::Draw;

/// How many residents are first at most.
pub const PILOTS: usize = 50;

/// How the first recipients are chosen and how long the rest waits for them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pilot {
    /// How long the rest waits; zero for not at all.
    pub wait: Duration,
}

impl Pilot {
    /// The first recipients of a broadcast; empty where everybody goes at once.
    #[must_use]
    pub fn draw(self, class: Class, broadcast: BroadcastId, recipients: &[AccountId]) -> BTreeSet<AccountId> {
        if class != Class::Ordinary || self.wait.is_zero() || recipients.len() <= PILOTS {
            return BTreeSet::new();
        }
        let draw = Draw::new(&broadcast.to_string());
        let mut drawn: Vec<_> = recipients.iter().map(|account| (draw.number(*account), *account)).collect();
        drawn.select_nth_unstable(PILOTS);
        drawn.truncate(PILOTS);
        drawn.into_iter().map(|(_, account)| account).collect()
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn fifty_are_drawn_the_same_ones_each_time_and_others_for_another_broadcast() {
        let people: Vec<_> = (0..2_000).map(|number| AccountId(Uuid::from_u128(number))).collect();
        let pilot = Pilot { wait: Duration::from_secs(600) };
        let of = |broadcast| pilot.draw(Class::Ordinary, BroadcastId(Uuid::from_u128(broadcast)), &people);
        assert_eq!((of(1).len(), of(1) == of(1), of(1) == of(2)), (PILOTS, true, false));
    }

    #[test]
    fn a_small_audience_a_correction_and_an_emergency_have_none() {
        let people: Vec<_> = (0..51).map(|number| AccountId(Uuid::from_u128(number))).collect();
        let (pilot, id) = (Pilot { wait: Duration::from_secs(600) }, BroadcastId(Uuid::from_u128(1)));
        assert_eq!(pilot.draw(Class::Ordinary, id, &people).len(), PILOTS);
        assert!(pilot.draw(Class::Ordinary, id, &people[..50]).is_empty());
        assert!(pilot.draw(Class::Correction, id, &people).is_empty());
        assert!(pilot.draw(Class::Emergency, id, &people).is_empty());
        assert!(Pilot { wait: Duration::ZERO }.draw(Class::Ordinary, id, &people).is_empty());
    }
}
