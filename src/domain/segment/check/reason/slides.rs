//! How conditions move with the day of use: what stands still is looked at once, not for every day.

use super::Goal;
use crate::domain::calendar::AgeKind;
use crate::domain::segment::rule::{Group, Rule};

/// How what a goal asks moves with the day of use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Slides {
    /// Not at all.
    Never,
    /// On each 1 April.
    Yearly,
    /// Every day.
    Daily,
}

impl Goal<'_> {
    /// How what it asks moves.
    pub(super) fn slides(&self) -> Slides {
        match self {
            Self::Rule(rule, _) => slides(rule),
            Self::Group(group, _) => slides_in(group),
        }
    }
}

fn slides_in(group: &Group) -> Slides {
    group.members.iter().map(|node| slides(&node.rule)).max().unwrap_or(Slides::Never)
}

fn slides(rule: &Rule) -> Slides {
    match rule {
        Rule::Group(group) => slides_in(group),
        Rule::Relatives(relatives) => slides_in(&relatives.group),
        Rule::Age(age) if age.parameter.is_some() => Slides::Daily,
        Rule::Age(age) => match age.kind {
            AgeKind::OnDate(_) => Slides::Never,
            AgeKind::FiscalYearEnd
            | AgeKind::FiscalYearReached
            | AgeKind::FiscalYearStart
            | AgeKind::SchoolYear => Slides::Yearly,
            AgeKind::OnDay | AgeKind::Months => Slides::Daily,
        },
        Rule::Elapsed(_) | Rule::Event(_) => Slides::Daily,
        Rule::BirthYear(_) | Rule::Attribute(_) | Rule::Bucket(_) | Rule::Shared(_) => Slides::Never,
    }
}
