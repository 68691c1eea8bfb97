//! The reasoning of the checks against people: what it says holds for everybody, and it finds what there is to find.

use std::sync::LazyLock;

use proptest::prelude::*;

use super::*;
use crate::support::chance::cases;
use musubi::domain::attribute::Subject;
use musubi::domain::calendar::AgeKind;
use musubi::domain::history::{Event, EventKind, History, When};
use musubi::domain::household::{Household, Lot, Person};
use musubi::domain::segment::Segment;
use musubi::domain::segment::person::evaluate;
use musubi::domain::segment::rule::*;

static CATALOGUE: LazyLock<Catalogue> = LazyLock::new(Catalogue::builtin);

/// The ages that the small world's rules ask for.
const AGES: std::ops::RangeInclusive<i64> = 38..=42;

/// Every day at which something turns.
fn turns(years: impl Iterator<Item = i16>) -> Vec<Date> {
    let turns = [(11, 22), (11, 23), (4, 1), (4, 2), (3, 31), (1, 1), (12, 31)];
    years.flat_map(|year| turns.map(|(month, day)| date(year, month, day))).collect()
}

/// The births that the small world's rules ask for.
fn near() -> Vec<Date> {
    turns(1982..=1989)
}

/// Those, and years of all parities on both far sides: some born since the fiscal year began, some not yet born.
fn days() -> Vec<Date> {
    let far = [1970, 1971, 1972, 1973, 2000, 2001, 2002, 2003, 2026, 2027, 2028];
    turns((1982..=1989).chain(far))
}

fn age() -> impl Strategy<Value = Rule> {
    let kind = prop::sample::select(vec![
        AgeKind::OnDay,
        AgeKind::FiscalYearEnd,
        AgeKind::FiscalYearReached,
        AgeKind::FiscalYearStart,
    ]);
    let range = (AGES, AGES, 0..3).prop_map(|(a, b, shape)| match shape {
        0 => Range { from: Some(a.min(b)), to: Some(a.max(b)) },
        1 => Range { from: Some(a), to: None },
        _ => Range { from: None, to: Some(a) },
    });
    let parity = prop::option::of(prop_oneof![Just(Parity::Even), Just(Parity::Odd)]);
    (kind, prop::collection::vec(range, 1..3), parity)
        .prop_map(|(kind, ranges, parity)| Rule::Age(AgeCondition { kind, ranges, parameter: None, parity }))
}

fn attribute(id: &str, test: Test) -> Rule {
    Rule::Attribute(AttributeCondition { attribute: id.into(), test })
}

fn value(id: &str) -> ChoiceRef {
    ChoiceRef::Value(id.into())
}

fn leaf() -> impl Strategy<Value = Rule> {
    let some = |values: &'static [&'static str]| prop::sample::subsequence(values, 1..=values.len());
    let sex = some(&["female", "male", "unanswered"])
        .prop_map(|ids| attribute("sex", Test::AnyOf(ids.into_iter().map(value).collect())));
    let topics = (some(&["kenshin", "gomi"]), 0..3).prop_map(|(ids, shape)| {
        let ids = ids.into_iter().map(value).collect();
        let test = match shape {
            0 => Test::AnyOf(ids),
            1 => Test::AllOf(ids),
            _ => Test::NoneOf(ids),
        };
        attribute("topics", test)
    });
    let born = (prop::sample::select(near()), any::<bool>()).prop_map(|(day, from)| {
        let range = DateRange { from: from.then_some(day), to: (!from).then_some(day) };
        attribute("birth_date", Test::Date(range))
    });
    let year = any::<(bool, bool)>().prop_map(|(western, even)| {
        let calendar = if western { YearCalendar::Western } else { YearCalendar::Japanese };
        Rule::BirthYear(BirthYear { calendar, parity: if even { Parity::Even } else { Parity::Odd } })
    });
    let missing =
        prop::sample::select(vec!["sex", "birth_date", "topics"]).prop_map(|id| attribute(id, Test::Missing));
    prop_oneof![4 => age(), 3 => sex, 3 => topics, 1 => born, 1 => year, 1 => missing]
}

