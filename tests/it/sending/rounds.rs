//! How long a round of sending lasts, how much of it is on its way at once, and whose answer counts.

use std::time::Duration;

use musubi::db::Db;
use musubi::domain::broadcast::{LedgerState, State};
use musubi::domain::staff::Role;
use musubi::flow::{broadcast, deliver, plan};
use musubi::simulator::{Endpoint, Fault};
use tokio_util::sync::CancellationToken;

use super::agrees_with_line;
use crate::support::TestApp;
use crate::support::broadcasts::to_everyone;

const A_MOMENT: Duration = Duration::from_millis(300);

/// Until LINE has looked at so many calls to many; their answers may be on their way.
async fn line_has_seen(app: &TestApp, calls: usize) {
    let is_multicast = |line: &&musubi::simulator::RequestLine| line.endpoint == Some(Endpoint::Multicast);
    while app.line().requests().iter().filter(is_multicast).count() < calls {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_round_begins_nothing_more_after_half_a_minute_and_the_next_one_goes_on() {
    let app = TestApp::start_with(|config, _| config.send_at_once = 1.try_into().unwrap()).await;
    let people = app.many_friends(2_000).await;
    let id = app.approved(to_everyone("健診")).await;
    plan::plan_due(app.app()).await.unwrap();
    app.line().fault(Endpoint::Multicast, Fault::Slow(A_MOMENT), 1);
    let stop = CancellationToken::new();
    let half_a_minute = async {
        line_has_seen(&app, 1).await;
        app.clock().advance(Duration::from_secs(30));
    };
    let (calls, ()) = tokio::join!(deliver::send_due(app.app(), &stop), half_a_minute);
    assert_eq!(calls.unwrap(), 1, "there were four");
    assert_eq!(app.recipients(id, LedgerState::Accepted).await, 500);
    app.step().await;
    assert_eq!((app.got(&people), app.broadcast(id).await.state), (vec![1], State::Done));
}

#[tokio::test]
async fn no_more_calls_are_claimed_at_once_than_leave_within_a_second() {
    let app = TestApp::start_with(|config, _| {
        // A hundredth of LINE's two hundred calls a second.
        (config.send_at_once, config.line.share) = (16.try_into().unwrap(), 1);
    })
    .await;
    app.many_friends(3_000).await;
    let id = app.approved(to_everyone("健診")).await;
    plan::plan_due(app.app()).await.unwrap();
    app.line().fault(Endpoint::Multicast, Fault::Slow(A_MOMENT), 6);
    let stop = CancellationToken::new();
    let look = async {
        line_has_seen(&app, 1).await;
        let open = app.progress(id).await.open_batches;
        stop.cancel();
        open
    };
    let (sent, open) = tokio::join!(deliver::send_due(app.app(), &stop), look);
    sent.unwrap();
    assert!((1..=2).contains(&open), "{open} were claimed");
}

/// A sender that has stood still hears "too fast" of a call that another has repeated meanwhile, and been accepted.
#[tokio::test]
async fn an_answer_that_a_later_attempt_has_overtaken_takes_no_doubt_away() {
    let app = TestApp::start().await;
    let people = app.many_friends(300).await;
    let id = app.approved(to_everyone("健診")).await;
    plan::plan_due(app.app()).await.unwrap();
    app.line().fault(Endpoint::Multicast, Fault::RateLimitLate(A_MOMENT), 1);
    app.line().fault(Endpoint::Multicast, Fault::AcceptThenDrop, 1);
    let (other, stop) = (app.on(Db::open(app.database_url()).await.unwrap()), CancellationToken::new());
    let overtakes = async {
        line_has_seen(&app, 1).await;
        app.clock().advance(Duration::from_secs(61));
        deliver::send_due(&other, &stop).await.unwrap();
    };
    let (sent, ()) = tokio::join!(deliver::send_due(app.app(), &stop), overtakes);
    sent.unwrap();
    let approver = app.clerk("見本 中止", &[Role::Approver]).await;
    broadcast::stop(app.app(), &approver, id).await.unwrap();
    for _ in 0..4 {
        app.clock().advance(Duration::from_secs(120));
        app.step().await;
    }
    assert_eq!(app.got(&people), [1]);
    assert_eq!(app.recipients(id, LedgerState::Unknown).await, 300, "LINE has taken it, and nobody heard so");
    agrees_with_line(&app, id, &people, true).await;
    other.db.close().await;
}
