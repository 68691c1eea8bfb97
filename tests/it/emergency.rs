//! Emergency messages: from the drawer, by night, after one other person; never by one alone, never with other words.

use jiff::civil::date;
use musubi::domain::broadcast::{Class, State, Whom};
use musubi::domain::emergency::Filled;
use musubi::domain::staff::{Role, StaffMember};
use musubi::flow::broadcast::{self, BroadcastError, Refusal};

use crate::support::TestApp;
use crate::support::broadcasts::to_everyone;

fn refused<T: std::fmt::Debug>(outcome: Result<T, BroadcastError>) -> Refusal {
    match outcome.unwrap_err() {
        BroadcastError::Refused(refusal) => refusal,
        other => panic!("{other}"),
    }
}

fn whole_city() -> Filled {
    Filled {
        everyone: true, place: "出雲中央小学校".into(), time: "23:05".into(), ..Filled::default()
    }
}

/// What one's own phone has shown so far.
async fn heard(app: &TestApp, staff: &StaffMember) -> Vec<String> {
    let mut tx = app.db().read().await.unwrap();
    let own = musubi::store::staff::find(&mut tx, staff.id).await.unwrap().unwrap().line_user_id.unwrap();
    app.line().said_to(&own).into_iter().map(|said| said.text).collect()
}

#[tokio::test]
async fn an_emergency_goes_out_by_night_after_one_other_person_and_all_staff_are_told() {
    let app = TestApp::start().await;
    let people = app.many_friends(120).await;
    let author = app.clerk("見本 防災", &[Role::Editor, Role::Approver]).await;
    let approver = app.clerk("見本 当直", &[Role::Approver]).await;
    app.set_tokyo(date(2026, 7, 9).at(23, 10, 0, 0));
    let id = broadcast::begin_emergency(app.app(), &author, "hinan-shiji", &whole_city()).await.unwrap();
    let begun = app.broadcast(id).await;
    assert_eq!((begun.class, begun.whom()), (Class::Emergency, Some(Whom::Districts)));
    broadcast::send_test(app.app(), &author, id).await.unwrap();
    app.submit(&author, (id, 1)).await.unwrap();
    app.step().await;
    let told = heard(&app, &approver).await;
    assert!(told.last().unwrap().contains("緊急配信「避難指示」が承認を待っています"), "{told:?}");
    let seen = app.seen(id).await;
    assert_eq!(refused(broadcast::approve(app.app(), &author, id, &seen).await), Refusal::OwnText);
    app.step().await;
    assert_eq!(app.got(&people), [0], "nobody alone sends it");

    app.approve(&approver, id).await.unwrap();
    app.step().await;
    assert_eq!((app.broadcast(id).await.state, app.got(&people)), (State::Done, vec![1]));
    let told = heard(&app, &author).await;
    assert_eq!(told.iter().filter(|text| text.contains("承認され、送信を始めます")).count(), 1);
}

#[tokio::test]
async fn the_words_are_the_templates_and_stay_so() {
    let app = TestApp::start().await;
    app.many_friends(3).await;
    let author = app.clerk("見本 防災", &[Role::Editor]).await;
    let id = broadcast::begin_emergency(app.app(), &author, "hinan-shiji", &whole_city()).await.unwrap();
    let edit = broadcast::edit(app.app(), &author, (id, 1), to_everyone("ミサイル発射")).await;
    assert_eq!(refused(edit), Refusal::FixedText);
    assert_eq!(refused(broadcast::copy(app.app(), &author, id).await), Refusal::UnknownSegment);
    let nothing = Filled::default();
    let begin = broadcast::begin_emergency(app.app(), &author, "hinan-shiji", &nothing).await;
    assert!(matches!(refused(begin), Refusal::Filled(faults) if faults.len() == 3));
    let none = broadcast::begin_emergency(app.app(), &author, "missile", &whole_city()).await;
    assert_eq!(refused(none), Refusal::NoTemplate);
    let approver = app.clerk("見本 当直", &[Role::Approver]).await;
    let begin = broadcast::begin_emergency(app.app(), &approver, "hinan-shiji", &whole_city()).await;
    assert!(matches!(refused(begin), Refusal::NotAllowed(_)));
}

#[tokio::test]
async fn districts_are_met_and_whoever_has_told_none_is_not() {
    let app = TestApp::start().await;
    let people = app.many_friends(4).await;
    for (at, district) in ["agu", "agu", "imaichi"].iter().enumerate() {
        app.run_sql(&format!(
            "UPDATE account SET attributes = '{{\"district\":\"{district}\"}}' WHERE line_user_id = '{}'",
            people[at].as_str()
        ))
        .await;
    }
    let author = app.clerk("見本 防災", &[Role::Editor]).await;
    let filled = Filled { everyone: false, districts: vec!["agu".into()], ..whole_city() };
    let id = broadcast::begin_emergency(app.app(), &author, "hinan-shiji", &filled).await.unwrap();
    broadcast::send_test(app.app(), &author, id).await.unwrap();
    app.submit(&author, (id, 1)).await.unwrap();
    assert_eq!(app.broadcast(id).await.submitted_count, Some(2));
    app.approve_by_others(id).await;
    app.step().await;
    let got: Vec<_> = people.iter().map(|person| app.line().accepted_count(person)).collect();
    assert_eq!(got, [1, 1, 0, 0]);
}

#[tokio::test]
async fn a_drill_passes_in_a_live_installation_from_its_own_template_alone() {
    let app = TestApp::start_with(|config, _| config.server.demo = false).await;
    app.many_friends(3).await;
    let author = app.clerk("見本 防災", &[Role::Editor]).await;
    let drill = broadcast::begin_emergency(app.app(), &author, "kunren", &whole_city()).await.unwrap();
    broadcast::send_test(app.app(), &author, drill).await.unwrap();
    app.submit(&author, (drill, 1)).await.unwrap();
    let other = broadcast::create(app.app(), &author, to_everyone("【訓練】避難指示です")).await.unwrap();
    broadcast::send_test(app.app(), &author, other).await.unwrap();
    assert_eq!(refused(app.submit(&author, (other, 1)).await), Refusal::MarkedAsTest);
}
