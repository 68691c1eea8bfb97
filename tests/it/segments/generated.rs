//! Generated rules: both faces read back, the formatter comes to rest, logic holds with missing data.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;
use crate::support::chance::cases;
use musubi::domain::attribute::{Subject, Value as Known, ValueId, ValueType};
use musubi::domain::calendar::{AgeKind, ElapsedUnit};
use musubi::domain::history::{EventKind, When};
use musubi::domain::household::{Household, Person};
use musubi::domain::segment::Segment;
use musubi::domain::segment::json::{from_json, to_json};
use musubi::domain::segment::person::evaluate;
use musubi::domain::segment::rule::*;
use musubi::domain::segment::text::{parse, print};

fn word() -> impl Strategy<Value = String> {
    "[ぁ-んァ-ヶ一-龠a-zA-Z0-9]{1,8}"
}

fn phrase() -> impl Strategy<Value = String> {
    prop::collection::vec("[ぁ-ん一-龠a-zA-Z0-9(),.|:-]{1,6}", 1..4).prop_map(|words| words.join(" "))
}

fn day() -> impl Strategy<Value = Date> {
    (1900i16..2100, 1i8..=12, 1i8..=28).prop_map(|(year, month, day)| date(year, month, day))
}

fn range(from: i64, to: i64) -> impl Strategy<Value = Range> {
    (from..=to, from..=to, 0..4).prop_map(|(a, b, kind)| match kind {
        0 => Range { from: Some(a), to: Some(a) },
        1 => Range { from: Some(a), to: None },
        2 => Range { from: None, to: Some(a) },
        _ => Range { from: Some(a.min(b)), to: Some(a.max(b)) },
    })
}

fn parity() -> impl Strategy<Value = Parity> {
    prop_oneof![Just(Parity::Even), Just(Parity::Odd)]
}

fn age() -> impl Strategy<Value = Rule> {
    let years = prop_oneof![
        Just(AgeKind::OnDay),
        Just(AgeKind::FiscalYearEnd),
        Just(AgeKind::FiscalYearReached),
        Just(AgeKind::FiscalYearStart),
        Just(AgeKind::Months),
        day().prop_map(AgeKind::OnDate),
    ];
    let years = (years, prop::collection::vec(range(0, 150), 1..4));
    let grades = (Just(AgeKind::SchoolYear), prop::collection::vec(range(3, 17), 1..4));
    let aged = prop_oneof![4 => years, 1 => grades];
    let written = aged.prop_map(|(kind, ranges)| (kind, ranges, None));
    let parameter = prop::sample::select(Catalogue::builtin().parameters().to_vec());
    let named = parameter.prop_map(|parameter| (AgeKind::FiscalYearReached, vec![], Some(parameter.id)));
    (prop_oneof![9 => written, 1 => named], prop::option::of(parity())).prop_map(
        |((kind, ranges, parameter), parity)| Rule::Age(AgeCondition { kind, ranges, parameter, parity }),
    )
}

fn elapsed() -> impl Strategy<Value = Rule> {
    let direction = prop_oneof![Just(Direction::Since), Just(Direction::Until)];
    let unit = prop_oneof![
        Just(ElapsedUnit::Days),
        Just(ElapsedUnit::Weeks),
        Just(ElapsedUnit::Months),
        Just(ElapsedUnit::Years)
    ];
    (direction, unit, prop::collection::vec(range(0, 90), 1..3)).prop_map(|(direction, unit, ranges)| {
        let attribute = "birth_date".into();
        Rule::Elapsed(ElapsedCondition { attribute, direction, unit, ranges, parameter: None })
    })
}

fn bucket() -> impl Strategy<Value = Rule> {
    (0u16..10_000, 0u16..10_000, phrase())
        .prop_map(|(a, b, salt)| Rule::Bucket(BucketCondition { from: a.min(b), to: a.max(b), salt }))
}

fn shared() -> impl Strategy<Value = Rule> {
    (word(), prop::option::of("[0-9a-f]{8}"))
        .prop_map(|(name, hash)| Rule::Shared(SharedRef { path: format!("共通/{name}"), hash }))
}

fn choices(attribute: &musubi::domain::attribute::Attribute) -> BoxedStrategy<Vec<ChoiceRef>> {
    let areas = attribute.areas.iter().map(|area| ChoiceRef::Area(area.id.clone()));
    let values = attribute.values.iter().map(|value| ChoiceRef::Value(value.id.clone()));
    prop::collection::vec(prop::sample::select(areas.chain(values).collect::<Vec<_>>()), 1..4).boxed()
}

