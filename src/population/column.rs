//! One attribute of all rows, in as few bytes as its kind allows, with a value of its own for "unknown".
//!
//! A column knows the catalogue's order of values and nothing else; what a rule asks of it stands in
//! [`super::pass`]. A value that doesn't fit is kept as unknown, never as another value.

use jiff::civil::Date;

use crate::domain::attribute::{Attribute, Value, ValueId, ValueType};

/// The cells of one attribute.
#[derive(Clone, Debug)]
pub(super) enum Column {
    /// Days since 1970-01-01; [`NO_DAY`] is unknown.
    Days(Vec<i32>),
    /// Whole numbers; [`NO_NUMBER`] is unknown.
    Numbers(Vec<i64>),
    /// 1 + the place of the value in the catalogue (はい/いいえ: 1 is いいえ); 0 is unknown.
    Small(Vec<u8>),
    /// The same where there are more than 255 values.
    Large(Vec<u16>),
    /// A bit for each value, and above them one that says "known".
    Sets(Vec<u16>),
    /// The same where there are more than 15 values: `width` words a row.
    WideSets { width: usize, words: Vec<u64> },
}

/// Unknown, in [`Column::Days`].
pub(super) const NO_DAY: i32 = i32::MIN;
/// Unknown, in [`Column::Numbers`].
pub(super) const NO_NUMBER: i64 = i64::MIN;

const WORD: usize = 64;

impl Column {
    /// An empty column of the right kind.
    pub(super) fn for_attribute(attribute: &Attribute) -> Self {
        match attribute.value_type {
            ValueType::Date => Self::Days(Vec::new()),
            ValueType::Number => Self::Numbers(Vec::new()),
            ValueType::YesNo => Self::Small(Vec::new()),
            ValueType::Choice if attribute.values.len() <= usize::from(u8::MAX) => Self::Small(Vec::new()),
            ValueType::Choice => Self::Large(Vec::new()),
            ValueType::Choices => Self::for_set(attribute.values.len()),
        }
    }

    /// An empty column for sets of so many values.
    pub(super) fn for_set(values: usize) -> Self {
        if values < 16 {
            Self::Sets(Vec::new())
        } else {
            Self::WideSets { width: values / WORD + 1, words: Vec::new() }
        }
    }

    /// Adds a row.
    pub(super) fn push(&mut self, attribute: &Attribute, value: Option<&Value>) {
        match self {
            Self::Days(cells) => cells.push(day_cell(value)),
            Self::Numbers(cells) => cells.push(number_cell(value)),
            Self::Small(cells) => cells.push(u8::try_from(place(attribute, value)).unwrap_or(0)),
            Self::Large(cells) => cells.push(u16::try_from(place(attribute, value)).unwrap_or(0)),
            Self::Sets(_) | Self::WideSets { .. } => match value {
                Some(Value::Choices(chosen)) => {
                    self.push_set(&places(attribute, chosen), attribute.values.len())
                }
                _ => self.push_no_set(),
            },
        }
    }

    /// Adds a row of a set column: the places of its values, out of so many.
    pub(super) fn push_set(&mut self, places: &[usize], values: usize) {
        let all = places.iter().copied().chain([values]);
        match self {
            Self::Sets(cells) => cells.push(all.fold(0, |cell, place| cell | 1 << place)),
            Self::WideSets { width, words } => {
                let start = words.len();
                words.resize(start + *width, 0);
                all.for_each(|place| words[start + place / WORD] |= 1 << (place % WORD));
            }
            _ => debug_assert!(false, "not a column of sets"),
        }
    }

    fn push_no_set(&mut self) {
        match self {
            Self::Sets(cells) => cells.push(0),
            Self::WideSets { width, words } => words.resize(words.len() + *width, 0),
            _ => debug_assert!(false, "not a column of sets"),
        }
    }

    /// Puts the row `from` in the place of row `to`.
    pub(super) fn copy(&mut self, from: usize, to: usize) {
        match self {
            Self::Days(cells) => cells[to] = cells[from],
            Self::Numbers(cells) => cells[to] = cells[from],
            Self::Small(cells) => cells[to] = cells[from],
            Self::Large(cells) | Self::Sets(cells) => cells[to] = cells[from],
            Self::WideSets { width, words } => {
                words.copy_within(from * *width..(from + 1) * *width, to * *width);
            }
        }
    }

