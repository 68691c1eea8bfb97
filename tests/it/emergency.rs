//! Emergency messages: from the drawer, by night, after one other person; never by one alone, never with other words.

use std::num::NonZeroUsize;
use std::time::Duration;

use jiff::civil::date;
use musubi::domain::broadcast::{Class, Hold, State, Whom};
use musubi::domain::emergency::Filled;
use musubi::domain::ids::LineUserId;
use musubi::domain::staff::{Role, StaffMember};
use musubi::flow::broadcast::{self, BroadcastError, Draft, Refusal};
use musubi::flow::plan::plan_due;
use musubi::flow::{deliver, guard};
use musubi::simulator::{Endpoint, Fault};
use musubi::store::broadcasts;
use musubi::store::progress::Progress;
use musubi::worker;
use tokio_util::sync::CancellationToken;

use crate::support::TestApp;
use crate::support::broadcasts::to_everyone;

fn refused<T: std::fmt::Debug>(outcome: Result<T, BroadcastError>) -> Refusal {
    match outcome.unwrap_err() {
        BroadcastError::Refused(refusal) => refusal,
        other => panic!("{other}"),
    }
}

fn whole_city() -> Filled {
    Filled {
        everyone: true, place: "出雲中央小学校".into(), time: "23:05".into(), ..Filled::default()
    }
}

/// What one's own phone has shown so far.
async fn heard(app: &TestApp, staff: &StaffMember) -> Vec<String> {
    let mut tx = app.db().read().await.unwrap();
    let own = musubi::store::staff::find(&mut tx, staff.id).await.unwrap().unwrap().line_user_id.unwrap();
    app.line().said_to(&own).into_iter().map(|said| said.text).collect()
}

#[tokio::test]
async fn an_emergency_goes_out_by_night_after_one_other_person_and_all_staff_are_told() {
    let app = TestApp::start().await;
    let people = app.many_friends(120).await;
    let author = app.clerk("見本 防災", &[Role::Editor, Role::Approver]).await;
    let approver = app.clerk("見本 当直", &[Role::Approver]).await;
    app.set_tokyo(date(2026, 7, 9).at(23, 10, 0, 0));
    let id = broadcast::begin_emergency(app.app(), &author, "hinan-shiji", &whole_city()).await.unwrap();
    let begun = app.broadcast(id).await;
    assert_eq!((begun.class, begun.whom()), (Class::Emergency, Some(Whom::Districts)));
    broadcast::send_test(app.app(), &author, id).await.unwrap();
    app.submit(&author, (id, 1)).await.unwrap();
    app.step().await;
    let told = heard(&app, &approver).await;
    assert!(told.last().unwrap().contains("緊急配信「避難指示」が承認を待っています"), "{told:?}");
    let seen = app.seen(id).await;
    assert_eq!(refused(broadcast::approve(app.app(), &author, id, &seen).await), Refusal::OwnText);
    app.step().await;
    assert_eq!(app.got(&people), [0], "nobody alone sends it");

    app.approve(&approver, id).await.unwrap();
    app.step().await;
    assert_eq!((app.broadcast(id).await.state, app.got(&people)), (State::Done, vec![1]));
    let told = heard(&app, &author).await;
    assert_eq!(told.iter().filter(|text| text.contains("承認され、送信を始めます")).count(), 1);
}

#[tokio::test]
async fn the_words_are_the_templates_and_stay_so() {
    let app = TestApp::start().await;
    app.many_friends(3).await;
    let author = app.clerk("見本 防災", &[Role::Editor]).await;
    let id = broadcast::begin_emergency(app.app(), &author, "hinan-shiji", &whole_city()).await.unwrap();
    let edit = broadcast::edit(app.app(), &author, (id, 1), to_everyone("ミサイル発射")).await;
    assert_eq!(refused(edit), Refusal::FixedText);
    assert_eq!(refused(broadcast::copy(app.app(), &author, id).await), Refusal::UnknownSegment);
    let nothing = Filled::default();
    let begin = broadcast::begin_emergency(app.app(), &author, "hinan-shiji", &nothing).await;
    assert!(matches!(refused(begin), Refusal::Filled(faults) if faults.len() == 3));
    let none = broadcast::begin_emergency(app.app(), &author, "missile", &whole_city()).await;
    assert_eq!(refused(none), Refusal::NoTemplate);
    let approver = app.clerk("見本 当直", &[Role::Approver]).await;
    let begin = broadcast::begin_emergency(app.app(), &approver, "hinan-shiji", &whole_city()).await;
    assert!(matches!(refused(begin), Refusal::NotAllowed(_)));
}

