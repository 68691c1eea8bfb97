//! A standing approval (継続の承認): two people agree once to the exact text, rule and schedule of a repeat, until a day
//! and for so many people a run. What doesn't fit is never approved by itself; it waits for people as any other draft.
//!
//! Nothing here knows who is logged in or what day it is: all of it comes in.

use jiff::ToSpan;
use jiff::civil::Date;

use super::caution;
use super::has_moved;
use super::words::Caution;
use crate::domain::digest::Digest;
use crate::domain::message::Content;

/// So many people agree to one, whoever it reaches: no third pair of eyes sees each run.
pub const APPROVERS: usize = 2;
/// The longest that one lasts, in months.
pub const LONGEST_MONTHS: i64 = 12;

/// How far it goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Terms {
    /// The last day on which a run may go out.
    pub ends: Date,
    /// The most recipients of a run.
    pub most: i64,
}

impl Terms {
    /// Whether they can be agreed to on a day: an end that lies ahead and within twelve months, and somebody to reach.
    #[must_use]
    pub fn are_sound(&self, today: Date) -> bool {
        today < self.ends && self.ends <= today.saturating_add(LONGEST_MONTHS.months()) && 0 < self.most
    }
}

/// Everything that is agreed to.
#[derive(Clone, Copy)]
pub struct Pledge<'a> {
    /// The repeat.
    pub repeat: &'a str,
    /// What is said.
    pub content: &'a Content,
    /// How the audience is split, as stored.
    pub trial: Option<&'a serde_json::Value>,
    /// The saved rule in its canonical form, with its shared conditions; and with the values of its parameters.
    pub rule: &'a str,
    /// The rules behind 対象の健診名 as of the day ([`CheckUpRules`](super::CheckUpRules)), where the text asks for them.
    pub check_up_rules: Option<&'a str>,
    /// Its path.
    pub segment_path: &'a str,
    /// The topic (分野).
    pub topic: &'a str,
    /// The series (配信シリーズ).
    pub series: &'a str,
    /// Days, shift, time, lead, and how long a run is true, as stored.
    pub schedule: &'a str,
    /// How far it goes.
    pub terms: Terms,
    /// The cautions that were seen ([`caution::to_text`]).
    pub cautions: &'a str,
}

impl Pledge<'_> {
    /// SHA-256 over all of it, in hexadecimal.
    #[must_use]
    pub fn hash(&self) -> String {
        let digest = Digest::new("standing")
            .part(self.repeat)
            .part(&self.content.hash())
            .part(self.rule)
            .part(self.segment_path)
            .part(self.topic)
            .part(self.series)
            .part(self.schedule)
            .part(&self.terms.ends.to_string())
            .part(&self.terms.most.to_string())
            .part(self.cautions);
        let digest = match self.check_up_rules {
            None => digest,
            Some(rules) => digest.part(rules),
        };
        match self.trial {
            None => digest,
            Some(trial) => digest.part("trial").part(&trial.to_string()),
        }
        .hex()
    }
}

/// Why a run is not approved by itself.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WhyNot {
    /// Text, rule or schedule are not the ones that were agreed to.
    #[error("承認されたときから、文章、条件、または予定が変わっています。")]
    Changed,
    /// It would go out after the last day.
    #[error("継続の承認の期限({0})を過ぎています。")]
    Over(Date),
    /// One who agreed may no longer approve.
    #[error("継続の承認をした職員が、いまは承認者ではありません。")]
    ApproverGone,
    /// Somebody has worked on the draft.
    #[error("下書きが職員によって変更されました。")]
    Touched,
    /// More people than agreed to.
    #[error("届く人が{now}人で、承認された{most}人を超えています。")]
    TooMany {
        /// Recipients now.
        now: i64,
        /// The most that were agreed to.
        most: i64,
    },
    /// The audience is not the one of the last run.
    #[error("届く人が前回の{then}人から{now}人に大きく変わりました。")]
    Moved {
        /// Recipients of the last run.
        then: i64,
        /// Recipients now.
        now: i64,
    },
    /// There is no last run to compare with.
    #[error("くらべられる前回の配信がありません。")]
    NoLastRun,
    /// There is a caution that nobody has seen.
    #[error("承認のときにはなかった注意があります: {0}")]
    Caution(&'static str),
    /// What is asked of every draft is not so, in its own sentence.
    #[error("{0}")]
    Refused(String),
}

