//! Rows of one account put together to a household; or what keeps them from being one.

use std::sync::Arc;

use jiff::civil::Date;
use uuid::Uuid;

use super::columns::Columns;
use super::row::Row;
use super::{Answer, Answered, Problem};
use crate::domain::attribute::{Value, core};
use crate::domain::history::{Coverage, EventKind, History, Since};
use crate::domain::household::{Household, Lot, Person};
use crate::domain::ids::PersonId;

/// A household with the rows it came from, the first row first.
pub(super) struct MadeUp {
    pub(super) household: Household,
    pub(super) rows: Vec<Row>,
    /// The as-of date of rows that have none of their own.
    as_of: Date,
}

/// Made-up people are told apart by their lines.
pub(super) fn person_id(line: u64) -> PersonId {
    PersonId(Uuid::from_u128(u128::from(line)))
}

impl MadeUp {
    /// Puts the rows together; or answers that none of them can be read.
    pub(super) fn of(columns: &Columns<'_>, mut rows: Vec<Row>, as_of: Date) -> Result<Self, Vec<Answered>> {
        let household = put_together(columns, &mut rows);
        if rows.iter().any(|row| !row.problems.is_empty()) {
            return Err(unreadable(rows));
        }
        let as_of = rows.first().and_then(|row| row.as_of).unwrap_or(as_of);
        Ok(Self { household, rows, as_of })
    }

    pub(super) fn as_of(&self, row: &Row) -> Date {
        row.as_of.unwrap_or(self.as_of)
    }
}

/// A rule may look at the whole household: where one row can't be read, nothing is sure of the others.
fn unreadable(rows: Vec<Row>) -> Vec<Answered> {
    let first = rows.iter().find(|row| !row.problems.is_empty()).map_or(0, |row| row.line);
    let answered = rows.into_iter().map(|row| {
        let problems = if row.problems.is_empty() {
            let message = format!("同じアカウントの{first}行目が読めないため、答えを出せません");
            vec![Problem { line: row.line, column: String::new(), message }]
        } else {
            row.problems
        };
        let answer = Answer::Unreadable(problems);
        Answered { line: row.line, account: row.account, as_of: None, answer, expect: row.expect }
    });
    answered.collect()
}

fn put_together(columns: &Columns<'_>, rows: &mut [Row]) -> Household {
    let covered: Vec<_> = columns.events().collect();
    let mut household = Household::default();
    let mut friend = None;
    let mut unrecorded = Vec::new();
    for (at, row) in rows.iter_mut().enumerate() {
        if at == 0 && !row.is_unrelated && row.facts.get(core::RELATION).is_none() {
            row.facts.set(core::RELATION, Value::Choice(core::SELF.into()));
        }
        if row.facts.choice(core::RELATION) == Some(core::SELF) {
            match friend {
                None => friend = Some(row.line),
                Some(first) => row.wrong("", format!("{first}行目にも、同じアカウントの本人がいます")),
            }
        }
        add_account(&mut household, row);
        let of_person = |kind: EventKind| kind.of_person();
        let (own, shared): (Vec<_>, Vec<_>) =
            std::mem::take(&mut row.events).into_iter().partition(|event| of_person(event.kind));
        household.history.events.extend(shared);
        unrecorded.extend(row.unrecorded.iter().filter(|(kind, _)| !of_person(*kind)).cloned());
        household.persons.push(Person {
            id: Some(person_id(row.line)),
            facts: std::mem::take(&mut row.facts),
            standing: row.standing,
            history: History { events: own, coverage: Arc::new(coverage(&covered, &row.unrecorded)) },
        });
    }
    household.history.coverage = Arc::new(coverage(&covered, &unrecorded));
    household
}

/// What is said of the account may stand in any of its rows, and twice if it is the same.
fn add_account(household: &mut Household, row: &mut Row) {
    for (column, attribute, value) in std::mem::take(&mut row.of_account) {
        match household.account.get(attribute.as_str()) {
            Some(known) if *known != value => {
                row.wrong(&column, "同じアカウントの上の行と違う値です。アカウントに一つの値を書いてください")
            }
            _ => household.account.set(attribute, value),
        }
    }
    if let Some((column, number)) = row.lot.take() {
        match household.lot {
            Lot::Drawn(known) if known != number => {
                row.wrong(&column, "同じアカウントの上の行と違う数です。アカウントに一つの数を書いてください")
            }
            _ => household.lot = Lot::Drawn(number),
        }
    }
}

fn coverage(covered: &[(EventKind, &str)], unrecorded: &[(EventKind, String)]) -> Coverage {
    let mut coverage = Coverage::default();
    for (kind, subject) in covered {
        if unrecorded.iter().all(|(other, name)| (other, name.as_str()) != (kind, subject)) {
            coverage.set(*kind, *subject, Since::Beginning);
        }
    }
    coverage
}
