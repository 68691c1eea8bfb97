//! What LINE counts of a broadcast: a name on every call, figures fetched daily, below 20 untold, final on the 15th day.

use std::time::Duration;

use jiff::civil::date;
use musubi::domain::broadcast::{State, unit};
use musubi::domain::ids::{BroadcastId, LineUserId};
use musubi::domain::staff::Role;
use musubi::simulator::{Endpoint, Fault};
use musubi::store::units::{Insight, insights, is_without};

use crate::support::TestApp;
use crate::support::broadcasts::to_everyone;

const A_DAY: Duration = Duration::from_secs(24 * 3600);

impl TestApp {
    async fn insight(&self, id: BroadcastId) -> Option<Insight> {
        insights(&mut self.db().read().await.unwrap(), id).await.unwrap().into_iter().next()
    }

    async fn sent_to(&self, count: usize) -> (BroadcastId, Vec<LineUserId>) {
        let people = self.many_friends(count).await;
        let id = self.approved(to_everyone("健診")).await;
        self.step().await;
        assert_eq!(self.broadcast(id).await.state, State::Done);
        (id, people)
    }

    async fn a_day_later(&self) {
        self.clock().advance(A_DAY);
        self.step().await;
    }
}

fn asked(app: &TestApp) -> usize {
    app.line().requests().iter().filter(|line| line.endpoint == Some(Endpoint::UnitInsight)).count()
}

#[tokio::test]
async fn every_call_carries_the_broadcasts_name_and_no_other() {
    let app = TestApp::start().await;
    // Two multicasts and a push.
    let (id, _) = app.sent_to(1_001).await;
    assert_eq!(app.line().unit_names(), [unit::name(id, "")]);
    let kept = app.everything().await;
    let name = unit::name(id, "");
    let wrong = kept.iter().filter(|(place, value)| value.contains(&name) && !place.contains("unit"));
    assert_eq!(wrong.count(), 0, "bodies are wiped when they are settled");
}

#[tokio::test]
async fn figures_come_a_day_later_grow_daily_and_are_final_on_the_fifteenth_day() {
    let app = TestApp::start().await;
    let (id, people) = app.sent_to(100).await;
    app.line().look(&people[..30]);
    app.line().open(&people[..19], "https://example.jp");
    app.step().await;
    assert_eq!(
        (asked(&app), app.insight(id).await.is_none()),
        (0, true),
        "nothing is ready on the day itself"
    );
    app.a_day_later().await;
    let first = app.insight(id).await.unwrap();
    assert_eq!((first.impressions, first.clicks, first.is_final), (Some(30), None, false), "19 are not told");
    app.line().look(&people[..40]);
    app.line().open(&people[..25], "https://example.jp");
    app.step().await;
    assert_eq!(asked(&app), 1, "once a day");
    for _ in 2..=14 {
        app.a_day_later().await;
    }
    let grown = app.insight(id).await.unwrap();
    assert_eq!(
        (grown.impressions, grown.clicks, grown.is_final, asked(&app)),
        (Some(40), Some(25), false, 14)
    );
    app.a_day_later().await;
    assert!(app.insight(id).await.unwrap().is_final);
    app.line().look(&people);
    app.a_day_later().await;
    assert_eq!((app.insight(id).await.unwrap().impressions, asked(&app)), (Some(40), 15), "frozen");
}

#[tokio::test]
async fn a_failure_keeps_what_was_known_and_is_tried_again_an_hour_later() {
    let app = TestApp::start().await;
    let (id, people) = app.sent_to(50).await;
    app.line().look(&people[..30]);
    app.a_day_later().await;
    for fault in [Fault::ServerError, Fault::RateLimit, Fault::HalfBody, Fault::Says("{}")] {
        app.line().fault(Endpoint::UnitInsight, fault, 1);
        let before = asked(&app);
        app.a_day_later().await;
        assert_eq!(app.insight(id).await.unwrap().impressions, Some(30), "{fault:?}");
        assert_eq!(asked(&app), before + 1, "{fault:?}");
        app.clock().advance(Duration::from_secs(3_660));
        app.step().await;
        assert_eq!(asked(&app), before + 2, "{fault:?}");
        app.clock().advance(A_DAY - Duration::from_secs(3_660));
    }
}

#[tokio::test]
async fn when_a_months_names_are_used_up_messages_go_without_and_that_is_said() {
    let app = TestApp::start().await;
    let people = app.many_friends(30).await;
    let id = app.approved(to_everyone("健診")).await;
    use_up(&app, id, 1_000).await;
    app.step().await;
    assert_eq!((app.got(&people), app.line().unit_names().len()), (vec![1], 0));
    assert!(is_without(&mut app.db().read().await.unwrap(), id).await.unwrap());
    app.set_tokyo(date(2026, 8, 3).at(10, 0, 0, 0));
    let next = app.approved(to_everyone("健診 8月")).await;
    app.step().await;
    assert_eq!(app.line().unit_names(), [unit::name(next, "")], "a new month, new names");
}

