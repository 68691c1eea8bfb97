//! Broadcasts that come again: one draft for each occasion, nothing twice, nothing piled up, nobody whose day it is not.

use jiff::ToSpan;
use jiff::civil::{Date, Time, date};
use musubi::domain::broadcast::lasting::Lasting;
use musubi::domain::broadcast::rhythm::{Rhythm, Shift};
use musubi::domain::broadcast::{Reason, State, Whom};
use musubi::domain::household::PersonStanding;
use musubi::domain::ids::{AccountId, BroadcastId, LineUserId, PersonId};
use musubi::domain::staff::{Role, StaffMember};
use musubi::flow::broadcast::{self, Again, BroadcastError, Draft, Refusal};
use musubi::flow::register::CONSENT_VERSION;
use musubi::store::accounts::{self, By};
use musubi::store::persons;
use musubi::store::repeats::{self, Run};
use musubi::store::town::{self, NewAccount, NewConsent, NewPerson};
use serde_json::json;
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
    let lasting = Lasting::default();
    Again { rhythm: Rhythm::parse(rhythm).unwrap(), shift, at, lead_days, lasting }
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

/// The same, to a rule without a review date, for tests that last for years.
async fn lasting_model(app: &TestApp) -> (StaffMember, BroadcastId) {
    app.everybody("shiken/zenin", "", 0).await;
    let author = app.clerk("見本 起案", &[Role::Editor]).await;
    let text = Draft { segment_path: "shiken/zenin".to_owned(), ..to_everyone("今月のお知らせ") };
    let id = broadcast::create(app.app(), &author, text).await.unwrap();
    (author, id)
}

/// The drafts of a repeat for which there are any, by their occasions.
async fn drafts(app: &TestApp, id: Uuid) -> Vec<Date> {
    let made = runs(app, id).await.into_iter().filter(|run| run.broadcast_id.is_some());
    made.map(|run| run.occasion.0).collect()
}

#[tokio::test]
async fn a_daily_repeat_makes_its_drafts_after_401_days_too() {
    let app = TestApp::start().await;
    let (author, id) = lasting_model(&app).await;
    let daily = again("anniversary birth_date 3 0", Shift::Stay, 1);
    let repeat = broadcast::repeat(app.app(), &author, id, &daily).await.unwrap();
    app.step().await;
    assert_eq!(drafts(&app, repeat).await, [date(2026, 7, 2)]);
    let later = date(2026, 7, 1).saturating_add(401.days());
    app.set_tokyo(later.at(9, 0, 0, 0));
    app.step().await;
    app.step().await;
    let all = repeats::runs(&mut app.db().read().await.unwrap(), repeat, 1_000).await.unwrap();
    assert_eq!(all.len(), 402, "each day stands there once");
    assert_eq!(all.iter().filter(|run| run.broadcast_id.is_none()).count(), 399);
    let tomorrow = later.tomorrow().unwrap();
    assert_eq!(drafts(&app, repeat).await[..2], [tomorrow, later]);
    // Another day: what is over is not looked through again, and the next one comes.
    app.set_tokyo(tomorrow.at(9, 0, 0, 0));
    app.step().await;
    assert_eq!(drafts(&app, repeat).await[0], tomorrow.tomorrow().unwrap());
}

#[tokio::test]
async fn yearly_and_monthly_repeats_make_their_drafts_after_four_years_too() {
    let app = TestApp::start().await;
    let (author, id) = lasting_model(&app).await;
    let begun = async |rhythm: &str| {
        broadcast::repeat(app.app(), &author, id, &again(rhythm, Shift::Stay, 7)).await.unwrap()
    };
    let (yearly, monthly) = (begun("yearly 8 20").await, begun("monthly 20").await);
    app.step().await;
    app.set_tokyo(date(2030, 8, 14).at(9, 0, 0, 0));
    app.step().await;
    for repeat in [yearly, monthly] {
        assert_eq!(drafts(&app, repeat).await, [date(2030, 8, 20)]);
    }
    assert_eq!((runs(&app, yearly).await.len(), runs(&app, monthly).await.len()), (5, 50));
}

