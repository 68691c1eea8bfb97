//! The columns follow the database: after any changes a refresh says what reading everybody says.

use std::collections::BTreeSet;

use musubi::app::App;
use musubi::chance::Chance;
use musubi::db::Tx;
use musubi::domain::attribute::TopicId;
use musubi::domain::history::{Event, EventKind, When};
use musubi::domain::ids::PersonId;
use musubi::domain::segment::library::Library;
use musubi::flow::register::CONSENT_VERSION;
use musubi::flow::seed::{SeedError, Town, seed};
use musubi::population::{Population, Refreshed};
use musubi::store::accounts::{self, By, FollowState};
use musubi::store::events::{self, NewEvent};
use musubi::store::{consents, persons};
use serde_json::json;

use super::histories::rule;
use super::*;
use crate::support::TestApp;

const TOWN: Town<'static> = Town { seed: 7, accounts: 400, consent_version: CONSENT_VERSION };

async fn office() -> TestApp {
    let office = TestApp::start().await;
    office.app().clock.set(musubi::domain::timestamp::Timestamp::from_tokyo(TODAY.at(10, 0, 0, 0)));
    let seeded = seed(office.app(), TOWN).await.unwrap();
    assert_eq!(seeded.accounts, 400);
    office
}

/// What every shipped rule says of everybody, and who went, tapped and has how large a family.
fn said(population: &Population, library: &Library) -> Vec<(musubi::population::Count, Vec<AccountId>)> {
    let more = [
        "受診 特定健診 これまで 1回以上",
        "受診 特定健診 前年度 0回",
        "タップ 見本 これまで 2回以上",
        "家族に2人以上\n    - 年齢 18以上",
        "家族のだれか\n    - 受診 特定健診 今年度 1回以上",
    ];
    let more = more.map(rule);
    let ask = |segment| {
        let count = population.count(segment, TODAY, Some("bosai"));
        (count, population.recipients(segment, TODAY, Some("bosai")).0)
    };
    library.list().map(|(_, segment)| segment).chain(&more).map(ask).collect()
}

/// A tap of an account, or a check-up of its first person, of which the day may not be known.
async fn event(tx: &mut Tx, app: &App, account: AccountId, chance: &Chance) {
    let year = i16::try_from(2023 + chance.below(4)).unwrap();
    let on = match chance.below(2) {
        0 => When::FiscalYear(year),
        _ => When::Day(date(year, 6, 1 + i8::try_from(chance.below(28)).unwrap())),
    };
    let person = persons::list(tx, account).await.unwrap().first().map(|person| person.id);
    let person = person.filter(|_| chance.below(2) == 0);
    let (kind, subject) =
        if person.is_some() { (EventKind::Attended, "tokutei") } else { (EventKind::Tapped, "見本") };
    let event = Event { kind, subject: subject.to_owned(), on };
    let at = app.clock.now();
    let new = NewEvent { id: chance.uuid_v7(at), account, person, event, source: "sample" };
    events::insert(tx, [new], at).await.unwrap();
    accounts::touch(tx, account, "imported", By { actor: "import", at }).await.unwrap();
}

