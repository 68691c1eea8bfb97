//! The form as text, and what the reader of the language says about it, brought back to the fields.
//!
//! The form is judged by nothing but its text: it becomes lines, the reader finds its faults in lines, and each line
//! knows the part of the form it came from. So a form and a file can't be judged differently.

use std::collections::BTreeSet;

use jiff::civil::Date;

use super::example::Row;
use super::node::Node;
use super::sheet::{Head, Sheet};
use super::words::{self, plain};
use crate::domain::attribute::Catalogue;
use crate::domain::segment::library::Library;
use crate::domain::segment::rule::Example;
use crate::domain::segment::text::{Path, parse, print, read};
use crate::domain::segment::{Code, Diagnostic, Place, Segment};

/// A part of the form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum At {
    /// A line of the head, by its word.
    Head(&'static str),
    /// A condition, or 対象 (`[0]`) or 除外 (`[1]`) as a whole.
    Node(Path),
    /// An example.
    Example(usize),
    /// Nowhere in particular.
    Whole,
}

/// Something that is wrong, with the part of the form where it is.
#[derive(Clone, Debug)]
pub struct Trouble {
    pub at: At,
    pub found: Diagnostic,
}

/// A form with what can be said about it.
pub struct Judged {
    /// Its text: canonical where it can be read, else as typed.
    pub text: String,
    /// The rule, where it can be read.
    pub segment: Option<Segment>,
    /// What can be counted although the head or an example is not finished; shared conditions are in their places.
    pub counted: Option<Segment>,
    /// The conditions that can be counted one by one, where the rule as a whole can't.
    pub sound: Option<Sound>,
    /// Everything that is wrong or doubtful.
    pub troubles: Vec<Trouble>,
}

/// A rule of which some conditions can't be read; nothing is known of those.
pub struct Sound {
    pub segment: Segment,
    faulty: BTreeSet<Path>,
}

impl Sound {
    /// Whether a condition and everything beneath it, or above it, was read.
    pub fn has(&self, path: &[usize]) -> bool {
        !self.faulty.iter().any(|faulty| faulty.starts_with(path) || path.starts_with(faulty))
    }
}

impl Judged {
    /// Reads and checks a form as of `today`, with the shared conditions of a library.
    pub fn new(sheet: &Sheet, library: &Library, catalogue: &Catalogue, today: Date) -> Self {
        let written = Written::of(sheet, catalogue, Parts::All);
        let source = if sheet.path.trim().is_empty() { "?" } else { sheet.path.trim() };
        let found = library.review(source, &written.text, catalogue, today).0.diagnostics;
        let segment = parse(&written.text, catalogue).ok();
        let mut troubles: Vec<_> = written.signs.iter().map(|(at, place)| sign(at, *place)).collect();
        troubles.extend(found.into_iter().map(|found| Trouble { at: written.at(found.place), found }));
        let conditions = Written::of(sheet, catalogue, Parts::Conditions);
        let sound = conditions.sound(library, catalogue);
        let counted = sound.as_ref().filter(|sound| sound.faulty.is_empty()).and_then(|_| {
            let whole = segment.clone().or_else(|| parse(&conditions.text, catalogue).ok());
            library.shared().expand(&whole?, catalogue).ok()
        });
        let sound = sound.filter(|_| counted.is_none());
        // A sign in the wrong place turns words into a comment: what is read then is not what was meant.
        let segment = segment.filter(|_| written.signs.is_empty());
        let text = segment.as_ref().map_or(written.text, |segment| print(segment, catalogue));
        Self { text, segment, counted, sound, troubles }
    }

    /// What is wrong at a part of the form.
    pub fn at<'a>(&'a self, at: &'a At) -> impl Iterator<Item = &'a Diagnostic> {
        self.troubles.iter().filter(move |trouble| trouble.at == *at).map(|trouble| &trouble.found)
    }
}

/// An example alone, or what is wrong with it.
pub fn example(row: &Row, catalogue: &Catalogue) -> Result<Example, Vec<Diagnostic>> {
    let head = "名前: 例\n目的: 例\n所管: 例\n\n対象: 友だち全員\n\n例:";
    let text = format!("{head}\n  対象 | {}\n", row.cells(catalogue).replace(['#', '＃'], " "));
    let segment = parse(&text, catalogue)?;
    let missing = || Diagnostic::new(Code::BadExample, None, "例を読み取れません。", "書き直してください。");
    segment.examples.into_iter().next().ok_or_else(|| vec![missing()])
}