/// Conditions of which the small world holds only a part of all cases.
fn wide_leaf() -> impl Strategy<Value = Rule> {
    let windows = prop::sample::select(vec![
        EventWindow::ThisFiscalYear,
        EventWindow::LastFiscalYear,
        EventWindow::PastFiscalYears(2),
        EventWindow::PastFiscalYears(3),
        EventWindow::WithinDays(30),
        EventWindow::WithinDays(300),
        EventWindow::Ever,
    ]);
    let times = prop_oneof![
        (1u16..3).prop_map(Times::AtLeast),
        (0u16..3).prop_map(Times::AtMost),
        Just(Times::Exactly(1))
    ];
    let event = (windows, times).prop_map(|(window, times)| {
        Rule::Event(EventCondition {
            kind: EventKind::Attended,
            subject: "tokutei".to_owned(),
            window,
            times,
        })
    });
    let lot = (0u16..4, 0u16..4).prop_map(|(a, b)| {
        let (from, to) = (a.min(b) * 2_500, a.max(b) * 2_500 + 2_499);
        Rule::Bucket(BucketCondition { from, to, salt: "甲".to_owned() })
    });
    prop_oneof![4 => leaf(), 3 => event, 1 => lot]
}

fn group(rule: impl Strategy<Value = Rule> + 'static) -> impl Strategy<Value = Group> {
    let mode = prop_oneof![3 => Just(Mode::All), 2 => Just(Mode::Any), 1 => Just(Mode::None)];
    (mode, prop::collection::vec(rule, 1..4))
        .prop_map(|(mode, rules)| Group { mode, members: rules.into_iter().map(Node::from).collect() })
}

fn tree(leaf: BoxedStrategy<Rule>, relatives: bool) -> impl Strategy<Value = Group> {
    let rule = leaf.prop_recursive(2, 9, 3, move |inner| {
        let count = prop_oneof![
            Just(HowMany::Someone),
            Just(HowMany::Everyone),
            Just(HowMany::Nobody),
            Just(HowMany::AtLeast(2)),
            Just(HowMany::AtMost(1)),
        ];
        let relations = prop_oneof![Just(vec![]), Just(vec!["child"]), Just(vec!["child", "spouse"])];
        let of = (relations, count, group(inner.clone())).prop_map(|(relations, count, group)| {
            let relations = relations.into_iter().map(Into::into).collect();
            Rule::Relatives(Relatives { relations, count, group })
        });
        let plain = group(inner).prop_map(Rule::Group);
        if relatives { prop_oneof![2 => plain, 1 => of].boxed() } else { plain.boxed() }
    });
    group(rule)
}

fn segment(target: Group, exclusions: Vec<Node>) -> Segment {
    let header = Header {
        unit: Unit::EachPerson,
        basis: Some("要綱".to_owned()),
        review_by: Some(TODAY),
        ..Header::default()
    };
    let (examples, preface, closing) = (vec![], vec![], vec![]);
    Segment { header, target: Target::Group(target), exclusions, examples, preface, closing }
}

/// Whether everybody of a household is born by today; who is not yet is in no rule about ages.
fn is_born(home: &Household) -> bool {
    home.persons.iter().all(|person| person.facts.date("birth_date").is_none_or(|birth| birth <= TODAY))
}

fn answers(segment: &Segment, home: &Household) -> Vec<Expect> {
    let verdict = evaluate(segment, &CATALOGUE, home, TODAY, None);
    verdict.persons.iter().map(|person| person.verdict.kind()).collect()
}

/// Everybody of the small world, one account each.
fn everybody() -> Vec<Household> {
    let catalogue = &*CATALOGUE;
    let births = days().into_iter().map(Some).chain([None]);
    let mut people = Vec::new();
    for birth_date in births {
        for sex in [Some("female"), Some("male"), Some("unanswered"), None] {
            for topics in
                [Some(vec![]), Some(vec!["kenshin"]), Some(vec!["gomi"]), Some(vec!["kenshin", "gomi"]), None]
            {
                let person = serde_json::json!({"birth_date": birth_date, "sex": sex, "relation": "self"});
                let account = serde_json::json!({"topics": topics});
                let facts = catalogue.read_facts(Subject::Person, &person);
                people.push(Household {
                    account: catalogue.read_facts(Subject::Account, &account),
                    persons: vec![Person { facts, ..Person::default() }],
                    ..Household::default()
                });
            }
        }
    }
    people
}

