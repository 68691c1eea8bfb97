//! A resident registers, looks, changes, stops and erases, as the phone does it.

use musubi::domain::household::Consent;
use musubi::domain::ids::LineUserId;
use musubi::simulator::{Endpoint, Fault};
use musubi::store::accounts::{self, Account};
use musubi::store::households::{self, Stored};
use reqwest::StatusCode;
use serde_json::json;

use super::support::TestApp;
use super::support::browser::Browser;
use super::support::page::Page;

/// Opens the form with the token that LINE gave the phone.
async fn opens(app: &TestApp, id_token: &str) -> (Browser, Page) {
    let mut browser = app.browser();
    let page = browser.post("/liff/session", &[("id_token", id_token)]).await;
    (browser, page)
}

async fn account(app: &TestApp, user: &LineUserId) -> Option<Account> {
    accounts::find_by_line_user(&mut app.db().read().await.unwrap(), user).await.unwrap()
}

async fn household(app: &TestApp, user: &LineUserId) -> Stored {
    let id = account(app, user).await.unwrap().id;
    let mut tx = app.db().read().await.unwrap();
    households::find(&mut tx, &app.app().catalogue, id).await.unwrap().unwrap()
}

/// The shortest registration: a district, a birth date, the consent.
async fn registers(app: &TestApp, user: &LineUserId) -> (Browser, Page) {
    let (mut browser, page) = opens(app, &app.line().id_token(user)).await;
    let form = page.ok().form("登録する").fill("お住まいの地区", "今市");
    let form = form.set("p0.birth_date.y", "1986").set("p0.birth_date.m", "4").set("p0.birth_date.d", "1");
    let page = browser.submit(form.tick("上の内容に同意します")).await;
    (browser, page)
}

#[tokio::test]
async fn a_district_a_date_and_a_consent_are_a_registration() {
    let app = TestApp::start().await;
    let friend = app.friend("見本 花子").await;
    let (_, page) = registers(&app, &friend.id).await;
    assert_eq!(page.clone().ok().url.path(), "/liff/summary");
    assert!(page.text().contains("保存しました") && page.text().contains("昭和61年4月1日(1986年)"));

    let stored = household(&app, &friend.id).await;
    assert_eq!(stored.household.account.choice("district"), Some("imaichi"));
    assert_eq!(stored.household.account.choice("language"), Some("ja"));
    assert_eq!(stored.household.standing.consent, Consent::Given);
    let me = stored.household.friend().unwrap();
    assert_eq!(me.facts.date("birth_date").unwrap().to_string(), "1986-04-01");
}

#[tokio::test]
async fn a_whole_family_is_registered_without_a_script() {
    let app = TestApp::start().await;
    let friend = app.friend("見本 花子").await;
    let (mut browser, page) = opens(&app, &app.line().id_token(&friend.id)).await;
    let form = page.ok().form("家族を追加する").fill("お住まいの地区", "平田");
    let page = browser.submit(form).await;
    let page = browser.submit(page.ok().form("家族を追加する")).await;
    let page = browser.submit(page.ok().form("1人目を取り消す")).await;
    let form = page.ok().form("登録する").fill("ご家族 1人目 / 続柄", "子");
    let form = form.set("p0.birth_date.y", "Ｓ６１．４．１").set("p2.birth_date.era", "令和");
    let form = form.set("p2.birth_date.y", "2").set("p2.birth_date.m", "２").set("p2.birth_date.d", "29");
    browser.submit(form.tick("上の内容に同意します")).await.ok();

    let stored = household(&app, &friend.id).await;
    assert_eq!(stored.household.account.choice("district"), Some("hirata-chiku"));
    let child = &stored.household.persons[1];
    assert_eq!(child.facts.choice("relation"), Some("child"));
    assert_eq!(child.facts.date("birth_date").unwrap().to_string(), "2020-02-29");
}

