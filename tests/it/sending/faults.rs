//! Each way in which LINE or the network can fail, alone: everybody ends accepted, rejected or unknown, and once.

use std::time::Duration;

use musubi::domain::broadcast::{Hold, LedgerState, State};
use musubi::domain::ids::{BroadcastId, LineUserId};
use musubi::domain::staff::Role;
use musubi::flow::{broadcast, deliver, plan};
use musubi::simulator::{Endpoint, Fault};
use tokio_util::sync::CancellationToken;

use super::agrees_with_line;
use crate::support::TestApp;
use crate::support::broadcasts::to_everyone;

const MINUTE: Duration = Duration::from_secs(60);

struct Sent {
    app: TestApp,
    people: Vec<LineUserId>,
    id: BroadcastId,
}

/// A broadcast to 1,100 people whose second, third … calls meet these faults; two hours pass.
async fn meets(faults: &[(Fault, u32)]) -> Sent {
    let app = TestApp::start_with(|config, _| config.send_at_once = 1.try_into().unwrap()).await;
    let people = app.many_friends(1_100).await;
    app.line().fault(Endpoint::Multicast, Fault::Pass, 1);
    for (fault, times) in faults {
        app.line().fault(Endpoint::Multicast, *fault, *times);
    }
    let id = app.approved(to_everyone("健診")).await;
    let sent = Sent { app, people, id };
    sent.passes(MINUTE * 120).await;
    sent
}

impl Sent {
    async fn passes(&self, time: Duration) {
        let end = self.app.clock().now().plus(time);
        self.app.step().await;
        while self.app.clock().now() < end {
            self.app.clock().advance(MINUTE * 2);
            self.app.step().await;
        }
    }

    async fn of(&self, state: LedgerState) -> i64 {
        self.app.recipients(self.id, state).await
    }

    /// Everybody has it, once, and it is over.
    async fn is_whole(&self) {
        let stored = self.app.broadcast(self.id).await;
        assert_eq!((self.app.got(&self.people), stored.state), (vec![1], State::Done), "{:?}", stored.hold());
        assert_eq!(self.of(LedgerState::Accepted).await, 1_100);
        agrees_with_line(&self.app, self.id, &self.people, true).await;
    }

    async fn goes_on(&self) {
        let approver = self.app.clerk("見本 再開", &[Role::Approver]).await;
        broadcast::resume(self.app.app(), &approver, self.id).await.unwrap();
        self.passes(MINUTE * 10).await;
    }

    fn conflicts(&self) -> usize {
        self.app.line().requests().iter().filter(|line| line.status == Some(409)).count()
    }
}

#[tokio::test]
async fn accepted_and_the_connection_is_cut() {
    let sent = meets(&[(Fault::AcceptThenDrop, 1)]).await;
    sent.is_whole().await;
    assert_eq!(sent.conflicts(), 1, "LINE knows the key");
}

#[tokio::test]
async fn accepted_and_answered_with_500() {
    let sent = meets(&[(Fault::AcceptThenServerError, 1)]).await;
    sent.is_whole().await;
    assert_eq!(sent.conflicts(), 1);
}

#[tokio::test]
async fn accepted_and_500_again_and_again_until_409() {
    let sent = meets(&[(Fault::AcceptThenServerError, 1), (Fault::ServerError, 2)]).await;
    sent.is_whole().await;
    assert_eq!(sent.conflicts(), 1, "409 on the retry is a success");
}

#[tokio::test]
async fn an_answer_that_comes_late() {
    let sent = meets(&[(Fault::Slow(Duration::from_millis(400)), 2)]).await;
    sent.is_whole().await;
    assert_eq!(sent.conflicts(), 0);
}

#[tokio::test]
async fn half_an_answer() {
    meets(&[(Fault::HalfBody, 1)]).await.is_whole().await;
}

#[tokio::test]
async fn a_connection_reset_before_line_has_looked() {
    let sent = meets(&[(Fault::ResetBeforeAccept, 2)]).await;
    sent.is_whole().await;
    assert_eq!(sent.conflicts(), 0, "nothing had been accepted");
}

