//! One account with its persons, as a rule sees them.
//!
//! A value, filled by whoever reads the database (or an example in a rule file). It also says who may not be sent to
//! whatever a rule says: those reasons are always applied and can't be removed in a file.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::attribute::{Facts, TopicId, core};
use super::history::History;
use super::ids::{AccountId, PersonId};

/// A friend's account with everybody registered on it.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Household {
    /// Whether the account can be sent to at all.
    pub standing: Standing,
    /// Facts of the account.
    pub account: Facts,
    /// Topics that the friend has declined.
    pub declined: BTreeSet<TopicId>,
    /// The friend (続柄 本人) and the family, in the order of registration.
    pub persons: Vec<Person>,
    /// Broadcasts received and tapped.
    pub history: History,
    /// What decides the number of the account in a draw (抽選).
    pub lot: Lot,
}

/// One person of a household.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Person {
    /// Our id; `None` only for somebody made up (an example, or a friend who registered nothing).
    pub id: Option<PersonId>,
    /// What is known.
    pub facts: Facts,
    /// Whether the person lives here.
    pub standing: PersonStanding,
    /// Check-ups and bookings.
    pub history: History,
}

impl Person {
    /// Whether this is the friend.
    #[must_use]
    pub fn is_self(&self) -> bool {
        self.facts.choice(core::RELATION) == Some(core::SELF)
    }
}

/// What decides the number of an account in a draw (抽選).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Lot {
    /// Nothing: somebody made up.
    #[default]
    Unknown,
    /// The account's id together with the salt of the rule.
    Of(AccountId),
    /// An example says the number itself, from 0 to 9999.
    Drawn(u16),
}

/// Whether an account can be sent to at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The friend follows the account (has not blocked or left it).
    pub following: bool,
    /// The friend's agreement to the use of registered data.
    pub consent: Consent,
    /// The friend asked to get nothing at all, or staff stopped sending.
    pub sending_stopped: bool,
    /// The data were erased on request.
    pub erased: bool,
}

impl Default for Standing {
    /// A follower who has agreed.
    fn default() -> Self {
        Self { following: true, consent: Consent::Given, sending_stopped: false, erased: false }
    }
}

/// The friend's agreement to the use of registered data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Consent {
    /// Agreed.
    Given,
    /// Never asked or not answered yet: there are no facts, but notices for every friend still arrive.
    NotYet,
    /// Taken back: nothing is sent.
    Withdrawn,
}

/// Whether a person lives here, as an import knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PersonStanding {
    /// Lives here, or nothing else is known.
    #[default]
    Active,
    /// Has moved away.
    Moved,
    /// Has died.
    Deceased,
}

/// Why nothing is sent, whatever a rule says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AlwaysExcluded {
    /// The data were erased.
    Erased,
    /// Blocked or left.
    NotFollowing,
    /// Consent withdrawn.
    ConsentWithdrawn,
    /// Sending stopped.
    SendingStopped,
    /// This topic declined.
    TopicDeclined,
    /// The person has died.
    Deceased,
    /// The person has moved away.
    Moved,
}

impl AlwaysExcluded {
    /// One phrase for the console.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Erased => "登録が消されています",
            Self::NotFollowing => "友だちではありません(ブロックまたは退会)",
            Self::ConsentWithdrawn => "同意が取り消されています",
            Self::SendingStopped => "配信が止められています",
            Self::TopicDeclined => "この分野の受け取りを断っています",
            Self::Deceased => "亡くなられています",
            Self::Moved => "転出されています",
        }
    }
}

impl Household {
    /// Why this account gets nothing of this topic, whatever the rule; `None` if it may.
    ///
    /// The account of somebody who has died gets nothing. Somebody who moved away may still look after parents here:
    /// that takes out the person, not the account.
    #[must_use]
    pub fn always_excluded(&self, topic: Option<&str>) -> Option<AlwaysExcluded> {
        let standing = &self.standing;
        let friend_died = self.friend().is_some_and(|friend| friend.standing == PersonStanding::Deceased);
        let declined = topic.is_some_and(|topic| self.declined.contains(topic));
        let reasons = [
            (standing.erased, AlwaysExcluded::Erased),
            (!standing.following, AlwaysExcluded::NotFollowing),
            (standing.consent == Consent::Withdrawn, AlwaysExcluded::ConsentWithdrawn),
            (standing.sending_stopped, AlwaysExcluded::SendingStopped),
            (declined, AlwaysExcluded::TopicDeclined),
            (friend_died, AlwaysExcluded::Deceased),
        ];
        reasons.into_iter().find_map(|(holds, reason)| holds.then_some(reason))
    }

    /// The friend, if registered.
    #[must_use]
    pub fn friend(&self) -> Option<&Person> {
        self.persons.iter().find(|person| person.is_self())
    }
}

impl Person {
    /// Why this person is never a target, whatever the rule; `None` if they may be.
    #[must_use]
    pub fn always_excluded(&self) -> Option<AlwaysExcluded> {
        match self.standing {
            PersonStanding::Active => None,
            PersonStanding::Moved => Some(AlwaysExcluded::Moved),
            PersonStanding::Deceased => Some(AlwaysExcluded::Deceased),
        }
    }
}
