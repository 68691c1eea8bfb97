//! The other texts of a comparison pass every check that the first passes, and are opened as it is.

use jiff::civil::date;
use musubi::domain::broadcast::trial::{Trial, TrialFault};
use musubi::domain::broadcast::{Caution, State, TimeFault};
use musubi::domain::ids::BroadcastId;
use musubi::domain::message::{Body, Content};
use musubi::domain::staff::{Role, StaffMember};
use musubi::flow::broadcast::{self, BroadcastError, Draft, Refusal, Wish};
use musubi::store::broadcasts;
use serde_json::json;

use crate::support::TestApp;
use crate::support::broadcasts::to_everyone;

fn refused<T: std::fmt::Debug>(outcome: Result<T, BroadcastError>) -> Refusal {
    match outcome.unwrap_err() {
        BroadcastError::Refused(refusal) => refusal,
        other => panic!("{other}"),
    }
}

/// A draft that says `健診`, and this as its second text.
async fn with_other(app: &TestApp, author: &StaffMember, other: Content) -> BroadcastId {
    let id = broadcast::create(app.app(), author, to_everyone("健診")).await.unwrap();
    say_otherwise(app, author, id, other).await.unwrap();
    id
}

async fn say_otherwise(
    app: &TestApp,
    author: &StaffMember,
    id: BroadcastId,
    content: Content,
) -> Result<(), BroadcastError> {
    let other = broadcast::create(app.app(), author, Draft { content, ..to_everyone("") }).await.unwrap();
    let version = app.broadcast(id).await.version;
    let wish = Wish { held_out_percent: 0, others: vec![other] };
    broadcast::split(app.app(), author, (id, version), wish).await
}

/// What is said when it is tested and submitted.
async fn submitted(app: &TestApp, author: &StaffMember, id: BroadcastId) -> Result<(), BroadcastError> {
    broadcast::send_test(app.app(), author, id).await.unwrap();
    let version = app.broadcast(id).await.version;
    app.submit(author, (id, version)).await
}

#[tokio::test]
async fn what_the_first_text_may_not_say_no_other_text_may_say() {
    let app = TestApp::start_with(|config, _| config.server.demo = false).await;
    app.many_friends(3).await;
    let author = app.clerk("見本 起案", &[Role::Editor]).await;
    let text = Content::japanese_text;
    let of_b = |inner| Refusal::OfArm("B".to_owned(), Box::new(inner));
    let past = text("{期限}までに申し込んでください。").until(Some(date(2026, 6, 30)));
    for (other, why) in [
        (text("〔会場〕で受けられます。"), Refusal::Unfilled(vec!["会場".to_owned()])),
        (text("【テスト】健診です。"), Refusal::MarkedAsTest),
        (past, Refusal::Time(TimeFault::DeadlinePast)),
    ] {
        let id = with_other(&app, &author, other).await;
        assert_eq!(refused(submitted(&app, &author, id).await), of_b(why));
    }
    // What LINE would not take is not even chosen.
    let id = broadcast::create(app.app(), &author, to_everyone("健診")).await.unwrap();
    let long = say_otherwise(&app, &author, id, text(&"健".repeat(6_000))).await;
    assert_eq!(refused(long), Refusal::Trial(TrialFault::Content));
    // If it came about all the same, it would be noticed.
    let id = with_other(&app, &author, text("検診")).await;
    let stored = app.broadcast(id).await;
    let long = Trial::evenly(&stored.series, 0, &[&text(&"健".repeat(6_000))]);
    let mut tx = app.db().write().await.unwrap();
    broadcasts::update_trial(
        &mut tx,
        (id, stored.version),
        Some(long.to_value()),
        author.id,
        app.clock().now(),
    )
    .await
    .unwrap();
    tx.commit().await.unwrap();
    let test = refused(broadcast::send_test(app.app(), &author, id).await);
    assert!(
        matches!(test, Refusal::OfArm(arm, inner) if arm == "B" && matches!(*inner, Refusal::Content(_)))
    );
}

#[tokio::test]
async fn sensitive_words_of_any_text_are_to_be_ticked() {
    let app = TestApp::start().await;
    app.many_friends(3).await;
    let author = app.clerk("見本 起案", &[Role::Editor]).await;
    let id = with_other(&app, &author, Content::japanese_text("要精検の方へ")).await;
    let stored = app.broadcast(id).await;
    assert_eq!(stored.sensitive_words(), ["要精検"]);
    let cautions = broadcast::cautions(app.app(), &stored).await.unwrap();
    assert!(cautions.contains(&Caution::SensitiveWords), "{cautions:?}");
}

#[tokio::test]
async fn every_text_is_opened_before_it_is_approved_and_anew_when_it_has_changed() {
    let app = TestApp::start().await;
    app.many_friends(3).await;
    let author = app.clerk("見本 起案", &[Role::Editor]).await;
    let approver = app.clerk("見本 承認", &[Role::Approver]).await;
    let button = json!({ "label": "申込", "target": { "uri": "https://example.jp/b" } });
    let card = json!({ "kind": "card", "title": "検診", "text": "申込", "buttons": [button] });
    let card: Body = serde_json::from_value(card).unwrap();
    let id = with_other(&app, &author, Content::new([("ja".into(), card)])).await;
    submitted(&app, &author, id).await.unwrap();
    let parts = app.broadcast(id).await.to_open();
    let ids: Vec<_> = parts.iter().map(|part| part.id.as_str()).collect();
    assert_eq!((ids.len(), &ids[..2]), (3, &["text-ja", "arm-B-text-ja"][..]));
    broadcast::open_part(app.app(), &approver, id, "text-ja").await.unwrap();
    let seen = app.seen(id).await;
    let outcome = broadcast::approve(app.app(), &approver, id, &seen).await;
    assert_eq!(refused(outcome), Refusal::NotOpened(2));
    app.open_all(&approver, id).await;
    broadcast::approve(app.app(), &approver, id, &seen).await.unwrap();

    // Another second text: neither the test nor what was opened counts any more.
    broadcast::return_to_draft(app.app(), &approver, id, "B案を直す").await.unwrap();
    say_otherwise(&app, &author, id, Content::japanese_text("検診のご案内")).await.unwrap();
    let version = app.broadcast(id).await.version;
    assert_eq!(refused(app.submit(&author, (id, version)).await), Refusal::NotTested);
    submitted(&app, &author, id).await.unwrap();
    let seen = app.seen(id).await;
    let outcome = broadcast::approve(app.app(), &approver, id, &seen).await;
    assert_eq!(refused(outcome), Refusal::NotOpened(2));
    assert_eq!(app.broadcast(id).await.state, State::Submitted);
}

#[tokio::test]
async fn the_approver_sees_the_other_text_when_opening_it() {
    let app = TestApp::start().await;
    app.many_friends(3).await;
    let author = app.clerk("見本 起案", &[Role::Editor]).await;
    let id = with_other(&app, &author, Content::japanese_text("ふたつめの文章")).await;
    submitted(&app, &author, id).await.unwrap();
    let mut approver = app.staff("見本 承認", &[Role::Approver]).await.browser;
    let page = approver.post(&format!("/console/broadcasts/{id}/open/arm-B-text-ja"), &[]).await;
    let text = page.text();
    assert!(text.contains("B案の日本語の内容") && text.contains("ふたつめの文章"), "{text}");
    assert!(!text.contains("健診"), "{text}");
}