#[tokio::test]
async fn districts_are_met_and_whoever_has_told_none_is_not() {
    let app = TestApp::start().await;
    let people = app.many_friends(4).await;
    for (at, district) in ["agu", "agu", "imaichi"].iter().enumerate() {
        app.run_sql(&format!(
            "UPDATE account SET attributes = '{{\"district\":\"{district}\"}}' WHERE line_user_id = '{}'",
            people[at].as_str()
        ))
        .await;
    }
    let author = app.clerk("見本 防災", &[Role::Editor]).await;
    let filled = Filled { everyone: false, districts: vec!["agu".into()], ..whole_city() };
    let id = broadcast::begin_emergency(app.app(), &author, "hinan-shiji", &filled).await.unwrap();
    broadcast::send_test(app.app(), &author, id).await.unwrap();
    app.submit(&author, (id, 1)).await.unwrap();
    assert_eq!(app.broadcast(id).await.submitted_count, Some(2));
    app.approve_by_others(id).await;
    app.step().await;
    let got: Vec<_> = people.iter().map(|person| app.line().accepted_count(person)).collect();
    assert_eq!(got, [1, 1, 0, 0]);
}

#[tokio::test]
async fn a_drill_passes_in_a_live_installation_from_its_own_template_alone() {
    let app = TestApp::start_with(|config, _| config.server.demo = false).await;
    app.many_friends(3).await;
    let author = app.clerk("見本 防災", &[Role::Editor]).await;
    let drill = broadcast::begin_emergency(app.app(), &author, "kunren", &whole_city()).await.unwrap();
    broadcast::send_test(app.app(), &author, drill).await.unwrap();
    app.submit(&author, (drill, 1)).await.unwrap();
    let other = broadcast::create(app.app(), &author, to_everyone("【訓練】避難指示です")).await.unwrap();
    broadcast::send_test(app.app(), &author, other).await.unwrap();
    assert_eq!(refused(app.submit(&author, (other, 1)).await), Refusal::MarkedAsTest);
}

/// An ordinary broadcast in three calls, one at a time, that is about to go out, and an emergency approved meanwhile.
async fn caught_up() -> (TestApp, Vec<LineUserId>) {
    let app = TestApp::start_with(|config, _| config.send_at_once = NonZeroUsize::MIN).await;
    let people = app.many_friends(1_200).await;
    app.approved(to_everyone("健診")).await;
    plan_due(app.app()).await.unwrap();
    app.approved(Draft { class: Class::Emergency, ..to_everyone("避難してください") }).await;
    (app, people)
}

/// What is in a state and not finished.
async fn classes(app: &TestApp, state: State) -> Vec<Class> {
    let open = broadcasts::list_open(&mut app.db().read().await.unwrap(), state).await.unwrap();
    let mut classes = Vec::new();
    for id in open {
        classes.push(app.broadcast(id).await.class);
    }
    classes
}

/// In one round the emergency has gone out to everybody, and the other has not; in the next ones the other follows.
async fn comes_first(app: &TestApp, people: &[LineUserId]) {
    worker::broadcasts::step(app.app(), &CancellationToken::new()).await.unwrap();
    assert_eq!(classes(app, State::Sending).await, [Class::Ordinary]);
    assert_eq!(app.got(people), [1, 2]);
    app.step().await;
    assert_eq!(app.got(people), [2]);
}

