//! The tree of a rule: what the text face and the JSON face both say.
//!
//! It holds ids of the catalogue, never labels, so that a new label changes no rule. The tree says nothing about
//! places in a text ([`super::Place`] does) and nothing about truth ([`super::person`] does). A tree that came through
//! [`super::text::parse`] or [`super::json::from_json`] uses only words that the catalogue knows.

mod condition;
mod example;

pub use condition::*;
pub use example::*;

use std::collections::BTreeSet;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::domain::attribute::ValueId;

/// One rule file: whom a broadcast is for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Segment {
    /// Who wrote it, why, and for how long it holds.
    pub header: Header,
    /// 対象: whom it selects.
    pub target: Target,
    /// 除外: whom it leaves out again; each alone is enough.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exclusions: Vec<Node>,
    /// 例: what it has to say about made-up people; they run as tests.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub examples: Vec<Example>,
    /// Comments before the first line of the rule.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub preface: Vec<String>,
    /// Comments after the last line.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub closing: Vec<String>,
}

/// The head of a rule file.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Header {
    /// 名前.
    pub name: String,
    /// 目的.
    pub purpose: String,
    /// 所管.
    pub owner: String,
    /// 根拠: law or decision; needed where a sensitive attribute is used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub basis: Option<String>,
    /// 想定人数.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected: Option<Expected>,
    /// 見直し期限: the last day on which the rule may be used unreviewed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub review_by: Option<Date>,
    /// 単位.
    #[serde(default)]
    pub unit: Unit,
}

/// How many accounts the office expects, inclusive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expected {
    /// At least.
    pub from: u32,
    /// At most.
    pub to: u32,
}

/// 単位: which persons of an account a rule looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// 本人: the friend.
    #[default]
    Friend,
    /// 家族をふくむ一人ひとり: everybody registered on the account.
    EachPerson,
    /// 子ども: persons whose 続柄 is 子.
    Children,
    /// 世帯: the account as a whole.
    Household,
}

/// 対象.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Target {
    /// 友だち全員: every friend. The most dangerous rule of all; it must be said.
    Everyone,
    /// The members of a group that is never empty.
    Group(Group),
}

/// A named group instead of and/or with brackets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Group {
    /// How the members are joined.
    pub mode: Mode,
    /// At least one.
    pub members: Vec<Node>,
}

/// How the members of a group are joined.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// すべて.
    All,
    /// いずれか.
    Any,
    /// いずれでもない.
    None,
}

/// One line of a rule with what stands beneath it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Node {
    /// What it asks.
    pub rule: Rule,
    /// Comment lines above it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub above: Vec<String>,
    /// The comment beside it; for an exclusion it is the reason that staff read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub beside: Option<String>,
}

impl From<Rule> for Node {
    fn from(rule: Rule) -> Self {
        Self { rule, above: Vec::new(), beside: None }
    }
}

/// What one line asks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rule {
    /// A nested group.
    Group(Group),
    /// Persons of the same household.
    Relatives(Relatives),
    /// An age, counted from 生年月日.
    Age(AgeCondition),
    /// The parity of the year of birth.
    BirthYear(BirthYear),
    /// An attribute's value.
    Attribute(AttributeCondition),
    /// Time since or until a date.
    Elapsed(ElapsedCondition),
    /// Something that happened.
    Event(EventCondition),
    /// A draw.
    Bucket(BucketCondition),
    /// A condition from a shared file. The library puts the file's group in its place; where it stands, it is unknown.
    Shared(SharedRef),
}

/// 「家族のだれか」「子に2人以上」: how many persons of the household fit a group of their own.
///
/// The household is everybody registered on the account, the person looked at included.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Relatives {
    /// Only persons with one of these 続柄; empty means everybody.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub relations: BTreeSet<ValueId>,
    /// How many of them.
    pub count: HowMany,
    /// What each has to fit.
    pub group: Group,
}

/// How many persons.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HowMany {
    /// だれか: one or more.
    Someone,
    /// 全員: all of them, and there is at least one.
    Everyone,
    /// 0人 (いない).
    Nobody,
    /// n人以上, n ≥ 2.
    AtLeast(u8),
    /// n人以下, n ≥ 1.
    AtMost(u8),
}
