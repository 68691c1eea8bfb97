//! Nothing about a person reaches a log, however much goes wrong: a whole day of the city, and a search of its log.

use std::path::Path;
use std::time::Duration;

use axum::body::Body;
use axum::http::Request;
use http_body_util::BodyExt;
use musubi::domain::staff::Role;
use musubi::flow::import::{self, Desk, Options, Report};
use musubi::flow::staff::{self, Newcomer};
use musubi::simulator::{Endpoint, Fault};
use musubi::web;
use serde_json::json;
use tower::ServiceExt;

use crate::support::browser::Browser;
use crate::support::resident::Friend;
use crate::support::staff::{PASSWORD, SESSION, add_series};
use crate::support::{TestApp, logs};

const NAME: &str = "見本 花子之助";
const SAID: &str = "1961年5月17日生まれで、神西沖町に住んでいます";
const POSTBACK: &str = "v1:secret-of-hanako";
const CITY_KEY: &str = "ATENA-7391-HANAKO";
const LETTER: &str = "花子之助さんの健診の申込が始まりました";

#[tokio::test]
async fn a_whole_day_leaves_no_name_text_token_or_whole_user_id_in_the_log() {
    let logs = logs::listen();
    let app = TestApp::start().await;
    let friend = app.friend(NAME).await;
    let resident = registers(&app, &friend).await;
    imports(&app, &friend).await;
    sends(&app, &friend).await;
    talks(&app, &friend).await;
    knocks(&app, &friend).await;
    let staff = fails_to_log_in(&app).await;

    // Metrics are read by as many eyes as the log.
    let log = logs.text() + &metrics(&app).await;
    assert!(20 < log.lines().count(), "{log}");
    for told in ["not signed with our channel secret", "planned", "an event is tried again later"] {
        assert!(log.contains(told), "{told:?} is not in the log: nobody listened");
    }
    let id_token = app.line().id_token(&friend.id);
    let whole_id = friend.id.as_str();
    for secret in [
        NAME,
        "花子之助",
        SAID,
        "1961-05",
        "1961年",
        "S36.5.17",
        "1961517",
        "神西",
        POSTBACK,
        CITY_KEY,
        LETTER,
        "職員之助",
        PASSWORD,
        "wrong-password",
        "hanako-in",
        &staff,
        &resident,
        whole_id,
        &whole_id[9..],
        &id_token,
        "5ec4e7000",
    ] {
        let line = log.lines().find(|line| line.contains(secret));
        assert!(line.is_none(), "{secret} stands in the log: {}", line.unwrap_or_default());
    }
}

async fn metrics(app: &TestApp) -> String {
    let request = Request::get("/metrics").body(Body::empty()).unwrap();
    let answer = web::admin_router(app.app().clone()).oneshot(request).await.unwrap();
    let text = String::from_utf8(answer.into_body().collect().await.unwrap().to_bytes().to_vec()).unwrap();
    assert!(text.contains("musubi_line_answers_total{"), "{text}");
    text
}

/// Registers on the form, with a mistake first; answers the session's token.
async fn registers(app: &TestApp, friend: &Friend<'_>) -> String {
    let mut browser = app.browser();
    let token = app.line().id_token(&friend.id);
    let page = browser.post("/liff/session", &[("id_token", &token)]).await;
    let form = page.ok().form("登録する").fill("お住まいの地区", "神西").set("p0.birth_date.y", NAME);
    let page = browser.submit(form).await;
    let form = page.form("登録する").set("p0.birth_date.y", "S36.5.17").tick("上の内容に同意します");
    browser.submit(form).await.ok();
    browser.cookie("musubi_resident").unwrap().to_owned()
}

/// The city's list comes in, with a wrong row beside the right one.
async fn imports(app: &TestApp, friend: &Friend<'_>) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("residents.csv");
    let user = friend.id.as_str();
    let text = format!(
        "宛名番号,line_user_id,健康保険,生年月日\n{CITY_KEY},{user},国保,S36.5.17\n{NAME},,社保,{SAID}\n"
    );
    std::fs::write(&path, text).unwrap();
    let report = import(app, &path).await;
    assert_eq!((report.new, report.wrong, report.is_applied), (1, 1, true));
}

