//! Staff tie their own LINE accounts to their logins, without an id and without a person at the machine.

use std::time::Duration;

use musubi::domain::staff::Role;
use musubi::flow::broadcast;
use musubi::flow::staff::CODE_LIFE;

use crate::support::TestApp;
use crate::support::broadcasts::to_everyone;
use crate::support::staff::Staff;

const HOME: &str = "/console/line";

async fn code(staff: &mut Staff) -> String {
    let page = staff.browser.get(HOME).await.ok();
    let shown = staff.browser.submit(page.form("番号を作")).await.ok();
    shown.all("#code").remove(0)
}

async fn is_linked(staff: &mut Staff) -> bool {
    staff.browser.get(HOME).await.ok().text().contains("登録済み")
}

#[tokio::test]
async fn a_code_sent_in_the_talk_makes_the_phone_the_staff_members_own() {
    let app = TestApp::start().await;
    app.many_friends(3).await;
    let mut editor = app.editor("見本 起案").await;
    let phone = app.friend("見本 花子").await;
    let writer = app.clerk("見本 筆者", &[Role::Editor]).await;
    let id = broadcast::create(app.app(), &writer, to_everyone("健診の申込が始まりました")).await.unwrap();
    let test = format!("/console/broadcasts/{id}/test");
    let refused = editor.browser.post(&test, &[]).await;
    assert!(refused.text().contains("「自分のLINE」で登録してください"), "{}", refused.text());

    let page = editor.browser.get("/console/broadcasts").await.ok();
    assert_eq!(page.link("自分のLINE"), HOME);
    assert!(!is_linked(&mut editor).await);
    let words = code(&mut editor).await;
    phone.says(&words).await;
    let answer = phone.texts().pop().unwrap();
    assert!(answer.contains("職員の連絡先に登録しました") && !answer.contains("見本"), "{answer}");
    assert!(is_linked(&mut editor).await);
    assert!(!editor.browser.get(HOME).await.body.contains(&words), "it is shown once");
    editor.browser.post(&test, &[]).await.ok();
    assert_eq!(phone.texts().last().unwrap(), "健診の申込が始まりました");

    // LINE repeats an event: the same phone hears the same, and another one is told that the code is gone.
    phone.says(&words.replace(' ', "").to_lowercase()).await;
    assert!(phone.texts().pop().unwrap().contains("登録しました"));
    let other = app.friend("見本 太郎").await;
    other.says(&words).await;
    assert!(other.texts().pop().unwrap().contains("この番号は使えません"));
    let mut auditor = app.staff("見本 監査", &[Role::Auditor]).await;
    let log = auditor.browser.get("/console/audit").await.ok();
    let deeds = log.all("tbody th");
    assert_eq!(deeds.iter().filter(|deed| deed.contains("テスト送信のLINEを登録")).count(), 1, "{deeds:?}");
    let letters = words.trim_start_matches("職員登録").replace(' ', "");
    for (place, text) in app.everything().await {
        assert!(!text.contains(&letters) && !text.contains(words.as_str()), "{place}");
    }
}

#[tokio::test]
async fn a_code_works_for_ten_minutes_and_only_the_newest_one_does() {
    let app = TestApp::start().await;
    let mut editor = app.editor("見本 起案").await;
    let phone = app.friend("見本 花子").await;
    let first = code(&mut editor).await;
    let second = code(&mut editor).await;
    phone.says(&first).await;
    assert!(phone.texts().pop().unwrap().contains("この番号は使えません"));
    app.clock().advance(CODE_LIFE);
    phone.says(&second).await;
    assert!(phone.texts().pop().unwrap().contains("この番号は使えません"));
    let third = code(&mut editor).await;
    app.clock().advance(CODE_LIFE - Duration::from_secs(1));
    musubi::flow::staff::disable(&app.app().base(), &editor.login).await.unwrap();
    phone.says(&third).await;
    assert!(phone.texts().pop().unwrap().contains("この番号は使えません"), "who has left gets nothing");
    phone.says("職員登録はどこですか").await;
    assert!(phone.texts().pop().unwrap().contains("読んでいません"), "a resident's words are no code");
}

#[tokio::test]
async fn an_administrator_sees_who_has_no_line_and_takes_away_one_that_was_lost() {
    let app = TestApp::start().await;
    let mut admin = app.staff("見本 管理", &[Role::Admin]).await;
    let mut editor = app.editor("見本 起案").await;
    let mut other = app.editor("見本 同僚").await;
    app.friend("見本 花子").await.says(&code(&mut editor).await).await;
    let page = admin.browser.get(HOME).await.ok();
    let line = |page: &crate::support::page::Page| page.all("tbody tr td[data-label=LINE]");
    assert_eq!(line(&page), ["登録済み", "未登録"]);
    assert!(!page.body.contains("U0") && !editor.browser.get(HOME).await.has("tbody"));

    let id = editor.id.to_string();
    let refused = other.browser.post("/console/line/remove", &[("id", &*id)]).await;
    assert_eq!(refused.status, 422);
    assert!(is_linked(&mut editor).await);
    admin.browser.submit(page.form("外す")).await.ok();
    assert_eq!(line(&admin.browser.get(HOME).await), ["未登録", "未登録"]);
    assert!(!is_linked(&mut editor).await);
}
