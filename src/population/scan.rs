//! Turns a rule into bit sets over the population: 対象, 対象外, 除外 and 不明.
//!
//! The only place that knows both the plan of a rule and the columns. It reads no clock and no database: a pure
//! function of the rule, the snapshot and the as-of date. Somebody whose data are missing is in neither a segment nor
//! its negation; [`crate::domain::segment::person`] says the same one person at a time and is tested against this.

use jiff::civil::Date;

use super::bits::{Bits, Truths};
use super::pass::Ask;
use super::plan::{Pass, Planner, Space, Step};
use super::snapshot::{Snapshot, mark, state};
use crate::domain::attribute::core;
use crate::domain::segment::Truth;
use crate::domain::segment::rule::{Expect, Segment, Target, Unit};

/// What a rule says of everybody in a snapshot.
#[derive(Clone, Debug)]
pub struct Scan {
    /// Of each account.
    pub(super) accounts: Answers,
    /// Of each person that the rule looks at.
    pub(super) persons: Answers,
    /// Of the friends of whom nothing is known, by account: nobody is registered, or the rule looks at the account.
    pub(super) nobody: Answers,
    /// Persons of whom it can't be told whether the rule looks at them at all (単位 子ども, 続柄 unknown).
    pub(super) uncertain: Bits,
    pub(super) target: Step,
    pub(super) exclusions: Step,
}

/// For each row one of the four answers, or none where the rule doesn't look.
#[derive(Clone, Debug)]
pub(super) struct Answers {
    pub(super) target: Bits,
    pub(super) excluded: Bits,
    pub(super) unknown: Bits,
    pub(super) not_target: Bits,
}

impl Snapshot {
    /// Asks a rule of everybody, on an as-of date (a civil date in Asia/Tokyo), for a broadcast of `topic`.
    ///
    /// A topic that the catalogue doesn't know excludes everybody: nobody could have declined it.
    #[must_use]
    pub fn scan(&self, segment: &Segment, as_of: Date, topic: Option<&str>) -> Scan {
        let planner = Planner { catalogue: &self.catalogue, as_of };
        let target = match &segment.target {
            Target::Everyone => Step::Always(Truth::True, None),
            Target::Group(group) => planner.group(group),
        };
        let exclusions = Step::Any(segment.exclusions.iter().map(|node| planner.node(node)).collect());
        let always = self.always_excluded(topic);
        let nobody = self.answers_for_nobody(segment.header.unit, &target, &exclusions, &always);
        let (persons, uncertain) =
            self.answers_for_persons(segment.header.unit, &target, &exclusions, &always);
        let accounts = self.answers_for_accounts(&persons, &nobody, &always);
        Scan { accounts, persons, nobody, uncertain, target, exclusions }
    }

    /// The accounts to which nothing is sent, whatever the rule.
    pub(super) fn always_excluded(&self, topic: Option<&str>) -> Bits {
        let states = &self.accounts.states;
        let never = Bits::of(states, |bits| bits & state::NEVER != 0);
        let Some(topic) = topic else { return never };
        let topics = self.catalogue.topics();
        match topics.iter().position(|known| known.id.as_str() == topic) {
            Some(place) => never.or(&Ask::AnyOf(vec![place]).pass(&self.accounts.declined, topics.len()).yes),
            None => Bits::filled(states.len(), true),
        }
    }

    /// The accounts of which the rule looks at somebody of whom nothing is known.
    pub(super) fn nobodies(&self, unit: Unit) -> Bits {
        let rows = &self.accounts.states;
        match unit {
            Unit::Friend => Bits::of(rows, |bits| bits & (state::HAS_FRIEND | state::DEAD) == 0),
            Unit::Household => Bits::of(rows, |bits| bits & state::DEAD == 0),
            Unit::EachPerson => {
                let mut alone = Bits::filled(rows.len(), false);
                let live = (0..rows.len()).filter(|at| rows[*at] & state::DEAD == 0);
                live.filter(|at| self.persons_of(*at).is_empty()).for_each(|at| alone.insert(at));
                alone
            }
            Unit::Children => Bits::filled(rows.len(), false),
        }
    }

    fn answers_for_nobody(&self, unit: Unit, target: &Step, exclusions: &Step, always: &Bits) -> Answers {
        let rows = &self.accounts.states;
        let nobody = self.nobodies(unit);
        if nobody.is_empty() {
            return Answers::none(rows.len());
        }
        let truths = |step: &Step| self.truths(&step.for_nobody(), Space::Accounts);
        Answers::of(truths(target), truths(exclusions)).overruled(&nobody, always)
    }