fn sign(at: &At, place: Place) -> Trouble {
    let found = Diagnostic::new(
        Code::Syntax,
        place,
        "「#」から後ろは注記になり、条件として読まれません。",
        "「#」を消すか、「注記」の欄に書いてください。",
    );
    Trouble { at: at.clone(), found }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Parts {
    All,
    /// Without examples, and with a head that is always whole.
    Conditions,
}

/// The text of a form with the part that each line came from.
struct Written {
    text: String,
    lines: Vec<At>,
    /// Lines in which a `#` was typed where it begins a comment.
    signs: Vec<(At, Place)>,
}

impl Written {
    fn of(sheet: &Sheet, catalogue: &Catalogue, parts: Parts) -> Self {
        let mut out = Self { text: String::new(), lines: Vec::new(), signs: Vec::new() };
        out.comments(&sheet.head.preface, 0, &At::Whole);
        out.head(&sheet.head, parts);
        out.line(&At::Whole, "");
        if sheet.mode == "everyone" {
            out.line(&At::Node(vec![0]), "対象: 友だち全員");
        } else {
            out.line(&At::Node(vec![0]), &format!("対象: {}", words::mode(&sheet.mode)));
        }
        out.nodes(&sheet.target, &mut vec![0], catalogue);
        if !sheet.exclusions.is_empty() {
            out.line(&At::Whole, "");
            out.line(&At::Node(vec![1]), "除外:");
            out.nodes(&sheet.exclusions, &mut vec![1], catalogue);
        }
        if parts == Parts::All {
            out.rows(sheet, catalogue);
            if !sheet.head.closing.is_empty() {
                out.line(&At::Whole, "");
            }
            out.comments(&sheet.head.closing, 0, &At::Whole);
        }
        out
    }

    fn line(&mut self, at: &At, text: &str) {
        self.text.push_str(text);
        self.text.push('\n');
        self.lines.push(at.clone());
    }

    /// A line of words with the comment beside it.
    fn said(&mut self, at: &At, text: &str, note: &str) {
        if let Some(column) = sign_in(text) {
            let place = Place { line: self.lines.len() + 1, column, length: 1 };
            self.signs.push((at.clone(), place));
        }
        let note = plain(note);
        let line = if note.is_empty() { text.to_owned() } else { format!("{text}  # {note}") };
        self.line(at, &line);
    }

    fn comments(&mut self, typed: &str, depth: usize, at: &At) {
        if typed.is_empty() {
            return;
        }
        for comment in typed.strip_suffix('\n').unwrap_or(typed).split('\n') {
            let line = format!("{}# {}", "  ".repeat(depth), plain(comment));
            self.line(at, line.trim_end());
        }
    }

    fn head(&mut self, head: &Head, parts: Parts) {
        let expected = match (plain(&head.from), plain(&head.to)) {
            (from, to) if from.is_empty() && to.is_empty() => String::new(),
            (from, to) => format!("{from}〜{to}"),
        };
        let unit = match head.unit.as_str() {
            "each" => "家族をふくむ一人ひとり",
            "children" => "子ども",
            "household" => "世帯",
            _ => "",
        };
        let needed = [("名前", &head.name), ("目的", &head.purpose), ("所管", &head.owner)];
        for (word, value) in needed {
            let value = if parts == Parts::Conditions { "(数えるだけ)" } else { &plain(value) };
            self.said(&At::Head(word), format!("{word}: {value}").trim_end(), "");
        }
        let free = [
            ("根拠", plain(&head.basis)),
            ("想定人数", expected),
            ("見直し期限", plain(&head.review_by)),
            ("単位", unit.to_owned()),
        ];
        for (word, value) in free {
            let wanted = parts == Parts::All || word == "単位";
            if wanted && !value.is_empty() {
                self.said(&At::Head(word), &format!("{word}: {value}"), "");
            }
        }
    }

    fn nodes(&mut self, nodes: &[Node], path: &mut Path, catalogue: &Catalogue) {
        for (index, node) in nodes.iter().enumerate() {
            path.push(index);
            let (at, depth) = (At::Node(path.clone()), path.len() - 1);
            self.comments(&node.above, depth, &at);
            let words = words::line(node, catalogue);
            self.said(&at, format!("{}- {words}", "  ".repeat(depth)).trim_end(), &node.note);
            if node.kind.has_members() {
                self.nodes(&node.members, path, catalogue);
            }
            path.pop();
        }
    }

    fn rows(&mut self, sheet: &Sheet, catalogue: &Catalogue) {
        if sheet.rows.is_empty() {
            return;
        }
        self.line(&At::Whole, "");
        self.line(&At::Whole, "例:");
        for (index, row) in sheet.rows.iter().enumerate() {
            let at = At::Example(index);
            self.comments(&row.above, 1, &at);
            let known = super::example::EXPECTS.iter().find(|(id, _)| *id == row.expect);
            let expect = known.map_or("対象", |(_, expect)| expect.word());
            self.said(&at, &format!("  {expect} | {}", row.cells(catalogue)), &row.note);
        }
    }

    /// Its conditions as far as they can be read; `None` where not even their places are known.
    fn sound(&self, library: &Library, catalogue: &Catalogue) -> Option<Sound> {
        let reading = read(&self.text, catalogue);
        let (segment, faults) = library.shared().expand_in_part(&reading.segment?);
        if reading.places.torn {
            return None;
        }
        let signs = self.signs.iter().filter_map(|(at, _)| match at {
            At::Node(path) => Some(path.clone()),
            _ => None,
        });
        let holes = reading.places.holes.into_iter().filter(|hole| matches!(hole.first(), Some(0 | 1)));
        let faulty = holes.chain(faults.into_iter().map(|fault| fault.path));
        Some(Sound { segment, faulty: faulty.chain(signs).collect() })
    }

    fn at(&self, place: Option<Place>) -> At {
        let line = place.and_then(|place| self.lines.get(place.line.checked_sub(1)?));
        line.cloned().unwrap_or(At::Whole)
    }
}

/// The column of a `#` that begins a comment.
fn sign_in(text: &str) -> Option<usize> {
    let mut before = ' ';
    text.chars().enumerate().find_map(|(at, c)| {
        let begins = matches!(c, '#' | '＃') && before.is_whitespace();
        before = c;
        begins.then_some(at + 1)
    })
}