async fn import(app: &TestApp, path: &Path) -> Report {
    let app = app.app();
    let desk = Desk { db: &app.db, catalogue: &app.catalogue, clock: &app.clock, chance: &app.chance };
    import::run(&desk, path, Options { apply: true, skip_errors: true }, &mut |_| ()).await.unwrap()
}

/// A broadcast is written, tested, approved by two others and sent; the first call fails.
async fn sends(app: &TestApp, friend: &Friend<'_>) {
    let mut author = clerk(app, "author", Role::Editor).await;
    let approvers =
        [clerk(app, "approver", Role::Approver).await, clerk(app, "second", Role::Approver).await];
    let letter = [
        ("segment", "oshirase/zenin"),
        ("topic", "kenshin"),
        ("title", "健診のお知らせ"),
        ("series", "健診"),
        ("kind.ja.0", "text"),
        ("text.ja.0", LETTER),
        ("then", "review"),
    ];
    let page = author.post("/console/broadcasts", &letter).await.ok();
    let page = author.submit(page.form("テストを送る")).await.ok();
    let page = author.submit(page.form("承認を依頼する").tick("上の注意をすべて確かめました")).await.ok();
    app.line().fault(Endpoint::Multicast, Fault::ServerError, 1);
    for mut approver in approvers {
        approver.post(&format!("{}/open/text-ja", page.url.path()), &[]).await.ok();
        let seen = approver.get(page.url.path()).await.ok();
        let count: String = seen.all("#count-hint").remove(0).chars().filter(char::is_ascii_digit).collect();
        approver.submit(seen.form("この内容で承認する").set("count", &count)).await.ok();
    }
    for _ in 0..5 {
        app.step().await;
        app.clock().advance(Duration::from_secs(60));
    }
    assert!(friend.texts().iter().any(|text| text == LETTER), "{:?}", friend.texts());
}

/// A browser at which somebody with this role, and with a LINE account for tests, is signed in.
async fn clerk(app: &TestApp, login: &str, role: Role) -> Browser {
    let newcomer = Newcomer {
        login: login.to_owned(),
        name: format!("見本 職員之助 {login}"),
        department: "広報課".to_owned(),
        roles: [role].into_iter().collect(),
        password: PASSWORD.into(),
        line_user_id: Some(app.line().add_friend(login).await),
    };
    let id = staff::add(&app.app().base(), newcomer).await.unwrap();
    add_series(app.db(), id).await;
    app.step().await;
    let mut browser = app.browser();
    browser.post("/console/login", &[("login", login), ("password", PASSWORD)]).await.ok();
    browser
}

/// Says private things into the talk, while LINE's answers fail.
async fn talks(app: &TestApp, friend: &Friend<'_>) {
    friend.says(SAID).await;
    app.line().taps_postback(&friend.id, POSTBACK, Some(SAID)).await.unwrap();
    app.line().fault(Endpoint::Reply, Fault::ServerError, 2);
    friend.says(SAID).await;
    app.line().fault(Endpoint::Reply, Fault::AcceptThenDrop, 1);
    friend.says("配信を止める").await;
    app.clock().advance(Duration::from_secs(3600));
    app.step().await;
}

/// Somebody who is not LINE sends webhooks, and LINE sends one that can't be read.
async fn knocks(app: &TestApp, friend: &Friend<'_>) {
    let event = app.line().event(&friend.id, "message", json!({ "message": { "type": SAID, "text": SAID } }));
    let body = json!({ "destination": friend.id.as_str(), "events": [event] }).to_string();
    for signature in [None, Some("forged"), Some(&*app.line().signature(body.as_bytes()))] {
        assert_ne!(app.line().webhook_raw(body.clone(), signature).await, Some(200));
    }
}

/// A wrong password, a wrong address, wrong forms; answers the token of the session before.
async fn fails_to_log_in(app: &TestApp) -> String {
    let staff = app.staff("見本 職員之助", &[Role::Auditor]).await;
    let wrong = [("login", staff.login.as_str()), ("password", "wrong-password-of-hanako")];
    app.post_form("/console/login", &wrong).await;
    for path in
        ["/console/nowhere?name=hanako-in-the-address", "/liff/hanako-in-the-address", "/liff/summary"]
    {
        app.get(path).await;
    }
    staff.browser.cookie(SESSION).unwrap().to_owned()
}
