//! What people went to and what was sent to them counts in the next preview, in this process and in another.

use std::path::PathBuf;
use std::time::Instant;

use musubi::domain::broadcast::LedgerState;
use musubi::domain::history::{EventKind, Since};
use musubi::domain::ids::PersonId;
use musubi::domain::segment::person::evaluate;
use musubi::domain::segment::rule::Expect;
use musubi::domain::segment::{Segment, text::parse};
use musubi::flow::import::{Desk, ImportError, events};
use musubi::flow::plan;
use musubi::population::Population;
use musubi::store::accounts::{self, By};
use musubi::store::{audit, changes, households, persons};
use serde_json::json;

use super::*;
use crate::support::TestApp;
use crate::support::broadcasts::to_everyone;

pub fn rule(condition: &str) -> Segment {
    let head = "名前: 試し\n目的: 試験\n所管: 広報課\n根拠: 要綱\n想定人数: 1〜10\n見直し期限: 2099-03-31\n";
    let text = format!("{head}\n対象: すべて\n  - {condition}\n");
    parse(&text, &Catalogue::builtin()).unwrap_or_else(|wrong| panic!("{wrong:?}"))
}

/// Registered friends whose city keys are `K0`, `K1` …
async fn residents(app: &TestApp, count: usize) -> Vec<AccountId> {
    let mut ids = Vec::new();
    for (number, user) in app.many_friends(count).await.iter().enumerate() {
        let mut tx = app.db().write().await.unwrap();
        let id = accounts::find_by_line_user(&mut tx, user).await.unwrap().unwrap().id;
        let attributes = json!({"relation": "self", "birth_date": "1970-04-01", "insurance": "kokuho"});
        let id_of_person = PersonId(app.app().chance.uuid_v7(app.app().clock.now()));
        let entry = persons::Entry { id: id_of_person, attributes };
        persons::replace(&mut tx, id, &[entry]).await.unwrap();
        let mut person = persons::list(&mut tx, id).await.unwrap().remove(0);
        person.city_person_key = Some(format!("K{number}"));
        persons::import(&mut tx, &person).await.unwrap();
        let by = By { actor: "import", at: app.app().clock.now() };
        accounts::touch(&mut tx, id, "imported", by).await.unwrap();
        tx.commit().await.unwrap();
        ids.push(id);
    }
    ids.sort_unstable();
    ids
}

async fn import(app: &TestApp, text: &str, options: &events::Options) -> Result<events::Report, ImportError> {
    let folder = tempfile::tempdir().unwrap();
    let path: PathBuf = folder.path().join("events.csv");
    std::fs::write(&path, text).unwrap();
    let app = app.app();
    let desk = Desk { db: &app.db, catalogue: &app.catalogue, clock: &app.clock, chance: &app.chance };
    events::run(&desk, &path, options).await
}

fn apply(complete: Option<Since>) -> events::Options {
    let complete = complete.map(|since| (EventKind::Attended, "tokutei".to_owned(), since));
    events::Options { apply: true, complete }
}

/// How many a rule finds and how many are unknown, in this process; the evaluator of one person says the same.
async fn found(app: &TestApp, condition: &str) -> (u64, u64) {
    let (segment, app) = (rule(condition), app.app());
    app.population.refresh(&app.db).await.unwrap();
    let today = app.clock.today();
    let count = app.population.count(&segment, today, None).accounts;
    let mut tx = app.db.read().await.unwrap();
    let stored = households::page(&mut tx, &app.catalogue, None, 1_000).await.unwrap();
    let told = |wanted| {
        let kinds = stored.iter().map(|one| evaluate(&segment, &app.catalogue, &one.household, today, None));
        kinds.filter(|verdict| verdict.verdict.kind() == wanted).count() as u64
    };
    assert_eq!((count.target, count.unknown), (told(Expect::Target), told(Expect::Unknown)), "{condition}");
    let elsewhere = Population::new(Arc::clone(&app.catalogue));
    elsewhere.refresh(&app.db).await.unwrap();
    assert_eq!(elsewhere.count(&segment, today, None).accounts, count, "{condition}");
    (count.target, count.unknown)
}

