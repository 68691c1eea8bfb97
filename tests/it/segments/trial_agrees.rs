//! A table of made-up people says of them what the evaluator says, on generated rules and households.

use std::collections::{BTreeMap, BTreeSet};

use musubi::domain::attribute::{Attribute, Catalogue, Subject, Value, core};
use musubi::domain::history::{EventKind, When};
use musubi::domain::ids::PersonId;
use musubi::domain::segment::check::household;
use musubi::domain::segment::generate::{as_example, case, every_kind, town};
use musubi::domain::segment::person::evaluate;
use musubi::domain::segment::rule::{Example, Expect, Fact, PastEvent};
use musubi::domain::segment::trial::{Answer, Columns, Row, Trial};
use uuid::Uuid;

/// The rows that say the same as an example; `None` where a table can't say it.
fn table(example: &Example, catalogue: &Catalogue, extra: &[String]) -> Option<Vec<Vec<String>>> {
    let event_column = |event: &PastEvent| {
        format!("{}:{}", event.kind.word(), catalogue.subject_word(event.kind, &event.subject))
    };
    let family = example.family.iter().flat_map(|relative| &relative.events);
    let mut events: BTreeSet<String> = example.events.iter().chain(family).map(event_column).collect();
    events.extend(extra.iter().cloned());
    for kind in EventKind::ALL.into_iter().filter(|kind| kind.of_person()) {
        events.extend(catalogue.programmes().iter().map(|one| format!("{}:{}", kind.word(), one.word)));
    }
    let head = ["account", "lot"].into_iter().map(str::to_owned);
    let attributes = catalogue.attributes().iter().map(|one| one.id.to_string());
    let header: Vec<_> = head.chain(attributes).chain(events.iter().cloned()).collect();
    let row = |facts: &[Fact], happened: &[PastEvent], lot: Option<u16>| {
        let known: BTreeMap<_, _> = facts.iter().map(|fact| (fact.attribute.as_str(), &fact.value)).collect();
        let lot = lot.map(|lot| lot.to_string()).unwrap_or_default();
        let mut cells = vec!["A".to_owned(), lot];
        cells.extend(catalogue.attributes().iter().map(|one| cell(one, known.get(one.id.as_str()).copied())));
        for column in &events {
            let here: Vec<_> = happened.iter().filter(|event| event_column(event) == *column).collect();
            let is_gap = here.iter().any(|event| event.on.is_none());
            if is_gap && 1 < here.len() {
                return None;
            }
            let when = here.iter().map(|event| match event.on {
                None => "不明".to_owned(),
                Some(When::FiscalYear(year)) => year.to_string(),
                Some(When::Day(day)) => day.to_string(),
            });
            cells.push(when.collect::<Vec<_>>().join(";"));
        }
        Some(cells)
    };
    let mut rows = vec![header, row(&example.facts, &example.events, example.lot)?];
    for relative in &example.family {
        rows.push(row(&relative.facts, &relative.events, None)?);
    }
    Some(rows)
}

fn cell(attribute: &Attribute, value: Option<&Value>) -> String {
    match value {
        None => String::new(),
        Some(Value::YesNo(yes)) => if *yes { "はい" } else { "いいえ" }.to_owned(),
        Some(Value::Number(number)) => number.to_string(),
        Some(Value::Date(date)) => date.to_string(),
        Some(Value::Choice(id)) => id.to_string(),
        Some(Value::Choices(ids)) if ids.is_empty() => "なし".to_owned(),
        Some(Value::Choices(ids)) => {
            let words = ids.iter().map(|id| attribute.value(id.as_str()).unwrap().word.clone());
            words.collect::<Vec<_>>().join(";")
        }
    }
}

fn is_plain(example: &Example, catalogue: &Catalogue) -> bool {
    let relatives = example.family.iter().flat_map(|relative| &relative.facts);
    let is_self = |fact: &&Fact| {
        fact.attribute.as_str() == core::RELATION && fact.value == Value::Choice(core::SELF.into())
    };
    let of_account = |fact: &Fact| {
        catalogue.attribute(fact.attribute.as_str()).is_some_and(|one| one.subject == Subject::Account)
    };
    let friends = household(example, catalogue).persons.iter().filter(|person| person.is_self()).count();
    friends <= 1 && relatives.clone().filter(is_self).count() <= 1 && !relatives.clone().any(of_account)
}

#[test]
fn a_table_says_of_made_up_people_what_the_evaluator_says_of_them() {
    let catalogue = every_kind();
    let mut compared = 0;
    for number in 0..1_500 {
        let town = town(7, number, 1, &catalogue);
        let case = case(7, number, town.day, &catalogue);
        let (_, generated) = &town.people[0];
        let example = as_example(&case.segment, generated, case.as_of, Expect::Target);
        if !is_plain(&example, &catalogue) {
            continue;
        }
        let trial = Trial { segment: &case.segment, catalogue: &catalogue, as_of: case.as_of };
        let bare = Columns::read(&catalogue, &["account".to_owned()]).unwrap();
        let asked: Vec<_> = trial
            .notes(&bare)
            .iter()
            .filter_map(|note| Some(note.split_once('「')?.1.split_once('」')?.0.to_owned()))
            .filter(|name| name.contains(':'))
            .collect();
        let Some(table) = table(&example, &catalogue, &asked) else { continue };
        let columns = Columns::read(&catalogue, &table[0]).unwrap();
        let rows =
            table.iter().zip(1..).skip(1).map(|(cells, line)| Row::read(&columns, line, cells)).collect();
        let mut home = household(&example, &catalogue);
        for (person, line) in home.persons.iter_mut().zip(2..) {
            person.id = Some(PersonId(Uuid::from_u128(line)));
        }
        let wanted = evaluate(&case.segment, &catalogue, &home, case.as_of, None);
        let (answered, tally) = trial.answer(&columns, rows);
        let context = || format!("case {number}\n{table:?}\n{:?}\n{wanted:?}\n{answered:?}", case.segment);
        assert_eq!(tally.accounts == 1, wanted.verdict.kind() == Expect::Target, "{}", context());
        for one in &answered {
            let id = Some(PersonId(Uuid::from_u128(u128::from(one.line))));
            let person = wanted.persons.iter().find(|person| person.person == id);
            match (&one.answer, person) {
                (Answer::Said(said), Some(person)) => assert_eq!(*said, person.verdict, "{}", context()),
                (Answer::Said(said), None) => assert_eq!(*said, wanted.verdict, "{}", context()),
                (Answer::NotLookedAt, None) => {}
                _ => panic!("{}", context()),
            }
        }
        compared += 1;
    }
    assert!(800 < compared, "{compared}");
}
