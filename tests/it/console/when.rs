//! When a broadcast goes out, and until when: a Sunday or a holiday is said while it is written, and forbids nothing.

use jiff::civil::date;
use musubi::domain::message::Content;
use musubi::domain::staff::Role;
use musubi::flow::broadcast::Draft;

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
