//! Confidence intervals for a rate (Wilson's score interval) and for the difference of two (Newcombe's method 10).
//!
//! E. B. Wilson, JASA 22 (1927); R. G. Newcombe, Statistics in Medicine 17 (1998) 857–872 and 873–890. Both stay within
//! 0 to 1 (−1 to 1), and hold what they promise with small numbers, too, where the usual formula doesn't.

/// The normal quantile of a two-sided interval of 95 %.
pub const Z_95: f64 = 1.959_963_984_540_054;

/// So many of so many.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// Those with the outcome.
    pub with: i64,
    /// All of them.
    pub of: i64,
}

/// From here to there.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    /// The lower end.
    pub low: f64,
    /// The upper end.
    pub high: f64,
}

impl Interval {
    /// Whether the value lies in it.
    #[must_use]
    pub fn holds(&self, value: f64) -> bool {
        self.low <= value && value <= self.high
    }
}

impl Rate {
    /// `None` where the figures are no rate: nobody, fewer than none, or more than all.
    #[must_use]
    pub fn new(with: i64, of: i64) -> Option<Self> {
        (0 < of && (0..=of).contains(&with)).then_some(Self { with, of })
    }

    /// The share, from 0 to 1.
    #[must_use]
    pub fn share(self) -> f64 {
        float(self.with) / float(self.of)
    }

    /// Wilson's interval, without a correction for continuity.
    #[must_use]
    pub fn wilson(self, z: f64) -> Interval {
        let (n, p) = (float(self.of), self.share());
        let middle = 2.0f64.mul_add(float(self.with), z * z);
        let reach = z * (4.0 * n * p).mul_add(1.0 - p, z * z).sqrt();
        let all = 2.0 * z.mul_add(z, n);
        // The ends are 0 and 1 exactly where nobody or everybody has the outcome; rounding would miss them.
        Interval {
            low: if self.with == 0 { 0.0 } else { ((middle - reach) / all).max(0.0) },
            high: if self.with == self.of { 1.0 } else { ((middle + reach) / all).min(1.0) },
        }
    }

    /// Newcombe's interval for this rate less the other.
    #[must_use]
    pub fn less(self, other: Self, z: f64) -> Interval {
        let (p, q) = (self.share(), other.share());
        let (a, b) = (self.wilson(z), other.wilson(z));
        let difference = p - q;
        Interval {
            low: difference - (p - a.low).hypot(b.high - q),
            high: difference + (a.high - p).hypot(q - b.low),
        }
    }
}

#[allow(clippy::cast_precision_loss)] // counts of people are far below 2^53
fn float(count: i64) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rate(with: i64, of: i64) -> Rate {
        Rate::new(with, of).unwrap()
    }

    fn is_near(found: Interval, low: f64, high: f64) -> bool {
        (found.low - low).abs() < 0.000_06 && (found.high - high).abs() < 0.000_06
    }

    /// Newcombe 1998, p. 861, table I, method 3.
    #[test]
    fn wilsons_interval_has_the_published_values() {
        for (with, of, low, high) in [
            (81, 263, 0.2553, 0.3662),
            (15, 148, 0.0624, 0.1605),
            (0, 20, 0.0, 0.1611),
            (1, 29, 0.0061, 0.1718),
        ] {
            assert!(
                is_near(rate(with, of).wilson(Z_95), low, high),
                "{with}/{of}: {:?}",
                rate(with, of).wilson(Z_95)
            );
        }
    }

    /// Newcombe 1998, p. 877, table II, method 10.
    #[test]
    fn newcombes_interval_has_the_published_values() {
        for ((a, m), (b, n), low, high) in [
            ((56, 70), (48, 80), 0.0524, 0.3339),
            ((9, 10), (3, 10), 0.1705, 0.8090),
            ((6, 7), (2, 7), 0.0582, 0.8062),
            ((5, 56), (0, 29), -0.0381, 0.1926),
            ((0, 10), (0, 20), -0.1611, 0.2775),
            ((0, 10), (0, 10), -0.2775, 0.2775),
            ((10, 10), (0, 20), 0.6791, 1.0),
            ((10, 10), (0, 10), 0.6075, 1.0),
        ] {
            let found = rate(a, m).less(rate(b, n), Z_95);
            assert!(is_near(found, low, high), "{a}/{m} - {b}/{n}: {found:?}");
        }
    }

    #[test]
    fn an_interval_holds_its_rate_stays_in_bounds_and_turns_with_the_sides() {
        for of in [1, 2, 9, 50, 1_000, 1_000_000] {
            for with in [0, 1, of / 3, of / 2, of - 1, of] {
                let one = rate(with.clamp(0, of), of);
                let found = one.wilson(Z_95);
                assert!(found.holds(one.share()) && 0.0 <= found.low && found.high <= 1.0, "{one:?}");
                let (there, back) = (one.less(rate(1, 3), Z_95), rate(1, 3).less(one, Z_95));
                assert!((there.low + back.high).abs() < 1e-12 && -1.0 <= there.low && there.high <= 1.0);
            }
        }
    }

    #[test]
    fn what_is_no_rate_is_none() {
        assert_eq!([Rate::new(0, 0), Rate::new(-1, 5), Rate::new(6, 5)], [None; 3]);
    }
}