#[tokio::test]
async fn a_form_with_mistakes_comes_back_with_all_that_was_typed() {
    let app = TestApp::start().await;
    let friend = app.friend("見本 花子").await;
    let (mut browser, page) = opens(&app, &app.line().id_token(&friend.id)).await;
    let form = page.ok().form("登録する").set("p0.birth_date.y", "1986").set("p0.birth_date.m", "13");
    let page = browser.submit(form.set("p0.birth_date.d", "いち").tick("国民健康保険")).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    let listed = page.attributes("[role=alert] a", "href");
    assert_eq!(listed, ["#a-district", "#p0-birth_date", "#consent"]);
    for href in listed {
        assert!(page.has(&format!("[id='{}']", &href[1..])), "{href}");
    }
    let form = page.form("登録する");
    assert_eq!((form.value("p0.birth_date.m"), form.value("p0.birth_date.d")), (Some("13"), Some("いち")));
    assert_eq!(form.value("p0.insurance"), Some("kokuho"));
    assert!(account(&app, &friend.id).await.unwrap().registered_at.is_none());
}

#[tokio::test]
async fn a_token_that_is_expired_forged_or_of_another_service_opens_nothing() {
    let app = TestApp::start().await;
    let friend = app.friend("見本 花子").await;
    let line = app.line();
    for (token, status) in [
        (line.expired_id_token(&friend.id), StatusCode::UNAUTHORIZED),
        (line.forged_id_token(&friend.id), StatusCode::FORBIDDEN),
        (line.foreign_id_token(&friend.id), StatusCode::FORBIDDEN),
        (friend.id.as_str().to_owned(), StatusCode::FORBIDDEN),
    ] {
        let (mut browser, page) = opens(&app, &token).await;
        assert_eq!(page.status, status);
        assert_eq!(page.all("[role=alert]#trouble p").len(), 4, "said in four languages");
        assert!(browser.cookie("musubi_resident").is_none());
        assert_eq!(browser.get("/liff/profile").await.status, StatusCode::UNAUTHORIZED);
    }
}

#[tokio::test]
async fn the_same_form_sent_twice_is_one_registration() {
    let app = TestApp::start().await;
    let friend = app.friend("見本 花子").await;
    let (mut browser, page) = opens(&app, &app.line().id_token(&friend.id)).await;
    let page = browser.submit(page.ok().form("家族を追加する").fill("お住まいの地区", "今市")).await;
    let form = page.ok().form("登録する").set("p0.birth_date.y", "19860401").tick("上の内容に同意します");
    let form = form.fill("ご家族 1人目 / 続柄", "子").set("p1.birth_date.y", "20200229");
    browser.submit(form.clone()).await.ok();
    let (first, version) =
        (household(&app, &friend.id).await, account(&app, &friend.id).await.unwrap().version);
    browser.submit(form).await.ok();
    let second = household(&app, &friend.id).await;
    assert_eq!(first.household, second.household);
    assert_eq!(version, account(&app, &friend.id).await.unwrap().version);
}

#[tokio::test]
async fn a_change_made_on_another_screen_is_not_overwritten() {
    let app = TestApp::start().await;
    let friend = app.friend("見本 花子").await;
    let (mut browser, _) = registers(&app, &friend.id).await;
    let old = browser.get("/liff/profile").await.ok().form("変更を保存する").fill("お住まいの地区", "大津");
    let new = browser.get("/liff/profile").await.ok().form("変更を保存する").fill("お住まいの地区", "塩冶");
    browser.submit(new).await.ok();
    let page = browser.submit(old).await;
    assert_eq!(page.status, StatusCode::CONFLICT);
    assert_eq!(page.form("変更を保存する").shown("お住まいの地区"), Some("otsu"));
    assert_eq!(household(&app, &friend.id).await.household.account.choice("district"), Some("enya"));
}

#[tokio::test]
async fn a_member_taken_out_leaves_the_others_who_they_were() {
    let app = TestApp::start().await;
    let friend = app.friend("見本 花子").await;
    let (mut browser, _) = registers(&app, &friend.id).await;
    let page = browser.get("/liff/profile").await.ok();
    let page = browser.submit(page.form("家族を追加する")).await;
    let page = browser.submit(page.form("家族を追加する")).await;
    let form = page.form("保存する").fill("ご家族 1人目 / 続柄", "親").set("p1.birth_date.y", "S27.4.1");
    browser.submit(form.fill("ご家族 2人目 / 続柄", "子").set("p2.birth_date.y", "20200229")).await.ok();
    let before = household(&app, &friend.id).await.household.persons;
    let page = browser.get("/liff/profile").await.ok();
    let page = browser.submit(page.form("1人目を取り消す")).await;
    browser.submit(page.form("保存する")).await.ok();
    let after = household(&app, &friend.id).await.household.persons;
    assert_eq!(after, [before[0].clone(), before[2].clone()]);
}

