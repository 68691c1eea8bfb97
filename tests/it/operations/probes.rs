//! `/healthz`, `/readyz` and `/metrics`.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use http_body_util::BodyExt;
use musubi::app::Loop;
use musubi::domain::staff::Role;
use musubi::flow::broadcast;
use musubi::simulator::{Endpoint, Fault};
use musubi::web;
use tower::ServiceExt;

use crate::support::TestApp;
use crate::support::broadcasts::to_everyone;

/// What the port of those who look after the machine answers.
async fn asked(app: &TestApp, path: &str) -> (StatusCode, String) {
    let request = Request::get(path).body(Body::empty()).unwrap();
    let answer = web::admin_router(app.app().clone()).oneshot(request).await.unwrap();
    let (parts, body) = answer.into_parts();
    (parts.status, String::from_utf8(body.collect().await.unwrap().to_bytes().to_vec()).unwrap())
}

/// The value of a line of the metrics.
async fn metric(app: &TestApp, name: &str) -> String {
    let (status, text) = asked(app, "/metrics").await;
    assert_eq!(status, StatusCode::OK);
    let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    line.unwrap_or_else(|| panic!("{name} in\n{text}")).to_owned()
}

#[tokio::test]
async fn a_process_is_ready_only_with_every_migration_and_says_what_is_missing() {
    let app = TestApp::start().await;
    assert_eq!(asked(&app, "/readyz").await, (StatusCode::OK, "ready".to_owned()));
    let newest = "(SELECT MAX(version) FROM _sqlx_migrations)";
    app.run_sql(&format!("DELETE FROM _sqlx_migrations WHERE version = {newest}")).await;
    let missing = (StatusCode::SERVICE_UNAVAILABLE, "migrations are missing".to_owned());
    assert_eq!(asked(&app, "/readyz").await, missing);
    assert_eq!(asked(&app, "/healthz").await.0, StatusCode::OK, "it lives all the same");
    assert_eq!(metric(&app, "musubi_ready").await, "0");
}

#[tokio::test]
async fn a_process_that_does_not_know_which_account_it_is_takes_no_work() {
    let app = TestApp::start_with(|config, _| config.line.bot_user_id = None).await;
    assert_eq!(asked(&app, "/readyz").await.1, "the account at LINE is not known");
}

#[tokio::test]
async fn metrics_tell_what_line_took_what_waits_and_that_sending_is_off() {
    let app = TestApp::start().await;
    app.many_friends(700).await;
    app.line().fault(Endpoint::Multicast, Fault::ServerError, 1);
    app.approved(to_everyone("健診")).await;
    assert_eq!(metric(&app, "musubi_broadcasts{state=\"approved\"}").await, "1");
    app.step().await;
    let multicast = "musubi_line_answers_total{endpoint=\"/v2/bot/message/multicast\",outcome=";
    assert_eq!(metric(&app, &format!("{multicast}\"500\"}}")).await, "1");
    assert_eq!(metric(&app, &format!("{multicast}\"200\"}}")).await, "1");
    let accepted: u64 = metric(&app, "musubi_recipients_total{outcome=\"accepted\"}").await.parse().unwrap();
    assert!([200, 500].contains(&accepted), "{accepted}");
    assert_eq!(metric(&app, "musubi_batches{state=\"attempting\"}").await, "1");
    assert_eq!(metric(&app, "musubi_sending_off").await, "0");
    let editor = app.clerk("見本 三", &[Role::Editor]).await;
    broadcast::pause_all(app.app(), &editor, "花子さんの理由").await.unwrap();
    assert_eq!(metric(&app, "musubi_sending_off").await, "1");
    assert_eq!(metric(&app, "musubi_population_lag").await, "0");
    assert!(!asked(&app, "/metrics").await.1.contains("花子"), "figures only");
}

#[tokio::test]
async fn the_age_of_the_inbox_is_the_one_of_its_oldest_event() {
    let app = TestApp::start().await;
    assert_eq!(metric(&app, "musubi_inbox_age_seconds").await, "0.000");
    app.line().follow(&app.line().add_person("見本 花子")).await.unwrap();
    app.clock().advance(std::time::Duration::from_secs(90));
    assert_eq!(metric(&app, "musubi_inbox_age_seconds").await, "90.000");
    assert_eq!(metric(&app, "musubi_inbox_events{state=\"waiting\"}").await, "1");
    app.step().await;
    assert_eq!(metric(&app, "musubi_inbox_age_seconds").await, "0.000");
}

#[tokio::test]
async fn the_loops_are_shown_only_where_a_worker_runs() {
    let app = TestApp::start().await;
    assert!(!asked(&app, "/metrics").await.1.contains("loop="));
    app.app().vitals.beat(Loop::Inbox);
    assert!(asked(&app, "/metrics").await.1.contains("musubi_worker_round_age_seconds{loop=\"inbox\"} 0."));
}

#[tokio::test]
async fn every_line_of_the_metrics_has_the_form_that_prometheus_reads_and_the_public_port_has_none() {
    let app = TestApp::start().await;
    let (_, text) = asked(&app, "/metrics").await;
    for line in text.lines().filter(|line| !line.starts_with("# HELP ") && !line.starts_with("# TYPE ")) {
        let (name, value) = line.rsplit_once(' ').unwrap();
        let bare = name.split('{').next().unwrap();
        assert!(
            bare.starts_with("musubi_") && bare.bytes().all(|byte| byte == b'_' || byte.is_ascii_lowercase())
        );
        assert!(value.parse::<f64>().is_ok() && (name == bare || name.ends_with("\"}")), "{line}");
        assert!(text.contains(&format!("# TYPE {bare} ")), "{line}");
    }
    assert_eq!(app.get("/metrics").await.status, StatusCode::NOT_FOUND);
}
