//! Named places at which a test lets the process die, as if the power had gone.
//!
//! A debug build, or one with the feature `failpoints`, reads `MUSUBI_FAIL_AT` (`claim.committed:2` dies when that place
//! is reached for the second time). In any other build a place is nothing at all.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Whether this build can be told to die.
pub const ENABLED: bool = cfg!(any(debug_assertions, feature = "failpoints"));

/// Every place, in the order in which a broadcast passes them. One test looks that each of them is in the source.
pub const PLACES: &[&str] = &[
    "draft.written",
    "draft.committed",
    "test.called",
    "test.committed",
    "submit.written",
    "submit.committed",
    "approve.written",
    "approve.committed",
    "plan.begun",
    "plan.written",
    "plan.committed",
    "begin.written",
    "begin.committed",
    "claim.written",
    "claim.committed",
    "call.before",
    "call.bytes_left",
    "call.answered",
    "settle.begun",
    "split.begun",
    "split.written",
    "settle.written",
    "settle.committed",
    "pilot.written",
    "pilot.committed",
    "recover.written",
    "recover.committed",
    "give_up.written",
    "finish.written",
    "finish.committed",
    "hold.written",
    "hold.committed",
];

/// Long enough for the bytes of a call to leave, shorter than an answer takes.
const BYTES_LEAVE: Duration = Duration::from_millis(15);

static NAMED: OnceLock<Option<(String, AtomicU64)>> = OnceLock::new();

/// Dies here, where this place is named and it is its turn.
pub fn reach(place: &'static str) {
    if ENABLED && is_turn_of(place) {
        std::process::abort();
    }
}

/// Dies a moment later than here, where this place is named: what is begun now is under way then.
pub fn reach_soon(place: &'static str) {
    if ENABLED && is_turn_of(place) {
        std::thread::spawn(|| {
            std::thread::sleep(BYTES_LEAVE);
            std::process::abort();
        });
    }
}

fn is_turn_of(place: &str) -> bool {
    debug_assert!(PLACES.contains(&place), "{place}");
    let named = NAMED.get_or_init(|| read(&std::env::var("MUSUBI_FAIL_AT").ok()?));
    // The counter stands at 1 when the turn has come, and runs round long after any test is over.
    named.as_ref().is_some_and(|(name, left)| name == place && left.fetch_sub(1, Ordering::Relaxed) == 1)
}

fn read(text: &str) -> Option<(String, AtomicU64)> {
    let (name, turn) = text.split_once(':').unwrap_or((text, "1"));
    Some((name.to_owned(), AtomicU64::new(turn.parse().ok()?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_named_alone_or_with_its_turn() {
        let of = |text: &str| read(text).map(|(name, turn)| (name, turn.into_inner()));
        assert_eq!(of("plan.written"), Some(("plan.written".to_owned(), 1)));
        assert_eq!(of("claim.committed:3"), Some(("claim.committed".to_owned(), 3)));
        assert_eq!(of("claim.committed:x"), None);
    }
}
