//! The text face: reads rule files and prints the canonical form.
//!
//! Reading finds all faults at once and refuses the file if there is one; printing gives a text that reads back as
//! the same tree. Neither judges what the rule *means*: that is [`super::check`].

mod condition;
mod elapsed;
mod event;
mod example;
mod header;
mod line;
mod outline;
mod print;
mod range;
mod reading;
mod relatives;
mod special;
mod suggest;
mod value;
mod vocabulary;

pub use example::parse_person;
pub(super) use outline::MAX_EXAMPLES;
pub use outline::{MAX_BYTES, MAX_CONDITIONS};
pub use print::{print, rule_words, value_words};
pub use range::number_ranges;
pub use suggest::nearest;

use std::collections::{BTreeMap, BTreeSet};

use line::Text;
use outline::{Item, Outline, Section};

use super::rule::{Group, Mode, Node, Rule, Segment, SharedRef, Target};
use super::{Code, Diagnostic, Place};
use crate::domain::attribute::Catalogue;

/// The way to a node: 0 for 対象 or 1 for 除外, then the position among the members, level by level.
pub type Path = Vec<usize>;

/// Where the parts of a rule stand in its text.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Places {
    /// Headers by their word.
    pub headers: BTreeMap<String, Place>,
    /// Nodes by their path; `[0]` is the line of 対象.
    pub nodes: BTreeMap<Path, Place>,
    /// Example rows in order.
    pub examples: Vec<Place>,
    /// Lines that could not be read: where they stand the tree has a condition of which nothing is known. The head is
    /// the empty path, an example `[2, number]`.
    pub holes: BTreeSet<Path>,
    /// Whether there were lines of which not even the place in the tree is known; they are not in it.
    pub torn: bool,
}

/// A rule file as far as it could be read.
#[derive(Clone, Debug)]
pub struct Reading {
    /// The tree; `None` where there is nothing to look at. With faults it is good for finding more faults only.
    pub segment: Option<Segment>,
    /// Where its parts stand.
    pub places: Places,
    /// Everything that is wrong with its form or its words.
    pub faults: Vec<Diagnostic>,
}

/// Reads a rule file.
///
/// # Errors
/// Everything that is wrong with its form or its words.
pub fn parse(text: &str, catalogue: &Catalogue) -> Result<Segment, Vec<Diagnostic>> {
    parse_with_places(text, catalogue).map(|(segment, _)| segment)
}

/// Reads a rule file and remembers where its parts stand.
///
/// # Errors
/// Everything that is wrong with its form or its words.
pub fn parse_with_places(text: &str, catalogue: &Catalogue) -> Result<(Segment, Places), Vec<Diagnostic>> {
    let reading = read(text, catalogue);
    match reading.segment {
        Some(segment) if reading.faults.is_empty() => Ok((segment, reading.places)),
        _ => Err(reading.faults),
    }
}

/// Reads a rule file as far as it can be read: one line that can't doesn't hide what is wrong with the others.
#[must_use]
pub fn read(text: &str, catalogue: &Catalogue) -> Reading {
    let nothing = |fault| Reading { segment: None, places: Places::default(), faults: vec![fault] };
    if MAX_BYTES < text.len() {
        let message = "ファイルが大きすぎます(64KiBまで)。";
        return nothing(Diagnostic::new(Code::TooLarge, None, message, "条件を分けてください。"));
    }
    let lines = line::lines(text);
    // One character can stand for many: ㍿ is 株式会社.
    if MAX_BYTES < lines.iter().map(line::Line::size).sum() {
        let message = "「㍿」のように何文字分にもなる文字を数えると、ファイルが大きすぎます(64KiBまで)。";
        return nothing(Diagnostic::new(Code::TooLarge, None, message, "ふつうの文字で短く書いてください。"));
    }
    let mut faults = Vec::new();
    let outline = outline::outline(&lines, &mut faults);
    if let Some(fault) = outline.too_long {
        return nothing(fault);
    }
    if outline.is_empty() && faults.is_empty() {
        return nothing(nothing_written());
    }
    let places = Places { torn: !faults.is_empty(), ..Places::default() };
    let mut reader = Reader { catalogue, places, faults };
    let segment = reader.segment(outline);
    let Reader { places, mut faults, .. } = reader;
    faults.sort_by_key(|fault| fault.place);
    faults.truncate(Reader::ENOUGH);
    if faults.is_empty() && !places.holes.is_empty() {
        // Each hole comes with a fault; if one ever didn't, the file must not pass for read.
        faults.push(nothing_written());
    }
    Reading { segment: Some(segment), places, faults }
}

