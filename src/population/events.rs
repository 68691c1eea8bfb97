//! What happened, as sets of rows: for 受診, 予約 and タップ one set a programme and fiscal year, with the days; for
//! 配信 one set of accounts a series, day and broadcast.
//!
//! A set is cut into blocks of 4,096 rows, so that a changed row touches one block, a seldom event costs four bytes and
//! a common one a bit more. It knows rows and days; which window a rule means stands in [`super::history`].

use std::collections::BTreeMap;

use super::column::day_number;
use super::write::Told;
use crate::domain::calendar::fiscal_year_days;
use crate::domain::history::{EventKind, When};

/// Rows of a block.
pub(super) const BLOCK: usize = 4_096;
/// Words of a block.
pub(super) const WORDS: usize = BLOCK / 64;
/// The rows of a block as bits.
pub(super) type Block = [u64; WORDS];

/// Only the fiscal year is known.
pub(super) const NO_DAY: u16 = u16::MAX;
/// From so many events on a block also keeps its rows as bits.
const COMMON: usize = 128;

/// The events of the rows of one table.
#[derive(Clone, Debug, Default)]
pub(super) struct Events {
    years: BTreeMap<EventKind, BTreeMap<String, BTreeMap<i16, Year>>>,
    sent: BTreeMap<String, BTreeMap<i32, Vec<Rows>>>,
}

impl Events {
    /// Adds an event of a row.
    pub(super) fn add(&mut self, row: usize, (kind, subject, on): Told<'_>) {
        match on {
            When::Day(day) if kind == EventKind::Sent => self.add_sent(row, subject, day_number(day)),
            on => self.add_to_year(row, kind, subject, on),
        }
    }

    fn add_to_year(&mut self, row: usize, kind: EventKind, subject: &str, on: When) {
        let year = on.fiscal_year();
        let day = on.day().map_or(NO_DAY, |day| day_in_year(year, day_number(day)));
        let of_kind = self.years.entry(kind).or_default();
        if !of_kind.contains_key(subject) {
            of_kind.insert(subject.to_owned(), BTreeMap::new());
        }
        let Some(years) = of_kind.get_mut(subject) else { return };
        years.entry(year).or_default().add(row, day);
    }

    /// Adds a broadcast of a series; a second one of the same day has a set of its own.
    pub(super) fn add_sent(&mut self, row: usize, series: &str, day: i32) {
        if !self.sent.contains_key(series) {
            self.sent.insert(series.to_owned(), BTreeMap::new());
        }
        let Some(days) = self.sent.get_mut(series) else { return };
        let sets = days.entry(day).or_default();
        let at = sets.iter().position(|rows| !rows.has(row)).unwrap_or(sets.len());
        at_least(sets, at).insert(row);
    }

    /// Forgets what happened to some rows, in ascending order, but for what was sent: set by set, so that each is
    /// walked through once.
    pub(super) fn forget(&mut self, rows: &[usize]) {
        self.each_year().for_each(|year| rows.iter().for_each(|row| year.remove(*row)));
    }

    /// Forgets what was sent to a row.
    pub(super) fn forget_sent(&mut self, row: usize) {
        self.sent.values_mut().flat_map(BTreeMap::values_mut).flatten().for_each(|rows| rows.remove(row));
    }

    /// The years of a programme or series.
    pub(super) fn years(&self, kind: EventKind, subject: &str) -> Option<&BTreeMap<i16, Year>> {
        self.years.get(&kind)?.get(subject)
    }

    /// The broadcasts of a series by day.
    pub(super) fn sent(&self, series: &str) -> Option<&BTreeMap<i32, Vec<Rows>>> {
        self.sent.get(series)
    }

    /// The events of these rows in this order.
    pub(super) fn gather(&self, rows: &[usize], before: usize) -> Self {
        let mut places = vec![usize::MAX; before];
        rows.iter().enumerate().for_each(|(to, from)| places[*from] = to);
        let year = |year: &Year| {
            let moved = year.iter().map(|(row, day)| (places[row], day));
            let mut moved: Vec<_> = moved.filter(|(row, _)| *row != usize::MAX).collect();
            moved.sort_unstable();
            let mut fresh = Year::default();
            moved.into_iter().for_each(|(row, day)| fresh.add(row, day));
            fresh
        };
        let set = |rows: &Rows| {
            let mut moved: Vec<_> =
                rows.iter().map(|row| places[row]).filter(|row| *row != usize::MAX).collect();
            moved.sort_unstable();
            let mut fresh = Rows::default();
            moved.into_iter().for_each(|row| fresh.insert(row));
            fresh
        };
        let years = |years: &BTreeMap<i16, Year>| years.iter().map(|(at, one)| (*at, year(one))).collect();
        let subjects = |subjects: &BTreeMap<String, BTreeMap<i16, Year>>| {
            subjects.iter().map(|(subject, of)| (subject.clone(), years(of))).collect()
        };
        let days = |days: &BTreeMap<i32, Vec<Rows>>| {
            days.iter().map(|(at, sets)| (*at, sets.iter().map(set).collect())).collect()
        };
        let mut fresh = Self {
            years: self.years.iter().map(|(kind, of)| (*kind, subjects(of))).collect(),
            sent: self.sent.iter().map(|(key, of)| (key.clone(), days(of))).collect(),
        };
        fresh.shrink();
        fresh
    }

