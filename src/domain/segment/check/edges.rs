//! Warns where no example stands close to an edge of an age: a slip by one year would go unseen.

use jiff::ToSpan as _;
use jiff::civil::Date;

use super::{Checker, Code, Path, Rule};
use crate::domain::attribute::{AttributeId, Value, core};
use crate::domain::calendar::{AgeKind, birth_window};
use crate::domain::segment::rule::AgeCondition;

/// A file with more pairs than this was not written by hand; a warning is not worth the time.
const ENOUGH: usize = 20_000;

impl Checker<'_> {
    /// The outermost edges of each age need an example within a year on each side.
    pub(super) fn edges(&mut self) {
        if self.segment.examples.is_empty() {
            return;
        }
        let mut ages: Vec<(Path, AgeCondition)> = Vec::new();
        self.each_node(&mut |path, node, _| {
            if let Rule::Age(age) = &node.rule {
                ages.push((path.clone(), age.clone()));
            }
        });
        let births = self.births();
        if ENOUGH < ages.len() * births.len() {
            return;
        }
        for (path, age) in ages {
            let from = age.ranges.iter().map(|range| range.from.unwrap_or(0)).min().filter(|from| 0 < *from);
            let to =
                age.ranges.iter().map(|range| range.to.unwrap_or(i64::MAX)).max().filter(|to| *to < i64::MAX);
            let edges = from.into_iter().chain(to.map(|to| to + 1));
            for edge in edges.filter(|edge| !covered(age.kind, *edge, &births)) {
                let message = format!("年齢の境目({edge})の両側を試す例がありません。");
                let mend = "境目の前日と当日に生まれた人の例を加えてください。";
                self.say(Code::NoExampleAtEdge, self.at(&path), message, mend);
            }
        }
    }

    /// All birth dates in the examples, with their as-of dates.
    fn births(&self) -> Vec<(Date, Date)> {
        let birth_date = AttributeId::from(core::BIRTH_DATE);
        let dated = self.segment.examples.iter().flat_map(|example| {
            let facts =
                example.facts.iter().chain(example.family.iter().flat_map(|relative| &relative.facts));
            facts.map(move |fact| (fact, example.as_of))
        });
        let births = dated.filter_map(|(fact, as_of)| match &fact.value {
            Value::Date(date) if fact.attribute == birth_date => Some((*date, as_of)),
            _ => None,
        });
        births.collect()
    }
}

/// Whether births stand within a year on both sides of the day on which the age `edge` begins.
fn covered(kind: AgeKind, edge: i64, births: &[(Date, Date)]) -> bool {
    let Ok(edge) = i32::try_from(edge) else { return true };
    let side = |older: bool| {
        births.iter().any(|(birth, as_of)| {
            let last = birth_window(kind, Some(edge), None, *as_of).until.unwrap_or(Date::MIN);
            let (first, past) = (last.saturating_sub(1.year()), last.saturating_add(1.year()));
            if older { first < *birth && *birth <= last } else { last < *birth && *birth <= past }
        })
    };
    side(true) && side(false)
}