#[tokio::test]
async fn a_change_of_days_skips_no_occasion_of_the_new_ones() {
    let app = TestApp::start().await;
    let (author, id) = model(&app).await;
    let before = again("monthly 20", Shift::Before, 60);
    let repeat = broadcast::repeat(app.app(), &author, id, &before).await.unwrap();
    // 20 September is a Sunday: its message goes out on Friday 18, and is late two hours after.
    app.set_tokyo(date(2026, 9, 18).at(12, 0, 0, 0));
    app.step().await;
    let seen = app.repeat_version(repeat).await;
    let saturdays = again("weekday 3 sat", Shift::Stay, 7);
    broadcast::change_repeat(app.app(), &author, (repeat, &seen), (None, &saturdays)).await.unwrap();
    app.step().await;
    assert!(drafts(&app, repeat).await.contains(&date(2026, 9, 19)), "{:?}", drafts(&app, repeat).await);
}

/// The review date of a rule passes while its repeat waits for the draft of 20 August, due on the 13th.
async fn outdated() -> (TestApp, StaffMember, StaffMember, Uuid) {
    let app = TestApp::start().await;
    app.many_friends(30).await;
    app.everybody("shiken/zenin", "見直し期限: 2026-08-10\n", 0).await;
    let author = app.clerk("見本 起案", &[Role::Editor]).await;
    let text = Draft { segment_path: "shiken/zenin".to_owned(), ..to_everyone("今月のお知らせ") };
    let model = broadcast::create(app.app(), &author, text).await.unwrap();
    let repeat =
        broadcast::repeat(app.app(), &author, model, &again("monthly 20", Shift::Stay, 7)).await.unwrap();
    app.set_tokyo(date(2026, 7, 13).at(9, 0, 0, 0));
    app.step().await;
    let first = runs(&app, repeat).await[0].broadcast_id.unwrap();
    broadcast::send_test(app.app(), &author, first).await.unwrap();
    app.submit(&author, (first, 1)).await.unwrap();
    let approver = app.clerk("見本 承認", &[Role::Approver]).await;
    let second = app.clerk("見本 承認", &[Role::Approver]).await;
    app.approve(&approver, first).await.unwrap();
    app.approve(&second, first).await.unwrap();
    app.set_tokyo(date(2026, 7, 20).at(10, 5, 0, 0));
    app.step().await;
    (app, author, approver, repeat)
}

#[tokio::test]
async fn a_draft_that_cant_be_made_is_told_to_those_behind_it_and_tried_until_its_time() {
    let (app, author, approver, repeat) = outdated().await;
    app.set_tokyo(date(2026, 8, 13).at(9, 0, 0, 0));
    app.step().await;
    for who in [&author, &approver] {
        let told = app.alarms_of(who.id).await;
        assert!(
            told.len() == 1 && told[0].contains("回(2026-08-20)の下書きが作られていません。"),
            "{told:?}"
        );
        assert!(
            told[0].contains("見直し期限を過ぎています") && told[0].ends_with("/console/repeats"),
            "{told:?}"
        );
    }
    let mut browser = app.editor("見本 閲覧").await.browser;
    let list = browser.get("/console/repeats").await.ok().text();
    assert!(list.contains("まだ作れていません 対象者の条件を使えません"), "{list}");
    assert!(list.contains("2026-08-20 10:00 までは、10分ごとに自動でもう一度試します。"), "{list}");
    // Nothing is mended: it is tried, and nobody is told again.
    app.set_tokyo(date(2026, 8, 13).at(9, 11, 0, 0));
    app.step().await;
    assert_eq!((runs(&app, repeat).await[0].broadcast_id, app.alarms_of(author.id).await.len()), (None, 1));
    app.everybody("shiken/zenin", "見直し期限: 2027-08-10\n", 1).await;
    app.set_tokyo(date(2026, 8, 13).at(9, 15, 0, 0));
    app.step().await;
    assert_eq!(runs(&app, repeat).await[0].broadcast_id, None, "not every moment");
    app.set_tokyo(date(2026, 8, 13).at(9, 22, 0, 0));
    app.step().await;
    let run = runs(&app, repeat).await.remove(0);
    assert_eq!((run.state.as_str(), run.reason), ("made", None));
    let draft = app.broadcast(run.broadcast_id.unwrap()).await;
    assert_eq!(draft.scheduled_at.unwrap().tokyo(), date(2026, 8, 20).at(10, 0, 0, 0));
}

