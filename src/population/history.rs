//! 「受診 特定健診 今年度 0回」 for all rows: counts events in a window, at least and at most, by adding sets of rows.
//!
//! A counter holds a number for each of 4,096 rows, one bit of all of them in one block of words, so that a set of rows
//! is added to all numbers at once. What it answers is what [`crate::domain::history::History::count`] answers for one
//! person: a record of which only the year is known counts for certain in whole years and perhaps in parts of it, and
//! where the records are not complete, nobody can tell how many more there are.

use jiff::civil::Date;

use super::bits::{Bits, Truths};
use super::column::day_number;
use super::events::{BLOCK, Block, Days, Events, NO_DAY, Rows, Set, WORDS, Year, day_in_year};
use crate::domain::calendar::DateWindow;
use crate::domain::history::{Coverage, EventKind, When};
use crate::domain::segment::person::event_days;
use crate::domain::segment::rule::EventCondition;

/// What is asked about events.
#[derive(Clone, Debug)]
pub(super) struct Counting {
    pub(super) kind: EventKind,
    pub(super) subject: String,
    window: DateWindow,
    /// The least and the most times that fit.
    from: usize,
    to: usize,
    covered: bool,
}

/// A set to be added.
enum Added<'a> {
    /// All of a year's events, for certain.
    Whole(&'a Year),
    /// Those of some days of a year for certain, those without a day perhaps.
    Part(&'a Year, u16, u16),
    /// A broadcast.
    Rows(&'a Rows),
}

impl Counting {
    /// What a condition asks on the as-of date.
    pub(super) fn of(condition: &EventCondition, coverage: &Coverage, as_of: Date) -> Self {
        let window = event_days(condition.window, as_of);
        let (from, to) = condition.times.bounds();
        Self {
            kind: condition.kind,
            subject: condition.subject.clone(),
            covered: coverage.covers(condition.kind, &condition.subject, &window),
            window,
            from,
            to,
        }
    }

    /// Whether nothing else than how often it surely happened is asked.
    pub(super) fn always(&self) -> bool {
        self.from == 0 && self.to == usize::MAX
    }

    /// The truth of every row of a table.
    pub(super) fn pass(&self, events: &Events, rows: usize) -> Truths {
        let sets = self.sets(events);
        let words = rows.div_ceil(64);
        let (mut yes, mut unknown) = (Vec::with_capacity(words), Vec::with_capacity(words));
        for at in 0..rows.div_ceil(BLOCK) {
            let (block_yes, block_unknown) = self.block(&sets, at);
            yes.extend_from_slice(&block_yes);
            unknown.extend_from_slice(&block_unknown);
        }
        yes.truncate(words);
        unknown.truncate(words);
        Truths { yes: Bits::of_words(yes, rows), unknown: Bits::of_words(unknown, rows) }
    }

    fn sets<'a>(&self, events: &'a Events) -> Vec<Added<'a>> {
        let years = events.years(self.kind, &self.subject).into_iter().flatten();
        let years = years.filter_map(|(year, set)| {
            let (whole, perhaps) = When::FiscalYear(*year).within(&self.window);
            match (whole, perhaps) {
                (true, _) => Some(Added::Whole(set)),
                (false, true) => {
                    let day = |day: Date| day_number(day);
                    let from =
                        self.window.from.map_or(0, |from| day_in_year(*year, day(from).max(first(*year))));
                    let to = self
                        .window
                        .until
                        .map_or(NO_DAY - 1, |to| day_in_year(*year, day(to)).min(NO_DAY - 1));
                    Some(Added::Part(set, from, to))
                }
                _ => None,
            }
        });
        let from = self.window.from.map_or(i32::MIN, day_number);
        let to = self.window.until.map_or(i32::MAX, day_number);
        let sent = events.sent(&self.subject).filter(|_| self.kind == EventKind::Sent);
        let sent = sent.into_iter().flat_map(move |days| days.range(from..=to.max(from)));
        years.chain(sent.flat_map(|(_, sets)| sets).map(Added::Rows)).collect()
    }

    fn block(&self, sets: &[Added<'_>], at: usize) -> (Block, Block) {
        let (mut surely, mut perhaps) = (Counter::default(), Counter::default());
        for set in sets {
            match set {
                Added::Whole(year) => year.block(at).into_iter().for_each(|days| surely.add_days(days)),
                Added::Part(year, from, to) => {
                    for (row, day) in year.block(at).into_iter().flat_map(Days::iter) {
                        if day == NO_DAY {
                            perhaps.add_row(row);
                        } else if (*from..=*to).contains(&day) {
                            surely.add_row(row);
                        }
                    }
                }
                Added::Rows(rows) => match rows.block(at) {
                    Some(Set::Many(bits)) => surely.add(bits),
                    Some(Set::Few(few)) => few.iter().for_each(|row| surely.add_row(usize::from(*row))),
                    None => {}
                },
            }
        }
        self.truths(&surely, &surely.clone().plus(&perhaps))
    }

    /// As `person::condition::event` says it of one person.
    fn truths(&self, least: &Counter, most: &Counter) -> (Block, Block) {
        let beyond = |counter: &Counter| match self.to.checked_add(1) {
            Some(above) => counter.at_least(above),
            None => [0; WORDS],
        };
        let (enough, too_many) = (least.at_least(self.from), beyond(least));
        let (reachable, exceedable) = (most.at_least(self.from), beyond(most));
        let (mut yes, mut unknown) = ([0; WORDS], [0; WORDS]);
        let covered = if self.covered { u64::MAX } else { 0 };
        let open = if self.to == usize::MAX { u64::MAX } else { 0 };
        for at in 0..WORDS {
            yes[at] = enough[at] & (open | (covered & !exceedable[at]));
            let no = too_many[at] | (covered & !reachable[at]);
            unknown[at] = !(yes[at] | no);
        }
        (yes, unknown)
    }
}

fn first(year: i16) -> i32 {
    crate::domain::calendar::fiscal_year_days(year).from.map_or(i32::MIN, day_number)
}

/// A number for each row of a block: bit `n` of all of them in plane `n`.
#[derive(Clone, Default)]
struct Counter {
    planes: Vec<Block>,
}

impl Counter {
    /// Adds one to these rows.
    fn add(&mut self, rows: &Block) {
        let mut carry = *rows;
        for plane in &mut self.planes {
            let mut left = 0;
            for (bits, carry) in plane.iter_mut().zip(&mut carry) {
                let both = *bits & *carry;
                *bits ^= *carry;
                *carry = both;
                left |= both;
            }
            if left == 0 {
                return;
            }
        }
        if carry.iter().any(|word| *word != 0) {
            self.planes.push(carry);
        }
    }

    fn add_row(&mut self, row: usize) {
        let (at, mut bit) = (row / 64, 1u64 << (row % 64));
        for plane in &mut self.planes {
            let carry = plane[at] & bit;
            plane[at] ^= bit;
            bit = carry;
            if bit == 0 {
                return;
            }
        }
        let mut plane = [0; WORDS];
        plane[at] = bit;
        self.planes.push(plane);
    }

    fn add_days(&mut self, days: &Days) {
        match days.rows() {
            Some(rows) => self.add(rows),
            None => days.iter().for_each(|(row, _)| self.add_row(row)),
        }
    }

    fn plus(mut self, other: &Self) -> Self {
        for (place, plane) in other.planes.iter().enumerate() {
            // Plane n stands for 2^n of them; there are never many.
            (0..1usize << place).for_each(|_| self.add(plane));
        }
        self
    }

    /// The rows whose number is at least this.
    fn at_least(&self, number: usize) -> Block {
        if number == 0 {
            return [u64::MAX; WORDS];
        }
        if self.planes.len() < usize::BITS as usize && 1 << self.planes.len() <= number {
            return [0; WORDS];
        }
        // From the highest bit down: what is greater already, and what is equal so far.
        let (mut greater, mut equal) = ([0; WORDS], [u64::MAX; WORDS]);
        for (place, plane) in self.planes.iter().enumerate().rev() {
            let wanted = number >> place & 1 == 1;
            for at in 0..WORDS {
                if wanted {
                    equal[at] &= plane[at];
                } else {
                    greater[at] |= equal[at] & plane[at];
                    equal[at] &= !plane[at];
                }
            }
        }
        for at in 0..WORDS {
            greater[at] |= equal[at];
        }
        greater
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_counter_counts_every_row_for_itself() {
        let (mut counter, mut plain) = (Counter::default(), vec![0usize; BLOCK]);
        let mut seed = 1u64;
        for _ in 0..40 {
            let mut rows = [0; WORDS];
            for row in 0..BLOCK {
                seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                if seed >> 62 == 0 {
                    rows[row / 64] |= 1u64 << (row % 64);
                    plain[row] += 1;
                }
            }
            counter.add(&rows);
            counter.add_row(7);
            plain[7] += 1;
        }
        let twice = counter.clone().plus(&counter);
        for number in [0, 1, 2, 7, 10, 11, 40, 63, 64, 80, 1_000] {
            let (told, doubled) = (counter.at_least(number), twice.at_least(number));
            for row in 0..BLOCK {
                let has = |block: &Block| block[row / 64] >> (row % 64) & 1 == 1;
                assert_eq!(has(&told), number <= plain[row], "{number} {row}");
                assert_eq!(has(&doubled), number <= 2 * plain[row], "{number} {row}");
            }
        }
    }
}
