//! One condition as a pass over one column.
//!
//! The only place that knows both a rule's test and a column's cells. A test that a column can't answer (the catalogue
//! has changed since the rule was read) is unknown for everybody: nothing is sent.

use std::collections::BTreeMap;

use super::bits::{Bits, Truths};
use super::column::{Column, NO_DAY, NO_NUMBER};
use super::days::Days;
use crate::domain::attribute::{Attribute, ValueType};
use crate::domain::segment::Truth;
use crate::domain::segment::rule::{ChoiceRef, Range, Test};

/// What is asked of each cell.
#[derive(Clone, Debug)]
pub(super) enum Ask {
    /// A date.
    Days(Days),
    /// A number in one of some ranges.
    Numbers(Vec<Range>),
    /// One of these values (places in the catalogue), or はい/いいえ.
    OneOf(Vec<usize>),
    /// At least one value of the set is among these.
    AnyOf(Vec<usize>),
    /// For each list, the set has a value of it.
    AllOf(Vec<Vec<usize>>),
    /// No value of the set is among these.
    NoneOf(Vec<usize>),
    /// Not known.
    Missing,
}

impl Ask {
    /// What a test asks of its attribute; `None` where the two don't fit.
    pub(super) fn of(test: &Test, attribute: &Attribute) -> Option<Self> {
        let set = attribute.value_type == ValueType::Choices;
        let one = attribute.value_type == ValueType::Choice;
        Some(match test {
            Test::Missing => Self::Missing,
            Test::AnyOf(any) if one => Self::OneOf(places(any, attribute)),
            Test::AllOf(all) if one => Self::OneOf(in_all(all, attribute)),
            Test::NoneOf(none) if one => Self::OneOf(others(&places(none, attribute), attribute)),
            Test::AnyOf(any) if set => Self::AnyOf(places(any, attribute)),
            Test::AllOf(all) if set => Self::AllOf(
                all.iter().map(|choice| places(std::slice::from_ref(choice), attribute)).collect(),
            ),
            Test::NoneOf(none) if set => Self::NoneOf(places(none, attribute)),
            Test::Number(ranges) if attribute.value_type == ValueType::Number => {
                Self::Numbers(ranges.clone())
            }
            Test::YesNo(yes) if attribute.value_type == ValueType::YesNo => {
                Self::OneOf(vec![usize::from(*yes)])
            }
            Test::Date(range) if attribute.value_type == ValueType::Date => {
                Self::Days(Days::in_range(*range))
            }
            _ => return None,
        })
    }

    /// What it says of somebody of whom nothing is known.
    pub(super) fn of_nobody(&self) -> Truth {
        if matches!(self, Self::Missing) { Truth::True } else { Truth::Unknown }
    }

    /// The truth of every row.
    pub(super) fn pass(&self, column: &Column) -> Truths {
        match (self, column) {
            (Self::Missing, column) => {
                let yes = missing(column);
                Truths { unknown: Bits::filled(yes.len(), false), yes }
            }
            (Self::Days(days), Column::Days { cells, far }) => pass_days(days, cells, far),
            (Self::Numbers(ranges), Column::Numbers(cells)) => Truths::of(
                cells,
                |cell| cell != NO_NUMBER && ranges.iter().any(|range| range.contains(cell)),
                |cell| cell == NO_NUMBER,
            ),
            (Self::OneOf(places), Column::Small(cells)) => pass_small(places, cells),
            (Self::OneOf(places), Column::Large(cells)) => {
                let fits = table(places, usize::from(u16::MAX) + 1);
                Truths::of(cells, |cell| fits[usize::from(cell)], |cell| cell == 0)
            }
            (Self::AnyOf(_) | Self::NoneOf(_) | Self::AllOf(_), Column::Sets { values, cells }) => {
                self.pass_sets(1 << values, cells)
            }
            (
                Self::AnyOf(_) | Self::NoneOf(_) | Self::AllOf(_),
                Column::WideSets { values, width, words },
            ) => {
                let known = |row: &[u64]| has(row, *values);
                let yes = |row: &[u64]| known(row) && self.fits(&|place| place < *values && has(row, place));
                Truths {
                    yes: Bits::of_rows(words, *width, yes),
                    unknown: Bits::of_rows(words, *width, |row| !known(row)),
                }
            }
            _ => Truths::unknown(rows(column)),
        }
    }

    /// What a set says, asked value by value.
    fn fits(&self, has: &dyn Fn(usize) -> bool) -> bool {
        match self {
            Self::AnyOf(any) => any.iter().any(|place| has(*place)),
            Self::NoneOf(none) => !none.iter().any(|place| has(*place)),
            Self::AllOf(all) => all.iter().all(|choice| choice.iter().any(|place| has(*place))),
            _ => false,
        }
    }

    /// A set in a cell is compared with all values at once.
    fn pass_sets(&self, known: u16, cells: &[u16]) -> Truths {
        let mask = |places: &[usize]| places.iter().fold(0u16, |mask, place| mask | 1 << place) & (known - 1);
        let unknown = |cell: u16| cell == 0;
        match self {
            Self::AnyOf(any) => {
                let mask = mask(any);
                Truths::of(cells, |cell| cell & mask != 0, unknown)
            }
            Self::NoneOf(none) => {
                let mask = mask(none);
                Truths::of(cells, |cell| (cell & mask == 0) & (cell != 0), unknown)
            }
            Self::AllOf(all) => {
                let masks: Vec<u16> = all.iter().map(|choice| mask(choice)).collect();
                let all = |cell: u16| masks.iter().all(|mask| cell & mask != 0);
                Truths::of(cells, |cell| (cell != 0) & all(cell), unknown)
            }
            _ => Truths::unknown(cells.len()),
        }
    }
}

