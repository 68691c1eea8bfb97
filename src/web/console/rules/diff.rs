//! Two texts line by line: what is there no longer, what is new, what stayed.
//!
//! The longest common run of lines, by the plain table: rules have tens of lines, and 64 KiB is the end. It says with a
//! sign and a word, not by colour alone, what became of a line.

use askama::Template;
use askama::filters::HtmlSafe;

/// So many lines of each are compared; beyond it everything counts as changed.
const MOST: usize = 1_500;

/// What became of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    Same,
    Gone,
    New,
}

/// The lines of two texts in one order.
pub fn diff<'a>(old: &'a str, new: &'a str) -> Vec<(Fate, &'a str)> {
    let (old, new): (Vec<_>, Vec<_>) = (old.lines().collect(), new.lines().collect());
    if MOST < old.len().max(new.len()) {
        let gone = old.into_iter().map(|line| (Fate::Gone, line));
        return gone.chain(new.into_iter().map(|line| (Fate::New, line))).collect();
    }
    let table = common(&old, &new);
    let (mut left, mut right, mut lines) = (0, 0, Vec::new());
    while left < old.len() || right < new.len() {
        let same = old.get(left).zip(new.get(right)).filter(|(old, new)| old == new);
        if let Some((line, _)) = same {
            lines.push((Fate::Same, *line));
            (left, right) = (left + 1, right + 1);
        } else if right >= new.len() || (left < old.len() && table[left][right + 1] <= table[left + 1][right])
        {
            lines.push((Fate::Gone, old[left]));
            left += 1;
        } else {
            lines.push((Fate::New, new[right]));
            right += 1;
        }
    }
    lines
}

/// How many lines the rests of both have in common.
fn common(old: &[&str], new: &[&str]) -> Vec<Vec<u16>> {
    let mut table = vec![vec![0_u16; new.len() + 1]; old.len() + 1];
    for left in (0..old.len()).rev() {
        for right in (0..new.len()).rev() {
            table[left][right] = match old[left] == new[right] {
                true => table[left + 1][right + 1] + 1,
                false => table[left + 1][right].max(table[left][right + 1]),
            };
        }
    }
    table
}

/// Two texts side by side.
#[derive(Template)]
#[template(path = "web/console/rules/diff.html")]
pub struct Compared {
    old: String,
    new: String,
    pairs: Vec<Pair>,
    gone: usize,
    added: usize,
}

/// The template has escaped what it shows.
impl HtmlSafe for Compared {}

struct Pair {
    left: Option<String>,
    right: Option<String>,
    is_same: bool,
}

impl Compared {
    /// Compares two texts with their names.
    pub fn new((old, old_name): (&str, &str), (new, new_name): (&str, &str)) -> Self {
        let lines = diff(old, new);
        let count = |fate| lines.iter().filter(|(one, _)| *one == fate).count();
        Self {
            old: old_name.to_owned(),
            new: new_name.to_owned(),
            gone: count(Fate::Gone),
            added: count(Fate::New),
            pairs: pairs(&lines),
        }
    }
}

/// Lines that went and lines that came in their place stand beside each other.
fn pairs(lines: &[(Fate, &str)]) -> Vec<Pair> {
    let mut pairs: Vec<Pair> = Vec::new();
    let mut open = 0;
    for (fate, line) in lines {
        let line = Some((*line).to_owned());
        match fate {
            Fate::Same => {
                pairs.push(Pair { left: line.clone(), right: line, is_same: true });
                open = pairs.len();
            }
            Fate::Gone => pairs.push(Pair { left: line, right: None, is_same: false }),
            Fate::New => match pairs[open..].iter_mut().find(|pair| pair.right.is_none()) {
                Some(pair) => pair.right = line,
                None => pairs.push(Pair { left: None, right: line, is_same: false }),
            },
        }
    }
    pairs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stayed_stays_and_the_rest_is_gone_or_new() {
        let lines = diff("a\nb\nc\nd", "a\nx\nc\nd\ne");
        let said: String = lines
            .iter()
            .map(|(fate, line)| match fate {
                Fate::Same => format!(" {line}"),
                Fate::Gone => format!("-{line}"),
                Fate::New => format!("+{line}"),
            })
            .collect();
        assert_eq!(said, " a-b+x c d+e");
        assert!(diff("a\nb", "a\nb").iter().all(|(fate, _)| *fate == Fate::Same));
        assert_eq!(diff("", "a"), [(Fate::New, "a")]);
    }

    #[test]
    fn a_changed_line_stands_beside_what_it_was() {
        let compared = Compared::new(("a\nb\nc", "1"), ("a\nx\ny\nc", "2"));
        let said: Vec<_> =
            compared.pairs.iter().map(|pair| (pair.left.as_deref(), pair.right.as_deref())).collect();
        assert_eq!(
            said,
            [(Some("a"), Some("a")), (Some("b"), Some("x")), (None, Some("y")), (Some("c"), Some("c"))]
        );
        assert_eq!((compared.gone, compared.added), (1, 2));
    }
}
