//! The one switch over all sending, at the console: who may pull it, what everybody reads, who lets it go.

use axum::body::{Body, to_bytes};
use axum::http::Request;
use jiff::civil::date;
use musubi::app::App;
use musubi::chance::Chance;
use musubi::domain::broadcast::State;
use musubi::domain::staff::Role;
use musubi::flow::broadcast;
use musubi::simulator::{Endpoint, Fault};
use musubi::web;
use tower::ServiceExt;

use crate::support::app::TestApp;
use crate::support::broadcasts::to_everyone;

const BANNER: &str = "section.sending-off";

#[tokio::test]
async fn whoever_may_halt_stops_everything_and_an_approver_lets_it_go_on() {
    let office = TestApp::start().await;
    let people = office.many_friends(3).await;
    let mut author = office.editor("見本 起案").await.browser;
    let mut approver = office.approver("見本 承認").await.browser;
    let id = office.approved(to_everyone("健診")).await;

    let brake = author.get("/console/broadcasts").await.link("すべての送信を止める");
    let asked = author.get(&brake).await.ok();
    assert!(asked.text().contains("配信は取り消されません"), "{}", asked.text());
    assert!(!author.get("/console/broadcasts").await.has(BANNER), "looking stops nothing");
    author.submit(asked.form("すべての送信を止める").set("reason", "日付の誤り")).await.ok();
    office.step().await;
    assert_eq!(office.got(&people), [0]);

    let page = approver.get("/console/segments").await.ok();
    let said = &page.all(BANNER)[0];
    for word in ["すべての送信が止まっています", "日付の誤り", "2026-07-01 10:00", "見本 起案さん"]
    {
        assert!(said.contains(word), "{word}: {said}");
    }
    let asked = approver.get(&page.link("すべての送信を再開する")).await.ok();
    let back = approver.submit(asked.form("すべての送信を再開する")).await.ok();
    assert!(!back.has(BANNER));
    office.step().await;
    assert_eq!((office.got(&people), office.broadcast(id).await.state), (vec![1], State::Done));
}

#[tokio::test]
async fn the_brake_is_within_reach_on_every_page_of_whoever_may_pull_it() {
    let office = TestApp::start().await;
    office.many_friends(3).await;
    let id = office.approved(to_everyone("健診")).await;
    let at = format!("/console/broadcasts/{id}");
    let paths = [
        "/console/broadcasts",
        "/console/broadcasts/nowhere",
        "/console/segments",
        "/console/statistics",
        "/console/friends",
        "/console/emergency",
        &at,
    ];
    for role in [Role::Editor, Role::Approver, Role::Admin, Role::Auditor] {
        let mut browser = office.staff("見本 職員", &[role]).await.browser;
        for path in paths {
            let page = browser.get(path).await;
            let reached = page.attributes("header a.stop-all", "href");
            let meant: &[_] = if role == Role::Auditor { &[] } else { &["/console/sending/off"] };
            assert_eq!(reached, meant, "{role:?} {path}");
        }
    }
    assert!(!office.get("/console/login").await.has(".stop-all"), "strangers stop nothing");

    let mut editor = office.editor("見本 起案").await.browser;
    editor.post("/console/sending/off", &[("reason", "日付の誤り")]).await.ok();
    let page = editor.get(&at).await.ok();
    assert!(!page.has(".stop-all") && page.has(BANNER), "{}", page.text());
}

#[tokio::test]
async fn credentials_that_line_refuses_are_said_on_every_page_with_what_to_do() {
    let office = TestApp::start().await;
    office.many_friends(3).await;
    office.line().fault(Endpoint::Multicast, Fault::Unauthorized, 2);
    office.approved(to_everyone("健診")).await;
    office.step().await;
    let mut editor = office.editor("見本 起案").await.browser;
    for path in
        ["/console/broadcasts", "/console/broadcasts/new", "/console/segments", "/console/segments/nowhere"]
    {
        let page = editor.get(path).await;
        let said = page.all(BANNER).join("");
        assert!(said.contains("チャネルの設定を確かめてください"), "{path}: {said}");
        assert!(said.contains("システムによる停止") && said.contains("再開を頼んでください"), "{said}");
    }
    assert!(!office.get("/console/login").await.has(BANNER), "strangers are told nothing");
}

#[tokio::test]
async fn the_second_to_pull_the_brake_changes_nothing_and_the_log_knows_the_first() {
    let office = TestApp::start().await;
    let mut first = office.editor("見本 一").await.browser;
    let mut second = office.approver("見本 二").await.browser;
    first.post("/console/sending/off", &[("reason", "最初の理由")]).await.ok();
    office.set_tokyo(date(2026, 7, 1).at(10, 5, 0, 0));
    let told = second.post("/console/sending/off", &[("reason", "<b>後の理由")]).await.ok();
    assert!(told.text().contains("すでに止まっています"), "{}", told.text());
    assert!(second.get("/console/sending/off").await.ok().text().contains("すでに止まっています"));
    let said = second.get("/console/audit").await.all(BANNER).remove(0);
    assert!(said.contains("最初の理由") && said.contains("10:00"), "{said}");

    second.post("/console/sending/on", &[]).await.ok();
    second.post("/console/sending/on", &[]).await.ok();
    let log = second.get("/console/audit").await.ok();
    let deeds: Vec<_> = log.all("tbody th").into_iter().filter(|deed| deed.starts_with("すべて")).collect();
    assert_eq!(deeds, ["すべての送信を再開", "すべての送信を停止"]);
}

#[tokio::test]
async fn the_person_at_the_machine_needs_no_role_and_leaves_a_trace() {
    let office = TestApp::start().await;
    broadcast::pause_all_here(&office.app().base(), &"あ".repeat(300)).await.unwrap();
    let mut admin = office.staff("見本 管理", &[Role::Admin]).await.browser;
    let page = admin.get("/console/audit").await.ok();
    assert!(page.all(BANNER)[0].contains(&"あ".repeat(200)) && !page.text().contains(&"あ".repeat(201)));
    assert!(page.all("tbody td[data-label=職員]").contains(&"(自動)".to_owned()));
    broadcast::resume_all_here(&office.app().base()).await.unwrap();
    assert!(!admin.get("/console/audit").await.has(BANNER));
}

#[tokio::test]
async fn training_is_said_on_every_page_and_the_real_thing_says_nothing() {
    for (api, is_said) in [("https://api.line.me/", false), ("http://127.0.0.1:9", true)] {
        let office = TestApp::start_with(|config, _| config.server.demo = false).await;
        let mut config = (*office.app().config).clone();
        config.line.api_base = api.to_owned();
        let clock = office.app().clock.clone();
        let served = App::new(config, office.app().db.clone(), clock, Chance::seeded(5)).unwrap();
        let request = Request::get("/console/login").body(Body::empty()).unwrap();
        let response = web::router(served).oneshot(request).await.unwrap();
        let page = to_bytes(response.into_body(), usize::MAX).await.unwrap();
        let page = String::from_utf8(page.to_vec()).unwrap();
        assert_eq!(page.contains("これは訓練用です。"), is_said, "{api}");
    }
}