/// So many windows are compared one by one, which the compiler does for many rows at once; more are looked up.
const COMPARED: usize = 3;

fn pass_days(days: &Days, cells: &[u16], far: &BTreeMap<usize, i32>) -> Truths {
    let unknown = |cell: u16| cell == NO_DAY;
    let within = |cell: u16, (from, to): (u16, u16)| cell.wrapping_sub(from) <= to - from;
    let mut truths = match *days.near() {
        [] => Truths::of(cells, |_| false, unknown),
        [one] => Truths::of(cells, |cell| within(cell, one), unknown),
        [one, two] => Truths::of(cells, |cell| within(cell, one) | within(cell, two), unknown),
        [one, two, three] => {
            Truths::of(cells, |cell| within(cell, one) | within(cell, two) | within(cell, three), unknown)
        }
        ref many => {
            debug_assert!(COMPARED < many.len());
            let mut fits = vec![false; usize::from(u16::MAX) + 1];
            many.iter().for_each(|(from, to)| fits[usize::from(*from)..=usize::from(*to)].fill(true));
            Truths::of(cells, |cell| fits[usize::from(cell)], unknown)
        }
    };
    for (row, day) in far {
        let truth = days.far(*day);
        truths.yes.set(*row, truth == Truth::True);
        truths.unknown.set(*row, truth == Truth::Unknown);
    }
    truths
}

/// Values that stand together in the catalogue are compared as one range; many scattered ones are looked up.
fn pass_small(places: &[usize], cells: &[u8]) -> Truths {
    let unknown = |cell: u8| cell == 0;
    let within = |cell: u8, (from, to): (u8, u8)| cell.wrapping_sub(from) <= to - from;
    match *runs(places) {
        [] => Truths::of(cells, |_| false, unknown),
        [one] => Truths::of(cells, |cell| within(cell, one), unknown),
        [one, two] => Truths::of(cells, |cell| within(cell, one) | within(cell, two), unknown),
        [one, two, three] => {
            Truths::of(cells, |cell| within(cell, one) | within(cell, two) | within(cell, three), unknown)
        }
        _ => {
            let fits = table(places, 256);
            Truths::of(cells, |cell| fits[usize::from(cell)], unknown)
        }
    }
}

/// The cells of these places as inclusive runs.
fn runs(places: &[usize]) -> Vec<(u8, u8)> {
    let mut wanted: Vec<u8> = places.iter().filter_map(|place| u8::try_from(place + 1).ok()).collect();
    wanted.sort_unstable();
    wanted.dedup();
    let mut runs: Vec<(u8, u8)> = Vec::new();
    for cell in wanted {
        match runs.last_mut() {
            Some(last) if last.1 + 1 == cell => last.1 = cell,
            _ => runs.push((cell, cell)),
        }
    }
    runs
}

/// For each cell value of a choice whether it fits; cell 0 is unknown, place 0 is cell 1.
fn table(places: &[usize], cells: usize) -> Vec<bool> {
    let mut fits = vec![false; cells];
    places.iter().filter(|place| **place + 1 < cells).for_each(|place| fits[place + 1] = true);
    fits
}

fn has(row: &[u64], place: usize) -> bool {
    row[place / 64] >> (place % 64) & 1 == 1
}

fn missing(column: &Column) -> Bits {
    match column {
        Column::Days { cells, .. } => Bits::of(cells, |cell| cell == NO_DAY),
        Column::Numbers(cells) => Bits::of(cells, |cell| cell == NO_NUMBER),
        Column::Small(cells) => Bits::of(cells, |cell| cell == 0),
        Column::Large(cells) | Column::Sets { cells, .. } => Bits::of(cells, |cell| cell == 0),
        Column::WideSets { values, width, words } => Bits::of_rows(words, *width, |row| !has(row, *values)),
    }
}

fn rows(column: &Column) -> usize {
    match column {
        Column::Days { cells, .. } | Column::Large(cells) | Column::Sets { cells, .. } => cells.len(),
        Column::Numbers(cells) => cells.len(),
        Column::Small(cells) => cells.len(),
        Column::WideSets { width, words, .. } => words.len() / width,
    }
}

/// The places of the values that are named, those of an area included.
fn places(choices: &[ChoiceRef], attribute: &Attribute) -> Vec<usize> {
    let values = attribute.values.iter().enumerate();
    let named = values.filter(|(_, value)| {
        choices.iter().any(|choice| match choice {
            ChoiceRef::Value(id) => *id == value.id,
            ChoiceRef::Area(area) => value.area.as_ref() == Some(area),
        })
    });
    named.map(|(place, _)| place).collect()
}

/// The places that every one of the choices names: a choice has one value only.
fn in_all(choices: &[ChoiceRef], attribute: &Attribute) -> Vec<usize> {
    let named: Vec<_> =
        choices.iter().map(|choice| places(std::slice::from_ref(choice), attribute)).collect();
    (0..attribute.values.len()).filter(|place| named.iter().all(|one| one.contains(place))).collect()
}

fn others(places: &[usize], attribute: &Attribute) -> Vec<usize> {
    (0..attribute.values.len()).filter(|place| !places.contains(place)).collect()
}
