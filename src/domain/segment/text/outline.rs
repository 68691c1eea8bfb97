//! The outline of a file: headers, items by indentation, example rows, comments.
//!
//! It knows the shape and no vocabulary. Limits stand here, because a hostile file has to be refused before anything
//! looks at its words.

use std::collections::BTreeSet;

use super::line::{Line, Text};
use crate::domain::segment::{Code, Diagnostic};

/// A file may have so many bytes.
pub const MAX_BYTES: usize = 64 * 1024;
/// A file may have so many conditions; rules written by hand have fewer than 200.
pub const MAX_CONDITIONS: usize = 1_000;
/// A file may have so many examples.
pub(in crate::domain::segment) const MAX_EXAMPLES: usize = 300;
/// Groups may be nested so deep.
pub(super) const MAX_DEPTH: usize = 16;

/// The shape of a file.
#[derive(Debug, Default)]
pub(super) struct Outline<'a> {
    pub(super) headers: Vec<(Text<'a>, Text<'a>)>,
    pub(super) target: Option<Section<'a>>,
    pub(super) exclusions: Option<Section<'a>>,
    pub(super) rows: Vec<Row<'a>>,
    pub(super) preface: Vec<String>,
    pub(super) closing: Vec<String>,
    /// That it is longer than anything should look at.
    pub(super) too_long: Option<Diagnostic>,
    conditions: usize,
}

impl Outline<'_> {
    /// Whether there is nothing but comments.
    pub(super) fn is_empty(&self) -> bool {
        let has_section = self.target.is_some() || self.exclusions.is_some();
        !has_section && self.headers.is_empty() && self.rows.is_empty()
    }
}

/// 対象 or 除外 with its items.
#[derive(Debug)]
pub(super) struct Section<'a> {
    pub(super) key: Text<'a>,
    pub(super) value: Text<'a>,
    pub(super) items: Vec<Item<'a>>,
}

/// One line that begins with a dash, with the lines beneath it.
#[derive(Debug)]
pub(super) struct Item<'a> {
    indent: usize,
    pub(super) text: Text<'a>,
    pub(super) above: Vec<String>,
    pub(super) beside: Option<String>,
    pub(super) children: Vec<Item<'a>>,
}

/// One example.
#[derive(Debug)]
pub(super) struct Row<'a> {
    pub(super) text: Text<'a>,
    pub(super) above: Vec<String>,
    pub(super) beside: Option<String>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum At {
    Head,
    Target,
    Exclusions,
    Examples,
}

/// Reads the shape of all lines; faults are added to `faults`.
pub(super) fn outline<'a>(lines: &'a [Line], faults: &mut Vec<Diagnostic>) -> Outline<'a> {
    let mut reader = Reader {
        outline: Outline::default(),
        at: At::Head,
        comments: Vec::new(),
        open: Vec::new(),
        seen: BTreeSet::new(),
        faults,
    };
    for line in lines {
        reader.line(line.text());
    }
    reader.close(0);
    reader.outline.closing = reader.comments;
    reader.outline
}

struct Reader<'a, 'f> {
    outline: Outline<'a>,
    at: At,
    comments: Vec<String>,
    /// Items whose children may still follow, outermost first.
    open: Vec<Item<'a>>,
    seen: BTreeSet<String>,
    faults: &'f mut Vec<Diagnostic>,
}

