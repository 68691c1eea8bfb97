//! The birth dates behind each age condition: what the department prints in its notices, and compares.

use jiff::civil::Date;

use super::rule::{AgeCondition, Direction, ElapsedCondition, Node, Relatives, Rule, Segment, Target};
use super::text::{Path, rule_words};
use crate::domain::attribute::Catalogue;
use crate::domain::calendar::{DateWindow, birth_window, dates_since, dates_until};

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
            births: births(age, catalogue, as_of),
        });
    };
    if let Target::Group(group) = &segment.target {
        each_age(&group.members, &mut vec![0], &mut add);
    }
    each_age(&segment.exclusions, &mut vec![1], &mut add);
    found
}

/// The births of each range of an age condition on an as-of date, inclusive; none where its parameter has no value.
#[must_use]
pub fn births(age: &AgeCondition, catalogue: &Catalogue, as_of: Date) -> Vec<DateWindow> {
    let Some(age) = age.bound(catalogue, as_of) else { return Vec::new() };
    let whole = |age: Option<i64>| age.and_then(|age| i32::try_from(age).ok());
    age.ranges.iter().map(|range| birth_window(age.kind, whole(range.from), whole(range.to), as_of)).collect()
}

/// The dates of each range of a condition on the time since or until a date; none where its parameter has no value.
#[must_use]
pub fn dates(condition: &ElapsedCondition, catalogue: &Catalogue, as_of: Date) -> Vec<DateWindow> {
    let Some(condition) = condition.bound(catalogue, as_of) else { return Vec::new() };
    let window = match condition.direction {
        Direction::Since => dates_since,
        Direction::Until => dates_until,
    };
    let ranges = condition.ranges.iter();
    // Since and until: the far side is open only where the range is.
    let within = |window: DateWindow| match condition.direction {
        Direction::Since => window,
        Direction::Until => DateWindow { from: window.from.max(Some(as_of)), ..window },
    };
    ranges.map(|range| within(window(condition.unit, range.from, range.to, as_of))).collect()
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