/// One change of one of the many kinds that happen to an account.
async fn change(app: &App, id: AccountId, chance: &Chance) {
    let mut tx = app.db.write().await.unwrap();
    let by = By { actor: "resident", at: app.clock.now() };
    let account = accounts::find(&mut tx, id).await.unwrap().unwrap();
    match chance.below(9) {
        _ if account.erased_at.is_some() => {}
        0 => _ = accounts::set_follow(&mut tx, id, FollowState::Blocked, by.at, by).await.unwrap(),
        1 => _ = accounts::stop(&mut tx, id, by).await.unwrap(),
        2 => accounts::erase(&mut tx, &account, by).await.unwrap(),
        3 => {
            let declined = BTreeSet::from([TopicId::from("bosai")]);
            _ = accounts::set_declined(&mut tx, &account, &declined, by).await.unwrap();
        }
        4 => {
            _ = consents::withdraw(&mut tx, id, by.at).await.unwrap();
            accounts::touch(&mut tx, id, "withdrawn", by).await.unwrap();
        }
        5 | 6 => event(&mut tx, app, id, chance).await,
        _ => {
            let born = format!("{}-04-01", 1940 + chance.below(80));
            let relations = ["self", "spouse", "child"].into_iter().skip(usize::from(chance.below(6) == 0));
            let family = relations.take(1 + usize::try_from(chance.below(3)).unwrap()).map(|relation| {
                let attributes = json!({"relation": relation, "birth_date": born, "insurance": "kokuho"});
                persons::Entry { id: PersonId(chance.uuid_v7(by.at)), attributes }
            });
            persons::replace(&mut tx, id, &family.collect::<Vec<_>>()).await.unwrap();
            let facts = accounts::Facts {
                attributes: json!({"district": "hirata-chiku", "language": "ja"}),
                declined: &BTreeSet::new(),
                kind: "changed",
                fields: &["district"],
                registers: true,
            };
            _ = accounts::update_facts(&mut tx, id, account.version, facts, by).await.unwrap();
        }
    }
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn after_any_changes_a_refresh_says_what_reading_everybody_says() {
    let office = office().await;
    let app = office.app();
    let library = shipped::library();
    assert_eq!(app.population.refresh(&app.db).await.unwrap(), Refreshed::Whole);
    let everybody = app.population.recipients(shipped::everyone(&library), TODAY, None).0;
    let chance = Chance::seeded(11);
    for round in 0..8 {
        for _ in 0..round * 12 {
            let at = usize::try_from(chance.below(everybody.len() as u64)).unwrap();
            change(app, everybody[at], &chance).await;
        }
        app.population.refresh(&app.db).await.unwrap();
        let fresh = Population::new(Arc::clone(&app.catalogue));
        fresh.refresh(&app.db).await.unwrap();
        assert_eq!(said(&app.population, &library), said(&fresh, &library), "round {round}");
        assert_eq!((app.population.seq(), app.population.size().1), (fresh.seq(), fresh.size().1));
    }
}

#[tokio::test]
async fn a_change_counts_after_the_next_refresh_and_only_the_changed_account_is_read() {
    let office = office().await;
    let app = office.app();
    let library = shipped::library();
    let everyone = shipped::everyone(&library);
    assert_eq!(
        app.population.recipients(everyone, TODAY, None),
        (Vec::new(), 0),
        "nobody before it was filled"
    );
    app.population.refresh(&app.db).await.unwrap();
    let (before, seq) = app.population.recipients(everyone, TODAY, None);
    let mut tx = app.db.write().await.unwrap();
    let by = By { actor: "resident", at: app.clock.now() };
    accounts::stop(&mut tx, before[0], by).await.unwrap();
    tx.commit().await.unwrap();

    assert_eq!(app.population.refresh(&app.db).await.unwrap(), Refreshed::Changed(1));
    assert_eq!(app.population.recipients(everyone, TODAY, None), (before[1..].to_vec(), seq + 1));
    assert_eq!(app.population.refresh(&app.db).await.unwrap(), Refreshed::Current);
}

#[tokio::test]
async fn the_columns_say_of_the_stored_town_what_the_evaluator_says() {
    let office = office().await;
    let app = office.app();
    app.population.refresh(&app.db).await.unwrap();
    let mut tx = app.db.read().await.unwrap();
    let stored = musubi::store::households::page(&mut tx, &app.catalogue, None, 1_000).await.unwrap();
    for (path, segment) in shipped::library().list() {
        let targets = stored.iter().filter(|one| {
            let verdict = musubi::domain::segment::person::evaluate(
                segment,
                &app.catalogue,
                &one.household,
                TODAY,
                Some("kenshin"),
            );
            verdict.verdict.kind() == musubi::domain::segment::rule::Expect::Target
        });
        let targets: Vec<_> = targets.map(|one| one.account).collect();
        assert_eq!(app.population.recipients(segment, TODAY, Some("kenshin")).0, targets, "{path}");
    }
}

#[tokio::test]
async fn invented_people_are_never_mixed_with_others() {
    let office = office().await;
    assert!(matches!(seed(office.app(), TOWN).await, Err(SeedError::NotEmpty)));
}