#[tokio::test]
async fn too_many_calls_wait_and_go_under_the_same_key() {
    let sent = meets(&[(Fault::RateLimit, 2)]).await;
    sent.is_whole().await;
    let keys = |status| {
        let all = sent.app.line().requests();
        let of =
            all.into_iter().filter(move |line| line.status == Some(status)).filter_map(|line| line.retry_key);
        of.collect::<std::collections::BTreeSet<_>>()
    };
    assert!(!keys(429).is_empty() && keys(429).is_subset(&keys(200)));
}

#[tokio::test]
async fn a_used_up_month_holds_the_broadcast_and_asks() {
    let sent = meets(&[(Fault::MonthlyLimit, 1)]).await;
    let held = sent.app.broadcast(sent.id).await;
    assert_eq!((held.state, held.hold()), (State::Paused, Some(Hold::MonthlyLimit)));
    agrees_with_line(&sent.app, sent.id, &sent.people, false).await;
    sent.goes_on().await;
    sent.is_whole().await;
}

#[tokio::test]
async fn a_token_that_dies_in_the_middle_is_replaced() {
    let app = TestApp::start_with(|config, _| config.send_at_once = 1.try_into().unwrap()).await;
    let people = app.many_friends(1_100).await;
    app.line().fault(Endpoint::Multicast, Fault::Pass, 1);
    app.line().fault(Endpoint::Multicast, Fault::RateLimit, 2);
    let id = app.approved(to_everyone("健診")).await;
    app.step().await;
    assert_eq!(app.got(&people), [0, 1], "it is under way");
    app.line().revoke_tokens();
    let sent = Sent { app, people, id };
    sent.passes(MINUTE * 30).await;
    sent.is_whole().await;
}

#[tokio::test]
async fn one_malformed_id_among_five_hundred_costs_nobody_else_anything() {
    let app = TestApp::start().await;
    let people = app.many_friends(1_100).await;
    app.line().malform(&people[137]);
    let id = app.approved(to_everyone("健診")).await;
    let sent = Sent { app, people, id };
    sent.passes(MINUTE * 30).await;
    let stored = sent.app.broadcast(id).await;
    assert_eq!((stored.state, sent.app.line().accepted_count(&sent.people[137])), (State::Done, 0));
    assert_eq!((sent.of(LedgerState::Rejected).await, sent.of(LedgerState::Accepted).await), (1, 1_099));
    agrees_with_line(&sent.app, id, &sent.people, true).await;
}

#[tokio::test]
async fn a_refusal_that_names_nobody_is_halved_until_the_bad_one_stands_alone() {
    // Of 500 that are refused, each half is refused again, and then everything is taken.
    let sent = meets(&[(Fault::BadRequest, 1), (Fault::Pass, 1), (Fault::BadRequest, 2)]).await;
    sent.is_whole().await;
    // Who is refused alone is rejected.
    let app = TestApp::start().await;
    let people = app.many_friends(2).await;
    let id = app.approved(to_everyone("健診")).await;
    app.line().fault(Endpoint::Multicast, Fault::BadRequest, 1);
    app.line().fault(Endpoint::Push, Fault::BadRequest, 1);
    let sent = Sent { app, people, id };
    sent.passes(MINUTE).await;
    assert_eq!((sent.of(LedgerState::Rejected).await, sent.of(LedgerState::Accepted).await), (1, 1));
    agrees_with_line(&sent.app, sent.id, &sent.people, true).await;
}

#[tokio::test]
async fn a_refusal_after_a_lost_answer_leaves_it_unknown_and_tries_nobody_under_another_key() {
    // The second batch is taken and answered with 500; the third passes; then the second is refused.
    let faults = [(Fault::AcceptThenServerError, 1), (Fault::Pass, 1), (Fault::MalformedId(0), 1)];
    let sent = meets(&faults).await;
    let stored = sent.app.broadcast(sent.id).await;
    assert_eq!((sent.app.got(&sent.people), stored.state), (vec![1], State::Done));
    assert_eq!((sent.of(LedgerState::Unknown).await, sent.of(LedgerState::Rejected).await), (500, 0));
    agrees_with_line(&sent.app, sent.id, &sent.people, true).await;
}