#[tokio::test]
async fn an_emergency_approved_while_another_broadcast_goes_out_waits_for_its_open_calls_only() {
    let app = TestApp::start_with(|config, _| config.send_at_once = NonZeroUsize::MIN).await;
    let people = app.many_friends(1_200).await;
    app.approved(to_everyone("健診")).await;
    plan_due(app.app()).await.unwrap();
    app.line().forget_requests();
    app.line().fault(Endpoint::Multicast, Fault::Slow(Duration::from_millis(300)), 1);
    let approves = async {
        while app.line().requests().is_empty() {
            tokio::task::yield_now().await;
        }
        app.approved(Draft { class: Class::Emergency, ..to_everyone("避難してください") }).await;
    };
    let stop = CancellationToken::new();
    let (calls, ()) = tokio::join!(deliver::send_due(app.app(), &stop), approves);
    // The open one, and the one that was claimed while somebody looked.
    assert!(matches!(calls, Ok(1 | 2)), "{calls:?}");
    comes_first(&app, &people).await;
}

#[tokio::test]
async fn an_emergency_that_is_approved_before_another_broadcast_begins_waits_for_none_of_its_calls() {
    let (app, people) = caught_up().await;
    assert_eq!(deliver::send_due(app.app(), &CancellationToken::new()).await.unwrap(), 0);
    worker::broadcasts::step(app.app(), &CancellationToken::new()).await.unwrap();
    assert_eq!((app.got(&people), classes(&app, State::Planned).await), (vec![1], vec![Class::Ordinary]));
    app.step().await;
    assert_eq!(app.got(&people), [2]);
}

#[tokio::test]
async fn an_emergency_waits_for_the_copies_of_no_more_than_the_broadcast_that_is_looked_at() {
    let app = TestApp::start_with(|config, _| config.pilot.wait = Duration::from_secs(600)).await;
    let people = app.many_friends(200).await;
    let author = app.clerk("見本 防災", &[Role::Editor]).await;
    let approver = app.clerk("見本 当直", &[Role::Approver]).await;
    for text in ["一", "二", "三", "四"] {
        app.approved(to_everyone(text)).await;
    }
    plan_due(app.app()).await.unwrap();
    let id = app.emergency(&author).await;
    app.submit(&author, (id, app.broadcast(id).await.version)).await.unwrap();
    app.line().forget_requests();
    app.line().fault(Endpoint::Push, Fault::Slow(Duration::from_millis(300)), 99);
    let calls = |to: Endpoint| app.line().requests().iter().filter(|call| call.endpoint == Some(to)).count();
    let approves = async {
        while calls(Endpoint::Push) == 0 {
            tokio::task::yield_now().await;
        }
        app.approve(&approver, id).await.unwrap();
    };
    let stop = CancellationToken::new();
    let (sent, ()) = tokio::join!(deliver::send_due(app.app(), &stop), approves);
    sent.unwrap();
    // Those behind one broadcast, at the same time; nobody else, and no resident, comes before the emergency.
    assert!(calls(Endpoint::Push) <= 4, "{}", calls(Endpoint::Push));
    assert_eq!((calls(Endpoint::Multicast), app.got(&people)), (0, vec![0]));
}

#[tokio::test]
async fn an_emergency_that_was_held_and_is_resumed_comes_before_the_rest_of_another_broadcast() {
    let (app, people) = caught_up().await;
    let approved = broadcasts::list_open(&mut app.db().read().await.unwrap(), State::Approved).await.unwrap();
    plan_due(app.app()).await.unwrap();
    let approver = app.clerk("見本 当直", &[Role::Approver, Role::Admin]).await;
    broadcast::pause(app.app(), &approver, approved[0]).await.unwrap();
    app.line().fault(Endpoint::Multicast, Fault::Slow(Duration::from_millis(700)), 3);
    let stop = CancellationToken::new();
    // As a person does it while the round of the other broadcast is under way.
    let resumed = async {
        while app.got(&people) == [0] {
            tokio::task::yield_now().await;
        }
        broadcast::resume(app.app(), &approver, approved[0]).await.unwrap();
    };
    let (calls, ()) = tokio::join!(deliver::send_due(app.app(), &stop), resumed);
    assert!(calls.unwrap() < 3, "the round has ended before its time");
    app.line().forget_faults();
    comes_first(&app, &people).await;
}

