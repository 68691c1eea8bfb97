//! The states of a broadcast and the closed table of its transitions; what an approval binds; when something is late.
//!
//! Whatever the table doesn't hold is refused, so that a finished broadcast can never start again from its beginning.
//! The words that are stored stand in [`words`], the cutting into batches and their keys in [`batch`]. Nothing here
//! knows who is logged in or what time it is: both come in.

pub mod apology;
pub mod batch;
pub mod caution;
pub mod check_ups;
pub mod forecast;
pub mod hours;
pub mod lasting;
pub mod limits;
pub mod link;
pub mod opening;
pub mod pilot;
pub mod reading;
pub mod rhythm;
pub mod standing;
pub mod tier;
pub mod times;
pub mod trial;
pub mod unfilled;
pub mod unit;
pub mod whom;
pub mod words;

use std::time::Duration;

pub use batch::{GIVE_UP_AFTER, MAX_BATCH, PlannedBatch};
pub use check_ups::CheckUpRules;
pub use pilot::Pilot;
pub use reading::{ReaderToken, Reading};
pub use times::{TimeFault, time_faults};
pub use whom::Whom;
pub use words::{BatchState, Caution, Class, Hold, LedgerState, Reason, State, UnknownWord};

use super::digest::Digest;
use super::message::Content;
use super::timestamp::Timestamp;

/// How long after its time a broadcast is still started by itself; later it is asked, never fired.
pub const LATEST_START: Duration = Duration::from_secs(60 * 60);

impl State {
    /// The closed table: whether a broadcast in this state may become one in `next`.
    #[must_use]
    pub fn may_become(self, next: Self) -> bool {
        use State::{Approved, Done, Draft, Expired, Paused, Planned, Sending, Stopped, Submitted};
        match self {
            Draft => matches!(next, Submitted | Stopped),
            Submitted => matches!(next, Draft | Approved | Stopped),
            Approved => matches!(next, Draft | Planned | Paused | Stopped | Expired),
            Planned => matches!(next, Sending | Paused | Stopped | Expired),
            Sending => matches!(next, Paused | Done | Stopped | Expired),
            Paused => matches!(next, Approved | Sending | Draft | Stopped | Expired),
            Done | Stopped | Expired => false,
        }
    }

    /// Whether nothing will ever happen to it again.
    #[must_use]
    pub fn is_final(self) -> bool {
        matches!(self, Self::Done | Self::Stopped | Self::Expired)
    }

    /// Whether its text may be edited; an edit makes it a draft again and voids what was submitted or approved.
    #[must_use]
    pub fn is_editable(self) -> bool {
        matches!(self, Self::Draft | Self::Submitted | Self::Approved)
    }
}

impl Hold {
    /// The closed list: whether a person may let a broadcast go on that is held for this while its recipients are frozen.
    /// Whatever would only be held again, or could reach somebody twice or with what nobody approved, can only be ended.
    #[must_use]
    pub fn may_go_on(self) -> bool {
        match self {
            // Somebody has waited, or something outside has been put right; the rest is looked at again before it is sent.
            Self::Staff
            | Self::Late
            | Self::MonthlyLimit
            | Self::QuotaShort
            | Self::Failures
            | Self::Rejections
            | Self::RuleUnreadable
            | Self::Restored => true,
            // The text that is frozen is refused or is another; the figures are wrong; LINE's memory has an end.
            Self::ContentRefused
            | Self::NotApproved
            | Self::Mismatch
            | Self::RestoredLate
            | Self::SentBefore => false,
            // Asked before anybody is frozen, or no reason to be paused at all.
            Self::AudienceMoved
            | Self::NewCaution
            | Self::NeedsSecond
            | Self::NobodyHasValues
            | Self::RuleOutdated
            | Self::QuietHours
            | Self::Pilot
            | Self::HourlyLimit
            | Self::QuotaUnknown => false,
        }
    }

    /// Whether a broadcast that is held for this before its recipients are frozen may wait for its time again as it was
    /// approved; every other one has to be approved anew.
    #[must_use]
    pub fn may_wait_again(self) -> bool {
        matches!(self, Self::Staff | Self::Late)
    }
}

/// Everything an approval is bound to.
#[derive(Clone, Copy)]
pub struct Proposal<'a> {
    /// The rule in its canonical text form.
    pub rule: &'a str,
    /// What is said.
    pub content: &'a Content,
    /// How the audience is split, as stored.
    pub trial: Option<&'a serde_json::Value>,
    /// What it is for.
    pub class: Class,
    /// The topic (分野), which decides who has declined it.
    pub topic: &'a str,
    /// The series (配信シリーズ).
    pub series: &'a str,
    /// When it is to go out; `None` for at once.
    pub scheduled_at: Option<Timestamp>,
    /// When it is no longer true.
    pub expires_at: Option<Timestamp>,
    /// The cautions that the author had seen ([`caution::to_text`]).
    pub cautions: &'a str,
    /// The rules behind 対象の健診名 as stored ([`CheckUpRules`]), where a text asks for them.
    pub check_up_rules: Option<&'a str>,
    /// Whom it goes to; `None` where what is stored does not fit together.
    pub whom: Option<Whom>,
}

