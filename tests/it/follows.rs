//! Who follows is compared with LINE at night: lost blocks are found, and so are friends of whom we never heard; events win
//! by their time, nothing broken is believed.

use std::time::Duration;

use jiff::civil::date;
use musubi::domain::broadcast::State;
use musubi::domain::ids::LineUserId;
use musubi::domain::staff::Role;
use musubi::flow::follows;
use musubi::simulator::{Endpoint, Fault};
use musubi::store::follows::{Check, Standings, count, list};

use crate::support::TestApp;
use crate::support::broadcasts::to_everyone;

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
    assert_eq!(app.standings().await, (49 + 2, 51), "the two members of staff are friends, too");
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
    assert_eq!(app.standings().await, (200 + 1, 0), "the approver is a friend, too");
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

/// Who was a friend before this program, in the order of the list: LINE knows them, and we don't.
fn friends_from_before(app: &TestApp, count: usize) -> Vec<LineUserId> {
    app.line().add_friends_silently(count)
}

/// Whoever may confirm does, and the worker looks again.
async fn confirm_the_last(app: &TestApp) {
    let approver = app.clerk("見本 承認", &[Role::Approver]).await;
    let asking = app.last_check().await.unwrap();
    follows::confirm(app.app(), &approver, asking.id).await.unwrap();
    app.step().await;
}

#[tokio::test]
async fn friends_from_before_the_program_are_taken_in_after_a_question_and_reached_with_everybody() {
    let app = TestApp::start().await;
    let known = app.many_friends(20).await;
    let before = friends_from_before(&app, 1_500);
    app.step_at_night(2).await;
    assert_eq!((app.standings().await, calls(&app, Endpoint::Followers)), ((20, 0), 2));
    let asking = app.last_check().await.unwrap();
    assert_eq!((asking.state.as_str(), asking.strangers, asking.gained), ("asks", Some(1_500), Some(1_500)));
    confirm_the_last(&app).await;
    // The approver is a friend, too.
    assert_eq!(app.standings().await, (1_521, 0));
    let found = app.last_check().await.unwrap();
    assert_eq!((found.state.as_str(), found.gained, found.leaving), ("done", Some(1_501), Some(0)));
    let changes = app.everything().await;
    let by_the_list =
        changes.iter().filter(|(place, value)| place.starts_with("change_log") && value == "comparison");
    assert_eq!(by_the_list.count(), 1_501, "through the change log");
    assert!(changes.iter().any(|(place, value)| place == "audit_entry.detail" && value.contains("1501")));
    app.set_tokyo(date(2026, 7, 2).at(10, 0, 0, 0));
    let id = app.approved(to_everyone("健診")).await;
    app.step().await;
    assert_eq!(app.broadcast(id).await.state, State::Done);
    assert_eq!((app.got(&known), app.got(&before)), (vec![1], vec![1]));
    app.step_at_night(3).await;
    let again = app.last_check().await.unwrap();
    // Those who wrote and approved are friends whose accounts were not there yet.
    assert_eq!((again.state.as_str(), again.strangers, again.gained), ("done", Some(3), Some(3)));
}

#[tokio::test]
async fn a_few_whose_event_was_lost_are_taken_in_unasked_and_a_later_block_wins_over_the_list() {
    let app = TestApp::start().await;
    app.many_friends(5).await;
    let lost = friends_from_before(&app, 3);
    app.line().hold_webhooks();
    app.set_tokyo(date(2026, 7, 2).at(2, 59, 0, 0));
    // Before the list is asked for, and told of afterwards: later than what the list is taken to say.
    app.line().block(&lost[0]).await;
    app.line().unblocks_silently(&lost[0]);
    app.step_at_night(2).await;
    assert_eq!(app.standings().await, (8, 0));
    assert_eq!(app.last_check().await.unwrap().gained, Some(3));
    app.line().deliver_pending_webhooks().await;
    app.step().await;
    assert_eq!(app.standings().await, (7, 1));
}

