//! One condition as a pass over one column.
//!
//! The only place that knows both a rule's test and a column's cells. A test that a column can't answer (the catalogue
//! has changed since the rule was read) is unknown for everybody: nothing is sent.

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

    /// The truth of every row; `values` is how many values the attribute has.
    pub(super) fn pass(&self, column: &Column, values: usize) -> Truths {
        match (self, column) {
            (Self::Missing, column) => Truths { yes: missing(column, values), ..Truths::no(rows(column)) },
            (Self::Days(days), Column::Days(cells)) => pass_days(days, cells),
            (Self::Numbers(ranges), Column::Numbers(cells)) => Truths {
                yes: Bits::of(cells, |cell| {
                    cell != NO_NUMBER && ranges.iter().any(|range| range.contains(cell))
                }),
                unknown: missing(column, values),
            },
            (Self::OneOf(places), Column::Small(cells)) => {
                Truths { yes: pass_small(places, cells), unknown: missing(column, values) }
            }
            (Self::OneOf(places), Column::Large(cells)) => {
                let fits = table(places, usize::from(u16::MAX) + 1);
                Truths {
                    yes: Bits::of(cells, |cell| fits[usize::from(cell)]),
                    unknown: missing(column, values),
                }
            }
            (Self::AnyOf(any), column) => {
                pass_sets(column, values, |has| any.iter().any(|place| has(*place)))
            }
            (Self::NoneOf(none), column) => {
                pass_sets(column, values, |has| !none.iter().any(|place| has(*place)))
            }
            (Self::AllOf(all), column) => pass_sets(column, values, |has| {
                all.iter().all(|choice| choice.iter().any(|place| has(*place)))
            }),
            _ => Truths::unknown(rows(column)),
        }
    }
}

fn pass_days(days: &Days, cells: &[i32]) -> Truths {
    let unknown = Bits::of(cells, |cell| cell == NO_DAY);
    match days {
        Days::Windows(windows) => {
            let mut yes = Bits::filled(cells.len(), false);
            for (from, to) in windows.iter().copied() {
                yes = yes.or(&Bits::of(cells, |cell| (from <= cell) & (cell <= to)));
            }
            // NO_DAY lies below every window.
            Truths { yes, unknown }
        }
        Days::Table { .. } => Truths {
            yes: Bits::of(cells, |cell| days.truth(cell) == Truth::True),
            unknown: Bits::of(cells, |cell| days.truth(cell) == Truth::Unknown),
        },
    }
}

/// Few values are compared one by one, which the compiler does for many rows at once; many are looked up.
fn pass_small(places: &[usize], cells: &[u8]) -> Bits {
    let wanted: Vec<u8> = places.iter().filter_map(|place| u8::try_from(place + 1).ok()).collect();
    match wanted[..] {
        [] => Bits::filled(cells.len(), false),
        [one] => Bits::of(cells, |cell| cell == one),
        [one, two] => Bits::of(cells, |cell| (cell == one) | (cell == two)),
        [one, two, three] => Bits::of(cells, |cell| (cell == one) | (cell == two) | (cell == three)),
        _ => {
            let fits = table(places, 256);
            Bits::of(cells, |cell| fits[usize::from(cell)])
        }
    }
}

/// For each cell value of a choice whether it fits; cell 0 is unknown, place 0 is cell 1.
fn table(places: &[usize], cells: usize) -> Vec<bool> {
    let mut fits = vec![false; cells];
    places.iter().filter(|place| **place + 1 < cells).for_each(|place| fits[place + 1] = true);
    fits
}

fn pass_sets(column: &Column, values: usize, fits: impl Fn(&dyn Fn(usize) -> bool) -> bool) -> Truths {
    let yes = match column {
        // A set of at most 15 values has at most 65,536 forms: each is asked once.
        Column::Sets(cells) => {
            let known = 1usize << values;
            let forms: Vec<bool> =
                (0..known * 2).map(|form| known <= form && fits(&|place| form >> place & 1 == 1)).collect();
            Bits::of(cells, |cell| forms[usize::from(cell)])
        }
        Column::WideSets { width, words } => Bits::of_rows(words, *width, |row| {
            has(row, values) && fits(&|place| place < values && has(row, place))
        }),
        _ => return Truths::unknown(rows(column)),
    };
    Truths { yes, unknown: missing(column, values) }
}

fn has(row: &[u64], place: usize) -> bool {
    row[place / 64] >> (place % 64) & 1 == 1
}

fn missing(column: &Column, values: usize) -> Bits {
    match column {
        Column::Days(cells) => Bits::of(cells, |cell| cell == NO_DAY),
        Column::Numbers(cells) => Bits::of(cells, |cell| cell == NO_NUMBER),
        Column::Small(cells) => Bits::of(cells, |cell| cell == 0),
        Column::Large(cells) | Column::Sets(cells) => Bits::of(cells, |cell| cell == 0),
        Column::WideSets { width, words } => Bits::of_rows(words, *width, |row| !has(row, values)),
    }
}

fn rows(column: &Column) -> usize {
    match column {
        Column::Days(cells) => cells.len(),
        Column::Numbers(cells) => cells.len(),
        Column::Small(cells) => cells.len(),
        Column::Large(cells) | Column::Sets(cells) => cells.len(),
        Column::WideSets { width, words } => words.len() / width,
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