fn attribute() -> impl Strategy<Value = Rule> {
    let usable = Catalogue::builtin()
        .attributes()
        .iter()
        .filter(|one| one.usable_for_sending)
        .cloned()
        .collect::<Vec<_>>();
    prop::sample::select(usable).prop_flat_map(|attribute| {
        let id = attribute.id.clone();
        let test = match attribute.value_type {
            ValueType::Choices => prop_oneof![
                choices(&attribute).prop_map(Test::AnyOf),
                choices(&attribute).prop_map(Test::AllOf),
                choices(&attribute).prop_map(Test::NoneOf),
            ]
            .boxed(),
            ValueType::Date => {
                day().prop_map(|from| Test::Date(DateRange { from: Some(from), to: None })).boxed()
            }
            _ => choices(&attribute).prop_map(Test::AnyOf).boxed(),
        };
        let test = prop_oneof![5 => test, 1 => Just(Test::Missing)];
        test.prop_map(move |test| Rule::Attribute(AttributeCondition { attribute: id.clone(), test }))
    })
}

fn event() -> impl Strategy<Value = Rule> {
    let kind = prop::sample::select(vec![
        EventKind::Attended,
        EventKind::Booked,
        EventKind::Sent,
        EventKind::Tapped,
    ]);
    let window = prop_oneof![
        Just(EventWindow::ThisFiscalYear),
        Just(EventWindow::LastFiscalYear),
        (1u8..9).prop_map(EventWindow::PastFiscalYears),
        (0u16..400).prop_map(EventWindow::WithinDays),
        Just(EventWindow::Ever),
    ];
    let times = prop_oneof![
        (1u16..5).prop_map(Times::AtLeast),
        (0u16..5).prop_map(Times::AtMost),
        (1u16..3).prop_map(Times::Exactly)
    ];
    let programmes =
        Catalogue::builtin().programmes().iter().map(|one| one.id.to_string()).collect::<Vec<_>>();
    (kind, word(), prop::sample::select(programmes), window, times).prop_map(
        |(kind, series, programme, window, times)| {
            let subject = if kind.of_person() { programme } else { series };
            Rule::Event(EventCondition { kind, subject, window, times })
        },
    )
}

fn leaf() -> impl Strategy<Value = Rule> {
    let calendar = prop_oneof![Just(YearCalendar::Western), Just(YearCalendar::Japanese)];
    let year =
        (calendar, parity()).prop_map(|(calendar, parity)| Rule::BirthYear(BirthYear { calendar, parity }));
    prop_oneof![8 => age(), 8 => attribute(), 2 => event(), 2 => year, 2 => elapsed(), 1 => bucket(), 1 => shared()]
}

fn node(rule: impl Strategy<Value = Rule>) -> impl Strategy<Value = Node> {
    let comments = prop::collection::vec(phrase(), 0..2);
    (rule, comments, prop::option::of(phrase())).prop_map(|(rule, above, beside)| Node {
        rule,
        above,
        beside,
    })
}

fn group(rule: impl Strategy<Value = Rule> + 'static) -> impl Strategy<Value = Group> {
    let mode = prop_oneof![Just(Mode::All), Just(Mode::Any), Just(Mode::None)];
    (mode, prop::collection::vec(node(rule), 1..4)).prop_map(|(mode, members)| Group { mode, members })
}

fn rule_tree() -> impl Strategy<Value = Rule> {
    leaf().prop_recursive(4, 24, 3, |inner| {
        let count = prop_oneof![
            Just(HowMany::Someone),
            Just(HowMany::Everyone),
            Just(HowMany::Nobody),
            (2u8..9).prop_map(HowMany::AtLeast),
            (1u8..9).prop_map(HowMany::AtMost),
        ];
        let relation =
            prop::sample::select(vec!["child", "spouse", "parent", "other"]).prop_map(ValueId::from);
        let relations =
            prop::collection::vec(relation, 0..3).prop_map(|ids| ids.into_iter().collect::<BTreeSet<_>>());
        let relatives = (relations, count, group(inner.clone()))
            .prop_map(|(relations, count, group)| Rule::Relatives(Relatives { relations, count, group }));
        prop_oneof![group(inner).prop_map(Rule::Group), relatives]
    })
}

fn past_event(of_person: bool) -> impl Strategy<Value = PastEvent> {
    let programmes =
        Catalogue::builtin().programmes().iter().map(|one| one.id.to_string()).collect::<Vec<_>>();
    let on = prop_oneof![
        day().prop_map(|day| Some(When::Day(day))),
        (1950i16..2050).prop_map(|year| Some(When::FiscalYear(year))),
        Just(None)
    ];
    let kind = prop::sample::select(if of_person {
        vec![EventKind::Attended, EventKind::Booked]
    } else {
        vec![EventKind::Sent, EventKind::Tapped]
    });
    (kind, prop::sample::select(programmes), word(), on).prop_map(move |(kind, programme, series, on)| {
        PastEvent { kind, subject: if of_person { programme } else { series }, on }
    })
}