#[tokio::test]
async fn what_could_not_be_made_by_its_time_is_tried_once_more_then_and_waits_for_people() {
    let (app, author, _, repeat) = outdated().await;
    app.set_tokyo(date(2026, 8, 13).at(9, 0, 0, 0));
    app.step().await;
    app.set_tokyo(date(2026, 8, 20).at(10, 1, 0, 0));
    app.step().await;
    app.everybody("shiken/zenin", "見直し期限: 2027-08-10\n", 1).await;
    for minute in [20, 40] {
        app.set_tokyo(date(2026, 8, 20).at(10, minute, 0, 0));
        app.step().await;
    }
    assert_eq!(runs(&app, repeat).await[0].broadcast_id, None, "its time has come");
    let mut browser = app.editor("見本 閲覧").await.browser;
    let list = browser.get("/console/repeats").await.ok();
    assert!(list.text().contains("作られませんでした 対象者の条件を使えません"), "{}", list.text());
    let made = broadcast::make_missed(app.app(), &author, repeat, date(2026, 8, 20)).await.unwrap();
    assert_eq!(app.broadcast(made).await.scheduled_at, None);
    assert_eq!(runs(&app, repeat).await[0].reason, None);
}

#[tokio::test]
async fn occasions_missed_in_a_long_standstill_are_told_in_one_message() {
    let app = TestApp::start().await;
    let (author, id) = model(&app).await;
    broadcast::repeat(app.app(), &author, id, &again("monthly 15", Shift::Stay, 1)).await.unwrap();
    app.set_tokyo(date(2026, 11, 1).at(10, 0, 0, 0));
    app.step().await;
    let told = app.alarms_of(author.id).await;
    assert_eq!(told.len(), 1);
    assert!(told[0].contains("回(2026-07-15から2026-10-15まで)の下書きが作られていません。"), "{told:?}");
    assert!(told[0].contains("このシステムが動いていませんでした"), "{told:?}");
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
    let mut browser = app.editor("見本 画面").await.browser;
    let form = browser.get(&format!("/console/broadcasts/{}/edit", draft.id)).await.ok();
    let who = form.all("[aria-labelledby='h-who']").remove(0);
    assert!(who.contains("この回の日にあたる人に送ります。条件は、ここでは変えられません。"), "{who}");
    assert!(!form.has("[name=segment]"), "{who}");
    let saved = browser.submit(form.form("保存して内容を確認")).await.ok();
    assert!(saved.errors().is_empty(), "{:?}", saved.errors());
    assert_eq!(app.broadcast(draft.id).await.rule_text, draft.rule_text);
    let none =
        broadcast::repeat(app.app(), &author, id, &again("anniversary district 3 0", Shift::Stay, 1)).await;
    assert_eq!(refused(none), Refusal::Rhythm);
}

/// A household with one child born on this day; answers its account, the child, and LINE's id.
async fn household(app: &TestApp, born: Date) -> (AccountId, PersonId, LineUserId) {
    let user = app.line().add_friends_silently(1).remove(0);
    let (base, now) = (app.app(), app.clock().now());
    let person = |attributes| NewPerson {
        id: PersonId(base.chance.uuid_v7(now)),
        standing: PersonStanding::Active,
        attributes,
        events: Vec::new(),
    };
    let parent = person(json!({ "relation": "self", "birth_date": "1990-01-01" }));
    let child = person(json!({ "relation": "child", "birth_date": born.to_string() }));
    let (id, of_child) = (AccountId(base.chance.uuid_v7(now)), child.id);
    let account = NewAccount {
        id,
        line_user_id: user.clone(),
        following: true,
        stopped: false,
        attributes: json!({}),
        declined_topics: json!([]),
        consent: Some(NewConsent {
            version: CONSENT_VERSION.to_owned(),
            language: "ja".to_owned(),
            withdrawn: false,
        }),
        persons: vec![parent, child],
    };
    let mut tx = app.db().write().await.unwrap();
    town::insert(&mut tx, &[account], now).await.unwrap();
    tx.commit().await.unwrap();
    (id, of_child, user)
}

