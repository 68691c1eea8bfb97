//! A trial (比較): a broadcast in two or three texts, and a share of its audience that gets nothing, to see what it does.
//!
//! Who is in which arm is drawn by the stable bucket under the salt of the series: the same people are held out in every
//! broadcast of it, whoever plans and however often. A class that must reach everybody has no trial.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::words::Class;
use crate::domain::ids::AccountId;
use crate::domain::message::Content;
use crate::domain::segment::bucket::{BUCKETS, Draw};

/// The names of the arms; the first has the broadcast's own text.
pub const ARMS: [&str; 3] = ["A", "B", "C"];

/// The largest share that may be held out: a half.
pub const MOST_HELD_OUT: u16 = BUCKETS / 2;

/// How an audience is split.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Trial {
    /// What the draw depends on beside the account.
    pub salt: String,
    /// The share in 1/10000 that gets nothing.
    pub held_out: u16,
    /// The arms, in the order of [`ARMS`].
    pub arms: Vec<Arm>,
}

/// One arm.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Arm {
    /// Its name.
    pub id: String,
    /// Its share of all in 1/10000.
    pub share: u16,
    /// Its text as stored; none for the broadcast's own.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub content: Option<Value>,
}

/// One text of a broadcast.
#[derive(Clone, PartialEq)]
pub struct Said {
    /// The arm that says it; none for the broadcast's own text.
    pub arm: Option<String>,
    /// The text.
    pub content: Content,
}

/// Where somebody was drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place<'a> {
    /// Gets nothing.
    HeldOut,
    /// Gets the text of this arm.
    Arm(&'a str),
}

/// What is wrong with a trial.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TrialFault {
    /// The stored trial can't be read.
    #[error("比較の設定を読み取れません。設定し直してください。")]
    Unreadable,
    /// The series was changed after the split.
    #[error("シリーズを変えたため、比較を設定し直してください。")]
    OtherSeries,
    /// A class that must reach everybody.
    #[error("緊急の配信と訂正の配信では、比較も「送らない人」も設定できません。全員に送ります。")]
    NotForThisClass,
    /// More than a half is held out, or the shares are not the whole.
    #[error("割合が正しくありません。「送らない人」は50%まで、残りを各案に分けてください。")]
    Shares,
    /// An arm has no text of its own, or there are too many, or it splits nothing.
    #[error("比べる案が足りません。B案の本文を選ぶか、「送らない人」の割合を入れてください。")]
    Arms,
    /// An arm's text can't be sent.
    #[error("比べる案の本文に、直すところがあります。その下書きを直してから、選び直してください。")]
    Content,
    /// Two arms are the same draft.
    #[error("{other}案と同じ下書きです。別の下書きを選んでください。")]
    SameDraft {
        /// The later arm.
        arm: &'static str,
        /// The arm that is the same draft.
        other: &'static str,
    },
    /// Two arms say the same: there would be nothing to compare.
    #[error("{other}案と同じ文章です。文章のちがう下書きを選んでください。")]
    SameText {
        /// The later arm.
        arm: &'static str,
        /// The arm that says the same.
        other: &'static str,
    },
}

impl Trial {
    /// Splits what is not held out evenly between the broadcast's own text and the `others`.
    #[must_use]
    pub fn evenly(salt: &str, held_out: u16, others: &[&Content]) -> Self {
        let rest = BUCKETS.saturating_sub(held_out);
        let count = u16::try_from(others.len() + 1).unwrap_or(u16::MAX);
        let each = rest / count;
        let contents = std::iter::once(None).chain(others.iter().map(|content| Some(content.to_value())));
        let arm = |(at, (id, content)): (usize, (&&str, Option<Value>))| {
            // What does not divide goes to the broadcast's own text.
            let share = if at == 0 { rest - each * (count - 1) } else { each };
            Arm { id: (*id).to_owned(), share, content }
        };
        let arms = ARMS.iter().zip(contents).enumerate().map(arm).collect();
        Self { salt: salt.to_owned(), held_out, arms }
    }

