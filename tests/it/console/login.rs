//! Logging in: the same answer for every mistake, slower after some, and sessions that end.

use std::time::Duration;

use axum::body::Body;
use axum::http::{Request, StatusCode};
use musubi::domain::staff::Role;
use musubi::flow::staff;

use super::office::{Office, PASSWORD};

const WRONG: &str = "ログイン名またはパスワードが違います。もう一度入力してください。";
const MINUTE: Duration = Duration::from_secs(60);

#[tokio::test]
async fn a_stranger_is_led_to_the_log_in_and_back_to_the_page_they_wanted() {
    let office = Office::open().await;
    office.employ("tanaka", "見本 太郎", &[Role::Approver]).await;
    let browser = office.browser();

    let turned_away = browser.get("/console/audit?before=").await;
    assert_eq!(turned_away.goes_to(), "/console/login?next=/console/audit%3Fbefore%3D");
    let page = browser.get(turned_away.goes_to()).await;
    let next = page.attribute("input[name=next]", "value").unwrap();
    let fields = [("login", " Tanaka "), ("password", PASSWORD), ("next", &next)];
    let entered = browser.post("/console/login", &fields).await;

    assert_eq!((entered.status, entered.goes_to()), (StatusCode::SEE_OTHER, "/console/audit?before="));
    let page = browser.get("/console/audit").await;
    assert_eq!(page.words(".who p"), "見本 太郎 広報課(承認者)");
    assert_eq!(page.all_words("tbody th"), ["ログイン", "職員を追加"]);
}

#[tokio::test]
async fn a_login_nobody_has_and_a_wrong_password_get_the_same_answer_and_keep_what_was_typed() {
    let office = Office::open().await;
    office.employ("tanaka", "見本 太郎", &[Role::Editor]).await;
    let browser = office.browser();
    for login in ["tanaka", "<b>nobody"] {
        let page = browser.log_in(login, "wrong password").await;
        assert_eq!(
            (page.status, page.words("[role=alert]").as_str()),
            (StatusCode::UNPROCESSABLE_ENTITY, WRONG)
        );
        assert_eq!(page.attribute("#login", "value").as_deref(), Some(login));
        assert!(!page.text.contains("wrong password") && !page.text.contains("<b>nobody"));
    }
    assert_eq!(browser.cookie("musubi_staff"), None);
}

#[tokio::test]
async fn a_failed_log_in_stands_in_the_audit_log_without_what_was_typed() {
    let office = Office::open().await;
    let auditor = office.somebody("auditor", "見本 監査", &[Role::Auditor]).await;
    office.app.clock.advance(MINUTE);
    for login in ["auditor", "typed-by-mistake"] {
        office.browser().log_in(login, "wrong password").await;
        office.app.clock.advance(MINUTE);
    }
    let page = auditor.get("/console/audit").await;
    assert_eq!(page.all_words("tbody th")[..2], ["ログインに失敗", "ログインに失敗"]);
    assert_eq!(page.all_words("td[data-label=対象]")[..2], ["職員", "職員「auditor」"]);
    assert!(!page.text.contains("typed-by-mistake") && !page.text.contains("wrong password"));
}

