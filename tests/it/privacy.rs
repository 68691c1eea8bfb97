//! Nothing about a person reaches a log, however much goes wrong.

use std::time::Duration;

use musubi::domain::ids::LineUserId;
use musubi::domain::staff::Role;
use musubi::simulator::{Endpoint, Fault};
use serde_json::json;

use crate::support::broadcasts::to_everyone;
use crate::support::staff::{PASSWORD, SESSION};
use crate::support::{TestApp, logs};

const NAME: &str = "見本 花子之助";
const SAID: &str = "1961年5月17日生まれで、神西沖町に住んでいます";
const TOLD: &str = "がん検診の予約を受け付けています";
const POSTBACK: &str = "v1:secret-of-hanako";

#[tokio::test]
async fn no_log_line_holds_a_name_a_text_a_token_or_a_whole_user_id() {
    let logs = logs::listen();
    let app = TestApp::start().await;
    let friend = app.friend(NAME).await;
    friend.says(SAID).await;
    app.line().taps_postback(&friend.id, POSTBACK, Some(SAID)).await.unwrap();
    app.line().fault(Endpoint::Reply, Fault::ServerError, 2);
    friend.says(SAID).await;
    app.line().fault(Endpoint::Reply, Fault::AcceptThenDrop, 1);
    friend.says("配信を止める").await;
    app.clock().advance(Duration::from_secs(3600));
    app.step().await;
    friend.says("配信を再開する").await;
    registers(&app, &friend.id).await;
    broadcast_in_bad_weather(&app).await;

    let event = app.line().event(&friend.id, "message", json!({ "message": { "type": SAID, "text": SAID } }));
    let body = json!({ "destination": friend.id.as_str(), "events": [event] }).to_string();
    for signature in [None, Some("forged"), Some(&*app.line().signature(body.as_bytes()))] {
        assert_ne!(app.line().webhook_raw(body.clone(), signature).await, Some(200));
    }
    let staff = app.staff("見本 職員之助", &[Role::Auditor]).await;
    let wrong = [("login", staff.login.as_str()), ("password", "wrong-password-of-hanako")];
    app.post_form("/console/login", &wrong).await;
    app.get("/console/nowhere?name=hanako-in-the-address").await;
    let token = staff.browser.cookie(SESSION).unwrap().to_owned();

    let log = logs.text();
    assert!(20 < log.lines().count() && log.contains("not signed with our channel secret"), "{log}");
    let id_token = app.line().id_token(&friend.id);
    let whole_id = friend.id.as_str();
    for secret in [
        NAME,
        "花子",
        SAID,
        "1961-05",
        "1961年",
        "=1961",
        "神西",
        POSTBACK,
        TOLD,
        "職員之助",
        PASSWORD,
        "wrong-password",
        "hanako-in",
        &token,
        whole_id,
        &whole_id[9..],
        &id_token,
        "5ec4e7000",
    ] {
        let line = log.lines().find(|line| line.contains(secret));
        assert!(line.is_none(), "{secret} stands in the log: {}", line.unwrap_or_default());
    }
}

/// First with a forged token and a mistake, then rightly.
async fn registers(app: &TestApp, user: &LineUserId) {
    let mut browser = app.browser();
    browser.post("/liff/session", &[("id_token", &app.line().forged_id_token(user))]).await;
    let page = browser.post("/liff/session", &[("id_token", &app.line().id_token(user))]).await.ok();
    let form = page.form("登録する").fill("お住まいの地区", "神西").set("p0.birth_date.y", "1961");
    let page = browser.submit(form).await;
    assert!(!page.errors().is_empty());
    let form = page.form("登録する").set("p0.birth_date.m", "5").set("p0.birth_date.d", "17");
    assert_eq!(browser.submit(form.tick("上の内容に同意します")).await.ok().url.path(), "/liff/summary");
}

/// LINE refuses, falls silent and answers at last.
async fn broadcast_in_bad_weather(app: &TestApp) {
    let id = app.approved(to_everyone(TOLD)).await;
    app.line().fault(Endpoint::Multicast, Fault::ServerError, 1);
    app.line().fault(Endpoint::Multicast, Fault::MalformedId(0), 1);
    for _ in 0..6 {
        app.step().await;
        app.clock().advance(Duration::from_secs(600));
    }
    assert!(0 < app.broadcast(id).await.planned_count.unwrap());
}