    /// Reads a stored trial.
    ///
    /// # Errors
    /// `Unreadable`; then nobody may be planned.
    pub fn read(stored: &Value) -> Result<Self, TrialFault> {
        serde_json::from_value(stored.clone()).map_err(|_| TrialFault::Unreadable)
    }

    /// As it is stored.
    #[must_use]
    pub fn to_value(&self) -> Value {
        serde_json::to_value(self).unwrap_or_default()
    }

    /// Whether it can be planned for a class.
    ///
    /// # Errors
    /// The first fault.
    pub fn check(&self, class: Class) -> Result<(), TrialFault> {
        if class != Class::Ordinary {
            return Err(TrialFault::NotForThisClass);
        }
        let whole = self.arms.iter().fold(u32::from(self.held_out), |sum, arm| sum + u32::from(arm.share));
        if MOST_HELD_OUT < self.held_out || whole != u32::from(BUCKETS) {
            return Err(TrialFault::Shares);
        }
        let named = self.arms.iter().zip(ARMS).all(|(arm, id)| arm.id == id && 0 < arm.share);
        let own = self.arms.iter().enumerate().all(|(at, arm)| (at == 0) == arm.content.is_none());
        let splits = 1 < self.arms.len() || 0 < self.held_out;
        if !named || !own || !splits || !(1..=ARMS.len()).contains(&self.arms.len()) {
            return Err(TrialFault::Arms);
        }
        let sound = |arm: &Arm| {
            arm.other_content().is_none_or(|read| read.is_ok_and(|text| text.problems().is_empty()))
        };
        if self.arms.iter().all(sound) { Ok(()) } else { Err(TrialFault::Content) }
    }

    /// Whether it was drawn for this series.
    ///
    /// # Errors
    /// `OtherSeries`.
    pub fn check_series(&self, series: &str) -> Result<(), TrialFault> {
        if self.salt == series { Ok(()) } else { Err(TrialFault::OtherSeries) }
    }

    /// About how many of so many recipients get nothing.
    #[must_use]
    pub fn held_out_of(&self, recipients: i64) -> i64 {
        let whole = i64::from(BUCKETS);
        (recipients.saturating_mul(i64::from(self.held_out)) + whole / 2) / whole
    }

    /// Where an account was drawn.
    #[must_use]
    pub fn place(&self, account: AccountId) -> Place<'_> {
        let number = Draw::new(&self.salt).number(account);
        let mut from = self.held_out;
        if number < from {
            return Place::HeldOut;
        }
        for arm in &self.arms {
            from = from.saturating_add(arm.share);
            if number < from {
                return Place::Arm(&arm.id);
            }
        }
        // Shares that are not the whole are refused before; nobody gets anything by mistake.
        Place::HeldOut
    }

    /// The texts of the arms that have one of their own.
    ///
    /// # Errors
    /// Where one can't be read.
    pub fn others(&self) -> Result<Vec<Said>, TrialFault> {
        let said = |arm: &Arm| {
            let content = arm.other_content()?;
            Some(content.map(|content| Said { arm: Some(arm.id.clone()), content }))
        };
        self.arms.iter().filter_map(said).collect()
    }

    /// Every text of what is split as `stored`, its own first.
    ///
    /// # Errors
    /// Where the split or one of its texts can't be read.
    pub fn texts(own: &Content, stored: Option<&Value>) -> Result<Vec<Said>, TrialFault> {
        let others = stored.map(Self::read).transpose()?.as_ref().map(Self::others).transpose()?;
        let own = Said { arm: None, content: own.clone() };
        Ok(std::iter::once(own).chain(others.unwrap_or_default()).collect())
    }

    /// The arm with this name.
    #[must_use]
    pub fn arm(&self, id: &str) -> Option<&Arm> {
        self.arms.iter().find(|arm| arm.id == id)
    }
}

