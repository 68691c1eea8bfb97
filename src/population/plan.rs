//! A rule compiled for the columns: which passes to make, over accounts or over persons, and how to join them.
//!
//! A condition on the account, or on the household as a whole, has one answer for all its persons; it is worked out
//! once per account and spread over the persons only where it meets a condition on persons. A plan holds no data and
//! no date beyond the as-of date it was made for.

use jiff::civil::Date;

use super::days::Days;
use super::pass::Ask;
use crate::domain::attribute::{Attribute, AttributeId, Catalogue, ParameterId, Subject, core};
use crate::domain::segment::Truth;
use crate::domain::segment::bucket::Draw;
use crate::domain::segment::person::Missing;
use crate::domain::segment::rule::{
    AgeCondition, BucketCondition, ElapsedCondition, Group, HowMany, Mode, Node, Relatives, Rule,
};
use crate::domain::segment::window::dates;

/// What the answers are about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Space {
    /// One answer an account.
    Accounts,
    /// One answer a person.
    Persons,
}

/// One step of a plan.
#[derive(Clone, Debug)]
pub(super) enum Step {
    /// The same for everybody.
    Always(Truth, Option<Missing>),
    /// A pass over the column of an attribute.
    Pass(Box<Pass>),
    /// The account's number in a draw lies within.
    Bucket { draw: Draw, from: u16, to: u16 },
    /// All are true.
    All(Vec<Step>),
    /// One is true.
    Any(Vec<Step>),
    /// The other way round.
    Not(Box<Step>),
    /// At least so many persons of the household, living here, are true of the step.
    AtLeast(usize, Box<Step>),
}

/// A pass over one column.
#[derive(Clone, Debug)]
pub(super) struct Pass {
    /// The attribute.
    pub(super) attribute: Attribute,
    /// What is asked of each cell.
    pub(super) ask: Ask,
}

impl Step {
    /// Over what its answers are.
    pub(super) fn space(&self) -> Space {
        let persons = match self {
            Self::Always(..) | Self::Bucket { .. } | Self::AtLeast(..) => false,
            Self::Pass(pass) => pass.attribute.subject == Subject::Person,
            Self::Not(step) => step.space() == Space::Persons,
            Self::All(steps) | Self::Any(steps) => steps.iter().any(|step| step.space() == Space::Persons),
        };
        if persons { Space::Persons } else { Space::Accounts }
    }

    /// Roughly how much work it is: cheap steps go first, since a conjunction that is false everywhere ends.
    fn cost(&self) -> usize {
        match self {
            Self::Always(..) => 0,
            Self::Pass(pass) if pass.attribute.subject == Subject::Account => 1,
            Self::Bucket { .. } => 3,
            Self::Pass(_) => 2,
            Self::Not(step) => step.cost(),
            Self::All(steps) | Self::Any(steps) => steps.iter().map(Self::cost).sum(),
            Self::AtLeast(_, step) => 4 + step.cost(),
        }
    }

    /// The same rule for somebody of whom nothing is known, on an account: a friend who registered nobody.
    pub(super) fn for_nobody(&self) -> Self {
        match self {
            Self::Pass(pass) if pass.attribute.subject == Subject::Person => {
                Self::Always(pass.ask.of_nobody(), Some(Missing::Attribute(pass.attribute.id.clone())))
            }
            Self::Not(step) => Self::Not(Box::new(step.for_nobody())),
            Self::All(steps) => Self::All(steps.iter().map(Self::for_nobody).collect()),
            Self::Any(steps) => Self::Any(steps.iter().map(Self::for_nobody).collect()),
            other => other.clone(),
        }
    }
}

/// Compiles the nodes of a rule.
pub(super) struct Planner<'a> {
    pub(super) catalogue: &'a Catalogue,
    pub(super) as_of: Date,
}

