//! Which condition decided, and which data are missing.

use std::collections::BTreeSet;

use super::{Decisive, Missing, View};
use crate::domain::attribute::{ParameterId, core};
use crate::domain::household::Person;
use crate::domain::segment::rule::{
    AgeCondition, ElapsedCondition, Group, HowMany, Mode, Node, Relatives, Rule, Segment, Target,
};
use crate::domain::segment::text::{Path, rule_words};
use crate::domain::segment::truth::Truth;

/// So many alternatives are named where none of them fits.
const NAMED: usize = 4;
/// Groups are said with their members so deep.
const DEEP: usize = 2;

/// What was found to be missing.
#[derive(Default)]
struct Gaps {
    missing: BTreeSet<Missing>,
    /// Conditions on relatives that were gone through: whoever asks, they lack the same.
    asked: BTreeSet<*const Relatives>,
}

impl View<'_> {
    /// The first condition that failed.
    pub(super) fn failed(&self, segment: &Segment, person: &Person) -> Decisive {
        match &segment.target {
            Target::Group(group) => self.failed_in(group, person, vec![0]),
            Target::Everyone => Decisive { path: vec![0], words: "友だち全員".to_owned() },
        }
    }

    fn failed_in(&self, group: &Group, person: &Person, path: Path) -> Decisive {
        let wanted = if group.mode == Mode::None { Truth::True } else { Truth::False };
        let found = group.members.iter().enumerate().find(|(_, node)| self.node(node, person) == wanted);
        match (group.mode, found) {
            (Mode::All, Some((at, node))) => self.failed_node(node, person, below(&path, at)),
            (Mode::None, Some((at, node))) => {
                let words = format!("{}に当てはまる{}", self.say(&node.rule), self.census_of(&node.rule));
                Decisive { path: below(&path, at), words }
            }
            _ => {
                let named: Vec<_> =
                    group.members.iter().take(NAMED).map(|node| self.say(&node.rule)).collect();
                let more = if NAMED < group.members.len() { " など" } else { "" };
                Decisive {
                    path, words: format!("{}{more}のどれにも当てはまらない", named.join(" / "))
                }
            }
        }
    }

    fn failed_node(&self, node: &Node, person: &Person, path: Path) -> Decisive {
        match &node.rule {
            Rule::Group(group) => self.failed_in(group, person, path),
            rule => {
                let words = format!("{}に当てはまらない{}", self.say(rule), self.census_of(rule));
                Decisive { path, words }
            }
        }
    }

    /// For a condition on relatives: how many there are of those it asks about, and how many of them fit.
    fn census_of(&self, rule: &Rule) -> String {
        let Rule::Relatives(relatives) = rule else { return String::new() };
        let related = self.living().filter(|(_, person)| Self::related(relatives, person) == Truth::True);
        let (mut all, mut fitting) = (0, 0);
        for (_, person) in related {
            all += 1;
            fitting += usize::from(self.group(&relatives.group, person) == Truth::True);
        }
        match all {
            0 => "(その家族の登録なし)".to_owned(),
            _ => format!("({all}人のうち{fitting}人)"),
        }
    }

    /// The exclusion that holds: its comment is the reason that staff wrote.
    pub(super) fn exclusion(&self, segment: &Segment, person: &Person) -> Decisive {
        let found =
            segment.exclusions.iter().enumerate().find(|(_, node)| self.node(node, person) == Truth::True);
        let words = |node: &Node| {
            let plain = || format!("{}に当てはまる{}", self.say(&node.rule), self.census_of(&node.rule));
            node.beside.clone().filter(|reason| !reason.is_empty()).unwrap_or_else(plain)
        };
        let (path, words) = found.map_or_else(Default::default, |(at, node)| (vec![1, at], words(node)));
        Decisive { path, words }
    }

    /// The data that keep the rule from deciding.
    pub(super) fn missing(&self, segment: &Segment, person: &Person) -> BTreeSet<Missing> {
        let mut gaps = Gaps::default();
        if let Target::Group(group) = &segment.target {
            self.missing_in(group, person, &mut gaps);
        }
        segment.exclusions.iter().for_each(|node| self.missing_at(node, person, &mut gaps));
        gaps.missing
    }

    fn missing_in(&self, group: &Group, person: &Person, gaps: &mut Gaps) {
        group.members.iter().for_each(|node| self.missing_at(node, person, gaps));
    }

    fn missing_at(&self, node: &Node, person: &Person, gaps: &mut Gaps) {
        if self.node(node, person) != Truth::Unknown {
            return;
        }
        match &node.rule {
            Rule::Group(group) => self.missing_in(group, person, gaps),
            Rule::Relatives(relatives) => self.missing_among(relatives, gaps),
            rule => _ = gaps.missing.insert(self.lacks(rule)),
        }
    }

    /// What a single condition that is unknown lacks.
    pub(in crate::domain::segment) fn lacks(&self, rule: &Rule) -> Missing {
        let parameter = |id: &Option<ParameterId>| {
            id.clone().filter(|id| {
                let known = self.catalogue.parameter(id.as_str());
                known.is_none_or(|known| known.value_on(self.as_of).is_none())
            })
        };
        match rule {
            Rule::Age(AgeCondition { parameter: id, .. })
            | Rule::Elapsed(ElapsedCondition { parameter: id, .. })
                if parameter(id).is_some() =>
            {
                parameter(id).map_or(Missing::Lot, Missing::Parameter)
            }
            Rule::Attribute(condition) => Missing::Attribute(condition.attribute.clone()),
            Rule::Elapsed(condition) => Missing::Attribute(condition.attribute.clone()),
            Rule::Event(event) => Missing::History(event.kind, event.subject.clone()),
            Rule::Bucket(_) => Missing::Lot,
            Rule::Shared(shared) => Missing::Shared(shared.path.clone()),
            Rule::Age(_) | Rule::BirthYear(_) | Rule::Group(_) | Rule::Relatives(_) => {
                Missing::Attribute(core::BIRTH_DATE.into())
            }
        }
    }

    /// Of the persons who may be meant, what keeps them from being told.
    fn missing_among(&self, relatives: &Relatives, gaps: &mut Gaps) {
        if !gaps.asked.insert(std::ptr::from_ref(relatives)) {
            return;
        }
        for (_, person) in self.living() {
            let (related, fits) = (Self::related(relatives, person), self.group(&relatives.group, person));
            if related == Truth::Unknown && (fits != Truth::False || relatives.count == HowMany::Everyone) {
                gaps.missing.insert(Missing::Attribute(core::RELATION.into()));
            }
            if related != Truth::False && fits == Truth::Unknown {
                self.missing_in(&relatives.group, person, gaps);
            }
        }
    }

    fn say(&self, rule: &Rule) -> String {
        format!("「{}」", self.summary(rule, 0))
    }

    /// A condition with what stands beneath it, as far as one line can hold it.
    fn summary(&self, rule: &Rule, depth: usize) -> String {
        let head = rule_words(rule, self.catalogue);
        let (Rule::Group(group) | Rule::Relatives(Relatives { group, .. })) = rule else { return head };
        if depth == DEEP {
            return format!("{head}(…)");
        }
        let members = group.members.iter().take(NAMED).map(|node| self.summary(&node.rule, depth + 1));
        let more = if NAMED < group.members.len() { " など" } else { "" };
        format!("{head}({}{more})", members.collect::<Vec<_>>().join("、"))
    }
}

fn below(path: &Path, at: usize) -> Path {
    path.iter().copied().chain([at]).collect()
}
