//! The birth dates behind each age condition: what the department prints in its notices, and compares.

use jiff::civil::Date;

use super::rule::{AgeCondition, Node, Relatives, Rule, Segment, Target};
use super::text::{Path, rule_words};
use crate::domain::attribute::Catalogue;
use crate::domain::calendar::{DateWindow, birth_window};

/// One age condition of a rule with its birth dates on an as-of date.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AgeWindow {
    /// Where the condition stands.
    pub path: Path,
    /// What it says.
    pub words: String,
    /// The births of each of its ranges, inclusive. With 偶数 or 奇数 only every second age among them counts.
    pub births: Vec<DateWindow>,
}

/// The windows of every age condition of a rule, in the order of the text.
#[must_use]
pub fn windows(segment: &Segment, catalogue: &Catalogue, as_of: Date) -> Vec<AgeWindow> {
    let mut found = Vec::new();
    let mut add = |path: &Path, age: &AgeCondition, rule: &Rule| {
        found.push(AgeWindow {
            path: path.clone(),
            words: rule_words(rule, catalogue),
            births: births(age, as_of),
        });
    };
    if let Target::Group(group) = &segment.target {
        each_age(&group.members, &mut vec![0], &mut add);
    }
    each_age(&segment.exclusions, &mut vec![1], &mut add);
    found
}

/// The births of each range of an age condition on an as-of date, inclusive.
#[must_use]
pub fn births(age: &AgeCondition, as_of: Date) -> Vec<DateWindow> {
    let whole = |age: Option<i64>| age.and_then(|age| i32::try_from(age).ok());
    age.ranges.iter().map(|range| birth_window(age.kind, whole(range.from), whole(range.to), as_of)).collect()
}

fn each_age(nodes: &[Node], path: &mut Path, add: &mut dyn FnMut(&Path, &AgeCondition, &Rule)) {
    for (at, node) in nodes.iter().enumerate() {
        path.push(at);
        match &node.rule {
            Rule::Age(age) => add(path, age, &node.rule),
            Rule::Group(group) | Rule::Relatives(Relatives { group, .. }) => {
                each_age(&group.members, path, add)
            }
            _ => {}
        }
        path.pop();
    }
}
