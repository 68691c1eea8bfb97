//! Turns a rule into bit sets over the population: 対象, 対象外, 除外 and 不明.
//!
//! A pure function of the rule, the snapshot and the as-of date. Somebody whose data are missing is in neither a
//! segment nor its negation; [`crate::domain::segment::person`] says the same one person at a time and is tested
//! against this.

use jiff::civil::Date;

use super::bits::{Bits, Truths};
use super::evaluate::Evaluation;
use super::plan::{Planner, StepId};
use super::snapshot::{Snapshot, Table};
use crate::domain::segment::rule::{Expect, Segment, Unit};

/// What a rule says of everybody in a snapshot.
#[derive(Clone, Debug)]
pub struct Scan {
    /// Of the friends, or of the accounts, where the rule looks at them.
    pub(super) front: Answers,
    /// Of the further persons, where the rule looks at them.
    pub(super) tail: Option<Answers>,
    /// Of the accounts, where that isn't what the front says.
    accounts: Option<Answers>,
    pub(super) looked_at: LookedAt,
    pub(super) evaluation: Evaluation,
    pub(super) target: StepId,
    pub(super) exclusions: Option<StepId>,
}

/// For each row one of the four answers, or none where the rule doesn't look.
#[derive(Clone, Debug)]
pub(super) struct Answers {
    pub(super) target: Bits,
    pub(super) excluded: Bits,
    pub(super) unknown: Bits,
    pub(super) not_target: Bits,
}

/// Whom a rule looks at.
#[derive(Clone, Debug)]
pub(super) struct LookedAt {
    /// Accounts with their friends.
    pub(super) front: Bits,
    /// Those of the front of whom nothing can lead to a message: the friend has moved away.
    pub(super) gone: Bits,
    /// Further persons; `None` where the rule looks at none of them.
    pub(super) tail: Option<Bits>,
    /// Those of whom it can't be told whether the rule looks at them (単位 子ども, 続柄 unknown).
    pub(super) uncertain: Option<Bits>,
}

impl Snapshot {
    /// Asks a rule of everybody, on an as-of date (a civil date in Asia/Tokyo), for a broadcast of `topic`.
    ///
    /// A topic that the catalogue doesn't know excludes everybody: nobody could have declined it.
    #[must_use]
    pub fn scan(&self, segment: &Segment, as_of: Date, topic: Option<&str>) -> Scan {
        let mut evaluation = Evaluation::default();
        let mut planner = self.planner(&mut evaluation, as_of);
        let (mut target, mut exclusions) =
            (planner.target(&segment.target), planner.exclusions(&segment.exclusions));
        if segment.header.unit == Unit::Household {
            target = evaluation.plan.for_nobody(target);
            exclusions = exclusions.map(|step| evaluation.plan.for_nobody(step));
        }
        let looked_at = self.looked_at(segment.header.unit, &mut evaluation, as_of);
        let always = self.always_excluded(topic);
        let front = {
            let truths = evaluation.truths(self, target, Table::Front);
            let excluded = exclusions.map(|step| evaluation.truths(self, step, Table::Front));
            let rows = Rows { looked_at: &looked_at.front, uncertain: None, out: [&always, &looked_at.gone] };
            Answers::of(&truths, excluded.as_deref(), &rows)
        };
        let tail = looked_at.tail.as_ref().map(|rows| {
            let truths = evaluation.truths(self, target, Table::Tail);
            let excluded = exclusions.map(|step| evaluation.truths(self, step, Table::Tail));
            let (gone, always) = (self.tail.live.clone().without(&self.tail.here), self.spread(&always));
            let uncertain = looked_at.uncertain.as_ref();
            let rows = Rows { looked_at: rows, uncertain, out: [&always, &gone] };
            Answers::of(&truths, excluded.as_deref(), &rows)
        });
        let accounts = tail.as_ref().map(|tail| self.answers_for_accounts(&front, tail, &always));
        Scan { front, tail, accounts, looked_at, evaluation, target, exclusions }
    }

    pub(super) fn planner<'a>(&'a self, evaluation: &'a mut Evaluation, as_of: Date) -> Planner<'a> {
        Planner { catalogue: &self.catalogue, coverage: &self.coverage, as_of, plan: &mut evaluation.plan }
    }

    /// The accounts to which nothing is sent, whatever the rule.
    pub(super) fn always_excluded(&self, topic: Option<&str>) -> Bits {
        let never = self.front.never.clone();
        let Some(topic) = topic else { return never };
        match self.catalogue.topics().iter().position(|known| known.id.as_str() == topic) {
            Some(place) => never.or(&self.front.declined[place]),
            None => Bits::filled(never.len(), true),
        }
    }

