//! Two processes on one database: what a resident saves at one counts at the other, without a restart.

use std::time::{Duration, Instant};

use musubi::domain::segment::RulePath;
use musubi::domain::staff::{Role, StaffMember};
use musubi::flow::rules::{self, Origin, Saving};

use crate::support::TestApp;
use crate::support::browser::Browser;
use crate::support::server::{Server, free_address};
use crate::support::staff::{PASSWORD, SESSION};

/// As long as it may take until a change counts in another process.
const WITHIN: Duration = Duration::from_secs(2);

/// Without a review date, because the other process has the clock of this machine.
const RULE: &str = "名前: 平田の方\n目的: 見本\n所管: 広報課\n\n対象: すべて\n  - 居住地 平田\n\n例:\n  対象 | 基準日 2026-07-01 | 居住地 灘分\n";

async fn saves_the_rule(app: &TestApp, staff: &StaffMember) {
    let (path, app) = (RulePath::parse("shiken/hirata").unwrap(), app.app());
    let (why, origin) = ("試し", Origin::Console);
    let saving = Saving { path: &path, text: RULE, why, seen: 0, is_new: true, origin };
    rules::save(&app.base(), &app.rules, Some(staff), saving).await.unwrap();
}

/// How many the rule finds by the other process, and how long it took to say so.
async fn found(browser: &mut Browser) -> (String, Duration) {
    let asked = Instant::now();
    let page = browser.get("/console/segments/shiken/hirata").await.ok();
    (page.all(".figures .main dd").remove(0), asked.elapsed())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_resident_saves_counts_in_another_process_within_two_seconds() {
    let app = TestApp::start().await;
    let friend = app.friend("見本 花子").await;
    let staff = app.editor("見本 太郎").await;
    let member =
        StaffMember {
            id: staff.id, name: "見本 太郎".into(), roles: [Role::Editor].into_iter().collect()
        };
    saves_the_rule(&app, &member).await;
    // It need not ask LINE which account it is; no message is sent in this test.
    let bot = app.app().config.line.bot_user_id.clone().unwrap();
    let known = [("LINE_BOT_USER_ID", bot.as_str())];
    let server = Server::start_with(app.database_url(), app.line(), free_address(), &known).await;
    let mut browser = Browser::new(&server.base);
    let door = browser.get("/console/login").await.ok();
    browser.submit(door.form("ログイン").fill("ログイン名", &staff.login).fill("パスワード", PASSWORD)).await;
    assert!(browser.cookie(SESSION).is_some());
    assert_eq!(found(&mut browser).await.0, "0 人", "the other process has read everybody");

    let mut phone = app.browser();
    let token = app.line().id_token(&friend.id);
    let page = phone.post("/liff/session", &[("id_token", &token)]).await.ok();
    let form = page.form("登録する").fill("お住まいの地区", "平田").tick("上の内容に同意します");
    let form = form.set("p0.birth_date.y", "1986").set("p0.birth_date.m", "4").set("p0.birth_date.d", "1");
    let page = phone.submit(form).await.ok();
    assert_eq!(page.url.path(), "/liff/summary", "{}", page.text());

    let (people, took) = found(&mut browser).await;
    assert_eq!(people, "1 人");
    assert!(took < WITHIN, "{took:?}");
}
