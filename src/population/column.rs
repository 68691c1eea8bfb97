//! One attribute of all rows, in as few bytes as its kind allows, with a value of its own for "unknown".
//!
//! A column knows the catalogue's order of values and nothing else; what a rule asks of it stands in
//! [`super::pass`]. A value that doesn't fit is kept as unknown, never as another value.

use std::collections::BTreeMap;

use jiff::civil::Date;

use crate::domain::attribute::{Attribute, Value, ValueId, ValueType};

/// The cells of one attribute.
#[derive(Clone, Debug)]
pub(super) enum Column {
    /// Days since [`FIRST_DAY`]; [`NO_DAY`] is unknown, [`FAR_DAY`] one of the few outside 1900–2079, by row.
    Days { cells: Vec<u16>, far: BTreeMap<usize, i32> },
    /// Whole numbers; [`NO_NUMBER`] is unknown.
    Numbers(Vec<i64>),
    /// 1 + the place of the value in the catalogue (はい/いいえ: 1 is いいえ); 0 is unknown.
    Small(Vec<u8>),
    /// The same where there are more than 255 values.
    Large(Vec<u16>),
    /// A bit for each value, and above them one that says "known".
    Sets { values: usize, cells: Vec<u16> },
    /// The same where there are more than 15 values: `width` words a row.
    WideSets { values: usize, width: usize, words: Vec<u64> },
}

/// 1900-01-01 as a day number.
pub(super) const FIRST_DAY: i32 = -25_567;
/// Unknown, in [`Column::Days`].
pub(super) const NO_DAY: u16 = u16::MAX;
/// In [`Column::Days`]: look among the far ones.
pub(super) const FAR_DAY: u16 = u16::MAX - 1;
/// Unknown, in [`Column::Numbers`].
pub(super) const NO_NUMBER: i64 = i64::MIN;

const WORD: usize = 64;

/// One value on its way into a column.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub(super) enum Cell {
    /// Not known.
    #[default]
    Unknown,
    /// A day number.
    Day(i32),
    /// A whole number.
    Number(i64),
    /// The place of a value in the catalogue.
    Place(usize),
    /// The places of the values of a set.
    Places(Vec<usize>),
}

impl Cell {
    /// The cell of a fact.
    pub(super) fn of(attribute: &Attribute, value: Option<&Value>) -> Self {
        match value {
            Some(Value::Date(date)) => Self::Day(day_number(*date)),
            Some(Value::Number(number)) => Self::Number(*number),
            Some(Value::YesNo(yes)) => Self::Place(usize::from(*yes)),
            Some(Value::Choice(id)) => position(attribute, id).map_or(Self::Unknown, Self::Place),
            Some(Value::Choices(chosen)) => {
                Self::Places(chosen.iter().filter_map(|id| position(attribute, id)).collect())
            }
            None => Self::Unknown,
        }
    }
}

fn position(attribute: &Attribute, id: &ValueId) -> Option<usize> {
    attribute.values.iter().position(|value| value.id == *id)
}

impl Column {
    /// An empty column of the right kind.
    pub(super) fn for_attribute(attribute: &Attribute) -> Self {
        match attribute.value_type {
            ValueType::Date => Self::Days { cells: Vec::new(), far: BTreeMap::new() },
            ValueType::Number => Self::Numbers(Vec::new()),
            ValueType::YesNo => Self::Small(Vec::new()),
            ValueType::Choice if attribute.values.len() <= usize::from(u8::MAX) => Self::Small(Vec::new()),
            ValueType::Choice => Self::Large(Vec::new()),
            ValueType::Choices => Self::for_set(attribute.values.len()),
        }
    }

    fn for_set(values: usize) -> Self {
        if values < 16 {
            Self::Sets { values, cells: Vec::new() }
        } else {
            Self::WideSets { values, width: values / WORD + 1, words: Vec::new() }
        }
    }

    /// Adds a row of which nothing is known.
    pub(super) fn push_unknown(&mut self) {
        match self {
            Self::Days { cells, .. } => cells.push(NO_DAY),
            Self::Numbers(cells) => cells.push(NO_NUMBER),
            Self::Small(cells) => cells.push(0),
            Self::Large(cells) | Self::Sets { cells, .. } => cells.push(0),
            Self::WideSets { width, words, .. } => words.resize(words.len() + *width, 0),
        }
    }

    /// Writes a row; a cell of another kind is unknown.
    pub(super) fn set(&mut self, row: usize, cell: &Cell) {
        match self {
            Self::Days { cells, far } => {
                far.remove(&row);
                cells[row] = match cell {
                    Cell::Day(day) => near(*day).unwrap_or_else(|| {
                        far.insert(row, *day);
                        FAR_DAY
                    }),
                    _ => NO_DAY,
                };
            }
            Self::Numbers(cells) => {
                cells[row] = if let Cell::Number(number) = cell { *number } else { NO_NUMBER }
            }
            Self::Small(cells) => cells[row] = u8::try_from(counted(cell)).unwrap_or(0),
            Self::Large(cells) => cells[row] = u16::try_from(counted(cell)).unwrap_or(0),
            Self::Sets { values, cells } => {
                cells[row] = bits_of(cell, *values).fold(0, |bits, place| bits | 1 << place);
            }
            Self::WideSets { values, width, words } => {
                let words = &mut words[row * *width..(row + 1) * *width];
                words.fill(0);
                bits_of(cell, *values).for_each(|place| words[place / WORD] |= 1 << (place % WORD));
            }
        }
    }