/// The first of some things, in the order of [`ARMS`], that is the same as an earlier one: its arm, and the earlier one's.
pub fn first_twin<T: PartialEq>(all: &[T]) -> Option<(&'static str, &'static str)> {
    let arms = || ARMS.into_iter().zip(all);
    arms().enumerate().find_map(|(at, (arm, one))| {
        let earlier = arms().take(at).find(|(_, earlier)| *earlier == one);
        earlier.map(|(other, _)| (arm, other))
    })
}

impl Arm {
    /// The text of its own, if it has one.
    #[must_use]
    pub fn other_content(&self) -> Option<Result<Content, TrialFault>> {
        let stored = self.content.clone()?;
        Some(Content::try_from(stored).map_err(|_| TrialFault::Unreadable))
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn two(held_out: u16) -> Trial {
        Trial::evenly("2026-大腸", held_out, &[&Content::japanese_text("検診")])
    }

    #[test]
    fn shares_are_even_and_the_whole() {
        let shares = |trial: Trial| trial.arms.iter().map(|arm| arm.share).collect::<Vec<_>>();
        assert_eq!(shares(two(1_000)), [4_500, 4_500]);
        let (b, c) = (Content::japanese_text("b"), Content::japanese_text("c"));
        assert_eq!(shares(Trial::evenly("s", 0, &[&b, &c])), [3_334, 3_333, 3_333]);
        assert_eq!(shares(Trial::evenly("s", 5_000, &[])), [5_000]);
    }

    #[test]
    fn a_trial_is_stored_and_read_and_what_is_none_is_refused() {
        let trial = two(1_000);
        assert_eq!(Trial::read(&trial.to_value()), Ok(trial.clone()));
        assert_eq!(Trial::read(&serde_json::json!({"arms": 1})), Err(TrialFault::Unreadable));
        assert_eq!(trial.check(Class::Ordinary), Ok(()));
        assert_eq!(trial.check(Class::Emergency), Err(TrialFault::NotForThisClass));
        assert_eq!(trial.check(Class::Correction), Err(TrialFault::NotForThisClass));
        assert_eq!(two(5_001).check(Class::Ordinary), Err(TrialFault::Shares));
        assert_eq!(Trial::evenly("s", 0, &[]).check(Class::Ordinary), Err(TrialFault::Arms));
        let empty = Trial::evenly("s", 0, &[&Content::japanese_text("")]);
        assert_eq!(empty.check(Class::Ordinary), Err(TrialFault::Content));
        let mut swapped = two(0);
        swapped.arms.swap(0, 1);
        assert_eq!(swapped.check(Class::Ordinary), Err(TrialFault::Arms));
    }

    #[test]
    fn about_as_many_are_held_out_as_the_share_says() {
        let of = |recipients| two(1_000).held_out_of(recipients);
        assert_eq!([0, 4, 5, 2_763, 2_765].map(of), [0, 0, 1, 276, 277]);
        assert_eq!(two(0).held_out_of(2_763), 0);
    }

    #[test]
    fn the_first_that_is_there_twice_is_named_with_its_twin() {
        assert_eq!(first_twin(&["a", "b", "c"]), None);
        assert_eq!(first_twin(&["a", "b", "b"]), Some(("C", "B")));
        assert_eq!(first_twin(&["a", "a", "a"]), Some(("B", "A")));
    }

    #[test]
    fn everybody_has_one_place_that_never_changes_and_shares_come_out() {
        let trial = two(2_000);
        let people = (0..100_000u128).map(|id| AccountId(Uuid::from_u128(id << 64 | id)));
        let places: Vec<_> = people.clone().map(|account| trial.place(account)).collect();
        assert!(places.iter().eq(people.map(|account| trial.place(account)).collect::<Vec<_>>().iter()));
        let count = |place| places.iter().filter(|one| **one == place).count();
        assert!(count(Place::HeldOut).abs_diff(20_000) < 700);
        assert!(
            count(Place::Arm("A")).abs_diff(40_000) < 700 && count(Place::Arm("B")).abs_diff(40_000) < 700
        );
        assert_eq!(count(Place::Arm("C")), 0);
    }
}
