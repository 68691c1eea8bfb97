//! Sets of rows as bits, and Kleene's three values over them: one bit set for true, one for unknown.
//!
//! Everything here works on whole words, so that the compiler can use the machine's wide registers. It knows neither
//! rules nor columns.

use std::ops::Not;

/// A set of rows `0..len`. Bits beyond the length are always zero.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub(super) struct Bits {
    words: Vec<u64>,
    len: usize,
}

const WORD: usize = 64;
/// Brings the lowest bits of eight bytes together in the top byte.
const GATHER: u64 = 0x0102_0408_1020_4080;

impl Bits {
    /// All rows, or none.
    pub(super) fn filled(len: usize, all: bool) -> Self {
        let word = if all { u64::MAX } else { 0 };
        let mut bits = Self { words: vec![word; len.div_ceil(WORD)], len };
        bits.trim();
        bits
    }

    /// The rows whose cell passes. First bytes, then bits: the compiler turns both loops into wide instructions.
    pub(super) fn of<T: Copy>(cells: &[T], passes: impl Fn(T) -> bool) -> Self {
        let words = cells.chunks(WORD).map(|chunk| {
            let mut flags = [0u8; WORD];
            for (flag, cell) in flags.iter_mut().zip(chunk) {
                *flag = u8::from(passes(*cell));
            }
            pack(&flags)
        });
        Self { words: words.collect(), len: cells.len() }
    }

    /// Whether a row is in the set; rows are added as far as needed.
    pub(super) fn set(&mut self, row: usize, within: bool) {
        if self.len <= row {
            self.resize(row + 1);
        }
        let bit = 1 << (row % WORD);
        if within {
            self.words[row / WORD] |= bit;
        } else {
            self.words[row / WORD] &= !bit;
        }
    }

    /// Makes it as long as asked; new rows are not in the set.
    pub(super) fn resize(&mut self, len: usize) {
        self.words.resize(len.div_ceil(WORD), 0);
        self.len = len;
        self.trim();
    }

    /// These rows in this order.
    pub(super) fn gather(&self, rows: &[usize]) -> Self {
        let mut bits = Self::filled(rows.len(), false);
        for (to, from) in rows.iter().enumerate() {
            bits.words[to / WORD] |= u64::from(self.has(*from)) << (to % WORD);
        }
        bits
    }

    /// Bytes held in memory.
    pub(super) fn bytes(&self) -> usize {
        self.words.capacity() * size_of::<u64>()
    }

    /// Gives unused memory back.
    pub(super) fn shrink(&mut self) {
        self.words.shrink_to_fit();
    }

    /// The words, 64 rows each.
    pub(super) fn words(&self) -> &[u64] {
        &self.words
    }

    /// From whole words; bits beyond the length are dropped.
    pub(super) fn of_words(words: Vec<u64>, len: usize) -> Self {
        debug_assert_eq!(words.len(), len.div_ceil(WORD));
        let mut bits = Self { words, len };
        bits.trim();
        bits
    }

    /// The rows whose several cells pass; `width` cells a row.
    pub(super) fn of_rows<T>(cells: &[T], width: usize, passes: impl Fn(&[T]) -> bool) -> Self {
        let mut bits = Self::filled(cells.len().checked_div(width).unwrap_or(0), false);
        for (row, cells) in cells.chunks_exact(width.max(1)).enumerate() {
            bits.words[row / WORD] |= u64::from(passes(cells)) << (row % WORD);
        }
        bits
    }

    /// Whether a row is in the set.
    pub(super) fn has(&self, row: usize) -> bool {
        self.words[row / WORD] >> (row % WORD) & 1 == 1
    }

    /// Puts a row into the set.
    pub(super) fn insert(&mut self, row: usize) {
        self.words[row / WORD] |= 1 << (row % WORD);
    }

    /// How many rows there are, in the set or not.
    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// How many rows are in the set.
    pub(super) fn count(&self) -> u64 {
        self.words.iter().map(|word| u64::from(word.count_ones())).sum()
    }

