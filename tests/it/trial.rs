//! A/B texts and a share that is held out: drawn once, bound to the approval, exact in the ledger, and never overclaimed.

use std::time::Duration;

use jiff::civil::{Time, date};
use musubi::domain::broadcast::lasting::Lasting;
use musubi::domain::broadcast::rhythm::{Rhythm, Shift};
use musubi::domain::broadcast::trial::Place;
use musubi::domain::broadcast::{Class, LedgerState, Reason, State, unit};
use musubi::domain::history::{Event, EventKind, When};
use musubi::domain::ids::{AccountId, BroadcastId, PersonId};
use musubi::domain::staff::{Role, StaffMember};
use musubi::flow::broadcast::{self, Wish};
use musubi::flow::plan;
use musubi::store::{accounts, events, ledger, repeats};

use crate::support::TestApp;
use crate::support::broadcasts::to_everyone;
use crate::support::page::Page;

const A_DAY: Duration = Duration::from_secs(24 * 3600);

impl TestApp {
    /// Written in two texts, a share held out, approved, not sent yet.
    async fn split(&self, held_out_percent: u16) -> BroadcastId {
        let author = self.clerk("見本 起案", &[Role::Editor]).await;
        let id = self.draft_in_two(&author, held_out_percent).await;
        broadcast::send_test(self.app(), &author, id).await.unwrap();
        let version = self.broadcast(id).await.version;
        self.submit(&author, (id, version)).await.unwrap();
        self.approve_by_others(id).await;
        id
    }

    async fn draft_in_two(&self, author: &StaffMember, held_out_percent: u16) -> BroadcastId {
        let id = broadcast::create(self.app(), author, to_everyone("健診 ひとつめ")).await.unwrap();
        let other = broadcast::create(self.app(), author, to_everyone("健診 ふたつめ")).await.unwrap();
        let version = self.broadcast(id).await.version;
        let wish = Wish { held_out_percent, others: vec![other] };
        broadcast::split(self.app(), author, (id, version), wish).await.unwrap();
        id
    }

    /// Everybody planned, with where they were drawn.
    async fn places(&self, id: BroadcastId) -> Vec<(AccountId, String)> {
        let trial = self.broadcast(id).await.trial().unwrap().unwrap();
        let accounts = ledger::accounts(&mut self.db().read().await.unwrap(), id).await.unwrap();
        let name = |account: &AccountId| match trial.place(*account) {
            Place::HeldOut => String::new(),
            Place::Arm(arm) => arm.to_owned(),
        };
        accounts.iter().map(|account| (*account, name(account))).collect()
    }

    /// Each of them books a check-up now.
    async fn book(&self, accounts: impl Iterator<Item = AccountId>) {
        let (mut tx, now) = (self.db().write().await.unwrap(), self.clock().now());
        let booked = |account: AccountId| events::NewEvent {
            id: self.app().chance.uuid_v7(now),
            account,
            person: Some(PersonId(account.0)),
            event: Event {
                kind: EventKind::Booked,
                subject: "tokutei".to_owned(),
                on: When::Day(date(2026, 12, 1)),
            },
            source: "import",
        };
        events::insert(&mut tx, accounts.map(booked), now).await.unwrap();
        tx.commit().await.unwrap();
    }

    async fn results(&self, id: BroadcastId, days: i64) -> Page {
        let mut browser = self.staff("見本 閲覧", &[Role::Auditor]).await.browser;
        let path = format!("/console/broadcasts/{id}/statistics?days={days}&outcome=booked:tokutei");
        browser.get(&path).await.ok()
    }
}

