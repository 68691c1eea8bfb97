//! A rule compiled for the columns: which passes to make and how to join them.
//!
//! A plan is a list of steps that name earlier ones, and the same condition is one step however often the rule says it;
//! what it found is kept for the scan. A condition on the account, or on the household as a whole, has one answer for
//! all its persons: it is worked out in front and spread over the tail only where it meets a condition on persons. A
//! plan holds no data and no date beyond the as-of date it was made for.

use std::collections::HashMap;

use jiff::civil::Date;

use super::days::Days;
use super::history::Counting;
use super::pass::Ask;
use crate::domain::attribute::{Attribute, AttributeId, Catalogue, ParameterId, Subject, core};
use crate::domain::history::Coverage;
use crate::domain::segment::Truth;
use crate::domain::segment::bucket::Draw;
use crate::domain::segment::person::Missing;
use crate::domain::segment::rule::{
    AgeCondition, BucketCondition, ElapsedCondition, EventCondition, Group, HowMany, Mode, Node, Relatives,
    Rule, Target,
};
use crate::domain::segment::window::dates;

/// The number of a step in its plan.
pub(super) type StepId = usize;

/// One step of a plan.
#[derive(Clone, Debug)]
pub(super) enum Step {
    /// The same for everybody.
    Always(Truth, Option<Missing>),
    /// A pass over the column of an attribute.
    Pass(Box<Pass>),
    /// Events are counted.
    Events(Box<Counting>),
    /// The account's number in a draw lies within.
    Bucket { draw: Draw, from: u16, to: u16 },
    /// All are true.
    All(Vec<StepId>),
    /// One is true.
    Any(Vec<StepId>),
    /// The other way round.
    Not(StepId),
    /// At least so many persons of the household, living here, are true of the step.
    AtLeast(usize, StepId),
}

/// A pass over one column.
#[derive(Clone, Debug)]
pub(super) struct Pass {
    /// The attribute.
    pub(super) attribute: Attribute,
    /// What is asked of each cell.
    pub(super) ask: Ask,
}

/// The steps, each after those it names.
#[derive(Clone, Debug, Default)]
pub(super) struct Plan {
    steps: Vec<Known>,
    places: HashMap<String, StepId>,
}

#[derive(Clone, Debug)]
struct Known {
    step: Step,
    of_persons: bool,
    cost: usize,
}

impl Plan {
    pub(super) fn step(&self, id: StepId) -> &Step {
        &self.steps[id].step
    }

    /// Whether its answers differ between the persons of an account.
    pub(super) fn of_persons(&self, id: StepId) -> bool {
        self.steps[id].of_persons
    }

    /// Adds a step, unless there is the same; `name` says what makes it the same.
    fn add(&mut self, name: String, make: impl FnOnce(&mut Self) -> Step) -> StepId {
        if let Some(known) = self.places.get(&name) {
            return *known;
        }
        let step = make(self);
        let of_persons = match &step {
            Step::Always(..) | Step::Bucket { .. } | Step::AtLeast(..) => false,
            Step::Pass(pass) => pass.attribute.subject == Subject::Person,
            Step::Events(counting) => counting.kind.of_person(),
            Step::Not(of) => self.of_persons(*of),
            Step::All(steps) | Step::Any(steps) => steps.iter().any(|step| self.of_persons(*step)),
        };
        let cost = self.cost(&step);
        self.steps.push(Known { step, of_persons, cost });
        self.places.insert(name, self.steps.len() - 1);
        self.steps.len() - 1
    }

    /// Roughly how much work it is: cheap steps go first, since a conjunction that is false everywhere ends.
    fn cost(&self, step: &Step) -> usize {
        match step {
            Step::Always(..) => 0,
            Step::Pass(pass) if pass.attribute.subject == Subject::Account => 1,
            Step::Pass(_) => 2,
            Step::Bucket { .. } | Step::Events(_) => 3,
            Step::Not(of) => self.steps[*of].cost,
            Step::All(steps) | Step::Any(steps) => steps.iter().map(|step| self.steps[*step].cost).sum(),
            Step::AtLeast(_, of) => 4 + self.steps[*of].cost,
        }
    }

    fn always(&mut self, truth: Truth, missing: Option<Missing>) -> StepId {
        self.add(format!("always {truth:?} {missing:?}"), |_| Step::Always(truth, missing))
    }

    fn unknown(&mut self, missing: Missing) -> StepId {
        self.always(Truth::Unknown, Some(missing))
    }

