//! What is asked once more before the recipients are frozen: the data checks, and how many people have to approve.

use std::time::Duration;

use musubi::domain::broadcast::tier::WhyTwo;
use musubi::domain::broadcast::{Caution, Hold, State};
use musubi::domain::ids::{BroadcastId, LineUserId};
use musubi::domain::segment::RulePath;
use musubi::domain::staff::Role;
use musubi::domain::timestamp::Timestamp;
use musubi::flow::broadcast::{self, Draft, Seen};
use musubi::flow::rules::{self, Origin, Saving};

use crate::support::TestApp;
use crate::support::broadcasts::to_everyone;
use crate::support::households::Home;

const HIRATA: &str = "gomi/mihon";

/// People of 平田 and of elsewhere, and a rule for those of 平田.
async fn town(app: &TestApp, (here, elsewhere): (usize, usize), expected: &str) -> Vec<LineUserId> {
    let editor = app.clerk("見本 条件", &[Role::Editor]).await;
    let text = format!(
        "名前: 平田の方\n目的: 見本\n所管: 広報課\n{expected}単位: 世帯\n\n対象: すべて\n  - 居住地 平田\n"
    );
    let path = RulePath::parse(HIRATA).unwrap();
    let saving =
        Saving { path: &path, text: &text, why: "見本", seen: 0, is_new: true, origin: Origin::Console };
    rules::save(&app.app().base(), &app.app().rules, Some(&editor), saving).await.unwrap();
    let home = |district: &str| Home::of("1980-01-01", district);
    app.homes(&vec![home("otsu"); elsewhere]).await;
    app.homes(&vec![home("hirata-chiku"); here]).await
}

/// Approved by as many as it needs now, to go out in an hour.
async fn approved_for_later(app: &TestApp) -> (BroadcastId, Timestamp) {
    let at = app.clock().now().plus(Duration::from_secs(3600));
    let draft =
        Draft { segment_path: HIRATA.to_owned(), scheduled_at: Some(at), ..to_everyone("ごみの日") };
    let id = app.approved(draft).await;
    assert_eq!(app.broadcast(id).await.state, State::Approved);
    (id, at)
}

async fn approve_anew(app: &TestApp, id: BroadcastId, typed_count: i64) {
    let approver = app.clerk("見本 新承認", &[Role::Approver]).await;
    app.open_all(&approver, id).await;
    let seen = Seen { typed_count, ..app.seen(id).await };
    broadcast::approve(app.app(), &approver, id, &seen).await.unwrap();
}

#[tokio::test]
async fn what_grows_over_a_tenth_of_the_friends_after_its_approval_waits_for_two() {
    let app = TestApp::start().await;
    let mut people = town(&app, (10, 90), "").await;
    let (id, at) = approved_for_later(&app).await;
    assert_eq!(app.broadcast(id).await.approvals_needed, 1);
    people.extend(app.homes(&[Home::of("1980-01-01", "hirata-chiku")]).await);
    app.clock().set(at);
    app.step().await;
    let held = app.broadcast(id).await;
    assert_eq!((held.state, held.hold()), (State::Paused, Some(Hold::NeedsSecond)));
    assert_eq!(broadcast::why_two(app.app(), &held).await.unwrap(), [WhyTwo::ManyFriends]);
    approve_anew(&app, id, 11).await;
    app.step().await;
    assert_eq!((app.broadcast(id).await.state, app.got(&people)), (State::Paused, vec![0]));
    approve_anew(&app, id, 11).await;
    app.step().await;
    assert_eq!((app.broadcast(id).await.state, app.got(&people)), (State::Done, vec![1]));
}

#[tokio::test]
async fn what_has_grown_over_a_tenth_before_it_is_approved_wants_two_at_once() {
    let app = TestApp::start().await;
    town(&app, (10, 90), "").await;
    let author = app.clerk("見本 起案", &[Role::Editor]).await;
    let id =
        app.submitted(&author, Draft { segment_path: HIRATA.to_owned(), ..to_everyone("ごみの日") }).await;
    assert_eq!(app.broadcast(id).await.approvals_needed, 1);
    app.homes(&[Home::of("1980-01-01", "hirata-chiku")]).await;
    app.approve_by_others(id).await;
    assert_eq!(
        (app.broadcast(id).await.state, app.broadcast(id).await.approvals_needed),
        (State::Submitted, 2)
    );
}

