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
    /// The comment beside it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// What stands beneath it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub members: Vec<Words>,
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
            rule => Words { dates: self.dates(rule), ..line(path, rule_words(rule, self.catalogue)) },
        };
        Words { note: node.beside.clone(), ..said }
    }

    fn dates(&self, rule: &Rule) -> Vec<String> {
        match rule {
            Rule::Age(age) => {
                let births = births(age, self.catalogue, self.as_of);
                births.iter().map(|window| format!("{}生まれ", window.in_wareki())).collect()
            }
            Rule::Elapsed(elapsed) => {
                let dates = dates(elapsed, self.catalogue, self.as_of);
                dates.iter().map(DateWindow::in_wareki).collect()
            }
            Rule::Event(event) => vec![event_days(event.window, self.as_of).in_wareki()],
            _ => Vec::new(),
        }
    }
}

fn line(path: Path, text: String) -> Words {
    Words { path, text, dates: Vec::new(), note: None, members: Vec::new() }
}

fn mode_words(mode: Mode) -> &'static str {
    match mode {
        Mode::All => "すべてに当てはまる",
        Mode::Any => "いずれかに当てはまる",
        Mode::None => "いずれにも当てはまらない",
    }
}