    /// A column of these rows in this order.
    pub(super) fn gather(&self, rows: &[usize]) -> Self {
        match self {
            Self::Days(cells) => Self::Days(rows.iter().map(|row| cells[*row]).collect()),
            Self::Numbers(cells) => Self::Numbers(rows.iter().map(|row| cells[*row]).collect()),
            Self::Small(cells) => Self::Small(rows.iter().map(|row| cells[*row]).collect()),
            Self::Large(cells) => Self::Large(rows.iter().map(|row| cells[*row]).collect()),
            Self::Sets(cells) => Self::Sets(rows.iter().map(|row| cells[*row]).collect()),
            Self::WideSets { width, words } => {
                let words = rows.iter().flat_map(|row| &words[row * width..(row + 1) * width]);
                Self::WideSets { width: *width, words: words.copied().collect() }
            }
        }
    }

    /// Drops the rows after the first `len`.
    pub(super) fn truncate(&mut self, len: usize) {
        match self {
            Self::Days(cells) => cells.truncate(len),
            Self::Numbers(cells) => cells.truncate(len),
            Self::Small(cells) => cells.truncate(len),
            Self::Large(cells) | Self::Sets(cells) => cells.truncate(len),
            Self::WideSets { width, words } => words.truncate(len * *width),
        }
    }

    /// Gives unused memory back.
    pub(super) fn shrink(&mut self) {
        match self {
            Self::Days(cells) => cells.shrink_to_fit(),
            Self::Numbers(cells) => cells.shrink_to_fit(),
            Self::Small(cells) => cells.shrink_to_fit(),
            Self::Large(cells) | Self::Sets(cells) => cells.shrink_to_fit(),
            Self::WideSets { words, .. } => words.shrink_to_fit(),
        }
    }

    /// Bytes held in memory.
    pub(super) fn bytes(&self) -> usize {
        match self {
            Self::Days(cells) => cells.capacity() * size_of::<i32>(),
            Self::Numbers(cells) => cells.capacity() * size_of::<i64>(),
            Self::Small(cells) => cells.capacity(),
            Self::Large(cells) | Self::Sets(cells) => cells.capacity() * size_of::<u16>(),
            Self::WideSets { words, .. } => words.capacity() * size_of::<u64>(),
        }
    }
}

/// 1 + the place of a value among those allowed; 0 where it is unknown or not among them.
pub(super) fn place(attribute: &Attribute, value: Option<&Value>) -> usize {
    match value {
        Some(Value::YesNo(yes)) => 1 + usize::from(*yes),
        Some(Value::Choice(id)) => position(attribute, id).map_or(0, |at| at + 1),
        _ => 0,
    }
}

fn places<'a>(attribute: &Attribute, chosen: impl IntoIterator<Item = &'a ValueId>) -> Vec<usize> {
    chosen.into_iter().filter_map(|id| position(attribute, id)).collect()
}

fn position(attribute: &Attribute, id: &ValueId) -> Option<usize> {
    attribute.values.iter().position(|value| value.id == *id)
}

fn day_cell(value: Option<&Value>) -> i32 {
    match value {
        Some(Value::Date(date)) => day_number(*date),
        _ => NO_DAY,
    }
}

fn number_cell(value: Option<&Value>) -> i64 {
    match value {
        Some(Value::Number(number)) => *number,
        _ => NO_NUMBER,
    }
}

/// Days since 1970-01-01 (proleptic Gregorian), as [`Column::Days`] keeps them.
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
    fn seventeen_values_make_a_wide_set_that_can_be_moved() {
        let mut column = Column::for_set(100);
        column.push_set(&[0, 99], 100);
        column.push_no_set();
        column.copy(0, 1);
        let Column::WideSets { width: 2, words } = &column else { panic!("{column:?}") };
        assert_eq!(words[..2], words[2..]);
        assert_eq!(words[1], 1 << 35 | 1 << 36);
    }
}
