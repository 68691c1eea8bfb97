//! Explains what a rule says of one household on one day: every condition with its truth, the deciding ones marked,
//! the dates behind them, and what is missing.
//!
//! The same evaluator gives the answer and the explanation, so they can't disagree. For staff and programs there is the
//! whole trace; for the resident only what was true of them, in [`resident`]. The trace says which conditions hold and
//! never a value: no birth date, no address.

mod resident;
mod staff;
mod trace;

pub use resident::resident;
pub use staff::{dates_words, staff};

use jiff::civil::Date;
use serde::Serialize;

use super::person::{Exclusion, Verdict, View, evaluate, looked_at};
use super::rule::{Expect, Segment};
use super::text::{Path, Places};
use super::truth::Truth;
use super::words::Window;
use crate::domain::attribute::{Catalogue, core};
use crate::domain::household::{AlwaysExcluded, Household, Person};

/// What a rule says of an account, and why. Its JSON form is described in `docs/try.md`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Explanation {
    /// The rule's 名前.
    pub rule: String,
    /// The as-of date.
    pub as_of: Date,
    /// The answer for the account.
    pub account: Said,
    /// The answers for the persons whom the rule looked at; none where the account is left out whatever the rule.
    pub persons: Vec<PersonExplained>,
}

/// What a rule says of one person, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PersonExplained {
    /// Which person of the household, from 1 in the order of registration; `None` where the rule looked at the account.
    pub number: Option<usize>,
    /// The word of the person's 続柄, if known.
    pub relation: Option<String>,
    /// The answer.
    #[serde(flatten)]
    pub said: Said,
    /// 対象.
    pub target: Line,
    /// 除外, line by line.
    pub exclusions: Vec<Line>,
}

/// An answer with its reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Said {
    /// The answer.
    pub answer: Expect,
    /// Its Japanese word.
    pub word: &'static str,
    /// The reason in words; none for a target.
    pub reason: Option<String>,
    /// The reason that no rule can lift.
    pub always: Option<AlwaysExcluded>,
    /// Where the deciding condition stands in the rule.
    pub path: Option<Path>,
    /// On which line of the file it stands.
    pub line: Option<usize>,
    /// What is missing, where the answer is unknown.
    pub missing: Vec<String>,
}

/// One line of the rule with its truth for one person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Line {
    /// Where it stands in the rule. A person of the household, listed beneath a condition on relatives, has its path.
    pub path: Path,
    /// On which line of the file.
    pub line: Option<usize>,
    /// What it asks.
    pub text: String,
    /// Whether it holds.
    #[serde(serialize_with = "truth_word")]
    pub truth: Truth,
    /// Whether the answer rests on it.
    pub decides: bool,
    /// The dates behind it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub windows: Vec<Window>,
    /// The comment beside it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// What it lacks, where it can't be told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub missing: Option<String>,
    /// What stands beneath it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub members: Vec<Line>,
}

fn truth_word<S: serde::Serializer>(truth: &Truth, out: S) -> Result<S::Ok, S::Error> {
    out.serialize_str(match truth {
        Truth::True => "true",
        Truth::False => "false",
        Truth::Unknown => "unknown",
    })
}

/// A rule that is to be explained.
#[derive(Clone, Copy, Debug)]
pub struct Question<'a> {
    /// The rule, shared conditions in their places.
    pub segment: &'a Segment,
    /// Where its lines stand, if there is a text.
    pub places: Option<&'a Places>,
    /// The words.
    pub catalogue: &'a Catalogue,
    /// The as-of date.
    pub as_of: Date,
    /// The topic of the broadcast.
    pub topic: Option<&'a str>,
}

/// Explains what a rule says of a household.
#[must_use]
pub fn explain(question: &Question<'_>, household: &Household) -> Explanation {
    let Question { segment, catalogue, as_of, topic, .. } = *question;
    let answer = evaluate(segment, catalogue, household, as_of, topic);
    let nobody = Person::default();
    let view = View::new(catalogue, household, as_of);
    let looked_at = looked_at(segment.header.unit, household, &nobody);
    let persons = looked_at.into_iter().zip(&answer.persons).map(|(person, said)| {
        let number = household.persons.iter().position(|other| std::ptr::eq(other, person));
        let (target, exclusions) = trace::lines(question, &view, person, &said.verdict);
        PersonExplained {
            number: number.map(|at| at + 1),
            relation: relation(catalogue, person),
            said: Said::of(&said.verdict, question),
            target,
            exclusions,
        }
    });
    let persons = persons.collect();
    Explanation {
        rule: segment.header.name.clone(),
        as_of,
        account: Said::of(&answer.verdict, question),
        persons,
    }
}

fn relation(catalogue: &Catalogue, person: &Person) -> Option<String> {
    let id = person.facts.choice(core::RELATION)?;
    Some(catalogue.attribute(core::RELATION)?.value(id)?.word.clone())
}

impl Said {
    fn of(verdict: &Verdict, question: &Question<'_>) -> Self {
        let decisive = verdict.decisive();
        let always = match verdict {
            Verdict::Excluded(Exclusion::Always(reason)) => Some(*reason),
            _ => None,
        };
        Self {
            answer: verdict.kind(),
            word: verdict.kind().word(),
            reason: verdict.reason(question.catalogue),
            always,
            path: decisive.map(|decisive| decisive.path.clone()),
            line: decisive.and_then(|decisive| decisive.line(question.places?)),
            missing: verdict.missing(question.catalogue),
        }
    }
}