    /// Whether there is none.
    pub(super) fn is_empty(&self) -> bool {
        self.words.iter().all(|word| *word == 0)
    }

    /// The rows in ascending order.
    pub(super) fn rows(&self) -> impl Iterator<Item = usize> {
        self.words.iter().enumerate().flat_map(|(at, word)| {
            let left = |word: &u64| (*word != 0).then_some(*word);
            std::iter::successors(left(word), move |word| left(&(word & (word - 1))))
                .map(move |word| at * WORD + word.trailing_zeros() as usize)
        })
    }

    /// Keeps what is in both.
    pub(super) fn and(mut self, other: &Self) -> Self {
        self.zip(other, |left, right| left & right);
        self
    }

    /// Takes in what is in the other.
    pub(super) fn or(mut self, other: &Self) -> Self {
        self.zip(other, |left, right| left | right);
        self
    }

    /// Takes out what is in the other.
    pub(super) fn without(mut self, other: &Self) -> Self {
        self.zip(other, |left, right| left & !right);
        self
    }

    fn zip(&mut self, other: &Self, join: impl Fn(u64, u64) -> u64) {
        debug_assert_eq!(self.len, other.len);
        for (left, right) in self.words.iter_mut().zip(&other.words) {
            *left = join(*left, *right);
        }
    }

    fn trim(&mut self) {
        let beyond = self.len % WORD;
        if let Some(last) = self.words.last_mut().filter(|_| beyond != 0) {
            *last &= (1 << beyond) - 1;
        }
    }
}

fn pack(flags: &[u8; WORD]) -> u64 {
    let eights = flags.as_chunks::<8>().0.iter().enumerate();
    eights.fold(0, |word, (at, eight)| {
        word | (u64::from_le_bytes(*eight).wrapping_mul(GATHER) >> 56) << (at * 8)
    })
}

/// For each row: true, unknown, or (in neither set) false.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Truths {
    /// Rows of which it is true.
    pub(super) yes: Bits,
    /// Rows of which it can't be told; never also in `yes`.
    pub(super) unknown: Bits,
}

impl Truths {
    /// False everywhere.
    pub(super) fn no(len: usize) -> Self {
        Self { yes: Bits::filled(len, false), unknown: Bits::filled(len, false) }
    }

    /// True everywhere.
    pub(super) fn yes(len: usize) -> Self {
        Self { yes: Bits::filled(len, true), unknown: Bits::filled(len, false) }
    }

    /// Unknown everywhere.
    pub(super) fn unknown(len: usize) -> Self {
        Self { yes: Bits::filled(len, false), unknown: Bits::filled(len, true) }
    }

    /// What two questions say of each cell, asked in one pass.
    pub(super) fn of<T: Copy>(cells: &[T], yes: impl Fn(T) -> bool, unknown: impl Fn(T) -> bool) -> Self {
        let (mut yes_words, mut unknown_words) =
            (Vec::with_capacity(cells.len().div_ceil(WORD)), Vec::with_capacity(cells.len().div_ceil(WORD)));
        let (whole, rest) = cells.as_chunks::<WORD>();
        let mut flags = ([0u8; WORD], [0u8; WORD]);
        for chunk in whole {
            for (at, cell) in chunk.iter().enumerate() {
                flags.0[at] = u8::from(yes(*cell));
                flags.1[at] = u8::from(unknown(*cell));
            }
            yes_words.push(pack(&flags.0));
            unknown_words.push(pack(&flags.1));
        }
        if !rest.is_empty() {
            flags = ([0u8; WORD], [0u8; WORD]);
            for (at, cell) in rest.iter().enumerate() {
                flags.0[at] = u8::from(yes(*cell));
                flags.1[at] = u8::from(unknown(*cell));
            }
            yes_words.push(pack(&flags.0));
            unknown_words.push(pack(&flags.1));
        }
        let len = cells.len();
        Self { yes: Bits { words: yes_words, len }, unknown: Bits { words: unknown_words, len } }
    }

