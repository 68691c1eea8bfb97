//! The ledger one by one, as a file from the console: without a name, and never unnoticed.

use axum::http::StatusCode;
use musubi::domain::broadcast::trial::Place;
use musubi::domain::ids::AccountId;
use musubi::domain::staff::Role;
use musubi::flow::broadcast::{self, Wish};

use crate::support::app::TestApp;
use crate::support::broadcasts::to_everyone;

const HEAD: &str =
    "account_id,batch,state,state_word,reason,reason_word,arm,begun_at,settled_at,line_request_id";

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
    assert_eq!(lines[0], HEAD);
    assert_eq!(lines[1..].len(), 12);
    assert!(lines[1..].iter().all(|line| line.contains(",accepted,受付済み,,,,2026-07-01T")), "{}", lines[1]);
    for person in people {
        assert!(!text.contains(person.as_str()));
    }
    let log = auditor.get(&format!("/console/audit?subject=broadcast:{draft}")).await.ok();
    let deeds = log.all("tbody th");
    assert_eq!(deeds.iter().filter(|deed| deed.contains("配信台帳を書き出し")).count(), 1, "{deeds:?}");
    assert!(log.all("tbody td[data-label=職員]").contains(&"見本 監査".to_owned()));
}

#[tokio::test]
async fn the_ledger_tells_the_arm_when_line_took_it_and_under_which_number() {
    let office = TestApp::start().await;
    office.many_friends(200).await;
    let author = office.clerk("見本 起案", &[Role::Editor]).await;
    let id = broadcast::create(office.app(), &author, to_everyone("健診 ひとつめ")).await.unwrap();
    let other = broadcast::create(office.app(), &author, to_everyone("健診 ふたつめ")).await.unwrap();
    let wish = Wish { held_out_percent: 20, others: vec![other] };
    broadcast::split(office.app(), &author, (id, 1), wish).await.unwrap();
    broadcast::send_test(office.app(), &author, id).await.unwrap();
    office.submit(&author, (id, office.broadcast(id).await.version)).await.unwrap();
    office.approve_by_others(id).await;
    office.step().await;

    let trial = office.broadcast(id).await.trial().unwrap().unwrap();
    let mut auditor = office.staff("見本 監査", &[Role::Auditor]).await.browser;
    let file = auditor.get(&format!("/console/broadcasts/{id}/ledger.csv")).await.ok();
    let rows: Vec<Vec<_>> = file.body.lines().skip(1).map(|line| line.split(',').collect()).collect();
    assert_eq!((rows.len(), rows.iter().all(|row| row.len() == 10)), (200, true));
    let numbers: std::collections::BTreeSet<_> =
        rows.iter().map(|row| row[9]).filter(|number| !number.is_empty()).collect();
    assert!(2 <= numbers.len(), "each call has its own: {numbers:?}");
    for row in rows {
        let account = AccountId(row[0].parse().unwrap());
        let (arm, times) = (row[6], &row[7..9]);
        match trial.place(account) {
            Place::HeldOut => assert_eq!((row[4], arm, &row[7..]), ("held_out", "", &["", "", ""][..])),
            Place::Arm(drawn) => {
                assert_eq!((arm, row[2]), (drawn, "accepted"));
                let is_time = |time: &&str| time.starts_with("2026-07-01T") && time.ends_with("+09:00");
                assert!(times.iter().all(is_time) && times[0] <= times[1], "{row:?}");
            }
        }
    }
}