fn household() -> impl Strategy<Value = Household> {
    let maybe = |values: &'static [&'static str]| prop::option::of(prop::sample::select(values));
    let on = prop_oneof![
        prop::sample::select(vec![
            date(2026, 11, 22),
            date(2026, 11, 1),
            date(2026, 5, 1),
            date(2025, 12, 1),
            date(2024, 4, 1)
        ])
        .prop_map(When::Day),
        (2023i16..2027).prop_map(When::FiscalYear),
    ];
    let person = (
        prop::option::of(prop::sample::select(days())),
        maybe(&["female", "male", "unanswered"]),
        maybe(&["child", "spouse", "self"]),
        prop::collection::vec(on, 0..3),
        any::<bool>(),
    );
    let topics = prop::option::of(prop::sample::subsequence(vec!["kenshin", "gomi"], 0..=2));
    (topics, prop::collection::vec(person, 1..4), prop::option::of(0u16..10_000)).prop_map(
        |(topics, persons, lot)| {
            let catalogue = &*CATALOGUE;
            let persons = persons.into_iter().map(|(birth_date, sex, relation, events, known)| {
                let document =
                    serde_json::json!({"birth_date": birth_date, "sex": sex, "relation": relation});
                let events = events.into_iter().map(|on| Event {
                    kind: EventKind::Attended,
                    subject: "tokutei".to_owned(),
                    on,
                });
                let history = History::complete(events.collect());
                let history =
                    if known { history } else { History { coverage: Default::default(), ..history } };
                Person {
                    facts: catalogue.read_facts(Subject::Person, &document),
                    history,
                    ..Person::default()
                }
            });
            let account = catalogue.read_facts(Subject::Account, &serde_json::json!({"topics": topics}));
            let lot = lot.map_or(Lot::Unknown, Lot::Drawn);
            Household { account, persons: persons.collect(), lot, ..Household::default() }
        },
    )
}

fn found_in(segment: &Segment) -> (Vec<Diagnostic>, musubi::domain::segment::text::Places) {
    // Each node gets a line of its own, by which a finding is brought back to it.
    let text = musubi::domain::segment::text::print(segment, &CATALOGUE);
    let head = text.replacen("名前: \n目的: \n所管: ", "名前: 名\n目的: 目\n所管: 課", 1);
    let (read, places) = parse_with_places(&head, &CATALOGUE).unwrap();
    (check::check(&read, &CATALOGUE, &places, TODAY), places)
}

fn has(found: &[Diagnostic], code: &str) -> bool {
    found.iter().any(|one| one.code == code)
}

/// The rule without the node at a place in its text.
fn without(segment: &Segment, path: &[usize]) -> Option<Segment> {
    let mut shorter = segment.clone();
    let nodes = match (path.first()?, &mut shorter.target) {
        (0, Target::Group(group)) => &mut group.members,
        _ => &mut shorter.exclusions,
    };
    take(nodes, path.get(1..)?)?;
    Some(shorter)
}

fn take(nodes: &mut Vec<Node>, path: &[usize]) -> Option<()> {
    let (first, rest) = path.split_first()?;
    if rest.is_empty() {
        nodes.remove(*first);
        return (!nodes.is_empty()).then_some(());
    }
    match &mut nodes.get_mut(*first)?.rule {
        Rule::Group(group) | Rule::Relatives(Relatives { group, .. }) => take(&mut group.members, rest),
        _ => None,
    }
}

