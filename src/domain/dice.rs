//! Repeatable draws, for the sample town and for generated rules.
//!
//! A small generator of our own (SplitMix64) and not [`crate::chance`], because a town has to come out the same after
//! an update of any library, and because each account (and each generated rule) has a stream of its own. Never for
//! secrets.

/// A stream of draws.
pub(super) struct Dice(u64);

const STEP: u64 = 0x9E37_79B9_7F4A_7C15;

impl Dice {
    /// The stream of one account, or of one rule.
    pub(super) fn of(seed: u64, number: u64) -> Self {
        let mut mixed = Self(seed ^ number.wrapping_mul(0xD6E8_FEB8_6659_FD93));
        Self(mixed.draw())
    }

    /// 64 bits.
    pub(super) fn draw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(STEP);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A whole number below `end`; 0 where `end` is 0.
    pub(super) fn below(&mut self, end: u32) -> u32 {
        let wide = u128::from(self.draw()) * u128::from(end);
        u32::try_from(wide >> 64).unwrap_or(0)
    }

    /// A whole number from `from` to `to`, both inclusive.
    pub(super) fn between(&mut self, from: i32, to: i32) -> i32 {
        let span = u32::try_from(to - from + 1).unwrap_or(1);
        from + i32::try_from(self.below(span)).unwrap_or(0)
    }

    /// Yes in so many of a thousand cases.
    pub(super) fn permille(&mut self, of_thousand: u32) -> bool {
        self.below(1000) < of_thousand
    }

    /// One of several, each as likely.
    pub(super) fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        let at = self.below(u32::try_from(of.len()).unwrap_or(u32::MAX));
        of[at as usize]
    }

    /// One of several, each as likely; `None` where there are none.
    pub(super) fn one_of<'a, T>(&mut self, of: &'a [T]) -> Option<&'a T> {
        of.get(self.below(u32::try_from(of.len()).unwrap_or(u32::MAX)) as usize)
    }

    /// A year, or a number of years, from `from` to `to`, both inclusive.
    pub(super) fn year(&mut self, from: i16, to: i16) -> i16 {
        i16::try_from(self.between(from.into(), to.into())).unwrap_or(from)
    }

    /// One of several by weight.
    pub(super) fn weighted<T: Copy>(&mut self, of: &[(T, u32)]) -> T {
        *self.weighted_ref(of).expect("the tables are not empty")
    }

    /// One of several by weight; `None` where there are none.
    pub(super) fn weighted_ref<'a, T>(&mut self, of: &'a [(T, u32)]) -> Option<&'a T> {
        let mut left = self.below(of.iter().map(|(_, weight)| weight).sum());
        for (item, weight) in of {
            if left < *weight {
                return Some(item);
            }
            left -= weight;
        }
        of.first().map(|(item, _)| item)
    }
}