    fn each_year(&mut self) -> impl Iterator<Item = &mut Year> {
        self.years.values_mut().flat_map(BTreeMap::values_mut).flat_map(BTreeMap::values_mut)
    }

    /// Bytes held in memory.
    pub(super) fn bytes(&self) -> usize {
        let years = self.years.values().flat_map(BTreeMap::values).flat_map(BTreeMap::values);
        let years = years.map(Year::bytes).sum::<usize>();
        let sent = self.sent.values().flat_map(BTreeMap::values).flatten().map(Rows::bytes).sum::<usize>();
        years + sent
    }

    /// Gives unused memory back.
    pub(super) fn shrink(&mut self) {
        self.each_year().for_each(Year::shrink);
        self.sent.values_mut().flat_map(BTreeMap::values_mut).flatten().for_each(Rows::shrink);
    }
}

/// The day of a fiscal year, from 0.
pub(super) fn day_in_year(year: i16, day: i32) -> u16 {
    let first = fiscal_year_days(year).from.map_or(0, day_number);
    u16::try_from(day - first).unwrap_or(NO_DAY)
}

/// The events of one programme in one fiscal year.
#[derive(Clone, Debug, Default)]
pub(super) struct Year {
    blocks: Vec<Days>,
}

/// The events of a block: the row in the upper half, the day in the lower, ascending.
#[derive(Clone, Debug, Default)]
pub(super) struct Days {
    cells: Vec<u32>,
    /// Whether a row has several.
    repeated: bool,
    /// The rows that have one, where there are many.
    rows: Option<Box<Block>>,
}

impl Year {
    fn add(&mut self, row: usize, day: u16) {
        let block = at_least(&mut self.blocks, row / BLOCK);
        let cell = cell(row % BLOCK, day);
        let at = block.cells.partition_point(|known| *known < cell);
        let same = |other: Option<&u32>| other.is_some_and(|other| other >> 16 == cell >> 16);
        block.repeated |= same(block.cells.get(at)) || same(at.checked_sub(1).map(|at| &block.cells[at]));
        block.cells.insert(at, cell);
        match &mut block.rows {
            Some(rows) => rows[row % BLOCK / 64] |= 1 << (row % 64),
            None if block.cells.len() == COMMON => block.tidy(),
            None => {}
        }
    }

    fn remove(&mut self, row: usize) {
        let Some(block) = self.blocks.get_mut(row / BLOCK) else { return };
        let bit = 1 << (row % 64);
        if block.rows.as_ref().is_some_and(|rows| rows[row % BLOCK / 64] & bit == 0) {
            return;
        }
        let (from, to) = (cell(row % BLOCK, 0), cell(row % BLOCK, u16::MAX));
        let first = block.cells.partition_point(|known| *known < from);
        let many = block.cells[first..].iter().take_while(|known| **known <= to).count();
        block.cells.drain(first..first + many);
        // Only where a row had several may none have several now; a block that has become small loses its bits.
        match &mut block.rows {
            Some(rows) if many == 1 && COMMON <= block.cells.len() => rows[row % BLOCK / 64] &= !bit,
            _ if 0 < many => block.tidy(),
            _ => {}
        }
    }

    /// The events of a block, if there are any.
    pub(super) fn block(&self, at: usize) -> Option<&Days> {
        self.blocks.get(at).filter(|block| !block.cells.is_empty())
    }

    fn iter(&self) -> impl Iterator<Item = (usize, u16)> {
        let blocks = self.blocks.iter().enumerate();
        blocks.flat_map(|(at, block)| block.iter().map(move |(row, day)| (at * BLOCK + row, day)))
    }

    fn bytes(&self) -> usize {
        let own = self.blocks.capacity() * size_of::<Days>();
        let block = |block: &Days| {
            block.cells.capacity() * size_of::<u32>() + block.rows.as_ref().map_or(0, |_| size_of::<Block>())
        };
        own + self.blocks.iter().map(block).sum::<usize>()
    }

    fn shrink(&mut self) {
        self.blocks.shrink_to_fit();
        self.blocks.iter_mut().for_each(|block| block.cells.shrink_to_fit());
    }
}

impl Days {
    /// Row and day of each event.
    pub(super) fn iter(&self) -> impl Iterator<Item = (usize, u16)> {
        self.cells.iter().map(|cell| ((cell >> 16) as usize, (cell & 0xffff) as u16))
    }

    /// The rows that have one, where they are kept and none has several.
    pub(super) fn rows(&self) -> Option<&Block> {
        self.rows.as_deref().filter(|_| !self.repeated)
    }

    fn tidy(&mut self) {
        self.repeated = !self.cells.is_sorted_by(|left, right| left >> 16 < right >> 16);
        self.rows = (COMMON <= self.cells.len()).then(|| {
            let mut rows = Box::new([0; WORDS]);
            self.iter().for_each(|(row, _)| rows[row / 64] |= 1 << (row % 64));
            rows
        });
    }
}