impl Proposal<'_> {
    /// SHA-256 over all of it, in hexadecimal.
    #[must_use]
    pub fn hash(&self) -> String {
        let time = |at: Option<Timestamp>| at.map_or_else(|| "-".to_owned(), Timestamp::to_text);
        // What was approved before there were classes keeps its hash.
        let class = match self.class {
            Class::Ordinary => Digest::new("broadcast"),
            class => Digest::new("broadcast").part(class.id()),
        };
        let split = match self.trial {
            None => class,
            Some(trial) => class.part("trial").part(&trial.to_string()),
        };
        let digest = split
            .part(self.rule)
            .part(&self.content.hash())
            .part(self.topic)
            .part(self.series)
            .part(&time(self.scheduled_at))
            .part(&time(self.expires_at))
            .part(self.cautions);
        let digest = match self.check_up_rules {
            None => digest,
            Some(rules) => digest.part("check-ups").part(rules),
        };
        match self.whom.map(Whom::bound) {
            Some(None) => digest,
            Some(Some(bound)) => digest.part(&bound),
            None => digest.part("nobody"),
        }
        .hex()
    }
}

/// Whether an audience has moved so far since approval that a person has to be asked: by more than 10 % and by more
/// than 50 people, in either direction.
#[must_use]
pub fn has_moved(approved: i64, now: i64) -> bool {
    let moved = approved.abs_diff(now);
    50 < moved && approved.unsigned_abs() < moved.saturating_mul(10)
}

/// Whether `due` is so long ago that it is asked, not fired.
#[must_use]
pub fn is_late(due: Timestamp, now: Timestamp) -> bool {
    LATEST_START < now.since(due)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ids::BroadcastId;

    #[test]
    fn what_is_over_never_begins_again() {
        for over in State::ALL.into_iter().filter(|state| state.is_final()) {
            assert!(State::ALL.into_iter().all(|next| !over.may_become(next)), "{over:?}");
        }
    }

    #[test]
    fn only_an_approved_broadcast_is_planned_and_only_a_submitted_or_asked_one_is_approved() {
        let before = |next: State| State::ALL.into_iter().filter(move |state| state.may_become(next));
        assert!(before(State::Planned).eq([State::Approved]));
        assert!(before(State::Approved).eq([State::Submitted, State::Paused]));
        assert!(before(State::Sending).eq([State::Planned, State::Paused]));
    }

    #[test]
    fn an_approval_is_bound_to_each_part() {
        let (one, two) = (Content::japanese_text("健診"), Content::japanese_text("検診"));
        let at = Some(Timestamp::from_millis(1));
        let split = serde_json::json!({ "held_out": 1_000 });
        let base = Proposal {
            rule: "r",
            content: &one,
            trial: None,
            class: Class::Ordinary,
            topic: "kenshin",
            series: "s",
            scheduled_at: None,
            expires_at: None,
            cautions: "",
            check_up_rules: None,
            whom: Some(Whom::Rule),
        };
        let earlier = BroadcastId(uuid::Uuid::from_u128(1));
        let others = [
            Proposal { rule: "q", ..base },
            Proposal { content: &two, ..base },
            Proposal { topic: "bosai", ..base },
            Proposal { series: "t", ..base },
            Proposal { scheduled_at: at, ..base },
            Proposal { expires_at: at, ..base },
            Proposal { cautions: "few", ..base },
            Proposal { trial: Some(&split), ..base },
            Proposal { check_up_rules: Some("[]"), ..base },
            Proposal { class: Class::Correction, ..base },
            Proposal { class: Class::Emergency, ..base },
            Proposal { whom: Some(Whom::Reached(earlier)), ..base },
            Proposal { whom: Some(Whom::Missed(earlier)), ..base },
            Proposal { whom: None, ..base },
        ];
        let mut hashes: Vec<_> = others.iter().map(Proposal::hash).chain([base.hash()]).collect();
        hashes.sort();
        hashes.dedup();
        assert_eq!(hashes.len(), 15);
    }

    #[test]
    fn an_audience_has_moved_beyond_the_greater_of_a_tenth_and_fifty() {
        assert!(!has_moved(100, 150) && has_moved(100, 151));
        assert!(!has_moved(1_000, 1_100) && has_moved(1_000, 1_101) && has_moved(1_000, 899));
        assert!(!has_moved(0, 50) && has_moved(0, 51));
    }

    #[test]
    fn an_hour_is_in_time_and_a_minute_more_is_late() {
        let due = Timestamp::from_millis(0);
        assert!(!is_late(due, due.plus(LATEST_START)));
        assert!(is_late(due, due.plus(LATEST_START + Duration::from_secs(1))));
        assert!(!is_late(due.plus(LATEST_START), due));
    }
}