/// Any number of values of one attribute, or nothing about it.
fn topics() -> impl Strategy<Value = Option<Fact>> {
    let all = Catalogue::builtin().attribute("topics").unwrap().values.clone();
    let some = prop::sample::subsequence(all, 0..5);
    let fact = some.prop_map(|some| Fact {
        attribute: "topics".into(),
        value: Known::Choices(some.into_iter().map(|value| value.id).collect()),
    });
    prop::option::of(fact)
}

fn example() -> impl Strategy<Value = Example> {
    let expect =
        prop::sample::select(vec![Expect::Target, Expect::NotTarget, Expect::Excluded, Expect::Unknown]);
    let born = || day().prop_map(|day| Fact { attribute: "birth_date".into(), value: Known::Date(day) });
    let relative =
        (prop::collection::vec(born(), 0..2), topics(), prop::collection::vec(past_event(true), 0..2))
            .prop_map(|(facts, topics, events)| Relative {
                facts: topics.into_iter().chain(facts).collect(),
                events,
            });
    let events =
        (prop::collection::vec(past_event(true), 0..2), prop::collection::vec(past_event(false), 0..2))
            .prop_map(|(persons, accounts)| [persons, accounts].concat());
    let comments = (prop::collection::vec(phrase(), 0..2), prop::option::of(phrase()));
    let facts = (prop::collection::vec(born(), 0..2), topics())
        .prop_map(|(facts, topics)| facts.into_iter().chain(topics).collect());
    let known = (facts, prop::collection::vec(relative, 0..2));
    (expect, day(), known, events, prop::option::of(0u16..10_000), comments).prop_map(
        |(expect, as_of, (facts, family), events, lot, (above, beside))| Example {
            expect,
            as_of,
            facts,
            family,
            events,
            lot,
            above,
            beside,
        },
    )
}

pub(crate) fn segment() -> impl Strategy<Value = Segment> {
    let unit =
        prop_oneof![Just(Unit::Friend), Just(Unit::EachPerson), Just(Unit::Children), Just(Unit::Household)];
    let header = (phrase(), prop::option::of(phrase()), prop::option::of(day()), unit).prop_map(
        |(name, basis, review_by, unit)| Header {
            purpose: name.clone(),
            owner: name.clone(),
            expected: Some(Expected { from: 1, to: 20 }),
            name,
            basis,
            review_by,
            unit,
        },
    );
    let target = prop_oneof![1 => Just(Target::Everyone), 9 => group(rule_tree()).prop_map(Target::Group)];
    let exclusions = prop::collection::vec(node(rule_tree()), 0..3);
    let comments = || prop::collection::vec(phrase(), 0..3);
    let examples = prop::collection::vec(example(), 0..3);
    (header, target, exclusions, examples, comments(), comments()).prop_map(
        |(header, target, exclusions, examples, preface, closing)| Segment {
            header,
            target,
            exclusions,
            examples,
            preface,
            closing,
        },
    )
}

proptest! {
    #![proptest_config(cases(200))]

    #[test]
    fn text_and_json_read_back_as_the_same_rule(segment in segment()) {
        let catalogue = Catalogue::builtin();
        let text = print(&segment, &catalogue);
        let read = parse(&text, &catalogue);
        prop_assert_eq!(read.as_ref(), Ok(&segment), "{}", text);
        prop_assert_eq!(print(&segment, &catalogue), text);
        prop_assert_eq!(from_json(&to_json(&segment).to_string(), &catalogue), Ok(segment));
    }

    #[test]
    fn no_text_makes_the_reader_panic(text in "(対象: すべて|- |  |\n|年齢|居住地|いずれか|家族のだれか|[0-9０-９〜～、,|:#]|\\PC){0,60}") {
        let _ = found(&text);
    }

    #[test]
    fn somebody_of_whom_nothing_is_known_is_a_target_only_where_missing_is_asked_for(rule in leaf()) {
        let catalogue = Catalogue::builtin();
        let asks_missing = matches!(&rule, Rule::Attribute(AttributeCondition { test: Test::Missing, .. }));
        for mode in [Mode::All, Mode::Any, Mode::None] {
            let target = Target::Group(Group { mode, members: vec![rule.clone().into()] });
            let segment = Segment { header: Header::default(), target, exclusions: vec![], examples: vec![], preface: vec![], closing: vec![] };
            let said = evaluate(&segment, &catalogue, &Household::default(), TODAY, None).verdict.kind();
            prop_assert_eq!(said == Expect::Unknown, !asks_missing);
        }
    }

    #[test]
    fn comments_do_not_change_the_hash_and_modes_do(segment in segment()) {
        prop_assert_eq!(segment.hash(), segment.without_comments().hash());
        let mut other = segment.clone();
        if let Target::Group(group) = &mut other.target {
            group.mode = if group.mode == Mode::All { Mode::Any } else { Mode::All };
            prop_assert_ne!(segment.hash(), other.hash());
        }
    }
}

