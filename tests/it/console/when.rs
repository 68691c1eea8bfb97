//! When a broadcast goes out, and until when: a Sunday or a holiday is said while it is written, and forbids nothing.

use jiff::civil::{Time, date};
use musubi::domain::message::Content;
use musubi::domain::staff::Role;
use musubi::flow::broadcast::{self, Draft};

use super::broadcasts::LETTER;
use crate::support::TestApp;
use crate::support::app::tokyo;
use crate::support::broadcasts::to_everyone;

#[tokio::test]
async fn the_form_says_that_the_chosen_day_is_a_holiday_and_saves_it_all_the_same() {
    let app = TestApp::start().await;
    let mut author = app.staff("見本 起案", &[Role::Editor]).await.browser;
    // 2026-07-20 is 海の日, the 19th a Sunday, the 21st a working day.
    let with = |day: &'static str, then: &'static str| {
        let mut fields: Vec<(&str, &str)> =
            LETTER.iter().copied().filter(|(name, _)| *name != "then").collect();
        fields.extend([("scheduled_at", day), ("then", then)]);
        fields
    };
    let holiday = "7月20日は祝日(海の日)です。届いた人からの問い合わせに答えられるか確かめてください。";
    let saved = author.post("/console/broadcasts", &with("2026-07-20T10:00", "save")).await.ok();
    assert!(saved.text().contains(holiday), "{}", saved.text());
    let at = saved.url.path().to_owned();
    let form = author.get(&format!("{at}/edit")).await.ok();
    assert!(form.text().contains(holiday), "{}", form.text());
    // A form that comes back with mistakes says it, too.
    let mut wrong = with("2026-07-19T10:00", "review");
    wrong.retain(|(name, _)| *name != "title");
    let again = author.post("/console/broadcasts", &wrong).await;
    assert!(again.text().contains("7月19日は日曜日です。"), "{}", again.text());
    // The part that a script asks for.
    let part = author.get("/console/when?scheduled_at=2026-07-20T10:00").await.ok();
    assert!(part.text().contains(holiday));
    assert_eq!(author.get("/console/when?scheduled_at=2026-07-21T10:00").await.ok().text().trim(), "");
}

#[tokio::test]
async fn a_broadcast_says_until_when_it_is_sent_by_its_expiry_or_by_the_last_day_that_its_text_names() {
    let office = TestApp::start().await;
    office.many_friends(3).await;
    let mut approver = office.approver("見本 承認").await.browser;
    let expiry = Some(tokyo(date(2026, 7, 5).at(12, 0, 0, 0)));
    for (last, expires_at, said) in [
        (None, None, "なし"),
        (None, expiry, "2026-07-05 12:00"),
        (Some(date(2026, 7, 6)), expiry, "2026-07-05 12:00"),
        (Some(date(2026, 7, 3)), expiry, "2026-07-03 23:59(本文の期限)"),
        (Some(date(2026, 7, 3)), None, "2026-07-03 23:59(本文の期限)"),
    ] {
        let text = if last.is_some() { "{期限}まで" } else { "健診" };
        let content = Content::japanese_text(text).until(last);
        let id = office.approved(Draft { content, expires_at, ..to_everyone("") }).await;
        let page = approver.get(&format!("/console/broadcasts/{id}")).await.ok();
        assert!(page.text().contains(&format!("有効期限 {said} 分野")), "{said}: {}", page.text());
    }
}

const NIGHT: &str = "夜間(20:00〜8:00)は送りません。7月3日 8:00に始まります。";

fn by_night() -> Vec<(&'static str, &'static str)> {
    LETTER.iter().copied().chain([("scheduled_at", "2026-07-02T21:00")]).collect()
}

#[tokio::test]
async fn a_time_in_the_night_says_when_it_begins_while_it_is_written_and_before_it_is_approved() {
    let app = TestApp::start().await;
    app.many_friends(3).await;
    let mut author = app.editor("見本 起案").await.browser;
    let saved = author.post("/console/broadcasts", &by_night()).await.ok();
    assert!(saved.text().contains(NIGHT), "{}", saved.text());
    let at = saved.url.path().to_owned();
    let form = author.get(&format!("{at}/edit")).await.ok();
    assert!(form.all("[data-live^='/console/when']")[0].starts_with(NIGHT), "{}", form.text());
    let part = author.get("/console/when?scheduled_at=2026-07-02T21:00").await.ok();
    assert!(part.text().starts_with(NIGHT) && part.text().contains("開庁時間"), "{}", part.text());

    let clerk = app.clerk("見本 筆者", &[Role::Editor]).await;
    let scheduled_at = Some(tokyo(date(2026, 7, 2).at(21, 0, 0, 0)));
    let id = app.submitted(&clerk, Draft { scheduled_at, ..to_everyone("健診") }).await;
    let mut approver = app.approver("見本 承認").await.browser;
    let page = approver.get(&format!("/console/broadcasts/{id}")).await.ok();
    assert!(page.all(".approve .notice").iter().any(|said| said == NIGHT), "{}", page.text());
    app.step().await;
}

#[tokio::test]
async fn the_morning_that_it_waits_for_is_looked_at_and_not_the_evening_that_was_chosen() {
    let app = TestApp::start().await;
    let mut author = app.editor("見本 起案").await.browser;
    // A Friday evening begins on a Saturday.
    let part = author.get("/console/when?scheduled_at=2026-07-03T20:00").await.ok().text();
    assert!(part.contains("7月4日 8:00に始まります。") && part.contains("7月4日は土曜日です。"), "{part}");
}

#[tokio::test]
async fn where_nothing_waits_for_the_morning_nothing_is_said_of_it() {
    let (from, until) = (Time::midnight(), Time::midnight());
    let app = TestApp::start_with(|config, _| {
        config.quiet_hours = musubi::config::QuietHours { from, until };
    })
    .await;
    let mut author = app.editor("見本 起案").await.browser;
    let saved = author.post("/console/broadcasts", &by_night()).await.ok();
    assert!(!saved.text().contains("夜間"), "{}", saved.text());
}

#[tokio::test]
async fn an_emergency_by_night_is_told_of_no_morning() {
    let app = TestApp::start().await;
    app.many_friends(3).await;
    app.set_tokyo(date(2026, 7, 9).at(23, 10, 0, 0));
    let author = app.clerk("見本 防災", &[Role::Editor]).await;
    let id = app.emergency(&author).await;
    app.submit(&author, (id, app.broadcast(id).await.version)).await.unwrap();
    let mut approver = app.approver("見本 当直").await.browser;
    let page = approver.get(&format!("/console/broadcasts/{id}")).await.ok();
    assert!(page.all(".approve")[0].contains("承認すると、すぐに送信が始まります。"), "{}", page.text());
    app.approve_by_others(id).await;
    let page = approver.get(&format!("/console/broadcasts/{id}")).await.ok();
    assert!(!page.text().contains("明朝") && page.text().contains("まもなく始まります。"), "{}", page.text());
    app.step().await;
    let correction = broadcast::correct(app.app(), &author, id).await.unwrap();
    let mut editor = app.editor("見本 起案").await.browser;
    let form = editor.get(&format!("/console/broadcasts/{correction}/edit")).await.ok();
    let [live] = &form.attributes("[data-live^='/console/when']", "data-live")[..] else { panic!() };
    let part = editor.get(&format!("{live}&scheduled_at=2026-07-10T23:00")).await.ok();
    assert!(
        !part.text().contains("夜間") && !form.text().contains("8時になるのを待ちます"),
        "{}",
        form.text()
    );
}
