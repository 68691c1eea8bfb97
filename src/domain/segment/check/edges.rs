//! Warns where no example stands close to an edge of an age or of a time since a date: a slip by one would go unseen.

use jiff::ToSpan as _;
use jiff::civil::Date;

use super::{Checker, Code, Path, Rule};
use crate::domain::attribute::{AttributeId, Value, core};
use crate::domain::calendar::{AgeKind, ElapsedUnit, birth_window, dates_since, dates_until};
use crate::domain::segment::rule::{Direction, ElapsedCondition, Range};

/// A file with more pairs than this was not written by hand; a warning is not worth the time.
const ENOUGH: usize = 20_000;

/// What is counted from a date.
#[derive(Clone)]
enum Counted {
    Age(AgeKind),
    Elapsed(ElapsedCondition),
}

/// A value in an example, with the example's as-of date.
type Dated = (Date, Date);

impl Checker<'_> {
    /// The outermost edges of each condition need an example close by on each side.
    pub(super) fn edges(&mut self) {
        if self.segment.examples.is_empty() {
            return;
        }
        let conditions = self.counted();
        let mut examples: Vec<(AttributeId, Vec<Dated>)> = Vec::new();
        for (_, attribute, ..) in &conditions {
            if examples.iter().all(|(known, _)| known != attribute) {
                examples.push((attribute.clone(), self.dated(attribute)));
            }
        }
        let most = examples.iter().map(|(_, dates)| dates.len()).max().unwrap_or_default();
        if ENOUGH < conditions.len() * most {
            return;
        }
        for (path, attribute, counted, ranges) in conditions {
            let dates = examples.iter().find(|(known, _)| *known == attribute).map(|(_, dates)| dates);
            let open =
                edges(&ranges).filter(|edge| !dates.is_some_and(|dates| counted.covered(*edge, dates)));
            for edge in open {
                let (message, mend) = match counted {
                    Counted::Age(_) => (
                        format!("年齢の境目({edge})の両側を試す例がありません。"),
                        "境目の前日と当日に生まれた人の例を加えてください。",
                    ),
                    Counted::Elapsed(_) => (
                        format!("期間の境目({edge})の両側を試す例がありません。"),
                        "境目の前の日と当日の日付をもつ人の例を加えてください。",
                    ),
                };
                self.say(Code::NoExampleAtEdge, self.at(&path), message, mend);
            }
        }
    }

    /// Ages and times with their attribute and their ranges; those of parameters change from year to year, and shared
    /// conditions have examples of their own.
    fn counted(&self) -> Vec<(Path, AttributeId, Counted, Vec<Range>)> {
        let mut found = Vec::new();
        self.each_node(&mut |path, node, _| match &node.rule {
            _ if self.is_from_shared(path) => {}
            Rule::Age(age) => {
                let birth_date = AttributeId::from(core::BIRTH_DATE);
                found.push((path.clone(), birth_date, Counted::Age(age.kind), age.ranges.clone()));
            }
            Rule::Elapsed(elapsed) => {
                let counted = Counted::Elapsed(elapsed.clone());
                found.push((path.clone(), elapsed.attribute.clone(), counted, elapsed.ranges.clone()));
            }
            _ => {}
        });
        found
    }

    /// All values of a date in the examples.
    fn dated(&self, attribute: &AttributeId) -> Vec<Dated> {
        let facts = self.segment.examples.iter().flat_map(|example| {
            let facts = example.facts.iter().chain(example.family.iter().flat_map(|one| &one.facts));
            facts.map(move |fact| (fact, example.as_of))
        });
        let dates = facts.filter_map(|(fact, as_of)| match &fact.value {
            Value::Date(date) if fact.attribute == *attribute => Some((*date, as_of)),
            _ => None,
        });
        dates.collect()
    }
}

/// The numbers with which the outermost ranges begin, and those with which they are over.
fn edges(ranges: &[Range]) -> impl Iterator<Item = i64> {
    let from = ranges.iter().map(|range| range.from.unwrap_or(0)).min().filter(|from| 0 < *from);
    let to = ranges.iter().map(|range| range.to.unwrap_or(i64::MAX)).max().filter(|to| *to < i64::MAX);
    from.into_iter().chain(to.map(|to| to + 1))
}

impl Counted {
    /// Whether dates stand close by on both sides of the day on which the number `edge` begins.
    fn covered(&self, edge: i64, dates: &[Dated]) -> bool {
        let near = |day: Date, older: bool| match self {
            Self::Elapsed(ElapsedCondition { unit: ElapsedUnit::Days | ElapsedUnit::Weeks, .. }) => {
                day.saturating_add(if older { -1.month() } else { 1.month() })
            }
            _ => day.saturating_add(if older { -1.year() } else { 1.year() }),
        };
        let side = |older: bool| {
            dates.iter().any(|(date, as_of)| {
                let last = self.last(edge, *as_of).unwrap_or(Date::MIN);
                if older {
                    near(last, true) < *date && *date <= last
                } else {
                    last < *date && *date <= near(last, false)
                }
            })
        };
        side(true) && side(false)
    }

    /// The last date on the earlier side of an edge.
    fn last(&self, edge: i64, as_of: Date) -> Option<Date> {
        match self {
            Self::Age(kind) => birth_window(*kind, Some(i32::try_from(edge).ok()?), None, as_of).until,
            Self::Elapsed(elapsed) => match elapsed.direction {
                Direction::Since => dates_since(elapsed.unit, Some(edge), None, as_of).until,
                Direction::Until => {
                    Some(dates_until(elapsed.unit, Some(edge), None, as_of).from?.saturating_sub(1.day()))
                }
            },
        }
    }
}
