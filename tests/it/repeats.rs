//! Broadcasts that come again: one draft for each occasion, nothing twice, nothing piled up, nobody whose day it is not.

use jiff::civil::{Time, date};
use musubi::domain::broadcast::rhythm::{Rhythm, Shift};
use musubi::domain::broadcast::{State, Whom};
use musubi::domain::ids::BroadcastId;
use musubi::domain::staff::{Role, StaffMember};
use musubi::flow::broadcast::{self, Again, BroadcastError, Draft, Refusal};
use musubi::store::repeats::{self, Run};
use uuid::Uuid;

use crate::support::TestApp;
use crate::support::broadcasts::to_everyone;

fn refused<T: std::fmt::Debug>(outcome: Result<T, BroadcastError>) -> Refusal {
    match outcome.unwrap_err() {
        BroadcastError::Refused(refusal) => refusal,
        other => panic!("{other}"),
    }
}

fn again(rhythm: &str, shift: Shift, lead_days: i64) -> Again {
    let at = Time::constant(10, 0, 0, 0);
    Again { rhythm: Rhythm::parse(rhythm).unwrap(), shift, at, lead_days }
}

/// A clerk with a draft to everyone that is the model of a repeat.
async fn model(app: &TestApp) -> (StaffMember, BroadcastId) {
    let author = app.clerk("見本 起案", &[Role::Editor]).await;
    let id = broadcast::create(app.app(), &author, to_everyone("今月のお知らせ")).await.unwrap();
    (author, id)
}

async fn runs(app: &TestApp, id: Uuid) -> Vec<Run> {
    repeats::runs(&mut app.db().read().await.unwrap(), id, 100).await.unwrap()
}

#[tokio::test]
async fn each_occasion_makes_one_draft_in_time_that_still_needs_its_approval() {
    let app = TestApp::start().await;
    let people = app.many_friends(3).await;
    let (author, id) = model(&app).await;
    let repeat =
        broadcast::repeat(app.app(), &author, id, &again("monthly 20", Shift::After, 7)).await.unwrap();
    app.step().await;
    assert!(runs(&app, repeat).await.is_empty(), "too early");
    app.set_tokyo(date(2026, 7, 14).at(9, 0, 0, 0));
    app.step().await;
    app.step().await;
    let met = runs(&app, repeat).await;
    assert_eq!(met.len(), 1);
    let draft = app.broadcast(met[0].broadcast_id.unwrap()).await;
    let due = draft.scheduled_at.unwrap().tokyo();
    assert_eq!((draft.state, due), (State::Draft, date(2026, 7, 21).at(10, 0, 0, 0)), "the 20th is 海の日");
    assert_eq!((draft.title.as_str(), draft.author_id), ("見本の配信(2026-07-20)", author.id));
    app.set_tokyo(date(2026, 7, 21).at(10, 5, 0, 0));
    app.step().await;
    assert_eq!(app.got(&people), [0], "nobody approved it");
}

#[tokio::test]
async fn missed_occasions_ask_and_never_pile_up() {
    let app = TestApp::start().await;
    let people = app.many_friends(3).await;
    let (author, id) = model(&app).await;
    let repeat =
        broadcast::repeat(app.app(), &author, id, &again("monthly 15", Shift::Stay, 1)).await.unwrap();
    // The program stood still for months.
    app.set_tokyo(date(2026, 11, 1).at(10, 0, 0, 0));
    app.step().await;
    let met = runs(&app, repeat).await;
    assert_eq!(met.iter().map(|run| run.state.as_str()).collect::<Vec<_>>(), ["missed"; 4]);
    let draft = broadcast::make_missed(app.app(), &author, repeat, date(2026, 10, 15)).await.unwrap();
    assert_eq!(app.broadcast(draft).await.scheduled_at, None);
    let twice = broadcast::make_missed(app.app(), &author, repeat, date(2026, 10, 15)).await;
    assert_eq!(refused(twice), Refusal::Changed);
    broadcast::end_repeat(app.app(), &author, repeat).await.unwrap();
    app.set_tokyo(date(2026, 11, 14).at(10, 0, 0, 0));
    app.step().await;
    assert_eq!((runs(&app, repeat).await.len(), app.got(&people)), (4, vec![0]));
}

#[tokio::test]
async fn a_birthday_draft_goes_to_those_whose_day_it_is() {
    let app = TestApp::start().await;
    let author = app.clerk("見本 起案", &[Role::Editor]).await;
    let text =
        Draft { segment_path: "kosodate/nyuyoji".to_owned(), ..to_everyone("3歳児健診のご案内") };
    let id = broadcast::create(app.app(), &author, text).await.unwrap();
    let rhythm = again("anniversary birth_date 3 -14", Shift::Stay, 1);
    let repeat = broadcast::repeat(app.app(), &author, id, &rhythm).await.unwrap();
    app.step().await;
    let met = runs(&app, repeat).await;
    assert_eq!(met.len(), 1);
    let draft = app.broadcast(met[0].broadcast_id.unwrap()).await;
    assert_eq!(draft.whom(), Some(Whom::Day));
    assert!(draft.rule_text.contains("2023-07-16"), "{}", draft.rule_text);
    let none =
        broadcast::repeat(app.app(), &author, id, &again("anniversary district 3 0", Shift::Stay, 1)).await;
    assert_eq!(refused(none), Refusal::Rhythm);
}
