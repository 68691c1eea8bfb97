//! The tree of a rule: what the text face and the JSON face both say.
//!
//! It holds ids of the catalogue, never labels, so that a new label changes no rule. The tree says nothing about
//! places in a text ([`super::Place`] does) and nothing about truth ([`super::person`] does). A tree that came through
//! [`super::text::parse`] or [`super::json::parse`] uses only words that the catalogue knows.

use std::collections::BTreeSet;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::domain::attribute::{AreaId, AttributeId, Value, ValueId};
use crate::domain::calendar::AgeKind;
use crate::domain::household::EventKind;

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
    /// Something that happened.
    Event(EventCondition),
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

/// An inclusive range of whole numbers with at least one end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Range {
    /// From this, or no lower end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<i64>,
    /// To this, or no upper end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<i64>,
}

impl Range {
    /// Whether the number lies inside.
    #[must_use]
    pub fn contains(&self, number: i64) -> bool {
        self.from.is_none_or(|from| from <= number) && self.to.is_none_or(|to| number <= to)
    }
}

/// An age: one of some ranges, and perhaps its parity.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AgeCondition {
    /// On which day it is counted.
    pub kind: AgeKind,
    /// At least one; a range without a lower end begins at 0. For 学年 these are ages on 1 April.
    pub ranges: Vec<Range>,
    /// 偶数 or 奇数 only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parity: Option<Parity>,
}

impl AgeCondition {
    /// Whether an age of this kind fits; never before birth.
    #[must_use]
    pub fn fits(&self, age: i32) -> bool {
        let inside = self.ranges.iter().any(|range| range.contains(i64::from(age)));
        0 <= age && inside && self.parity.is_none_or(|parity| parity.fits(i64::from(age)))
    }
}

/// Even or odd.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Parity {
    /// 偶数.
    Even,
    /// 奇数.
    Odd,
}

impl Parity {
    /// Whether the number has this parity.
    #[must_use]
    pub fn fits(self, number: i64) -> bool {
        (number.rem_euclid(2) == 0) == (self == Self::Even)
    }
}

/// 「生年 西暦 偶数」「生年 和暦 奇数」.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BirthYear {
    /// In which calendar the year is counted.
    pub calendar: YearCalendar,
    /// Its parity.
    pub parity: Parity,
}

/// How years are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum YearCalendar {
    /// 西暦.
    Western,
    /// 和暦: the era's year on the day of birth.
    Japanese,
}

/// A test of one attribute.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AttributeCondition {
    /// Which attribute.
    pub attribute: AttributeId,
    /// What its value has to be.
    pub test: Test,
}

/// What an attribute's value has to be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Test {
    /// One of these (a choice), or at least one of these (several choices).
    AnyOf(Vec<ChoiceRef>),
    /// Several choices: all of these.
    AllOf(Vec<ChoiceRef>),
    /// Several choices: none of these.
    NoneOf(Vec<ChoiceRef>),
    /// A number in one of these ranges.
    Number(Vec<Range>),
    /// はい or いいえ.
    YesNo(bool),
    /// A date in this range.
    Date(DateRange),
    /// 不明: not known. Never itself unknown.
    Missing,
}

/// A value by its own name, or all values of an area.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChoiceRef {
    /// One value.
    Value(ValueId),
    /// Every value of an area (地域).
    Area(AreaId),
}

/// An inclusive range of dates with at least one end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DateRange {
    /// From this day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Date>,
    /// To this day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<Date>,
}

impl DateRange {
    /// Whether the day lies inside.
    #[must_use]
    pub fn contains(&self, day: Date) -> bool {
        self.from.is_none_or(|from| from <= day) && self.to.is_none_or(|to| day <= to)
    }
}

/// 「受診 特定健診 今年度 0回」.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EventCondition {
    /// What kind of thing.
    pub kind: EventKind,
    /// The programme or the series.
    pub subject: String,
    /// In which days it is counted.
    pub window: EventWindow,
    /// How often.
    pub times: Times,
}

/// The days in which events are counted, seen from the as-of date. All inclusive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EventWindow {
    /// 今年度: the whole fiscal year, later days too (a booking has a date to come).
    ThisFiscalYear,
    /// 前年度.
    LastFiscalYear,
    /// 過去n年度: this fiscal year and the n−1 before it.
    PastFiscalYears(u8),
    /// n日以内: from n days before the as-of date to the as-of date.
    WithinDays(u16),
    /// これまで: up to the as-of date.
    Ever,
}

/// How often something happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Times {
    /// n回以上, n ≥ 1.
    AtLeast(u16),
    /// n回以下; 0回 is at most none.
    AtMost(u16),
}

/// 例: somebody made up, and what the rule has to say.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Example {
    /// What the rule has to say.
    pub expect: Expect,
    /// 基準日.
    pub as_of: Date,
    /// Facts of the friend and the account, in the order written.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub facts: Vec<Fact>,
    /// 家族: facts of further persons.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub family: Vec<Vec<Fact>>,
    /// 受診, 予約, 配信 and タップ with their dates.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub events: Vec<PastEvent>,
    /// Comment lines above it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub above: Vec<String>,
    /// The comment beside it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub beside: Option<String>,
}

/// One known value in an example.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fact {
    /// Which attribute.
    pub attribute: AttributeId,
    /// Its value.
    pub value: Value,
}

/// One event in an example.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PastEvent {
    /// What kind.
    pub kind: EventKind,
    /// The programme or the series.
    pub subject: String,
    /// The day.
    pub on: Date,
}

/// The four answers of a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Expect {
    /// 対象.
    Target,
    /// 対象外.
    NotTarget,
    /// 除外.
    Excluded,
    /// 不明.
    Unknown,
}

impl Expect {
    /// The Japanese word.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Target => "対象",
            Self::NotTarget => "対象外",
            Self::Excluded => "除外",
            Self::Unknown => "不明",
        }
    }
}
