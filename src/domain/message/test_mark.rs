//! Whether a text says of itself that it is a test or a drill. Such a text must never reach residents by accident.
//!
//! It is refused, so innocent sentences must pass: 防災訓練に参加しませんか, 抗原テスト, test results. A text *says so*
//! where the word stands alone in brackets or between ornaments, as a heading or as the whole line, or where a sentence
//! makes it the predicate (これは訓練です, "This is a drill"), in any of the languages of the catalogue. A word inside a
//! longer one, an announcement of a drill, and "this is *not* a drill" say nothing of the kind. Width, case, accents,
//! readings in brackets and signs without a width make no difference. The word lists stand in `words`.

mod words;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use words::{
    BEFORE, BEFORE_SUBJECT, BRACKETS, COMPOUNDS, GLOSSED, LATIN_PHRASES, MARKS, ORNAMENTS, PREDICATES,
    SENTENCES, SUBJECTS, SUFFIXES, Sentence,
};

/// Longer than this is no label.
const LABEL: usize = 20;

/// Whether it says so anywhere.
pub(super) fn says_so(text: &str) -> bool {
    let plain = plain(text);
    begins_so(&plain)
        || plain.lines().any(|line| is_labelled(line) || is_headed(line))
        || says_so_in_japanese(&plain)
        || says_so_in_latin_letters(&plain)
}

/// Whether it is labelled so at its very beginning. A correction has to be able to name what it corrects further on.
pub(super) fn is_labelled_so(text: &str) -> bool {
    begins_so(&plain(text))
}

fn plain(text: &str) -> String {
    let has_width = |sign: &char| {
        !matches!(
            sign,
            '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}' | '\u{fe0e}' | '\u{fe0f}'
        )
    };
    without_readings(&text.nfkc().filter(has_width).flat_map(char::to_lowercase).collect::<String>())
}

/// 訓練(くんれん) is 訓練.
fn without_readings(text: &str) -> String {
    let mut rest = text;
    let mut out = String::with_capacity(text.len());
    while let Some(open) = rest.find('(') {
        let (before, after) = rest.split_at(open);
        out.push_str(before);
        let inner = after[1..].find(')').map(|close| &after[1..=close]);
        let is_kanji = |sign: char| ('\u{4e00}'..='\u{9fff}').contains(&sign);
        match inner
            .filter(|inner| !inner.is_empty() && inner.chars().all(|sign| ('ぁ'..='ゖ').contains(&sign)))
        {
            Some(reading) if before.ends_with(is_kanji) => rest = &after[reading.len() + 2..],
            _ => {
                out.push('(');
                rest = &after[1..];
            }
        }
    }
    out.push_str(rest);
    out
}

fn begins_so(plain: &str) -> bool {
    let Some(first) = plain.lines().map(str::trim).find(|line| !line.is_empty()) else { return false };
    is_headed(first)
        || BRACKETS.iter().any(|(open, close)| {
            let inner = first.strip_prefix(*open).and_then(|rest| rest.split_once(*close));
            inner.is_some_and(|(inner, _)| is_label(inner))
        })
}

/// 【テスト】, (訓練), ***TEST***.
fn is_labelled(line: &str) -> bool {
    let in_brackets = BRACKETS.iter().any(|(open, close)| {
        line.match_indices(*open).any(|(at, _)| {
            let inner = line[at + open.len_utf8()..].split_once(*close);
            inner.is_some_and(|(inner, after)| {
                is_label(inner) && (*open != '(' || !is_gloss(&line[..at], inner, after))
            })
        })
    });
    let between: Vec<&str> = line.split(ORNAMENTS).collect();
    let inner = between.get(1..between.len().saturating_sub(1)).unwrap_or_default();
    in_brackets || inner.iter().any(|piece| is_mark(piece))
}

/// Whether brackets explain the word before them, such as 試験(テスト), or stand in the middle of a foreign sentence.
fn is_gloss(before: &str, inner: &str, after: &str) -> bool {
    let before = before.trim_end();
    let is_latin = inner.is_ascii() || inner.chars().all(|sign| !is_wide(sign));
    let in_the_middle = !before.is_empty() && after.chars().any(char::is_alphanumeric);
    GLOSSED.iter().any(|word| before.ends_with(word)) || (is_latin && in_the_middle)
}

fn is_label(inner: &str) -> bool {
    let ends = |sign: char| !sign.is_alphanumeric() && !sign.is_whitespace();
    inner.chars().count() <= LABEL && inner.split(ends).any(is_mark)
}

/// 訓練: …, TEST!, a line that says テスト and nothing else, or TEST before Japanese.
fn is_headed(line: &str) -> bool {
    let ends = |sign: char| ":!。.…|—―–".contains(sign);
    let first =
        line.trim_start_matches(|sign: char| !sign.is_alphanumeric()).split(ends).next().unwrap_or("");
    let before_japanese = first.split_once(char::is_whitespace).is_some_and(|(word, rest)| {
        word.is_ascii() && is_mark(word) && rest.trim_start().starts_with(is_wide)
    });
    is_mark(first) || before_japanese
}

fn is_wide(sign: char) -> bool {
    '\u{3000}' <= sign
}

