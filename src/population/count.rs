//! What a scan comes to: how many, who receives, which data are missing.

use std::collections::BTreeMap;

use jiff::civil::Date;

use super::bits::Bits;
use super::evaluate::Evaluation;
use super::plan::{Step, StepId};
use super::scan::{Answers, Scan};
use super::snapshot::{Snapshot, Table};
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
        let front = Tally::of(&scan.front);
        let tail = scan.tail.as_ref().map_or(Tally::default(), Tally::of);
        Count {
            accounts: scan.own_accounts().map_or(front, Tally::of),
            persons: front.plus(tail),
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
        self.ids_of(&scan.accounts().target)
    }

    /// The ids of these accounts, in ascending order.
    fn ids_of(&self, accounts: &Bits) -> Vec<AccountId> {
        let mut ids = Vec::with_capacity(usize::try_from(accounts.count()).unwrap_or(0));
        ids.extend(accounts.rows().map(|row| self.front.ids[row]));
        if self.front.sorted < self.front.ids.len() {
            ids.sort_unstable();
        }
        ids
    }

    /// What a scan of this snapshot says of an account; `None` where there is no such account.
    #[must_use]
    pub fn answer(&self, scan: &Scan, account: AccountId) -> Option<Expect> {
        scan.accounts().of_row(self.find(account)?)
    }

    /// What a scan of this snapshot says of each person of an account that the rule looked at, in the household's
    /// order; one answer where it looked at the account alone.
    #[must_use]
    pub fn answers(&self, scan: &Scan, account: AccountId) -> Vec<Expect> {
        let Some(at) = self.find(account) else { return Vec::new() };
        let tail = scan.tail.as_ref();
        let mut answers: Vec<Option<Expect>> =
            self.persons_of(at).map(|row| tail.and_then(|tail| tail.of_row(row))).collect();
        answers.insert(self.place_of_friend(at).min(answers.len()), scan.front.of_row(at));
        answers.into_iter().flatten().collect()
    }

    /// For each of several scans of this snapshot, the places in the household of the registered persons of an account
    /// who are targets. Not for a rule that looks at the account alone.
    #[must_use]
    pub fn matched(&self, scans: &[Scan], account: AccountId) -> Vec<Vec<usize>> {
        let Some(at) = self.find(account) else { return vec![Vec::new(); scans.len()] };
        let friend = self.front.friend.has(at).then(|| self.place_of_friend(at));
        let matched = |scan: &Scan| {
            let mut places: Vec<_> = friend.filter(|_| scan.front.target.has(at)).into_iter().collect();
            if let Some(tail) = &scan.tail {
                let others = self.persons_of(at).enumerate().filter(|(_, row)| tail.target.has(*row));
                let behind = |place| usize::from(friend.is_some_and(|friend| friend <= place));
                places.extend(others.map(|(place, _)| place + behind(place)));
            }
            places
        };
        scans.iter().map(matched).collect()
    }

    fn unknown_by(&self, scan: &Scan) -> Vec<(Missing, u64)> {
        let accounts = scan.accounts();
        if accounts.unknown.is_empty() {
            return Vec::new();
        }
        let mut search =
            Search { snapshot: self, evaluation: scan.evaluation.clone(), found: BTreeMap::new() };
        if let (Some(tail), Some(uncertain)) = (&scan.tail, &scan.looked_at.uncertain) {
            let rows = uncertain.clone().and(&tail.unknown);
            search.note(Missing::Attribute(core::RELATION.into()), Table::Tail, &rows);
        }
        for step in [Some(scan.target), scan.exclusions].into_iter().flatten() {
            search.missing(step, Table::Front, &scan.front.unknown);
            if let Some(tail) = &scan.tail {
                search.missing(step, Table::Tail, &tail.unknown);
            }
        }
        let found = search.found.into_iter();
        let counted = found.map(|(datum, rows)| (datum, rows.and(&accounts.unknown).count()));
        let mut counted: Vec<_> = counted.filter(|(_, count)| 0 < *count).collect();
        counted.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        counted
    }
}

/// Follows what is unknown down to the data that are missing.
struct Search<'a> {
    snapshot: &'a Snapshot,
    evaluation: Evaluation,
    /// By datum, the accounts.
    found: BTreeMap<Missing, Bits>,
}

impl Search<'_> {
    fn missing(&mut self, id: StepId, table: Table, within: &Bits) {
        if within.is_empty() {
            return;
        }
        if table == Table::Tail && !self.evaluation.plan.of_persons(id) {
            let accounts = self.snapshot.owners(within);
            return self.missing(id, Table::Front, &accounts);
        }
        let truths = self.evaluation.truths(self.snapshot, id, table);
        let here = truths.unknown.clone().and(within);
        if here.is_empty() {
            return;
        }
        match self.evaluation.plan.step(id).clone() {
            Step::Always(_, None) | Step::Bucket { .. } => {}
            Step::Always(_, Some(datum)) => self.note(datum, table, &here),
            Step::Pass(pass) => self.note(Missing::Attribute(pass.attribute.id), table, &here),
            Step::Events(counting) => {
                self.note(Missing::History(counting.kind, counting.subject), table, &here);
            }
            Step::Not(of) => self.missing(of, table, &here),
            Step::All(steps) | Step::Any(steps) => {
                steps.into_iter().for_each(|step| self.missing(step, table, &here));
            }
            Step::AtLeast(_, of) => {
                let friends = here.clone().and(&self.snapshot.front.here);
                self.missing(of, Table::Front, &friends);
                let others = self.snapshot.spread(&here).and(&self.snapshot.tail.here);
                self.missing(of, Table::Tail, &others);
            }
        }
    }

    fn note(&mut self, datum: Missing, table: Table, rows: &Bits) {
        let accounts = if table == Table::Tail { &self.snapshot.owners(rows) } else { rows };
        match self.found.get_mut(&datum) {
            Some(sofar) => *sofar = std::mem::take(sofar).or(accounts),
            None => _ = self.found.insert(datum, accounts.clone()),
        }
    }
}