#[tokio::test]
async fn each_gets_one_text_or_nothing_and_the_sum_is_exact() {
    let app = TestApp::start().await;
    app.many_friends(700).await;
    let mut named = Vec::new();
    for number in 0..20 {
        named.push(app.line().add_friend(&format!("見本 {number}")).await);
    }
    app.step().await;
    let id = app.split(20).await;
    app.step().await;
    let places = app.places(id).await;
    let drawn = |place: &str| i64::try_from(places.iter().filter(|(_, arm)| arm == place).count()).unwrap();
    let (held_out, sent) = (drawn(""), drawn("A") + drawn("B"));
    assert!(80 < held_out && 200 < drawn("A") && 200 < drawn("B"), "{held_out} {sent}");
    let broadcast = app.broadcast(id).await;
    assert_eq!((broadcast.state, broadcast.planned_count), (State::Done, Some(720)));
    assert_eq!(app.recipients(id, LedgerState::Accepted).await, sent);
    let counts = app.progress(id).await.counts;
    let skipped = counts.iter().find(|count| count.reason() == Some(Reason::HeldOut)).unwrap();
    assert_eq!((skipped.state, skipped.recipients), (LedgerState::Skipped, held_out));
    assert_eq!(app.line().unit_names().len(), 2);
    assert!(app.line().unit_names().contains(&unit::name(id, "B")));
    let mut texts = std::collections::BTreeMap::<String, usize>::new();
    for person in &named {
        let said: Vec<_> = app.line().said_to(person).iter().map(|shown| shown.text.clone()).collect();
        let ours: Vec<_> = said.iter().filter(|text| text.contains("つめ")).collect();
        assert!(ours.len() <= 1, "{ours:?}");
        *texts.entry(ours.first().map_or_else(String::new, |text| (*text).clone())).or_default() += 1;
    }
    assert!(
        2 <= texts.len() && texts.keys().all(|text| text.is_empty() || text.starts_with("健診 ")),
        "{texts:?}"
    );
}

/// How many got nothing because they were drawn so.
async fn held_out(app: &TestApp, id: BroadcastId) -> i64 {
    let counts = app.progress(id).await.counts;
    counts.iter().filter(|count| count.reason() == Some(Reason::HeldOut)).map(|count| count.recipients).sum()
}

/// Tested, submitted, approved and sent.
async fn goes_out(app: &TestApp, author: &StaffMember, id: BroadcastId) {
    broadcast::send_test(app.app(), author, id).await.unwrap();
    let version = app.broadcast(id).await.version;
    app.submit(author, (id, version)).await.unwrap();
    app.approve_by_others(id).await;
    app.step().await;
}

#[tokio::test]
async fn a_copy_keeps_the_texts_and_whoever_is_held_out() {
    let app = TestApp::start().await;
    app.many_friends(200).await;
    let first = app.split(20).await;
    app.step().await;
    app.clock().advance(A_DAY * 2);
    let author = app.clerk("見本 写し", &[Role::Editor]).await;
    let copy = broadcast::copy(app.app(), &author, first).await.unwrap();
    assert_eq!(app.broadcast(copy).await.trial, app.broadcast(first).await.trial);
    goes_out(&app, &author, copy).await;
    assert_eq!(
        (app.broadcast(copy).await.state, app.places(copy).await),
        (State::Done, app.places(first).await)
    );
    assert!(0 < held_out(&app, first).await);
    assert_eq!(held_out(&app, copy).await, held_out(&app, first).await);
    assert_eq!(app.line().accepted_spread().iter().filter(|(messages, _)| *messages == 1).count(), 0);
}

#[tokio::test]
async fn each_run_of_a_repeat_keeps_the_texts_and_whoever_is_held_out() {
    let app = TestApp::start().await;
    app.many_friends(200).await;
    let author = app.clerk("見本 起案", &[Role::Editor]).await;
    let model = app.draft_in_two(&author, 20).await;
    let again = broadcast::Again {
        rhythm: Rhythm::parse("monthly 20").unwrap(),
        shift: Shift::Stay,
        at: Time::constant(10, 0, 0, 0),
        lead_days: 7,
        lasting: Lasting::default(),
    };
    let repeat = broadcast::repeat(app.app(), &author, model, &again).await.unwrap();
    app.set_tokyo(date(2026, 7, 13).at(9, 0, 0, 0));
    app.step().await;
    let runs = repeats::runs(&mut app.db().read().await.unwrap(), repeat, 9).await.unwrap();
    let run = runs[0].broadcast_id.unwrap();
    assert_eq!(app.broadcast(run).await.trial, app.broadcast(model).await.trial);
    goes_out(&app, &author, run).await;
    app.set_tokyo(date(2026, 7, 20).at(10, 5, 0, 0));
    app.step().await;
    assert!(0 < held_out(&app, run).await);
    assert_eq!(app.recipients(run, LedgerState::Accepted).await + held_out(&app, run).await, 200);
    let list = app.editor("見本 閲覧").await.browser.get("/console/repeats").await.ok().text();
    assert!(list.contains("比較: A案 40%、B案 40%、送らない人 20%"), "{list}");

    // A model without the comparison takes it away, and ends the standing approval that was for it.
    let plain = broadcast::create(app.app(), &author, to_everyone("健診 ひとつめ")).await.unwrap();
    let before = app.repeat_version(repeat).await;
    broadcast::change_repeat(app.app(), &author, (repeat, &before), (Some(plain), &again)).await.unwrap();
    let now = repeats::find(&mut app.db().read().await.unwrap(), repeat).await.unwrap().unwrap();
    assert!(now.trial.is_none() && broadcast::example_of(app.app(), &now).await.unwrap().is_none());
}

