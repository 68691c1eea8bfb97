//! Comparing who follows with what LINE says: what counts as too many at once, and how a list is looked up.
//!
//! A list that is broken looks like many people who left, and one of another account like many who came. So a large change
//! is never believed by itself; whom we knew, and LINE lists, is a friend in any case. Pure: what LINE said and what we
//! remember come in.

use super::ids::LineUserId;

/// So many may leave, or come, in one comparison without a question, however small the account.
pub const FEW: i64 = 50;

/// Whether so many leave, or come, at once that a person has to be asked: more than 50 and more than 2 % of those who
/// follow.
#[must_use]
pub fn too_many(changing: i64, following: i64) -> bool {
    FEW.max(following / 50) < changing
}

/// Everybody whom LINE lists.
#[derive(Clone, Default)]
pub struct Friends(Vec<u128>);

impl Friends {
    /// From the pages of the list, in any order.
    #[must_use]
    pub fn new(mut numbers: Vec<u128>) -> Self {
        numbers.sort_unstable();
        numbers.dedup();
        Self(numbers)
    }

    /// Where in the list this person stands; `None` where LINE does not list them.
    #[must_use]
    pub fn place(&self, user: &LineUserId) -> Option<usize> {
        self.0.binary_search(&user.number()).ok()
    }

    /// Those at the places that are not `known`.
    pub fn others<'a>(&'a self, known: &'a [bool]) -> impl Iterator<Item = LineUserId> + 'a {
        let unknown = |place: &usize| !known.get(*place).copied().unwrap_or(false);
        (0..self.0.len()).filter(unknown).map(|place| LineUserId::of_number(self.0[place]))
    }

    /// How many they are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether nobody is listed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fifty_or_two_in_a_hundred_may_leave_unasked() {
        assert!(!too_many(50, 60) && too_many(51, 60));
        assert!(!too_many(2_000, 100_000) && too_many(2_001, 100_000));
        assert!(!too_many(0, 0));
    }

    #[test]
    fn who_is_listed_is_found_in_whatever_order_the_pages_came() {
        let user = |number: u128| LineUserId::parse(&format!("U{number:032x}")).unwrap();
        let friends = Friends::new(vec![9, 1, u128::MAX, 1]);
        assert_eq!(friends.len(), 3);
        assert_eq!((friends.place(&user(1)), friends.place(&user(2))), (Some(0), None));
        assert_eq!(friends.place(&user(u128::MAX)), Some(2));
        assert!(friends.others(&[true, false, true]).eq([user(9)]));
        assert!(Friends::default().is_empty());
    }
}
