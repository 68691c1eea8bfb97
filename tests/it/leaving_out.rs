//! The last look at each recipient, and what LINE refuses: who is left out has a reason, everybody else is served.

use musubi::db::Query;
use musubi::db::arg::Bind;
use musubi::domain::broadcast::{LedgerState, Reason, State};
use musubi::domain::ids::{AccountId, LineUserId};
use musubi::domain::message::{Body, Button, Card, Content, Target};
use musubi::flow::broadcast::Draft;
use musubi::flow::{deliver, plan};
use musubi::simulator::{Endpoint, Fault};
use musubi::store::changes::{self, Change};
use serde_json::json;
use tokio_util::sync::CancellationToken;

use crate::support::TestApp;
use crate::support::broadcasts::to_everyone;

/// An office that sends one batch at a time, so that a fault meets the batch the test means.
async fn slow_office() -> TestApp {
    TestApp::start_with(|config, _| config.send_at_once = 1.try_into().unwrap()).await
}

/// Writes behind the population's back, as a change does that came after the broadcast was last looked at.
async fn write(app: &TestApp, sql: &'static str, binds: Vec<musubi::db::arg::Arg>) {
    let mut tx = app.db().write().await.unwrap();
    assert_eq!(tx.execute(Query::new(sql, binds)).await.unwrap(), 1, "{sql}");
    tx.commit().await.unwrap();
}

async fn account(app: &TestApp, user: &LineUserId) -> AccountId {
    let mut tx = app.db().read().await.unwrap();
    let query = Query::new("SELECT id FROM account WHERE line_user_id = $1", vec![user.bind()]);
    let (id,): (AccountId,) = tx.fetch_one(query).await.unwrap();
    id
}

#[tokio::test]
async fn whoever_may_no_longer_be_sent_to_is_skipped_at_the_claim_each_with_the_reason() {
    let app = TestApp::start().await;
    let people = app.many_friends(6).await;
    let id = app.approved(to_everyone("健診")).await;
    plan::plan_due(app.app()).await.unwrap();
    let (now, user) = (app.clock().now(), |at: usize| (&people[at]).bind());
    let declined = json!(["kenshin"]).bind();
    write(&app, "UPDATE account SET declined_topics = $1 WHERE line_user_id = $2", vec![declined, user(0)])
        .await;
    write(&app, "UPDATE account SET stopped_at = $1 WHERE line_user_id = $2", vec![now.bind(), user(1)])
        .await;
    let withdrawn = "INSERT INTO consent (account_id, version, language, given_at, withdrawn_at)
                     VALUES ($1, '1', 'ja', $2, $2)";
    write(&app, withdrawn, vec![account(&app, &people[2]).await.bind(), now.bind()]).await;
    let erased = "UPDATE account SET erased_at = $1, line_user_id = NULL WHERE line_user_id = $2";
    write(&app, erased, vec![now.bind(), user(3)]).await;
    app.step().await;
    let mut skipped: Vec<_> =
        app.progress(id).await.counts.iter().filter_map(|count| count.reason()).collect();
    skipped.sort_unstable();
    let mut expected =
        [Reason::TopicDeclined, Reason::SendingStopped, Reason::ConsentWithdrawn, Reason::Erased];
    expected.sort_unstable();
    assert_eq!(skipped, expected);
    assert_eq!((app.got(&people[..4]), app.got(&people[4..])), (vec![0], vec![1]));
    assert_eq!(app.broadcast(id).await.state, State::Done);
}

#[tokio::test]
async fn whom_the_rule_no_longer_selects_is_skipped_though_planned() {
    let app = TestApp::start().await;
    let people = app.many_friends(2).await;
    let move_to = async |user: &LineUserId, district: &str| {
        let attributes = json!({ "district": district }).bind();
        write(
            &app,
            "UPDATE account SET attributes = $1 WHERE line_user_id = $2",
            vec![attributes, user.bind()],
        )
        .await;
        let (account, at) = (account(&app, user).await, app.clock().now());
        let mut tx = app.db().write().await.unwrap();
        let change = Change { account, kind: "registered", fields: &["district"], actor: "resident", at };
        changes::append(&mut tx, &change).await.unwrap();
        tx.commit().await.unwrap();
    };
    for user in &people {
        move_to(user, "hirata-chiku").await;
    }
    let draft =
        Draft {
            segment_path: "gomi/hirata".to_owned(), topic: "gomi".to_owned(), ..to_everyone("収集日")
        };
    let id = app.approved(draft).await;
    plan::plan_due(app.app()).await.unwrap();
    move_to(&people[1], "imaichi").await;
    app.step().await;
    assert_eq!((app.got(&people[..1]), app.got(&people[1..])), (vec![1], vec![0]));
    let counts = app.progress(id).await.counts;
    assert!(
        counts.iter().any(|count| (count.reason(), count.recipients) == (Some(Reason::NoLongerTarget), 1))
    );
}

