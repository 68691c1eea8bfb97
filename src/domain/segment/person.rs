//! Evaluates a rule one person at a time: explains it, and is the oracle of the column scan.
//!
//! A pure function of the rule, the household and the as-of date. Clarity comes before speed here. It never sends and
//! never guesses: a missing datum makes a condition unknown, and unknown is never a target.

mod condition;
mod explain;

pub use condition::event_days;

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use super::rule::{Expect, Group, HowMany, Mode, Node, Relatives, Rule, Segment, Target, Unit};
use super::text::{Path, Places};
use super::truth::Truth;
use crate::domain::attribute::{AttributeId, Catalogue, ParameterId, core};
use crate::domain::history::EventKind;
use crate::domain::household::{AlwaysExcluded, Household, Person, PersonStanding};
use crate::domain::ids::PersonId;

/// What a rule says about an account, and about each person that it looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountVerdict {
    /// The answer for the account: a target if one person is.
    pub verdict: Verdict,
    /// The answers for the persons, in the household's order.
    pub persons: Vec<PersonVerdict>,
}

impl AccountVerdict {
    /// The registered persons who are targets: the message may name them.
    #[must_use]
    pub fn matched(&self) -> Vec<PersonId> {
        let targets = self.persons.iter().filter(|person| person.verdict == Verdict::Target);
        targets.filter_map(|person| person.person).collect()
    }
}

/// What a rule says about one person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PersonVerdict {
    /// Whom; `None` where the rule looked at the account alone, or at somebody made up.
    pub person: Option<PersonId>,
    /// The answer.
    pub verdict: Verdict,
}

/// The answer of a rule, with its reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// 対象.
    Target,
    /// 対象外: the first condition that failed.
    NotTarget(Decisive),
    /// 除外: why, although the rule may fit.
    Excluded(Exclusion),
    /// 不明: what is missing.
    Unknown(BTreeSet<Missing>),
}

impl Verdict {
    /// Which of the four answers.
    #[must_use]
    pub fn kind(&self) -> Expect {
        match self {
            Self::Target => Expect::Target,
            Self::NotTarget(_) => Expect::NotTarget,
            Self::Excluded(_) => Expect::Excluded,
            Self::Unknown(_) => Expect::Unknown,
        }
    }

    /// The answer with its reason in one Japanese phrase, for staff.
    #[must_use]
    pub fn words(&self, catalogue: &Catalogue) -> String {
        match self.reason(catalogue) {
            None => self.kind().word().to_owned(),
            Some(reason) => format!("{}({reason})", self.kind().word()),
        }
    }

    /// The reason alone; `None` for a target.
    #[must_use]
    pub fn reason(&self, catalogue: &Catalogue) -> Option<String> {
        match self {
            Self::Target => None,
            Self::Excluded(Exclusion::Always(reason)) => Some(reason.words().to_owned()),
            Self::NotTarget(decisive) | Self::Excluded(Exclusion::Rule(decisive)) => {
                Some(decisive.words.clone())
            }
            Self::Unknown(_) => Some(format!("{}が分かりません", self.missing(catalogue).join("、"))),
        }
    }

    /// What to call the data that are missing; none where something decided.
    #[must_use]
    pub fn missing(&self, catalogue: &Catalogue) -> Vec<String> {
        match self {
            Self::Unknown(missing) => missing.iter().map(|one| one.words(catalogue)).collect(),
            _ => Vec::new(),
        }
    }

    /// The condition that decided, if one did.
    #[must_use]
    pub fn decisive(&self) -> Option<&Decisive> {
        match self {
            Self::NotTarget(decisive) | Self::Excluded(Exclusion::Rule(decisive)) => Some(decisive),
            Self::Target | Self::Excluded(Exclusion::Always(_)) | Self::Unknown(_) => None,
        }
    }
}

/// The condition that decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decisive {
    /// Where it stands in the rule; empty where no condition decided (there is no child, say).
    pub path: Path,
    /// What it says.
    pub words: String,
}

impl Decisive {
    /// The line of the rule's text on which it stands; inside a shared condition, the line that names that one.
    #[must_use]
    pub fn line(&self, places: &Places) -> Option<usize> {
        (1..=self.path.len()).rev().find_map(|long| Some(places.nodes.get(self.path.get(..long)?)?.line))
    }
}

