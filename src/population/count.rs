//! What a scan comes to: how many, who receives, which data are missing.

use std::collections::BTreeMap;

use jiff::civil::Date;

use super::bits::Bits;
use super::plan::{Space, Step};
use super::scan::{Answers, Scan};
use super::snapshot::Snapshot;
use crate::domain::attribute::core;
use crate::domain::ids::AccountId;
use crate::domain::segment::person::Missing;
use crate::domain::segment::rule::{Expect, Segment};

/// How many a rule finds.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Count {
    /// Accounts: one message each.
    pub accounts: Tally,
    /// Persons that the rule looks at; those of an account to which nothing may be sent count as 除外.
    pub persons: Tally,
    /// For each datum that is missing, the accounts that are 不明 for want of it, most first. One account may stand
    /// under several.
    pub unknown_by: Vec<(Missing, u64)>,
    /// The number of the change log up to which the population was complete.
    pub seq: i64,
}

/// The four answers in numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Tally {
    /// 対象.
    pub target: u64,
    /// 対象外.
    pub not_target: u64,
    /// 除外.
    pub excluded: u64,
    /// 不明.
    pub unknown: u64,
}

impl Tally {
    /// All of them.
    #[must_use]
    pub fn all(self) -> u64 {
        self.target + self.not_target + self.excluded + self.unknown
    }

    fn of(answers: &Answers) -> Self {
        Self {
            target: answers.target.count(),
            not_target: answers.not_target.count(),
            excluded: answers.excluded.count(),
            unknown: answers.unknown.count(),
        }
    }

    fn plus(self, other: Self) -> Self {
        Self {
            target: self.target + other.target,
            not_target: self.not_target + other.not_target,
            excluded: self.excluded + other.excluded,
            unknown: self.unknown + other.unknown,
        }
    }
}

impl Snapshot {
    /// How many a rule finds on an as-of date (a civil date in Asia/Tokyo), for a broadcast of `topic`.
    #[must_use]
    pub fn count(&self, segment: &Segment, as_of: Date, topic: Option<&str>) -> Count {
        self.counted(&self.scan(segment, as_of, topic))
    }

    /// The numbers and the accounts that receive (in ascending order), from one scan.
    #[must_use]
    pub fn audience(&self, segment: &Segment, as_of: Date, topic: Option<&str>) -> (Count, Vec<AccountId>) {
        let scan = self.scan(segment, as_of, topic);
        (self.counted(&scan), self.targets(&scan))
    }

    pub(super) fn counted(&self, scan: &Scan) -> Count {
        Count {
            accounts: Tally::of(&scan.accounts),
            persons: Tally::of(&scan.persons).plus(Tally::of(&scan.nobody)),
            unknown_by: self.unknown_by(scan),
            seq: self.seq(),
        }
    }

    /// The accounts that receive, in ascending order.
    #[must_use]
    pub fn recipients(&self, segment: &Segment, as_of: Date, topic: Option<&str>) -> Vec<AccountId> {
        self.targets(&self.scan(segment, as_of, topic))
    }

    /// The accounts that are targets of a scan of this snapshot, in ascending order.
    #[must_use]
    pub fn targets(&self, scan: &Scan) -> Vec<AccountId> {
        let mut ids: Vec<_> = scan.accounts.target.rows().map(|row| self.accounts.ids[row]).collect();
        ids.sort_unstable();
        ids
    }

    /// What a scan of this snapshot says of an account; `None` where there is no such account.
    #[must_use]
    pub fn answer(&self, scan: &Scan, account: AccountId) -> Option<Expect> {
        scan.accounts.of_row(self.find(account)?)
    }

    /// What a scan of this snapshot says of each person of an account that the rule looked at, in the household's
    /// order; one answer where it looked at the account alone.
    #[must_use]
    pub fn answers(&self, scan: &Scan, account: AccountId) -> Vec<Expect> {
        let Some(at) = self.find(account) else { return Vec::new() };
        let persons = self.persons_of(at).filter_map(|row| scan.persons.of_row(row));
        scan.nobody.of_row(at).into_iter().chain(persons).collect()
    }

    fn unknown_by(&self, scan: &Scan) -> Vec<(Missing, u64)> {
        let mut missing = BTreeMap::new();
        let uncertain = scan.uncertain.clone().and(&scan.persons.unknown);
        self.note(Missing::Attribute(core::RELATION.into()), Space::Persons, &uncertain, &mut missing);
        for step in [&scan.target, &scan.exclusions] {
            self.missing(step, Space::Persons, &scan.persons.unknown, &mut missing);
            self.missing(&step.for_nobody(), Space::Accounts, &scan.nobody.unknown, &mut missing);
        }
        let accounts =
            missing.into_iter().map(|(datum, rows)| (datum, rows.and(&scan.accounts.unknown).count()));
        let mut counted: Vec<_> = accounts.filter(|(_, count)| 0 < *count).collect();
        counted.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        counted
    }

    /// Follows what is unknown down to the data that are missing; `found` holds accounts.
    fn missing(&self, step: &Step, space: Space, within: &Bits, found: &mut BTreeMap<Missing, Bits>) {
        if within.is_empty() {
            return;
        }
        if space == Space::Persons && step.space() == Space::Accounts {
            return self.missing(step, Space::Accounts, &self.some_person(within), found);
        }
        let here = self.truths(step, space).unknown.and(within);
        match step {
            Step::Always(_, None) | Step::Bucket { .. } => {}
            Step::Always(_, Some(datum)) => self.note(datum.clone(), space, &here, found),
            Step::Pass(pass) => self.note(Missing::Attribute(pass.attribute.id.clone()), space, &here, found),
            Step::Not(step) => self.missing(step, space, &here, found),
            Step::All(steps) | Step::Any(steps) => {
                steps.iter().for_each(|step| self.missing(step, space, &here, found));
            }
            Step::AtLeast(_, step) => {
                let household = self.spread(&here).and(&self.living());
                self.missing(step, Space::Persons, &household, found);
            }
        }
    }

    fn note(&self, datum: Missing, space: Space, rows: &Bits, found: &mut BTreeMap<Missing, Bits>) {
        let accounts = if space == Space::Persons { self.some_person(rows) } else { rows.clone() };
        let sofar = found.entry(datum).or_insert_with(|| Bits::filled(self.rows(Space::Accounts), false));
        *sofar = std::mem::replace(sofar, Bits::filled(0, false)).or(&accounts);
    }
}
