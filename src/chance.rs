//! Chance as a value: ids and secrets come from the machine, or from a seed in tests and the demo.
//!
//! Nothing else in the crate draws random numbers, so a run with a seeded source can be repeated exactly.

use std::sync::{Arc, Mutex};

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use uuid::Uuid;

use crate::domain::timestamp::Timestamp;

/// A source of random bytes; clones draw from the same stream.
#[derive(Clone)]
pub struct Chance(Arc<Mutex<StdRng>>);

impl Chance {
    /// Seeded by the operating system; fit for session tokens.
    #[must_use]
    pub fn system() -> Self {
        Self(Arc::new(Mutex::new(rand::make_rng())))
    }

    /// A repeatable stream for tests and sample data; never for secrets.
    #[must_use]
    pub fn seeded(seed: u64) -> Self {
        Self(Arc::new(Mutex::new(StdRng::seed_from_u64(seed))))
    }

    /// `N` random bytes.
    #[must_use]
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut out = [0; N];
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner).fill_bytes(&mut out);
        out
    }

    /// A number in `0.0..1.0`.
    #[must_use]
    pub fn unit(&self) -> f64 {
        let bits = u64::from_le_bytes(self.bytes()) >> 11;
        #[allow(clippy::cast_precision_loss)] // 53 bits are exact
        let number = bits as f64;
        number / 9_007_199_254_740_992.0
    }

    /// A whole number below `end`; 0 where `end` is 0.
    #[must_use]
    pub fn below(&self, end: u64) -> u64 {
        let wide = u128::from(u64::from_le_bytes(self.bytes())) * u128::from(end);
        u64::try_from(wide >> 64).unwrap_or(0)
    }

    /// A time-ordered row id (UUID version 7) for an instant.
    #[must_use]
    pub fn uuid_v7(&self, at: Timestamp) -> Uuid {
        let millis = u64::try_from(at.millis()).unwrap_or(0);
        uuid::Builder::from_unix_timestamp_millis(millis, &self.bytes()).into_uuid()
    }
}

impl std::fmt::Debug for Chance {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("Chance")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_stream_and_ids_follow_time() {
        let (one, two) = (Chance::seeded(7), Chance::seeded(7));
        assert_eq!(one.bytes::<16>(), two.bytes::<16>());
        let early = one.uuid_v7(Timestamp::from_millis(1_000));
        let late = one.uuid_v7(Timestamp::from_millis(2_000));
        assert!(early < late);
        assert!((0..1000).all(|_| one.below(3) < 3 && one.unit() < 1.0));
    }
}
