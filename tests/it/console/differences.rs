//! What the second reader is shown to have changed: everything that residents read, and whom it goes to.

use jiff::civil::date;
use musubi::domain::ids::BroadcastId;
use musubi::domain::message::{Body, Button, Card, Content, Part, Target};
use musubi::domain::staff::{Role, StaffMember};
use musubi::flow::broadcast::{self, Draft, Wish};

use crate::support::app::TestApp;
use crate::support::broadcasts::to_everyone;
use crate::support::page::Page;

fn letter(content: Content) -> Draft {
    Draft { content, ..to_everyone("") }
}

fn until(day: i8) -> Content {
    Content::japanese_text("申込は{期限}まで").until(Some(date(2026, 7, day)))
}

fn card(page: &str) -> Content {
    let target = Target::Uri(format!("https://www.city.izumo.shimane.jp/{page}"));
    let buttons = vec![Button { label: "見る".to_owned(), target }];
    let card = Card { title: "健診".to_owned(), text: "申込".to_owned(), buttons, ..Card::default() };
    let body = Body { parts: vec![Part::Card(card)], ..Body::default() };
    Content::new([("ja".into(), body)])
}

async fn sent(office: &TestApp, draft: Draft) -> BroadcastId {
    let id = office.approved(draft).await;
    office.step().await;
    id
}

/// What an approver sees on the page of something that was submitted.
async fn seen(office: &TestApp, id: BroadcastId) -> Page {
    let mut approver = office.approver("見本 読む人").await.browser;
    approver.get(&format!("/console/broadcasts/{id}")).await.ok()
}

/// The lines that went and those that came, without what stands between their pieces.
fn marked(page: &Page) -> (Vec<String>, Vec<String>) {
    let lines = |css: &str| page.all(css).iter().map(|line| line.replace(' ', "")).collect();
    (lines(".changes .gone"), lines(".changes .new"))
}

async fn edited(office: &TestApp, author: &StaffMember, id: BroadcastId, draft: Draft) {
    let version = office.broadcast(id).await.version;
    broadcast::edit(office.app(), author, (id, version), draft).await.unwrap();
}

#[tokio::test]
async fn another_last_day_is_marked_beside_the_same_words() {
    let office = TestApp::start().await;
    office.many_friends(3).await;
    let author = office.clerk("見本 起案", &[Role::Editor]).await;
    sent(&office, letter(until(10))).await;
    let id = office.submitted(&author, letter(until(25))).await;
    let page = seen(&office, id).await;
    let (gone, new) = marked(&page);
    assert!(gone.iter().any(|line| line.contains("期限(本文の{期限}):2026-07-10")), "{gone:?}");
    assert!(new.iter().any(|line| line.contains("期限(本文の{期限}):2026-07-25")), "{new:?}");

    edited(&office, &author, id, letter(until(26))).await;
    let mut browser = office.editor("見本 同僚").await.browser;
    let versions = browser.get(&format!("/console/broadcasts/{id}/versions?from=1&to=3")).await.ok();
    assert!(
        versions.all("#h-diff ~ .changes .new").join("").replace(' ', "").contains("2026-07-26"),
        "{}",
        versions.text()
    );
}

#[tokio::test]
async fn that_openings_are_counted_and_where_a_button_leads_is_marked() {
    let office = TestApp::start().await;
    office.many_friends(3).await;
    let author = office.clerk("見本 起案", &[Role::Editor]).await;
    sent(&office, letter(card("a.html"))).await;
    let id = office.submitted(&author, letter(card("b.html").counting_taps(true))).await;
    let (gone, new) = marked(&seen(&office, id).await);
    assert!(new.iter().any(|line| line.contains("開かれた回数:数える")), "{new:?}");
    assert!(gone.iter().any(|line| line.contains("shimane.jp/a.html")), "{gone:?}");
}

#[tokio::test]
async fn another_text_of_an_arm_is_a_version_and_is_marked() {
    let office = TestApp::start().await;
    office.many_friends(3).await;
    let author = office.clerk("見本 起案", &[Role::Editor]).await;
    sent(&office, to_everyone("健診")).await;
    let id = broadcast::create(office.app(), &author, to_everyone("健診")).await.unwrap();
    for (version, text) in [(1, "ふたつめの文章"), (2, "みっつめの文章")] {
        let other = broadcast::create(office.app(), &author, to_everyone(text)).await.unwrap();
        let wish = Wish { held_out_percent: 10, others: vec![other] };
        broadcast::split(office.app(), &author, (id, version), wish).await.unwrap();
    }
    let mut browser = office.editor("見本 同僚").await.browser;
    let versions = browser.get(&format!("/console/broadcasts/{id}/versions")).await.ok();
    assert_eq!(versions.all("tbody th"), ["版3", "版2", "版1"]);
    assert_eq!(versions.all("#h-diff ~ .changes del"), ["ふた"], "{}", versions.text());
    assert_eq!(versions.all("#h-diff ~ .changes ins"), ["みっ"]);

    broadcast::send_test(office.app(), &author, id).await.unwrap();
    office.submit(&author, (id, 3)).await.unwrap();
    let (_, new) = marked(&seen(&office, id).await);
    for line in ["送らない人:10%", "〔B案〕45%", "みっつめの文章"] {
        assert!(new.iter().any(|new| new.contains(line)), "{line}: {new:?}");
    }
}

#[tokio::test]
async fn another_rule_than_the_last_of_the_series_is_marked() {
    let office = TestApp::start().await;
    office.many_friends(20).await;
    office.run_sql("UPDATE account SET attributes = '{\"district\":\"hirata-chiku\"}'").await;
    let author = office.clerk("見本 起案", &[Role::Editor]).await;
    let first = office.submitted(&author, to_everyone("ごみ")).await;
    let page = seen(&office, first).await;
    assert!(page.text().contains("前回の配信はありません") && !page.has(".changes"), "{}", page.text());
    office.approve_by_others(first).await;
    office.step().await;

    let narrow = Draft { segment_path: "gomi/hirata".to_owned(), ..to_everyone("ごみ") };
    let second = office.submitted(&author, narrow).await;
    let page = seen(&office, second).await;
    let (gone, new) = marked(&page);
    assert!(gone.iter().any(|line| line.contains("対象:友だち全員")), "{gone:?}");
    assert!(new.iter().any(|line| line.contains("居住地平田")), "{new:?}");
    assert!(!page.text().contains("前回の配信はありません"));
}

#[tokio::test]
async fn whoever_approves_a_held_one_anew_sees_the_difference_too() {
    let office = TestApp::start().await;
    office.many_friends(3).await;
    sent(&office, to_everyone("健診の申込が始まりました")).await;
    let id = office.approved(to_everyone("健診の申込が始まりません")).await;
    office
        .run_sql(&format!(
            "UPDATE broadcast SET state = 'paused', hold_reason = 'audience_moved' WHERE id = '{id}'"
        ))
        .await;
    let page = seen(&office, id).await;
    assert_eq!(page.all(".changes del"), ["した"], "{}", page.text());
    assert_eq!(page.all(".changes ins"), ["せん"]);
}