    /// A column of these rows in this order.
    pub(super) fn gather(&self, rows: &[usize]) -> Self {
        match self {
            Self::Days { cells, far } => {
                let found = |(to, from): (usize, &usize)| Some((to, *far.get(from)?));
                let far = if far.is_empty() {
                    BTreeMap::new()
                } else {
                    rows.iter().enumerate().filter_map(found).collect()
                };
                Self::Days { cells: rows.iter().map(|row| cells[*row]).collect(), far }
            }
            Self::Numbers(cells) => Self::Numbers(rows.iter().map(|row| cells[*row]).collect()),
            Self::Small(cells) => Self::Small(rows.iter().map(|row| cells[*row]).collect()),
            Self::Large(cells) => Self::Large(rows.iter().map(|row| cells[*row]).collect()),
            Self::Sets { values, cells } => {
                Self::Sets { values: *values, cells: rows.iter().map(|row| cells[*row]).collect() }
            }
            Self::WideSets { values, width, words } => {
                let words = rows.iter().flat_map(|row| &words[row * width..(row + 1) * width]);
                Self::WideSets { values: *values, width: *width, words: words.copied().collect() }
            }
        }
    }

    /// Gives unused memory back.
    pub(super) fn shrink(&mut self) {
        match self {
            Self::Days { cells, .. } | Self::Large(cells) | Self::Sets { cells, .. } => cells.shrink_to_fit(),
            Self::Numbers(cells) => cells.shrink_to_fit(),
            Self::Small(cells) => cells.shrink_to_fit(),
            Self::WideSets { words, .. } => words.shrink_to_fit(),
        }
    }

    /// Bytes held in memory.
    pub(super) fn bytes(&self) -> usize {
        match self {
            Self::Days { cells, far } => {
                cells.capacity() * size_of::<u16>() + far.len() * size_of::<(usize, i32)>()
            }
            Self::Large(cells) | Self::Sets { cells, .. } => cells.capacity() * size_of::<u16>(),
            Self::Numbers(cells) => cells.capacity() * size_of::<i64>(),
            Self::Small(cells) => cells.capacity(),
            Self::WideSets { words, .. } => words.capacity() * size_of::<u64>(),
        }
    }
}

/// 1 + the place; 0 is unknown.
fn counted(cell: &Cell) -> usize {
    if let Cell::Place(place) = cell { place + 1 } else { 0 }
}

/// The bits of a set, the one that says "known" among them.
fn bits_of(cell: &Cell, values: usize) -> impl Iterator<Item = usize> {
    let places = if let Cell::Places(places) = cell { Some(places.as_slice()) } else { None };
    places.into_iter().flat_map(move |places| places.iter().copied().chain([values]))
}

/// The cell of a day that lies in the years a cell can tell.
pub(super) fn near(day: i32) -> Option<u16> {
    u16::try_from(day - FIRST_DAY).ok().filter(|cell| *cell < FAR_DAY)
}

/// Days since 1970-01-01 (proleptic Gregorian), the day number of a date.
pub(super) fn day_number(date: Date) -> i32 {
    // Years begin on 1 March here, so that a leap day is the last day of its year.
    let (month, day) = (i32::from(date.month()), i32::from(date.day()));
    let year = i32::from(date.year()) - i32::from(month <= 2);
    let in_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let leap_days = year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    year * 365 + leap_days + in_year - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::ToSpan;
    use jiff::civil::date;

    #[test]
    fn days_are_counted_as_the_calendar_counts_them() {
        let epoch = date(1970, 1, 1);
        let mut day = date(1599, 12, 31);
        while day < date(2101, 1, 1) {
            assert_eq!(day_number(day), epoch.until(day).unwrap().get_days(), "{day}");
            day = day.saturating_add(1.day());
        }
        assert_eq!(day_number(date(-4, 2, 29)), epoch.until(date(-4, 2, 29)).unwrap().get_days());
    }

    #[test]
    fn a_day_of_another_century_is_kept_beside_the_cells() {
        let mut column = Column::Days { cells: vec![NO_DAY; 3], far: BTreeMap::new() };
        column.set(0, &Cell::Day(day_number(date(1900, 1, 1))));
        column.set(1, &Cell::Day(day_number(date(1899, 12, 31))));
        column.set(2, &Cell::Day(day_number(date(2100, 1, 1))));
        column.set(2, &Cell::Unknown);
        let Column::Days { cells, far } = column.gather(&[1, 0, 2]) else { panic!() };
        assert_eq!(cells, [FAR_DAY, 0, NO_DAY]);
        assert_eq!(far, BTreeMap::from([(0, day_number(date(1899, 12, 31)))]));
    }

    #[test]
    fn seventeen_values_make_a_wide_set_that_can_be_moved() {
        let mut column = Column::for_set(100);
        column.push_unknown();
        column.push_unknown();
        column.set(0, &Cell::Places(vec![0, 99]));
        let column = column.gather(&[1, 0, 0]);
        let Column::WideSets { width: 2, words, .. } = &column else { panic!("{column:?}") };
        assert_eq!((&words[..2], &words[2..4]), (&[0, 0][..], &words[4..]));
        assert_eq!(words[5], 1 << 35 | 1 << 36);
    }
}
