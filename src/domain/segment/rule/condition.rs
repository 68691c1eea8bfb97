//! What a single line of a rule can ask: ages, attributes, events.

use std::borrow::Cow;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::domain::attribute::{AreaId, AttributeId, Catalogue, ParameterId, ValueId};
use crate::domain::calendar::{AgeKind, ElapsedUnit, elapsed};
use crate::domain::history::EventKind;

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
    /// At least one, unless a parameter says them; a range without a lower end begins at 0. For 学年 these are ages on
    /// 1 April.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ranges: Vec<Range>,
    /// The parameter that says the ranges instead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parameter: Option<ParameterId>,
    /// 偶数 or 奇数 only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parity: Option<Parity>,
}

impl AgeCondition {
    /// Whether an age of this kind fits; never before birth. A parameter has to be bound before.
    #[must_use]
    pub fn fits(&self, age: i32) -> bool {
        let inside = self.ranges.iter().any(|range| range.contains(i64::from(age)));
        0 <= age && inside && self.parity.is_none_or(|parity| parity.fits(i64::from(age)))
    }

    /// The same condition with the ranges that its parameter has on a day; `None` where it has none, which is unknown.
    #[must_use]
    pub fn bound(&self, catalogue: &Catalogue, as_of: Date) -> Option<Cow<'_, Self>> {
        let Some(ranges) = bound_ranges(&self.ranges, self.parameter.as_ref(), catalogue, as_of)? else {
            return Some(Cow::Borrowed(self));
        };
        Some(Cow::Owned(Self { ranges, parameter: None, ..self.clone() }))
    }
}

/// The ranges that a parameter has on a day: `Some(None)` where there is no parameter, `None` where nothing can be said.
fn bound_ranges(
    ranges: &[Range],
    parameter: Option<&ParameterId>,
    catalogue: &Catalogue,
    as_of: Date,
) -> Option<Option<Vec<Range>>> {
    match parameter {
        None => (!ranges.is_empty()).then_some(None),
        Some(id) => Some(Some(catalogue.parameter(id.as_str())?.value_on(as_of)?.ranges.clone())),
    }
}

/// 「転入日から 90日以下」「出産予定日まで 8週以上」: whole units between a date and the as-of date.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ElapsedCondition {
    /// An attribute that is a date.
    pub attribute: AttributeId,
    /// Since the date, or until it; on the other side of the as-of date it never fits.
    pub direction: Direction,
    /// What is counted; a unit counts when it is complete.
    pub unit: ElapsedUnit,
    /// At least one, unless a parameter says them; a range without a lower end begins at 0.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ranges: Vec<Range>,
    /// The parameter that says the ranges instead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parameter: Option<ParameterId>,
}

/// On which side of the as-of date a date lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// から: the date is the as-of date or lies before it.
    Since,
    /// まで: the date is the as-of date or lies after it.
    Until,
}

impl ElapsedCondition {
    /// Whether a date fits on the as-of date. A parameter has to be bound before.
    #[must_use]
    pub fn fits(&self, date: Date, as_of: Date) -> bool {
        let (from, to) = match self.direction {
            Direction::Since => (date, as_of),
            Direction::Until => (as_of, date),
        };
        let count = elapsed(self.unit, from, to);
        from <= to && self.ranges.iter().any(|range| range.contains(count))
    }

    /// As [`AgeCondition::bound`].
    #[must_use]
    pub fn bound(&self, catalogue: &Catalogue, as_of: Date) -> Option<Cow<'_, Self>> {
        let Some(ranges) = bound_ranges(&self.ranges, self.parameter.as_ref(), catalogue, as_of)? else {
            return Some(Cow::Borrowed(self));
        };
        Some(Cow::Owned(Self { ranges, parameter: None, ..self.clone() }))
    }
}

/// 「抽選 0〜4999 塩 "2026-大腸"」: a stable number of the account, from 0 to 9999, for pilots and hold-outs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BucketCondition {
    /// From this number.
    pub from: u16,
    /// To this number, at most 9999.
    pub to: u16,
    /// Another salt draws anew; the same salt draws the same.
    pub salt: String,
}

impl BucketCondition {
    /// Whether a number fits.
    #[must_use]
    pub fn fits(&self, number: u16) -> bool {
        (self.from..=self.to).contains(&number)
    }
}

/// 「共通/国保40から74」: a condition that several rules share, from a file of its own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SharedRef {
    /// The file's path, such as `共通/国保40から74`.
    pub path: String,
    /// 版: the beginning of the hash that the file must still have; a changed file is an error.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hash: Option<String>,
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
    /// The programme's id (受診, 予約), or the series (配信, タップ).
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
    /// n回, n ≥ 1: neither less nor more.
    Exactly(u16),
}

impl Times {
    /// The least and the most times that fit.
    #[must_use]
    pub fn bounds(self) -> (usize, usize) {
        match self {
            Self::AtLeast(least) => (usize::from(least), usize::MAX),
            Self::AtMost(most) => (0, usize::from(most)),
            Self::Exactly(times) => (usize::from(times), usize::from(times)),
        }
    }
}
