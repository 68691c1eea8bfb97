//! The audit log as staff read it.

use musubi::domain::staff::Role;

use super::office::Office;

#[tokio::test]
async fn a_hostile_name_is_shown_as_text() {
    let office = Office::open().await;
    let browser = office.somebody("mallory", "<script>alert(1)</script>", &[Role::Auditor]).await;
    let page = browser.get("/console/audit").await;
    assert!(!page.text.contains("<script>alert"));
    assert!(page.words("tbody td[data-label=職員]").contains("<script>alert(1)</script>"));
}

#[tokio::test]
async fn the_log_is_paged_newest_first_and_can_be_narrowed_to_one_subject() {
    let office = Office::open().await;
    let browser = office.somebody("auditor", "見本 監査", &[Role::Auditor]).await;
    for number in 0..60 {
        office.app.clock.advance(std::time::Duration::from_secs(1));
        office.employ(&format!("login{number}"), "見本 職員", &[Role::Editor]).await;
    }
    let first = browser.get("/console/audit").await;
    assert_eq!(first.all_words("tbody tr").len(), 50);
    let older = browser.get(&first.attribute(".form-foot a", "href").unwrap()).await;
    assert_eq!(older.all_words("tbody tr").len(), 12);
    assert_eq!(older.words("tbody tr:last-child th"), "職員を追加");

    let mine = first.attribute("tbody tr:first-child td a", "href").unwrap();
    assert_eq!(browser.get(&mine).await.all_words("tbody th"), ["職員を追加"]);
}
