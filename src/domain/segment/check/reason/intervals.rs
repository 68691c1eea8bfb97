//! Sets of whole numbers as sorted, disjoint intervals: days, numbers, and the places of values in a list.

/// Inclusive intervals in order, with a gap between any two.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub(super) struct Intervals(Vec<(i64, i64)>);

impl Intervals {
    /// The union of any intervals; one that runs backwards is empty.
    pub(super) fn of(parts: impl IntoIterator<Item = (i64, i64)>) -> Self {
        let mut parts: Vec<_> = parts.into_iter().filter(|(from, to)| from <= to).collect();
        parts.sort_unstable();
        let mut joined: Vec<(i64, i64)> = Vec::with_capacity(parts.len());
        for (from, to) in parts {
            match joined.last_mut() {
                Some(last) if from <= last.1.saturating_add(1) => last.1 = last.1.max(to),
                _ => joined.push((from, to)),
            }
        }
        Self(joined)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many intervals, which is what working with it costs.
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// What lies in both.
    pub(super) fn and(&self, other: &Self) -> Self {
        let (mut left, mut right) = (self.0.iter().peekable(), other.0.iter().peekable());
        let mut both = Vec::new();
        while let (Some(one), Some(two)) = (left.peek(), right.peek()) {
            let common = (one.0.max(two.0), one.1.min(two.1));
            both.extend((common.0 <= common.1).then_some(common));
            if one.1 < two.1 {
                left.next()
            } else {
                right.next()
            };
        }
        Self(both)
    }

    /// What lies in one of them.
    pub(super) fn or(&self, other: &Self) -> Self {
        Self::of(self.0.iter().chain(&other.0).copied())
    }

    /// What of `whole` lies outside.
    pub(super) fn outside(&self, whole: (i64, i64)) -> Self {
        let mut next = Some(whole.0);
        let mut gaps = Vec::with_capacity(self.0.len() + 1);
        for (from, to) in &self.0 {
            gaps.extend(
                next.map(|start| (start, from.saturating_sub(1)))
                    .filter(|gap| *from != i64::MIN && gap.0 <= gap.1),
            );
            next = to.checked_add(1);
        }
        gaps.extend(next.map(|start| (start, whole.1)));
        Self::of(gaps).and(&Self::of([whole]))
    }

    /// Whether all of it lies in the other.
    pub(super) fn within(&self, other: &Self) -> bool {
        self.and(other) == *self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(mask: u16) -> Intervals {
        Intervals::of((0..10).filter(|at| mask & (1 << at) != 0).map(|at| (at, at)))
    }

    #[test]
    fn they_agree_with_bits() {
        for left in (0..1024).step_by(7) {
            assert_eq!(set(left).outside((0, 9)), set(!left & 1023));
            for right in (0..1024).step_by(11) {
                assert_eq!(set(left).and(&set(right)), set(left & right));
                assert_eq!(set(left).or(&set(right)), set(left | right));
                assert_eq!(set(left).within(&set(right)), left & !right == 0);
            }
        }
    }

    #[test]
    fn the_ends_of_all_numbers_are_no_trap() {
        let whole = (i64::MIN, i64::MAX);
        assert!(Intervals::of([whole]).outside(whole).is_empty());
        assert_eq!(Intervals::default().outside(whole), Intervals::of([whole]));
        assert_eq!(Intervals::of([(i64::MIN, 4)]).outside(whole), Intervals::of([(5, i64::MAX)]));
    }
}
