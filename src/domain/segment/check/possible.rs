//! Finds groups that nobody can be in, by intersecting what the conditions leave.
//!
//! Ages are small whole numbers, choices are small sets: what remains is computed exactly. What it can't reason about
//! (events, relatives) it takes for possible, so it never refuses a rule that somebody could fit.

use std::collections::BTreeSet;

use super::{Checker, Code, Group, Node, Path, Rule, Target, Test};
use crate::domain::attribute::{AttributeId, Catalogue, ValueType};
use crate::domain::calendar::AgeKind;
use crate::domain::segment::rule::{AgeCondition, AttributeCondition, ChoiceRef, DateRange, Mode};

/// The oldest age that is reasoned about, in months; no rule can name an older one.
const OLDEST: usize = 151 * 12;

/// What one subject of conditions can still be.
#[derive(Clone)]
struct Left {
    of: Subject,
    can_be: Values,
    can_be_missing: bool,
}

#[derive(Clone, PartialEq)]
enum Subject {
    Age(AgeKind),
    Attribute(AttributeId),
}

#[derive(Clone)]
enum Values {
    /// Whether each age is possible, from −1 (not yet born) on.
    Ages(Vec<bool>),
    Choices(BTreeSet<String>),
    YesNo(Vec<bool>),
    Days(Vec<DateRange>),
    Anything,
}

impl Checker<'_> {
    /// Reports each outermost group or member that nobody can fit.
    pub(super) fn possible(&mut self) {
        let segment = self.segment;
        if let Target::Group(group) = &segment.target {
            self.group(group, &vec![0], Vec::new());
        }
        for (at, node) in segment.exclusions.iter().enumerate() {
            let group = Group { mode: Mode::All, members: vec![node.clone()] };
            let before = self.found.len();
            self.group(&group, &vec![1, at], Vec::new());
            // The stand-in group has one member: its faults belong to the exclusion itself.
            let place = self.at(&vec![1, at]);
            self.found.iter_mut().skip(before).for_each(|found| found.place = found.place.or(place));
        }
    }

    /// `left` is what the surrounding groups leave; answers whether somebody can fit.
    fn group(&mut self, group: &Group, path: &Path, mut left: Vec<Left>) -> bool {
        match group.mode {
            Mode::All => self.all(group, path, &mut left),
            Mode::None => {
                let fits = group.members.iter().all(|node| narrow(&mut left, node, false, self.catalogue));
                fits || self.nobody(path, "どの条件にも当てはまらない人はいません。")
            }
            Mode::Any => {
                let members = group.members.iter().enumerate();
                let fits: Vec<bool> =
                    members.map(|(at, node)| self.member(node, path, at, left.clone())).collect();
                fits.contains(&true)
            }
        }
    }

    fn all(&mut self, group: &Group, path: &Path, left: &mut Vec<Left>) -> bool {
        let mut first_bad = None;
        for (at, node) in group.members.iter().enumerate() {
            if first_bad.is_none() && !narrow(left, node, true, self.catalogue) {
                first_bad = Some(at);
            }
        }
        if let Some(at) = first_bad {
            return self.nobody(&below(path, at), "この条件とほかの条件の両方に当てはまる人はいません。");
        }
        let mut fits = true;
        for (at, node) in group.members.iter().enumerate() {
            if matches!(node.rule, Rule::Group(_) | Rule::Relatives(_)) {
                fits &= self.member(node, path, at, left.clone());
            }
        }
        fits
    }

    fn member(&mut self, node: &Node, path: &Path, at: usize, mut left: Vec<Left>) -> bool {
        let path = below(path, at);
        match &node.rule {
            Rule::Group(group) => self.group(group, &path, left),
            Rule::Relatives(relatives) => self.group(&relatives.group, &path, Vec::new()),
            _ => {
                narrow(&mut left, node, true, self.catalogue)
                    || self.nobody(&path, "この条件に当てはまる人はいません。")
            }
        }
    }

    fn nobody(&mut self, path: &Path, message: &str) -> bool {
        self.say(
            Code::Impossible,
            self.at(path),
            message,
            "範囲や値を見直してください。「いずれか」のまちがいかもしれません。",
        );
        false
    }
}

fn below(path: &Path, at: usize) -> Path {
    path.iter().copied().chain([at]).collect()
}

