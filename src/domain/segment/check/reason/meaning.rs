//! What a single condition says about one datum on a day: the set of values that fit.
//!
//! All kinds of age, the elapsed time, ranges of dates and the parity of birth years become sets of the same days, so
//! that they are reasoned about together.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use jiff::civil::Date;

use super::intervals::Intervals;
use crate::domain::attribute::{Attribute, Catalogue, Subject as Owner, ValueType, core};
use crate::domain::calendar::{AgeKind, DateWindow, birth_window, wareki_year};
use crate::domain::segment::bucket::BUCKETS;
use crate::domain::segment::rule::{
    AgeCondition, AttributeCondition, BirthYear, ChoiceRef, DateRange, Range, Rule, Test, YearCalendar,
};
use crate::domain::segment::window::dates;

/// The first and the last day that anybody writes (和暦 begins with the first).
const FIRST: Date = Date::constant(1868, 1, 25);
const LAST: Date = Date::constant(2199, 12, 31);

/// The datum that a condition is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Datum<'a> {
    /// Of the person looked at.
    Person(&'a str),
    /// Of the account.
    Account(&'a str),
    /// The account's number in the draw of a salt.
    Draw(&'a str),
}

/// What a condition says.
#[derive(Clone)]
pub(super) enum Meaning<'a> {
    /// The value lies in the set; any value lies in the whole.
    In { datum: Datum<'a>, whole: (i64, i64), fits: Rc<Intervals> },
    /// Several choices, of which at least one lies in each set.
    Hits { datum: Datum<'a>, sets: Vec<Intervals> },
    /// Several choices, of which none lies in the set.
    Misses { datum: Datum<'a>, set: Intervals },
    /// Nothing is known.
    Missing { datum: Datum<'a>, whole: Option<(i64, i64)> },
    /// Nothing that can be reasoned about.
    Opaque,
}

/// Conditions turned into sets, each once for a day.
pub(super) struct Meanings<'a> {
    catalogue: &'a Catalogue,
    /// By the condition's address, and the day on which its kind of age is counted.
    sets: RefCell<HashMap<(usize, Date), Rc<Intervals>>>,
}

/// A day as a number.
pub(super) fn number(day: Date) -> i64 {
    i64::from((day - Date::constant(1970, 1, 1)).get_days())
}

/// All days of births and other dates.
pub(super) fn all_days() -> (i64, i64) {
    (number(FIRST), number(LAST))
}

impl<'a> Meanings<'a> {
    pub(super) fn new(catalogue: &'a Catalogue) -> Self {
        Self { catalogue, sets: RefCell::default() }
    }

    pub(super) fn of(&self, rule: &'a Rule, day: Date) -> Meaning<'a> {
        match rule {
            Rule::Age(age) => {
                self.births(rule, age.kind.reference(day), || age_births(age, self.catalogue, day))
            }
            Rule::BirthYear(year) => self.births(rule, FIRST, || Some(year_births(*year))),
            Rule::Elapsed(elapsed) => {
                let Some(datum) = self.datum(elapsed.attribute.as_str()) else { return Meaning::Opaque };
                if elapsed.bound(self.catalogue, day).is_none() {
                    return Meaning::Opaque;
                }
                let fits = self.cached(rule, day, || windows(&dates(elapsed, self.catalogue, day)));
                Meaning::In { datum, whole: all_days(), fits }
            }
            Rule::Bucket(bucket) => Meaning::In {
                datum: Datum::Draw(&bucket.salt),
                whole: (0, i64::from(BUCKETS) - 1),
                fits: Rc::new(Intervals::of([(i64::from(bucket.from), i64::from(bucket.to))])),
            },
            Rule::Attribute(condition) => self.attribute(condition),
            Rule::Group(_) | Rule::Relatives(_) | Rule::Event(_) | Rule::Shared(_) => Meaning::Opaque,
        }
    }

    fn births(&self, rule: &'a Rule, on: Date, set: impl FnOnce() -> Option<Intervals>) -> Meaning<'a> {
        if let Rule::Age(AgeCondition { parameter: Some(_), .. }) = rule {
            // The value of a parameter changes on days of its own: not kept.
            return set().map_or(Meaning::Opaque, |set| in_births(Rc::new(set)));
        }
        let kept = self.sets.borrow().get(&key(rule, on)).cloned();
        match kept.or_else(|| set().map(|set| self.keep(rule, on, set))) {
            Some(fits) => in_births(fits),
            None => Meaning::Opaque,
        }
    }

    fn cached(&self, rule: &'a Rule, on: Date, set: impl FnOnce() -> Intervals) -> Rc<Intervals> {
        let kept = self.sets.borrow().get(&key(rule, on)).cloned();
        kept.unwrap_or_else(|| self.keep(rule, on, set()))
    }

    fn keep(&self, rule: &'a Rule, on: Date, set: Intervals) -> Rc<Intervals> {
        let set = Rc::new(set);
        self.sets.borrow_mut().insert(key(rule, on), Rc::clone(&set));
        set
    }

    fn datum(&self, id: &str) -> Option<Datum<'a>> {
        self.catalogue.attribute(id).map(datum)
    }

    fn attribute(&self, condition: &'a AttributeCondition) -> Meaning<'a> {
        let Some(attribute) = self.catalogue.attribute(condition.attribute.as_str()) else {
            return Meaning::Opaque;
        };
        test(attribute, &condition.test)
    }
}

/// The condition's place in memory stands for it: a rule is not moved while it is checked.
fn key(rule: &Rule, on: Date) -> (usize, Date) {
    (std::ptr::from_ref(rule).addr(), on)
}

fn in_births<'a>(fits: Rc<Intervals>) -> Meaning<'a> {
    Meaning::In { datum: Datum::Person(core::BIRTH_DATE), whole: all_days(), fits }
}

fn datum(attribute: &Attribute) -> Datum<'_> {
    match attribute.subject {
        Owner::Account => Datum::Account(attribute.id.as_str()),
        Owner::Person => Datum::Person(attribute.id.as_str()),
    }
}

/// All values of an attribute; `None` where somebody has several.
fn whole(attribute: &Attribute) -> Option<(i64, i64)> {
    match attribute.value_type {
        ValueType::YesNo => Some((0, 1)),
        ValueType::Number => Some((i64::MIN, i64::MAX)),
        ValueType::Choice => Some((0, last(attribute))),
        ValueType::Date => Some(all_days()),
        ValueType::Choices => None,
    }
}

fn last(attribute: &Attribute) -> i64 {
    i64::try_from(attribute.values.len()).unwrap_or(i64::MAX) - 1
}

fn test<'a>(attribute: &'a Attribute, test: &Test) -> Meaning<'a> {
    let datum = datum(attribute);
    let union = |choices: &[ChoiceRef]| {
        choices.iter().fold(Intervals::default(), |all, one| all.or(&chosen(attribute, one)))
    };
    let Some(whole) = whole(attribute) else {
        return match test {
            Test::AnyOf(any) => Meaning::Hits { datum, sets: vec![union(any)] },
            Test::AllOf(all) => {
                Meaning::Hits { datum, sets: all.iter().map(|one| chosen(attribute, one)).collect() }
            }
            Test::NoneOf(none) => Meaning::Misses { datum, set: union(none) },
            Test::Missing => Meaning::Missing { datum, whole: None },
            _ => Meaning::Opaque,
        };
    };
    let fits = match (test, attribute.value_type) {
        (Test::Missing, _) => return Meaning::Missing { datum, whole: Some(whole) },
        (Test::AnyOf(any), ValueType::Choice) => union(any),
        (Test::AllOf(all), ValueType::Choice) => {
            all.iter().fold(Intervals::of([whole]), |left, one| left.and(&chosen(attribute, one)))
        }
        (Test::NoneOf(none), ValueType::Choice) => union(none).outside(whole),
        (Test::Number(ranges), ValueType::Number) => numbers(ranges),
        (Test::YesNo(yes), ValueType::YesNo) => Intervals::of([(i64::from(*yes), i64::from(*yes))]),
        (Test::Date(range), ValueType::Date) => days(*range),
        _ => return Meaning::Opaque,
    };
    Meaning::In { datum, whole, fits: Rc::new(fits) }
}

/// The places of a value, or of the values of an area, in the list of the catalogue.
fn chosen(attribute: &Attribute, choice: &ChoiceRef) -> Intervals {
    let values = (0..).zip(&attribute.values);
    let named = values.filter(|(_, value)| match choice {
        ChoiceRef::Value(id) => value.id == *id,
        ChoiceRef::Area(area) => value.area.as_ref() == Some(area),
    });
    Intervals::of(named.map(|(at, _)| (at, at)))
}

fn numbers(ranges: &[Range]) -> Intervals {
    Intervals::of(ranges.iter().map(|range| (range.from.unwrap_or(i64::MIN), range.to.unwrap_or(i64::MAX))))
}

fn days(range: DateRange) -> Intervals {
    windows(&[DateWindow { from: range.from, until: range.to }])
}

fn windows(windows: &[DateWindow]) -> Intervals {
    let (first, last) = all_days();
    Intervals::of(windows.iter().map(|window| {
        (window.from.map_or(first, number).max(first), window.until.map_or(last, number).min(last))
    }))
}

/// `None` where a parameter has no value.
fn age_births(age: &AgeCondition, catalogue: &Catalogue, day: Date) -> Option<Intervals> {
    let age = age.bound(catalogue, day)?;
    let births = |from: i64, to: Option<i64>| {
        let whole = |age: i64| i32::try_from(age).unwrap_or(i32::MAX);
        birth_window(age.kind, Some(whole(from)), to.map(whole), day)
    };
    let Some(parity) = age.parity else {
        let ranges = age.ranges.iter().map(|range| births(range.from.unwrap_or(0), range.to));
        return Some(windows(&ranges.collect::<Vec<_>>()));
    };
    let years = i64::from(age.kind.reference(day).year() - FIRST.year() + 1).max(0);
    let oldest = if age.kind == AgeKind::Months { years * 12 } else { years };
    let each = age.ranges.iter().flat_map(|range| {
        let (from, to) = (range.from.unwrap_or(0).max(0), range.to.unwrap_or(oldest).min(oldest));
        (from..=to).filter(|one| parity.fits(*one)).map(|one| births(one, Some(one)))
    });
    Some(windows(&each.collect::<Vec<_>>()))
}

fn year_births(condition: BirthYear) -> Intervals {
    let mut fitting = Vec::new();
    for year in FIRST.year()..=LAST.year() {
        let day = |month, day| Date::new(year, month, day).unwrap_or(LAST);
        // A year of the Western calendar has at most two eras; the days on which an era begins cut it.
        let mut starts = vec![day(1, 1).max(FIRST)];
        if condition.calendar == YearCalendar::Japanese {
            starts.extend(ERAS.iter().copied().filter(|start| start.year() == year && FIRST < *start));
        }
        for (at, start) in starts.iter().enumerate() {
            let end = starts.get(at + 1).map_or_else(|| number(day(12, 31)), |next| number(*next) - 1);
            let counted = match condition.calendar {
                YearCalendar::Western => Some(year),
                YearCalendar::Japanese => wareki_year(*start).map(|(_, year)| year),
            };
            let fits = counted.is_some_and(|year| condition.parity.fits(i64::from(year)));
            fitting.extend(fits.then_some((number(*start), end)));
        }
    }
    Intervals::of(fitting)
}

/// The first days of 大正, 昭和, 平成 and 令和.
const ERAS: [Date; 4] = [
    Date::constant(1912, 7, 30),
    Date::constant(1926, 12, 25),
    Date::constant(1989, 1, 8),
    Date::constant(2019, 5, 1),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::segment::rule::Parity;

    #[test]
    fn birth_years_are_cut_where_eras_begin() {
        for calendar in [YearCalendar::Western, YearCalendar::Japanese] {
            let even = year_births(BirthYear { calendar, parity: Parity::Even });
            let mut day = FIRST;
            while day < LAST {
                let year = match calendar {
                    YearCalendar::Western => day.year(),
                    YearCalendar::Japanese => wareki_year(day).unwrap().1,
                };
                let one = Intervals::of([(number(day), number(day))]);
                assert_eq!(one.within(&even), year % 2 == 0, "{day}");
                day = day.tomorrow().unwrap();
            }
        }
    }
}
