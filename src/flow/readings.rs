//! Who reads what, from a split audience and what is known of its readers; and how that is cut into batches.
//!
//! Whoever lacks a value that the text can't do without reads nothing, and is named. It changes nothing.

use std::collections::{BTreeMap, BTreeSet};

use super::{Readers, Reads, Split};
use crate::domain::attribute::LanguageId;
use crate::domain::broadcast::forecast::Forecast;
use crate::domain::broadcast::{PlannedBatch, ReaderToken, Reading, batch};
use crate::domain::ids::AccountId;
use crate::domain::message::Content;

/// What every recipient of an audience reads.
pub(super) struct Readings {
    /// Those who lack a value, each with their arm.
    pub without: Vec<(AccountId, String)>,
    arms: Vec<(String, Recipients)>,
}

/// The recipients of an arm.
enum Recipients {
    /// The variant decides alone.
    Alike(Vec<(AccountId, LanguageId)>),
    /// Something of it is theirs alone.
    Own(Vec<(AccountId, Reading)>),
}

impl Recipients {
    fn accounts(&self) -> Vec<AccountId> {
        match self {
            Self::Alike(recipients) => recipients.iter().map(|(account, _)| *account).collect(),
            Self::Own(recipients) => recipients.iter().map(|(account, _)| *account).collect(),
        }
    }
}

impl Readings {
    /// Works it out.
    pub(super) fn of(split: &Split, readers: &Readers) -> Self {
        let mut readings = Self { without: Vec::new(), arms: Vec::new() };
        for (arm, content, members) in split.arms() {
            let recipients = if readers.read_alike(content) {
                let variant = |account: &AccountId| (*account, readers.language(content, *account));
                Recipients::Alike(members.iter().map(variant).collect())
            } else {
                Recipients::Own(readings.own(arm, content, members, readers))
            };
            readings.arms.push((arm.to_owned(), recipients));
        }
        readings
    }

    fn own(
        &mut self,
        arm: &str,
        content: &Content,
        members: &[AccountId],
        readers: &Readers,
    ) -> Vec<(AccountId, Reading)> {
        let reads = Reads::new(content);
        // Many read the same, and a text is looked through once.
        let mut judged: BTreeMap<Reading, bool> = BTreeMap::new();
        let mut own = Vec::with_capacity(members.len());
        for account in members {
            let reading = readers.reading(&reads, *account);
            let is_whole = judged.get(&reading).copied().unwrap_or_else(|| {
                let is_whole = content.filled(reading.language.as_str(), &reading.fill).is_ok();
                judged.insert(reading.clone(), is_whole);
                is_whole
            });
            if is_whole {
                own.push((*account, reading));
            } else {
                self.without.push((*account, arm.to_owned()));
            }
        }
        own
    }

    /// Those whom a link would name, each with their word in it.
    pub(super) fn tokens(&self) -> Vec<(AccountId, ReaderToken)> {
        let of = |(_, recipients): &(String, Recipients)| match recipients {
            Recipients::Alike(_) => Vec::new(),
            Recipients::Own(own) => own
                .iter()
                .filter_map(|(account, reading)| Some((*account, reading.reader.clone()?)))
                .collect(),
        };
        self.arms.iter().flat_map(of).collect()
    }

    /// Everybody who reads something, in ascending order.
    pub(super) fn sent(&self) -> Vec<AccountId> {
        let mut sent: Vec<_> = self.arms.iter().flat_map(|(_, recipients)| recipients.accounts()).collect();
        sent.sort_unstable();
        sent
    }

    /// The batches of all arms in one order, those of the `first` recipients before the others.
    pub(super) fn cut(self, first: &BTreeSet<AccountId>) -> Vec<PlannedBatch> {
        let arms = self.arms.into_iter().map(|(arm, recipients)| {
            let batches = match recipients {
                Recipients::Alike(recipients) => batch::cut(recipients, first),
                Recipients::Own(recipients) => batch::cut(recipients, first),
            };
            (arm, batches)
        });
        batch::join(arms)
    }

    /// Into how many texts they fall.
    pub(super) fn forecast(self) -> Forecast {
        let without = self.without.len();
        let batches = self.cut(&BTreeSet::new());
        let mut groups: BTreeMap<_, usize> = BTreeMap::new();
        for PlannedBatch { arm, reading, members, .. } in &batches {
            *groups.entry((arm, &reading.language, &reading.fill)).or_default() += members.len();
        }
        Forecast::of(groups.into_iter().map(|((_, _, fill), recipients)| (fill, recipients)), without)
    }
}
