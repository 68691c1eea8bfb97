//! Generated lines that ask one thing.

use super::days;
use super::rules::Pen;
use crate::domain::attribute::{Attribute, ValueType, core};
use crate::domain::calendar::{AgeKind, ElapsedUnit};
use crate::domain::history::EventKind;
use crate::domain::segment::bucket::BUCKETS;
use crate::domain::segment::rule::{
    AgeCondition, AttributeCondition, BirthYear, BucketCondition, ChoiceRef, DateRange, Direction,
    ElapsedCondition, EventCondition, EventWindow, Parity, Range, Rule, SharedRef, Test, Times, YearCalendar,
};

/// A condition of any kind.
pub(super) fn leaf(pen: &mut Pen<'_>) -> Rule {
    match pen.dice.below(100) {
        0..30 => Rule::Age(age(pen)),
        30..58 => attribute(pen),
        58..78 => Rule::Event(event(pen)),
        78..88 => elapsed(pen),
        88..92 => Rule::BirthYear(birth_year(pen)),
        92..97 => Rule::Bucket(bucket(pen)),
        _ => Rule::Shared(shared(pen)),
    }
}

fn age(pen: &mut Pen<'_>) -> AgeCondition {
    let parity = pen.dice.permille(250).then(|| parity(pen));
    let on_date = AgeKind::OnDate(days::near(pen.dice, pen.day));
    let kind = pen.dice.pick(&[
        AgeKind::OnDay,
        AgeKind::OnDay,
        AgeKind::FiscalYearEnd,
        AgeKind::FiscalYearReached,
        AgeKind::FiscalYearStart,
        AgeKind::Months,
        AgeKind::SchoolYear,
        on_date,
    ]);
    let parameters = pen.catalogue.parameters();
    if let Some(parameter) = pen.dice.one_of(parameters).filter(|_| kind != AgeKind::SchoolYear)
        && pen.dice.permille(120)
    {
        return AgeCondition { kind, ranges: Vec::new(), parameter: Some(parameter.id.clone()), parity };
    }
    let (from, to) = match kind {
        AgeKind::Months => (0, 60),
        AgeKind::SchoolYear => (3, 17),
        _ => (0, 104),
    };
    let ranges = ranges(pen, from, to);
    AgeCondition { kind, ranges, parameter: None, parity }
}

/// One to three ranges with at least one end each.
fn ranges(pen: &mut Pen<'_>, from: i32, to: i32) -> Vec<Range> {
    let count = pen.dice.weighted(&[(1, 6), (2, 2), (3, 1)]);
    let range = |pen: &mut Pen<'_>| {
        let (one, other) = (pen.dice.between(from, to), pen.dice.between(from, to));
        let (low, high) = (i64::from(one.min(other)), i64::from(one.max(other)));
        match pen.dice.below(6) {
            0 => Range { from: Some(low), to: Some(low) },
            1 | 2 => Range { from: Some(low), to: None },
            3 => Range { from: None, to: Some(high) },
            _ => Range { from: Some(low), to: Some(high) },
        }
    };
    (0..count).map(|_| range(pen)).collect()
}

fn parity(pen: &mut Pen<'_>) -> Parity {
    pen.dice.pick(&[Parity::Even, Parity::Odd])
}

fn birth_year(pen: &mut Pen<'_>) -> BirthYear {
    let calendar = pen.dice.pick(&[YearCalendar::Western, YearCalendar::Japanese]);
    BirthYear { calendar, parity: parity(pen) }
}

fn attribute(pen: &mut Pen<'_>) -> Rule {
    let catalogue = pen.catalogue;
    let Some(attribute) = pen.dice.one_of(catalogue.attributes()) else { return Rule::Bucket(bucket(pen)) };
    let test = if pen.dice.permille(100) { Test::Missing } else { test(pen, attribute) };
    Rule::Attribute(AttributeCondition { attribute: attribute.id.clone(), test })
}

fn test(pen: &mut Pen<'_>, attribute: &Attribute) -> Test {
    match attribute.value_type {
        ValueType::YesNo => Test::YesNo(pen.dice.permille(500)),
        ValueType::Number => Test::Number(ranges(pen, 0, 9)),
        ValueType::Choice => Test::AnyOf(choices(pen, attribute)),
        ValueType::Choices => {
            let chosen = choices(pen, attribute);
            pen.dice.pick(&[Test::AnyOf, Test::AllOf, Test::NoneOf])(chosen)
        }
        ValueType::Date => Test::Date(dates(pen, attribute)),
    }
}