    fn not(&mut self, of: StepId) -> StepId {
        self.add(format!("not {of}"), |_| Step::Not(of))
    }

    fn at_least(&mut self, number: usize, of: StepId) -> StepId {
        self.add(format!("at least {number} {of}"), |_| Step::AtLeast(number, of))
    }

    fn all(&mut self, mut steps: Vec<StepId>) -> StepId {
        let certain = |step: &StepId| matches!(self.step(*step), Step::Always(Truth::True, _));
        if !steps.iter().all(certain) {
            steps.retain(|step| !certain(step));
        }
        self.join("all", steps, Step::All)
    }

    fn any(&mut self, steps: Vec<StepId>) -> StepId {
        self.join("any", steps, Step::Any)
    }

    fn join(&mut self, how: &str, mut steps: Vec<StepId>, join: fn(Vec<StepId>) -> Step) -> StepId {
        steps.sort_by_key(|step| (self.steps[*step].cost, *step));
        steps.dedup();
        match steps[..] {
            [one] => one,
            _ => self.add(format!("{how} {steps:?}"), |_| join(steps)),
        }
    }

    /// The same rule for somebody of whom nothing is known, on an account: 単位 世帯.
    pub(super) fn for_nobody(&mut self, id: StepId) -> StepId {
        if !self.of_persons(id) {
            return id;
        }
        match self.step(id).clone() {
            Step::Pass(pass) => {
                let missing = Missing::Attribute(pass.attribute.id.clone());
                self.always(pass.ask.of_nobody(), Some(missing))
            }
            Step::Events(counting) => self.unknown(Missing::History(counting.kind, counting.subject)),
            Step::Not(of) => {
                let of = self.for_nobody(of);
                self.not(of)
            }
            Step::All(steps) => {
                let steps = steps.into_iter().map(|step| self.for_nobody(step)).collect();
                self.all(steps)
            }
            Step::Any(steps) => {
                let steps = steps.into_iter().map(|step| self.for_nobody(step)).collect();
                self.any(steps)
            }
            Step::Always(..) | Step::Bucket { .. } | Step::AtLeast(..) => id,
        }
    }
}

/// Compiles the nodes of a rule.
pub(super) struct Planner<'a> {
    pub(super) catalogue: &'a Catalogue,
    pub(super) coverage: &'a Coverage,
    pub(super) as_of: Date,
    pub(super) plan: &'a mut Plan,
}