fn cell(row: usize, day: u16) -> u32 {
    (row as u32) << 16 | u32::from(day)
}

/// The block at a place, with empty ones before it as needed.
fn at_least<T: Default>(blocks: &mut Vec<T>, at: usize) -> &mut T {
    if blocks.len() <= at {
        blocks.resize_with(at + 1, T::default);
    }
    &mut blocks[at]
}

/// A set of rows.
#[derive(Clone, Debug, Default)]
pub(super) struct Rows {
    blocks: Vec<Set>,
}

/// The rows of a block.
#[derive(Clone, Debug)]
pub(super) enum Set {
    /// Ascending.
    Few(Vec<u16>),
    /// As bits.
    Many(Box<Block>),
}

impl Default for Set {
    fn default() -> Self {
        Self::Few(Vec::new())
    }
}

/// A block with more rows than this takes less memory as bits.
const FEW: usize = 256;

impl Rows {
    fn has(&self, row: usize) -> bool {
        match self.blocks.get(row / BLOCK) {
            Some(Set::Few(rows)) => rows.binary_search(&in_block(row)).is_ok(),
            Some(Set::Many(rows)) => rows[row % BLOCK / 64] >> (row % 64) & 1 == 1,
            None => false,
        }
    }

    fn insert(&mut self, row: usize) {
        let block = at_least(&mut self.blocks, row / BLOCK);
        match block {
            Set::Few(rows) => {
                if let Err(at) = rows.binary_search(&in_block(row)) {
                    rows.insert(at, in_block(row));
                }
                if FEW < rows.len() {
                    let mut bits = Box::new([0; WORDS]);
                    rows.iter().for_each(|row| bits[usize::from(*row) / 64] |= 1 << (row % 64));
                    *block = Set::Many(bits);
                }
            }
            Set::Many(rows) => rows[row % BLOCK / 64] |= 1 << (row % 64),
        }
    }

    fn remove(&mut self, row: usize) {
        match self.blocks.get_mut(row / BLOCK) {
            Some(Set::Few(rows)) => rows.retain(|known| *known != in_block(row)),
            Some(Set::Many(rows)) => rows[row % BLOCK / 64] &= !(1 << (row % 64)),
            None => {}
        }
    }

    /// The rows of a block.
    pub(super) fn block(&self, at: usize) -> Option<&Set> {
        self.blocks.get(at)
    }

    fn iter(&self) -> impl Iterator<Item = usize> {
        self.blocks.iter().enumerate().flat_map(|(at, set)| {
            let rows: Vec<usize> = match set {
                Set::Few(rows) => rows.iter().map(|row| usize::from(*row)).collect(),
                Set::Many(bits) => (0..BLOCK).filter(|row| bits[row / 64] >> (row % 64) & 1 == 1).collect(),
            };
            rows.into_iter().map(move |row| at * BLOCK + row)
        })
    }

    fn bytes(&self) -> usize {
        let set = |set: &Set| match set {
            Set::Few(rows) => rows.capacity() * size_of::<u16>(),
            Set::Many(_) => size_of::<Block>(),
        };
        self.blocks.capacity() * size_of::<Set>() + self.blocks.iter().map(set).sum::<usize>()
    }

    fn shrink(&mut self) {
        self.blocks.shrink_to_fit();
        for block in &mut self.blocks {
            if let Set::Few(rows) = block {
                rows.shrink_to_fit();
            }
        }
    }
}

fn in_block(row: usize) -> u16 {
    (row % BLOCK) as u16
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn what_was_removed_or_moved_leaves_no_trace() {
        let (mut events, day) = (Events::default(), When::Day(date(2026, 6, 1)));
        for row in (0..9_000).rev() {
            events.add(row, (EventKind::Attended, "tokutei", day));
            events.add(row, (EventKind::Sent, "tokutei", day));
            events.add(row, (EventKind::Sent, "tokutei", day));
        }
        let gone: Vec<usize> = (0..9_000).filter(|row| row % 100 != 3).collect();
        events.forget(&gone);
        gone.iter().for_each(|row| events.forget_sent(*row));
        let order: Vec<usize> = (0..9_000).rev().collect();
        let moved = events.gather(&order, 9_000);
        let rows = |events: &Events| -> Vec<usize> {
            events.years(EventKind::Attended, "tokutei").unwrap()[&2026].iter().map(|(row, _)| row).collect()
        };
        assert_eq!(rows(&events), (0..90).map(|at| at * 100 + 3).collect::<Vec<_>>());
        assert_eq!(rows(&moved), (0..90).map(|at| at * 100 + 96).collect::<Vec<_>>());
        let sets = &moved.sent("tokutei").unwrap()[&day_number(date(2026, 6, 1))];
        assert_eq!(sets.iter().map(|set| set.iter().count()).collect::<Vec<_>>(), [90, 90]);
        assert!(moved.bytes() < events.bytes());
    }
}