#[tokio::test]
async fn a_model_whose_series_was_changed_after_the_draw_is_not_repeated() {
    let app = TestApp::start().await;
    let author = app.clerk("見本 起案", &[Role::Editor]).await;
    let model = app.draft_in_two(&author, 20).await;
    let text = broadcast::Draft { series: "ごみ収集".to_owned(), ..to_everyone("健診 ひとつめ") };
    let version = app.broadcast(model).await.version;
    broadcast::edit(app.app(), &author, (model, version), text).await.unwrap();
    let again = broadcast::Again {
        rhythm: Rhythm::parse("monthly 20").unwrap(),
        shift: Shift::Stay,
        at: Time::constant(10, 0, 0, 0),
        lead_days: 7,
        lasting: Lasting::default(),
    };
    let refused = broadcast::repeat(app.app(), &author, model, &again).await.unwrap_err();
    assert!(refused.to_string().contains("シリーズを変えたため"), "{refused}");
}

#[tokio::test]
async fn whoever_was_missed_gets_the_text_they_were_drawn_for() {
    let app = TestApp::start().await;
    app.many_friends(100).await;
    let mut named = Vec::new();
    for number in 0..20 {
        named.push(app.line().add_friend(&format!("見本 {number}")).await);
    }
    app.step().await;
    let first = app.split(20).await;
    plan::plan_due(app.app()).await.unwrap();
    let author = app.clerk("見本 再送", &[Role::Editor]).await;
    broadcast::stop(app.app(), &author, first).await.unwrap();
    app.step().await;
    let again = broadcast::send_to_missed(app.app(), &author, first).await.unwrap();
    let wish = Wish { held_out_percent: 0, others: Vec::new() };
    let refused = broadcast::split(app.app(), &author, (again, 1), wish).await.unwrap_err();
    assert!(refused.to_string().contains("比較の設定を変えられません"), "{refused}");
    goes_out(&app, &author, again).await;
    let missed = 120 - held_out(&app, first).await;
    assert_eq!(
        (app.recipients(again, LedgerState::Accepted).await, held_out(&app, again).await),
        (missed, 0)
    );
    let place = app.places(first).await;
    let mut tx = app.db().read().await.unwrap();
    let mut seen = std::collections::BTreeSet::new();
    for person in &named {
        let account = accounts::find_by_line_user(&mut tx, person).await.unwrap().unwrap().id;
        let drawn = place.iter().find(|(one, _)| *one == account).unwrap().1.as_str();
        let said: Vec<_> = app.line().said_to(person).into_iter().map(|shown| shown.text).collect();
        let ours: Vec<_> = said.iter().filter(|text| text.contains("つめ")).map(String::as_str).collect();
        let wanted = match drawn {
            "A" => vec!["健診 ひとつめ"],
            "B" => vec!["健診 ふたつめ"],
            _ => Vec::new(),
        };
        assert_eq!(ours, wanted);
        seen.insert(drawn);
    }
    assert!(seen.contains("B"), "{seen:?}");
    // No effect is shown: whom it reached was decided by what went wrong.
    let page = app.results(again, 7).await.text();
    assert!(!page.contains("送らなかった人"), "{page}");
}

#[tokio::test]
async fn the_same_people_are_held_out_in_the_next_broadcast_of_the_series() {
    let app = TestApp::start().await;
    app.many_friends(200).await;
    let first = app.split(20).await;
    app.step().await;
    app.clock().advance(A_DAY * 2);
    let second = app.split(20).await;
    app.step().await;
    assert_eq!(app.places(first).await, app.places(second).await);
    assert_eq!(app.line().accepted_spread().iter().filter(|(messages, _)| *messages == 1).count(), 0);
}

