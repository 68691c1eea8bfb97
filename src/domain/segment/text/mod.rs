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
mod relatives;
mod special;
mod suggest;
mod value;
mod vocabulary;

pub use example::parse_person;
pub use print::{print, rule_words};
pub use range::number_ranges;
pub use suggest::nearest;

use std::collections::BTreeMap;

use line::Text;
use outline::{Item, MAX_BYTES, Outline, Section};

use super::rule::{Group, Mode, Node, Rule, Segment, Target};
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
    if MAX_BYTES < text.len() {
        let message = "ファイルが大きすぎます(64KiBまで)。";
        return Err(vec![Diagnostic::new(Code::TooLarge, None, message, "条件を分けてください。")]);
    }
    let lines = line::lines(text);
    let mut faults = Vec::new();
    let outline = outline::outline(&lines, &mut faults);
    if outline.is_empty() && faults.is_empty() {
        return Err(vec![nothing_written()]);
    }
    let mut reader = Reader { catalogue, places: Places::default(), faults };
    let segment = reader.segment(outline);
    reader.faults.sort_by_key(|fault| fault.place);
    reader.faults.truncate(Reader::ENOUGH);
    match segment {
        Some(segment) if reader.faults.is_empty() => Ok((segment, reader.places)),
        _ => Err(reader.faults),
    }
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
    /// More faults than this help nobody, and looking for suggestions takes time.
    const ENOUGH: usize = 200;

    fn segment(&mut self, outline: Outline<'_>) -> Option<Segment> {
        let header = self.header(&outline.headers);
        let target = match &outline.target {
            Some(section) => self.target(section),
            None => self.missing("対象", "「対象: すべて」と条件を書いてください。"),
        };
        let exclusions = outline.exclusions.as_ref().map(|section| self.exclusions(section));
        let examples = outline.rows.iter().filter_map(|row| self.example(row)).collect();
        Some(Segment {
            header: header?,
            target: target?,
            exclusions: exclusions.unwrap_or_default(),
            examples,
            preface: outline.preface,
            closing: outline.closing,
        })
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
            return self.refuse(Code::UnknownWord, at, format!("対象「{word}」が分かりません。"), mend);
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
        let members = self.nodes(items, path);
        (members.len() == items.len()).then_some(Group { mode, members })
    }

    fn nodes(&mut self, items: &[Item<'_>], path: &mut Path) -> Vec<Node> {
        let mut nodes = Vec::with_capacity(items.len());
        for (at, item) in items.iter().enumerate() {
            path.push(at);
            self.places.nodes.insert(path.clone(), item.text.place());
            let rule = self.rule(item, path);
            nodes.extend(rule.map(|rule| Node {
                rule,
                above: item.above.clone(),
                beside: item.beside.clone(),
            }));
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

    /// Refuses a word and says which known one was probably meant.
    fn refuse_word<'w, T>(
        &mut self,
        code: Code,
        at: Text<'_>,
        message: String,
        known: impl IntoIterator<Item = &'w str>,
    ) -> Option<T> {
        let few = self.faults.len() < Self::ENOUGH;
        let suggestion = few.then(|| suggest::nearest(&at.to_string(), known)).flatten();
        self.suggest(code, at, message, suggestion);
        None
    }

    fn suggest(&mut self, code: Code, at: Text<'_>, message: String, suggestion: Option<String>) {
        let mend = match &suggestion {
            Some(word) => format!("もしかして「{word}」ですか。書き直してください。"),
            None => "属性カタログにあることばで書いてください。".to_owned(),
        };
        self.faults.push(Diagnostic::new(code, at.place(), message, mend).suggesting(suggestion));
    }
}