#[tokio::test]
async fn a_register_is_looked_at_first_and_tells_never_only_where_it_is_complete() {
    let app = TestApp::start().await;
    residents(&app, 3).await;
    let year = musubi::domain::calendar::fiscal_year(app.app().clock.today());
    let text = format!(
        "宛名番号,種別,健診,日付または年度\nK0,受診,特定健診,{year}年度\nK0,受診,特定健診,{year}年度\nK9,受診,特定健診,{year}年度\n"
    );
    let looked = import(&app, &text, &events::Options::default()).await.unwrap();
    assert_eq!((looked.new, looked.unchanged, looked.unregistered, looked.is_applied), (1, 1, 1, false));
    assert_eq!(found(&app, "受診 特定健診 今年度 1回以上").await, (0, 3));

    assert!(import(&app, &text, &apply(None)).await.unwrap().is_applied);
    assert_eq!(found(&app, "受診 特定健診 今年度 1回以上").await, (1, 2));
    assert_eq!(found(&app, "受診 特定健診 今年度 0回").await, (0, 2));

    let again = import(&app, &text, &apply(Some(Since::FiscalYear(year)))).await.unwrap();
    assert_eq!((again.new, again.unchanged), (0, 2));
    assert_eq!(found(&app, "受診 特定健診 今年度 0回").await, (2, 0));
    assert_eq!(found(&app, "受診 特定健診 前年度 0回").await, (0, 3));

    // The day comes later: it takes the place of the year, and is no second time.
    let text = format!("city_person_key,kind,programme,on\nK0,受診,tokutei,{year}-06-01\n");
    let dated = import(&app, &text, &apply(None)).await.unwrap();
    assert_eq!((dated.new, dated.dated), (0, 1));
    assert_eq!(found(&app, "受診 特定健診 今年度 1回").await, (1, 0));
}

#[tokio::test]
async fn a_wrong_row_is_named_and_nothing_is_written() {
    let app = TestApp::start().await;
    residents(&app, 1).await;
    let text = "宛名番号,種別,健診,年度\nK0,受診,特定検診,2025年度\n,受診,特定健診,2025年度\nK0,来た,特定健診,2025年度\nK0,受診,特定健診,25\nK0,予約,特定健診,2026-12-01\n";
    let report = import(&app, text, &apply(None)).await.unwrap();
    let lines: Vec<_> = report.problems.iter().map(|one| (one.line, one.column.as_str())).collect();
    assert_eq!(lines, [(2, "健診"), (3, "宛名番号"), (4, "種別"), (5, "年度")]);
    assert_eq!((report.wrong, report.is_applied), (4, false));
    assert_eq!(found(&app, "予約 特定健診 これまで 1回以上").await, (0, 1));
    let header = import(&app, "宛名番号,氏名\n", &apply(None)).await;
    assert!(matches!(header, Err(ImportError::Header(problems)) if problems.len() == 4));
}

#[tokio::test]
async fn what_line_accepted_counts_as_sent_and_only_to_whom_it_went() {
    let app = TestApp::start().await;
    let people = residents(&app, 5).await;
    assert_eq!(found(&app, "配信 見本 30日以内 0回").await, (5, 0));
    let mut tx = app.db().write().await.unwrap();
    accounts::stop(&mut tx, people[0], By { actor: "resident", at: app.app().clock.now() }).await.unwrap();
    tx.commit().await.unwrap();
    let id = app.approved(to_everyone("健診")).await;
    app.step().await;
    assert_eq!(app.recipients(id, LedgerState::Accepted).await, 4);
    assert_eq!(found(&app, "配信 見本 30日以内 1回以上").await, (4, 0));
    // A change of somebody who got it is read anew, with what was sent.
    let mut tx = app.db().write().await.unwrap();
    let by = By { actor: "resident", at: app.app().clock.now() };
    accounts::touch(&mut tx, people[1], "changed", by).await.unwrap();
    accounts::resume(&mut tx, people[0], by).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(found(&app, "配信 見本 30日以内 1回").await, (4, 0));
    assert_eq!(found(&app, "配信 見本 30日以内 0回").await, (1, 0));
}