/// Said once, rather than that each part is missing.
fn nothing_written() -> Diagnostic {
    let mend =
        "「名前: …」「目的: …」「所管: …」の行と、「対象: すべて」の下の「- 」の条件から書き始めてください。";
    Diagnostic::new(Code::MissingHeader, None, "条件が何も書かれていません。", mend)
}

/// Turns the outline into the tree; faults are collected, and a part with a fault is `None`.
struct Reader<'a> {
    catalogue: &'a Catalogue,
    places: Places,
    faults: Vec<Diagnostic>,
}

impl Reader<'_> {
    /// More faults than this help nobody.
    const ENOUGH: usize = 200;
    /// After so many faults nobody reads what was meant, and looking for it takes time.
    const SUGGESTIONS: usize = 50;
    /// No known word is nearly as long.
    const LONGEST_WORD: usize = 200;

    fn segment(&mut self, outline: Outline<'_>) -> Segment {
        let header = self.header(&outline.headers);
        let target = match &outline.target {
            Some(section) => self.target(section),
            None => self.missing("対象", "「対象: すべて」と条件を書いてください。"),
        };
        let target = target.unwrap_or_else(|| {
            let members = vec![self.hole(&vec![0]).into()];
            Target::Group(Group { mode: Mode::All, members })
        });
        let exclusions = outline.exclusions.as_ref().map(|section| self.exclusions(section));
        let mut examples = Vec::with_capacity(outline.rows.len());
        for (at, row) in outline.rows.iter().enumerate() {
            match self.example(row) {
                Some(example) => examples.push(example),
                None => _ = self.places.holes.insert(vec![2, at]),
            }
        }
        Segment {
            header,
            target,
            exclusions: exclusions.unwrap_or_default(),
            examples,
            preface: outline.preface,
            closing: outline.closing,
        }
    }

    /// What stands where a line could not be read: a condition of which nothing is known.
    fn hole(&mut self, path: &Path) -> Rule {
        self.places.holes.insert(path.clone());
        Rule::Shared(SharedRef { path: format!(" {}", self.places.holes.len()), hash: None })
    }

    fn target(&mut self, section: &Section<'_>) -> Option<Target> {
        let word = section.value.compact();
        let at = if section.value.is_empty() { section.key } else { section.value };
        self.places.nodes.insert(vec![0], at.place());
        if word == vocabulary::EVERYONE {
            let Some(first) = section.items.first() else { return Some(Target::Everyone) };
            let message = "「友だち全員」の下には条件を書けません。";
            return self.refuse(
                Code::Syntax,
                first.text,
                message,
                "条件をつけるなら「対象: すべて」にしてください。",
            );
        }
        let Some(mode) = vocabulary::meaning(&vocabulary::MODES, &word) else {
            let mend = "「すべて」「いずれか」「いずれでもない」「友だち全員」のどれかを書いてください。";
            // Never 友だち全員: nobody should arrive at everybody by a suggestion.
            let meant = self.meant(at, vocabulary::MODES.iter().map(|(_, word)| *word));
            let message = if word.is_empty() {
                "「対象:」のあとに、まとめ方がありません。".to_owned()
            } else {
                format!("対象「{word}」が分かりません。")
            };
            return self.suggest(Code::UnknownWord, at, message, meant, mend);
        };
        self.group(mode, at, &section.items, &mut vec![0]).map(Target::Group)
    }

    fn exclusions(&mut self, section: &Section<'_>) -> Vec<Node> {
        if !section.value.is_empty() {
            let mend = "条件は次の行から「- 」で始めてください。";
            self.refuse::<()>(Code::Syntax, section.value, "「除外:」と同じ行には書けません。", mend);
        }
        if section.items.is_empty() {
            self.refuse::<()>(
                Code::Empty,
                section.key,
                "除外に条件がありません。",
                "条件を書くか、「除外:」の行を消してください。",
            );
        }
        self.nodes(&section.items, &mut vec![1])
    }

    /// A group with its members; an empty one is refused, never taken for "everyone".
    fn group(&mut self, mode: Mode, at: Text<'_>, items: &[Item<'_>], path: &mut Path) -> Option<Group> {
        if items.is_empty() {
            let mend = "下の行に、もう2文字下げて「- 」で条件を書いてください。";
            return self.refuse(Code::Empty, at, "グループに条件がありません。", mend);
        }
        Some(Group { mode, members: self.nodes(items, path) })
    }

    fn nodes(&mut self, items: &[Item<'_>], path: &mut Path) -> Vec<Node> {
        let mut nodes = Vec::with_capacity(items.len());
        for (at, item) in items.iter().enumerate() {
            path.push(at);
            self.places.nodes.insert(path.clone(), item.text.place());
            let rule = self.rule(item, path);
            let rule = rule.unwrap_or_else(|| self.hole(path));
            nodes.push(Node { rule, above: item.above.clone(), beside: item.beside.clone() });
            path.pop();
        }
        nodes
    }

    fn rule(&mut self, item: &Item<'_>, path: &mut Path) -> Option<Rule> {
        let word = item.text.compact();
        if let Some(mode) = vocabulary::meaning(&vocabulary::MODES, word.trim_end_matches(':')) {
            return self.group(mode, item.text, &item.children, path).map(Rule::Group);
        }
        if let Some(head) = self.relatives_head(item.text) {
            return self.relatives(head, item, path).map(Rule::Relatives);
        }
        if let Some(child) = item.children.first() {
            let modes = vocabulary::MODES.iter().map(|(_, word)| *word);
            if let Some(meant) = self.meant(item.text, modes) {
                self.nodes(&item.children, path);
                let message = format!("「{}」というまとめ方は知りません。", item.text);
                return self.suggest(Code::UnknownWord, item.text, message, Some(meant), "");
            }
            let mend = "グループにするなら、上の行を「すべて」「いずれか」「いずれでもない」にしてください。";
            self.refuse::<()>(Code::Indentation, child.text, "条件の下に条件は書けません。", mend);
            self.nodes(&item.children, path);
            return None;
        }
        self.condition(item.text)
    }

    fn missing<T>(&mut self, header: &str, mend: &str) -> Option<T> {
        let place = Place { line: 1, column: 1, length: 1 };
        self.faults.push(Diagnostic::new(
            Code::MissingHeader,
            place,
            format!("「{header}」がありません。"),
            mend,
        ));
        None
    }

    fn refuse<T>(
        &mut self,
        code: Code,
        at: Text<'_>,
        message: impl Into<String>,
        mend: impl Into<String>,
    ) -> Option<T> {
        self.faults.push(Diagnostic::new(code, at.place(), message, mend));
        None
    }

    /// Refuses a word and says which known one was probably meant, or all of them if they are few.
    fn refuse_word<'w, T>(
        &mut self,
        code: Code,
        at: Text<'_>,
        message: String,
        known: impl IntoIterator<Item = &'w str>,
    ) -> Option<T> {
        let known: Vec<_> = known.into_iter().collect();
        let mend = match known.len() {
            1..=8 => {
                let words: String = known.iter().map(|word| format!("「{word}」")).collect();
                format!("{words}のどれかを書いてください。")
            }
            _ => "属性カタログにあることばで書いてください。".to_owned(),
        };
        let meant = self.meant(at, known);
        self.suggest(code, at, message, meant, mend)
    }

    /// The known word that was probably meant.
    fn meant<'w>(&self, at: Text<'_>, known: impl IntoIterator<Item = &'w str>) -> Option<String> {
        self.has_time_for(at).then(|| suggest::meant(&at.to_string(), known)).flatten()
    }

    /// Whether it is worth looking for what was meant by a word.
    fn has_time_for(&self, at: Text<'_>) -> bool {
        self.faults.len() < Self::SUGGESTIONS && at.len() <= Self::LONGEST_WORD
    }

    /// Refuses a word; what was probably meant comes before any other advice.
    fn suggest<T>(
        &mut self,
        code: Code,
        at: Text<'_>,
        message: String,
        meant: Option<String>,
        mend: impl Into<String>,
    ) -> Option<T> {
        let mend = match &meant {
            Some(word) => format!("もしかして「{word}」ですか。書き直してください。"),
            None => mend.into(),
        };
        self.faults.push(Diagnostic::new(code, at.place(), message, mend).suggesting(meant));
        None
    }
}
