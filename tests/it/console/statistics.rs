//! The results of broadcasts at the console: exact where it has to add up, masked where it tells of people.

use std::time::Duration;

use jiff::civil::date;
use musubi::domain::staff::Role;

use crate::support::TestApp;
use crate::support::broadcasts::to_everyone;

const A_DAY: Duration = Duration::from_secs(24 * 3600);

#[tokio::test]
async fn a_broadcasts_results_are_shown_in_words_that_claim_no_more_than_is_known() {
    let app = TestApp::start().await;
    let people = app.many_friends(120).await;
    let id = app.approved(to_everyone("健診")).await;
    let mut browser = app.staff("見本 閲覧", &[Role::Auditor]).await.browser;
    let path = format!("/console/broadcasts/{id}/statistics");
    assert_eq!(browser.get(&path).await.status, 404, "not planned yet");
    app.step().await;
    let fresh = browser.get(&path).await.ok().text();
    assert!(fresh.contains("まだ分からない") && fresh.contains("送信の翌日の午前9時から"), "{fresh}");
    app.line().look(&people[..60]);
    app.line().open(&people[..19], "https://example.jp");
    // Three block within a day, and one after that.
    for person in &people[..3] {
        app.line().block(person).await;
    }
    app.step().await;
    app.clock().advance(A_DAY + Duration::from_secs(60));
    app.line().block(&people[4]).await;
    app.step().await;
    let page = browser.get(&path).await.ok();
    let text = page.text();
    for words in ["60人", "20人未満", "15日目に確定", "24時間以内にブロックした人 10人未満", "120"]
    {
        assert!(text.contains(words), "{words}: {text}");
    }
    let csv = browser.get(&page.link("CSVで保存")).await.ok();
    for line in [
        "\"受付済み\",\"\",\"120\"",
        "\"LINEで表示した人\",\"\",\"60人\"",
        "\"LINEでリンクを開いた人\",\"\",\"20人未満\"",
    ] {
        assert!(csv.body.contains(line), "{line}: {}", csv.body);
    }
    assert!(browser.get(&format!("/console/broadcasts/{id}")).await.ok().text().contains("配信の結果"));
}

#[tokio::test]
async fn blocks_are_counted_from_ten_on_and_only_within_a_day() {
    let app = TestApp::start().await;
    let people = app.many_friends(120).await;
    let id = app.approved(to_everyone("健診")).await;
    app.step().await;
    app.clock().advance(A_DAY / 2);
    for person in &people[..11] {
        app.line().block(person).await;
    }
    app.step().await;
    app.clock().advance(A_DAY);
    for person in &people[11..31] {
        app.line().block(person).await;
    }
    app.step().await;
    let mut browser = app.staff("見本 閲覧", &[Role::Auditor]).await.browser;
    let text = browser.get(&format!("/console/broadcasts/{id}/statistics")).await.ok().text();
    assert!(text.contains("24時間以内にブロックした人 11人"), "{text}");
}

#[tokio::test]
async fn a_series_is_compared_on_one_page_and_as_a_file() {
    let app = TestApp::start().await;
    app.many_friends(50).await;
    let mut browser = app.staff("見本 閲覧", &[Role::Auditor]).await.browser;
    let empty = browser.get("/console/statistics").await.ok();
    assert!(empty.text().contains("送った配信はまだありません"));
    for day in [1, 4] {
        app.set_tokyo(date(2026, 7, day).at(10, 0, 0, 0));
        app.approved(to_everyone(&format!("健診 {day}"))).await;
        app.step().await;
    }
    let list = browser.get("/console/statistics").await.ok();
    let series = browser.get(&list.link("見本")).await.ok();
    assert_eq!(series.all("tbody tr").len(), 2, "{}", series.text());
    let csv = browser.get(&series.link("CSVで保存")).await.ok();
    assert_eq!(csv.body.lines().count(), 3, "{}", csv.body);
    let nothing = browser.get("/console/statistics/series?series=%E3%81%AA%E3%81%97").await.ok();
    assert!(nothing.text().contains("送った配信はまだありません"));
}

#[tokio::test]
async fn the_friends_page_says_how_the_comparison_went_and_asks_where_many_leave() {
    let app = TestApp::start().await;
    let people = app.many_friends(100).await;
    let mut viewer = app.staff("見本 閲覧", &[Role::Auditor]).await.browser;
    assert!(viewer.get("/console/friends").await.ok().text().contains("まだ照合していません"));
    people[..60].iter().for_each(|person| app.line().blocks_silently(person));
    app.set_tokyo(date(2026, 7, 2).at(3, 0, 0, 0));
    app.step().await;
    app.set_tokyo(date(2026, 7, 2).at(8, 30, 0, 0));
    let mut viewer = app.staff("見本 閲覧", &[Role::Auditor]).await.browser;
    let text = viewer.get("/console/friends").await.ok().text();
    assert!(text.contains("60人が、LINEでは友だちではありませんでした"), "{text}");
    assert!(text.contains("反映できるのは承認者と管理者です"), "{text}");
    let mut approver = app.approver("見本 承認 2").await.browser;
    let page = approver.get("/console/friends").await.ok();
    approver.submit(page.form("確かめたので、もう一度照合して反映する")).await.ok();
    app.step().await;
    let text = approver.get("/console/friends").await.ok().text();
    assert!(text.contains("照合済み") && text.contains("見本 承認 2"), "{text}");
    app.line().set_verified(false);
    app.set_tokyo(date(2026, 7, 3).at(3, 0, 0, 0));
    app.step().await;
    app.set_tokyo(date(2026, 7, 3).at(8, 30, 0, 0));
    let mut viewer = app.staff("見本 閲覧", &[Role::Auditor]).await.browser;
    let text = viewer.get("/console/friends").await.ok().text();
    assert!(text.contains("認証済アカウントではない"), "{text}");
}
