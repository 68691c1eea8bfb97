//! Static checks: what a rule that reads well can still get wrong.
//!
//! Works on the tree, so that rules from the builder are checked like rules from a file. Impossible groups are found
//! by reasoning over sets of ages and values, not by trying people out. It reads no clock: today is handed in.

mod edges;
mod examples;
mod possible;

use jiff::civil::Date;

use super::rule::{Group, Node, Relatives, Rule, Segment, Target, Test, Unit};
use super::text::{Path, Places, rule_words};
use super::{Code, Diagnostic, Place};
use crate::domain::attribute::{Attribute, AttributeId, Catalogue, Sensitivity, Subject, core};
use crate::domain::calendar::AgeKind;

pub use examples::household;

/// Everything that is wrong with a rule as of `today` (a civil date in Asia/Tokyo), in the order of the text.
#[must_use]
pub fn check(segment: &Segment, catalogue: &Catalogue, places: &Places, today: Date) -> Vec<Diagnostic> {
    let mut checker = Checker { segment, catalogue, places, found: Vec::new() };
    checker.header(today);
    checker.basis();
    checker.walk();
    checker.mixed_ages();
    checker.possible();
    checker.examples();
    checker.edges();
    checker.found.sort_by_key(|found| found.place);
    checker.found
}

struct Checker<'a> {
    segment: &'a Segment,
    catalogue: &'a Catalogue,
    places: &'a Places,
    found: Vec<Diagnostic>,
}

impl Checker<'_> {
    fn say(&mut self, code: Code, place: Option<Place>, message: impl Into<String>, mend: impl Into<String>) {
        self.found.push(Diagnostic::new(code, place, message, mend));
    }

    /// Where a node stands; what came from a shared condition stands at the line that names it.
    fn at(&self, path: &Path) -> Option<Place> {
        (1..=path.len()).rev().find_map(|end| self.places.nodes.get(path.get(..end)?).copied())
    }

    fn at_header(&self, key: &str) -> Option<Place> {
        self.places.headers.get(key).copied()
    }

    fn header(&mut self, today: Date) {
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

    fn attributes(&self) -> Vec<(Path, Attribute)> {
        let mut used = Vec::new();
        self.each_node(&mut |path, node, _| {
            let id = match &node.rule {
                Rule::Age(_) | Rule::BirthYear(_) => core::BIRTH_DATE,
                Rule::Attribute(condition) => condition.attribute.as_str(),
                Rule::Elapsed(condition) => condition.attribute.as_str(),
                _ => return,
            };
            used.extend(self.catalogue.attribute(id).map(|attribute| (path.clone(), attribute.clone())));
        });
        used
    }

    /// Faults of single nodes: doubled ones, and a person's condition in a rule about households.
    fn walk(&mut self) {
        let mut found = Vec::new();
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
            if self.repeats(path, node) {
                let message =
                    format!("同じ条件「{}」が二度あります。", rule_words(&node.rule, self.catalogue));
                found.push(Diagnostic::new(Code::Duplicate, place, message, "片方を消してください。"));
            }
        });
        self.found.append(&mut found);
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

    fn repeats(&self, path: &Path, node: &Node) -> bool {
        let Some((last, above)) = path.split_last() else { return false };
        let earlier = self.siblings(above).iter().take(*last);
        earlier.into_iter().any(|other| other.rule == node.rule)
    }

    fn siblings(&self, path: &[usize]) -> &[Node] {
        let roots = match (path.first(), &self.segment.target) {
            (Some(0), Target::Group(group)) => &group.members,
            (Some(1), _) => &self.segment.exclusions,
            _ => return &[],
        };
        path.iter().skip(1).fold(roots, |nodes, at| match nodes.get(*at).map(|node| &node.rule) {
            Some(Rule::Group(group) | Rule::Relatives(Relatives { group, .. })) => &group.members,
            _ => &[],
        })
    }

    fn mixed_ages(&mut self) {
        let mut kinds = Vec::new();
        self.each_node(&mut |path, node, _| {
            if let Rule::Age(age) = &node.rule
                && matches!(
                    age.kind,
                    AgeKind::FiscalYearEnd | AgeKind::FiscalYearReached | AgeKind::FiscalYearStart
                )
                && kinds.iter().all(|(_, kind)| *kind != age.kind)
            {
                kinds.push((path.clone(), age.kind));
            }
        });
        if let Some((path, _)) = kinds.get(1) {
            let message = "数える日のちがう年齢が混ざっています(4月1日生まれの方などの扱いが変わります)。";
            self.say(
                Code::MixedAges,
                self.at(path),
                message,
                "要綱のとおりか、生年月日の範囲を見て確かめてください。",
            );
        }
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
