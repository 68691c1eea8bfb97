//! How long each run of a repeat is true: its expiry and the day that `{期限}` names come with the day of its sending.

use jiff::civil::{Date, date};
use musubi::domain::broadcast::lasting::Lasting;
use musubi::domain::broadcast::rhythm::Shift;
use musubi::domain::broadcast::{State, TimeFault};
use musubi::domain::message::Content;
use musubi::domain::staff::{Role, StaffMember};
use musubi::domain::timestamp::Timestamp;
use musubi::flow::broadcast::{self, Again, BroadcastError, Draft, Refusal};
use musubi::store::broadcasts::Broadcast;
use musubi::store::repeats;
use uuid::Uuid;

use crate::standing::{Office, monthly};
use crate::support::TestApp;
use crate::support::broadcasts::to_everyone;

const WEEK: Lasting = Lasting { expires_days: Some(7), deadline_days: Some(10) };

fn refused<T: std::fmt::Debug>(outcome: Result<T, BroadcastError>) -> Refusal {
    match outcome.unwrap_err() {
        BroadcastError::Refused(refusal) => refusal,
        other => panic!("{other}"),
    }
}

/// Each month, true for a week, to be answered within ten days; after a closed day where it falls on one.
fn lasting() -> Again {
    Again { lasting: WEEK, shift: Shift::After, ..monthly() }
}

/// A text that names the last day; the day of its model is long past when the first run goes out.
fn by_the_last_day() -> Draft {
    let content = Content::japanese_text("{期限}までにお申し込みください。").until(Some(date(2026, 7, 2)));
    Draft { content, ..to_everyone("") }
}

/// A repeat of it, and its author.
async fn begun(app: &TestApp, again: &Again) -> (StaffMember, Uuid) {
    let author = app.clerk("見本 起案", &[Role::Editor]).await;
    let model = broadcast::create(app.app(), &author, by_the_last_day()).await.unwrap();
    let repeat = broadcast::repeat(app.app(), &author, model, again).await.unwrap();
    (author, repeat)
}

/// The run of an occasion as it is a week before.
async fn run(app: &TestApp, repeat: Uuid, occasion: Date) -> Broadcast {
    app.set_tokyo(occasion.saturating_sub(jiff::ToSpan::days(6)).at(9, 0, 0, 0));
    app.step().await;
    let runs = repeats::runs(&mut app.db().read().await.unwrap(), repeat, 100).await.unwrap();
    let met = runs.into_iter().find(|run| run.occasion.0 == occasion).unwrap();
    app.broadcast(met.broadcast_id.unwrap()).await
}

/// Until when a run is true, and the day that its text names.
fn days(run: &Broadcast) -> (Option<jiff::civil::DateTime>, Option<Date>) {
    (run.expires_at.map(Timestamp::tokyo), run.content.deadline())
}

#[tokio::test]
async fn each_run_expires_and_names_a_day_counted_from_the_day_on_which_it_goes_out() {
    let app = TestApp::start().await;
    let (author, repeat) = begun(&app, &lasting()).await;
    let july = run(&app, repeat, date(2026, 7, 20)).await;
    assert_eq!(july.scheduled_at.unwrap().tokyo_date(), date(2026, 7, 21), "the 20th is 海の日");
    assert_eq!(days(&july), (Some(date(2026, 7, 28).at(23, 59, 0, 0)), Some(date(2026, 7, 31))));
    let august = run(&app, repeat, date(2026, 8, 20)).await;
    assert_eq!(days(&august), (Some(date(2026, 8, 27).at(23, 59, 0, 0)), Some(date(2026, 8, 30))));
    let mut browser = app.editor("見本 閲覧").await.browser;
    let page = browser.get(&format!("/console/broadcasts/{}", august.id)).await.ok();
    assert!(page.text().contains("8月30日(日)までにお申し込みください。"), "{}", page.text());
    assert!(page.text().contains("2026-08-27 23:59"), "{}", page.text());
    let copy = broadcast::copy(app.app(), &author, august.id).await.unwrap();
    let copied = app.broadcast(copy).await;
    assert!(copied.content == august.content && copied.expires_at.is_none(), "a copy has no times");
}

#[tokio::test]
async fn without_days_each_run_keeps_the_day_of_its_model_and_is_refused_once_it_has_passed() {
    let app = TestApp::start().await;
    app.many_friends(3).await;
    let (author, repeat) = begun(&app, &monthly()).await;
    let july = run(&app, repeat, date(2026, 7, 20)).await;
    assert_eq!(days(&july), (None, Some(date(2026, 7, 2))));
    broadcast::send_test(app.app(), &author, july.id).await.unwrap();
    let past = app.submit(&author, (july.id, 1)).await;
    assert_eq!(refused(past), Refusal::Time(TimeFault::DeadlinePast));
}

#[tokio::test]
async fn what_two_agreed_to_goes_out_with_a_day_of_its_own_each_month() {
    let app = TestApp::start().await;
    let reader = app.line().add_friend("見本 読む人").await;
    app.step().await;
    let office = Office::of(app, 29, (by_the_last_day(), &Again { lasting: WEEK, ..monthly() })).await;
    office.stands(40).await;
    let august = office.run_of(date(2026, 8, 20)).await;
    assert_eq!(august.state, State::Approved, "{:?}", august.return_reason);
    assert_eq!(days(&august), (Some(date(2026, 8, 27).at(23, 59, 0, 0)), Some(date(2026, 8, 30))));
    office.goes_to(date(2026, 8, 20)).await;
    let told = office.app.told(&reader);
    let said: Vec<_> = told.iter().filter(|text| text.contains("お申し込み")).collect();
    assert_eq!(said, ["7月30日(木)までにお申し込みください。", "8月30日(日)までにお申し込みください。"]);
}

