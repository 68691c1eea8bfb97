//! Generated rules and people: the columns and the evaluator of one person agree.

use musubi::domain::attribute::{Facts, TopicId, core};
use musubi::domain::calendar::fiscal_year;
use musubi::domain::history::{Coverage, Event, EventKind, History, Since, When};
use musubi::domain::household::{Consent, PersonStanding};
use musubi::domain::segment::Segment;
use musubi::domain::segment::person::{AccountVerdict, evaluate};
use musubi::domain::segment::rule::{
    EventCondition, EventWindow, Expect, Group, HowMany, Mode, Node, Relatives, Rule, Target, Times,
};
use musubi::population::{Count, Tally};
use proptest::prelude::*;

use super::*;
use crate::segments::generated::segment;
use crate::support::chance::cases;

/// People as no form would let them in: two friends on one account, none, no relation, nothing at all.
fn scrambled(seed: u64, salt: u64) -> Vec<(AccountId, Household)> {
    let mut town = town(seed, 90);
    for (number, (_, household)) in town.iter_mut().enumerate() {
        let odds = (salt ^ number as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 40;
        match odds % 12 {
            0 => household.persons.iter_mut().for_each(|one| _ = one.facts.remove(core::RELATION)),
            1 => household.persons.iter_mut().for_each(|one| _ = one.facts.remove(core::BIRTH_DATE)),
            2 => household.persons.clear(),
            3 => household.account = Facts::default(),
            4 => household.persons.extend(household.persons.clone()),
            5 => household.persons.iter_mut().for_each(|one| one.standing = PersonStanding::Moved),
            6 => household
                .persons
                .first_mut()
                .into_iter()
                .for_each(|one| one.standing = PersonStanding::Deceased),
            7 => household.standing.consent = Consent::Withdrawn,
            8 => household.standing.erased = true,
            9 => household.persons.reverse(),
            10 => household.declined = [TopicId::from("kenshin"), TopicId::from("gone")].into(),
            _ => {}
        }
    }
    town
}

fn kinds(verdict: &AccountVerdict) -> (Expect, Vec<Expect>) {
    (verdict.verdict.kind(), verdict.persons.iter().map(|one| one.verdict.kind()).collect())
}

/// The columns also look at the persons of an account to which nothing may be sent; the evaluator stops before.
fn agrees(
    segment: &Segment,
    town: &[(AccountId, Household)],
    as_of: Date,
    topic: Option<&str>,
) -> Result<(), String> {
    let (catalogue, snapshot) = (Catalogue::builtin(), in_columns(town));
    let scan = snapshot.scan(segment, as_of, topic);
    let mut answers = Vec::new();
    for (id, household) in town {
        let told = kinds(&evaluate(segment, &catalogue, household, as_of, topic));
        let mut scanned = (snapshot.answer(&scan, *id).unwrap(), snapshot.answers(&scan, *id));
        if household.always_excluded(topic).is_some() {
            assert!(scanned.1.iter().all(|answer| *answer == Expect::Excluded));
            scanned.1.clear();
        }
        if told != scanned {
            return Err(format!("{told:?} one by one, {scanned:?} in columns, of {household:?}"));
        }
        answers.push((*id, told.0));
    }
    let (count, recipients) = snapshot.audience(segment, as_of, topic);
    assert_eq!(recipients, with(&answers, Expect::Target));
    sums_up(&count, &answers)
}

fn with(answers: &[(AccountId, Expect)], wanted: Expect) -> Vec<AccountId> {
    answers.iter().filter(|(_, answer)| *answer == wanted).map(|(id, _)| *id).collect()
}

/// The numbers say what the answers one by one come to, and what is unknown is explained.
fn sums_up(count: &Count, answers: &[(AccountId, Expect)]) -> Result<(), String> {
    let many = |wanted| with(answers, wanted).len() as u64;
    let tally = Tally {
        target: many(Expect::Target),
        not_target: many(Expect::NotTarget),
        excluded: many(Expect::Excluded),
        unknown: many(Expect::Unknown),
    };
    let explained = count.unknown_by.iter().map(|(_, accounts)| accounts).sum::<u64>();
    if count.accounts != tally || explained < tally.unknown {
        return Err(format!("{tally:?} one by one, {count:?} in columns"));
    }
    Ok(())
}

/// A stream of numbers from a seed.
fn dice(seed: u64) -> impl FnMut(u64) -> u64 {
    let mut state = seed | 1;
    move |sides| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % sides
    }
}