#[tokio::test]
async fn after_five_failures_even_the_right_password_waits_until_the_window_has_passed() {
    let office = Office::open().await;
    office.employ("tanaka", "見本 太郎", &[Role::Editor]).await;
    let browser = office.browser();
    for _ in 0..5 {
        assert_eq!(browser.log_in("tanaka", "guess").await.status, StatusCode::UNPROCESSABLE_ENTITY);
        office.app.clock.advance(MINUTE);
    }
    let page = office.browser_at("192.0.2.99").log_in("TANAKA", PASSWORD).await;
    assert_eq!(page.status, StatusCode::TOO_MANY_REQUESTS);
    assert!(page.words("[role=alert]").contains("10:15 を過ぎてから"), "{}", page.words("[role=alert]"));

    office.app.clock.advance(MINUTE * 10);
    assert_eq!(browser.log_in("tanaka", PASSWORD).await.status, StatusCode::SEE_OTHER);
    assert_eq!(browser.log_in("tanaka", "guess").await.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn one_address_that_tries_many_logins_is_closed_and_others_are_not() {
    let office = Office::open().await;
    office.employ("tanaka", "見本 太郎", &[Role::Editor]).await;
    let guesser = office.browser_at("198.51.100.7");
    for number in 0..30 {
        guesser.log_in(&format!("login{number}"), "guess").await;
    }
    assert_eq!(guesser.log_in("tanaka", PASSWORD).await.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(office.browser().log_in("tanaka", PASSWORD).await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn a_session_ends_after_half_an_hour_of_silence_and_after_twelve_hours_of_work() {
    let office = Office::open().await;
    let browser = office.somebody("tanaka", "見本 太郎", &[Role::Auditor]).await;
    office.app.clock.advance(MINUTE * 29);
    assert_eq!(browser.get("/console/audit").await.status, StatusCode::OK);
    office.app.clock.advance(MINUTE * 29);
    assert_eq!(browser.get("/console/audit").await.status, StatusCode::OK);
    office.app.clock.advance(MINUTE * 31);
    assert_eq!(browser.get("/console/audit").await.status, StatusCode::SEE_OTHER);

    browser.log_in("tanaka", PASSWORD).await;
    for _ in 0..35 {
        office.app.clock.advance(MINUTE * 20);
        assert_eq!(browser.get("/console/audit").await.status, StatusCode::OK);
    }
    office.app.clock.advance(MINUTE * 21);
    assert_eq!(browser.get("/console/audit").await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn logging_in_makes_a_new_session_and_logging_out_ends_it_on_the_server() {
    let office = Office::open().await;
    let browser = office.somebody("tanaka", "見本 太郎", &[Role::Auditor]).await;
    let first = browser.cookie("musubi_staff").unwrap();
    browser.log_in("tanaka", PASSWORD).await;
    let second = browser.cookie("musubi_staff").unwrap();
    assert_ne!(first, second);
    browser.post("/console/logout", &[]).await;

    for old in [first, second] {
        let thief = office.browser();
        thief.put_cookie("musubi_staff", &old);
        assert_eq!(thief.get("/console/audit").await.status, StatusCode::SEE_OTHER);
    }
    let page = browser.get("/console/login").await;
    assert_eq!(page.words("[role=status]"), "ログアウトしました。");
    assert_eq!(browser.get("/console/login").await.words("[role=status]"), "");
}

#[tokio::test]
async fn somebody_disabled_loses_their_sessions_and_a_new_password_ends_the_old_ones() {
    let office = Office::open().await;
    let browser = office.somebody("tanaka", "見本 太郎", &[Role::Auditor]).await;
    staff::change_password(&office.app.base(), "tanaka", "another password".into()).await.unwrap();
    assert_eq!(browser.get("/console/audit").await.status, StatusCode::SEE_OTHER);

    assert_eq!(browser.log_in("tanaka", "another password").await.status, StatusCode::SEE_OTHER);
    staff::disable(&office.app.base(), "tanaka").await.unwrap();
    assert_eq!(browser.get("/console/audit").await.status, StatusCode::SEE_OTHER);
    assert_eq!(browser.log_in("tanaka", "another password").await.words("[role=alert]"), WRONG);
}

#[tokio::test]
async fn over_https_the_cookie_is_bound_to_the_host_and_never_travels_in_the_clear() {
    let office = Office::open_with(|config| config.server.public_url = "https://console.test".into()).await;
    office.employ("tanaka", "見本 太郎", &[Role::Editor]).await;
    let entered = office.browser().log_in("tanaka", PASSWORD).await;
    let cookie = entered.header("set-cookie");
    assert!(cookie.starts_with("__Host-musubi_staff="), "{cookie}");
    assert!(cookie.ends_with("; Path=/; HttpOnly; SameSite=Lax; Secure"), "{cookie}");
}

#[tokio::test]
async fn a_login_never_leads_to_another_site() {
    let office = Office::open().await;
    office.employ("tanaka", "見本 太郎", &[Role::Editor]).await;
    for next in ["//evil.example", "https://evil.example/console", "/console\\evil", "/assets/musubi.css"] {
        let fields = [("login", "tanaka"), ("password", PASSWORD), ("next", next)];
        assert_eq!(office.browser().post("/console/login", &fields).await.goes_to(), "/console", "{next}");
    }
}

#[tokio::test]
async fn a_page_that_refreshes_itself_keeps_no_session_alive() {
    let office = Office::open().await;
    let browser = office.somebody("tanaka", "見本 太郎", &[Role::Auditor]).await;
    let unasked = |minutes| {
        office.app.clock.advance(MINUTE * minutes);
        let request = Request::get("/console/audience?segment=oshirase/zenin");
        let request = request.header("x-musubi-unasked", "1").header("sec-fetch-dest", "empty");
        browser.send(request.body(Body::empty()).unwrap())
    };
    assert_eq!(unasked(20).await.status, StatusCode::OK);
    assert_eq!(unasked(11).await.status, StatusCode::UNAUTHORIZED);
}
