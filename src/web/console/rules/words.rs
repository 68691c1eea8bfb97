//! A condition of the form in the words of the language, as it was typed.
//!
//! Nothing is judged here: a field with a mistake becomes a line with a mistake, and the reader of the language says
//! what is wrong with it. So the form knows no rule that the language does not have.

use super::node::{Kind, Node};
use crate::domain::attribute::{Attribute, Catalogue, ValueType, core};
use crate::domain::history::EventKind;

/// A line of the text, without what stands beneath it.
pub fn line(node: &Node, catalogue: &Catalogue) -> String {
    let words = match &node.kind {
        Kind::Group => mode(node.get("mode")).to_owned(),
        Kind::Relatives => relatives(node, catalogue),
        Kind::Age => age(node, catalogue),
        Kind::BirthYear => {
            let calendar = if node.get("calendar") == "japanese" { "和暦" } else { "西暦" };
            format!("生年 {calendar} {}", parity(node.get("parity")))
        }
        Kind::Attribute(id) => {
            catalogue.attribute(id).map_or_else(String::new, |known| attribute(node, known))
        }
        Kind::Elapsed => elapsed(node, catalogue),
        Kind::Event => event(node, catalogue),
        Kind::Bucket => {
            format!("抽選 {} 塩 \"{}\"", range(node.get("from"), node.get("to"), ""), plain(node.get("salt")))
        }
        Kind::Shared => match plain(node.get("edition")) {
            edition if edition.is_empty() => plain(node.get("path")),
            edition => format!("{} 版 {edition}", plain(node.get("path"))),
        },
        Kind::Words => plain(node.get("words")),
    };
    words.trim_end().to_owned()
}

/// What was typed, on one line.
pub fn plain(typed: &str) -> String {
    let spaced: String = typed.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    spaced.trim().to_owned()
}

/// `40〜74`, `40以上`, `74以下`, `40`; a unit stands behind the number.
pub fn range(from: &str, to: &str, unit: &str) -> String {
    match (plain(from), plain(to)) {
        (from, to) if from.is_empty() && to.is_empty() => String::new(),
        (from, to) if from == to => format!("{from}{unit}"),
        (from, to) if to.is_empty() => format!("{from}{unit}以上"),
        (from, to) if from.is_empty() => format!("{to}{unit}以下"),
        (from, to) => format!("{from}〜{to}{unit}"),
    }
}

pub fn mode(id: &str) -> &'static str {
    match id {
        "any" => "いずれか",
        "none" => "いずれでもない",
        _ => "すべて",
    }
}

fn parity(id: &str) -> &'static str {
    match id {
        "even" => "偶数",
        "odd" => "奇数",
        _ => "",
    }
}

fn relatives(node: &Node, catalogue: &Catalogue) -> String {
    let relation = catalogue.attribute(core::RELATION);
    let word = |id: &String| relation.and_then(|known| known.value(id)).map(|value| value.word.clone());
    let named: Vec<_> = node.all("relations").iter().filter_map(word).collect();
    let who = if named.is_empty() { "家族".to_owned() } else { named.join("・") };
    let number = plain(node.get("number"));
    let count = match node.get("count") {
        "everyone" => "の全員".to_owned(),
        "nobody" => "に0人".to_owned(),
        "at_least" => format!("に{number}人以上"),
        "at_most" => format!("に{number}人以下"),
        _ => "のだれか".to_owned(),
    };
    match node.get("mode") {
        "any" | "none" => format!("{who}{count} {}", mode(node.get("mode"))),
        _ => format!("{who}{count}"),
    }
}

/// The ranges, or the parameter that says them.
fn ranges(node: &Node, catalogue: &Catalogue, unit: &str) -> String {
    if let Some(parameter) = catalogue.parameter(node.get("parameter")) {
        return if unit.is_empty() {
            format!("{{{}}}", parameter.word)
        } else {
            format!("{{{}}} {unit}", parameter.word)
        };
    }
    joined([range(node.get("from"), node.get("to"), unit), plain(node.get("more"))])
}

fn joined(parts: [String; 2]) -> String {
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", ")
}

