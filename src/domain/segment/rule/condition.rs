//! What a single line of a rule can ask: ages, attributes, events.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::domain::attribute::{AreaId, AttributeId, ValueId};
use crate::domain::calendar::AgeKind;
use crate::domain::household::EventKind;

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