/// A run, as it is measured.
#[derive(Clone, Debug)]
pub struct Measured<'a> {
    /// The day on which it goes out.
    pub day: Date,
    /// Its recipients.
    pub now: i64,
    /// The recipients of the run before.
    pub then: Option<i64>,
    /// Its cautions.
    pub cautions: &'a [Caution],
}

/// Why a run is not within what was agreed to; nothing where it is.
#[must_use]
pub fn why_not(terms: Terms, seen: &[Caution], run: &Measured<'_>) -> Option<WhyNot> {
    let Measured { day, now, then, cautions } = run;
    if terms.ends < *day {
        return Some(WhyNot::Over(terms.ends));
    }
    if terms.most < *now {
        return Some(WhyNot::TooMany { now: *now, most: terms.most });
    }
    let Some(then) = *then else { return Some(WhyNot::NoLastRun) };
    if has_moved(then, *now) {
        return Some(WhyNot::Moved { then, now: *now });
    }
    cautions.iter().find(|one| !seen.contains(one)).map(|one| WhyNot::Caution(one.word()))
}

/// The cautions of a stored list.
#[must_use]
pub fn seen(stored: &str) -> Vec<Caution> {
    caution::from_text(stored)
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    const TERMS: Terms = Terms { ends: date(2027, 3, 31), most: 100 };

    #[test]
    fn it_lasts_twelve_months_at_most_and_reaches_somebody() {
        let sound = |ends, most| Terms { ends, most }.are_sound(date(2026, 7, 1));
        assert!(sound(date(2026, 7, 2), 1) && sound(date(2027, 7, 1), 1));
        assert!(!sound(date(2026, 7, 1), 1) && !sound(date(2027, 7, 2), 1) && !sound(date(2027, 1, 1), 0));
    }

    #[test]
    fn a_run_is_within_it_up_to_each_edge() {
        let day = date(2027, 3, 31);
        let run = Measured { day, now: 100, then: Some(50), cautions: &[Caution::Few] };
        let why = |run: &Measured<'_>| why_not(TERMS, &[Caution::Few], run);
        assert_eq!(why(&run), None);
        let after = date(2027, 4, 1);
        assert_eq!(why(&Measured { day: after, ..run.clone() }), Some(WhyNot::Over(TERMS.ends)));
        assert_eq!(why(&Measured { now: 101, ..run.clone() }), Some(WhyNot::TooMany { now: 101, most: 100 }));
        assert_eq!(
            why(&Measured { then: Some(49), ..run.clone() }),
            Some(WhyNot::Moved { then: 49, now: 100 })
        );
        assert_eq!(why(&Measured { then: None, ..run.clone() }), Some(WhyNot::NoLastRun));
        let unseen = Measured { cautions: &[Caution::Few, Caution::ManyUnknown], ..run };
        assert_eq!(why(&unseen), Some(WhyNot::Caution(Caution::ManyUnknown.word())));
    }

    #[test]
    fn it_is_bound_to_each_part() {
        let (one, two) = (Content::japanese_text("健診"), Content::japanese_text("検診"));
        let split = serde_json::json!({ "held_out": 1_000 });
        let base = Pledge {
            repeat: "r",
            content: &one,
            trial: None,
            rule: "a",
            check_up_rules: None,
            segment_path: "p",
            topic: "t",
            series: "s",
            schedule: "monthly 1 after 600 7",
            terms: TERMS,
            cautions: "",
        };
        let others = [
            base,
            Pledge { repeat: "q", ..base },
            Pledge { content: &two, ..base },
            Pledge { trial: Some(&split), ..base },
            Pledge { rule: "b", ..base },
            Pledge { check_up_rules: Some("[]"), ..base },
            Pledge { segment_path: "q", ..base },
            Pledge { topic: "u", ..base },
            Pledge { series: "u", ..base },
            Pledge { schedule: "monthly 2 after 600 7", ..base },
            Pledge { schedule: "monthly 1 after 600 7 expires 7", ..base },
            Pledge { schedule: "monthly 1 after 600 7 deadline 7", ..base },
            Pledge { terms: Terms { ends: date(2027, 3, 30), ..TERMS }, ..base },
            Pledge { terms: Terms { most: 101, ..TERMS }, ..base },
            Pledge { cautions: "few", ..base },
        ];
        // What was agreed to before a run could expire by itself is agreed to still.
        assert_eq!(base.hash(), "187ff715116ce2dd6e487921a56eda2190a35a9e67614d5cdd30f57ca634972e");
        let mut hashes: Vec<_> = others.iter().map(Pledge::hash).collect();
        hashes.sort();
        hashes.dedup();
        assert_eq!(hashes.len(), others.len());
    }
}