impl<'a> Reader<'a, '_> {
    fn line(&mut self, text: Text<'a>) {
        let (content, comment) = text.without_comment();
        let (indent, content) = (content.indent(), content.trim());
        if content.is_empty() {
            self.comments.extend(comment);
        } else if let Some(item) = content.strip(|c| matches!(c, '-' | '・' | '•' | '−' | '–')) {
            self.item(indent, item.trim(), comment);
        } else if self.at == At::Examples && content.split_once(|c| c == '|').is_some() {
            if self.outline.rows.len() == MAX_EXAMPLES {
                let message = format!("例が多すぎます({MAX_EXAMPLES}件まで)。");
                self.too_long(content, message, "似た例を減らしてください。");
                return;
            }
            let above = std::mem::take(&mut self.comments);
            self.outline.rows.push(Row { text: content, above, beside: comment });
        } else if let Some((key, value)) = content.split_once(|c| c == ':') {
            self.key(key.trim(), value.trim(), comment);
        } else {
            self.stray(content);
        }
    }

    fn key(&mut self, key: Text<'a>, value: Text<'a>, comment: Option<String>) {
        self.close(0);
        self.comments.extend(comment);
        let name = key.to_string();
        if self.seen.contains(&name) {
            let message = format!("「{name}」が二度書かれています。");
            self.fault(Code::Doubled, key, message, "どちらか一つにまとめてください。");
            return;
        }
        let section = Section { key, value, items: Vec::new() };
        match name.as_str() {
            "対象" => (self.at, self.outline.target) = (At::Target, Some(section)),
            "除外" => (self.at, self.outline.exclusions) = (At::Exclusions, Some(section)),
            "例" => self.at = At::Examples,
            _ => {
                self.at = At::Head;
                self.outline.headers.push((key, value));
            }
        }
        // What is said among the headers goes to the top; what is said later goes to the next item.
        if matches!(self.at, At::Head | At::Target) {
            self.outline.preface.append(&mut self.comments);
        }
        self.seen.insert(name);
    }

    fn item(&mut self, indent: usize, text: Text<'a>, beside: Option<String>) {
        if !matches!(self.at, At::Target | At::Exclusions) {
            let mend = "条件は「対象:」または「除外:」の下に書いてください。";
            self.fault(Code::Syntax, text, "ここには条件を書けません。", mend);
            return;
        }
        let closed = self.close(indent);
        if closed.is_some_and(|level| level != indent) {
            let mend = "同じグループの行は、行頭の空白の数をそろえてください。";
            self.fault(Code::Indentation, text, "行頭の空白が、上のどの行ともそろっていません。", mend);
        }
        if self.open.len() >= MAX_DEPTH {
            let message = format!("グループが深すぎます({MAX_DEPTH}段まで)。");
            self.fault(Code::TooLarge, text, message, "条件を分けて、浅くしてください。");
            return;
        }
        if self.outline.conditions == MAX_CONDITIONS {
            let message = format!("条件が多すぎます({MAX_CONDITIONS}行まで)。");
            self.too_long(text, message, "値は一行にまとめて書くか、条件を分けてください。");
            return;
        }
        self.outline.conditions += 1;
        let above = std::mem::take(&mut self.comments);
        self.open.push(Item { indent, text, above, beside, children: Vec::new() });
    }

    /// Closes every item that stands at `indent` or deeper; answers the indentation of the outermost of them.
    fn close(&mut self, indent: usize) -> Option<usize> {
        let mut level = None;
        while let Some(item) = self.open.pop_if(|item| item.indent >= indent) {
            level = Some(item.indent);
            let section = match self.at {
                At::Target => self.outline.target.as_mut(),
                _ => self.outline.exclusions.as_mut(),
            };
            match (self.open.last_mut(), section) {
                (Some(parent), _) => parent.children.push(item),
                (None, Some(section)) => section.items.push(item),
                (None, None) => {}
            }
        }
        level
    }

    fn stray(&mut self, content: Text<'a>) {
        let mend = match self.at {
            At::Head => "「名前: …」のように、見出しのあとに「:」を書いてください。",
            At::Examples => {
                "「対象 | 基準日 2026-07-01 | 生年月日 1986-04-01」のように「|」で区切ってください。"
            }
            At::Target | At::Exclusions => "条件の行は「- 」で始めてください。",
        };
        self.fault(Code::Syntax, content, "この行は読み取れません。", mend);
    }

    fn too_long(&mut self, at: Text<'_>, message: String, mend: &str) {
        let fault = || Diagnostic::new(Code::TooLarge, at.place(), message, mend);
        self.outline.too_long.get_or_insert_with(fault);
    }

    fn fault(&mut self, code: Code, text: Text<'_>, message: impl Into<String>, mend: &str) {
        self.faults.push(Diagnostic::new(code, text.place(), message, mend));
    }
}
