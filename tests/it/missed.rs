//! What is sent again to those who were not reached stays what it was: its rule, its values, its approvals, its expiry.

use std::time::Duration;

use jiff::civil::date;
use musubi::domain::broadcast::tier::WhyTwo;
use musubi::domain::broadcast::{Class, LedgerState, Reason, State};
use musubi::domain::emergency::Filled;
use musubi::domain::ids::{BroadcastId, LineUserId};
use musubi::domain::staff::{Role, StaffMember};
use musubi::flow::broadcast::{self, BroadcastError, Draft, Refusal};
use musubi::flow::plan;
use musubi::store::accounts::{self, By};

use crate::support::TestApp;
use crate::support::broadcasts::to_everyone;
use crate::support::households::Home;

const HOUR: Duration = Duration::from_secs(60 * 60);

fn refused<T: std::fmt::Debug>(outcome: Result<T, BroadcastError>) -> Refusal {
    match outcome.unwrap_err() {
        BroadcastError::Refused(refusal) => refusal,
        other => panic!("{other}"),
    }
}

/// Its recipients are frozen, and nobody gets it.
async fn stopped(app: &TestApp, draft: Draft) -> BroadcastId {
    let id = app.approved(draft).await;
    plan::plan_due(app.app()).await.unwrap();
    let author = app.clerk("見本 中止", &[Role::Editor]).await;
    broadcast::stop(app.app(), &author, id).await.unwrap();
    app.step().await;
    assert!(app.broadcast(id).await.finished_at.is_some());
    id
}

async fn goes_out(app: &TestApp, author: &StaffMember, id: BroadcastId) {
    broadcast::send_test(app.app(), author, id).await.unwrap();
    app.submit(author, (id, app.broadcast(id).await.version)).await.unwrap();
    app.approve_by_others(id).await;
    app.step().await;
}

async fn office(homes: &[Home]) -> (TestApp, StaffMember, Vec<LineUserId>) {
    let app = TestApp::start().await;
    let people = app.homes(homes).await;
    let author = app.clerk("見本 起案", &[Role::Editor]).await;
    (app, author, people)
}

#[tokio::test]
async fn a_text_with_values_goes_again_as_it_stands() {
    let mother = Home::of("2000-01-01", "takamatsu").with_parent("1961-03-01", Some("okasan"));
    let (app, author, people) = office(&[Home::of("1976-07-01", "takamatsu"), mother]).await;
    let text = to_everyone("{家族の呼び名|あなた}の健診は{対象の健診名}です。");
    let first = stopped(&app, Draft { segment_path: "kenshin/gan/daicho".to_owned(), ..text }).await;
    let again = broadcast::send_to_missed(app.app(), &author, first).await.unwrap();
    assert_eq!(app.broadcast(again).await.rule_text, app.broadcast(first).await.rule_text);
    goes_out(&app, &author, again).await;
    assert_eq!(app.broadcast(again).await.state, State::Done);
    let said: Vec<_> = people.iter().map(|one| app.told(one).remove(0)).collect();
    assert!(said[0].starts_with("あなたの健診は") && said[0].contains("大腸がん検診"), "{said:?}");
    assert!(said[1].starts_with("お母さんの健診は"), "{said:?}");
}

#[tokio::test]
async fn whoever_no_longer_fits_the_rule_is_left_out_with_the_reason() {
    let homes = ["1976-07-01", "1977-07-01"].map(|born| Home::of(born, "takamatsu"));
    let (app, author, people) = office(&homes).await;
    app.rule("shiken/takamatsu", "\n対象: すべて\n  - 居住地 高松\n", 0).await;
    let first =
        stopped(&app, Draft { segment_path: "shiken/takamatsu".to_owned(), ..to_everyone("お知らせ") }).await;
    let again = broadcast::send_to_missed(app.app(), &author, first).await.unwrap();
    app.run_sql(&format!(
        "UPDATE account SET attributes = '{{\"language\": \"ja\", \"district\": \"jinzai\"}}' WHERE line_user_id = '{}'",
        people[0].as_str()
    ))
    .await;
    let mut tx = app.db().write().await.unwrap();
    let moved = accounts::find_by_line_user(&mut tx, &people[0]).await.unwrap().unwrap().id;
    let by = By { actor: "import", at: app.clock().now() };
    accounts::touch(&mut tx, moved, "changed", by).await.unwrap();
    tx.commit().await.unwrap();
    goes_out(&app, &author, again).await;
    assert_eq!((app.told(&people[0]).len(), app.told(&people[1]).len()), (0, 1));
    let counts = app.progress(again).await.counts;
    let left = counts.iter().find(|count| count.state == LedgerState::Skipped).unwrap();
    assert_eq!((left.reason(), left.recipients), (Some(Reason::NoLongerTarget), 1));
}