/// Why somebody is left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Exclusion {
    /// A reason that no rule can lift.
    Always(AlwaysExcluded),
    /// A line under 除外; its comment, else its words.
    Rule(Decisive),
}

/// A datum that is missing.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Missing {
    /// The value of an attribute.
    Attribute(AttributeId),
    /// The records of a programme or series are not complete for the time asked about.
    History(EventKind, String),
    /// The account's number in a draw: of somebody made up.
    Lot,
    /// A parameter has no value on the day.
    Parameter(ParameterId),
    /// A shared condition that was not put in its place.
    Shared(String),
}

impl Missing {
    /// What to call it.
    #[must_use]
    pub fn words(&self, catalogue: &Catalogue) -> String {
        match self {
            Self::Attribute(id) => {
                catalogue.attribute(id.as_str()).map_or(id.as_str(), |known| &known.word).to_owned()
            }
            Self::History(kind, subject) => {
                format!("{}の{}の記録", catalogue.subject_word(*kind, subject), kind.word())
            }
            Self::Lot => "抽選の番号".to_owned(),
            Self::Parameter(id) => {
                catalogue.parameter(id.as_str()).map_or(id.as_str(), |known| &known.word).to_owned()
            }
            Self::Shared(path) => path.clone(),
        }
    }
}

/// Evaluates a rule for one account on an as-of date (a civil date in Asia/Tokyo), for a broadcast of `topic`.
#[must_use]
pub fn evaluate(
    segment: &Segment,
    catalogue: &Catalogue,
    household: &Household,
    as_of: Date,
    topic: Option<&str>,
) -> AccountVerdict {
    if let Some(reason) = household.always_excluded(topic) {
        return AccountVerdict { verdict: Verdict::Excluded(Exclusion::Always(reason)), persons: Vec::new() };
    }
    let nobody = Person::default();
    let view = View::new(catalogue, household, as_of);
    let persons: Vec<_> = looked_at(segment.header.unit, household, &nobody)
        .into_iter()
        .map(|person| PersonVerdict { person: person.id, verdict: view.verdict(segment, person) })
        .collect();
    AccountVerdict { verdict: of_account(&persons), persons }
}

/// The persons a rule looks at. A friend who registered nobody still counts as somebody of whom nothing is known.
pub(super) fn looked_at<'a>(unit: Unit, household: &'a Household, nobody: &'a Person) -> Vec<&'a Person> {
    match unit {
        Unit::Friend => vec![household.friend().unwrap_or(nobody)],
        Unit::Household => vec![nobody],
        Unit::EachPerson if household.persons.is_empty() => vec![nobody],
        Unit::EachPerson => household.persons.iter().collect(),
        Unit::Children => {
            let maybe_child =
                |person: &&Person| person.facts.choice(core::RELATION).is_none_or(|id| id == core::CHILD);
            household.persons.iter().filter(maybe_child).collect()
        }
    }
}

/// One target makes a target; otherwise what is unknown comes before what is settled.
fn of_account(persons: &[PersonVerdict]) -> Verdict {
    let first =
        |kind| persons.iter().map(|person| &person.verdict).find(|verdict| verdict.kind() == kind).cloned();
    let settled =
        [Expect::Target, Expect::Unknown, Expect::Excluded, Expect::NotTarget].into_iter().find_map(first);
    let no_child =
        || Decisive { path: Path::new(), words: "子どもの登録がありません".to_owned() };
    settled.unwrap_or_else(|| Verdict::NotTarget(no_child()))
}

/// One household on one day, asked by one rule.
pub(super) struct View<'a> {
    pub(super) catalogue: &'a Catalogue,
    pub(super) household: &'a Household,
    pub(super) as_of: Date,
    /// What came of conditions on relatives, by where they stand in memory: it is the same whoever asks, and one inside
    /// the other would otherwise be counted once more for each person at each level.
    counted: RefCell<BTreeMap<*const Relatives, Truth>>,
}

impl<'a> View<'a> {
    /// Must be asked by one rule only, which must not move as long as it lives.
    pub(super) fn new(catalogue: &'a Catalogue, household: &'a Household, as_of: Date) -> Self {
        Self { catalogue, household, as_of, counted: RefCell::default() }
    }

