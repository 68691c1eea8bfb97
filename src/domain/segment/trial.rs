//! Tries a rule on made-up people: rows of a table become households, and each row gets an answer.
//!
//! The department's own list, with the answers it expects, so becomes a test of the rule. Nothing is guessed: a row
//! with a cell that can't be read has no answer, and neither has its household, because a rule may look at everybody
//! in it. It knows no file, no database and no clock; names of columns and cells are handed in as text.

mod columns;
mod household;
mod row;

pub use columns::Columns;
pub use row::Row;

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use jiff::civil::Date;

use super::person::{AccountVerdict, Exclusion, Verdict, evaluate};
use super::rule::{Expect, Node, Relatives, Rule, Segment, Target};
use crate::domain::attribute::{Catalogue, core};
use household::{MadeUp, person_id};

/// One thing that is wrong with the table, with the place to mend it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The line on which the row begins, from 1.
    pub line: u64,
    /// The column's name as the table has it; empty where the whole row is meant.
    pub column: String,
    /// What is wrong and what to do, in Japanese; never what the cell held.
    pub message: String,
}

/// One row with its answer.
#[derive(Clone, Debug)]
pub struct Answered {
    /// The line on which the row begins, from 1.
    pub line: u64,
    /// The account as the table names it; `None` where each row is one.
    pub account: Option<String>,
    /// The as-of date; `None` where the row can't be read.
    pub as_of: Option<Date>,
    /// The answer.
    pub answer: Answer,
    /// The answer that was expected.
    pub expect: Option<Expect>,
}

/// The answer to one row.
#[derive(Clone, Debug)]
pub enum Answer {
    /// What the rule says of this person.
    Said(Verdict),
    /// The rule doesn't look at this person (単位), only perhaps through another one of the household.
    NotLookedAt,
    /// 読めません: there is no answer.
    Unreadable(Vec<Problem>),
}

impl Answer {
    /// The Japanese word.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::Said(verdict) => verdict.kind().word(),
            Self::NotLookedAt => "見ない",
            Self::Unreadable(_) => "読めません",
        }
    }
}

impl Answered {
    /// Whether the answer is another one than was expected. Somebody whom the rule doesn't look at is no target;
    /// a row without an answer agrees with nothing.
    #[must_use]
    pub fn differs(&self) -> bool {
        self.expect.is_some_and(|expect| match &self.answer {
            Answer::Said(verdict) => verdict.kind() != expect,
            Answer::NotLookedAt => expect != Expect::NotTarget,
            Answer::Unreadable(_) => true,
        })
    }
}

/// How a whole table was answered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Rows by the word of their answer.
    pub rows: BTreeMap<&'static str, usize>,
    /// Accounts that would get the message.
    pub accounts: usize,
    /// Rows with an expected answer.
    pub expected: usize,
    /// Rows whose answer is another one than was expected.
    pub differing: usize,
}

/// A rule to be tried.
#[derive(Clone, Copy, Debug)]
pub struct Trial<'a> {
    /// The rule, shared conditions in their places.
    pub segment: &'a Segment,
    /// The words.
    pub catalogue: &'a Catalogue,
    /// The as-of date of accounts that have none of their own.
    pub as_of: Date,
}