#[tokio::test]
async fn what_is_held_for_a_day_with_an_answer_missing_is_not_sent_again_when_it_goes_on() {
    let faults = [(Fault::AcceptThenServerError, 1), (Fault::Pass, 1), (Fault::MonthlyLimit, 1)];
    let sent = meets(&faults).await;
    assert_eq!(sent.app.broadcast(sent.id).await.hold(), Some(Hold::MonthlyLimit));
    // LINE has forgotten the key when somebody lets it go on.
    sent.app.clock().advance(MINUTE * 60 * 25);
    sent.app.step().await;
    sent.goes_on().await;
    assert_eq!((sent.app.got(&sent.people), sent.of(LedgerState::Unknown).await), (vec![1], 500));
    agrees_with_line(&sent.app, sent.id, &sent.people, true).await;
}

#[tokio::test]
async fn a_round_that_lasts_longer_than_lines_memory_repeats_nothing_of_its_beginning() {
    let app = TestApp::start_with(|config, _| config.send_at_once = 1.try_into().unwrap()).await;
    let people = app.many_friends(1_100).await;
    app.line().fault(Endpoint::Multicast, Fault::Pass, 1);
    app.line().fault(Endpoint::Multicast, Fault::AcceptThenServerError, 1);
    app.line().fault(Endpoint::Multicast, Fault::Slow(Duration::from_millis(200)), 1);
    let id = app.approved(to_everyone("健診")).await;
    plan::plan_due(app.app()).await.unwrap();
    let stop = CancellationToken::new();
    // While the third answer is awaited, the machine sleeps for a day.
    let sleeps = async {
        while app.got(&people) != [1] {
            tokio::task::yield_now().await;
        }
        app.clock().advance(MINUTE * 60 * 25);
    };
    let (sent, ()) = tokio::join!(deliver::send_due(app.app(), &stop), sleeps);
    sent.unwrap();
    let sent = Sent { app, people, id };
    sent.passes(MINUTE * 10).await;
    assert_eq!((sent.app.got(&sent.people), sent.of(LedgerState::Unknown).await), (vec![1], 500));
    agrees_with_line(&sent.app, sent.id, &sent.people, true).await;
}

#[tokio::test]
async fn what_a_clock_two_days_ahead_has_begun_is_given_up_a_day_after_it_was_put_right() {
    let app = TestApp::start_with(|config, _| config.send_at_once = 1.try_into().unwrap()).await;
    let people = app.many_friends(600).await;
    let right = app.clock().now();
    app.clock().set(right.plus(MINUTE * 60 * 48));
    app.line().fault(Endpoint::Multicast, Fault::AcceptThenServerError, 1);
    app.line().fault(Endpoint::Multicast, Fault::Pass, 1);
    app.line().fault(Endpoint::Multicast, Fault::ServerError, 100_000);
    let id = app.approved(to_everyone("健診")).await;
    app.step().await;
    app.clock().set(right);
    deliver::recover(app.app()).await.unwrap();
    let sent = Sent { app, people, id };
    sent.passes(MINUTE * 4).await;
    assert_eq!(sent.of(LedgerState::Attempting).await, 500, "it is asked for again");
    sent.app.clock().advance(MINUTE * 60 * 23);
    sent.passes(MINUTE * 4).await;
    // By the wrong time it would be tried for two days more, and LINE remembers for one.
    assert_eq!((sent.of(LedgerState::Unknown).await, sent.app.got(&sent.people)), (500, vec![1]));
    agrees_with_line(&sent.app, sent.id, &sent.people, true).await;
}

