//! Comparing who follows with what LINE says: what counts as too many leaving at once, and how a list is looked up.
//!
//! A list that is broken looks like many people who left. So a large change is never believed by itself; whoever LINE
//! lists is a friend in any case. Pure: what LINE said and what we remember come in.

use super::ids::LineUserId;

/// So many may leave in one comparison without a question, however small the account.
pub const FEW: i64 = 50;

/// Whether so many leave at once that a person has to be asked: more than 50 and more than 2 % of those who follow.
#[must_use]
pub fn too_many(leaving: i64, following: i64) -> bool {
    FEW.max(following / 50) < leaving
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

    /// Whether LINE lists this person.
    #[must_use]
    pub fn has(&self, user: &LineUserId) -> bool {
        self.0.binary_search(&user.number()).is_ok()
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
        assert!(friends.has(&user(1)) && friends.has(&user(u128::MAX)) && !friends.has(&user(2)));
        assert!(Friends::default().is_empty());
    }
}
