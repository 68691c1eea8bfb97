//! A rule in sentences, nested like the rule: what the console shows to whoever has to sign it.

use jiff::civil::Date;
use serde::Serialize;

use super::person::event_days;
use super::rule::{Group, Mode, Node, Relatives, Rule, Segment, Target, Unit};
use super::text::{Path, rule_words};
use super::window::{births, dates};
use crate::domain::attribute::Catalogue;
use crate::domain::calendar::DateWindow;

/// A whole rule in words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RuleWords {
    /// Whom it looks at.
    pub unit: &'static str,
    /// 対象.
    pub target: Words,
    /// 除外.
    pub exclusions: Vec<Words>,
}

/// One line of a rule in words, with what stands beneath it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Words {
    /// Where it stands in the rule.
    pub path: Path,
    /// What it asks.
    pub text: String,
    /// The concrete dates behind it on the as-of date, in 和暦.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub dates: Vec<String>,
    /// The same dates for programs.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub windows: Vec<Window>,
    /// The comment beside it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// What stands beneath it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub members: Vec<Words>,
}

/// Concrete dates behind a condition on an as-of date, both days included.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Window {
    /// The first day; `None` where there is none.
    pub from: Option<Date>,
    /// The last day; `None` where there is none.
    pub until: Option<Date>,
    /// As the departments print it: 「昭和27年4月1日〜昭和62年3月31日生まれ」.
    pub wareki: String,
    /// `1952-04-01〜1987-03-31`.
    pub iso: String,
}

impl Window {
    fn of(window: &DateWindow, births: bool) -> Self {
        let wareki = format!("{}{}", window.in_wareki(), if births { "生まれ" } else { "" });
        Self { from: window.from, until: window.until, wareki, iso: window.in_iso() }
    }
}

/// The dates behind one condition: births of an age, days of an event's window or of a time since or until.
#[must_use]
pub fn windows(rule: &Rule, catalogue: &Catalogue, as_of: Date) -> Vec<Window> {
    let (births_of, found) = match rule {
        Rule::Age(age) => (true, births(age, catalogue, as_of)),
        Rule::Elapsed(elapsed) => (false, dates(elapsed, catalogue, as_of)),
        Rule::Event(event) => (false, vec![event_days(event.window, as_of)]),
        _ => return Vec::new(),
    };
    found.iter().map(|window| Window::of(window, births_of)).collect()
}

/// Says a rule in words, with its dates on an as-of date.
#[must_use]
pub fn words(segment: &Segment, catalogue: &Catalogue, as_of: Date) -> RuleWords {
    let teller = Teller { catalogue, as_of };
    let target = match &segment.target {
        Target::Everyone => line(vec![0], "友だち全員".to_owned()),
        Target::Group(group) => teller.group(group, vec![0]),
    };
    let unit = match segment.header.unit {
        Unit::Friend => "友だち本人について",
        Unit::EachPerson => "本人と家族の一人ひとりについて",
        Unit::Children => "登録された子ども一人ひとりについて",
        Unit::Household => "世帯(アカウント)ごとに",
    };
    RuleWords { unit, target, exclusions: teller.members(&segment.exclusions, &[1]) }
}

struct Teller<'a> {
    catalogue: &'a Catalogue,
    as_of: Date,
}

impl Teller<'_> {
    fn group(&self, group: &Group, path: Path) -> Words {
        let members = self.members(&group.members, &path);
        Words { members, ..line(path, mode_words(group.mode).to_owned()) }
    }

    fn members(&self, nodes: &[Node], path: &[usize]) -> Vec<Words> {
        let below = |at| path.iter().copied().chain([at]).collect();
        nodes.iter().enumerate().map(|(at, node)| self.node(node, below(at))).collect()
    }

    fn node(&self, node: &Node, path: Path) -> Words {
        let said = match &node.rule {
            Rule::Group(group) => self.group(group, path),
            Rule::Relatives(Relatives { group, .. }) => {
                let head = rule_words(&node.rule, self.catalogue);
                let members = self.members(&group.members, &path);
                Words { members, ..line(path, format!("{head}が、次の{}", mode_words(group.mode))) }
            }
            rule => {
                let windows = windows(rule, self.catalogue, self.as_of);
                let dates = windows.iter().map(|window| window.wareki.clone()).collect();
                Words { dates, windows, ..line(path, rule_words(rule, self.catalogue)) }
            }
        };
        Words { note: node.beside.clone(), ..said }
    }
}

fn line(path: Path, text: String) -> Words {
    Words { path, text, dates: Vec::new(), windows: Vec::new(), note: None, members: Vec::new() }
}

pub(super) fn mode_words(mode: Mode) -> &'static str {
    match mode {
        Mode::All => "すべてに当てはまる",
        Mode::Any => "いずれかに当てはまる",
        Mode::None => "いずれにも当てはまらない",
    }
}