#[tokio::test]
async fn names_that_other_programs_use_count_too() {
    let app = TestApp::start().await;
    let (_, people) = app.sent_to(30).await;
    app.a_day_later().await;
    app.run_sql("UPDATE unit_usage SET used = 1000").await;
    let next = app.approved(to_everyone("健診 2回目")).await;
    app.step().await;
    assert_eq!((app.got(&people), app.line().unit_names().len()), (vec![2], 1));
    assert!(is_without(&mut app.db().read().await.unwrap(), next).await.unwrap());
}

#[tokio::test]
async fn no_more_than_half_of_lines_questions_an_hour_are_used() {
    let app = TestApp::start().await;
    let (id, _) = app.sent_to(30).await;
    use_up(&app, id, 70).await;
    app.a_day_later().await;
    assert_eq!(asked(&app), 30);
    app.clock().advance(Duration::from_secs(3_660));
    app.step().await;
    assert_eq!(asked(&app), 60);
}

/// Rows of other arms of the broadcast, for as many names.
async fn use_up(app: &TestApp, id: BroadcastId, names: usize) {
    let row = |number: usize| {
        format!("('{id}', 'x{number}', '2026-07', 'u{number}', '2026-07-01T00:00:00.000000Z')")
    };
    let rows: Vec<_> = (0..names).map(row).collect();
    let head = "INSERT INTO aggregation_unit (broadcast_id, arm, month, name, created_at) VALUES";
    app.run_sql(&format!("{head} {}", rows.join(", "))).await;
}

#[tokio::test]
async fn names_of_which_line_tells_nothing_keep_no_other_name_waiting() {
    let app = TestApp::start().await;
    let (earlier, _) = app.sent_to(30).await;
    for other in 0..12 {
        app.run_sql(&another_unit(earlier, other)).await;
    }
    app.clock().advance(Duration::from_secs(60));
    let (id, people) = app.sent_to(30).await;
    app.line().look(&people);
    use_up_questions(&app, earlier, 20).await;
    // Ten questions are left in an hour: the oldest are asked about, in vain.
    app.line().fault(Endpoint::UnitInsight, Fault::Says("{}"), 10);
    app.a_day_later().await;
    assert!(app.insight(id).await.is_none());
    // An hour later they could be asked for again; those who were not yet come first.
    app.clock().advance(Duration::from_secs(3_660));
    app.step().await;
    assert_eq!((app.insight(id).await.unwrap().impressions, asked(&app)), (Some(30), 20));
}

/// So many questions of every hour are used for something else.
async fn use_up_questions(app: &TestApp, id: BroadcastId, count: usize) {
    for one in 0..count {
        app.run_sql(&format!(
            "INSERT INTO unit_insight (name, broadcast_id, arm, fetched_at, fetched_day, is_final, has_figures)
             VALUES ('other {one}', '{id}', 'other {one}', '2030-01-01T00:00:00.000000Z', '2030-01-01', TRUE, FALSE)"
        ))
        .await;
    }
}

/// One more name of a broadcast.
fn another_unit(id: BroadcastId, other: usize) -> String {
    format!(
        "INSERT INTO aggregation_unit (broadcast_id, arm, month, name, created_at)
         SELECT broadcast_id, 'x{other}', month, 'mu_lost_{other}', created_at FROM aggregation_unit
         WHERE broadcast_id = '{id}' AND arm = ''"
    )
}

#[tokio::test]
async fn figures_that_never_come_are_given_up_some_days_after_the_fifteenth_and_the_page_says_so() {
    let app = TestApp::start().await;
    let (id, _) = app.sent_to(30).await;
    app.line().fault(Endpoint::UnitInsight, Fault::ServerError, 1_000);
    for _ in 1..=17 {
        app.a_day_later().await;
    }
    assert!(!app.insight(id).await.unwrap().is_given_up);
    app.a_day_later().await;
    let over = app.insight(id).await.unwrap();
    assert!(over.is_given_up && !over.has_figures);
    let before = asked(&app);
    app.a_day_later().await;
    assert_eq!(asked(&app), before, "LINE is asked no more");
    let all = app.everything().await;
    assert!(all.iter().any(|(place, value)| place == "audit_entry.action" && value == "insight.give_up"));
    let mut viewer = app.staff("見本 閲覧", &[Role::Auditor]).await.browser;
    let text = viewer.get(&format!("/console/broadcasts/{id}/statistics")).await.ok().text();
    assert!(text.contains("取得できませんでした"), "{text}");
}

#[tokio::test]
async fn one_failure_long_after_the_fifteenth_day_is_no_reason_to_give_up() {
    let app = TestApp::start().await;
    let (id, people) = app.sent_to(30).await;
    app.line().look(&people);
    app.line().fault(Endpoint::UnitInsight, Fault::ServerError, 1);
    app.clock().advance(A_DAY * 25);
    app.step().await;
    assert!(!app.insight(id).await.unwrap().is_given_up);
    app.clock().advance(Duration::from_secs(3_660));
    app.step().await;
    let found = app.insight(id).await.unwrap();
    assert_eq!((found.impressions, found.is_final, found.is_given_up), (Some(30), true, false));
}
