//! Who follows is compared with LINE at night: lost blocks are found, events win by their time, nothing broken is believed.

use std::time::Duration;

use jiff::civil::date;
use musubi::domain::ids::LineUserId;
use musubi::domain::staff::Role;
use musubi::flow::follows;
use musubi::simulator::{Endpoint, Fault};
use musubi::store::follows::{Check, Standings, count, list};

use crate::support::TestApp;

const AN_HOUR: Duration = Duration::from_secs(3600);

impl TestApp {
    async fn standings(&self) -> (i64, i64) {
        let Standings { following, blocked } = count(&mut self.db().read().await.unwrap()).await.unwrap();
        (following, blocked)
    }

    async fn last_check(&self) -> Option<Check> {
        list(&mut self.db().read().await.unwrap(), 1).await.unwrap().into_iter().next()
    }

    async fn step_at_night(&self, day: i8) {
        self.set_tokyo(date(2026, 7, day).at(3, 0, 0, 0));
        self.step().await;
    }
}

fn calls(app: &TestApp, endpoint: Endpoint) -> usize {
    app.line().requests().iter().filter(|line| line.endpoint == Some(endpoint)).count()
}

fn everybody_but(people: &[LineUserId], app: &TestApp) {
    people.iter().for_each(|person| app.line().blocks_silently(person));
}

#[tokio::test]
async fn whom_line_lists_no_more_is_no_friend_and_who_is_listed_again_is_one() {
    let app = TestApp::start().await;
    // More than two pages of a thousand.
    let people = app.many_friends(2_300).await;
    everybody_but(&people[..7], &app);
    app.step().await;
    assert_eq!((app.standings().await, calls(&app, Endpoint::Followers)), ((2_300, 0), 0), "not by day");
    app.step_at_night(2).await;
    assert_eq!((app.standings().await, calls(&app, Endpoint::Followers)), ((2_293, 7), 3));
    let found = app.last_check().await.unwrap();
    assert_eq!(
        (found.state.as_str(), found.leaving, found.came_back, found.seen),
        ("done", Some(7), Some(0), Some(2_293))
    );
    app.clock().advance(AN_HOUR);
    app.step().await;
    assert_eq!(calls(&app, Endpoint::Followers), 3, "once a night");
    app.line().unblocks_silently(&people[0]);
    app.step_at_night(3).await;
    assert_eq!(app.standings().await, (2_294, 6));
    let changes = app.everything().await;
    let noted =
        changes.iter().filter(|(place, value)| place.starts_with("change_log") && value == "comparison");
    assert_eq!(noted.count(), 8, "through the change log");
}

#[tokio::test]
async fn what_an_event_tells_of_a_later_moment_wins() {
    let app = TestApp::start().await;
    let (gone, back) = (app.line().add_friend("見本 花子").await, app.line().add_friend("見本 太郎").await);
    app.step().await;
    app.line().block(&back).await;
    app.step().await;
    assert_eq!(app.standings().await, (1, 1));
    app.set_tokyo(date(2026, 7, 2).at(2, 59, 0, 0));
    // Within the margin of the clocks: the events are newer than what the list is taken to say.
    app.line().follow(&back).await;
    app.line().block(&gone).await;
    app.step_at_night(2).await;
    assert_eq!(app.standings().await, (1, 1));
    let found = app.last_check().await.unwrap();
    assert_eq!((found.leaving, found.came_back), (Some(0), Some(0)));
}