/// LINE takes the first batch, takes the second without a word, and is then away for 25 hours.
#[tokio::test]
async fn a_clock_two_days_ahead_that_is_put_right_while_the_program_runs_asks_again_at_once() {
    let app = TestApp::start().await;
    let people = app.many_friends(600).await;
    let right = app.clock().now();
    app.clock().set(right.plus(MINUTE * 60 * 48));
    app.line().fault(Endpoint::Multicast, Fault::AcceptThenServerError, 2);
    let id = app.approved(to_everyone("健診")).await;
    app.step().await;
    app.clock().set(right);
    let sent = Sent { app, people, id };
    // Later than this LINE forgets the keys, whatever the clock said.
    sent.passes(MINUTE * 4).await;
    assert_eq!((sent.app.got(&sent.people), sent.of(LedgerState::Accepted).await), (vec![1], 600));
    assert_eq!(sent.conflicts(), 2, "LINE knows the keys");
    agrees_with_line(&sent.app, sent.id, &sent.people, true).await;
}

#[tokio::test]
async fn after_an_hour_without_line_a_person_is_asked_before_the_rest_goes_out() {
    let sent = meets(&[(Fault::ServerError, 100_000)]).await;
    let stored = sent.app.broadcast(sent.id).await;
    assert_eq!((stored.state, stored.hold()), (State::Paused, Some(Hold::Late)));
    let asked = sent.app.line().requests().len();
    sent.app.line().forget_faults();
    sent.passes(MINUTE * 10).await;
    assert_eq!((sent.app.line().requests().len(), sent.of(LedgerState::Accepted).await), (asked, 500));
    sent.goes_on().await;
    sent.is_whole().await;
}

#[tokio::test]
async fn an_answer_that_asks_to_wait_for_a_day_is_asked_again_within_minutes() {
    let sent = meets(&[(Fault::WaitADay, 1)]).await;
    sent.is_whole().await;
}

#[tokio::test]
async fn line_away_for_twenty_five_hours_leaves_what_was_tried_unknown_and_nothing_is_sent_twice() {
    let app = TestApp::start_with(|config, _| config.send_at_once = 1.try_into().unwrap()).await;
    let people = app.many_friends(5_000).await;
    app.line().fault(Endpoint::Multicast, Fault::Pass, 1);
    app.line().fault(Endpoint::Multicast, Fault::AcceptThenServerError, 1);
    app.line().fault(Endpoint::Multicast, Fault::ServerError, 100_000);
    let id = app.approved(to_everyone("健診")).await;
    let sent = Sent { app, people, id };
    let has = async |state: State, figures: [i64; 3], at_line: usize| {
        let stored = sent.app.broadcast(sent.id).await;
        let mut counted = [0; 3];
        for (count, of) in
            counted.iter_mut().zip([LedgerState::Accepted, LedgerState::Unknown, LedgerState::Planned])
        {
            *count = sent.of(of).await;
        }
        let got = sent.people.iter().filter(|person| sent.app.line().accepted_count(person) == 1).count();
        assert_eq!((stored.state, counted, got), (state, figures, at_line), "{:?}", stored.hold());
    };
    // After an hour it asks; by then three batches were tried, and nothing is known of any of them.
    sent.passes(MINUTE * 70).await;
    assert_eq!(sent.of(LedgerState::Attempting).await, 1_500);
    has(State::Paused, [500, 0, 3_000], 1_000).await;
    sent.passes(MINUTE * 60 * 24).await;
    has(State::Paused, [500, 1_500, 3_000], 1_000).await;
    // LINE is back; nothing goes on before a person has looked.
    sent.app.line().forget_faults();
    sent.passes(MINUTE * 60 * 4).await;
    has(State::Paused, [500, 1_500, 3_000], 1_000).await;
    assert_eq!(sent.app.broadcast(sent.id).await.hold(), Some(Hold::Late));
    sent.goes_on().await;
    has(State::Done, [3_500, 1_500, 0], 4_000).await;
    agrees_with_line(&sent.app, sent.id, &sent.people, true).await;
    assert_eq!(sent.app.got(&sent.people), [0, 1], "nobody twice");
}
