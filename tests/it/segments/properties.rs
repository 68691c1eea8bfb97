//! What holds for every rule: logic, order, time, missing data, and the ways people type.
//!
//! The rules and people are those of `musubi selftest segments`; the columns are asked beside the evaluator each time.

mod shift;
mod typed;

use std::sync::Arc;

use super::*;
use musubi::domain::attribute::AttributeId;
use musubi::domain::history::{Coverage, History};
use musubi::domain::household::Household;
use musubi::domain::ids::AccountId;
use musubi::domain::segment::Segment;
use musubi::domain::segment::generate::{Town, case, every_kind, town};
use musubi::domain::segment::person::evaluate;
use musubi::domain::segment::rule::{Expect, Group, Header, Mode, Node, Rule, Target, Test, Unit};
use musubi::population::Snapshot;

const SEED: u64 = 20_261_125;

/// Rules over a town, and the catalogue they are written in.
struct World {
    catalogue: Arc<Catalogue>,
    town: Town,
}

impl World {
    fn new(number: u64) -> Self {
        let catalogue = Arc::new(every_kind());
        let town = town(SEED, number, 60, &catalogue);
        Self { catalogue, town }
    }

    /// The case of a number, as a rule and its as-of date.
    fn case(&self, number: u64) -> (Segment, Date) {
        let case = case(SEED, number, self.town.day, &self.catalogue);
        (case.segment, case.as_of)
    }

    /// What a rule says of each account and its persons, one by one and in columns.
    fn asked(&self, segment: &Segment, as_of: Date) -> Vec<Vec<Expect>> {
        let told: Vec<_> = self.town.people.iter().map(|(_, home)| self.one(segment, home, as_of)).collect();
        let snapshot = self.columns();
        let scan = snapshot.scan(segment, as_of, None);
        for ((id, _), told) in self.town.people.iter().zip(&told) {
            assert_eq!(snapshot.answer(&scan, *id), told.first().copied());
        }
        if segment.header.unit != Unit::Household {
            self.places(segment, &snapshot, as_of);
        }
        told
    }

    /// Which persons of each household are targets, one by one and in columns.
    fn places(&self, segment: &Segment, snapshot: &Snapshot, as_of: Date) {
        let scans = [snapshot.scan(segment, as_of, None)];
        for (id, household) in &self.town.people {
            let matched = evaluate(segment, &self.catalogue, household, as_of, None).matched();
            let is_matched = |at: &usize| household.persons[*at].id.is_some_and(|id| matched.contains(&id));
            let expected: Vec<_> = (0..household.persons.len()).filter(is_matched).collect();
            let mut found = snapshot.matched(&scans, *id).remove(0);
            found.sort_unstable();
            assert_eq!(found, expected);
        }
    }

    /// The account's answer, and those for its persons.
    fn one(&self, segment: &Segment, household: &Household, as_of: Date) -> Vec<Expect> {
        let verdict = evaluate(segment, &self.catalogue, household, as_of, None);
        let persons = verdict.persons.iter().map(|person| person.verdict.kind());
        std::iter::once(verdict.verdict.kind()).chain(persons).collect()
    }

    fn columns(&self) -> Snapshot {
        let mut snapshot = Snapshot::empty(Arc::clone(&self.catalogue), 0);
        snapshot.set_coverage(Arc::clone(&self.town.coverage));
        self.town.people.iter().for_each(|(id, household)| snapshot.put(*id, household));
        snapshot
    }
}

/// A rule for each person with nothing but a target.
fn of(mode: Mode, members: Vec<Node>) -> Segment {
    let header = Header { unit: Unit::EachPerson, ..Header::default() };
    let target = Target::Group(Group { mode, members });
    Segment { header, target, exclusions: vec![], examples: vec![], preface: vec![], closing: vec![] }
}

fn group(mode: Mode, members: Vec<Node>) -> Node {
    Rule::Group(Group { mode, members }).into()
}

fn none(node: &Node) -> Node {
    group(Mode::None, vec![node.clone()])
}

/// The members of the target of some generated rules.
fn members(world: &World, cases: std::ops::Range<u64>) -> Vec<(Vec<Node>, Date)> {
    let all = cases.map(|number| world.case(number));
    let grouped = all.filter_map(|(segment, as_of)| match segment.target {
        Target::Group(group) => Some((group.members, as_of)),
        Target::Everyone => None,
    });
    grouped.collect()
}

#[test]
fn de_morgan_holds_with_three_values() {
    let world = World::new(1);
    for (members, as_of) in members(&world, 0..40) {
        let not: Vec<_> = members.iter().map(none).collect();
        let ask = |segment: &Segment| world.asked(segment, as_of);
        let (all, any) = (group(Mode::All, members.clone()), group(Mode::Any, members.clone()));
        assert_eq!(ask(&of(Mode::None, vec![all.clone()])), ask(&of(Mode::Any, not.clone())));
        assert_eq!(ask(&of(Mode::None, members.clone())), ask(&of(Mode::All, not)));
        assert_eq!(ask(&of(Mode::None, vec![none(&any)])), ask(&of(Mode::Any, members.clone())));
        assert_eq!(ask(&of(Mode::All, vec![all])), ask(&of(Mode::All, members)));
    }
}