    /// Whether it is false everywhere, so that no further condition can change a conjunction.
    pub(super) fn all_false(&self) -> bool {
        self.yes.is_empty() && self.unknown.is_empty()
    }

    /// Whether it is true everywhere, so that no further alternative can change a disjunction.
    pub(super) fn all_true(&self) -> bool {
        self.unknown.is_empty() && self.yes.count() == self.yes.len as u64
    }

    /// Unknown outside of these rows.
    pub(super) fn known_in(mut self, rows: &Bits) -> Self {
        let words = self.yes.words.iter_mut().zip(self.unknown.words.iter_mut()).zip(&rows.words);
        for ((yes, unknown), row) in words {
            *yes &= row;
            *unknown |= !row;
        }
        self.unknown.trim();
        self
    }

    /// Both.
    pub(super) fn and(mut self, other: &Self) -> Self {
        self.zip(other, |(yes, unknown), (other_yes, other_unknown)| {
            let both = yes & other_yes;
            (both, (yes | unknown) & (other_yes | other_unknown) & !both)
        });
        self
    }

    /// Either.
    pub(super) fn or(mut self, other: &Self) -> Self {
        self.zip(other, |(yes, unknown), (other_yes, other_unknown)| {
            let either = yes | other_yes;
            (either, (unknown | other_unknown) & !either)
        });
        self
    }

    fn zip(&mut self, other: &Self, join: impl Fn((u64, u64), (u64, u64)) -> (u64, u64)) {
        debug_assert_eq!(self.yes.len, other.yes.len);
        let own = self.yes.words.iter_mut().zip(self.unknown.words.iter_mut());
        let others = other.yes.words.iter().zip(&other.unknown.words);
        for ((yes, unknown), (other_yes, other_unknown)) in own.zip(others) {
            (*yes, *unknown) = join((*yes, *unknown), (*other_yes, *other_unknown));
        }
    }
}

impl Not for Truths {
    type Output = Self;

    fn not(mut self) -> Self {
        for (yes, unknown) in self.yes.words.iter_mut().zip(&self.unknown.words) {
            *yes = !(*yes | unknown);
        }
        self.yes.trim();
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_are_packed_in_the_order_of_the_rows() {
        let cells: Vec<u8> = (0..200).collect();
        let bits = Bits::of(&cells, |cell| cell % 7 == 3);
        let expected: Vec<usize> = (0..200).filter(|row| row % 7 == 3).collect();
        assert_eq!(bits.rows().collect::<Vec<_>>(), expected);
        assert_eq!(bits.count(), expected.len() as u64);
        assert_eq!(Bits::of_rows(&cells, 1, |cell| cell[0] % 7 == 3), bits);
        assert!(bits.has(3) && !bits.has(4));
    }

    #[test]
    fn nothing_beyond_the_last_row_is_ever_true() {
        for len in [0, 1, 63, 64, 65, 130] {
            assert_eq!(Bits::filled(len, true).count(), len as u64);
            assert_eq!((!Truths::no(len)).yes.count(), len as u64);
        }
    }

    #[test]
    fn whole_words_say_what_kleene_says_one_by_one() {
        use crate::domain::segment::Truth;
        let values = [Truth::True, Truth::False, Truth::Unknown];
        let (left, right): (Vec<Truth>, Vec<Truth>) =
            values.iter().flat_map(|left| values.map(|right| (*left, right))).unzip();
        let truths = |of: &[Truth]| Truths {
            yes: Bits::of(of, |one| one == Truth::True),
            unknown: Bits::of(of, |one| one == Truth::Unknown),
        };
        let each = |join: fn(Truth, Truth) -> Truth| -> Vec<Truth> {
            left.iter().zip(&right).map(|(left, right)| join(*left, *right)).collect()
        };
        assert_eq!(truths(&left).and(&truths(&right)), truths(&each(Truth::and)));
        assert_eq!(truths(&left).or(&truths(&right)), truths(&each(Truth::or)));
        assert_eq!(!truths(&left), truths(&each(|left, _| !left)));
    }
}
