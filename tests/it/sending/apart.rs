//! What is wrong with one broadcast is its own: the others go out.

use std::time::Duration;

use jiff::civil::date;
use musubi::domain::broadcast::{LedgerState, State};
use musubi::domain::ids::BroadcastId;
use musubi::domain::staff::Role;
use musubi::flow::broadcast::{self, BroadcastError};
use musubi::flow::{deliver, plan};
use musubi::simulator::{Endpoint, Fault};
use musubi::store::{broadcasts, repeats};
use musubi::{db, sql};
use tokio_util::sync::CancellationToken;

use crate::standing::monthly;
use crate::support::TestApp;
use crate::support::broadcasts::to_everyone;

/// Puts something into its row that no version of the program has written.
async fn spoil(app: &TestApp, id: BroadcastId) {
    app.run_sql(&format!("UPDATE broadcast SET content = '[7]' WHERE id = '{id}'")).await;
    let read = broadcasts::find(&mut app.db().read().await.unwrap(), id).await;
    assert!(matches!(read, Err(db::Error::Corrupt(_))));
}

async fn word_of(app: &TestApp, id: BroadcastId) -> (String, Option<String>) {
    let mut tx = app.db().read().await.unwrap();
    tx.fetch_one(sql!("SELECT state, hold_reason FROM broadcast WHERE id = $1", id)).await.unwrap()
}

/// Two approved broadcasts, of which the first is the longest due.
async fn two(app: &TestApp) -> (BroadcastId, BroadcastId) {
    let first = app.approved(to_everyone("一つ目")).await;
    app.clock().advance(Duration::from_secs(1));
    (first, app.approved(to_everyone("二つ目")).await)
}

#[tokio::test]
async fn a_broadcast_that_can_not_be_read_is_held_wherever_it_stands_and_holds_up_no_other() {
    for steps in 0..3 {
        let app = TestApp::start_with(|config, _| config.send_at_once = 1.try_into().unwrap()).await;
        let people = app.many_friends(700).await;
        let (first, second) = two(&app).await;
        if 0 < steps {
            plan::plan_due(app.app()).await.unwrap();
        }
        if 1 < steps {
            // Its first batch is taken, and of its second nothing is known.
            app.line().fault(Endpoint::Multicast, Fault::Pass, 1);
            app.line().fault(Endpoint::Multicast, Fault::RateLimit, 90);
            deliver::send_due(app.app(), &CancellationToken::new()).await.unwrap();
            app.line().forget_faults();
            app.clock().advance(Duration::from_secs(600));
        }
        spoil(&app, first).await;
        app.step().await;
        app.step().await;
        assert_eq!(word_of(&app, first).await, ("paused".to_owned(), Some("not_approved".to_owned())));
        assert_eq!(app.broadcast(second).await.state, State::Done, "{steps}");
        assert_eq!(app.recipients(second, LedgerState::Accepted).await, 700);
        let once_or_twice = if 1 < steps { vec![1, 2] } else { vec![1] };
        assert_eq!(app.got(&people), once_or_twice);
        let approver = app.clerk("見本 再開", &[Role::Approver]).await;
        let resumed = broadcast::resume(app.app(), &approver, first).await;
        assert!(matches!(resumed, Err(BroadcastError::Db(db::Error::Corrupt(_)))), "{resumed:?}");
    }
}

