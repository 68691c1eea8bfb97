//! A Sunday or a holiday is said while a broadcast is written, and forbids nothing.

use musubi::domain::staff::Role;

use super::broadcasts::LETTER;
use crate::support::TestApp;

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
