//! The first row of the table: which column holds what.
//!
//! Strict, because a column that is silently passed over is a fact that the rule silently lacks.

use std::collections::BTreeSet;

use super::Problem;
use crate::domain::attribute::{Attribute, Catalogue};
use crate::domain::entry::tidy;
use crate::domain::history::EventKind;
use crate::domain::segment::text::nearest;

/// What a column holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Column<'a> {
    Account,
    AsOf,
    Standing,
    Lot,
    Expect,
    /// A remark for people.
    Remark,
    Attribute(&'a Attribute),
    /// A programme's id, or a series.
    Event(EventKind, String),
}

/// So much of a name is repeated in a message.
const LONGEST: usize = 40;

const FIXED: [(&[&str], Column<'static>); 6] = [
    (&["account", "アカウント"], Column::Account),
    (&["as_of", "基準日"], Column::AsOf),
    (&["standing", "異動"], Column::Standing),
    (&["lot", "抽選"], Column::Lot),
    (&["expect", "期待"], Column::Expect),
    (&["note", "備考"], Column::Remark),
];

/// The columns of a table in their order, with their names as the table has them.
#[derive(Clone, Debug)]
pub struct Columns<'a> {
    columns: Vec<(String, Column<'a>)>,
}

impl<'a> Columns<'a> {
    /// Reads the first row.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn read(catalogue: &'a Catalogue, header: &[String]) -> Result<Self, Vec<Problem>> {
        let mut problems = Vec::new();
        let mut columns: Vec<(String, Column<'a>)> = Vec::new();
        for (at, name) in header.iter().enumerate() {
            let name = tidy(name);
            let read = column(catalogue, &name).and_then(|column| {
                let twin = columns.iter().find(|(_, other)| *other == column);
                twin.map_or(Ok(column), |(twin, _)| Err(twice(twin, &name)))
            });
            match read {
                Ok(column) => columns.push((name, column)),
                Err(message) => {
                    let message = format!("{}列目: {message}", at + 1);
                    problems.push(Problem { line: 1, column: shown(&name), message });
                }
            }
        }
        if problems.is_empty() { Ok(Self { columns }) } else { Err(problems) }
    }

    pub(super) fn len(&self) -> usize {
        self.columns.len()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &Column<'a>)> {
        self.columns.iter().map(|(name, column)| (name.as_str(), column))
    }

    /// Whether there is a column for an attribute's word, 抽選, or an event such as `受診:特定健診`.
    pub(super) fn has(&self, catalogue: &Catalogue, name: &str) -> bool {
        let wanted = column(catalogue, name);
        self.columns.iter().any(|(_, column)| wanted.as_ref() == Ok(column))
    }

    /// Everything whose records the table has.
    pub(super) fn events(&self) -> impl Iterator<Item = (EventKind, &str)> {
        self.columns.iter().filter_map(|(_, column)| match column {
            Column::Event(kind, subject) => Some((*kind, subject.as_str())),
            _ => None,
        })
    }
}

/// A name as far as a message needs it: behind a quote that is never closed the whole file would be one.
fn shown(name: &str) -> String {
    let plain = |sign: char| if sign.is_control() { ' ' } else { sign };
    let (start, rest): (Vec<_>, Vec<_>) =
        name.chars().map(plain).enumerate().partition(|(at, _)| *at < LONGEST);
    let start: String = start.into_iter().map(|(_, sign)| sign).collect();
    if rest.is_empty() { start } else { start + "…" }
}

fn twice(twin: &str, name: &str) -> String {
    if twin == name {
        "同じ列が二つあります。一つにしてください".to_owned()
    } else {
        format!("「{twin}」と同じ内容の列です。どちらか一つにしてください")
    }
}

fn column<'a>(catalogue: &'a Catalogue, name: &str) -> Result<Column<'a>, String> {
    if name.is_empty() {
        return Err("列名が空です。列名を書くか、列を消してください".to_owned());
    }
    if let Some((_, column)) = FIXED.iter().find(|(names, _)| names.contains(&name)) {
        return Ok(column.clone());
    }
    if let Some((kind, subject)) = name.split_once(':') {
        return event(catalogue, kind.trim(), subject.trim());
    }
    let same = |attribute: &&Attribute| {
        attribute.id.as_str() == name || tidy(&attribute.word) == name || tidy(attribute.label.ja()) == name
    };
    catalogue
        .attributes()
        .iter()
        .find(same)
        .map(Column::Attribute)
        .ok_or_else(|| format!("この名前の列はありません。{}", hint(name, known(catalogue))))
}

fn event<'a>(catalogue: &Catalogue, kind: &str, subject: &str) -> Result<Column<'a>, String> {
    let Some(kind) = EventKind::ALL.into_iter().find(|one| one.word() == kind) else {
        return Err("「:」の前は、受診、予約、配信、タップのどれかを書いてください".to_owned());
    };
    if subject.is_empty() {
        return Err("「:」の後に、健(検)診か配信シリーズの名前を書いてください".to_owned());
    }
    if subject.chars().any(|sign| sign.is_whitespace() || sign.is_control()) {
        return Err("「:」の後の名前に、空白や改行は使えません".to_owned());
    }
    if !kind.of_person() {
        return Ok(Column::Event(kind, subject.to_owned()));
    }
    let programmes = catalogue.programmes();
    let found = programmes.iter().find(|one| one.word == subject || one.id.as_str() == subject);
    found.map(|one| Column::Event(kind, one.id.to_string())).ok_or_else(|| {
        let words = programmes.iter().map(|one| one.word.clone()).collect();
        format!("この名前の健(検)診は属性カタログにありません。{}", hint(subject, words))
    })
}

/// The name that was probably meant, else all there are.
fn hint(name: &str, known: BTreeSet<String>) -> String {
    match nearest(name, known.iter().map(String::as_str)) {
        Some(near) => format!("もしかして「{near}」ですか"),
        None => format!("使える名前: {}", known.into_iter().collect::<Vec<_>>().join("、")),
    }
}

fn known(catalogue: &Catalogue) -> BTreeSet<String> {
    let fixed = FIXED.iter().flat_map(|(names, _)| names.iter().map(|name| (*name).to_owned()));
    let events = EventKind::ALL.into_iter().map(|kind| format!("{}:…", kind.word()));
    fixed.chain(events).chain(catalogue.attributes().iter().map(|attribute| attribute.word.clone())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<usize, Vec<String>> {
        let names: Vec<_> = text.split(',').map(str::to_owned).collect();
        let columns = Columns::read(&Catalogue::builtin(), &names).map(|columns| columns.len());
        columns.map_err(|problems| problems.into_iter().map(|one| one.message).collect())
    }

    #[test]
    fn a_column_is_known_by_its_id_its_word_and_its_label() {
        assert_eq!(
            read("account,基準日,birth_date,保険,続柄,受診：特定健診,予約:daicho,配信:特定健診案内,抽選"),
            Ok(9)
        );
    }

    #[test]
    fn everything_that_is_wrong_with_the_names_is_said_at_once() {
        let said = read("保検,健康保険,insurance,,受診:特定検診,通院:x,配信:,account,account").unwrap_err();
        for (at, part) in [
            "もしかして「保険」",
            "「健康保険」と同じ",
            "空です",
            "もしかして「特定健診」",
            "「:」の前",
            "「:」の後",
            "二つあります",
        ]
        .into_iter()
        .enumerate()
        {
            assert!(said[at].contains(part), "{part}: {said:#?}");
        }
    }
}
