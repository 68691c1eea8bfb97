//! Whether conditions can hold together: reasoning over sets of values, for every day on which a rule can be used.
//!
//! A group is taken apart into conditions that have to be true, false, not true or not false; what is left of each
//! datum is intersected, a choice between members branches. It is exact for the data of one person and account, and
//! for counts of events and relatives as far as one window or kinship lies within another. What it can't reason about
//! (a shared condition that is not there, too many branches) it takes for possible: nothing is called impossible that
//! could be.

mod counts;
mod intervals;
mod meaning;
mod slides;
mod world;

use std::cell::Cell;
use std::collections::BTreeSet;
use std::rc::Rc;

use jiff::ToSpan as _;
use jiff::civil::Date;

use counts::{Counted, Number};
use intervals::Intervals;
use meaning::{Datum, Meaning, Meanings};
use slides::Slides;
use world::World;

use crate::domain::attribute::{Attribute, Catalogue, ValueId, core};
use crate::domain::calendar::fiscal_year;
use crate::domain::segment::rule::{Group, Mode, Relatives, Rule, Unit};

/// A rule is looked at for so many days, also where its review date is further away.
const DAYS: i32 = 400;
/// So much work is done for one rule; after that everything is taken for possible.
const WORK: i64 = 60_000;
/// So many choices are made at the same time.
const CHOICES: usize = 48;

/// What the truth of a condition has to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Want {
    /// True.
    True,
    /// False.
    False,
    /// False or unknown.
    NotTrue,
    /// True or unknown.
    NotFalse,
}

impl Want {
    fn holds(self) -> bool {
        matches!(self, Self::True | Self::NotFalse)
    }

    fn may_be_missing(self) -> bool {
        matches!(self, Self::NotTrue | Self::NotFalse)
    }

    /// What the contrary has to be.
    pub(super) fn opposite(self) -> Self {
        match self {
            Self::True => Self::False,
            Self::False => Self::True,
            Self::NotTrue => Self::NotFalse,
            Self::NotFalse => Self::NotTrue,
        }
    }
}