/// A household with gaps in what is known.
fn household() -> impl Strategy<Value = Household> {
    let maybe = |values: &'static [&'static str]| prop::option::of(prop::sample::select(values));
    let person = (
        prop::option::of(day()),
        maybe(&["female", "male"]),
        maybe(&["kokuho", "shaho", "koki"]),
        maybe(&["child", "spouse"]),
    );
    let account = (
        maybe(&["imaichi", "nadabun", "hirata-chiku", "susa"]),
        maybe(&["kenshin", "gomi"]),
        maybe(&["ja", "pt-BR"]),
    );
    (account, prop::collection::vec(person, 0..4)).prop_map(|((district, topic, language), persons)| {
        let catalogue = Catalogue::builtin();
        let account = serde_json::json!({"district": district, "topics": topic.map(|topic| [topic]), "language": language});
        let persons = persons.into_iter().enumerate().map(|(at, (birth_date, sex, insurance, relation))| {
            let relation = if at == 0 { Some("self") } else { relation };
            let document = serde_json::json!({"birth_date": birth_date, "sex": sex, "insurance": insurance, "relation": relation});
            Person { facts: catalogue.read_facts(Subject::Person, &document), ..Person::default() }
        });
        let account = catalogue.read_facts(Subject::Account, &account);
        Household { account, persons: persons.collect(), ..Household::default() }
    })
}

fn answer(mode: Mode, members: &[Node], household: &Household) -> Expect {
    let target = Target::Group(Group { mode, members: members.to_vec() });
    let (exclusions, examples, preface, closing) = (vec![], vec![], vec![], vec![]);
    let segment = Segment { header: Header::default(), target, exclusions, examples, preface, closing };
    evaluate(&segment, &Catalogue::builtin(), household, TODAY, None).verdict.kind()
}

proptest! {
    #![proptest_config(cases(150))]

    #[test]
    fn a_condition_more_never_adds_to_all_and_never_takes_from_any(
        members in prop::collection::vec(node(rule_tree()), 2..5),
        household in household(),
    ) {
        let (_, fewer) = members.split_last().unwrap();
        if answer(Mode::All, &members, &household) == Expect::Target {
            prop_assert_eq!(answer(Mode::All, fewer, &household), Expect::Target);
        }
        if answer(Mode::Any, fewer, &household) == Expect::Target {
            prop_assert_eq!(answer(Mode::Any, &members, &household), Expect::Target);
        }
    }

    #[test]
    fn order_changes_nothing_and_none_is_the_opposite_of_any(
        members in prop::collection::vec(node(rule_tree()), 1..5),
        household in household(),
    ) {
        let backwards: Vec<_> = members.iter().rev().cloned().collect();
        for mode in [Mode::All, Mode::Any, Mode::None] {
            prop_assert_eq!(answer(mode, &members, &household), answer(mode, &backwards, &household));
        }
        let opposite = match answer(Mode::Any, &members, &household) {
            Expect::Target => Expect::NotTarget,
            Expect::NotTarget => Expect::Target,
            other => other,
        };
        prop_assert_eq!(answer(Mode::None, &members, &household), opposite);
    }

    #[test]
    fn whoever_is_a_target_fits_no_impossible_group(
        members in prop::collection::vec(node(leaf()), 2..5),
        household in household(),
    ) {
        let target = Target::Group(Group { mode: Mode::All, members: members.clone() });
        let (exclusions, examples, preface, closing) = (vec![], vec![], vec![], vec![]);
        let segment = Segment { header: Header::default(), target, exclusions, examples, preface, closing };
        let found = check::check(&segment, &Catalogue::builtin(), &Default::default(), TODAY);
        let impossible = found.iter().any(|one| one.code == "E021");
        prop_assert!(!impossible || answer(Mode::All, &members, &household) != Expect::Target);
    }
}

#[test]
fn json_cannot_say_what_a_text_could_not() {
    let catalogue = Catalogue::builtin();
    let sound = to_json(&parse(&rule("対象: すべて\n  - 居住地 今市\n"), &catalogue).unwrap()).to_string();
    assert!(from_json(&sound, &catalogue).is_ok());
    for (from, to) in [
        ("試し", "試し\\n対象: 友だち全員"),
        ("imaichi", "nowhere"),
        ("試し", "試し # 注"),
        ("\"mode\":\"all\"", "\"mode\":\"all\",\"extra\":1"),
        ("[{\"rule\"", "[],\"x\":[{\"rule\""),
    ] {
        let broken = sound.replacen(from, to, 1);
        assert_ne!(broken, sound);
        assert!(from_json(&broken, &catalogue).is_err(), "{to}");
    }
    assert!(from_json(&"[".repeat(100_000), &catalogue).is_err());
}
