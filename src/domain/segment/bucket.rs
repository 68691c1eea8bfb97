//! The draw (抽選): a stable number from 0 to 9999 for each account and salt, to split the city into arms.
//!
//! The same account draws the same number under the same salt on every machine and in every year; two salts are
//! independent of each other. It decides who is in a pilot and must not be predictable from the id alone, but it is no
//! secret: no key, no cryptographic promise.

use sha2::{Digest as _, Sha256};

use crate::domain::ids::AccountId;

/// How many numbers there are.
pub const BUCKETS: u16 = 10_000;

/// One salt, ready to draw for many accounts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Draw(u64);

impl Draw {
    /// The draw of a salt.
    #[must_use]
    pub fn new(salt: &str) -> Self {
        let digest = Sha256::digest(salt.as_bytes());
        let first = digest.iter().take(8);
        Self(first.fold(0, |seed, byte| seed << 8 | u64::from(*byte)))
    }

    /// The number of an account, from 0 to 9999.
    #[must_use]
    pub fn number(self, account: AccountId) -> u16 {
        let (high, low) = account.0.as_u64_pair();
        let mixed = mix(mix(self.0 ^ high) ^ low);
        // The upper half times the number of buckets: as even as a division, without one.
        u16::try_from(((mixed >> 32) * u64::from(BUCKETS)) >> 32).unwrap_or(0)
    }
}

/// Spreads every bit over all others (two rounds of multiply and shift by odd constants of high weight).
fn mix(value: u64) -> u64 {
    let value = (value ^ (value >> 32)).wrapping_mul(0xd6e8_feb8_6659_fd93);
    let value = (value ^ (value >> 32)).wrapping_mul(0xd6e8_feb8_6659_fd93);
    value ^ (value >> 32)
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn numbers(salt: &str) -> Vec<u16> {
        let draw = Draw::new(salt);
        (0..100_000u128).map(|id| draw.number(AccountId(Uuid::from_u128(id << 64 | id)))).collect()
    }

    #[test]
    fn a_draw_never_changes() {
        let account = AccountId(Uuid::from_u128(0x0192_7c3d_9a4e_7000_8000_0000_0000_0001));
        let drawn = ["2026-大腸", "2027-大腸", ""].map(|salt| Draw::new(salt).number(account));
        // What the first release drew; another number would shuffle running pilots.
        assert_eq!(drawn, [1795, 2098, 9752]);
    }

    #[test]
    fn halves_are_halves_and_salts_are_independent() {
        let (one, other) = (numbers("a"), numbers("b"));
        let half = |list: &[u16]| list.iter().filter(|number| **number < 5_000).count();
        assert!(half(&one).abs_diff(50_000) < 700, "{}", half(&one));
        let both = one.iter().zip(&other).filter(|(one, other)| **one < 5_000 && **other < 5_000).count();
        assert!(both.abs_diff(25_000) < 700, "{both}");
        assert!(one.iter().all(|number| *number < BUCKETS));
        for tenth in 0..10 {
            let inside = one.iter().filter(|number| **number / 1_000 == tenth).count();
            assert!(inside.abs_diff(10_000) < 500, "{tenth}: {inside}");
        }
    }
}