#[tokio::test]
async fn a_split_is_bound_to_the_approval_voids_the_test_and_is_not_for_emergencies() {
    let app = TestApp::start().await;
    app.many_friends(60).await;
    let author = app.clerk("見本 起案", &[Role::Editor]).await;
    let id = broadcast::create(app.app(), &author, to_everyone("健診")).await.unwrap();
    broadcast::send_test(app.app(), &author, id).await.unwrap();
    let before = app.broadcast(id).await;
    let wish = Wish { held_out_percent: 10, others: Vec::new() };
    broadcast::split(app.app(), &author, (id, before.version), wish.clone()).await.unwrap();
    let after = app.broadcast(id).await;
    assert_ne!(before.proposal().hash(), after.proposal().hash());
    assert_eq!((after.tested_hash.clone(), after.version), (None, before.version + 1));
    assert!(app.submit(&author, (id, after.version)).await.is_err(), "not tested");
    assert!(broadcast::split(app.app(), &author, (id, before.version), wish.clone()).await.is_err(), "stale");
    let much = Wish { held_out_percent: 60, others: Vec::new() };
    assert!(broadcast::split(app.app(), &author, (id, after.version), much).await.is_err());

    for class in [Class::Emergency, Class::Correction] {
        let draft = broadcast::Draft { class, ..to_everyone("健診 緊急") };
        let id = broadcast::create(app.app(), &author, draft).await.unwrap();
        let version = app.broadcast(id).await.version;
        assert!(
            broadcast::split(app.app(), &author, (id, version), wish.clone()).await.is_err(),
            "{class:?}"
        );
    }
}

#[tokio::test]
async fn a_changed_split_is_not_what_was_approved_and_nobody_is_sent_to() {
    let app = TestApp::start().await;
    let people = app.many_friends(60).await;
    let id = app.split(10).await;
    app.run_sql("UPDATE broadcast SET trial = NULL").await;
    app.step().await;
    assert_eq!((app.got(&people), app.broadcast(id).await.state), (vec![0], State::Paused));
}

#[tokio::test]
async fn an_effect_is_said_when_the_days_are_over_and_only_where_it_is_clear() {
    let app = TestApp::start().await;
    app.many_friends(1_000).await;
    let id = app.split(30).await;
    app.step().await;
    app.run_sql(
        "INSERT INTO person (id, account_id, position, standing, attributes)
         SELECT id, id, 0, 'active', attributes FROM account",
    )
    .await;
    let places = app.places(id).await;
    let some = |arm: &str, count: usize| {
        let of_arm = places.iter().filter(|(_, place)| place == arm).map(|(account, _)| *account);
        of_arm.take(count).collect::<Vec<_>>().into_iter()
    };
    app.clock().advance(A_DAY);
    app.book(some("A", 150)).await;
    app.book(some("B", 140)).await;
    app.book(some("", 40)).await;
    let early = app.results(id, 30).await.text();
    assert!(early.contains("まだ期間の途中です") && !early.contains("言えます。"), "{early}");
    app.clock().advance(A_DAY * 40);
    let text = app.results(id, 30).await.text();
    assert!(text.contains("A案は送らなかった人より、"), "{text}");
    assert!(text.contains("割合が高いと言えます"), "{text}");
    assert!(text.contains("B案とA案で、") && text.contains("差があるとは言えません"), "{text}");
    assert!(text.contains("95%信頼区間") && text.contains("150人"), "{text}");
    let short = app.results(id, 7).await.text();
    assert!(short.contains("割合が高いと言えます"), "{short}");
}

#[tokio::test]
async fn a_few_are_neither_shown_nor_compared() {
    let app = TestApp::start().await;
    app.many_friends(300).await;
    let id = app.split(50).await;
    app.step().await;
    app.run_sql(
        "INSERT INTO person (id, account_id, position, standing, attributes)
         SELECT id, id, 0, 'active', attributes FROM account",
    )
    .await;
    let places = app.places(id).await;
    let of = |arm: &str| {
        places.iter().filter(|(_, place)| place == arm).map(|(account, _)| *account).collect::<Vec<_>>()
    };
    app.book(of("A").into_iter().take(9)).await;
    app.book(of("B").into_iter()).await;
    app.clock().advance(A_DAY * 40);
    let text = app.results(id, 30).await.text();
    assert!(
        text.contains("比べられません") && text.contains("10人未満") && text.contains("ほぼ全員"),
        "{text}"
    );
    // Neither a share nor an interval stands beside a number that is not told.
    assert!(text.contains("10人未満 ― ―") && text.contains("ほぼ全員 ― ―"), "{text}");
}
