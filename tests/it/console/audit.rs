//! The audit log as staff read it.

use std::collections::BTreeSet;

use musubi::domain::staff::Role;
use musubi::domain::timestamp::Timestamp;
use musubi::store::audit;

use super::office::{Office, PASSWORD};
use crate::support::source::files;

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
    let older = browser.get(&first.attribute("p.form-foot a", "href").unwrap()).await;
    assert_eq!(older.all_words("tbody tr").len(), 12);
    assert_eq!(older.words("tbody tr:last-child th"), "職員を追加");

    let mine = first.attribute("tbody tr:first-child td a", "href").unwrap();
    assert_eq!(browser.get(&mine).await.all_words("tbody th"), ["職員を追加"]);
}

#[tokio::test]
async fn the_log_is_narrowed_to_a_person_and_to_days_and_stays_so_on_the_next_page() {
    let office = Office::open().await;
    let browser = office.somebody("auditor", "見本 監査", &[Role::Auditor]).await;
    let busy = office.employ("busy", "見本 多忙", &[Role::Editor]).await;
    let other = office.browser();
    for _ in 0..60 {
        office.app.clock.advance(std::time::Duration::from_secs(1));
        other.log_in("busy", PASSWORD).await;
    }
    let theirs = browser.get(&format!("/console/audit?who={busy}")).await;
    assert_eq!(theirs.all_words("tbody tr").len(), 50);
    let rest = browser.get(&theirs.attribute("p.form-foot a", "href").unwrap()).await;
    assert_eq!(rest.all_words("tbody tr").len(), 10);
    assert!(rest.all_words("tbody td[data-label=職員]").iter().all(|name| name == "見本 多忙"));
    assert_eq!(rest.attribute("#who [selected]", "value"), Some(busy.to_string()));
    let nobody = browser.get("/console/audit?who=auto").await;
    assert_eq!(nobody.all_words("tbody th"), ["職員を追加", "職員を追加"]);
}

#[tokio::test]
async fn days_are_whole_days_in_japan_and_a_wrong_one_is_said() {
    let office = Office::open().await;
    let browser = office.somebody("auditor", "見本 監査", &[Role::Auditor]).await;
    office.app.clock.set(at("2026-07-02T23:59:59+09:00"));
    office.employ("late", "見本 深夜", &[Role::Editor]).await;
    office.app.clock.set(at("2026-07-03T00:00:00+09:00"));
    office.employ("early", "見本 早朝", &[Role::Editor]).await;
    browser.log_in("auditor", PASSWORD).await;
    for (asked, found) in [
        ("", 5),
        ("from=2026-07-02", 3),
        ("from=2026-07-02&until=2026-07-02", 1),
        ("until=2026-07-02", 3),
        ("from=2026-07-03", 2),
        ("from=2026-07-04", 0),
        ("from=&until=&who=&subject=", 5),
    ] {
        let page = browser.get(&format!("/console/audit?{asked}")).await;
        assert_eq!(page.all_words("tbody tr").len(), found, "{asked}");
    }
    let wrong = browser.get("/console/audit?from=2026-13-01").await;
    assert!(wrong.words("[role=alert]").contains("絞り込んでいません"));
    assert_eq!(wrong.attribute("#from", "value").as_deref(), Some("2026-13-01"));
}

fn at(text: &str) -> Timestamp {
    Timestamp::from(text.parse::<jiff::Timestamp>().unwrap())
}

/// The names of all figures that flows note, as they stand in `json!({ "name": … })`.
fn noted_names() -> BTreeSet<String> {
    let flows = files().into_iter().filter(|file| file.path.starts_with("src/flow/"));
    let mut names = BTreeSet::new();
    for file in flows {
        for object in file.text.split("json!({").skip(1) {
            let pieces: Vec<_> = object.split("})").next().unwrap_or_default().split('"').collect();
            let named =
                pieces.windows(2).skip(1).step_by(2).filter(|pair| pair[1].trim_start().starts_with(':'));
            names.extend(named.map(|pair| pair[0].to_owned()));
        }
    }
    names
}

#[tokio::test]
async fn no_figure_is_shown_under_the_name_that_it_has_in_the_code() {
    let office = Office::open().await;
    let names = noted_names();
    assert!(40 < names.len() && names.contains("recipients"), "{names:?}");
    let noted: serde_json::Map<_, _> = names.iter().map(|name| (name.clone(), 7.into())).collect();
    let mut tx = office.app.db.write().await.unwrap();
    let entry = office.app.entry(None, "broadcast.plan", ("broadcast", "x"), noted.into());
    audit::record(&mut tx, entry).await.unwrap();
    let entry = office.app.entry(None, "limits.set", ("switch", "limits"), serde_json::json!({}));
    audit::record(&mut tx, entry).await.unwrap();
    tx.commit().await.unwrap();
    let browser = office.somebody("auditor", "見本 監査", &[Role::Auditor]).await;
    let page = browser.get("/console/audit").await;
    let about = page.all_words("td[data-label=対象]");
    assert!(about.contains(&"送信の上限".to_owned()), "limits are no switch: {about:?}");
    let shown = page.text;
    let raw: Vec<_> = names.iter().filter(|name| shown.contains(&format!("{name} 7"))).collect();
    assert!(raw.is_empty(), "{raw:?}");
}