impl Trial<'_> {
    /// Answers every row, in the order of the table, and counts.
    #[must_use]
    pub fn answer(&self, columns: &Columns<'_>, rows: Vec<Row>) -> (Vec<Answered>, Tally) {
        let mut places: BTreeMap<String, usize> = BTreeMap::new();
        let mut households: Vec<Vec<Row>> = Vec::new();
        for row in rows {
            let at = match &row.account {
                None => households.len(),
                Some(account) => *places.entry(account.clone()).or_insert(households.len()),
            };
            match households.get_mut(at) {
                Some(household) => household.push(row),
                None => households.push(vec![row]),
            }
        }
        let mut tally = Tally::default();
        let mut answered = Vec::new();
        for household in households {
            let answers = self.household(columns, household);
            let is_target = |one: &Answered| matches!(one.answer, Answer::Said(Verdict::Target));
            tally.accounts += usize::from(answers.iter().any(is_target));
            answered.extend(answers);
        }
        answered.sort_by_key(|one| one.line);
        answered.iter().for_each(|one| tally.count(one));
        (answered, tally)
    }

    fn household(&self, columns: &Columns<'_>, rows: Vec<Row>) -> Vec<Answered> {
        let made_up = match MadeUp::of(columns, rows, self.as_of) {
            Ok(made_up) => made_up,
            Err(unreadable) => return unreadable,
        };
        let mut days: BTreeMap<Date, AccountVerdict> = BTreeMap::new();
        let mut answered = Vec::with_capacity(made_up.rows.len());
        for (at, row) in made_up.rows.iter().enumerate() {
            let as_of = made_up.as_of(row);
            let said = days
                .entry(as_of)
                .or_insert_with(|| evaluate(self.segment, self.catalogue, &made_up.household, as_of, None));
            answered.push(Answered {
                line: row.line,
                account: row.account.clone(),
                as_of: Some(as_of),
                answer: answer_of(said, row, at == 0),
                expect: row.expect,
            });
        }
        answered
    }

    /// What the rule asks about and the table has no column for, said once each.
    #[must_use]
    pub fn notes(&self, columns: &Columns<'_>) -> Vec<String> {
        let mut asked = BTreeSet::new();
        if let Target::Group(group) = &self.segment.target {
            asked_by(&group.members, self.catalogue, &mut asked);
        }
        asked_by(&self.segment.exclusions, self.catalogue, &mut asked);
        let absent = asked.into_iter().filter(|name| !columns.has(self.catalogue, name));
        let say = |name| format!("「{name}」の列がないため、だれについても分からないものとして試しました。");
        absent.map(say).collect()
    }
}

/// The names of the columns that conditions would be answered from.
fn asked_by(nodes: &[Node], catalogue: &Catalogue, asked: &mut BTreeSet<String>) {
    let word = |id: &str| catalogue.attribute(id).map_or(id, |attribute| &attribute.word).to_owned();
    for node in nodes {
        match &node.rule {
            Rule::Group(group) => asked_by(&group.members, catalogue, asked),
            Rule::Relatives(Relatives { group, .. }) => asked_by(&group.members, catalogue, asked),
            Rule::Age(_) | Rule::BirthYear(_) => _ = asked.insert(word(core::BIRTH_DATE)),
            Rule::Attribute(condition) => _ = asked.insert(word(condition.attribute.as_str())),
            Rule::Elapsed(condition) => _ = asked.insert(word(condition.attribute.as_str())),
            Rule::Event(event) => {
                let subject = catalogue.subject_word(event.kind, &event.subject);
                asked.insert(format!("{}:{subject}", event.kind.word()));
            }
            Rule::Bucket(_) => _ = asked.insert("抽選".to_owned()),
            Rule::Shared(_) => {}
        }
    }
}

/// The account's own answer stands at its first row where the rule looked at nobody registered.
fn answer_of(said: &AccountVerdict, row: &Row, is_first: bool) -> Answer {
    let of_row = said.persons.iter().find(|person| person.person == Some(person_id(row.line)));
    let of_account = said.persons.is_empty() || said.persons.iter().any(|person| person.person.is_none());
    match (of_row, &said.verdict) {
        (Some(person), _) => Answer::Said(person.verdict.clone()),
        (None, verdict @ Verdict::Excluded(Exclusion::Always(_))) if said.persons.is_empty() => {
            Answer::Said(verdict.clone())
        }
        (None, verdict) if is_first && of_account => Answer::Said(verdict.clone()),
        _ => Answer::NotLookedAt,
    }
}

impl Tally {
    fn count(&mut self, one: &Answered) {
        *self.rows.entry(one.answer.word()).or_default() += 1;
        self.expected += usize::from(one.expect.is_some());
        self.differing += usize::from(one.differs());
    }

    /// Rows with this word for an answer.
    #[must_use]
    pub fn of(&self, word: &str) -> usize {
        self.rows.get(word).copied().unwrap_or(0)
    }
}