#[tokio::test]
async fn a_broadcast_of_which_a_batch_is_not_what_was_claimed_is_held_and_holds_up_no_other() {
    // Lost, or changed by somebody who has no business there.
    for spoilt in
        ["body = NULL", "body = replace(body, '一つ目', 'べつ')", "recipients = NULL", "retry_key = NULL"]
    {
        let app = TestApp::start_with(|config, _| config.send_at_once = 1.try_into().unwrap()).await;
        let people = app.many_friends(700).await;
        let (first, second) = two(&app).await;
        plan::plan_due(app.app()).await.unwrap();
        app.line().fault(Endpoint::Multicast, Fault::AcceptThenDrop, 1);
        app.line().fault(Endpoint::Multicast, Fault::RateLimit, 90);
        deliver::send_due(app.app(), &CancellationToken::new()).await.unwrap();
        app.line().forget_faults();
        app.clock().advance(Duration::from_secs(600));
        let of_first = format!("broadcast_id = '{first}' AND state = 'attempting'");
        app.run_sql(&format!("UPDATE batch SET {spoilt} WHERE {of_first}")).await;

        app.step().await;
        app.step().await;
        assert_eq!(
            word_of(&app, first).await,
            ("paused".to_owned(), Some("not_approved".to_owned())),
            "{spoilt}"
        );
        assert_eq!(app.broadcast(second).await.state, State::Done);
        let approver = app.clerk("見本 再開", &[Role::Approver]).await;
        let resumed = broadcast::resume(app.app(), &approver, first).await;
        assert!(resumed.is_err(), "what is not what was approved never goes on");

        // Whoever stood in it is unknown after a day, and nobody has got it twice.
        app.clock().advance(Duration::from_secs(24 * 3_600));
        let third = app.approved(to_everyone("三つ目")).await;
        app.step().await;
        // Where nobody can say how many are to be counted back, a person has to.
        let given_up = if spoilt == "recipients = NULL" { 0 } else { 500 };
        assert_eq!(app.recipients(first, LedgerState::Unknown).await, given_up, "{spoilt}");
        assert_eq!(app.broadcast(third).await.state, State::Done, "{spoilt}");
        assert_eq!(app.got(&people), [2, 3]);
    }
}

#[tokio::test]
async fn a_repeat_that_can_not_be_read_silences_no_other_and_is_told() {
    let app = TestApp::start().await;
    let (author, admin) =
        (app.clerk("見本 起案", &[Role::Editor]).await, app.clerk("見本 管理", &[Role::Admin]).await);
    let mut begun = Vec::new();
    for text in ["一つ目", "二つ目"] {
        let model = broadcast::create(app.app(), &author, to_everyone(text)).await.unwrap();
        begun.push(broadcast::repeat(app.app(), &author, model, &monthly()).await.unwrap());
    }
    app.run_sql(&format!("UPDATE repeat SET content = '[7]' WHERE id = '{}'", begun[0])).await;
    app.set_tokyo(date(2026, 7, 13).at(9, 0, 0, 0));
    app.step().await;
    app.step().await;
    let runs = repeats::runs(&mut app.db().read().await.unwrap(), begun[1], 9).await.unwrap();
    assert!(runs.iter().any(|run| run.occasion.0 == date(2026, 7, 20) && run.broadcast_id.is_some()));
    let told = app.alarms_of(admin.id).await;
    assert!(told.len() == 1 && told[0].contains("読み取れません"), "{told:?}");
    app.clock().advance(Duration::from_secs(3_600));
    app.step().await;
    assert_eq!(app.alarms_of(admin.id).await.len(), 1, "told once");
}

#[tokio::test]
async fn a_broadcast_whose_recipients_can_not_be_written_holds_up_no_other() {
    let app = TestApp::start().await;
    let people = app.many_friends(3).await;
    let (first, second) = two(&app).await;
    // One of them stands in its ledger before it is planned, which nothing of ours does.
    app.run_sql(&format!(
        "INSERT INTO ledger (broadcast_id, account_id, batch_number, arm, state)
         SELECT '{first}', id, 1, '', 'planned' FROM account LIMIT 1"
    ))
    .await;
    assert!(plan::plan_due(app.app()).await.is_err(), "it is not hidden either");
    deliver::send_due(app.app(), &CancellationToken::new()).await.unwrap();
    assert_eq!((app.got(&people), app.broadcast(first).await.state), (vec![1], State::Approved));
    assert_eq!(app.recipients(second, LedgerState::Accepted).await, 3);
}