    pub(super) fn verdict(&self, segment: &Segment, person: &Person) -> Verdict {
        if let Some(reason) = person.always_excluded() {
            return Verdict::Excluded(Exclusion::Always(reason));
        }
        if segment.header.unit == Unit::Children && person.facts.choice(core::RELATION).is_none() {
            return Verdict::Unknown([Missing::Attribute(core::RELATION.into())].into());
        }
        let target = match &segment.target {
            Target::Everyone => Truth::True,
            Target::Group(group) => self.group(group, person),
        };
        let excluded = Truth::any(segment.exclusions.iter().map(|node| self.node(node, person)));
        match (target, excluded) {
            (Truth::False, _) => Verdict::NotTarget(self.failed(segment, person)),
            (_, Truth::True) => Verdict::Excluded(Exclusion::Rule(self.exclusion(segment, person))),
            (Truth::True, Truth::False) => Verdict::Target,
            _ => Verdict::Unknown(self.missing(segment, person)),
        }
    }

    pub(super) fn group(&self, group: &Group, person: &Person) -> Truth {
        let members = group.members.iter().map(|node| self.node(node, person));
        match group.mode {
            // A parser never lets an empty group pass; if one came all the same, it selects nobody.
            _ if group.members.is_empty() => Truth::Unknown,
            Mode::All => Truth::all(members),
            Mode::Any => Truth::any(members),
            Mode::None => !Truth::any(members),
        }
    }

    pub(super) fn node(&self, node: &Node, person: &Person) -> Truth {
        match &node.rule {
            Rule::Group(group) => self.group(group, person),
            Rule::Relatives(relatives) => self.relatives(relatives),
            Rule::Age(age) => condition::age(age, self.catalogue, person, self.as_of),
            Rule::BirthYear(year) => condition::birth_year(year, person),
            Rule::Attribute(condition) => {
                condition::attribute(condition, self.catalogue, self.household, person)
            }
            Rule::Elapsed(elapsed) => {
                condition::elapsed(elapsed, self.catalogue, self.household, person, self.as_of)
            }
            Rule::Event(event) => condition::event(event, self.household, person, self.as_of),
            Rule::Bucket(bucket) => condition::bucket(bucket, self.household.lot),
            // A library puts the shared group in its place; what was left is told to nobody.
            Rule::Shared(_) => Truth::Unknown,
        }
    }

    fn relatives(&self, relatives: &Relatives) -> Truth {
        let place = std::ptr::from_ref(relatives);
        let known = self.counted.borrow().get(&place).copied();
        known.unwrap_or_else(|| {
            let truth = self.count(relatives);
            self.counted.borrow_mut().insert(place, truth);
            truth
        })
    }

    fn count(&self, relatives: &Relatives) -> Truth {
        let pairs: Vec<(Truth, Truth)> = self
            .living()
            .map(|(_, person)| {
                (condition::related(&relatives.relations, person), self.group(&relatives.group, person))
            })
            .collect();
        if relatives.count == HowMany::Everyone {
            let someone = Truth::any(pairs.iter().map(|(related, _)| *related));
            return someone.and(Truth::all(pairs.iter().map(|(related, fits)| (!*related).or(*fits))));
        }
        let both = pairs.iter().map(|(related, fits)| related.and(*fits));
        let surely = both.clone().filter(|truth| *truth == Truth::True).count();
        let perhaps = both.filter(|truth| *truth != Truth::False).count();
        match relatives.count {
            HowMany::Someone | HowMany::Everyone => at_least(1, surely, perhaps),
            HowMany::AtLeast(number) => at_least(usize::from(number), surely, perhaps),
            HowMany::AtMost(number) => !at_least(usize::from(number) + 1, surely, perhaps),
            HowMany::Nobody => !at_least(1, surely, perhaps),
        }
    }

    /// The persons of the household with their numbers; those who moved away or died are not part of it.
    pub(super) fn living(&self) -> impl Iterator<Item = (usize, &Person)> {
        let all = self.household.persons.iter().enumerate();
        all.filter(|(_, person)| person.standing == PersonStanding::Active)
    }

    /// Whether a person has one of the 続柄 that are asked about.
    pub(super) fn related(relatives: &Relatives, person: &Person) -> Truth {
        condition::related(&relatives.relations, person)
    }
}

fn at_least(number: usize, surely: usize, perhaps: usize) -> Truth {
    match (number <= surely, perhaps < number) {
        (true, _) => Truth::True,
        (_, true) => Truth::False,
        _ => Truth::Unknown,
    }
}