#[tokio::test]
async fn other_days_end_what_two_agreed_to_and_ask_for_a_run_that_shows_them() {
    let office =
        Office::of(TestApp::start().await, 30, (by_the_last_day(), &Again { lasting: WEEK, ..monthly() }))
            .await;
    let changed = async |lasting: Lasting| {
        let id = office.stands(40).await;
        let seen = office.app.repeat_version(office.repeat).await;
        let again = Again { lasting, ..monthly() };
        let change = (office.repeat, seen.as_str());
        broadcast::change_repeat(office.app.app(), &office.author, change, (None, &again)).await.unwrap();
        assert_ne!(office.app.repeat_version(office.repeat).await, seen);
        assert!(office.standing(id).await.ended_at.is_some());
        let mut tx = office.app.db().read().await.unwrap();
        let repeat = repeats::find(&mut tx, office.repeat).await.unwrap().unwrap();
        drop(tx);
        broadcast::example_of(office.app.app(), &repeat).await.unwrap().is_some()
    };
    assert!(changed(Lasting { expires_days: Some(3), ..WEEK }).await, "the text stays what was read");
    assert!(!changed(Lasting { deadline_days: Some(11), ..WEEK }).await, "nobody has read this day yet");
}

#[tokio::test]
async fn every_arm_names_the_day_of_its_run() {
    let app = TestApp::start().await;
    let author = app.clerk("見本 起案", &[Role::Editor]).await;
    let model = broadcast::create(app.app(), &author, to_everyone("お申し込みください。")).await.unwrap();
    let other = broadcast::create(app.app(), &author, by_the_last_day()).await.unwrap();
    let wish = broadcast::Wish { held_out_percent: 20, others: vec![other] };
    broadcast::split(app.app(), &author, (model, 1), wish).await.unwrap();
    let repeat = broadcast::repeat(app.app(), &author, model, &lasting()).await.unwrap();
    let august = run(&app, repeat, date(2026, 8, 20)).await;
    let trial = august.trial().unwrap().unwrap();
    assert_eq!(trial.others().unwrap()[0].content.deadline(), Some(date(2026, 8, 30)));
}

#[tokio::test]
async fn a_run_that_has_expired_is_not_sent() {
    let app = TestApp::start().await;
    let people = app.many_friends(3).await;
    let again = Again { lasting: Lasting { expires_days: Some(1), ..WEEK }, ..monthly() };
    let (author, repeat) = begun(&app, &again).await;
    let august = run(&app, repeat, date(2026, 8, 20)).await;
    broadcast::send_test(app.app(), &author, august.id).await.unwrap();
    app.submit(&author, (august.id, 1)).await.unwrap();
    app.approve_by_others(august.id).await;
    app.set_tokyo(date(2026, 8, 22).at(8, 0, 0, 0));
    app.step().await;
    assert_eq!((app.broadcast(august.id).await.state, app.got(&people)), (State::Expired, vec![0]));
}

#[tokio::test]
async fn a_missed_occasion_keeps_its_days_and_is_not_sent_after_them() {
    let app = TestApp::start().await;
    app.many_friends(3).await;
    let (author, repeat) = begun(&app, &lasting()).await;
    app.set_tokyo(date(2026, 7, 24).at(9, 0, 0, 0));
    app.step().await;
    let made = broadcast::make_missed(app.app(), &author, repeat, date(2026, 7, 20)).await.unwrap();
    let late = app.broadcast(made).await;
    assert_eq!((late.scheduled_at, days(&late).1), (None, Some(date(2026, 7, 31))));
    assert_eq!(days(&late).0, Some(date(2026, 7, 28).at(23, 59, 0, 0)));
    app.set_tokyo(date(2026, 7, 29).at(9, 0, 0, 0));
    broadcast::send_test(app.app(), &author, made).await.unwrap();
    let over = app.submit(&author, (made, 1)).await;
    assert_eq!(refused(over), Refusal::Time(TimeFault::ExpiryInPast));
}

#[tokio::test]
async fn days_that_cant_be_are_refused_and_so_is_one_that_no_text_names() {
    let app = TestApp::start().await;
    let author = app.clerk("見本 起案", &[Role::Editor]).await;
    let plain = broadcast::create(app.app(), &author, to_everyone("健診")).await.unwrap();
    let tried = async |lasting: Lasting| {
        refused(broadcast::repeat(app.app(), &author, plain, &Again { lasting, ..monthly() }).await)
    };
    for days in [0, -1, 366] {
        assert_eq!(tried(Lasting { expires_days: Some(days), deadline_days: None }).await, Refusal::Lasting);
        assert_eq!(tried(Lasting { expires_days: None, deadline_days: Some(days) }).await, Refusal::Lasting);
    }
    assert_eq!(tried(WEEK).await, Refusal::NothingNamesDeadline);
    let wrong = "UPDATE repeat SET expires_days = 0";
    begun(&app, &lasting()).await;
    assert!(app.try_sql(wrong).await.is_err(), "nor does the database take them");
}