#[tokio::test]
async fn who_erases_takes_the_history_along() {
    let app = TestApp::start().await;
    let people = residents(&app, 2).await;
    let text = "宛名番号,種別,健診,日付\nK0,受診,特定健診,2026-06-01\nK1,受診,特定健診,2026-06-01\n";
    import(&app, text, &apply(Some(Since::Beginning))).await.unwrap();
    let kept = async || app.everything().await.iter().filter(|(at, _)| at == "event.subject").count();
    assert_eq!(kept().await, 2);
    let mut tx = app.db().write().await.unwrap();
    let account = accounts::find(&mut tx, people[0]).await.unwrap().unwrap();
    let by = By { actor: "resident", at: app.app().clock.now() };
    accounts::erase(&mut tx, &account, by).await.unwrap();
    persons::replace(&mut tx, people[1], &[]).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(kept().await, 0);
}

#[tokio::test]
async fn what_a_resident_saves_counts_in_the_next_preview_here_and_elsewhere() {
    let app = TestApp::start().await;
    let people = residents(&app, 3).await;
    let elsewhere = Population::new(Arc::clone(&app.app().catalogue));
    elsewhere.refresh(app.db()).await.unwrap();
    assert_eq!(found(&app, "居住地 今市").await, (0, 3));
    let mut tx = app.db().write().await.unwrap();
    let account = accounts::find(&mut tx, people[0]).await.unwrap().unwrap();
    let facts = accounts::Facts {
        attributes: json!({"district": "imaichi"}),
        declined: &Default::default(),
        kind: "changed",
        fields: &["district"],
        registers: true,
    };
    let by = By { actor: "resident", at: app.app().clock.now() };
    assert!(accounts::update_facts(&mut tx, people[0], account.version, facts, by).await.unwrap());
    tx.commit().await.unwrap();
    assert_eq!(found(&app, "居住地 今市").await, (1, 2));
    let started = Instant::now();
    elsewhere.refresh(app.db()).await.unwrap();
    let count = elsewhere.count(&rule("居住地 今市"), app.app().clock.today(), None).accounts;
    assert_eq!((count.target, count.unknown), (1, 2));
    assert!(started.elapsed().as_secs() < 2, "{:?}", started.elapsed());
}

/// Whoever stops while a broadcast is being planned is left out, if the plan could see it.
#[tokio::test]
async fn an_audience_is_as_new_as_the_transaction_that_freezes_it() {
    let app = TestApp::start().await;
    let people = residents(&app, 30).await;
    let id = app.approved(to_everyone("健診")).await;
    let stops = async {
        for person in people.iter().take(3) {
            let mut tx = app.db().write().await.unwrap();
            let by = By { actor: "resident", at: app.app().clock.now() };
            accounts::stop(&mut tx, *person, by).await.unwrap();
            tx.commit().await.unwrap();
            tokio::task::yield_now().await;
        }
    };
    let (planned, ()) = tokio::join!(plan::plan_due(app.app()), stops);
    planned.unwrap();
    let mut tx = app.db().read().await.unwrap();
    let entries = audit::list(&mut tx, &audit::Filter::default(), None, 100).await.unwrap();
    let entry = entries.iter().find(|entry| entry.action == "broadcast.plan").unwrap();
    let seq = entry.detail["seq"].as_i64().unwrap();
    let mut seen = Vec::new();
    for (number, person) in people.iter().enumerate() {
        let seqs = changes::after(&mut tx, 0, 1_000).await.unwrap();
        let last = seqs.iter().filter(|change| change.account_id == *person).map(|change| change.seq).max();
        seen.push((number < 3 && last.unwrap() <= seq, person.0.simple().to_string()));
    }
    drop(tx);
    let everything = app.everything().await;
    let planned: Vec<_> = everything
        .iter()
        .filter(|(at, _)| at == "ledger.account_id")
        .map(|(_, id)| id.replace('-', "").to_lowercase())
        .collect();
    for (stopped, id) in seen {
        assert_eq!(planned.contains(&id), !stopped, "{id}");
    }
    assert_eq!(app.broadcast(id).await.planned_count, Some(i64::try_from(planned.len()).unwrap()));
}
