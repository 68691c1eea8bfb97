//! Lines of normalised characters that still know their columns in the original text.
//!
//! People type full-width digits, ideographic spaces and half-width kana; rules are compared after NFKC. Diagnostics
//! have to point at what was typed, so every character carries the column it came from.

use std::fmt;

use unicode_normalization::UnicodeNormalization as _;

use crate::domain::segment::Place;

/// A normalised character and the column (from 1) of the original character.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Ch {
    c: char,
    column: usize,
}

/// One line of a file.
#[derive(Debug)]
pub(super) struct Line {
    chars: Vec<Ch>,
    number: usize,
    end: usize,
}

/// A piece of a line.
#[derive(Clone, Copy, Debug)]
pub(super) struct Text<'a> {
    chars: &'a [Ch],
    line: usize,
    /// The column after the piece, which is where an empty piece stands.
    end: usize,
}

/// Cuts a file into lines.
pub(super) fn lines(text: &str) -> Vec<Line> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    text.lines().enumerate().map(|(at, line)| Line::new(line, at + 1)).collect()
}

impl Line {
    fn new(text: &str, number: usize) -> Self {
        let original: Vec<char> = text.chars().collect();
        let mut chars = Vec::with_capacity(original.len());
        let mut at = 0;
        while let Some(first) = original.get(at) {
            // Half-width kana put their sound marks into a character of their own.
            let marks =
                original.get(at + 1..).unwrap_or_default().iter().take_while(|mark| is_mark(**mark)).count();
            let cluster = std::iter::once(*first).chain(original.iter().skip(at + 1).take(marks).copied());
            chars.extend(cluster.nfkc().filter_map(plain).map(|c| Ch { c, column: at + 1 }));
            at += 1 + marks;
        }
        Self { chars, number, end: original.len() + 1 }
    }

    /// Its length in bytes, normalised.
    pub(super) fn size(&self) -> usize {
        self.chars.iter().map(|ch| ch.c.len_utf8()).sum()
    }

    /// The whole line.
    pub(super) fn text(&self) -> Text<'_> {
        Text { chars: &self.chars, line: self.number, end: self.end }
    }
}

fn is_mark(c: char) -> bool {
    matches!(c, '\u{3099}' | '\u{309a}' | 'ﾞ' | 'ﾟ' | '\u{300}'..='\u{36f}')
}

/// White space becomes a space; what can't be seen disappears.
fn plain(c: char) -> Option<char> {
    match c {
        '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}' => None,
        c if c.is_whitespace() || c.is_control() => Some(' '),
        c => Some(c),
    }
}

impl<'a> Text<'a> {
    /// Where it stands.
    pub(super) fn place(&self) -> Place {
        let first = self.chars.first().map_or(self.end, |ch| ch.column);
        let last = self.chars.last().map_or(first, |ch| ch.column);
        Place { line: self.line, column: first, length: last.saturating_sub(first) + 1 }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.chars.is_empty()
    }

    /// How many characters.
    pub(super) fn len(&self) -> usize {
        self.chars.len()
    }

    /// How many spaces it begins with.
    pub(super) fn indent(&self) -> usize {
        self.chars.iter().take_while(|ch| ch.c == ' ').count()
    }

    /// Without spaces at both ends.
    pub(super) fn trim(self) -> Self {
        let end = self.chars.iter().rposition(|ch| ch.c != ' ').map_or(0, |at| at + 1);
        self.until(end).from(self.indent().min(end))
    }

    /// Before and after the first character that `splits`.
    pub(super) fn split_once(self, splits: impl Fn(char) -> bool) -> Option<(Self, Self)> {
        let at = self.chars.iter().position(|ch| splits(ch.c))?;
        Some((self.until(at), self.from(at + 1)))
    }

    /// All pieces between characters that `splits`, trimmed; empty ones too.
    pub(super) fn split(self, splits: impl Fn(char) -> bool + Copy) -> Vec<Self> {
        let mut pieces = Vec::new();
        let mut rest = self;
        while let Some((piece, after)) = rest.split_once(splits) {
            pieces.push(piece.trim());
            rest = after;
        }
        pieces.push(rest.trim());
        pieces
    }

    /// The first word, and what follows it; both trimmed.
    pub(super) fn first_word(self) -> (Self, Self) {
        let whole = self.trim();
        whole
            .split_once(|c| c == ' ')
            .map_or((whole, whole.from(whole.chars.len())), |(word, rest)| (word, rest.trim()))
    }

    /// The last word, and what stands before it; both trimmed.
    pub(super) fn last_word(self) -> (Self, Self) {
        let whole = self.trim();
        let start = whole.chars.iter().rposition(|ch| ch.c == ' ').map_or(0, |at| at + 1);
        (whole.from(start), whole.until(start).trim())
    }

    /// What stands before the comment, and the comment's text.
    pub(super) fn without_comment(self) -> (Self, Option<String>) {
        let starts = |(at, ch): (usize, &Ch)| {
            let before = at.checked_sub(1).and_then(|at| self.chars.get(at));
            ch.c == '#' && before.is_none_or(|before| before.c == ' ')
        };
        match self.chars.iter().enumerate().position(starts) {
            Some(at) => (self.until(at), Some(self.from(at + 1).trim().to_string())),
            None => (self, None),
        }
    }

    /// Without its first character, if that one fits.
    pub(super) fn strip(self, fits: impl Fn(char) -> bool) -> Option<Self> {
        self.chars.first().filter(|ch| fits(ch.c)).map(|_| self.from(1))
    }

    /// Its text without any spaces.
    pub(super) fn compact(&self) -> String {
        self.chars.iter().map(|ch| ch.c).filter(|c| *c != ' ').collect()
    }

    fn until(self, at: usize) -> Self {
        let end = self.chars.get(at).map_or(self.end, |ch| ch.column);
        Self { chars: self.chars.get(..at).unwrap_or(self.chars), end, ..self }
    }

    fn from(self, at: usize) -> Self {
        Self { chars: self.chars.get(at..).unwrap_or_default(), ..self }
    }
}

impl fmt::Display for Text<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.chars.iter().try_for_each(|ch| write!(out, "{}", ch.c))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_those_of_the_typed_text() {
        let lines = lines("　－　㈱ﾊﾞｽ　４０～７４　＃ここ");
        let (text, comment) = lines[0].text().without_comment();
        assert_eq!(text.to_string(), " - (株)バス 40~74 ");
        assert_eq!(comment.as_deref(), Some("ここ"));
        let (ages, rest) = text.last_word();
        assert_eq!((ages.place().column, ages.place().length), (9, 5));
        assert_eq!(rest.last_word().0.place(), Place { line: 1, column: 4, length: 4 });
    }

    #[test]
    fn an_empty_piece_stands_behind_its_comma() {
        let lines = lines("a, ,b,");
        let places: Vec<_> =
            lines[0].text().split(|c| c == ',').iter().map(|piece| piece.place().column).collect();
        assert_eq!(places, [1, 3, 5, 7]);
    }
}