#[tokio::test]
async fn who_blocks_while_a_broadcast_goes_out_is_spared_though_their_batch_was_looked_at_before() {
    let app = slow_office().await;
    let first = app.many_friends(3_000).await;
    app.clock().advance(std::time::Duration::from_secs(1));
    let last = app.many_friends(3).await;
    let id = app.approved(to_everyone("健診")).await;
    plan::plan_due(app.app()).await.unwrap();
    let blocked = account(&app, &last[0]).await;
    let in_the_middle = async {
        while app.got(&first) == [0] {
            tokio::task::yield_now().await;
        }
        let mut tx = app.db().write().await.unwrap();
        let block = "UPDATE account SET follow_state = 'blocked' WHERE id = $1";
        assert_eq!(tx.execute(Query::new(block, vec![blocked.bind()])).await.unwrap(), 1);
        let at = app.clock().now();
        let change = Change { account: blocked, kind: "blocked", fields: &[], actor: "line", at };
        changes::append(&mut tx, &change).await.unwrap();
        tx.commit().await.unwrap();
    };
    let stop = CancellationToken::new();
    let (sent, ()) = tokio::join!(deliver::send_due(app.app(), &stop), in_the_middle);
    assert_eq!(sent.unwrap(), 7);
    assert_eq!((app.got(&first), app.got(&last[..1]), app.got(&last[1..])), (vec![1], vec![0], vec![1]));
    let counts = app.progress(id).await.counts;
    assert!(counts.iter().any(|count| (count.reason(), count.recipients) == (Some(Reason::NotFollowing), 1)));
}

#[tokio::test]
async fn a_refusal_that_names_nobody_is_halved_until_the_bad_one_stands_alone() {
    let app = slow_office().await;
    let people = app.many_friends(4).await;
    let id = app.approved(to_everyone("健診")).await;
    // Four are refused, then the first two of them, then the first alone; no answer says who it is.
    app.line().fault(Endpoint::Multicast, Fault::MalformedId(9_999), 2);
    app.line().fault(Endpoint::Push, Fault::MalformedId(9_999), 1);
    app.line().forget_requests();
    app.step().await;
    let rejected = app.recipients(id, LedgerState::Rejected).await;
    assert_eq!((rejected, app.recipients(id, LedgerState::Accepted).await), (1, 3));
    assert_eq!((app.got(&people), app.broadcast(id).await.state), (vec![0, 1], State::Done));
    assert_eq!(app.line().requests().iter().filter(|line| line.status == Some(400)).count(), 3);
}

#[tokio::test]
async fn a_last_batch_of_one_goes_by_push_and_is_repeated_with_its_key() {
    let app = slow_office().await;
    let people = app.many_friends(501).await;
    let id = app.approved(to_everyone("健診")).await;
    app.line().fault(Endpoint::Push, Fault::AcceptThenDrop, 1);
    app.line().forget_requests();
    app.step().await;
    app.clock().advance(std::time::Duration::from_secs(90));
    app.step().await;
    let pushed =
        app.line().requests().into_iter().filter(|line| line.endpoint == Some(Endpoint::Push)).count();
    assert_eq!((pushed, app.got(&people)), (2, vec![1]));
    assert_eq!(
        (app.recipients(id, LedgerState::Accepted).await, app.broadcast(id).await.state),
        (501, State::Done)
    );
}

#[tokio::test]
async fn a_card_arrives_with_its_heading_and_its_button() {
    let app = TestApp::start().await;
    let hanako = app.friend("見本 花子").await;
    let button =
        Button { label: "予約する".to_owned(), target: Target::Uri("https://example.jp/".to_owned()) };
    let card = Card {
        title: "集団健診".to_owned(),
        text: "予約が始まりました".to_owned(),
        buttons: vec![button],
        ..Card::default()
    };
    let content = Content::new([("ja".into(), Body::card(card))]);
    let id = app.approved(Draft { content, ..to_everyone("") }).await;
    app.step().await;
    let shown = format!("{:?}", hanako.shown().last().unwrap());
    for part in ["集団健診", "予約が始まりました", "予約する"] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    assert_eq!(app.broadcast(id).await.state, State::Done);
}
