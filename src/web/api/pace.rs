//! How many requests a token may make: so many at once, and then so many a second.
//!
//! Each process counts for itself; it keeps one program from taking the city's console away, and is no quota.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use uuid::Uuid;

use crate::domain::timestamp::Timestamp;

/// Requests that may come at once.
pub const AT_ONCE: u32 = 60;

/// Requests a second after that.
pub const A_SECOND: u32 = 10;

/// A place is given back after this long.
const PLACE: Duration = Duration::from_millis(1_000 / A_SECOND as u64);

/// The paces of all tokens; clones share them.
#[derive(Clone, Debug, Default)]
pub struct Paces(Arc<Mutex<HashMap<Uuid, Timestamp>>>);

impl Paces {
    /// Takes a place for a token at an instant; else answers how long to wait.
    ///
    /// # Errors
    /// The time until a place is free.
    pub fn take(&self, token: Uuid, now: Timestamp) -> Result<(), Duration> {
        let mut full = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // When every place would be free again, if none were taken from now on.
        let free_at = full.get(&token).copied().unwrap_or(now).max(now);
        let after = free_at.plus(PLACE);
        let most = now.plus(PLACE * AT_ONCE);
        if most < after {
            return Err(after.since(most));
        }
        full.insert(token, after);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_takes_its_places_and_gets_them_back_with_time_and_others_are_not_touched() {
        let (paces, one, other) = (Paces::default(), Uuid::from_u128(1), Uuid::from_u128(2));
        let now = Timestamp::from_millis(1_000_000);
        assert!((0..AT_ONCE).all(|_| paces.take(one, now).is_ok()));
        assert_eq!(paces.take(one, now), Err(PLACE));
        assert!(paces.take(other, now).is_ok());
        let later = now.plus(Duration::from_secs(1));
        assert!((0..A_SECOND).all(|_| paces.take(one, later).is_ok()));
        assert!(paces.take(one, later).is_err());
    }
}