/// Gives everybody a history of what a rule asks about: days around the as-of date, years without a day, the same
/// day twice; and says for some of it that the records are complete.
fn with_histories(town: &mut [(AccountId, Household)], asked: &[EventCondition], as_of: Date, seed: u64) {
    let mut dice = dice(seed);
    let mut coverage = Coverage::default();
    for event in asked {
        match dice(4) {
            0 => {}
            1 => coverage.set(event.kind, &event.subject, Since::Beginning),
            _ => {
                let since = fiscal_year(as_of) - i16::try_from(dice(4)).unwrap();
                coverage.set(event.kind, &event.subject, Since::FiscalYear(since));
            }
        }
    }
    let coverage = Arc::new(coverage);
    let mut history = |of_person: bool| {
        let events = asked.iter().filter(|event| event.kind.of_person() == of_person);
        let mut told = Vec::new();
        for EventCondition { kind, subject, .. } in events {
            for _ in 0..dice(4) {
                let day =
                    as_of.saturating_sub(jiff::Span::new().days(i64::try_from(dice(1_200)).unwrap() - 200));
                let on = if dice(3) == 0 { When::FiscalYear(fiscal_year(day)) } else { When::Day(day) };
                let event = Event { kind: *kind, subject: subject.clone(), on };
                told.extend(std::iter::repeat_n(event, if dice(5) == 0 { 2 } else { 1 }));
            }
        }
        History { events: told, coverage: Arc::clone(&coverage) }
    };
    for (_, household) in town {
        household.history = history(false);
        household.persons.iter_mut().for_each(|person| person.history = history(true));
    }
}

/// The conditions on events of a rule.
fn asked(segment: &Segment) -> Vec<EventCondition> {
    fn below(node: &Node, found: &mut Vec<EventCondition>) {
        match &node.rule {
            Rule::Event(event) => found.push(event.clone()),
            Rule::Group(group) | Rule::Relatives(Relatives { group, .. }) => {
                group.members.iter().for_each(|node| below(node, found));
            }
            _ => {}
        }
    }
    let mut found = Vec::new();
    segment.exclusions.iter().for_each(|node| below(node, &mut found));
    if let Target::Group(group) = &segment.target {
        group.members.iter().for_each(|node| below(node, &mut found));
    }
    found
}

/// Rules about little else than events.
fn eventful() -> impl Strategy<Value = Segment> {
    let ask = (0usize..4, 0usize..2, 0u8..5, 0u16..500, 0u8..3, 0u16..4);
    let ask = ask.prop_map(|(kind, subject, window, days, times, number)| {
        let kind = EventKind::ALL[kind];
        let subject = ["tokutei", "daicho"][subject].to_owned();
        let window = match window {
            0 => EventWindow::ThisFiscalYear,
            1 => EventWindow::LastFiscalYear,
            2 => EventWindow::PastFiscalYears(2),
            3 => EventWindow::WithinDays(days),
            _ => EventWindow::Ever,
        };
        let times = match times {
            0 => Times::AtLeast(number.max(1)),
            1 => Times::AtMost(number),
            _ => Times::Exactly(number.max(1)),
        };
        Node::from(Rule::Event(EventCondition { kind, subject, window, times }))
    });
    let mode = prop::sample::select(vec![Mode::All, Mode::Any, Mode::None]);
    let group = (mode, prop::collection::vec(ask, 1..4)).prop_map(|(mode, members)| Group { mode, members });
    let count = prop::sample::select(vec![
        HowMany::Someone,
        HowMany::Everyone,
        HowMany::Nobody,
        HowMany::AtLeast(2),
        HowMany::AtMost(1),
    ]);
    let family = (count, group.clone()).prop_map(|(count, group)| {
        Rule::Relatives(Relatives { relations: Default::default(), count, group }).into()
    });
    let node = prop_oneof![group.clone().prop_map(|group| Rule::Group(group).into()), family];
    (segment(), group, prop::collection::vec(node, 0..3)).prop_map(|(segment, mut group, mut nodes)| {
        let exclusions = nodes.pop().into_iter().collect();
        group.members.extend(nodes);
        Segment { target: Target::Group(group), exclusions, ..segment }
    })
}

