//! Splitting an audience as a trial says: who gets which text, and who gets nothing. Without a trial all get the same.
//!
//! The draw is a value of the account and the salt, so a second planner arrives at the same split. It changes nothing.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::broadcast::trial::{Place, TrialFault};
use crate::domain::ids::AccountId;
use crate::domain::message::{Blank, Content};
use crate::store::broadcasts::Broadcast;

/// A split audience.
pub(super) struct Split {
    /// Those who get nothing.
    pub held_out: Vec<AccountId>,
    arms: BTreeMap<String, (Content, Vec<AccountId>)>,
}

impl Split {
    /// Splits the recipients of a broadcast.
    ///
    /// # Errors
    /// Where its trial can't be read or is none for its class; then nobody may be planned.
    pub(super) fn of(broadcast: &Broadcast, recipients: &[AccountId]) -> Result<Self, TrialFault> {
        let own = || broadcast.content.clone();
        let Some(trial) = broadcast.trial()? else {
            let arms = BTreeMap::from([(String::new(), (own(), recipients.to_vec()))]);
            return Ok(Self { held_out: Vec::new(), arms });
        };
        trial.check(broadcast.class)?;
        let mut split = Self { held_out: Vec::new(), arms: BTreeMap::new() };
        for arm in &trial.arms {
            let content = arm.other_content().transpose()?.unwrap_or_else(own);
            split.arms.insert(arm.id.clone(), (content, Vec::new()));
        }
        for account in recipients {
            match trial.place(*account) {
                Place::HeldOut => split.held_out.push(*account),
                Place::Arm(id) => {
                    split.arms.entry(id.to_owned()).or_insert_with(|| (own(), Vec::new())).1.push(*account)
                }
            }
        }
        Ok(split)
    }

    /// Each arm with its text and those who get it.
    pub(super) fn arms(&self) -> impl Iterator<Item = (&str, &Content, &[AccountId])> {
        self.arms.iter().map(|(arm, (content, members))| (arm.as_str(), content, members.as_slice()))
    }

    /// Everybody who gets something, in ascending order.
    pub(super) fn sent(&self) -> Vec<AccountId> {
        let mut sent: Vec<_> = self.arms().flat_map(|(_, _, members)| members.iter().copied()).collect();
        sent.sort_unstable();
        sent
    }

    /// The blanks of any text whose values differ from reader to reader.
    pub(super) fn blanks(&self) -> BTreeSet<Blank> {
        self.arms().flat_map(|(_, content, _)| content.personal_blanks()).collect()
    }

    /// Whether it is counted how often links of some text are opened.
    pub(super) fn counts_taps(&self) -> bool {
        self.arms().any(|(_, content, _)| !content.links().is_empty())
    }

    /// Whether some text is written in several languages.
    pub(super) fn has_variants(&self) -> bool {
        self.arms().any(|(_, content, _)| content.variants().count() != 1)
    }
}