fn age(node: &Node, catalogue: &Catalogue) -> String {
    let kind = match node.get("age") {
        "year_end" => "年度末年齢".to_owned(),
        "year_reached" => "年度到達年齢".to_owned(),
        "year_start" => "年度初年齢".to_owned(),
        "on_date" => format!("指定日年齢 {}", compact(node.get("date"))),
        "months" => "月齢".to_owned(),
        "school_year" => "学年".to_owned(),
        _ => "年齢".to_owned(),
    };
    format!("{kind} {} {}", ranges(node, catalogue, ""), parity(node.get("parity")))
}

/// A date is one word of its line.
pub fn compact(typed: &str) -> String {
    typed.chars().filter(|c| !c.is_whitespace() && !c.is_control()).collect()
}

fn attribute(node: &Node, attribute: &Attribute) -> String {
    let test = match (node.get("test"), attribute.value_type) {
        ("missing", _) => "不明".to_owned(),
        ("no", ValueType::YesNo) => "いいえ".to_owned(),
        (_, ValueType::YesNo) => "はい".to_owned(),
        (_, ValueType::Choice) => chosen(node, attribute),
        ("all", ValueType::Choices) => format!("すべて {}", chosen(node, attribute)),
        ("none", ValueType::Choices) => format!("なし {}", chosen(node, attribute)),
        (_, ValueType::Choices) => format!("いずれか {}", chosen(node, attribute)),
        (_, ValueType::Number) => {
            joined([range(node.get("from"), node.get("to"), ""), plain(node.get("more"))])
        }
        (_, ValueType::Date) => dates(&compact(node.get("from")), &compact(node.get("to"))),
    };
    format!("{} {test}", attribute.word)
}

fn dates(from: &str, to: &str) -> String {
    match (from, to) {
        ("", "") => String::new(),
        (from, to) if from == to => from.to_owned(),
        (from, "") => format!("{from}以降"),
        ("", to) => format!("{to}以前"),
        (from, to) => format!("{from}〜{to}"),
    }
}

/// The words of the ticked values: first those that were there before, in their order, then the new ones.
fn chosen(node: &Node, attribute: &Attribute) -> String {
    let ticked = node.all("values");
    let before: Vec<&str> = node.get("order").split(' ').filter(|id| !id.is_empty()).collect();
    let kept = before.iter().copied().filter(|id| ticked.iter().any(|one| one == id));
    let new = ticked.iter().map(String::as_str).filter(|id| !before.contains(id));
    let words = kept.chain(new).filter_map(|id| word(attribute, id));
    words.collect::<Vec<_>>().join(", ")
}

fn word<'a>(attribute: &'a Attribute, id: &str) -> Option<&'a str> {
    match id.split_once(':')? {
        ("v", id) => attribute.value(id).map(|value| value.word.as_str()),
        ("a", id) => attribute.area(id).map(|area| area.word.as_str()),
        _ => None,
    }
}

fn elapsed(node: &Node, catalogue: &Catalogue) -> String {
    let attribute = catalogue.attribute(node.get("attribute")).map_or("", |known| known.word.as_str());
    let direction = if node.get("direction") == "until" { "まで" } else { "から" };
    let unit = match node.get("unit") {
        "weeks" => "週",
        "months" => "か月",
        "years" => "年",
        _ => "日",
    };
    format!("{attribute}{direction} {}", ranges(node, catalogue, unit))
}

fn event(node: &Node, catalogue: &Catalogue) -> String {
    let (kind, of) = match node.get("event") {
        "booked" => ("予約", EventKind::Booked),
        "sent" => ("配信", EventKind::Sent),
        "tapped" => ("タップ", EventKind::Tapped),
        _ => ("受診", EventKind::Attended),
    };
    let span = compact(node.get("span"));
    let window = match node.get("window") {
        "last_year" => "前年度".to_owned(),
        "past_years" => format!("過去{span}年度"),
        "within_days" => format!("{span}日以内"),
        "ever" => "これまで".to_owned(),
        _ => "今年度".to_owned(),
    };
    let number = compact(node.get("number"));
    let times = match node.get("times") {
        "never" => "0回".to_owned(),
        "at_most" => format!("{number}回以下"),
        "exactly" => format!("{number}回"),
        _ => format!("{number}回以上"),
    };
    let typed = compact(node.get("subject"));
    format!("{kind} {} {window} {times}", catalogue.subject_word(of, &typed))
}
