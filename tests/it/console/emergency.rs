//! An emergency that waits for an approval, on every page of the console.

use musubi::domain::emergency::Filled;
use musubi::domain::ids::BroadcastId;
use musubi::domain::staff::{Role, StaffMember};
use musubi::flow::broadcast;

use crate::support::app::TestApp;
use crate::support::staff::Staff;

const BANNER: &str = "section.emergency-waits";

fn as_member(staff: &Staff, roles: &[Role]) -> StaffMember {
    StaffMember { id: staff.id, name: "見本".to_owned(), roles: roles.iter().copied().collect() }
}

#[tokio::test]
async fn an_emergency_that_waits_is_said_on_every_page_of_whoever_may_approve_it() {
    let office = TestApp::start().await;
    office.many_friends(3).await;
    let writers = [Role::Editor, Role::Approver];
    let author = office.clerk("見本 防災", &writers).await;
    let mut approver = office.approver("見本 当直").await;
    let mut editor = office.editor("見本 起案").await;
    let filled =
        Filled {
            everyone: true, place: "出雲中央小学校".into(), time: "23:05".into(), ..Filled::default()
        };
    let id = broadcast::begin_emergency(office.app(), &author, "hinan-shiji", &filled).await.unwrap();
    broadcast::send_test(office.app(), &author, id).await.unwrap();
    assert!(!approver.browser.get("/console/segments").await.has(BANNER), "nothing waits yet");

    office.submit(&author, (id, 1)).await.unwrap();
    for path in ["/console/broadcasts", "/console/segments", "/console/friends", "/console/nowhere"] {
        let page = approver.browser.get(path).await;
        let said = page.all(BANNER).join("");
        assert!(said.contains("緊急配信が承認を待っています") && said.contains("避難指示"), "{path}: {said}");
        assert_eq!(
            page.attributes("section.emergency-waits a", "href"),
            [format!("/console/broadcasts/{id}")]
        );
        assert!(!editor.browser.get(path).await.has(BANNER), "an editor can't approve it");
    }
    assert!(!office.get("/console/login").await.has(BANNER), "strangers are told nothing");

    let approving = as_member(&approver, &[Role::Approver]);
    office.approve(&approving, id).await.unwrap();
    assert!(!approver.browser.get("/console/segments").await.has(BANNER));
    office.step().await;
}

#[tokio::test]
async fn whoever_wrote_an_emergency_is_not_asked_to_approve_it() {
    let office = TestApp::start().await;
    office.many_friends(3).await;
    let mut author = office.staff("見本 防災", &[Role::Editor, Role::Approver]).await;
    let own = as_member(&author, &[Role::Editor, Role::Approver]);
    office
        .run_sql(&format!(
            "UPDATE staff SET line_user_id = 'U{:032x}' WHERE login = '{}'",
            0xabc, author.login
        ))
        .await;
    let phone = musubi::domain::ids::LineUserId::parse(&format!("U{:032x}", 0xabc)).unwrap();
    office.line().know_friend(&phone, "見本 防災");
    let filled =
        Filled {
            everyone: true, place: "出雲中央小学校".into(), time: "10:05".into(), ..Filled::default()
        };
    let id = broadcast::begin_emergency(office.app(), &own, "hinan-shiji", &filled).await.unwrap();
    broadcast::send_test(office.app(), &own, id).await.unwrap();
    office.submit(&own, (id, 1)).await.unwrap();
    assert!(!author.browser.get("/console/segments").await.has(BANNER));
    office.step().await;
}

#[tokio::test]
async fn a_whole_area_is_chosen_with_one_tick_and_an_area_that_there_is_not_selects_nobody() {
    let office = TestApp::start().await;
    let mut author = office.editor("見本 防災").await.browser;
    let at = "/console/emergency/hinan-shiji";
    let fields = |area| [("area", area), ("district", "agu"), ("place", "中央小学校"), ("time", "10:05")];
    let refused = author.post(at, &fields("どこか")).await;
    assert_eq!(refused.status, 422);
    assert!(refused.text().contains("地区"), "{}", refused.text());
    let draft = author.post(at, &fields("平田")).await.ok();
    let said = draft.all(".bubble").join("");
    assert!(said.contains("平田"), "{said}");
    let id = BroadcastId::parse(draft.url.path().rsplit('/').next().unwrap()).unwrap();
    let rule = office.broadcast(id).await.rule_text;
    let of_hirata = office.app().catalogue.attribute("district").unwrap();
    let of_hirata = of_hirata
        .values
        .iter()
        .filter(|value| value.area.as_ref().is_some_and(|area| area.as_str() == "hirata"));
    let words: Vec<_> = of_hirata.map(|value| value.word.clone()).collect();
    assert!(2 < words.len() && words.iter().all(|word| rule.contains(word)), "{rule}");
}