#[tokio::test]
async fn what_needed_two_approvers_needs_two_again() {
    let sensitive = "根拠: 見本\n\n対象: すべて\n  - 保険 社保\n";
    let (app, author, _) =
        office(&[Home::of("1976-07-01", "takamatsu"), Home::of("1977-07-01", "takamatsu")]).await;
    app.many_friends(60).await;
    app.rule("shiken/hoken", sensitive, 0).await;
    let first =
        stopped(&app, Draft { segment_path: "shiken/hoken".to_owned(), ..to_everyone("お知らせ") }).await;
    let again = broadcast::send_to_missed(app.app(), &author, first).await.unwrap();
    let why = broadcast::why_two(app.app(), &app.broadcast(again).await).await.unwrap();
    assert_eq!(why, [WhyTwo::Sensitive]);

    let (app, author, _) =
        office(&[Home::of("1976-07-01", "takamatsu"), Home::of("1977-07-01", "takamatsu")]).await;
    app.rule("shiken/takamatsu", "\n対象: すべて\n  - 居住地 高松\n", 0).await;
    let first =
        stopped(&app, Draft { segment_path: "shiken/takamatsu".to_owned(), ..to_everyone("お知らせ") }).await;
    // More than a tenth of the friends then, and no longer now.
    app.many_friends(60).await;
    let again = broadcast::send_to_missed(app.app(), &author, first).await.unwrap();
    let why = broadcast::why_two(app.app(), &app.broadcast(again).await).await.unwrap();
    assert_eq!(why, [WhyTwo::Repeated]);
    broadcast::send_test(app.app(), &author, again).await.unwrap();
    app.submit(&author, (again, 1)).await.unwrap();
    assert_eq!(app.broadcast(again).await.approvals_needed, 2);
}

#[tokio::test]
async fn the_expiry_is_kept_and_what_has_expired_is_not_sent_again() {
    let (app, author, people) = office(&[Home::of("1976-07-01", "takamatsu")]).await;
    let until = app.clock().now().plus(HOUR * 3);
    let first = stopped(&app, Draft { expires_at: Some(until), ..to_everyone("きょうの催し") }).await;
    let again = broadcast::send_to_missed(app.app(), &author, first).await.unwrap();
    assert_eq!(app.broadcast(again).await.expires_at, Some(until));
    let copy = broadcast::copy(app.app(), &author, again).await.unwrap();
    assert_eq!(app.broadcast(copy).await.expires_at, Some(until));
    broadcast::send_test(app.app(), &author, again).await.unwrap();
    app.submit(&author, (again, 1)).await.unwrap();
    app.approve_by_others(again).await;
    app.clock().advance(HOUR * 3);
    app.step().await;
    assert_eq!((app.broadcast(again).await.state, app.told(&people[0]).len()), (State::Expired, 0));
    for over in [first, again] {
        let refused = refused(broadcast::send_to_missed(app.app(), &author, over).await);
        assert!(matches!(refused, Refusal::EarlierExpired | Refusal::NotOver), "{refused:?}");
    }
    assert_eq!(refused(broadcast::copy(app.app(), &author, copy).await), Refusal::EarlierExpired);
    let mut browser = app.editor("見本 画面").await.browser;
    let page = browser.get(&format!("/console/broadcasts/{first}/missed")).await.ok();
    let page = browser.submit(page.form("下書きを作る")).await;
    assert!(page.text().contains("有効期限を過ぎたため、同じ内容は送り直せません"), "{}", page.text());
}

#[tokio::test]
async fn whoever_was_missed_once_is_sent_to_once_however_often_somebody_asks() {
    let (app, author, people) = office(&[Home::of("1976-07-01", "takamatsu")]).await;
    let first = stopped(&app, to_everyone("健診")).await;
    let again = broadcast::send_to_missed(app.app(), &author, first).await.unwrap();
    let twin = broadcast::send_to_missed(app.app(), &author, first).await.unwrap();
    for id in [again, twin] {
        broadcast::send_test(app.app(), &author, id).await.unwrap();
        app.submit(&author, (id, app.broadcast(id).await.version)).await.unwrap();
        app.approve_by_others(id).await;
    }
    app.step().await;
    assert_eq!((app.got(&people), app.broadcast(again).await.state), (vec![1], State::Done));
    let more = broadcast::send_to_missed(app.app(), &author, first).await;
    assert!(matches!(refused(more), Refusal::NobodyMissed));
}

#[tokio::test]
async fn what_is_sent_again_of_an_emergency_says_what_the_emergency_said() {
    let (app, author, _) = office(&[Home::of("1976-07-01", "takamatsu")]).await;
    let filled =
        Filled {
            everyone: true, place: "出雲中央小学校".into(), time: "23:05".into(), ..Filled::default()
        };
    let id = broadcast::begin_emergency(app.app(), &author, "hinan-shiji", &filled).await.unwrap();
    broadcast::send_test(app.app(), &author, id).await.unwrap();
    app.submit(&author, (id, 1)).await.unwrap();
    app.approve_by_others(id).await;
    plan::plan_due(app.app()).await.unwrap();
    broadcast::stop(app.app(), &author, id).await.unwrap();
    app.step().await;
    let again = broadcast::send_to_missed(app.app(), &author, id).await.unwrap();
    let version = app.broadcast(again).await.version;
    let edit = broadcast::edit(app.app(), &author, (again, version), to_everyone("ミサイル発射")).await;
    assert!(matches!(refused(edit), Refusal::FixedText));
}

#[tokio::test]
async fn the_correction_of_an_emergency_expires_as_the_emergency_would() {
    let (app, author, _) = office(&[Home::of("1976-07-01", "takamatsu")]).await;
    app.set_tokyo(date(2026, 7, 9).at(23, 10, 0, 0));
    let filled =
        Filled {
            everyone: true, place: "出雲中央小学校".into(), time: "23:05".into(), ..Filled::default()
        };
    let id = broadcast::begin_emergency(app.app(), &author, "hinan-shiji", &filled).await.unwrap();
    goes_out(&app, &author, id).await;
    let faulty = app.broadcast(id).await;
    app.clock().advance(HOUR / 4);
    let correction = broadcast::correct(app.app(), &author, id).await.unwrap();
    let begun = app.broadcast(correction).await;
    assert_eq!(begun.class, Class::Emergency);
    assert_eq!(begun.expires_at, faulty.expires_at.map(|at| at.plus(HOUR / 4)));
}