#[tokio::test]
async fn a_broadcast_that_line_fails_on_holds_up_no_other_and_an_emergency_tries_everybody_all_the_same() {
    let app = TestApp::start_with(|config, _| config.send_at_once = NonZeroUsize::MIN).await;
    let people = app.many_friends(2_200).await;
    app.line().fault(Endpoint::Multicast, Fault::ServerError, 3);
    let sick = app.approved(to_everyone("健診")).await;
    app.step().await;
    let open = |progress: Progress| (progress.open_batches, progress.pending_batches);
    assert_eq!((open(app.progress(sick).await), app.got(&people)), ((3, 2), vec![0]), "nothing new begins");
    let other = app.approved(to_everyone("防災")).await;
    app.step().await;
    assert_eq!((app.broadcast(other).await.state, app.got(&people)), (State::Done, vec![1]));
    app.line().fault(Endpoint::Multicast, Fault::ServerError, 5);
    let urgent = app.approved(Draft { class: Class::Emergency, ..to_everyone("避難してください") }).await;
    app.step().await;
    assert_eq!(open(app.progress(urgent).await), (5, 0));
    app.clock().advance(Duration::from_secs(60));
    app.step().await;
    assert_eq!(
        (app.broadcast(urgent).await.state, app.broadcast(sick).await.state),
        (State::Done, State::Done)
    );
    assert_eq!(app.got(&people), [3]);
}

#[tokio::test]
async fn an_emergency_that_stood_still_over_night_asks_before_it_goes_on() {
    let app = TestApp::start().await;
    let people = app.many_friends(3).await;
    let admin = app.clerk("見本 管理", &[Role::Admin, Role::Approver]).await;
    app.set_tokyo(date(2026, 7, 9).at(21, 0, 0, 0));
    let id = app.approved(Draft { class: Class::Emergency, ..to_everyone("断水しています") }).await;
    plan_due(app.app()).await.unwrap();
    broadcast::pause_all(app.app(), &admin, "").await.unwrap();
    app.set_tokyo(date(2026, 7, 10).at(8, 30, 0, 0));
    broadcast::resume_all(app.app(), &admin).await.unwrap();
    app.step().await;
    assert_eq!((app.broadcast(id).await.hold(), app.got(&people)), (Some(Hold::Late), vec![0]));
}

#[tokio::test]
async fn what_was_sent_before_leaves_an_emergency_its_own_hour() {
    let app = TestApp::start_with(|config, _| config.limits.hour_recipients = 600).await;
    guard::apply_limits(app.app()).await.unwrap();
    let people = app.many_friends(400).await;
    app.approved(to_everyone("健診")).await;
    app.step().await;
    let held = app.approved(Draft { class: Class::Correction, ..to_everyone("訂正") }).await;
    app.approved(Draft { class: Class::Emergency, ..to_everyone("避難してください") }).await;
    app.step().await;
    assert_eq!((app.broadcast(held).await.hold(), app.got(&people)), (Some(Hold::HourlyLimit), vec![2]));
    let second = app.approved(Draft { class: Class::Emergency, ..to_everyone("続報") }).await;
    app.step().await;
    assert_eq!((app.broadcast(second).await.hold(), app.got(&people)), (Some(Hold::HourlyLimit), vec![2]));
}

#[tokio::test]
async fn an_emergency_is_planned_although_line_says_nothing_of_the_month_and_does_not_ask() {
    let app = TestApp::start().await;
    let people = app.many_friends(3).await;
    app.line().fault(Endpoint::Quota, Fault::AcceptThenSilence, 9);
    let ordinary = app.approved(to_everyone("健診")).await;
    // Twice two seconds at most, where LINE's client itself would wait for ten.
    tokio::time::timeout(Duration::from_secs(8), plan_due(app.app()))
        .await
        .expect("it waits no longer")
        .unwrap();
    assert_eq!(app.broadcast(ordinary).await.state, State::Planned);
    app.approved(Draft { class: Class::Emergency, ..to_everyone("避難してください") }).await;
    app.line().forget_requests();
    worker::broadcasts::step(app.app(), &CancellationToken::new()).await.unwrap();
    assert_eq!(app.got(&people), [1]);
    assert!(app.line().requests().iter().all(|call| call.endpoint != Some(Endpoint::Quota)));
    app.line().forget_faults();
}
