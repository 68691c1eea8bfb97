//! Two texts beside each other, line by line and within the line: one dropped word has to catch the eye.
//!
//! Side by side on a wide screen, one below the other on a narrow one. What became of a piece is said with an element of
//! its own and a word for screen readers, not by colour alone.

use askama::Template;
use askama::filters::HtmlSafe;

use super::rules::diff::{Fate, diff};

/// So many letters of a line are compared with so many; a longer pair counts as changed as a whole.
const MOST: usize = 1_000;

/// Two texts beside each other.
#[derive(Template)]
#[template(path = "web/console/side_by_side.html")]
pub(super) struct SideBySide {
    old: String,
    new: String,
    rows: Vec<Row>,
    changed: usize,
}

/// The template has escaped what it shows.
impl HtmlSafe for SideBySide {}

struct Row {
    is_same: bool,
    left: Option<Vec<Piece>>,
    right: Option<Vec<Piece>>,
}

/// A piece of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Piece {
    is_changed: bool,
    text: String,
}

impl SideBySide {
    /// Compares two texts with their names.
    pub(super) fn new((old, old_name): (&str, &str), (new, new_name): (&str, &str)) -> Self {
        let rows = rows(&diff(old, new));
        let changed = rows.iter().filter(|row| !row.is_same).count();
        Self { old: old_name.to_owned(), new: new_name.to_owned(), rows, changed }
    }
}

fn rows(lines: &[(Fate, &str)]) -> Vec<Row> {
    let (mut rows, mut gone, mut came) = (Vec::new(), Vec::new(), Vec::new());
    for (fate, line) in lines {
        match fate {
            Fate::Gone => gone.push(*line),
            Fate::New => came.push(*line),
            Fate::Same => {
                rows.append(&mut paired(&gone, &came));
                (gone, came) = (Vec::new(), Vec::new());
                let piece = vec![Piece { is_changed: false, text: (*line).to_owned() }];
                rows.push(Row { is_same: true, left: Some(piece), right: None });
            }
        }
    }
    rows.append(&mut paired(&gone, &came));
    rows
}

/// What went and what came in its place, a line each.
fn paired(gone: &[&str], came: &[&str]) -> Vec<Row> {
    let whole = |line: &&str| vec![Piece { is_changed: true, text: (*line).to_owned() }];
    let row = |at: usize| match (gone.get(at), came.get(at)) {
        (Some(old), Some(new)) => {
            let (left, right) = pieces(old, new);
            Row { is_same: false, left: Some(left), right: Some(right) }
        }
        (old, new) => Row { is_same: false, left: old.map(whole), right: new.map(whole) },
    };
    (0..gone.len().max(came.len())).map(row).collect()
}

/// What within two lines is not the same.
fn pieces(old: &str, new: &str) -> (Vec<Piece>, Vec<Piece>) {
    let (old, new): (Vec<char>, Vec<char>) = (old.chars().collect(), new.chars().collect());
    if MOST < old.len().max(new.len()) {
        let whole = |text: &[char]| vec![Piece { is_changed: true, text: text.iter().collect() }];
        return (whole(&old), whole(&new));
    }
    let table = common(&old, &new);
    let (mut left, mut right) = (Vec::new(), Vec::new());
    let (mut at, mut to) = (0, 0);
    while at < old.len() || to < new.len() {
        if at < old.len() && to < new.len() && old[at] == new[to] {
            push(&mut left, false, old[at]);
            push(&mut right, false, new[to]);
            (at, to) = (at + 1, to + 1);
        } else if to >= new.len() || (at < old.len() && table[at][to + 1] <= table[at + 1][to]) {
            push(&mut left, true, old[at]);
            at += 1;
        } else {
            push(&mut right, true, new[to]);
            to += 1;
        }
    }
    (left, right)
}

/// How many letters the rests of both have in common.
fn common(old: &[char], new: &[char]) -> Vec<Vec<u16>> {
    let mut table = vec![vec![0_u16; new.len() + 1]; old.len() + 1];
    for at in (0..old.len()).rev() {
        for to in (0..new.len()).rev() {
            table[at][to] = match old[at] == new[to] {
                true => table[at + 1][to + 1] + 1,
                false => table[at + 1][to].max(table[at][to + 1]),
            };
        }
    }
    table
}

fn push(pieces: &mut Vec<Piece>, is_changed: bool, letter: char) {
    match pieces.last_mut().filter(|last| last.is_changed == is_changed) {
        Some(last) => last.text.push(letter),
        None => pieces.push(Piece { is_changed, text: letter.to_string() }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_dropped_word_is_the_only_thing_marked() {
        let (left, right) =
            pieces("虐待が疑われる場合は通報しないでください", "虐待が疑われる場合は通報してください");
        let marked = |pieces: &[Piece]| -> Vec<String> {
            pieces.iter().filter(|piece| piece.is_changed).map(|piece| piece.text.clone()).collect()
        };
        assert_eq!((marked(&left), marked(&right)), (vec!["ないで".to_owned()], vec!["て".to_owned()]));
    }

    #[test]
    fn lines_that_stayed_stand_once_and_changed_ones_beside_each_other() {
        let shown = SideBySide::new(("一\n二\n三", "前"), ("一\n弐\n三\n四", "後"));
        let shape: Vec<_> =
            shown.rows.iter().map(|row| (row.is_same, row.left.is_some(), row.right.is_some())).collect();
        assert_eq!(
            shape,
            [(true, true, false), (false, true, true), (true, true, false), (false, false, true)]
        );
        assert_eq!(shown.changed, 2);
    }
}
