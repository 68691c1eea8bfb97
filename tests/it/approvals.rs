//! Two people, or three: who has to approve what, what they have to open first, and what the database itself refuses.

use musubi::domain::broadcast::State;
use musubi::domain::broadcast::tier::WhyTwo;
use musubi::domain::ids::BroadcastId;
use musubi::domain::message::{Body, Content};
use musubi::domain::staff::Role;
use musubi::flow::broadcast::{self, BroadcastError, Refusal, Seen};
use musubi::store::approvals;
use serde_json::json;

use crate::support::TestApp;
use crate::support::broadcasts::to_everyone;

fn refused<T: std::fmt::Debug>(outcome: Result<T, BroadcastError>) -> Refusal {
    match outcome.unwrap_err() {
        BroadcastError::Refused(refusal) => refusal,
        other => panic!("{other}"),
    }
}

/// How many approvals stand for what is submitted.
async fn given(app: &TestApp, id: BroadcastId) -> usize {
    let hash = app.seen(id).await.hash;
    approvals::list(&mut app.db().read().await.unwrap(), id, &hash).await.unwrap().len()
}

#[tokio::test]
async fn what_goes_to_everyone_waits_for_a_second_approver() {
    let app = TestApp::start().await;
    let people = app.many_friends(30).await;
    let author = app.clerk("見本 起案", &[Role::Editor]).await;
    let [one, two] =
        [app.clerk("見本 一", &[Role::Approver]).await, app.clerk("見本 二", &[Role::Approver]).await];
    let id = app.submitted(&author, to_everyone("健診")).await;
    let stored = app.broadcast(id).await;
    assert_eq!(stored.approvals_needed, 2);
    let why = broadcast::why_two(app.app(), &stored).await.unwrap();
    assert_eq!(why, [WhyTwo::Everyone, WhyTwo::ManyFriends]);
    app.approve(&one, id).await.unwrap();
    app.approve(&one, id).await.unwrap();
    app.step().await;
    assert_eq!(
        (app.broadcast(id).await.state, app.got(&people), given(&app, id).await),
        (State::Submitted, vec![0], 1)
    );
    app.approve(&two, id).await.unwrap();
    app.step().await;
    assert_eq!((app.broadcast(id).await.state, app.got(&people)), (State::Done, vec![1]));
}

#[tokio::test]
async fn an_edit_voids_the_first_of_two_approvals_even_if_the_same_text_comes_back() {
    let app = TestApp::start().await;
    app.many_friends(3).await;
    let author = app.clerk("見本 起案", &[Role::Editor]).await;
    let [one, two] =
        [app.clerk("見本 一", &[Role::Approver]).await, app.clerk("見本 二", &[Role::Approver]).await];
    let id = app.submitted(&author, to_everyone("健診")).await;
    let hash = app.seen(id).await.hash;
    app.approve(&one, id).await.unwrap();
    for text in ["検診", "健診"] {
        let version = app.broadcast(id).await.version;
        broadcast::edit(app.app(), &author, (id, version), to_everyone(text)).await.unwrap();
    }
    broadcast::send_test(app.app(), &author, id).await.unwrap();
    let version = app.broadcast(id).await.version;
    app.submit(&author, (id, version)).await.unwrap();
    assert_eq!((app.seen(id).await.hash, given(&app, id).await), (hash, 0));
    app.approve(&two, id).await.unwrap();
    assert_eq!(app.broadcast(id).await.state, State::Submitted);
    broadcast::return_to_draft(app.app(), &one, id, "日付").await.unwrap();
    assert_eq!(given(&app, id).await, 0);
}

#[tokio::test]
async fn two_who_approve_at_once_are_both_counted_and_it_goes_out_once() {
    let app = TestApp::start().await;
    let people = app.many_friends(3).await;
    let author = app.clerk("見本 起案", &[Role::Editor]).await;
    let [one, two] =
        [app.clerk("見本 一", &[Role::Approver]).await, app.clerk("見本 二", &[Role::Approver]).await];
    let id = app.submitted(&author, to_everyone("健診")).await;
    for approver in [&one, &two] {
        app.open_all(approver, id).await;
    }
    let seen = app.seen(id).await;
    let approve = |staff| broadcast::approve(app.app(), staff, id, &seen);
    let (first, second) = tokio::join!(approve(&one), approve(&two));
    first.unwrap();
    second.unwrap();
    app.step().await;
    assert_eq!((app.broadcast(id).await.state, app.got(&people)), (State::Done, vec![1]));
}