/// The city corrects a date of birth.
async fn corrected(app: &TestApp, (account, child): (AccountId, PersonId), born: Date) {
    let mut tx = app.db().write().await.unwrap();
    let mut person = persons::list(&mut tx, account).await.unwrap().remove(1);
    assert_eq!(person.id, child);
    person.attributes["birth_date"] = born.to_string().into();
    persons::import(&mut tx, &person).await.unwrap();
    let by = By { actor: "import", at: app.clock().now() };
    accounts::touch(&mut tx, account, "changed", by).await.unwrap();
    tx.commit().await.unwrap();
}

/// The message two weeks before a third birthday, approved by people and sent on a day.
async fn goes_out_on(app: &TestApp, author: &StaffMember, repeat: Uuid, day: Date) -> BroadcastId {
    app.set_tokyo(day.saturating_sub(1.day()).at(12, 0, 0, 0));
    app.step().await;
    let run = runs(app, repeat).await.into_iter().find(|run| run.occasion.0 == day).unwrap();
    let id = run.broadcast_id.unwrap();
    broadcast::send_test(app.app(), author, id).await.unwrap();
    app.submit(author, (id, 1)).await.unwrap();
    app.approve_by_others(id).await;
    app.set_tokyo(day.at(10, 5, 0, 0));
    app.step().await;
    id
}

#[tokio::test]
async fn a_corrected_birth_date_brings_no_second_message_of_the_same_repeat() {
    let app = TestApp::start().await;
    app.many_friends(60).await;
    let author = app.clerk("見本 起案", &[Role::Editor]).await;
    let text =
        Draft { segment_path: "kosodate/nyuyoji".to_owned(), ..to_everyone("3歳児健診のご案内") };
    let model = broadcast::create(app.app(), &author, text).await.unwrap();
    let rhythm = again("anniversary birth_date 3 -14", Shift::Stay, 1);
    let repeat = broadcast::repeat(app.app(), &author, model, &rhythm).await.unwrap();
    let (account, child, user) = household(&app, date(2023, 7, 17)).await;
    let (_, _, other) = household(&app, date(2023, 7, 21)).await;
    let got = |user: &LineUserId| app.line().accepted_count(user);

    goes_out_on(&app, &author, repeat, date(2026, 7, 3)).await;
    assert_eq!((got(&user), got(&other)), (1, 0));
    corrected(&app, (account, child), date(2023, 7, 21)).await;
    let second = goes_out_on(&app, &author, repeat, date(2026, 7, 7)).await;
    assert_eq!((got(&user), got(&other)), (1, 1), "the child has had it, the other one has not");
    let counts = app.progress(second).await.counts;
    let met: Vec<_> = counts.iter().filter(|count| count.reason() == Some(Reason::AlreadyMet)).collect();
    assert_eq!((met.len(), met[0].recipients), (1, 1));
    assert_eq!(app.broadcast(second).await.state, State::Done);
    // Corrected again, so that nobody else's day it is: nobody gets anything.
    corrected(&app, (account, child), date(2023, 7, 25)).await;
    goes_out_on(&app, &author, repeat, date(2026, 7, 11)).await;
    assert_eq!((got(&user), got(&other)), (1, 1));
    // A second repeat has a message of its own.
    let own = broadcast::repeat(app.app(), &author, model, &rhythm).await.unwrap();
    corrected(&app, (account, child), date(2023, 7, 29)).await;
    goes_out_on(&app, &author, own, date(2026, 7, 15)).await;
    assert_eq!(got(&user), 2);
}