/// Whether it is the word and nothing else: alone, again and again, with a number, or with a word that adds nothing.
fn is_mark(piece: &str) -> bool {
    let letters: String = piece.chars().filter(|sign| sign.is_alphanumeric()).collect();
    let letters = folded(&letters);
    let mut rest = letters.trim_end_matches(|sign: char| sign.is_numeric());
    if let Some(without) = BEFORE.iter().find_map(|word| rest.strip_prefix(word)) {
        rest = without;
    }
    let mut is_said = false;
    while let Some(after) = MARKS.iter().find_map(|mark| rest.strip_prefix(mark)) {
        (rest, is_said) = (after, true);
    }
    is_said && (rest.is_empty() || SUFFIXES.contains(&rest))
}

/// Latin letters without accents; everything else as it is.
fn folded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for sign in text.chars() {
        match sign {
            'đ' => out.push('d'),
            sign if is_wide(sign) => out.push(sign),
            sign => out.extend(std::iter::once(sign).nfd().filter(|part| !is_combining_mark(*part))),
        }
    }
    out
}

fn says_so_in_japanese(plain: &str) -> bool {
    let close = |text: &str| text.chars().filter(|sign| !sign.is_whitespace()).collect::<String>();
    let lines: Vec<String> = plain.lines().map(close).collect();
    // A sentence may go over two lines, and a line may be a sentence.
    [lines.concat(), lines.join("。")].iter().any(|text| {
        let denied = |after: &str| ["では", "じゃ"].iter().any(|no| after.starts_with(no));
        let compound = COMPOUNDS
            .iter()
            .any(|word| text.match_indices(word).any(|(at, _)| !denied(&text[at + word.len()..])));
        let subject = SUBJECTS
            .iter()
            .any(|word| text.match_indices(word).any(|(at, _)| is_predicate(&text[at + word.len()..], true)));
        let ends = |sign: char| "。!?…】]>".contains(sign);
        compound || subject || text.split(ends).any(|sentence| is_predicate(sentence, false))
    })
}

/// Whether a sentence goes on with the word and ends there: 訓練です, テスト配信です.
fn is_predicate(said: &str, has_subject: bool) -> bool {
    let before = BEFORE.iter().chain(BEFORE_SUBJECT.iter().filter(|_| has_subject));
    let stripped = before.filter_map(|word| said.strip_prefix(word));
    std::iter::once(said).chain(stripped).any(|said| {
        let marks = MARKS
            .iter()
            .chain(&["練習", "演習"])
            .filter(|mark| mark.starts_with(is_wide) || **mark == "test");
        marks.filter_map(|mark| said.strip_prefix(mark)).any(|after| {
            let ends = |after: &str| after.chars().next().is_none_or(|sign| !sign.is_alphanumeric());
            let is_end = has_subject && ends(after);
            let is_just = after.strip_prefix('だ').is_some_and(ends) || after.starts_with("で、");
            is_end
                || is_just
                || PREDICATES.iter().any(|(word, alone)| (*alone || has_subject) && after.starts_with(word))
        })
    })
}

fn says_so_in_latin_letters(plain: &str) -> bool {
    let text = folded(plain);
    let mut tokens: Vec<&str> = Vec::new();
    for part in text.split_inclusive(|sign: char| !sign.is_alphanumeric()) {
        let word = part.trim_end_matches(|sign: char| !sign.is_alphanumeric());
        tokens.extend(Some(word).filter(|word| !word.is_empty()));
        if part.ends_with(['.', '!', '?', '\n', ':', ';', ',']) {
            tokens.push(".");
        }
    }
    let phrase = |phrase: &&str| {
        let words: Vec<&str> = phrase.split(' ').collect();
        tokens.windows(words.len()).any(|window| window == words)
    };
    LATIN_PHRASES.iter().any(phrase) || SENTENCES.iter().any(|sentence| sentence.is_in(&tokens))
}

impl Sentence {
    fn is_in(&self, tokens: &[&str]) -> bool {
        (0..tokens.len()).any(|at| {
            let begins = |subject: &&&str| {
                let words: Vec<&str> = subject.split(' ').collect();
                tokens[at..].starts_with(&words)
            };
            let Some(subject) = self.subjects.iter().find(begins) else { return false };
            let rest = &tokens[at + subject.split(' ').count()..];
            let skipped = rest.iter().take_while(|word| self.between.contains(word)).count();
            // A word may be both filler and the word itself ("training").
            (0..=skipped).any(|filler| self.is_said(&rest[filler..]))
        })
    }

    fn is_said(&self, rest: &[&str]) -> bool {
        self.nouns.iter().any(|noun| {
            let words: Vec<&str> = noun.split(' ').collect();
            rest.starts_with(&words) && self.goes_on(&rest[words.len()..])
        })
    }

    /// Nothing follows that makes it the test of something.
    fn goes_on(&self, after: &[&str]) -> bool {
        match after.first() {
            None => true,
            Some(word) if self.after.contains(word) => true,
            Some(word) if self.of.contains(word) => {
                after.iter().skip(1).take(4).any(|word| self.system.contains(word))
            }
            Some(_) => false,
        }
    }
}

#[cfg(test)]
mod tests;