fn dates(pen: &mut Pen<'_>, attribute: &Attribute) -> DateRange {
    let birth = attribute.id.as_str() == core::BIRTH_DATE;
    let day = |pen: &mut Pen<'_>| {
        if birth { days::birth(pen.dice, pen.day) } else { days::near(pen.dice, pen.day) }
    };
    let (one, other) = (day(pen), day(pen));
    match pen.dice.below(4) {
        0 => DateRange { from: Some(one), to: None },
        1 => DateRange { from: None, to: Some(one) },
        2 => DateRange { from: Some(one), to: Some(one) },
        _ => DateRange { from: Some(one.min(other)), to: Some(one.max(other)) },
    }
}

/// One to four values or areas; the same one may come twice, as people write it.
fn choices(pen: &mut Pen<'_>, attribute: &Attribute) -> Vec<ChoiceRef> {
    let count = pen.dice.between(1, 4);
    let choice = |pen: &mut Pen<'_>| {
        let area = pen.dice.one_of(&attribute.areas).filter(|_| pen.dice.permille(300));
        area.map(|area| ChoiceRef::Area(area.id.clone()))
            .or_else(|| pen.dice.one_of(&attribute.values).map(|value| ChoiceRef::Value(value.id.clone())))
    };
    (0..count).filter_map(|_| choice(pen)).collect()
}

fn elapsed(pen: &mut Pen<'_>) -> Rule {
    let catalogue = pen.catalogue;
    let dates: Vec<_> =
        catalogue.attributes().iter().filter(|one| one.value_type == ValueType::Date).collect();
    let Some(attribute) = pen.dice.one_of(&dates) else { return Rule::Bucket(bucket(pen)) };
    let direction = pen.dice.pick(&[Direction::Since, Direction::Since, Direction::Until]);
    let (unit, most) = pen.dice.pick(&[
        (ElapsedUnit::Days, 150),
        (ElapsedUnit::Weeks, 30),
        (ElapsedUnit::Months, 40),
        (ElapsedUnit::Years, 100),
    ]);
    let parameter = pen
        .dice
        .one_of(catalogue.parameters())
        .filter(|_| unit == ElapsedUnit::Years && pen.dice.permille(150));
    let parameter = parameter.map(|parameter| parameter.id.clone());
    let ranges = if parameter.is_some() { Vec::new() } else { ranges(pen, 0, most) };
    Rule::Elapsed(ElapsedCondition { attribute: attribute.id.clone(), direction, unit, ranges, parameter })
}

fn event(pen: &mut Pen<'_>) -> EventCondition {
    let (kind, subject) = subject(pen);
    let years = u8::try_from(pen.dice.between(1, 5)).unwrap_or(1);
    let days = u16::try_from(pen.dice.weighted(&[(0, 1), (1, 1), (30, 3), (90, 3), (366, 3), (700, 1)]));
    let window = pen.dice.pick(&[
        EventWindow::ThisFiscalYear,
        EventWindow::LastFiscalYear,
        EventWindow::PastFiscalYears(years),
        EventWindow::WithinDays(days.unwrap_or(30)),
        EventWindow::Ever,
    ]);
    let few = u16::try_from(pen.dice.weighted(&[(0, 4), (1, 4), (2, 2), (3, 1)])).unwrap_or(0);
    let times = pen.dice.pick(&[Times::AtLeast(few.max(1)), Times::AtMost(few), Times::Exactly(few.max(1))]);
    EventCondition { kind, subject, window, times }
}

/// A kind of event with a programme or a series; a few come often, so that rules and records meet.
pub(super) fn subject(pen: &mut Pen<'_>) -> (EventKind, String) {
    let kind = pen.dice.pick(&EventKind::ALL);
    if kind.of_person() {
        let programmes = pen.catalogue.programmes();
        let few = programmes.get(..3).filter(|_| pen.dice.permille(850)).unwrap_or(programmes);
        let programme = pen.dice.one_of(few).map_or("tokutei", |programme| programme.id.as_str());
        return (kind, programme.to_owned());
    }
    let series = pen.catalogue.series();
    let few = series.get(..2).filter(|_| pen.dice.permille(850)).unwrap_or(series);
    let named = pen.dice.one_of(few).filter(|_| !pen.dice.permille(40));
    (kind, named.map_or("見本シリーズ", String::as_str).to_owned())
}

fn bucket(pen: &mut Pen<'_>) -> BucketCondition {
    let mut number = || u16::try_from(pen.dice.below(u32::from(BUCKETS))).unwrap_or(0);
    let (one, other) = (number(), number());
    let salt = pen.dice.pick(&["2026-大腸", "2027-大腸", "a"]).to_owned();
    BucketCondition { from: one.min(other), to: one.max(other), salt }
}

fn shared(pen: &mut Pen<'_>) -> SharedRef {
    let path = pen.dice.pick(&["共通/国保40から74", "共通/女性", "共通/その他/高齢の方"]).to_owned();
    let hash = pen.dice.permille(300).then(|| format!("{:08x}", pen.dice.below(u32::MAX)));
    SharedRef { path, hash }
}