#[tokio::test]
async fn who_was_erased_is_not_taken_in_from_the_list_until_they_come_back_by_themselves() {
    let app = TestApp::start().await;
    let [known, unknown] = [app.many_friends(1).await.remove(0), friends_from_before(&app, 1).remove(0)];
    for person in [&known, &unknown] {
        let mut browser = app.browser();
        browser.post("/liff/session", &[("id_token", &app.line().id_token(person))]).await.ok();
        let page = browser.get("/liff/erase").await.ok();
        browser.submit(page.form("すべて消す")).await.ok();
    }
    let someone = friends_from_before(&app, 1);
    app.step_at_night(2).await;
    assert_eq!(app.standings().await, (1, 0), "only the one who asked for nothing");
    let found = app.last_check().await.unwrap();
    assert_eq!((found.strangers, found.gained), (Some(3), Some(1)));
    app.set_tokyo(date(2026, 7, 2).at(10, 0, 0, 0));
    app.approved(to_everyone("健診")).await;
    app.step().await;
    assert_eq!((app.got(&[known.clone(), unknown.clone()]), app.got(&someone)), (vec![0], vec![1]));
    let named = |all: &[(String, String)]| all.iter().any(|(_, value)| value.contains(known.as_str()));
    assert!(!named(&app.everything().await), "nothing leads back to them");
    app.line().block(&known).await;
    app.clock().advance(Duration::from_secs(1));
    app.line().follow(&known).await;
    app.step().await;
    assert_eq!(app.standings().await, (2, 0));
    let marks = app.everything().await.into_iter().filter(|(place, _)| place == "erased_mark.mark");
    assert_eq!(marks.count(), 1, "the mark of who came back is gone");
}

#[tokio::test]
async fn nobody_is_taken_in_from_the_list_of_another_account_or_while_our_own_is_not_known() {
    let other = LineUserId::parse("U00000000000000000000000000000bad").unwrap();
    for (ours, state, strangers) in [(Some(other), "failed", None), (None, "done", Some(3))] {
        let app = TestApp::start_with(|config, _| config.line.bot_user_id = ours).await;
        friends_from_before(&app, 3);
        app.step_at_night(2).await;
        let found = app.last_check().await.unwrap();
        assert_eq!((found.state.as_str(), found.strangers), (state, strangers));
        assert_eq!(app.standings().await, (0, 0));
    }
}

#[tokio::test]
async fn an_account_that_may_not_list_its_friends_takes_nobody_in_and_the_page_says_so() {
    let app = TestApp::start().await;
    app.line().set_verified(false);
    friends_from_before(&app, 3);
    app.step_at_night(2).await;
    assert_eq!((app.standings().await, app.last_check().await.unwrap().gained), ((0, 0), Some(0)));
    let mut viewer = app.staff("見本 閲覧", &[Role::Auditor]).await.browser;
    let text = viewer.get("/console/friends").await.ok().text();
    assert!(text.contains("この仕組みを入れる前からの友だちは、見つけられません"), "{text}");
}

#[tokio::test]
async fn the_friends_page_says_how_many_would_come_in_and_how_many_did() {
    let app = TestApp::start().await;
    app.many_friends(20).await;
    friends_from_before(&app, 60);
    app.step_at_night(2).await;
    let mut approver = app.approver("見本 承認").await.browser;
    let page = approver.get("/console/friends").await.ok();
    assert!(page.text().contains("まだここに記録のない人が60人いました"), "{}", page.text());
    assert!(!page.text().contains("友だちではありませんでした"), "nobody would leave");
    approver.submit(page.form("確かめたので、もう一度照合して反映する")).await.ok();
    app.step().await;
    let page = approver.get("/console/friends").await.ok();
    assert!(page.text().contains("新しく加えた人") && !page.text().contains("確認が必要です"));
    assert_eq!(app.standings().await, (80, 0));
}