#[tokio::test]
async fn the_language_changes_at_once_and_loses_nothing() {
    let app = TestApp::start().await;
    let friend = app.friend("見本 花子").await;
    let (mut browser, page) = opens(&app, &app.line().id_token(&friend.id)).await;
    let form = page.ok().form("Português").set("p0.birth_date.y", "1990").tick("ごみ・環境");
    let page = browser.submit(form).await.ok();
    assert_eq!(page.heading(), "Cadastro");
    assert_eq!(page.attributes("html", "lang"), ["pt-BR"]);
    let form = page.form("Cadastrar");
    assert_eq!(form.value("p0.birth_date.y"), Some("1990"));
    assert_eq!((form.value("a.topics"), form.value("a.language")), (Some("gomi"), Some("pt-BR")));
    assert_eq!(browser.get("/liff/profile").await.heading(), "Cadastro");
}

#[tokio::test]
async fn a_session_that_ended_gives_back_what_was_typed() {
    let app = TestApp::start().await;
    let friend = app.friend("見本 花子").await;
    let (mut browser, page) = opens(&app, &app.line().id_token(&friend.id)).await;
    let form = page.ok().form("登録する").set("p0.birth_date.y", "1986").fill("お住まいの地区", "今市");
    app.clock().advance(std::time::Duration::from_secs(3601));
    let page = browser.submit(form).await;
    assert_eq!(page.status, StatusCode::UNAUTHORIZED);
    let again = page.form("もう一度開く").set("id_token", &app.line().id_token(&friend.id));
    let page = browser.submit(again).await.ok();
    let form = page.form("登録する");
    assert_eq!(form.value("p0.birth_date.y"), Some("1986"));
    assert_eq!(form.shown("お住まいの地区"), Some("imaichi"));
}