    /// The answers, and the persons of whom it can't be told whether the rule looks at them.
    fn answers_for_persons(
        &self,
        unit: Unit,
        target: &Step,
        exclusions: &Step,
        always: &Bits,
    ) -> (Answers, Bits) {
        let (looked_at, uncertain) = self.looked_at(unit);
        if unit == Unit::Household {
            return (Answers::none(looked_at.len()), uncertain);
        }
        let truths = |step: &Step| self.truths(step, Space::Persons);
        let answers = Answers::of(truths(target), truths(exclusions)).unknown_where(&uncertain);
        (answers.overruled(&looked_at, &self.gone().or(&self.spread(always))), uncertain)
    }

    /// The persons that the rule looks at, and among them those of whom it can't be told whether it does.
    pub(super) fn looked_at(&self, unit: Unit) -> (Bits, Bits) {
        let marks = &self.persons.marks;
        let nobody = Bits::filled(marks.len(), false);
        match unit {
            Unit::Household => (nobody.clone(), nobody),
            Unit::Friend => {
                (Bits::of(marks, |bits| bits & (mark::FRIEND | mark::DEAD) == mark::FRIEND), nobody)
            }
            Unit::EachPerson => (Bits::of(marks, |bits| bits & mark::DEAD == 0), nobody),
            Unit::Children => {
                let child = self.children();
                let live = Bits::of(marks, |bits| bits & mark::DEAD == 0);
                (child.yes.or(&child.unknown).and(&live), child.unknown)
            }
        }
    }

    /// The persons who have moved away or died.
    pub(super) fn gone(&self) -> Bits {
        Bits::of(&self.persons.marks, |bits| bits & mark::GONE != 0)
    }

    fn children(&self) -> Truths {
        let unknown = || Truths::unknown(self.persons.marks.len());
        let Some(relation) = self.catalogue.attribute(core::RELATION) else { return unknown() };
        let places =
            relation.values.iter().position(|value| value.id.as_str() == core::CHILD).into_iter().collect();
        let pass = Pass { attribute: relation.clone(), ask: Ask::OneOf(places) };
        self.truths(&Step::Pass(Box::new(pass)), Space::Persons)
    }

    /// One target makes a target; otherwise what is unknown comes before what is settled.
    fn answers_for_accounts(&self, persons: &Answers, nobody: &Answers, always: &Bits) -> Answers {
        let live = Bits::of(&self.accounts.states, |bits| bits & state::DEAD == 0);
        let some = |persons: &Bits, nobody: &Bits| self.some_person(persons).or(nobody);
        let target = some(&persons.target, &nobody.target).without(always);
        let unknown = some(&persons.unknown, &nobody.unknown).without(&target).without(always);
        let excluded =
            some(&persons.excluded, &nobody.excluded).or(always).without(&target).without(&unknown);
        let excluded = excluded.and(&live);
        let not_target = live.without(&target).without(&unknown).without(&excluded);
        Answers { target, excluded, unknown, not_target }
    }

    /// The truth of a step for every row of a space.
    pub(super) fn truths(&self, step: &Step, space: Space) -> Truths {
        if space == Space::Persons && step.space() == Space::Accounts {
            let once = self.truths(step, Space::Accounts);
            return Truths { yes: self.spread(&once.yes), unknown: self.spread(&once.unknown) };
        }
        match step {
            Step::Always(truth, _) => match truth {
                Truth::True => Truths::yes(self.rows(space)),
                Truth::False => Truths::no(self.rows(space)),
                Truth::Unknown => Truths::unknown(self.rows(space)),
            },
            Step::Pass(pass) => self.pass(pass, space),
            Step::Bucket { draw, from, to } => Truths {
                yes: Bits::of(&self.accounts.ids, |id| (*from..=*to).contains(&draw.number(id))),
                ..Truths::no(self.rows(space))
            },
            Step::Not(step) => !self.truths(step, space),
            Step::All(steps) => self.all(steps, space),
            Step::Any(steps) => self.any(steps, space),
            Step::AtLeast(number, step) => self.at_least(*number, step),
        }
    }

    fn pass(&self, pass: &Pass, space: Space) -> Truths {
        match self.column_of(&pass.attribute) {
            Some(column) => pass.ask.pass(column, pass.attribute.values.len()),
            None => Truths::unknown(self.rows(space)),
        }
    }

    /// Steps on accounts are joined among accounts, and spread over the persons once.
    fn all(&self, steps: &[Step], space: Space) -> Truths {
        let (once, each) = split(steps, space);
        let mut truths = Truths::yes(self.rows(space));
        if !once.is_empty() {
            let joined = self.fold_all(&once, Space::Accounts);
            truths = Truths { yes: self.spread(&joined.yes), unknown: self.spread(&joined.unknown) };
        }
        for step in each {
            if truths.all_false() {
                break;
            }
            truths = truths.and(&self.truths(step, space));
        }
        truths
    }

