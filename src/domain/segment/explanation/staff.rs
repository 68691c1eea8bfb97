//! The explanation as staff read it: the answer, and beneath it the rule with a sign before each line.

use std::fmt::Write as _;

use super::{Explanation, Line, PersonExplained, Said};
use crate::domain::calendar::wareki;
use crate::domain::segment::truth::Truth;
use crate::domain::segment::words::Window;

/// The whole explanation in Japanese, line by line.
#[must_use]
pub fn staff(explanation: &Explanation) -> String {
    let Explanation { rule, as_of, account, persons } = explanation;
    let mut out = format!("{rule}(基準日 {as_of} {})\nアカウント: {}\n", wareki(*as_of), said(account));
    // Writing into a string can't fail.
    persons.iter().for_each(|person| _ = write_person(&mut out, person));
    out
}

fn write_person(out: &mut String, person: &PersonExplained) -> std::fmt::Result {
    let relation = person.relation.as_ref().map(|word| format!("({word})")).unwrap_or_default();
    let who = match person.number {
        Some(number) => format!("{number}人目{relation}"),
        None => "アカウントとして".to_owned(),
    };
    writeln!(out, "{who}: {}", said(&person.said))?;
    if person.said.always.is_some() {
        return Ok(());
    }
    writeln!(out, "  対象")?;
    write_line(out, &person.target, 2)?;
    if !person.exclusions.is_empty() {
        writeln!(out, "  除外")?;
    }
    person.exclusions.iter().try_for_each(|line| write_line(out, line, 2))
}

fn said(said: &Said) -> String {
    let line = said.line.map(|line| format!("、{line}行目")).unwrap_or_default();
    let reason = said.reason.as_ref().map(|reason| format!("({reason}{line})")).unwrap_or_default();
    format!("{}{reason}", said.word)
}

fn write_line(out: &mut String, line: &Line, depth: usize) -> std::fmt::Result {
    let sign = match line.truth {
        Truth::True => '○',
        Truth::False => '×',
        Truth::Unknown => '?',
    };
    let missing = line.missing.as_ref().map(|word| format!(" 分からない: {word}")).unwrap_or_default();
    let note = line.note.as_ref().map(|note| format!("  # {note}")).unwrap_or_default();
    let decides = if line.decides && line.members.is_empty() { "  ← 決め手" } else { "" };
    let (indent, dates) = ("  ".repeat(depth), dates_words(&line.windows));
    writeln!(out, "{indent}{sign} {}{dates}{missing}{note}{decides}", line.text)?;
    line.members.iter().try_for_each(|member| write_line(out, member, depth + 1))
}

/// 「(昭和27年4月1日〜昭和62年3月31日生まれ 1952-04-01〜1987-03-31)」; nothing where there are no dates.
#[must_use]
pub fn dates_words(windows: &[Window]) -> String {
    let both = windows.iter().map(|window| format!("{} {}", window.wareki, window.iso));
    if windows.is_empty() {
        return String::new();
    }
    format!("({})", both.collect::<Vec<_>>().join("、"))
}
