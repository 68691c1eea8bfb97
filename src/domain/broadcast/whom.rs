//! Whom a broadcast goes to: a closed list of kinds, stored with it and bound into its approval.
//!
//! Most go to a saved rule. A correction goes to exactly those whom the faulty broadcast may have reached, and what is
//! sent again goes to those whom it did not reach: both read the ledger of the earlier broadcast. A correction has no rule at
//! all; what is sent again keeps the one of the earlier broadcast, which names nobody, and whoever no longer fits it is left
//! out at the last look.
//! Whatever the kind, who has blocked, stopped, declined or withdrawn since then is left out at the last look.

use super::words::{LedgerState, Reason};
use crate::domain::ids::BroadcastId;

/// Whom a broadcast goes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whom {
    /// Those whom a saved rule selects.
    Rule,
    /// Those of a saved rule whose day it is; the rule's text names the day.
    Day,
    /// Everybody in districts, or everybody, as an emergency says it; there is no saved rule.
    Districts,
    /// Everybody whom an earlier broadcast has reached, or may have: accepted, unknown, or still in a call to LINE.
    Reached(BroadcastId),
    /// Everybody whom an earlier broadcast planned and did not reach, though nothing speaks against it.
    Missed(BroadcastId),
}

impl Whom {
    /// From the stored columns; `None` where they do not fit together, and then nobody is meant.
    #[must_use]
    pub fn from_stored(
        word: &str,
        correction_of: Option<BroadcastId>,
        resend_of: Option<BroadcastId>,
    ) -> Option<Self> {
        Some(match (word, correction_of, resend_of) {
            ("rule", None, None) => Self::Rule,
            ("day", None, None) => Self::Day,
            ("districts", None, None) => Self::Districts,
            ("reached", Some(earlier), None) => Self::Reached(earlier),
            ("missed", None, Some(earlier)) => Self::Missed(earlier),
            _ => return None,
        })
    }

    /// The stored word.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Self::Rule => "rule",
            Self::Day => "day",
            Self::Districts => "districts",
            Self::Reached(_) => "reached",
            Self::Missed(_) => "missed",
        }
    }

    /// What an approval is bound to beside the rule's text; nothing for a saved rule, whose text says it all.
    #[must_use]
    pub fn bound(self) -> Option<String> {
        match self {
            Self::Rule => None,
            Self::Day | Self::Districts => Some(self.id().to_owned()),
            Self::Reached(earlier) | Self::Missed(earlier) => Some(format!("{} {earlier}", self.id())),
        }
    }

    /// The broadcast whose ledger names the recipients.
    #[must_use]
    pub fn earlier(self) -> Option<BroadcastId> {
        match self {
            Self::Rule | Self::Day | Self::Districts => None,
            Self::Reached(earlier) | Self::Missed(earlier) => Some(earlier),
        }
    }

    /// Whether a row of the earlier broadcast's ledger names a recipient; never for a rule.
    ///
    /// Nobody who accepted the earlier one is ever missed, and nobody who certainly did not get it needs a correction.
    #[must_use]
    pub fn takes(self, state: LedgerState, reason: Option<Reason>) -> bool {
        use LedgerState::{Accepted, Attempting, Rejected, Skipped, Stopped, Unknown};
        match self {
            Self::Rule | Self::Day | Self::Districts => false,
            Self::Reached(_) => matches!(state, Accepted | Attempting | Unknown),
            Self::Missed(_) => match state {
                Rejected | Unknown => true,
                // What expired is no longer true for those either who have not got it.
                Stopped => reason != Some(Reason::Expired),
                // Whoever was skipped for another reason has left, or wants no more of it.
                Skipped => reason == Some(Reason::FrequencyCap),
                _ => false,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn the_kind_is_read_as_it_was_stored_and_a_row_that_does_not_fit_is_nobody() {
        let earlier = BroadcastId(Uuid::from_u128(7));
        assert_eq!(Whom::from_stored("rule", None, None), Some(Whom::Rule));
        assert_eq!(Whom::from_stored("reached", Some(earlier), None), Some(Whom::Reached(earlier)));
        for (word, correction_of, resend_of) in [
            ("rule", Some(earlier), None),
            ("reached", None, Some(earlier)),
            ("missed", None, None),
            ("everyone", None, None),
            ("", None, None),
        ] {
            assert_eq!(Whom::from_stored(word, correction_of, resend_of), None, "{word}");
        }
    }

    #[test]
    fn a_correction_goes_to_all_who_may_have_it_and_a_repetition_to_nobody_who_surely_has() {
        let earlier = BroadcastId(Uuid::from_u128(7));
        let (reached, missed) = (Whom::Reached(earlier), Whom::Missed(earlier));
        for state in LedgerState::ALL {
            let of_rule = Whom::Rule.takes(state, None);
            assert!(!of_rule, "{state:?}");
            let may_have =
                matches!(state, LedgerState::Accepted | LedgerState::Attempting | LedgerState::Unknown);
            assert_eq!(reached.takes(state, None), may_have, "{state:?}");
        }
        assert!(!missed.takes(LedgerState::Accepted, None) && !missed.takes(LedgerState::Planned, None));
        assert!(!missed.takes(LedgerState::Skipped, Some(Reason::NotFollowing)));
        assert!(!missed.takes(LedgerState::Skipped, Some(Reason::TopicDeclined)));
        assert!(missed.takes(LedgerState::Skipped, Some(Reason::FrequencyCap)));
        assert!(missed.takes(LedgerState::Stopped, Some(Reason::Halted)));
        assert!(!missed.takes(LedgerState::Stopped, Some(Reason::Expired)));
        assert!(missed.takes(LedgerState::Unknown, None) && missed.takes(LedgerState::Rejected, None));
    }
}
