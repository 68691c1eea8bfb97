//! A part of a rule, with its place and whether it has to be true or false.

use super::reason::{Frame, Goal, Joined, Want, joined};
use super::{Checker, Node, Path};
use crate::domain::segment::rule::{Group, Mode, Rule};
use crate::domain::segment::text::rule_words;

/// A line or a group that has to hold, or not.
#[derive(Clone)]
pub(super) struct Part<'a> {
    pub(super) path: Path,
    what: What<'a>,
    pub(super) holds: bool,
}

#[derive(Clone, Copy)]
enum What<'a> {
    Rule(&'a Rule),
    Group(&'a Group),
}

impl<'a> Part<'a> {
    /// A line that has to be true.
    pub(super) fn line(node: &'a Node, path: Path) -> Self {
        Self { path, what: What::Rule(&node.rule), holds: true }
    }

    /// A group that has to be true: that of 対象, or the one beneath a line about relatives.
    pub(super) fn whole(group: &'a Group, path: Path) -> Self {
        Self { path, what: What::Group(group), holds: true }
    }

    /// The same part the other way round.
    pub(super) fn opposite(&self) -> Self {
        Self { holds: !self.holds, ..self.clone() }
    }

    /// The same part as the file says it, whatever the group around it makes of it.
    pub(super) fn as_written(&self) -> Self {
        Self { holds: true, ..self.clone() }
    }

    /// What has to be so.
    pub(super) fn goal(&self) -> Goal<'a> {
        self.wanting(if self.holds { Want::True } else { Want::False })
    }

    /// With another wish, the other way round where the part has to be false.
    pub(super) fn wished(&self, want: Want) -> Goal<'a> {
        self.wanting(if self.holds { want } else { want.opposite() })
    }

    /// With another wish for the part as the file says it.
    pub(super) fn wanting(&self, want: Want) -> Goal<'a> {
        match self.what {
            What::Rule(rule) => Goal::Rule(rule, want),
            What::Group(group) => Goal::Group(group, want),
        }
    }

    /// The members of a group, and how they are joined; `None` for a single line.
    pub(super) fn members(&self) -> Option<(Joined, Vec<Self>)> {
        let group = match self.what {
            What::Group(group) | What::Rule(Rule::Group(group)) => group,
            What::Rule(_) => return None,
        };
        let (joined, want) = joined(group.mode, if self.holds { Want::True } else { Want::False });
        let below = |at| self.path.iter().copied().chain([at]).collect();
        let members = group.members.iter().enumerate();
        let members = members.map(|(at, node)| Self {
            path: below(at),
            what: What::Rule(&node.rule),
            holds: want == Want::True,
        });
        Some((joined, members.collect()))
    }

    /// The group's word in the file, if it is one.
    pub(super) fn mode(&self) -> Option<Mode> {
        match self.what {
            What::Group(group) | What::Rule(Rule::Group(group)) => Some(group.mode),
            What::Rule(_) => None,
        }
    }

    /// The group beneath a line about relatives, and whose data it asks for.
    pub(super) fn relatives(&self) -> Option<(Self, Frame<'a>)> {
        let What::Rule(Rule::Relatives(relatives)) = self.what else { return None };
        Some((Self::whole(&relatives.group, self.path.clone()), Frame::Relatives(&relatives.relations)))
    }
}

impl Checker<'_> {
    /// What to call a part in a message: its own words, a group also by its line.
    pub(super) fn name(&self, part: &Part<'_>) -> String {
        let line = self.at(&part.path).map(|place| place.line).filter(|_| part.mode().is_some());
        let words = match part.what {
            What::Rule(rule) => rule_words(rule, self.catalogue),
            What::Group(group) => rule_words(&Rule::Group(group.clone()), self.catalogue),
        };
        line.map_or_else(|| format!("「{words}」"), |line| format!("{line}行目の「{words}」"))
    }
}
