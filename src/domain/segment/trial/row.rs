//! One row of the table, understood cell by cell.

use jiff::civil::Date;

use super::Problem;
use super::columns::{Column, Columns};
use crate::domain::attribute::{Attribute, AttributeId, Facts, Subject, Value, ValueType, core};
use crate::domain::entry::{self, refusal};
use crate::domain::history::{Event, EventKind, When};
use crate::domain::household::PersonStanding;
use crate::domain::segment::bucket::BUCKETS;
use crate::domain::segment::rule::Expect;

/// A cell that says: nobody knows.
const UNKNOWN: &str = "不明";
/// A cell that says: there is none, and that is known.
const NONE: &str = "なし";

/// What a row says of one person.
#[derive(Clone, Debug, Default)]
pub struct Row {
    /// The line on which it begins, from 1.
    pub line: u64,
    /// The account as the table names it.
    pub account: Option<String>,
    pub(super) as_of: Option<Date>,
    /// Facts of the person.
    pub(super) facts: Facts,
    /// 続柄 is said to be unknown; else the first row of an account is the friend.
    pub(super) is_unrelated: bool,
    /// Facts of the account, with the column in which they stand.
    pub(super) of_account: Vec<(String, AttributeId, Value)>,
    pub(super) standing: PersonStanding,
    pub(super) lot: Option<(String, u16)>,
    pub(super) events: Vec<Event>,
    /// Of what there is no record.
    pub(super) unrecorded: Vec<(EventKind, String)>,
    pub(super) expect: Option<Expect>,
    pub(super) problems: Vec<Problem>,
}

impl Row {
    /// Reads a row; what can't be read is kept with it.
    #[must_use]
    pub fn read(columns: &Columns<'_>, line: u64, cells: &[String]) -> Self {
        let mut row = Self { line, ..Self::default() };
        if cells.len() != columns.len() {
            let message = format!(
                "列の数が{}で、1行目の{}と違います。カンマや「\"」の付け方を確かめてください",
                cells.len(),
                columns.len()
            );
            row.wrong("", message);
        }
        for ((name, column), cell) in columns.iter().zip(cells) {
            if let Err(message) = row.take(name, column, &entry::tidy(cell)) {
                row.wrong(name, message);
            }
        }
        row
    }

    pub(super) fn wrong(&mut self, column: &str, message: impl Into<String>) {
        let (line, column) = (self.line, column.to_owned());
        self.problems.push(Problem { line, column, message: message.into() });
    }

    fn take(&mut self, name: &str, column: &Column<'_>, cell: &str) -> Result<(), String> {
        match column {
            Column::Account if cell.is_empty() => {
                return Err("どのアカウントの行か分かりません。続きの行にも書いてください".to_owned());
            }
            Column::Account if cell.chars().any(char::is_control) => {
                return Err("改行などは使えません。「\"」の閉じ忘れがないか確かめてください".to_owned());
            }
            Column::Account => self.account = Some(cell.to_owned()),
            Column::Event(kind, subject) => return self.events(*kind, subject, cell),
            Column::Remark => {}
            _ if cell.is_empty() => {}
            Column::AsOf => self.as_of = Some(day(cell)?),
            Column::Standing => self.standing = standing(cell)?,
            Column::Lot => self.lot = Some((name.to_owned(), lot(cell)?)),
            Column::Expect => self.expect = Some(expect(cell)?),
            Column::Attribute(attribute) => {
                self.is_unrelated |= attribute.id.as_str() == core::RELATION && cell == UNKNOWN;
                if let Some(value) = value(attribute, cell)? {
                    self.fact(name, attribute, value);
                }
            }
        }
        Ok(())
    }

    fn fact(&mut self, name: &str, attribute: &Attribute, value: Value) {
        match attribute.subject {
            Subject::Person => self.facts.set(attribute.id.clone(), value),
            Subject::Account => self.of_account.push((name.to_owned(), attribute.id.clone(), value)),
        }
    }

    /// 「2024;2025-07-10;令和7年度」; empty is none, and known to be none.
    fn events(&mut self, kind: EventKind, subject: &str, cell: &str) -> Result<(), String> {
        if cell == UNKNOWN {
            self.unrecorded.push((kind, subject.to_owned()));
            return Ok(());
        }
        let pieces = cell.split([';', '、', ',']).map(str::trim);
        for piece in pieces.filter(|piece| !matches!(*piece, "" | NONE)) {
            let on = when(piece)
                .ok_or("年度(2025、令和7年度)か日付(2025-07-10)を「;」で区切って書いてください。記録がないときは空、分からないときは「不明」です")?;
            self.events.push(Event { kind, subject: subject.to_owned(), on });
        }
        Ok(())
    }
}

/// A bare year is a fiscal year.
fn when(text: &str) -> Option<When> {
    let is_year = text.len() == 4 && text.bytes().all(|byte| byte.is_ascii_digit());
    if is_year || text.ends_with("年度") {
        return format!("{}年度", text.trim_end_matches("年度")).parse().ok();
    }
    entry::date(text).map(When::Day)
}

fn day(cell: &str) -> Result<Date, &'static str> {
    entry::date(cell).ok_or("日付が読み取れません。2026-07-01 のように書いてください")
}

fn standing(cell: &str) -> Result<PersonStanding, &'static str> {
    match cell {
        "active" | "在住" | "転入" => Ok(PersonStanding::Active),
        "moved" | "転出" => Ok(PersonStanding::Moved),
        "deceased" | "死亡" => Ok(PersonStanding::Deceased),
        _ => Err("「在住(active)」「転出(moved)」「死亡(deceased)」のどれかを書くか、空にしてください"),
    }
}

fn lot(cell: &str) -> Result<u16, &'static str> {
    let digits = cell.bytes().all(|byte| byte.is_ascii_digit());
    let number = cell.parse().ok().filter(|number| digits && *number < BUCKETS);
    number.ok_or("0〜9999の数を書いてください")
}

fn expect(cell: &str) -> Result<Expect, &'static str> {
    let all = [Expect::Target, Expect::NotTarget, Expect::Excluded, Expect::Unknown];
    let found = all.into_iter().find(|one| one.word() == cell);
    found.ok_or("「対象」「対象外」「除外」「不明」のどれかを書くか、空にしてください")
}

/// A value, or `None` where it isn't known.
fn value(attribute: &Attribute, cell: &str) -> Result<Option<Value>, String> {
    if cell == UNKNOWN {
        return Ok(None);
    }
    if cell == NONE && attribute.value_type == ValueType::Choices {
        return Ok(Some(Value::Choices([].into())));
    }
    entry::read(attribute, cell).map_err(|error| refusal::words(attribute, cell, error))
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn a_record_is_a_year_or_a_day_and_a_bare_year_is_a_fiscal_year() {
        for text in ["2025", "2025年度", "令和7年度", "R7年度"] {
            assert_eq!(when(text), Some(When::FiscalYear(2025)), "{text}");
        }
        for text in ["2025-07-10", "令和7年7月10日", "20250710", "R7.7.10"] {
            assert_eq!(when(text), Some(When::Day(date(2025, 7, 10))), "{text}");
        }
        for text in ["25", "2025-02-30", "1025", "去年", "年度"] {
            assert_eq!(when(text), None, "{text}");
        }
    }
}
