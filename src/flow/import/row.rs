//! One row, understood: whose it is and what it says, before anybody looks into the database.

use jiff::civil::Date;

use super::Problem;
use super::columns::{Column, Columns};
use super::table::Record;
use crate::domain::attribute::{Attribute, AttributeId, Subject, Value};
use crate::domain::entry::{self, EntryError, refusal};
use crate::domain::household::PersonStanding;
use crate::domain::ids::{AccountId, LineUserId};

/// Nobody who is registered was born before this day; an earlier one is a slip.
const EARLIEST: Date = Date::constant(1900, 1, 1);

const DATE_RANGE: &str = "1900年から今日までの日付で書いてください";

/// A cell that says: forget this.
const CLEAR: &str = "-";

/// What a row says.
#[derive(Default)]
pub(super) struct Row {
    /// The line on which it begins.
    pub line: u64,
    /// The city's own key of the person.
    pub city_key: Option<String>,
    /// The friend, by LINE's id.
    pub user: Option<LineUserId>,
    /// The friend, by our id.
    pub account: Option<AccountId>,
    /// Whether the person lives here.
    pub standing: Option<PersonStanding>,
    /// What is said, of the account or of the person; `None` forgets.
    pub facts: Vec<(Subject, AttributeId, Option<Value>)>,
}

impl Row {
    /// Reads a row, or says everything that is wrong with it; a date lies between 1900 and `today`.
    pub fn read(columns: &Columns<'_>, record: &Record, today: Date) -> Result<Self, Vec<Problem>> {
        let problem = |column: &str, message: &str| Problem {
            line: record.line,
            column: column.to_owned(),
            message: message.to_owned(),
        };
        if record.cells.len() != columns.len() {
            let message = format!(
                "列の数が{}で、1行目の{}と違います。カンマや「\"」の付け方を確かめてください",
                record.cells.len(),
                columns.len()
            );
            return Err(vec![problem("", &message)]);
        }
        let mut row = Self { line: record.line, ..Self::default() };
        let mut problems = Vec::new();
        for ((name, column), cell) in columns.iter().zip(&record.cells) {
            if let Err(message) = row.take(*column, &entry::tidy(cell), today) {
                problems.push(problem(name, &message));
            }
        }
        if problems.is_empty() && row.city_key.is_none() && row.user.is_none() && row.account.is_none() {
            problems.push(problem("", "だれの行かを示す列がすべて空です"));
        }
        if problems.is_empty() { Ok(row) } else { Err(problems) }
    }

    fn take(&mut self, column: Column<'_>, cell: &str, today: Date) -> Result<(), String> {
        if cell.is_empty() {
            return Ok(());
        }
        match column {
            Column::CityKey => self.city_key = Some(city_key(cell)?),
            Column::LineUser => {
                let user = LineUserId::parse(cell);
                self.user = Some(user.ok_or("Uで始まる33文字のIDを書いてください")?);
            }
            Column::Account => {
                let account = AccountId::parse(cell);
                self.account = Some(account.ok_or("アカウントIDの形ではありません")?);
            }
            Column::Moved => self.standing = Some(standing(cell)?),
            Column::Attribute(attribute) => {
                let value = if cell == CLEAR { None } else { value(attribute, cell, today)? };
                self.facts.push((attribute.subject, attribute.id.clone(), value));
            }
        }
        Ok(())
    }

    /// The column and the text that say whose row this is.
    pub fn key(&self) -> (Column<'static>, String) {
        if let Some(key) = &self.city_key {
            return (Column::CityKey, format!("c{key}"));
        }
        match (&self.user, self.account) {
            (Some(user), _) => (Column::LineUser, format!("u{}", user.as_str())),
            (None, account) => (Column::Account, format!("a{account:?}")),
        }
    }
}

fn city_key(cell: &str) -> Result<String, &'static str> {
    let plain = cell.chars().all(|sign| sign.is_ascii_alphanumeric() || sign == '-');
    (plain && cell.len() <= 40)
        .then(|| cell.to_owned())
        .ok_or("半角の英数字と-で、40文字までで書いてください")
}

fn standing(cell: &str) -> Result<PersonStanding, &'static str> {
    match cell {
        "転出" => Ok(PersonStanding::Moved),
        "死亡" => Ok(PersonStanding::Deceased),
        "転入" | "在住" => Ok(PersonStanding::Active),
        _ => Err("「転出」「死亡」「転入」「在住」のどれかを書くか、空にしてください"),
    }
}

fn value(attribute: &Attribute, cell: &str, today: Date) -> Result<Option<Value>, String> {
    match entry::read(attribute, cell).map_err(|error| unread(attribute, cell, error))? {
        Some(Value::Date(date)) if date < EARLIEST || today < date => Err(DATE_RANGE.to_owned()),
        value => Ok(value),
    }
}

fn unread(attribute: &Attribute, cell: &str, error: EntryError) -> String {
    match error {
        EntryError::NotADate if is_far_off(cell) => DATE_RANGE.to_owned(),
        error => refusal::words(attribute, cell, error),
    }
}

/// A day that exists, in a year too far off to be read as one.
fn is_far_off(cell: &str) -> bool {
    let mut parts = cell.split(['-', '/', '.', '年', '月']).map(|part| part.trim_end_matches('日'));
    let mut part = || parts.next().unwrap_or_default();
    let (year, month, day) = (part(), part().parse(), part().parse());
    year.len() == 4
        && matches!((year.parse(), month, day), (Ok(year), Ok(month), Ok(day)) if Date::new(year, month, day).is_ok())
}
