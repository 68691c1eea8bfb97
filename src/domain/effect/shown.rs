//! What may be shown of a count of people: nothing from which one could learn something about a single one.
//!
//! Fewer than ten, or all but fewer than ten: then only that is said. An exact none is not told from a few.

/// The smallest count that is shown.
pub const SMALLEST: i64 = 10;

/// A count as it may be shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shown {
    /// So many.
    Count(i64),
    /// Fewer than ten, or none.
    Few,
    /// All but fewer than ten.
    NearlyAll,
    /// The group itself is so small that nothing is said.
    GroupTooSmall,
}

impl Shown {
    /// A part of a group as it may be shown.
    #[must_use]
    pub fn of(part: i64, group: i64) -> Self {
        if group < 2 * SMALLEST {
            Self::GroupTooSmall
        } else if part < SMALLEST {
            Self::Few
        } else if group - part < SMALLEST {
            Self::NearlyAll
        } else {
            Self::Count(part)
        }
    }

    /// The count, where it may be shown.
    #[must_use]
    pub fn count(self) -> Option<i64> {
        match self {
            Self::Count(count) => Some(count),
            Self::Few | Self::NearlyAll | Self::GroupTooSmall => None,
        }
    }

    /// What is said in its place.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Count(_) => "",
            Self::Few => "10人未満",
            Self::NearlyAll => "ほぼ全員",
            Self::GroupTooSmall => "少人数のため非表示",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neither_a_few_nor_all_but_a_few_are_told() {
        assert_eq!([0, 1, 9].map(|part| Shown::of(part, 100)), [Shown::Few; 3]);
        assert_eq!([91, 99, 100].map(|part| Shown::of(part, 100)), [Shown::NearlyAll; 3]);
        assert_eq!((Shown::of(10, 100), Shown::of(90, 100)), (Shown::Count(10), Shown::Count(90)));
        assert_eq!([0, 7, 19].map(|part| Shown::of(part, 19)), [Shown::GroupTooSmall; 3]);
    }
}
