//! The ledger one by one, as a file from the console: without a name, and never unnoticed.

use axum::http::StatusCode;
use musubi::domain::staff::Role;

use crate::support::app::TestApp;
use crate::support::broadcasts::to_everyone;

#[tokio::test]
async fn the_ledger_is_downloaded_from_its_broadcast_without_a_name_and_with_a_line_in_the_log() {
    let office = TestApp::start().await;
    let people = office.many_friends(12).await;
    let mut auditor = office.staff("見本 監査", &[Role::Auditor]).await.browser;
    let draft = office.approved(to_everyone("健診")).await;
    let at = format!("/console/broadcasts/{draft}");
    assert!(!auditor.get(&at).await.ok().text().contains("配信台帳(CSV)"), "nobody is planned yet");
    assert_eq!(auditor.get(&format!("{at}/ledger.csv")).await.status, StatusCode::NOT_FOUND);

    office.step().await;
    let link = auditor.get(&at).await.ok().link("配信台帳(CSV)");
    let file = auditor.get(&link).await.ok();
    let named = file.headers.get("content-disposition").unwrap().to_str().unwrap();
    assert_eq!(named, format!("attachment; filename=\"ledger-{draft}.csv\""));
    let text = file.body.strip_prefix('\u{feff}').expect("Excel wants a mark");
    let lines: Vec<_> = text.lines().collect();
    assert_eq!(lines[0], "account_id,batch,state,state_word,reason,reason_word");
    assert_eq!(lines[1..].len(), 12);
    assert!(lines[1..].iter().all(|line| line.ends_with(",accepted,受付済み,,")), "{}", lines[1]);
    for person in people {
        assert!(!text.contains(person.as_str()));
    }
    let log = auditor.get(&format!("/console/audit?subject=broadcast:{draft}")).await.ok();
    let deeds = log.all("tbody th");
    assert_eq!(deeds.iter().filter(|deed| deed.contains("配信台帳を書き出し")).count(), 1, "{deeds:?}");
    assert!(log.all("tbody td[data-label=職員]").contains(&"見本 監査".to_owned()));
}
