//! Generated rules: groups in groups, relatives, exclusions, a head, comments.

use std::collections::BTreeSet;

use jiff::civil::Date;

use super::{conditions, days, examples};
use crate::domain::attribute::{Catalogue, core};
use crate::domain::dice::Dice;
use crate::domain::segment::rule::{
    Expected, Group, Header, HowMany, Mode, Node, Relatives, Rule, Segment, Target, Unit,
};

/// What rules are written with.
pub(super) struct Pen<'a> {
    pub(super) dice: &'a mut Dice,
    pub(super) catalogue: &'a Catalogue,
    /// The day around which edges are put.
    pub(super) day: Date,
}

/// A whole rule file.
pub(super) fn segment(pen: &mut Pen<'_>) -> Segment {
    let header = header(pen);
    let target = if pen.dice.permille(30) { Target::Everyone } else { Target::Group(group(pen, 3)) };
    let exclusions = pen.dice.weighted(&[(0, 5), (1, 3), (2, 1)]);
    let exclusions = (0..exclusions).map(|_| node(pen, 2)).collect();
    let rows = pen.dice.weighted(&[(0, 5), (1, 2), (3, 1)]);
    let examples = (0..rows).map(|_| examples::example(pen)).collect();
    Segment { header, target, exclusions, examples, preface: comments(pen), closing: comments(pen) }
}

fn header(pen: &mut Pen<'_>) -> Header {
    let units = [Unit::Friend, Unit::EachPerson, Unit::EachPerson, Unit::Children, Unit::Household];
    let from = pen.dice.below(5_000);
    Header {
        name: phrase(pen),
        purpose: phrase(pen),
        owner: phrase(pen),
        basis: pen.dice.permille(500).then(|| phrase(pen)),
        expected: pen.dice.permille(500).then(|| Expected { from, to: from + pen.dice.below(5_000) }),
        review_by: pen.dice.permille(500).then(|| days::near(pen.dice, pen.day)),
        unit: pen.dice.pick(&units),
    }
}

fn group(pen: &mut Pen<'_>, depth: u32) -> Group {
    let mode = pen.dice.weighted(&[(Mode::All, 4), (Mode::Any, 4), (Mode::None, 2)]);
    let members = pen.dice.weighted(&[(1, 4), (2, 4), (3, 2), (5, 1)]);
    Group { mode, members: (0..members).map(|_| node(pen, depth)).collect() }
}

fn node(pen: &mut Pen<'_>, depth: u32) -> Node {
    let rule = match pen.dice.below(10) {
        0..2 if 0 < depth => Rule::Group(group(pen, depth - 1)),
        2..4 if 0 < depth => Rule::Relatives(relatives(pen, depth - 1)),
        _ => conditions::leaf(pen),
    };
    let beside = pen.dice.permille(80).then(|| phrase(pen));
    let above = if pen.dice.permille(80) { comments(pen) } else { Vec::new() };
    Node { rule, above, beside }
}

fn relatives(pen: &mut Pen<'_>, depth: u32) -> Relatives {
    let few = u8::try_from(pen.dice.between(1, 3)).unwrap_or(1);
    let count = pen.dice.pick(&[
        HowMany::Someone,
        HowMany::Everyone,
        HowMany::Nobody,
        HowMany::AtLeast(few.max(2)),
        HowMany::AtMost(few),
    ]);
    let relation = pen.catalogue.attribute(core::RELATION);
    let known = relation.map_or(&[][..], |relation| &relation.values[..]);
    let named = pen.dice.weighted(&[(0, 3), (1, 4), (2, 2)]);
    let relations: BTreeSet<_> =
        (0..named).filter_map(|_| pen.dice.one_of(known).map(|value| value.id.clone())).collect();
    Relatives { relations, count, group: group(pen, depth) }
}

fn comments(pen: &mut Pen<'_>) -> Vec<String> {
    let lines = pen.dice.weighted(&[(0, 8), (1, 2), (2, 1)]);
    (0..lines).map(|_| phrase(pen)).collect()
}

/// A few words as they stand after reading: one space between them.
fn phrase(pen: &mut Pen<'_>) -> String {
    const WORDS: [&str; 12] = [
        "特定健診",
        "の",
        "ご案内",
        "(国保)",
        "40〜74",
        "a|b",
        "x,y",
        "対象:",
        "- 年齢",
        "例",
        "令和8年度",
        "#でない",
    ];
    // A word that begins with the mark of a comment would begin one, had it a space before it.
    let words = pen.dice.between(1, 3);
    let words: Vec<&str> =
        (0..words).map(|at| pen.dice.pick(&WORDS[..if at == 0 { 9 } else { 11 }])).collect();
    words.join(" ")
}