impl Planner<'_> {
    pub(super) fn target(&mut self, target: &Target) -> StepId {
        match target {
            Target::Everyone => self.plan.always(Truth::True, None),
            Target::Group(group) => self.group(group),
        }
    }

    /// Each alone is enough.
    pub(super) fn exclusions(&mut self, nodes: &[Node]) -> Option<StepId> {
        let steps: Vec<_> = nodes.iter().map(|node| self.node(node)).collect();
        (!steps.is_empty()).then(|| self.plan.any(steps))
    }

    pub(super) fn group(&mut self, group: &Group) -> StepId {
        let steps: Vec<_> = group.members.iter().map(|node| self.node(node)).collect();
        match group.mode {
            // No parser lets an empty group pass; if one came all the same, it selects nobody.
            _ if steps.is_empty() => self.plan.always(Truth::Unknown, None),
            Mode::All => self.plan.all(steps),
            Mode::Any => self.plan.any(steps),
            Mode::None => {
                let any = self.plan.any(steps);
                self.plan.not(any)
            }
        }
    }

    pub(super) fn node(&mut self, node: &Node) -> StepId {
        match &node.rule {
            Rule::Group(group) => self.group(group),
            Rule::Relatives(relatives) => self.relatives(relatives),
            Rule::Age(age) => self.age(age),
            Rule::BirthYear(year) => self.pass(name("birth year", year), core::BIRTH_DATE, |_| {
                Some(Ask::Days(Days::of_birth_year(*year)))
            }),
            Rule::Attribute(condition) => {
                let ask = |attribute: &Attribute| Ask::of(&condition.test, attribute);
                self.pass(name("attribute", condition), condition.attribute.as_str(), ask)
            }
            Rule::Elapsed(elapsed) => self.elapsed(elapsed),
            Rule::Event(event) => self.event(event),
            Rule::Bucket(bucket) => {
                let BucketCondition { from, to, salt } = bucket;
                let step = Step::Bucket { draw: Draw::new(salt), from: *from, to: *to };
                self.plan.add(name("bucket", bucket), |_| step)
            }
            Rule::Shared(shared) => self.plan.unknown(Missing::Shared(shared.path.clone())),
        }
    }

    fn age(&mut self, age: &AgeCondition) -> StepId {
        match age.bound(self.catalogue, self.as_of) {
            Some(bound) => {
                let as_of = self.as_of;
                let ask = |_: &Attribute| Some(Ask::Days(Days::of_age(&bound, as_of)));
                self.pass(name("age", age), core::BIRTH_DATE, ask)
            }
            None => self.plan.unknown(no_value(age.parameter.as_ref(), core::BIRTH_DATE)),
        }
    }

    fn elapsed(&mut self, elapsed: &ElapsedCondition) -> StepId {
        if elapsed.bound(self.catalogue, self.as_of).is_none() {
            return self.plan.unknown(no_value(elapsed.parameter.as_ref(), elapsed.attribute.as_str()));
        }
        let windows = dates(elapsed, self.catalogue, self.as_of);
        let ask = |_: &Attribute| Some(Ask::Days(Days::in_windows(&windows)));
        self.pass(name("elapsed", elapsed), elapsed.attribute.as_str(), ask)
    }

    fn event(&mut self, event: &EventCondition) -> StepId {
        let counting = Counting::of(event, self.coverage, self.as_of);
        if counting.always() {
            return self.plan.always(Truth::True, None);
        }
        self.plan.add(name("event", event), |_| Step::Events(Box::new(counting)))
    }

    fn pass(&mut self, name: String, id: &str, ask: impl FnOnce(&Attribute) -> Option<Ask>) -> StepId {
        let attribute = self.catalogue.attribute(id);
        let pass =
            attribute.and_then(|attribute| Some(Pass { ask: ask(attribute)?, attribute: attribute.clone() }));
        match pass {
            Some(pass) => self.plan.add(name, |_| Step::Pass(Box::new(pass))),
            None => self.plan.unknown(Missing::Attribute(AttributeId::from(id))),
        }
    }

    fn relatives(&mut self, relatives: &Relatives) -> StepId {
        let fits = self.group(&relatives.group);
        let related = self.related(relatives);
        match relatives.count {
            HowMany::Someone => self.some(1, related, fits),
            HowMany::Nobody => {
                let some = self.some(1, related, fits);
                self.plan.not(some)
            }
            HowMany::AtLeast(number) => self.some(usize::from(number), related, fits),
            HowMany::AtMost(number) => {
                let more = self.some(usize::from(number) + 1, related, fits);
                self.plan.not(more)
            }
            // Somebody is related, and nobody is related without fitting.
            HowMany::Everyone => {
                let misfits = self.plan.not(fits);
                let misfit = self.some(1, related, misfits);
                let (somebody, nobody) = (self.plan.at_least(1, related), self.plan.not(misfit));
                self.plan.all(vec![somebody, nobody])
            }
        }
    }

    fn some(&mut self, number: usize, related: StepId, fits: StepId) -> StepId {
        let both = self.plan.all(vec![related, fits]);
        self.plan.at_least(number, both)
    }

    /// Whether a person has one of the 続柄 asked for.
    pub(super) fn related(&mut self, relatives: &Relatives) -> StepId {
        if relatives.relations.is_empty() {
            return self.plan.always(Truth::True, None);
        }
        self.relation(|id| relatives.relations.iter().any(|relation| relation.as_str() == id))
    }

    /// Whether a person is a child of the friend.
    pub(super) fn child(&mut self) -> StepId {
        self.relation(|id| id == core::CHILD)
    }

    fn relation(&mut self, wanted: impl Fn(&str) -> bool) -> StepId {
        let values = self.catalogue.attribute(core::RELATION).map_or(&[][..], |known| &known.values[..]);
        let places = values.iter().enumerate().filter(|(_, value)| wanted(value.id.as_str()));
        let places: Vec<usize> = places.map(|(place, _)| place).collect();
        self.pass(format!("relation {places:?}"), core::RELATION, |_| Some(Ask::OneOf(places)))
    }
}

/// What makes a condition the same as another; a plan is made for one day and one catalogue.
fn name(kind: &str, condition: &impl std::fmt::Debug) -> String {
    format!("{kind} {condition:?}")
}

/// What lacks where a condition has no ranges.
fn no_value(parameter: Option<&ParameterId>, attribute: &str) -> Missing {
    parameter.cloned().map_or_else(|| Missing::Attribute(attribute.into()), Missing::Parameter)
}