/// Nobody older than 38 at the beginning of the year is 38 or younger today; a newborn was no age at all then.
#[test]
fn whoever_was_born_since_the_year_began_keeps_a_rule_from_being_true_for_everybody() {
    let up_to_38 = |kind| {
        let ranges = vec![Range { from: None, to: Some(38) }];
        Node::from(Rule::Age(AgeCondition { kind, ranges, parameter: None, parity: None }))
    };
    let older = Rule::Group(Group { mode: Mode::None, members: vec![up_to_38(AgeKind::OnDay)] });
    let members = vec![Node::from(older), up_to_38(AgeKind::FiscalYearStart)];
    let segment = segment(Group { mode: Mode::Any, members }, vec![]);
    assert!(!has(&found_in(&segment).0, "E028"));
    assert!(everybody().iter().any(|home| answers(&segment, home) == [Expect::NotTarget]));
}

/// A rule of all ages is one of everybody, and is refused, though a child that is not born yet has none.
#[test]
fn whoever_is_not_born_yet_does_not_keep_a_rule_from_being_true_for_everybody() {
    let any_age = vec![Range { from: None, to: Some(40) }, Range { from: Some(38), to: None }];
    let kind = AgeKind::OnDay;
    let any_age = Rule::Age(AgeCondition { kind, ranges: any_age, parameter: None, parity: None });
    let segment = segment(Group { mode: Mode::All, members: vec![any_age.into()] }, vec![]);
    assert!(has(&found_in(&segment).0, "E028"));
    let (born, unborn): (Vec<_>, Vec<_>) = everybody().into_iter().partition(is_born);
    assert!(!born.iter().any(|home| answers(&segment, home) == [Expect::NotTarget]));
    assert!(unborn.iter().all(|home| answers(&segment, home) == [Expect::NotTarget]));
}

proptest! {
    #![proptest_config(cases(150))]

    #[test]
    fn what_the_checks_say_holds_for_every_household(
        target in tree(wide_leaf().boxed(), true),
        exclusion in prop::option::of(wide_leaf()),
        homes in prop::collection::vec(household(), 12),
    ) {
        let segment = segment(target, exclusion.into_iter().map(Node::from).collect());
        let (found, places) = found_in(&segment);
        let needless = found.iter().filter(|one| one.code == "W008" && one.message.ends_with("なくても同じです。"));
        let shorter: Vec<_> = needless.filter_map(|one| {
            let path = places.nodes.iter().find(|(_, place)| Some(**place) == one.place)?.0;
            without(&segment, path)
        }).collect();
        for home in &homes {
            let said = answers(&segment, home);
            let whole_target = found.iter().filter(|one| one.code == "E028").any(|one| one.place == places.nodes.get(&vec![0]).copied());
            prop_assert!(!whole_target || !is_born(home) || !said.contains(&Expect::NotTarget), "{:?}", segment);
            for shorter in &shorter {
                prop_assert_eq!(&answers(shorter, home), &said, "{:?}", segment);
            }
        }
    }

    #[test]
    fn whatever_nobody_can_be_in_is_found_and_nothing_else(target in tree(leaf().boxed(), false)) {
        thread_local!(static EVERYBODY: Vec<Household> = everybody());
        let segment = segment(target, vec![]);
        let (found, _) = found_in(&segment);
        let (mut targets, mut others) = (0, 0);
        EVERYBODY.with(|people| for home in people {
            match answers(&segment, home)[..] {
                [Expect::Target] => targets += 1,
                [Expect::NotTarget] => others += 1,
                _ => {}
            }
        });
        // Parts of a rule that somebody fits can be at fault, too; but where nobody fits something is at fault.
        prop_assert!(targets != 0 || has(&found, "E021"), "not found: {:?}", segment);
        prop_assert!(others != 0 || has(&found, "E028") || has(&found, "E021"), "not found: {:?}", segment);
        let Target::Group(group) = &segment.target else { unreachable!() };
        let flat = group.members.iter().all(|node| !matches!(node.rule, Rule::Group(_)));
        let of_each = group.members.iter().all(|node| {
            let alone = Group { mode: Mode::All, members: vec![node.clone()] };
            !has(&found_in(&self::segment(alone, vec![])).0, "E021")
        });
        if flat && of_each {
            prop_assert_eq!(targets == 0, has(&found, "E021"), "{:?}", segment);
        }
    }
}
