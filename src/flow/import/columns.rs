//! The header: which column holds what.
//!
//! Strict, because a column that is silently passed over is a fact that silently stays old.

use std::collections::BTreeSet;

use crate::domain::attribute::{Attribute, Catalogue};
use crate::domain::entry::tidy;

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Column<'a> {
    /// The city's own key of a person.
    CityKey,
    /// LINE's id of the friend.
    LineUser,
    /// Our id of the account.
    Account,
    /// 異動
    Moved,
    /// A fact.
    Attribute(&'a Attribute),
}

/// The columns of a file in their order.
pub(super) struct Columns<'a> {
    columns: Vec<(String, Column<'a>)>,
}

impl<'a> Columns<'a> {
    /// Reads a header; or says everything that is wrong with it.
    pub fn read(catalogue: &'a Catalogue, header: &[String]) -> Result<Self, Vec<String>> {
        let mut problems = Vec::new();
        let mut columns = Vec::new();
        let mut seen = BTreeSet::new();
        for (at, name) in header.iter().enumerate() {
            match column(catalogue, &tidy(name)) {
                Ok(column) if !seen.insert(canonical(column)) => {
                    problems.push(format!(
                        "1行目 {}列目: 「{name}」の列が二つあります。一つにしてください",
                        at + 1
                    ));
                }
                Ok(column) => columns.push((name.trim().to_owned(), column)),
                Err(why) => problems.push(format!("1行目 {}列目: 「{name}」{why}", at + 1)),
            }
        }
        let has_key = columns
            .iter()
            .any(|(_, column)| matches!(column, Column::CityKey | Column::LineUser | Column::Account));
        if !has_key {
            problems.push("1行目: だれの行かを示す列がありません。city_person_key、line_user_id、account_id のどれかを付けてください".to_owned());
        }
        if problems.is_empty() { Ok(Self { columns }) } else { Err(problems) }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.columns.len()
    }

    /// The columns with their names.
    pub fn iter(&self) -> impl Iterator<Item = &(String, Column<'a>)> {
        self.columns.iter()
    }

    /// The name the file has for a column.
    pub fn name(&self, wanted: Column<'_>) -> String {
        let found = self.columns.iter().find(|(_, column)| canonical(*column) == canonical(wanted));
        found.map(|(name, _)| name.clone()).unwrap_or_default()
    }
}

fn canonical(column: Column<'_>) -> &str {
    match column {
        Column::CityKey => "city_person_key",
        Column::LineUser => "line_user_id",
        Column::Account => "account_id",
        Column::Moved => "異動",
        Column::Attribute(attribute) => attribute.id.as_str(),
    }
}

fn column<'a>(catalogue: &'a Catalogue, name: &str) -> Result<Column<'a>, String> {
    match name {
        "" => return Err("列名が空です。列名を書くか、列を消してください".to_owned()),
        "city_person_key" | "宛名番号" => return Ok(Column::CityKey),
        "line_user_id" | "LINEユーザーID" => return Ok(Column::LineUser),
        "account_id" | "アカウントID" => return Ok(Column::Account),
        "異動" => return Ok(Column::Moved),
        _ => {}
    }
    let same = |attribute: &&Attribute| {
        attribute.id.as_str() == name || tidy(&attribute.word) == name || tidy(attribute.label.ja()) == name
    };
    match catalogue.attributes().iter().find(same) {
        Some(attribute) if attribute.entered_by.import() => Ok(Column::Attribute(attribute)),
        Some(_) => Err("は本人だけが登録できる項目です。この列を消してください".to_owned()),
        None => Err(format!("という列はありません。使える列: {}", known(catalogue))),
    }
}

fn known(catalogue: &Catalogue) -> String {
    let attributes = catalogue.attributes().iter().filter(|attribute| attribute.entered_by.import());
    let names = attributes.map(|attribute| attribute.word.as_str());
    ["city_person_key", "line_user_id", "account_id", "異動"]
        .into_iter()
        .chain(names)
        .collect::<Vec<_>>()
        .join("、")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_is_read_by_id_word_or_label_and_everything_wrong_is_said_at_once() {
        let catalogue = Catalogue::builtin();
        let read =
            |text: &str| Columns::read(&catalogue, &text.split(',').map(str::to_owned).collect::<Vec<_>>());
        assert_eq!(read("宛名番号,居住地,生年月日,健康保険,異動").map(|columns| columns.len()), Ok(5));
        let problems = read("靴,保険,insurance,関心分野,").map(|columns| columns.len()).unwrap_err();
        assert_eq!(problems.len(), 5, "{problems:#?}");
    }
}