#[tokio::test]
async fn nobody_approves_what_they_have_not_opened() {
    let app = TestApp::start().await;
    app.many_friends(3).await;
    let author = app.clerk("見本 起案", &[Role::Editor]).await;
    let approver = app.clerk("見本 一", &[Role::Approver]).await;
    let button = json!({ "label": "申込", "target": { "uri": "https://example.jp/" } });
    let card = json!({ "kind": "card", "title": "健診", "text": "申込", "buttons": [button] });
    let english: Body = serde_json::from_value(json!({ "kind": "text", "text": "Check-up" })).unwrap();
    let japanese: Body = serde_json::from_value(card).unwrap();
    let content = Content::new([("ja".into(), japanese), ("en".into(), english)]);
    let id = app.submitted(&author, broadcast::Draft { content, ..to_everyone("") }).await;
    let parts = app.broadcast(id).await.to_open();
    assert_eq!(parts.len(), 3);
    let seen = app.seen(id).await;
    for (at, part) in parts.iter().enumerate() {
        let outcome = broadcast::approve(app.app(), &approver, id, &seen).await;
        assert_eq!(refused(outcome), Refusal::NotOpened(3 - at));
        broadcast::open_part(app.app(), &approver, id, &part.id).await.unwrap();
    }
    broadcast::approve(app.app(), &approver, id, &seen).await.unwrap();
    // What one has opened, the other has not.
    let other = app.clerk("見本 二", &[Role::Approver]).await;
    assert_eq!(refused(broadcast::approve(app.app(), &other, id, &seen).await), Refusal::NotOpened(3));
    let nothing = broadcast::open_part(app.app(), &other, id, "text-xx").await;
    assert_eq!(refused(nothing), Refusal::NoSuchPart);
    let author_opens = broadcast::open_part(app.app(), &author, id, &parts[0].id).await;
    assert!(matches!(refused(author_opens), Refusal::NotAllowed(_)));
}

#[tokio::test]
async fn a_changed_text_has_to_be_opened_anew() {
    let app = TestApp::start().await;
    app.many_friends(3).await;
    let author = app.clerk("見本 起案", &[Role::Editor]).await;
    let approver = app.clerk("見本 一", &[Role::Approver]).await;
    let id = app.submitted(&author, to_everyone("健診")).await;
    app.open_all(&approver, id).await;
    let version = app.broadcast(id).await.version;
    broadcast::edit(app.app(), &author, (id, version), to_everyone("検診")).await.unwrap();
    broadcast::send_test(app.app(), &author, id).await.unwrap();
    app.submit(&author, (id, version + 1)).await.unwrap();
    let seen: Seen = app.seen(id).await;
    assert_eq!(refused(broadcast::approve(app.app(), &approver, id, &seen).await), Refusal::NotOpened(1));
}

#[tokio::test]
async fn the_database_itself_lets_nothing_go_on_with_too_few_approvals() {
    let app = TestApp::start().await;
    let people = app.many_friends(30).await;
    let author = app.clerk("見本 起案", &[Role::Editor]).await;
    let id = app.submitted(&author, to_everyone("健診")).await;
    let whole = format!("approved_hash = submitted_hash, approved_count = 30, approver_id = '{}'", author.id);
    for set in [
        format!("state = 'approved', {whole}"),
        format!("state = 'planned', planned_at = created_at, {whole}"),
        format!("state = 'sending', planned_at = created_at, {whole}"),
        "approvals_needed = 1".to_owned(),
        "approvals_needed = 0".to_owned(),
    ] {
        let statement = format!("UPDATE broadcast SET {set} WHERE id = '{id}'");
        assert!(app.try_sql(&statement).await.is_err(), "{set}");
    }
    // Two rows of approvals by the author do not count.
    let approval = |who: &str| {
        format!(
            "INSERT INTO approval (broadcast_id, hash, staff_id, recipients, approved_at)
             SELECT id, submitted_hash, '{who}', 30, created_at FROM broadcast WHERE id = '{id}'"
        )
    };
    app.run_sql(&approval(&author.id.to_string())).await;
    let one = app.clerk("見本 一", &[Role::Approver]).await;
    app.run_sql(&approval(&one.id.to_string())).await;
    let plan = format!("UPDATE broadcast SET state = 'planned', {whole} WHERE id = '{id}'");
    assert!(app.try_sql(&plan).await.is_err());
    // A draft that would reach more than a tenth of the friends is not submitted as one that needs one approval.
    let draft = broadcast::create(app.app(), &author, to_everyone("健診")).await.unwrap();
    let submit = |count: i64| {
        format!("UPDATE broadcast SET state = 'submitted', submitted_count = {count} WHERE id = '{draft}'")
    };
    assert!(app.try_sql(&submit(4)).await.is_err());
    assert!(app.try_sql(&submit(3)).await.is_ok());
    let born = format!(
        "INSERT INTO broadcast (id, title, series, topic, segment_path, rule_text, content, state, version, author_id,
           last_editor_id, created_at, updated_at)
         SELECT '0190693c-7c00-7000-8000-0000000000ff', title, series, topic, segment_path, rule_text, content,
           'planned', 1, author_id, author_id, created_at, updated_at FROM broadcast WHERE id = '{id}'"
    );
    assert!(app.try_sql(&born).await.is_err());
    app.step().await;
    assert_eq!(app.got(&people), [0]);
}