#[tokio::test]
async fn the_database_itself_plans_nothing_for_more_than_a_tenth_that_one_has_approved() {
    let app = TestApp::start().await;
    town(&app, (10, 90), "").await;
    let (id, _) = approved_for_later(&app).await;
    let plan = |count: i64| {
        format!(
            "UPDATE broadcast SET state = 'planned', planned_count = {count}, planned_at = created_at WHERE id = '{id}'"
        )
    };
    assert!(app.try_sql(&plan(11)).await.is_err());
    assert!(app.try_sql(&plan(10)).await.is_ok());
    app.run_sql(&format!(
        "UPDATE broadcast SET state = 'stopped', finished_at = created_at WHERE id = '{id}'"
    ))
    .await;
}

#[tokio::test]
async fn a_caution_that_nobody_saw_is_asked_about_when_it_is_to_go_out() {
    let app = TestApp::start().await;
    let people = town(&app, (10, 120), "").await;
    let (id, at) = approved_for_later(&app).await;
    assert_eq!(app.broadcast(id).await.cautions(), []);
    app.line().block(&people[0]).await;
    app.clock().set(at);
    app.step().await;
    let held = app.broadcast(id).await;
    assert_eq!((held.state, held.hold()), (State::Paused, Some(Hold::NewCaution)));
    assert_eq!(held.cautions(), [Caution::Few]);
    let mut approver = app.approver("見本 閲覧").await.browser;
    let text = approver.get(&format!("/console/broadcasts/{id}")).await.ok().text();
    assert!(text.contains("届く人が10人未満です") && text.contains("新しく見つかった注意"), "{text}");
    approve_anew(&app, id, 9).await;
    app.step().await;
    assert_eq!((app.broadcast(id).await.state, app.got(&people[1..])), (State::Done, vec![1]));
}

#[tokio::test]
async fn a_number_outside_what_the_rule_expects_and_many_unknown_are_cautions_at_sending_too() {
    for (expected, here, unknown, caution) in
        [("想定人数: 5〜12\n", 3, 0, Caution::OutsideExpected), ("", 0, 12, Caution::ManyUnknown)]
    {
        let app = TestApp::start().await;
        town(&app, (12, 200), expected).await;
        let (id, at) = approved_for_later(&app).await;
        app.homes(&vec![Home::of("1980-01-01", "hirata-chiku"); here]).await;
        app.many_friends(unknown).await;
        app.clock().set(at);
        app.step().await;
        let held = app.broadcast(id).await;
        assert_eq!((held.hold(), held.cautions()), (Some(Hold::NewCaution), vec![caution]), "{caution:?}");
    }
}

#[tokio::test]
async fn a_caution_that_was_seen_holds_nothing_and_an_edit_forgets_what_came_up() {
    let app = TestApp::start().await;
    let people = town(&app, (9, 120), "").await;
    let (id, at) = approved_for_later(&app).await;
    assert_eq!(app.broadcast(id).await.cautions(), [Caution::Few]);
    app.clock().set(at);
    app.step().await;
    assert_eq!((app.broadcast(id).await.state, app.got(&people)), (State::Done, vec![1]));

    let (id, at) = approved_for_later(&app).await;
    app.run_sql(&format!(
        "UPDATE broadcast SET submitted_cautions = '', more_cautions = 'few' WHERE id = '{id}'"
    ))
    .await;
    let approver = app.clerk("見本 差戻", &[Role::Approver]).await;
    broadcast::return_to_draft(app.app(), &approver, id, "人数").await.unwrap();
    assert_eq!(app.broadcast(id).await.cautions(), []);
    app.clock().set(at);
    app.step().await;
}
