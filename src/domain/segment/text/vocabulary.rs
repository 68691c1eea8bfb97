//! The fixed words of the language, each written once for reading and for printing.
//!
//! Words of attributes and values are not here: they come from the catalogue.

use crate::domain::calendar::{AgeKind, ElapsedUnit};
use crate::domain::history::EventKind;
use crate::domain::segment::rule::{Direction, Expect, Mode, Parity, Unit, YearCalendar};

pub(super) const MODES: [(Mode, &str); 3] =
    [(Mode::All, "すべて"), (Mode::Any, "いずれか"), (Mode::None, "いずれでもない")];
pub(super) const EVERYONE: &str = "友だち全員";
pub(super) const FAMILY: &str = "家族";
pub(super) const MISSING: &str = "不明";
pub(super) const ON_DATE: &str = "指定日年齢";
pub(super) const GRADE: &str = "学年";
pub(super) const BIRTH_YEAR: &str = "生年";
pub(super) const AS_OF: &str = "基準日";
pub(super) const BUCKET: &str = "抽選";
pub(super) const SALT: &str = "塩";
/// The folder of the shared conditions, with which every reference begins.
pub(super) const SHARED: &str = "共通/";
pub(super) const EDITION: &str = "版";

pub(super) const AGES: [(AgeKind, &str); 7] = [
    (AgeKind::OnDay, "年齢"),
    (AgeKind::OnDay, "満年齢"),
    (AgeKind::FiscalYearEnd, "年度末年齢"),
    (AgeKind::FiscalYearReached, "年度到達年齢"),
    (AgeKind::FiscalYearStart, "年度初年齢"),
    (AgeKind::Months, "月齢"),
    (AgeKind::SchoolYear, GRADE),
];
pub(super) const PARITIES: [(Parity, &str); 2] = [(Parity::Even, "偶数"), (Parity::Odd, "奇数")];
pub(super) const CALENDARS: [(YearCalendar, &str); 2] =
    [(YearCalendar::Western, "西暦"), (YearCalendar::Japanese, "和暦")];
pub(super) const EVENTS: [(EventKind, &str); 4] = [
    (EventKind::Attended, "受診"),
    (EventKind::Booked, "予約"),
    (EventKind::Sent, "配信"),
    (EventKind::Tapped, "タップ"),
];
pub(super) const DIRECTIONS: [(Direction, &str); 2] =
    [(Direction::Since, "から"), (Direction::Until, "まで")];
pub(super) const ELAPSED_UNITS: [(ElapsedUnit, &str); 10] = [
    (ElapsedUnit::Days, "日"),
    (ElapsedUnit::Weeks, "週"),
    (ElapsedUnit::Months, "か月"),
    (ElapsedUnit::Years, "年"),
    (ElapsedUnit::Weeks, "週間"),
    (ElapsedUnit::Months, "ヶ月"),
    (ElapsedUnit::Months, "ヵ月"),
    (ElapsedUnit::Months, "カ月"),
    (ElapsedUnit::Months, "月"),
    (ElapsedUnit::Years, "年間"),
];
pub(super) const UNITS: [(Unit, &str); 5] = [
    (Unit::Friend, "本人"),
    (Unit::EachPerson, "家族をふくむ一人ひとり"),
    (Unit::EachPerson, "一人ひとり"),
    (Unit::Children, "子ども"),
    (Unit::Household, "世帯"),
];
pub(super) const EXPECTS: [(Expect, &str); 4] = [
    (Expect::Target, "対象"),
    (Expect::NotTarget, "対象外"),
    (Expect::Excluded, "除外"),
    (Expect::Unknown, "不明"),
];
pub(super) const HEADERS: [&str; 7] = ["名前", "目的", "所管", "根拠", "想定人数", "見直し期限", "単位"];

/// What a word means in one of the tables above.
pub(super) fn meaning<T: Copy>(table: &[(T, &str)], word: &str) -> Option<T> {
    table.iter().find(|(_, known)| *known == word).map(|(meaning, _)| *meaning)
}

/// The word that is printed for a meaning: the first of the table.
pub(super) fn word<T: PartialEq>(table: &[(T, &'static str)], meaning: &T) -> &'static str {
    table.iter().find(|(known, _)| known == meaning).map_or("", |(_, word)| word)
}

/// All words with which a line of conditions can begin, catalogue aside.
pub(super) fn first_words() -> impl Iterator<Item = &'static str> {
    let fixed = [ON_DATE, BIRTH_YEAR, BUCKET, "家族のだれか", "家族の全員", "家族に0人"];
    let events = EVENTS.iter().map(|(_, word)| *word);
    MODES.iter().map(|(_, word)| *word).chain(AGES.iter().map(|(_, word)| *word)).chain(events).chain(fixed)
}