    fn fold_all(&self, steps: &[&Step], space: Space) -> Truths {
        let yes = Truths::yes(self.rows(space));
        steps.iter().fold(yes, |truths, step| truths.and(&self.truths(step, space)))
    }

    fn any(&self, steps: &[Step], space: Space) -> Truths {
        let (once, each) = split(steps, space);
        let no = |space| Truths::no(self.rows(space));
        let mut truths = no(space);
        if !once.is_empty() {
            let joined = once
                .iter()
                .fold(no(Space::Accounts), |truths, step| truths.or(&self.truths(step, Space::Accounts)));
            truths = Truths { yes: self.spread(&joined.yes), unknown: self.spread(&joined.unknown) };
        }
        each.into_iter().fold(truths, |truths, step| truths.or(&self.truths(step, space)))
    }

    /// Whether at least `number` persons who live here are true of the step, for each account.
    fn at_least(&self, number: usize, step: &Step) -> Truths {
        let here = self.living();
        let truths = self.truths(step, Space::Persons);
        let (surely, perhaps) = (truths.yes.and(&here), truths.unknown.and(&here));
        let (yes, maybe) = match number {
            0 => return Truths::yes(self.rows(Space::Accounts)),
            1 => (self.some_person(&surely), self.some_person(&perhaps)),
            _ => (self.some_persons(number, &surely), self.some_persons(number, &surely.or(&perhaps))),
        };
        let unknown = maybe.without(&yes);
        Truths { yes, unknown }
    }

    /// The persons who live here: the household of a rule.
    pub(super) fn living(&self) -> Bits {
        Bits::of(&self.persons.marks, |bits| bits & (mark::GONE | mark::DEAD) == 0)
    }

    /// The accounts that have one of these persons.
    pub(super) fn some_person(&self, persons: &Bits) -> Bits {
        let mut accounts = Bits::filled(self.accounts.states.len(), false);
        persons.rows().for_each(|row| accounts.insert(self.persons.owner[row] as usize));
        accounts
    }

    fn some_persons(&self, number: usize, persons: &Bits) -> Bits {
        let mut accounts = Bits::filled(self.accounts.states.len(), false);
        let (mut owner, mut seen) = (None, 0);
        for row in persons.rows() {
            let account = self.persons.owner[row] as usize;
            seen = if owner == Some(account) { seen + 1 } else { 1 };
            owner = Some(account);
            if number <= seen {
                accounts.insert(account);
            }
        }
        accounts
    }

    /// The persons of these accounts.
    pub(super) fn spread(&self, accounts: &Bits) -> Bits {
        Bits::of(&self.persons.owner, |account| accounts.has(account as usize))
    }

    pub(super) fn rows(&self, space: Space) -> usize {
        match space {
            Space::Accounts => self.accounts.states.len(),
            Space::Persons => self.persons.marks.len(),
        }
    }
}

/// In the space of persons: steps that can be worked out once an account, and the others.
fn split(steps: &[Step], space: Space) -> (Vec<&Step>, Vec<&Step>) {
    steps.iter().partition(|step| space == Space::Persons && step.space() == Space::Accounts)
}

impl Answers {
    fn none(rows: usize) -> Self {
        let none = Bits::filled(rows, false);
        Self { target: none.clone(), excluded: none.clone(), unknown: none.clone(), not_target: none }
    }

    /// What the rule itself says.
    fn of(target: Truths, exclusions: Truths) -> Self {
        let possible = target.yes.clone().or(&target.unknown);
        let not_target = (!target.clone()).yes;
        let excluded = exclusions.yes.clone().and(&possible);
        let sure = target.yes.without(&exclusions.yes).without(&exclusions.unknown);
        let unknown = possible.without(&excluded).without(&sure);
        Self { target: sure, excluded, unknown, not_target }
    }

    /// Nothing can be told of these rows.
    fn unknown_where(self, rows: &Bits) -> Self {
        Self {
            target: self.target.without(rows),
            excluded: self.excluded.without(rows),
            unknown: self.unknown.or(rows),
            not_target: self.not_target.without(rows),
        }
    }

    /// Keeps the rows that are looked at, and leaves out those with a reason that no rule can lift.
    fn overruled(self, looked_at: &Bits, always: &Bits) -> Self {
        Self {
            target: self.target.without(always).and(looked_at),
            unknown: self.unknown.without(always).and(looked_at),
            not_target: self.not_target.without(always).and(looked_at),
            excluded: self.excluded.or(always).and(looked_at),
        }
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