/// Those of whom the second says 対象 although the first doesn't.
fn newly(before: &[Vec<Expect>], after: &[Vec<Expect>]) -> usize {
    let pairs = before.iter().flatten().zip(after.iter().flatten());
    pairs.filter(|(before, after)| **after == Expect::Target && **before != Expect::Target).count()
}

#[test]
fn a_line_more_takes_nobody_into_all_and_nobody_out_of_any_and_an_exclusion_takes_nobody_in() {
    let world = World::new(2);
    for ((mut members, as_of), (more, _)) in members(&world, 0..40).into_iter().zip(members(&world, 100..140))
    {
        let (all, any) = (of(Mode::All, members.clone()), of(Mode::Any, members.clone()));
        let excluding = Segment { exclusions: more.clone(), ..any.clone() };
        let (all, any) = (world.asked(&all, as_of), world.asked(&any, as_of));
        assert_eq!(newly(&any, &world.asked(&excluding, as_of)), 0);
        members.extend(more);
        assert_eq!(newly(&all, &world.asked(&of(Mode::All, members.clone()), as_of)), 0);
        assert_eq!(newly(&world.asked(&of(Mode::Any, members), as_of), &any), 0);
    }
}

/// The same rule with the members of every group the other way round.
fn reversed(nodes: &[Node]) -> Vec<Node> {
    let mut nodes: Vec<_> = nodes.iter().rev().cloned().collect();
    for node in &mut nodes {
        match &mut node.rule {
            Rule::Group(group) => group.members = reversed(&group.members),
            Rule::Relatives(relatives) => relatives.group.members = reversed(&relatives.group.members),
            _ => {}
        }
    }
    nodes
}

#[test]
fn reordering_changes_nothing() {
    let world = World::new(3);
    for (segment, as_of) in (0..60).map(|number| world.case(number)) {
        let mut other = segment.clone();
        if let Target::Group(group) = &mut other.target {
            group.members = reversed(&group.members);
        }
        other.exclusions = reversed(&segment.exclusions);
        assert_eq!(world.asked(&segment, as_of), world.asked(&other, as_of));
    }
}

fn asks_for_missing(nodes: &[Node]) -> bool {
    nodes.iter().any(|node| match &node.rule {
        Rule::Group(group) => asks_for_missing(&group.members),
        Rule::Relatives(relatives) => asks_for_missing(&relatives.group.members),
        Rule::Attribute(condition) => condition.test == Test::Missing,
        _ => false,
    })
}

/// The household of which something less is known: each fact in turn, or how far the records reach.
fn knowing_less(household: &Household) -> Vec<Household> {
    let ids = |facts: &musubi::domain::attribute::Facts| -> Vec<AttributeId> {
        facts.iter().map(|(id, _)| id.clone()).collect()
    };
    let mut fewer = Vec::new();
    for id in ids(&household.account) {
        let mut less = household.clone();
        less.account.remove(id.as_str());
        fewer.push(less);
    }
    for (at, person) in household.persons.iter().enumerate() {
        // Who the friend is says whom a rule looks at; that is no datum that could be missing.
        let of_friend = |id: &AttributeId| id.as_str() == "relation" && person.is_self();
        for id in ids(&person.facts).into_iter().filter(|id| !of_friend(id)) {
            let mut less = household.clone();
            less.persons[at].facts.remove(id.as_str());
            fewer.push(less);
        }
    }
    let uncovered = |history: &History| History { coverage: Coverage::default().into(), ..history.clone() };
    let mut less = household.clone();
    less.history = uncovered(&less.history);
    less.persons.iter_mut().for_each(|person| person.history = uncovered(&person.history));
    fewer.push(less);
    fewer
}

#[test]
fn knowing_less_makes_nobody_a_target_and_unknown_is_never_sent() {
    let world = World::new(4);
    let mut tried = 0;
    for (segment, as_of) in (0..70).map(|number| world.case(number)) {
        let nodes = match &segment.target {
            Target::Group(group) => &group.members[..],
            Target::Everyone => continue,
        };
        if asks_for_missing(nodes) || asks_for_missing(&segment.exclusions) {
            continue;
        }
        for (_, household) in world.town.people.iter().take(12) {
            let before = world.one(&segment, household, as_of)[0];
            for less in knowing_less(household) {
                let after = world.one(&segment, &less, as_of)[0];
                let kept = before == Expect::Target && after == Expect::Unknown;
                let fine = (before == after) || kept || after != Expect::Target && before != Expect::Target;
                assert!(fine, "{before:?} became {after:?} on {as_of} for {segment:?}");
                tried += 1;
            }
        }
    }
    assert!(5_000 < tried, "{tried}");
}

#[test]
fn whoever_is_unknown_is_not_among_the_recipients() {
    let world = World::new(5);
    for (segment, as_of) in (0..60).map(|number| world.case(number)) {
        let told = world.asked(&segment, as_of);
        let wanted = world.town.people.iter().zip(&told).filter(|(_, told)| told[0] == Expect::Target);
        let wanted: Vec<AccountId> = wanted.map(|((id, _), _)| *id).collect();
        assert_eq!(world.columns().recipients(&segment, as_of, None), wanted);
    }
}