#[tokio::test]
async fn an_empty_or_broken_list_changes_nothing_and_is_asked_for_again() {
    let long_id = r#"{"userIds":["someone"]}"#;
    for fault in [
        Fault::Says(r#"{"userIds":[]}"#),
        Fault::Says(long_id),
        Fault::Says("{}"),
        Fault::HalfBody,
        Fault::ServerError,
        Fault::RateLimit,
    ] {
        let app = TestApp::start().await;
        let people = app.many_friends(30).await;
        app.line().blocks_silently(&people[0]);
        app.line().fault(Endpoint::Followers, fault, 1);
        app.step_at_night(2).await;
        assert_eq!(app.standings().await, (30, 0), "{fault:?}");
        assert_eq!(app.last_check().await.unwrap().state, "failed", "{fault:?}");
        app.clock().advance(AN_HOUR);
        app.step().await;
        assert_eq!(app.standings().await, (29, 1), "{fault:?}");
    }
}

#[tokio::test]
async fn a_list_that_breaks_off_in_the_middle_changes_nothing() {
    let app = TestApp::start().await;
    app.many_friends(1_200).await;
    app.line().fault(Endpoint::Followers, Fault::Pass, 1);
    app.line().fault(Endpoint::Followers, Fault::ServerError, 1);
    app.step_at_night(2).await;
    assert_eq!(app.standings().await, (1_200, 0));
}

#[tokio::test]
async fn where_many_leave_at_once_staff_are_asked_and_a_confirmation_compares_again() {
    let app = TestApp::start().await;
    let people = app.many_friends(100).await;
    everybody_but(&people[..51], &app);
    app.step_at_night(2).await;
    assert_eq!(app.standings().await, (100, 0));
    let asking = app.last_check().await.unwrap();
    assert_eq!((asking.state.as_str(), asking.leaving), ("asks", Some(51)));
    let editor = app.clerk("見本 起案", &[Role::Editor]).await;
    assert!(follows::confirm(app.app(), &editor, asking.id).await.is_err());
    let approver = app.clerk("見本 承認", &[Role::Approver]).await;
    follows::confirm(app.app(), &approver, asking.id).await.unwrap();
    assert!(follows::confirm(app.app(), &approver, asking.id).await.is_err());
    app.set_tokyo(date(2026, 7, 2).at(10, 0, 0, 0));
    app.step().await;
    assert_eq!(app.standings().await, (49, 51));
    assert_eq!(app.last_check().await.unwrap().state, "done");
}

#[tokio::test]
async fn where_even_more_leave_than_was_confirmed_it_asks_anew() {
    let app = TestApp::start().await;
    let people = app.many_friends(200).await;
    everybody_but(&people[..60], &app);
    app.step_at_night(2).await;
    let approver = app.clerk("見本 承認", &[Role::Approver]).await;
    let asking = app.last_check().await.unwrap();
    everybody_but(&people[..120], &app);
    follows::confirm(app.app(), &approver, asking.id).await.unwrap();
    app.step().await;
    assert_eq!(app.standings().await, (200, 0));
    assert_eq!(app.last_check().await.unwrap().state, "asks");
}

#[tokio::test]
async fn an_account_that_may_not_list_its_friends_asks_for_profiles_of_those_in_doubt() {
    let app = TestApp::start().await;
    app.line().set_verified(false);
    let known = app.line().add_friend("見本 花子").await;
    app.step().await;
    // Taken over long ago; nothing was heard of them since.
    let people = app.many_friends(20).await;
    app.run_sql("UPDATE account SET follow_changed_at = created_at WHERE registered_at IS NULL").await;
    app.clock().advance(AN_HOUR * 24 * 40);
    app.line().blocks_silently(&people[0]);
    app.line().blocks_silently(&known);
    app.clock().set(app.clock().now());
    app.set_tokyo(date(2026, 8, 20).at(3, 0, 0, 0));
    app.step().await;
    assert_eq!(calls(&app, Endpoint::Profile), 21);
    assert_eq!(app.standings().await, (19, 2));
    let found = app.last_check().await.unwrap();
    assert_eq!((found.way.as_deref(), found.seen), (Some("profile"), Some(21)));
    app.set_tokyo(date(2026, 8, 21).at(3, 0, 0, 0));
    app.step().await;
    assert_eq!(calls(&app, Endpoint::Profile), 21, "nobody twice within a month");
}

#[tokio::test]
async fn the_answers_of_another_account_are_not_believed() {
    let other = LineUserId::parse("U00000000000000000000000000000bad").unwrap();
    let app = TestApp::start_with(|_, line| line.bot_user_id = other).await;
    let people = app.many_friends(3).await;
    app.line().blocks_silently(&people[0]);
    app.step_at_night(2).await;
    assert_eq!((app.standings().await, calls(&app, Endpoint::Followers)), ((3, 0), 0));
}