/// Takes a condition (or its opposite) into account; answers whether anything is left for its subject.
fn narrow(left: &mut Vec<Left>, node: &Node, holds: bool, catalogue: &Catalogue) -> bool {
    match &node.rule {
        // What a parameter says depends on the day.
        Rule::Age(age) if age.parameter.is_none() => {
            let one = entry(left, Subject::Age(age.kind), || Values::Ages(all_ages(age.kind)));
            one.narrow_age(age, holds)
        }
        Rule::Attribute(condition) => {
            let subject = Subject::Attribute(condition.attribute.clone());
            let one = entry(left, subject, || all_values(condition, catalogue));
            one.narrow_value(condition, holds, catalogue)
        }
        _ => true,
    }
}

fn entry(left: &mut Vec<Left>, of: Subject, fresh: impl FnOnce() -> Values) -> &mut Left {
    let at = left.iter().position(|one| one.of == of).unwrap_or_else(|| {
        left.push(Left { of, can_be: fresh(), can_be_missing: true });
        left.len() - 1
    });
    &mut left[at]
}

fn all_ages(kind: AgeKind) -> Vec<bool> {
    let oldest = if kind == AgeKind::Months { OLDEST } else { OLDEST / 12 };
    vec![true; oldest + 2]
}

fn all_values(condition: &AttributeCondition, catalogue: &Catalogue) -> Values {
    let attribute = catalogue.attribute(condition.attribute.as_str());
    match attribute.map(|attribute| (attribute.value_type, &attribute.values)) {
        Some((ValueType::Choice, values)) => {
            Values::Choices(values.iter().map(|value| value.id.0.clone()).collect())
        }
        Some((ValueType::YesNo, _)) => Values::YesNo(vec![true, false]),
        Some((ValueType::Date, _)) => Values::Days(vec![DateRange { from: None, to: None }]),
        _ => Values::Anything,
    }
}

impl Left {
    fn narrow_age(&mut self, age: &AgeCondition, holds: bool) -> bool {
        let Values::Ages(ages) = &mut self.can_be else { return true };
        for (at, possible) in (-1..).zip(ages.iter_mut()) {
            *possible &= age.fits(at) == holds;
        }
        ages.contains(&true)
    }

    /// A test of a missing value is unknown both ways, so only 不明 lets it stay missing.
    fn narrow_value(&mut self, condition: &AttributeCondition, holds: bool, catalogue: &Catalogue) -> bool {
        if condition.test == Test::Missing {
            return self.narrow_missing(holds);
        }
        self.can_be_missing = false;
        match (&mut self.can_be, &condition.test) {
            (Values::Choices(ids), Test::AnyOf(any)) => {
                ids.retain(|id| one_of(any, id, condition, catalogue) == holds)
            }
            (Values::YesNo(left), Test::YesNo(wanted)) => left.retain(|yes| (yes == wanted) == holds),
            (Values::Days(days), Test::Date(range)) if holds => {
                *days = days.iter().filter_map(|one| common(one, range)).collect();
            }
            _ => {}
        }
        !self.is_empty()
    }

    fn narrow_missing(&mut self, holds: bool) -> bool {
        if holds {
            match &mut self.can_be {
                Values::Choices(ids) => ids.clear(),
                Values::YesNo(left) => left.clear(),
                Values::Days(days) => days.clear(),
                Values::Ages(_) | Values::Anything => {}
            }
            return self.can_be_missing;
        }
        self.can_be_missing = false;
        !self.is_empty()
    }

    fn is_empty(&self) -> bool {
        match &self.can_be {
            Values::Ages(ages) => !ages.contains(&true),
            Values::Choices(ids) => ids.is_empty(),
            Values::YesNo(left) => left.is_empty(),
            Values::Days(days) => days.is_empty(),
            Values::Anything => false,
        }
    }
}

fn one_of(any: &[ChoiceRef], id: &str, condition: &AttributeCondition, catalogue: &Catalogue) -> bool {
    let attribute = catalogue.attribute(condition.attribute.as_str());
    let value = attribute.and_then(|attribute| attribute.value(id));
    any.iter().any(|choice| match choice {
        ChoiceRef::Value(value) => value.as_str() == id,
        ChoiceRef::Area(area) => value.is_some_and(|value| value.area.as_ref() == Some(area)),
    })
}

fn common(left: &DateRange, right: &DateRange) -> Option<DateRange> {
    let from = left.from.max(right.from);
    let to = [left.to, right.to].into_iter().flatten().min();
    (from.is_none() || to.is_none() || from <= to).then_some(DateRange { from, to })
}
