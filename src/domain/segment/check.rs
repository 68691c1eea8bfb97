//! Static checks: what a rule that reads well can still get wrong.
//!
//! Works on the tree, so that rules from the builder are checked like rules from a file. Impossible, certain and
//! needless groups are found by reasoning over sets of values (`reason`), not by trying people out. It reads no
//! clock: today is handed in.

mod ages;
mod edges;
mod examples;
mod part;
mod possible;
mod reason;
mod redundant;
mod times;

use std::collections::BTreeSet;

use jiff::civil::Date;

use reason::Reasoner;

use super::rule::{Header, Node, Rule, Segment, Target, Unit};
use super::text::{Path, Places, rule_words};
use super::{Code, Diagnostic, Place};
use crate::domain::attribute::{Attribute, AttributeId, Catalogue, Sensitivity, Subject, core};

pub use examples::household;

/// Everything that is wrong with a rule as of `today` (a civil date in Asia/Tokyo), in the order of the text.
#[must_use]
pub fn check(segment: &Segment, catalogue: &Catalogue, places: &Places, today: Date) -> Vec<Diagnostic> {
    // Comments mean nothing; without them equal conditions are equal.
    let bare = segment.without_comments();
    let mut checker = Checker::new(&bare, catalogue, places, today);
    checker.header();
    checker.basis();
    checker.walk();
    checker.mixed_ages();
    checker.times();
    checker.possible();
    checker.always();
    checker.redundant();
    checker.examples();
    checker.edges();
    checker.found.sort_by_key(|found| found.place);
    checker.found
}

/// Whether nobody, whoever they are, can be a target of the rule on this one day.
#[must_use]
pub fn is_for_nobody(segment: &Segment, catalogue: &Catalogue, day: Date) -> bool {
    let mut bare = segment.without_comments();
    // Else it would be asked about every day until the rule is reviewed.
    bare.header.review_by = Some(day);
    Checker::new(&bare, catalogue, &Places::default(), day).is_for_nobody()
}

/// What can be told of a rule of which some lines could not be read: faults that those lines can't take away.
#[must_use]
pub fn check_in_part(
    segment: &Segment,
    catalogue: &Catalogue,
    places: &Places,
    today: Date,
) -> Vec<Diagnostic> {
    // Examples would only disagree with a rule that has a hole.
    let without_examples = Segment { examples: Vec::new(), ..segment.clone() };
    let mut found = check(&without_examples, catalogue, places, today);
    let basis_said = places.headers.contains_key("根拠");
    found.retain(|one| {
        let is_one_of = |codes: &[Code]| codes.iter().any(|code| code.as_str() == one.code);
        let taken_away = places.torn && is_one_of(&REASONED) || basis_said && is_one_of(&[Code::NoBasis]);
        !taken_away && !is_one_of(&OF_WHOLE_RULES)
    });
    found
}

/// What is asked of a rule that could be read to the end.
const OF_WHOLE_RULES: [Code; 3] = [Code::NoExample, Code::NoReviewDate, Code::NoExpected];
/// What another line could take away.
const REASONED: [Code; 3] = [Code::Impossible, Code::AlwaysTrue, Code::Redundant];

struct Checker<'a> {
    segment: &'a Segment,
    catalogue: &'a Catalogue,
    places: &'a Places,
    today: Date,
    reason: Reasoner<'a>,
    /// Where a line stands that an earlier one of the same group says already.
    doubled: BTreeSet<Path>,
    found: Vec<Diagnostic>,
}

impl<'a> Checker<'a> {
    fn new(segment: &'a Segment, catalogue: &'a Catalogue, places: &'a Places, today: Date) -> Self {
        let Header { unit, review_by, .. } = segment.header;
        let reason = Reasoner::new(catalogue, unit, today, review_by);
        Self { segment, catalogue, places, today, reason, doubled: BTreeSet::new(), found: Vec::new() }
    }
}

impl<'a> Checker<'a> {
    fn say(&mut self, code: Code, place: Option<Place>, message: impl Into<String>, mend: impl Into<String>) {
        self.found.push(Diagnostic::new(code, place, message, mend));
    }

    /// Where a node stands; what came from a shared condition stands at the line that names it.
    fn at(&self, path: &Path) -> Option<Place> {
        (1..=path.len()).rev().find_map(|end| self.places.nodes.get(path.get(..end)?).copied())
    }

    /// Whether a node came from a shared condition, whose author knew nothing of this rule.
    fn is_from_shared(&self, path: &Path) -> bool {
        !self.places.nodes.is_empty() && !self.places.nodes.contains_key(path)
    }

    fn has(&self, code: Code) -> bool {
        self.found.iter().any(|one| one.code == code.as_str())
    }

    fn at_header(&self, key: &str) -> Option<Place> {
        self.places.headers.get(key).copied()
    }