    /// Whom a rule of a unit looks at. A friend who registered nobody still counts as somebody of whom nothing is
    /// known, and that is what the front holds of them.
    pub(super) fn looked_at(&self, unit: Unit, evaluation: &mut Evaluation, as_of: Date) -> LookedAt {
        let (front, tail) = (&self.front, &self.tail);
        let none = Bits::filled(front.ids.len(), false);
        let gone = front.friend.clone().without(&front.here);
        match unit {
            Unit::Household => {
                LookedAt { front: front.live.clone(), gone: none, tail: None, uncertain: None }
            }
            Unit::Friend => LookedAt { front: front.live.clone(), gone, tail: None, uncertain: None },
            Unit::EachPerson => {
                let families = front.more.clone().without(&front.friend);
                let front = front.live.clone().without(&families);
                LookedAt { front, gone, tail: Some(tail.live.clone()), uncertain: None }
            }
            Unit::Children => {
                let child = self.planner(evaluation, as_of).child();
                let child = evaluation.truths(self, child, Table::Tail);
                let rows = child.yes.clone().or(&child.unknown).and(&tail.live);
                LookedAt {
                    front: none.clone(),
                    gone: none,
                    tail: Some(rows),
                    uncertain: Some(child.unknown.clone()),
                }
            }
        }
    }

    /// One target makes a target; otherwise what is unknown comes before what is settled.
    fn answers_for_accounts(&self, front: &Answers, tail: &Answers, always: &Bits) -> Answers {
        let some = |front: &Bits, tail: &Bits| self.owners(tail).or(front);
        let target = some(&front.target, &tail.target).without(always);
        let unknown = some(&front.unknown, &tail.unknown).without(&target).without(always);
        let excluded = some(&front.excluded, &tail.excluded).or(always).without(&target).without(&unknown);
        let excluded = excluded.and(&self.front.live);
        let not_target = self.front.live.clone().without(&target).without(&unknown).without(&excluded);
        Answers { target, excluded, unknown, not_target }
    }
}

impl Scan {
    /// The answers for the accounts.
    pub(super) fn accounts(&self) -> &Answers {
        self.accounts.as_ref().unwrap_or(&self.front)
    }

    /// The answers for the accounts, where they are others than those of the front.
    pub(super) fn own_accounts(&self) -> Option<&Answers> {
        self.accounts.as_ref()
    }
}

/// Which rows get an answer, and which of them get nothing whatever the rule says.
struct Rows<'a> {
    looked_at: &'a Bits,
    uncertain: Option<&'a Bits>,
    out: [&'a Bits; 2],
}

impl Answers {
    /// What the rule says, word by word: one pass over the bits for all four answers.
    fn of(target: &Truths, exclusions: Option<&Truths>, rows: &Rows<'_>) -> Self {
        let len = target.yes.len();
        let words = target.yes.words().len();
        let mut answers: [Vec<u64>; 4] = std::array::from_fn(|_| Vec::with_capacity(words));
        for at in 0..words {
            let (yes, unknown) = (target.yes.words()[at], target.unknown.words()[at]);
            let (out, perhaps_out) =
                exclusions.map_or((0, 0), |truths| (truths.yes.words()[at], truths.unknown.words()[at]));
            let uncertain = rows.uncertain.map_or(0, |rows| rows.words()[at]);
            let always = rows.out[0].words()[at] | rows.out[1].words()[at];
            let looked_at = rows.looked_at.words()[at];
            let may = looked_at & !always;
            let possible = yes | unknown;
            let excluded = out & possible & !uncertain;
            let sure = yes & !out & !perhaps_out & !uncertain;
            answers[0].push(sure & may);
            answers[1].push((excluded | always) & looked_at);
            answers[2].push(((possible & !excluded & !sure) | uncertain) & may);
            answers[3].push(!possible & !uncertain & may);
        }
        let [target, excluded, unknown, not_target] = answers.map(|words| Bits::of_words(words, len));
        Self { target, excluded, unknown, not_target }
    }

    /// The answer for a row, if the rule looked at it.
    pub(super) fn of_row(&self, row: usize) -> Option<Expect> {
        let answers = [
            (&self.target, Expect::Target),
            (&self.excluded, Expect::Excluded),
            (&self.unknown, Expect::Unknown),
            (&self.not_target, Expect::NotTarget),
        ];
        answers.into_iter().find_map(|(rows, answer)| rows.has(row).then_some(answer))
    }
}