proptest! {
    #![proptest_config(cases(200))]

    #[test]
    fn columns_and_the_evaluator_of_one_person_agree(
        segment in segment(),
        seed in 0u64..1_000,
        salt: u64,
        days in 0i32..1_500,
        topic in prop::option::of(prop::sample::select(vec!["kenshin", "bosai", "gomi"])),
    ) {
        let as_of = date(2024, 2, 28).saturating_add(jiff::Span::new().days(days));
        let mut town = scrambled(seed, salt);
        with_histories(&mut town, &asked(&segment), as_of, salt);
        let agreed = agrees(&segment, &town, as_of, topic);
        prop_assert!(agreed.is_ok(), "{}\nas of {}: {}", serde_json::to_string(&segment).unwrap(), as_of, agreed.unwrap_err());
    }

    #[test]
    fn histories_are_counted_as_the_evaluator_counts_them(segment in eventful(), seed in 0u64..1_000, salt: u64, days in 0i32..1_500) {
        let as_of = date(2024, 2, 28).saturating_add(jiff::Span::new().days(days));
        let mut town = scrambled(seed, salt);
        with_histories(&mut town, &asked(&segment), as_of, salt);
        let agreed = agrees(&segment, &town, as_of, None);
        prop_assert!(agreed.is_ok(), "{}\nas of {}: {}", serde_json::to_string(&segment).unwrap(), as_of, agreed.unwrap_err());
    }

    #[test]
    fn the_order_in_which_accounts_came_and_went_leaves_no_trace(segment in eventful(), salt: u64, twice in prop::collection::vec(0usize..90, 0..400)) {
        let (mut before, mut after) = (town(1, 90), scrambled(2, salt));
        with_histories(&mut before, &asked(&segment), TODAY, 3);
        with_histories(&mut after, &asked(&segment), TODAY, salt);
        let mut snapshot = in_columns(&before);
        for at in twice {
            snapshot.put(before[at].0, &before[at].1);
            snapshot.remove(account(at / 2));
        }
        after.iter().rev().for_each(|(id, household)| snapshot.put(*id, household));
        let mut fresh = in_columns(&after);
        for snapshot in [&mut snapshot, &mut fresh] {
            snapshot.set_coverage(Arc::clone(&after[0].1.history.coverage));
        }
        prop_assert_eq!(snapshot.count(&segment, TODAY, None), fresh.count(&segment, TODAY, None));
        prop_assert_eq!(snapshot.recipients(&segment, TODAY, None), fresh.recipients(&segment, TODAY, None));
        prop_assert_eq!((snapshot.accounts(), snapshot.persons()), (fresh.accounts(), fresh.persons()));
    }
}

#[test]
fn a_city_may_declare_more_values_than_a_word_has_bits() {
    let labels = "{ ja = \"地点\", ja-easy = \"a\", en = \"b\", pt-BR = \"c\" }";
    let mut text = format!(
        "{}\n[[attribute]]\nid = \"spots\"\nlabel = {labels}\nhelp = {labels}\ntype = \"choices\"\nsubject = \"person\"\n\
         entered_by = \"both\"\nrequired = false\nsensitivity = \"ordinary\"\nusable_for_sending = true\n",
        include_str!("../../../segments/attributes.toml")
    );
    for number in 0..300 {
        text += &format!("[[attribute.value]]\nid = \"s{number}\"\nword = \"s{number}\"\nlabel = {labels}\n");
    }
    let catalogue = Arc::new(Catalogue::parse(&text).unwrap());
    let rule = "名前: 試し\n目的: 試験\n所管: 広報課\n想定人数: 1〜10\n見直し期限: 2027-03-31\n\n対象: すべて\n  - 地点 s299\n";
    let segment = musubi::domain::segment::text::parse(rule, &catalogue).unwrap();
    let mut snapshot = Snapshot::empty(Arc::clone(&catalogue), 0);
    for (number, spots) in [vec!["s299", "s0"], vec!["s298"], vec![]].into_iter().enumerate() {
        let document = serde_json::json!({"relation": "self", "spots": spots});
        let facts = catalogue.read_facts(musubi::domain::attribute::Subject::Person, &document);
        let friend = musubi::domain::household::Person { facts, ..Default::default() };
        snapshot.put(account(number), &Household { persons: vec![friend], ..Household::default() });
    }
    assert_eq!(snapshot.recipients(&segment, TODAY, None), [account(0)]);
}
