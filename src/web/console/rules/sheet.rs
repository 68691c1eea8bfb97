//! The whole form of a rule as it was typed: head, conditions, examples, the made-up person, the text beside it.

use super::example::Row;
use super::fields::Fields;
use super::node::{Node, lines, mode_id};
use crate::domain::attribute::Catalogue;
use crate::domain::segment::rule::{Header, Segment, Target, Unit};

/// The form.
#[derive(Clone, Debug, Default)]
pub struct Sheet {
    /// Where it is kept.
    pub path: String,
    /// The version that the writer saw; 0 where nothing was saved yet.
    pub seen: i64,
    /// Whether it is to become a rule that isn't there yet.
    pub is_new: bool,
    /// Whether it was read from a file.
    pub is_import: bool,
    /// Whether it was to be saved already: from then on what is missing is told at its field.
    pub was_sent: bool,
    /// Why it is saved.
    pub why: String,
    /// The day on which figures, dates and the made-up person are looked at; empty means today.
    pub as_of: String,
    pub head: Head,
    /// `all`, `any`, `none` or `everyone`.
    pub mode: String,
    pub target: Vec<Node>,
    pub exclusions: Vec<Node>,
    pub rows: Vec<Row>,
    /// The made-up person.
    pub person: Row,
    /// The text beside the form as it was typed; and as the server wrote it last.
    pub text: String,
    pub text_before: String,
}

/// The head of the rule.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Head {
    pub name: String,
    pub purpose: String,
    pub owner: String,
    pub basis: String,
    pub from: String,
    pub to: String,
    pub review_by: String,
    pub unit: String,
    pub preface: String,
    pub closing: String,
}

impl Sheet {
    /// An empty rule.
    pub fn new() -> Self {
        let head = Head { unit: "friend".to_owned(), ..Head::default() };
        Self { is_new: true, mode: "all".to_owned(), head, ..Self::default() }
    }

    /// What a form sent.
    pub fn read(fields: &Fields, catalogue: &Catalogue) -> Self {
        let text = |name: &str| fields.text(name);
        Self {
            path: text("path"),
            seen: text("seen").parse().unwrap_or(0),
            is_new: text("is_new") == "1",
            is_import: text("is_import") == "1",
            was_sent: text("was_sent") == "1",
            why: text("why"),
            as_of: text("as_of"),
            head: Head {
                name: text("h.name"),
                purpose: text("h.purpose"),
                owner: text("h.owner"),
                basis: text("h.basis"),
                from: text("h.from"),
                to: text("h.to"),
                review_by: text("h.review_by"),
                unit: text("h.unit"),
                preface: text("h.preface"),
                closing: text("h.closing"),
            },
            mode: text("n.0.mode"),
            target: Node::read_members(fields, "0", catalogue, 0),
            exclusions: Node::read_members(fields, "1", catalogue, 0),
            rows: Row::read_all(fields),
            person: Row::read(fields, "t").unwrap_or_default(),
            text: text("text"),
            text_before: text("text_before"),
        }
    }

    /// Takes over what a rule says; the rest of the form stays.
    pub fn tell(&mut self, segment: &Segment, catalogue: &Catalogue) {
        self.head = head(&segment.header);
        self.head.preface = lines(&segment.preface);
        self.head.closing = lines(&segment.closing);
        let of = |nodes: &[_]| nodes.iter().map(|node| Node::of(node, catalogue)).collect();
        (self.mode, self.target) = match &segment.target {
            Target::Everyone => ("everyone".to_owned(), Vec::new()),
            Target::Group(group) => (mode_id(group.mode).to_owned(), of(&group.members)),
        };
        self.exclusions = of(&segment.exclusions);
        self.rows = segment.examples.iter().map(|example| Row::of(example, catalogue)).collect();
    }

    /// Whether the text beside the form was changed and not read yet.
    pub fn has_own_text(&self) -> bool {
        self.text.trim_end() != self.text_before.trim_end()
    }

    /// Whether somebody is still at the beginning: what is empty is not wrong yet.
    pub fn is_begun_only(&self) -> bool {
        self.is_new && !self.was_sent
    }

    /// The conditions at the end of a way; `None` where there is no such group.
    pub fn members(&mut self, path: &[usize]) -> Option<&mut Vec<Node>> {
        let (root, rest) = path.split_first()?;
        let root = if *root == 0 { &mut self.target } else { &mut self.exclusions };
        rest.iter().try_fold(root, |nodes, at| {
            nodes.get_mut(*at).filter(|node| node.kind.has_members()).map(|node| &mut node.members)
        })
    }

    /// The condition at the end of a way.
    pub fn node(&mut self, path: &[usize]) -> Option<&mut Node> {
        let (last, above) = path.split_last()?;
        self.members(above)?.get_mut(*last)
    }
}

fn head(header: &Header) -> Head {
    let range = header.expected.map(|range| (range.from.to_string(), range.to.to_string()));
    let (from, to) = range.unwrap_or_default();
    Head {
        name: header.name.clone(),
        purpose: header.purpose.clone(),
        owner: header.owner.clone(),
        basis: header.basis.clone().unwrap_or_default(),
        from,
        to,
        review_by: header.review_by.map_or_else(String::new, |day| day.to_string()),
        unit: unit_id(header.unit).to_owned(),
        ..Head::default()
    }
}

fn unit_id(unit: Unit) -> &'static str {
    match unit {
        Unit::Friend => "friend",
        Unit::EachPerson => "each",
        Unit::Children => "children",
        Unit::Household => "household",
    }
}