/// Something that has to be so.
#[derive(Clone)]
pub(super) enum Goal<'a> {
    /// A line.
    Rule(&'a Rule, Want),
    /// A group.
    Group(&'a Group, Want),
}

/// Something that has to be so, taken apart.
#[derive(Clone)]
enum Task<'a> {
    /// A line or a group.
    Goal(Goal<'a>),
    /// A datum that lies in a set, or is not known where that may be.
    Within(Datum<'a>, (i64, i64), Rc<Intervals>, bool),
    /// A number of events or relatives that lies between two.
    Count(Counted<'a>, Number, i64, i64),
    /// A condition whose meaning is known.
    Meant(Meaning<'a>, Want),
}

/// Whose data they are.
#[derive(Clone, Copy)]
pub(super) enum Frame<'a> {
    /// Those of the persons that the rule looks at.
    Looked,
    /// Those of anybody.
    Anybody,
    /// Those of anybody who is born already.
    Born,
    /// Those of relatives (empty: anybody in the household).
    Relatives(&'a BTreeSet<ValueId>),
}

/// What a task comes to.
enum Step<'a> {
    Done(bool),
    All(Vec<Task<'a>>),
    Any(Vec<Task<'a>>),
}

/// Answers questions about one rule.
pub(super) struct Reasoner<'a> {
    unit: Unit,
    relation: Option<&'a Attribute>,
    meanings: Meanings<'a>,
    days: Vec<Date>,
    work: Cell<i64>,
}

impl<'a> Reasoner<'a> {
    /// For a rule that is used from `today` to `until`.
    pub(super) fn new(catalogue: &'a Catalogue, unit: Unit, today: Date, until: Option<Date>) -> Self {
        let far = today.saturating_add(DAYS.days());
        let until = until.unwrap_or(far).clamp(today, far);
        let days = today.series(1.day()).take_while(|day| *day <= until).collect();
        let relation = catalogue.attribute(core::RELATION);
        Self { unit, relation, meanings: Meanings::new(catalogue), days, work: Cell::new(WORK) }
    }

    /// Whether on no day anybody can be so.
    pub(super) fn never(&self, frame: Frame<'a>, goals: &[Goal<'a>]) -> bool {
        if self.work.get() < 0 {
            return false;
        }
        let born = if matches!(frame, Frame::Born) { Slides::Daily } else { Slides::Never };
        let slides = goals.iter().map(Goal::slides).fold(born, Slides::max);
        let mut year = None;
        self.days.iter().all(|day| {
            let again = match slides {
                Slides::Never => year.is_some(),
                Slides::Yearly => year == Some(fiscal_year(*day)),
                Slides::Daily => false,
            };
            year = Some(fiscal_year(*day));
            again || !self.possible(frame, goals, *day)
        })
    }

    fn possible(&self, frame: Frame<'a>, goals: &[Goal<'a>], day: Date) -> bool {
        let mut world = World::default();
        self.begin(&mut world, frame, day)
            && self.solve(world, goals.iter().cloned().map(Task::Goal).collect(), Vec::new(), day, 0)
    }

    /// What is known of the persons before any condition.
    fn begin(&self, world: &mut World<'a>, frame: Frame<'a>, day: Date) -> bool {
        let relation = |ids: &[&str], may_be_missing| self.relation_in(ids, may_be_missing);
        let goal = match frame {
            Frame::Relatives(relations) if relations.is_empty() => None,
            Frame::Relatives(relations) => {
                relation(&relations.iter().map(ValueId::as_str).collect::<Vec<_>>(), false)
            }
            Frame::Looked if self.unit == Unit::Friend => relation(&[core::SELF], true),
            Frame::Looked if self.unit == Unit::Children => relation(&[core::CHILD], false),
            Frame::Looked | Frame::Anybody => None,
            Frame::Born => {
                let (first, _) = meaning::all_days();
                let lived = Rc::new(Intervals::of([(first, meaning::number(day))]));
                Some(Task::Within(Datum::Person(core::BIRTH_DATE), meaning::all_days(), lived, true))
            }
        };
        goal.is_none_or(|goal| matches!(self.step(goal, world, day), Step::Done(true)))
    }

    fn relation_in(&self, ids: &[&str], may_be_missing: bool) -> Option<Task<'a>> {
        let relation = self.relation?;
        let values = (0..).zip(&relation.values).filter(|(_, value)| ids.contains(&value.id.as_str()));
        let set = Intervals::of(values.map(|(at, _)| (at, at)));
        let whole = (0, i64::try_from(relation.values.len()).ok()? - 1);
        Some(Task::Within(Datum::Person(core::RELATION), whole, Rc::new(set), may_be_missing))
    }

    /// Takes all tasks into account, then one choice after the other.
    fn solve(
        &self,
        mut world: World<'a>,
        mut tasks: Vec<Task<'a>>,
        mut choices: Vec<Vec<Task<'a>>>,
        day: Date,
        depth: usize,
    ) -> bool {
        loop {
            while let Some(task) = tasks.pop() {
                if self.work.get() < 0 {
                    return true;
                }
                match self.step(task, &mut world, day) {
                    Step::Done(true) => {}
                    Step::Done(false) => return false,
                    Step::All(more) => tasks.extend(more),
                    Step::Any(choice) => choices.push(choice),
                }
            }
            // Each count is compared with each other one.
            let counts = surplus(world.counts.len());
            self.charge(counts.saturating_mul(counts));
            if self.work.get() < 0 {
                return true;
            }
            if !world.counts.possible(day) {
                return false;
            }
            let Some(choice) = choices.pop() else { break };
            if CHOICES < depth {
                return true;
            }
            let mut open = choice.into_iter().filter(|task| self.may_follow(&world, task, day)).peekable();
            while let Some(task) = open.next() {
                if open.peek().is_none() {
                    // The last one needs no copy.
                    tasks.push(task);
                    break;
                }
                self.charge(4 + i64::try_from(choices.len()).unwrap_or(WORK) + surplus(world.len()));
                if self.solve(world.clone(), vec![task], choices.clone(), day, depth + 1) {
                    return true;
                }
            }
            if tasks.is_empty() {
                return false;
            }
        }
        self.relatives_possible(world, day)
    }

    /// Whether a single condition is possible in this world; groups are not looked into.
    fn may_follow(&self, world: &World<'a>, task: &Task<'a>, day: Date) -> bool {
        match task {
            Task::Goal(Goal::Group(..) | Goal::Rule(Rule::Group(_), _)) => true,
            _ => !matches!(self.step(task.clone(), &mut world.clone(), day), Step::Done(false)),
        }
    }

    /// Whoever has to be in the household can be, given what is known of the account.
    fn relatives_possible(&self, mut world: World<'a>, day: Date) -> bool {
        while let Some(relatives) = world.counts.take_needed() {
            self.charge(surplus(world.len()));
            if self.work.get() < 0 {
                return true;
            }
            let mut inner = world.of_account();
            let tasks = vec![Task::Goal(Goal::Group(&relatives.group, Want::True))];
            let begun = self.begin(&mut inner, Frame::Relatives(&relatives.relations), day);
            if !begun || !self.solve(inner, tasks, Vec::new(), day, 0) {
                return false;
            }
        }
        true
    }

    fn step(&self, task: Task<'a>, world: &mut World<'a>, day: Date) -> Step<'a> {
        self.charge(1 + surplus(world.len()));
        let goal = match task {
            Task::Within(datum, whole, set, missing) => {
                return Step::Done(world.within(datum, whole, &set, missing));
            }
            Task::Count(of, number, from, to) => {
                return Step::Done(world.counts.narrow(of, number, from, to));
            }
            Task::Meant(meaning, want) => return self.meant(meaning, want, world),
            Task::Goal(goal) => goal,
        };
        match goal {
            Goal::Group(group, want) | Goal::Rule(Rule::Group(group), want) => self.group(group, want, day),
            Goal::Rule(Rule::Event(event), want) => {
                between(Counted::Events(event), counts::times(event), want)
            }
            Goal::Rule(Rule::Relatives(relatives), want) => match counts::bounds(relatives.count) {
                Some(bounds) => between(Counted::Relatives(relatives), bounds, want),
                None => Step::Done(everyone(relatives, want, world)),
            },
            Goal::Rule(rule, want) => self.meant(self.meanings.of(rule, day), want, world),
        }
    }

    fn meant(&self, meaning: Meaning<'a>, want: Want, world: &mut World<'a>) -> Step<'a> {
        match &meaning {
            Meaning::Hits { datum, sets } if 1 < sets.len() && !want.holds() => {
                let one = |set: &Intervals| Meaning::Hits { datum: *datum, sets: vec![set.clone()] };
                Step::Any(sets.iter().map(|set| Task::Meant(one(set), want)).collect())
            }
            Meaning::In { fits, .. } => {
                self.charge(i64::try_from(fits.len()).unwrap_or(WORK));
                Step::Done(world.narrow(&meaning, want))
            }
            _ => Step::Done(world.narrow(&meaning, want)),
        }
    }

    fn group(&self, group: &'a Group, want: Want, day: Date) -> Step<'a> {
        if group.members.is_empty() {
            // Refused by every parser; unknown for everybody.
            return Step::Done(want.may_be_missing());
        }
        let (joined, want) = joined(group.mode, want);
        let goals = group.members.iter().map(|node| Goal::Rule(&node.rule, want));
        let goals: Vec<_> = goals.collect();
        let tasks = || goals.iter().cloned().map(Task::Goal).collect();
        match joined {
            Joined::All => Step::All(tasks()),
            Joined::Any if goals.len() == 1 => Step::All(tasks()),
            Joined::Any => match self.one_set(&goals, day) {
                Some(task) => Step::All(vec![task]),
                None => Step::Any(tasks()),
            },
        }
    }

    /// A choice between sets of the same datum is one set.
    fn one_set(&self, goals: &[Goal<'a>], day: Date) -> Option<Task<'a>> {
        let mut joint: Option<(Datum<'a>, (i64, i64), Intervals, bool)> = None;
        for goal in goals {
            let Goal::Rule(rule, want) = goal else { return None };
            let Meaning::In { datum, whole, fits } = self.meanings.of(rule, day) else { return None };
            self.charge(1 + i64::try_from(fits.len()).unwrap_or(WORK));
            if self.work.get() < 0 {
                return None;
            }
            let set = if want.holds() { (*fits).clone() } else { fits.outside(whole) };
            joint = match joint {
                None => Some((datum, whole, set, want.may_be_missing())),
                Some((same, whole, known, missing)) if same == datum => {
                    self.charge(surplus(known.len()));
                    Some((same, whole, known.or(&set), missing))
                }
                Some(_) => return None,
            };
        }
        joint.map(|(datum, whole, set, missing)| Task::Within(datum, whole, Rc::new(set), missing))
    }

    fn charge(&self, work: i64) {
        self.work.set(self.work.get().saturating_sub(work));
    }
}

/// What more than usual costs: a rule written by hand has so few conditions of a kind that it costs nothing.
fn surplus(length: usize) -> i64 {
    i64::try_from(length.saturating_sub(16) / 4).unwrap_or(WORK)
}

/// How members are joined when a group has to be something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Joined {
    /// Each of them.
    All,
    /// One of them.
    Any,
}

/// How the members of a group are joined, and what each has to be.
pub(super) fn joined(mode: Mode, want: Want) -> (Joined, Want) {
    let want = if mode == Mode::None { want.opposite() } else { want };
    match (mode == Mode::All, want.holds()) {
        (true, true) | (false, false) => (Joined::All, want),
        _ => (Joined::Any, want),
    }
}

/// 全員 is no number; but where it is true there is one who fits for certain.
fn everyone<'a>(relatives: &'a Relatives, want: Want, world: &mut World<'a>) -> bool {
    let can_be = match want {
        Want::True => [true, false, false],
        Want::False => [false, true, false],
        Want::NotTrue => [false, true, true],
        Want::NotFalse => [true, false, true],
    };
    let of = Counted::Relatives(relatives);
    let someone = want != Want::True || world.counts.narrow(of, Number::Surely, 1, i64::MAX);
    world.counts.everyone(relatives, can_be) && someone
}

/// A count that has to lie (or not) between two numbers, surely or perhaps.
fn between(of: Counted<'_>, (from, to): (i64, i64), want: Want) -> Step<'_> {
    let at_least = |number, least: i64| Task::Count(of, number, least, i64::MAX);
    let at_most = |number, most: i64| Task::Count(of, number, 0, most);
    let below = |number| (0 < from).then(|| at_most(number, from - 1));
    let above = |number| (to < i64::MAX).then(|| at_least(number, to + 1));
    match want {
        Want::True => Step::All(vec![at_least(Number::Surely, from), at_most(Number::Perhaps, to)]),
        Want::NotFalse => Step::All(vec![at_least(Number::Perhaps, from), at_most(Number::Surely, to)]),
        Want::False => Step::Any(below(Number::Perhaps).into_iter().chain(above(Number::Surely)).collect()),
        Want::NotTrue => Step::Any(below(Number::Surely).into_iter().chain(above(Number::Perhaps)).collect()),
    }
}