    fn header(&mut self) {
        let today = self.today;
        let header = &self.segment.header;
        match header.review_by {
            None => {
                let mend = "「見直し期限: 2027-03-31」のように書くと、古い条件のまま送ることを防げます。";
                self.say(Code::NoReviewDate, self.at_header("名前"), "見直し期限がありません。", mend);
            }
            Some(date) if date < today => {
                let message = format!("見直し期限({date})を過ぎています。");
                self.say(
                    Code::ReviewPast,
                    self.at_header("見直し期限"),
                    message,
                    "内容を見直して、新しい期限を書いてください。",
                );
            }
            Some(_) => {}
        }
        if header.expected.is_none() {
            let mend = "「想定人数: 1500〜4500」のように書くと、人数がおかしいときに止められます。";
            self.say(Code::NoExpected, self.at_header("名前"), "想定人数がありません。", mend);
        }
        if self.segment.target == Target::Everyone {
            let mend = "本当に全員に送るのか、条件をつけられないかを確かめてください。";
            self.say(Code::EveryoneIsTarget, self.at(&vec![0]), "友だち全員が対象です。", mend);
        }
    }

    /// A sensitive attribute is used only on a stated basis.
    fn basis(&mut self) {
        for (path, attribute) in self.attributes() {
            let place = self.at(&path);
            let word = &attribute.word;
            if attribute.sensitivity == Sensitivity::Sensitive && self.segment.header.basis.is_none() {
                let message = format!("取り扱いに注意がいる「{word}」を使うのに、根拠がありません。");
                self.say(
                    Code::NoBasis,
                    place,
                    message,
                    "「根拠: 」に、使ってよい理由となる法令や要綱を書いてください。",
                );
            }
            if !attribute.usable_for_sending {
                let message = format!("「{word}」は配信の条件に使えない属性です。");
                self.say(Code::NotForSending, place, message, "この条件を消してください。");
            }
        }
    }

    fn attributes(&self) -> Vec<(Path, &'a Attribute)> {
        let catalogue = self.catalogue;
        let mut used = Vec::new();
        self.each_node(&mut |path, node, _| {
            let id = match &node.rule {
                Rule::Age(_) | Rule::BirthYear(_) => core::BIRTH_DATE,
                Rule::Attribute(condition) => condition.attribute.as_str(),
                Rule::Elapsed(condition) => condition.attribute.as_str(),
                _ => return,
            };
            used.extend(catalogue.attribute(id).map(|attribute| (path.clone(), attribute)));
        });
        used
    }

    /// Faults of single nodes: doubled ones, and a person's condition in a rule about households.
    fn walk(&mut self) {
        let mut found = Vec::new();
        let mut doubled = BTreeSet::new();
        let mut seen = BTreeSet::new();
        let household = self.segment.header.unit == Unit::Household;
        self.each_node(&mut |path, node, inside| {
            let place = self.at(path);
            if household && !inside && self.of_person(&node.rule) {
                let message = format!(
                    "単位が世帯のとき、「{}」はだれの条件か分かりません。",
                    rule_words(&node.rule, self.catalogue)
                );
                let mend = "「家族のだれか」などの下に書くか、単位を変えてください。";
                found.push(Diagnostic::new(Code::PersonInHousehold, place, message, mend));
            }
            let group = path.split_last().map(|(_, above)| above.to_vec());
            if !seen.insert((group, serde_json::to_string(node).unwrap_or_default())) {
                let message =
                    format!("同じ条件「{}」が二度あります。", rule_words(&node.rule, self.catalogue));
                found.push(Diagnostic::new(Code::Duplicate, place, message, "片方を消してください。"));
                doubled.insert(path.clone());
            }
        });
        self.found.append(&mut found);
        self.doubled = doubled;
    }

    fn of_person(&self, rule: &Rule) -> bool {
        match rule {
            Rule::Age(_) | Rule::BirthYear(_) => true,
            Rule::Elapsed(condition) => self.is_of_person(&condition.attribute),
            Rule::Event(event) => event.kind.of_person(),
            Rule::Attribute(condition) => self.is_of_person(&condition.attribute),
            Rule::Group(_) | Rule::Relatives(_) | Rule::Bucket(_) | Rule::Shared(_) => false,
        }
    }

    fn is_of_person(&self, id: &AttributeId) -> bool {
        self.catalogue.attribute(id.as_str()).is_some_and(|attribute| attribute.subject == Subject::Person)
    }

    /// Visits every node with its path; the flag says whether it lies inside a group about relatives.
    fn each_node(&self, visit: &mut dyn FnMut(&Path, &Node, bool)) {
        if let Target::Group(group) = &self.segment.target {
            each(&group.members, &mut vec![0], false, visit);
        }
        each(&self.segment.exclusions, &mut vec![1], false, visit);
    }
}

fn each(nodes: &[Node], path: &mut Path, inside: bool, visit: &mut dyn FnMut(&Path, &Node, bool)) {
    for (at, node) in nodes.iter().enumerate() {
        path.push(at);
        visit(path, node, inside);
        match &node.rule {
            Rule::Group(group) => each(&group.members, path, inside, visit),
            Rule::Relatives(relatives) => each(&relatives.group.members, path, true, visit),
            _ => {}
        }
        path.pop();
    }
}