#[tokio::test]
async fn a_line_that_is_away_is_said_and_can_be_tried_again() {
    let app = TestApp::start().await;
    let friend = app.friend("見本 花子").await;
    app.line().fault(Endpoint::VerifyIdToken, Fault::ServerError, 1);
    let (_, page) = opens(&app, &app.line().id_token(&friend.id)).await;
    assert_eq!(page.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(page.text().contains("もう一度開く"));
    let (_, page) = opens(&app, &app.line().id_token(&friend.id)).await;
    page.ok();
}

#[tokio::test]
async fn a_database_that_is_away_loses_nothing_that_was_typed() {
    let app = TestApp::start().await;
    let friend = app.friend("見本 花子").await;
    let (mut browser, page) = opens(&app, &app.line().id_token(&friend.id)).await;
    let form = page.ok().form("登録する").fill("お住まいの地区", "今市").set("p0.birth_date.y", "1986");
    app.db().close().await;
    let page = browser.submit(form).await;
    assert_eq!(page.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(page.text().contains("入力した内容は残っています"));
    let form = page.form("もう一度開く");
    let carried = form.value("carry").unwrap();
    assert!(carried.contains("a.district=imaichi") && carried.contains("p0.birth_date.y=1986"));
}

#[tokio::test]
async fn stopping_resuming_and_withdrawing_are_one_press_each() {
    let app = TestApp::start().await;
    let friend = app.friend("見本 花子").await;
    let (mut browser, page) = registers(&app, &friend.id).await;
    let page = browser.submit(page.form("配信を止める")).await.ok();
    assert!(page.text().contains("お知らせは届きません"));
    assert!(household(&app, &friend.id).await.household.standing.sending_stopped);
    let page = browser.submit(page.form("配信を再開する")).await.ok();
    let page = browser.submit(page.form("同意を取り消す")).await.ok();
    let standing = household(&app, &friend.id).await.household.standing;
    assert_eq!((standing.sending_stopped, standing.consent), (false, Consent::Withdrawn));

    let page = browser.get(&page.link("変更する")).await;
    let form = page.form("変更を保存する");
    assert_eq!(browser.submit(form.clone()).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    app.clock().advance(std::time::Duration::from_secs(1));
    browser.submit(form.tick("上の内容に同意します")).await.ok();
    assert_eq!(household(&app, &friend.id).await.household.standing.consent, Consent::Given);
}

#[tokio::test]
async fn erasing_leaves_no_trace_of_the_friend_in_any_table() {
    let app = TestApp::start().await;
    let friend = app.friend("見本 花子").await;
    let (mut browser, page) = registers(&app, &friend.id).await;
    let id = account(&app, &friend.id).await.unwrap().id;
    // Waits in the inbox; what was handled is forgotten at once.
    app.line().says(&friend.id, "こんにちは").await.unwrap();
    let before = traces(&app, &friend.id).await;
    for place in [
        "account.line_user_id",
        "person.attributes",
        "inbox_event.line_user_id",
        "resident_session.line_user_id",
    ] {
        assert!(before.iter().any(|trace| trace == place), "{place} in {before:?}");
    }
    let page = browser.get(&page.link("登録を消す")).await.ok();
    let page = browser.submit(page.form("すべて消す")).await.ok();
    assert_eq!(page.heading(), "登録を消しました");
    assert_eq!(traces(&app, &friend.id).await, Vec::<String>::new());
    assert_eq!(browser.get("/liff/summary").await.status, StatusCode::UNAUTHORIZED);

    let mut tx = app.db().read().await.unwrap();
    let left = households::find(&mut tx, &app.app().catalogue, id).await.unwrap().unwrap();
    assert!(left.household.standing.erased && left.household.persons.is_empty());
}

/// The tables and columns in which something of the friend stands: the LINE user id, or the birth date.
async fn traces(app: &TestApp, user: &LineUserId) -> Vec<String> {
    let tells = |text: &String| text.contains(user.as_str()) || text.contains("1986-04-01");
    app.everything().await.into_iter().filter(|(_, text)| tells(text)).map(|(place, _)| place).collect()
}

#[tokio::test]
async fn an_attribute_added_to_the_catalogue_is_asked_for_without_any_code() {
    let folder = tempfile::tempdir().unwrap();
    let shipped = std::fs::read_to_string("segments/attributes.toml").unwrap();
    let added = r#"
[[attribute]]
id = "gomi_route"
label = { ja = "ごみ収集地区", ja-easy = "ごみの ちく", en = "Garbage route", pt-BR = "Rota do lixo" }
help = { ja = "カレンダーの色です。", ja-easy = "カレンダーの いろです。", en = "The colour of your calendar.", pt-BR = "A cor do seu calendário." }
type = "choice"
subject = "account"
entered_by = "both"
required = true
sensitivity = "ordinary"
usable_for_sending = true

[[attribute.value]]
id = "red"
label = { ja = "赤", ja-easy = "あか", en = "Red", pt-BR = "Vermelho" }

[[attribute.value]]
id = "blue"
label = { ja = "青", ja-easy = "あお", en = "Blue", pt-BR = "Azul" }
"#;
    std::fs::write(folder.path().join("attributes.toml"), shipped + added).unwrap();
    let app = TestApp::start_with(|config, _| config.segments_dir = folder.path().to_owned()).await;
    let friend = app.friend("見本 花子").await;
    let (mut browser, page) = opens(&app, &app.line().id_token(&friend.id)).await;
    let form = page.ok().form("登録する").fill("お住まいの地区", "今市").set("p0.birth_date.y", "19860401");
    let page = browser.submit(form.tick("上の内容に同意します")).await;
    assert_eq!(page.attributes("[role=alert] a", "href"), ["#a-gomi_route"]);
    let page = browser.submit(page.form("登録する").tick("ごみ収集地区 / 青")).await.ok();
    assert!(page.text().contains("ごみ収集地区 青"));
}

#[tokio::test]
async fn the_pages_are_closed_to_other_sites_and_to_caches() {
    let app = TestApp::start().await;
    let page = app.get("/liff").await.ok();
    let policy = page.headers["content-security-policy"].to_str().unwrap();
    assert!(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'self'"));
    assert_eq!(page.headers["cache-control"], "no-store");
    let foreign =
        reqwest::Client::new().post(app.url("/liff/session")).header("origin", "https://example.com");
    let answer = foreign.form(&[("id_token", "a.b.c")]).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::FORBIDDEN);
    assert!(answer.text().await.unwrap().contains("ほかのサイトから"));
}

#[tokio::test]
async fn whatever_the_framework_refuses_is_said_in_four_languages_with_what_to_do() {
    let app = TestApp::start().await;
    let friend = app.friend("見本 花子").await;
    let (mut browser, _) = registers(&app, &friend.id).await;
    let pages = [
        (browser.get("/liff/nowhere").await, StatusCode::NOT_FOUND, "この画面はありません"),
        (browser.post("/liff", &[]).await, StatusCode::METHOD_NOT_ALLOWED, "この画面はありません"),
        (browser.post("/liff/summary", &[]).await, StatusCode::UNPROCESSABLE_ENTITY, "読み取れません"),
        (
            browser.post_json("/liff/language", &json!({})).await,
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "読み取れません",
        ),
        (browser.get("/liff/summary?done=a&done=b").await, StatusCode::BAD_REQUEST, "読み取れません"),
        (browser.post("/liff/session", &[]).await, StatusCode::BAD_REQUEST, "開けませんでした"),
    ];
    for (page, status, text) in pages {
        assert_eq!(page.status, status, "{}", page.url);
        assert!(page.text().contains(text), "{}: {}", page.url, page.text());
        assert_eq!(page.all("[role=alert]:not([hidden]) p[lang]").len(), 4, "{}", page.url);
        assert_eq!(page.headers["cache-control"], "no-store");
    }
}

#[tokio::test]
async fn an_oversized_form_is_refused_with_a_page_and_saves_nothing() {
    let app = TestApp::start().await;
    let friend = app.friend("見本 花子").await;
    let (mut browser, page) = opens(&app, &app.line().id_token(&friend.id)).await;
    let form = page.ok().form("登録する").fill("お住まいの地区", "今市").set("p0.birth_date.y", "19860401");
    let form = form.tick("上の内容に同意します").set("p0.insurance", &"x".repeat(70_000));
    let page = browser.submit(form).await;
    assert_eq!(page.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert!(page.text().contains("長すぎて") && page.text().contains("longo demais"), "{}", page.text());
    assert!(account(&app, &friend.id).await.is_none_or(|account| account.registered_at.is_none()));
}

#[tokio::test]
async fn a_session_that_ended_while_line_is_away_still_keeps_what_was_typed() {
    let app = TestApp::start().await;
    let friend = app.friend("見本 花子").await;
    let (mut browser, page) = opens(&app, &app.line().id_token(&friend.id)).await;
    let form = page.ok().form("登録する").fill("お住まいの地区", "今市");
    app.clock().advance(std::time::Duration::from_secs(3601));
    let mut page = browser.submit(form).await;
    for fault in [Fault::ServerError, Fault::ResetBeforeAccept] {
        app.line().fault(Endpoint::VerifyIdToken, fault, 1);
        let again = page.form("もう一度開く").set("id_token", &app.line().id_token(&friend.id));
        page = browser.submit(again).await;
        assert_eq!(page.status, StatusCode::SERVICE_UNAVAILABLE, "{fault:?}");
        assert_eq!(page.all("[role=alert]#trouble p[lang]").len(), 4);
    }
    let again = page.form("もう一度開く").set("id_token", &app.line().id_token(&friend.id));
    let page = browser.submit(again).await.ok();
    assert_eq!(page.form("登録する").shown("お住まいの地区"), Some("imaichi"));
}

#[tokio::test]
async fn the_front_page_says_whose_server_this_is_and_shows_staff_the_way() {
    let app = TestApp::start().await;
    let page = app.get("/").await.ok();
    assert_eq!(page.heading(), "出雲市 LINE公式アカウント");
    assert_eq!(page.all("main p[lang]").len(), 4);
    assert_eq!(page.link("配信管理の画面へ"), "/console");
}