impl Planner<'_> {
    pub(super) fn group(&self, group: &Group) -> Step {
        let mut steps: Vec<_> = group.members.iter().map(|node| self.node(node)).collect();
        steps.sort_by_key(Step::cost);
        match group.mode {
            // No parser lets an empty group pass; if one came all the same, it selects nobody.
            _ if steps.is_empty() => Step::Always(Truth::Unknown, None),
            Mode::All => Step::All(steps),
            Mode::Any => Step::Any(steps),
            Mode::None => Step::Not(Box::new(Step::Any(steps))),
        }
    }

    pub(super) fn node(&self, node: &Node) -> Step {
        match &node.rule {
            Rule::Group(group) => self.group(group),
            Rule::Relatives(relatives) => self.relatives(relatives),
            Rule::Age(age) => self.age(age),
            Rule::BirthYear(year) => {
                self.pass(core::BIRTH_DATE, |_| Some(Ask::Days(Days::of_birth_year(*year))))
            }
            Rule::Attribute(condition) => {
                self.pass(condition.attribute.as_str(), |attribute| Ask::of(&condition.test, attribute))
            }
            Rule::Elapsed(elapsed) => self.elapsed(elapsed),
            // No histories are in the columns yet; unknown is never sent.
            Rule::Event(event) => unknown(Missing::History(event.kind, event.subject.clone())),
            Rule::Bucket(BucketCondition { from, to, salt }) => {
                Step::Bucket { draw: Draw::new(salt), from: *from, to: *to }
            }
            Rule::Shared(shared) => unknown(Missing::Shared(shared.path.clone())),
        }
    }

    fn age(&self, age: &AgeCondition) -> Step {
        match age.bound(self.catalogue, self.as_of) {
            Some(age) => self.pass(core::BIRTH_DATE, |_| Some(Ask::Days(Days::of_age(&age, self.as_of)))),
            None => unknown(no_value(age.parameter.as_ref(), core::BIRTH_DATE)),
        }
    }

    fn elapsed(&self, elapsed: &ElapsedCondition) -> Step {
        if elapsed.bound(self.catalogue, self.as_of).is_none() {
            return unknown(no_value(elapsed.parameter.as_ref(), elapsed.attribute.as_str()));
        }
        let windows = dates(elapsed, self.catalogue, self.as_of);
        self.pass(elapsed.attribute.as_str(), |_| Some(Ask::Days(Days::in_windows(&windows))))
    }

    fn pass(&self, id: &str, ask: impl Fn(&Attribute) -> Option<Ask>) -> Step {
        let attribute = self.catalogue.attribute(id);
        let pass =
            attribute.and_then(|attribute| Some(Pass { ask: ask(attribute)?, attribute: attribute.clone() }));
        match pass {
            Some(pass) => Step::Pass(Box::new(pass)),
            None => Step::Always(Truth::Unknown, Some(Missing::Attribute(AttributeId::from(id)))),
        }
    }

    fn relatives(&self, relatives: &Relatives) -> Step {
        let fits = self.group(&relatives.group);
        let related = self.related(relatives);
        let at_least = |number: usize, steps: Vec<Step>| Step::AtLeast(number, Box::new(Step::All(steps)));
        let not = |step: Step| Step::Not(Box::new(step));
        match relatives.count {
            HowMany::Someone => at_least(1, vec![related, fits]),
            HowMany::Nobody => not(at_least(1, vec![related, fits])),
            HowMany::AtLeast(number) => at_least(usize::from(number), vec![related, fits]),
            HowMany::AtMost(number) => not(at_least(usize::from(number) + 1, vec![related, fits])),
            // Somebody is related, and nobody is related without fitting.
            HowMany::Everyone => {
                let misfit = at_least(1, vec![related.clone(), not(fits)]);
                Step::All(vec![at_least(1, vec![related]), not(misfit)])
            }
        }
    }

    /// Whether a person has one of the 続柄 asked for.
    pub(super) fn related(&self, relatives: &Relatives) -> Step {
        if relatives.relations.is_empty() {
            return Step::Always(Truth::True, None);
        }
        self.pass(core::RELATION, |attribute| {
            let values = attribute.values.iter().enumerate();
            let places = values.filter(|(_, value)| relatives.relations.contains(&value.id));
            Some(Ask::OneOf(places.map(|(place, _)| place).collect()))
        })
    }
}

fn unknown(missing: Missing) -> Step {
    Step::Always(Truth::Unknown, Some(missing))
}

/// What lacks where a condition has no ranges.
fn no_value(parameter: Option<&ParameterId>, attribute: &str) -> Missing {
    parameter.cloned().map_or_else(|| Missing::Attribute(attribute.into()), Missing::Parameter)
}
