//! Messages that really went wrong in Japan, one test each: what had to stop them stops them here.

use std::time::Duration;

use jiff::civil::date;
use musubi::domain::broadcast::Pilot;
use musubi::domain::broadcast::{Caution, Class, Hold, LedgerState, State, Whom};
use musubi::domain::emergency::Filled;
use musubi::domain::message::Content;
use musubi::domain::segment::text;
use musubi::domain::staff::Role;
use musubi::flow::broadcast::{self, BroadcastError, Draft, Refusal, Seen};
use musubi::flow::installation::{self, Mixed};
use musubi::simulator::{Endpoint, Fault};
use std::sync::Arc;

use crate::support::TestApp;
use crate::support::app::tokyo;
use crate::support::broadcasts::to_everyone;

const MINUTE: Duration = Duration::from_secs(60);

fn refused<T: std::fmt::Debug>(outcome: Result<T, BroadcastError>) -> Refusal {
    match outcome.unwrap_err() {
        BroadcastError::Refused(refusal) => refusal,
        other => panic!("{other}"),
    }
}

/// 高岡市 2025-11-18: a supplier's test text about a terror attack went to residents 128,000 times; 27 minutes.
#[tokio::test]
async fn takaoka_2025_a_text_for_a_test_meets_no_resident_and_is_corrected_in_one_step() {
    let live = TestApp::start_with(|config, _| config.server.demo = false).await;
    live.many_friends(3).await;
    let author = live.clerk("見本 起案", &[Role::Editor]).await;
    let terror = to_everyone("【訓練】テロが発生しました。");
    let id = broadcast::create(live.app(), &author, terror).await.unwrap();
    broadcast::send_test(live.app(), &author, id).await.unwrap();
    assert_eq!(refused(live.submit(&author, (id, 1)).await), Refusal::MarkedAsTest);

    // A database for drills never speaks to the real LINE.
    let app = TestApp::start_with(|config, _| config.send_at_once = 1.try_into().unwrap()).await;
    installation::claim(app.app()).await.unwrap();
    let mut to_real_line = app.app().clone();
    Arc::make_mut(&mut to_real_line.config).line.api_base = "https://api.line.me".to_owned();
    assert!(matches!(installation::claim(&to_real_line).await, Err(Mixed::LiveOnTraining)));

    // What goes out wrong all the same is corrected to exactly those who have it.
    app.many_friends(1_100).await;
    app.line().fault(Endpoint::Multicast, Fault::Pass, 1);
    app.line().fault(Endpoint::Multicast, Fault::MonthlyLimit, 1);
    let wrong = app.approved(to_everyone("テロが発生しました。")).await;
    app.step().await;
    let author = app.clerk("見本 訂正", &[Role::Editor]).await;
    let correction = broadcast::correct(app.app(), &author, wrong).await.unwrap();
    assert_eq!(app.broadcast(wrong).await.state, State::Stopped, "the rest does not go out");
    assert_eq!(app.recipients(wrong, LedgerState::Accepted).await, 500);
    let begun = app.broadcast(correction).await;
    assert_eq!((begun.whom(), begun.content.first_line()), (Some(Whom::Reached(wrong)), "【お詫びと訂正】"));
}

/// 舟形町 2026-01-03 01:12: 40 messages about a flood of 2024 to 1,000 friends.
#[tokio::test]
async fn funagata_2026_old_warnings_do_not_go_out_at_night_nor_late_nor_when_untrue() {
    let app = TestApp::start().await;
    let people = app.many_friends(3).await;
    let at = app.clock().now().plus(60 * MINUTE);
    let scheduled = |text: &str| Draft { scheduled_at: Some(at), ..to_everyone(text) };
    let expires_at = Some(at.plus(180 * MINUTE));
    let stale = app.approved(Draft { expires_at, ..scheduled("洪水の警報") }).await;
    let late = app.approved(scheduled("避難所を開きました")).await;
    // Nothing but the night speaks against this one: it is in time, and true.
    let one = Some(tokyo(date(2027, 1, 3).at(1, 0, 0, 0)));
    let in_time = app.approved(Draft { scheduled_at: one, ..to_everyone("明日のごみ収集") }).await;
    // The server was down for half a year; somebody switches it on by night.
    app.set_tokyo(date(2027, 1, 3).at(1, 12, 0, 0));
    app.step().await;
    assert_eq!(app.broadcast(stale).await.state, State::Expired);
    for id in [late, in_time] {
        let waits = app.broadcast(id).await;
        assert_eq!((waits.state, waits.hold()), (State::Approved, Some(Hold::QuietHours)));
    }
    assert_eq!(app.got(&people), [0]);
    app.set_tokyo(date(2027, 1, 3).at(8, 0, 0, 0));
    app.step().await;
    assert_eq!((app.broadcast(in_time).await.state, app.got(&people)), (State::Done, vec![1]));
    let asks = app.broadcast(late).await;
    assert_eq!((asks.state, asks.hold(), app.got(&people)), (State::Paused, Some(Hold::Late), vec![1]));
}

/// 気仙沼市: 31 old warnings were replayed.
#[tokio::test]
async fn kesennuma_thirty_one_messages_at_once_pass_neither_by_themselves_nor_through_the_cap() {
    let app = TestApp::start_with(|config, _| config.limits.hour_messages = 4).await;
    let people = app.many_friends(2).await;
    let at = app.clock().now().plus(MINUTE);
    let mut ids = Vec::new();
    for number in 0..31 {
        let draft = Draft { scheduled_at: Some(at), ..to_everyone(&format!("警報 {number}")) };
        ids.push(app.approved(Draft { class: Class::Ordinary, ..draft }).await);
    }
    app.clock().set(at.plus(90 * MINUTE));
    app.step().await;
    for id in &ids {
        assert_eq!(app.broadcast(*id).await.hold(), Some(Hold::Late));
    }
    // Even if somebody lets each of them go on, the database holds the cap of the hour.
    let approver = app.clerk("見本 再開", &[Role::Approver]).await;
    for id in &ids {
        broadcast::resume(app.app(), &approver, *id).await.unwrap();
    }
    app.step().await;
    assert!(people.iter().all(|person| app.line().accepted_count(person) <= 4), "{:?}", app.got(&people));
}

/// 福岡市 2019-11-06: one word was dropped from a notice to 10,000; 80 minutes to correct it.
#[tokio::test]
async fn fukuoka_2019_a_lost_word_reaches_fifty_and_is_corrected_within_minutes() {
    let app = TestApp::start_with(|config, _| config.pilot = Pilot { wait: 10 * MINUTE }).await;
    let people = app.many_friends(700).await;
    let wrong = app.approved(to_everyone("虐待は罪ではありません。")).await;
    app.step().await;
    let reached = people.iter().filter(|person| 0 < app.line().accepted_count(person)).count();
    assert_eq!((reached, app.broadcast(wrong).await.hold()), (50, Some(Hold::Pilot)));
    let has =
        |messages: u32| people.iter().filter(|person| app.line().accepted_count(person) == messages).count();
    // Somebody sees it, and the rest, who wait for ten minutes, never get it.
    app.clock().advance(4 * MINUTE);
    let author = app.clerk("見本 訂正", &[Role::Editor]).await;
    let correction = broadcast::correct(app.app(), &author, wrong).await.unwrap();
    let begun = app.broadcast(correction).await;
    let content =
        Content::japanese_text("【お詫びと訂正】正しくは「虐待は許される行為ではありません。」です。");
    let right = Draft { title: begun.title.clone(), content, ..to_everyone("") };
    broadcast::edit(app.app(), &author, (correction, begun.version), right).await.unwrap();
    broadcast::send_test(app.app(), &author, correction).await.unwrap();
    app.submit(&author, (correction, app.broadcast(correction).await.version)).await.unwrap();
    let approver = app.clerk("見本 承認", &[Role::Approver]).await;
    app.approve(&approver, correction).await.unwrap();
    app.step().await;
    let sent = app.broadcast(correction).await;
    assert_eq!((sent.state, sent.planned_count), (State::Done, Some(50)), "at once, after one other person");
    assert_eq!((has(2), has(1), has(0)), (50, 0, 650), "each who had the mistake, and nobody else");
    app.clock().advance(60 * MINUTE);
    app.step().await;
    assert_eq!((app.broadcast(wrong).await.state, has(0)), (State::Stopped, 650));
}

/// 福岡市 again: whoever approves sees what is not as it was the last time, and reads on only after they opened it.
#[tokio::test]
async fn fukuoka_the_second_reader_sees_which_word_is_missing_from_the_series_last_text() {
    let app = TestApp::start().await;
    app.many_friends(3).await;
    app.approved(to_everyone("11月は月間です。虐待防止にご協力ください。")).await;
    app.step().await;
    let author = app.clerk("見本 起案", &[Role::Editor]).await;
    let id = app.submitted(&author, to_everyone("11月は月間です。虐待にご協力ください。")).await;
    let mut approver = app.staff("見本 承認", &[Role::Approver]).await.browser;
    let page = approver.get(&format!("/console/broadcasts/{id}")).await.ok();
    assert_eq!(
        (page.all(".changes del"), page.all(".changes ins")),
        (vec!["防止".into()], Vec::<String>::new())
    );
    assert!(!page.has("#count"), "nothing is opened, so nothing can be approved");
}

/// 甲賀市: a text to one person went to 938.
#[tokio::test]
async fn koka_the_approver_types_how_many_get_it() {
    let app = TestApp::start().await;
    let people = app.many_friends(938).await;
    let (author, approver) =
        (app.clerk("見本 起案", &[Role::Editor]).await, app.clerk("見本 承認", &[Role::Approver]).await);
    let id = app.submitted(&author, to_everyone("山田様、昨日のご相談の件です。")).await;
    assert_eq!(app.broadcast(id).await.submitted_count, Some(938), "the number stands on the page");
    app.open_all(&approver, id).await;
    let one = Seen { typed_count: 1, ..app.seen(id).await };
    let outcome = broadcast::approve(app.app(), &approver, id, &one).await;
    assert_eq!(refused(outcome), Refusal::WrongCount { typed: 1 });
    // A text to everyone waits for a second person in any case.
    app.approve(&approver, id).await.unwrap();
    app.step().await;
    assert_eq!((app.broadcast(id).await.state, app.got(&people)), (State::Submitted, vec![0]));
}

/// 甲賀市 again: the words themselves give reason to stop, for the author and for the approver.
#[tokio::test]
async fn koka_words_meant_for_one_person_are_ticked_by_the_author_and_seen_by_the_approver() {
    let app = TestApp::start().await;
    app.many_friends(938).await;
    let author = app.clerk("見本 起案", &[Role::Editor]).await;
    let text = to_everyone("見本様、精密検査の結果のお知らせです。昨日のご相談の件もご連絡ください。");
    let id = broadcast::create(app.app(), &author, text).await.unwrap();
    broadcast::send_test(app.app(), &author, id).await.unwrap();
    let cautions = broadcast::cautions(app.app(), &app.broadcast(id).await).await.unwrap();
    assert!(cautions.contains(&Caution::SensitiveWords), "{cautions:?}");
    // Whoever ticks only what the audience gives reason for is told what else there is.
    let unseen: Vec<_> = cautions.iter().copied().filter(|one| *one != Caution::SensitiveWords).collect();
    let outcome = broadcast::submit(app.app(), &author, (id, 1), &unseen).await;
    assert_eq!(refused(outcome), Refusal::Cautions(cautions.clone()));
    let words = "見つかった言葉: 「精密検査」「結果のお知らせ」「見本様」";
    let page = |text: String| assert!(text.contains(words), "{text}");
    let mut editor = app.editor("見本 編集").await.browser;
    page(editor.get(&format!("/console/broadcasts/{id}")).await.text());
    broadcast::submit(app.app(), &author, (id, 1), &cautions).await.unwrap();
    assert_eq!(app.broadcast(id).await.cautions(), cautions, "bound to the approval");
    let mut approver = app.staff("見本 承認", &[Role::Approver]).await.browser;
    page(approver.get(&format!("/console/broadcasts/{id}")).await.text());
}

/// 柏市: there was an approval, but nobody opened the attachment.
#[tokio::test]
async fn kashiwa_nobody_approves_what_they_have_not_opened() {
    let app = TestApp::start().await;
    app.many_friends(3).await;
    let author = app.clerk("見本 起案", &[Role::Editor]).await;
    let approver = app.clerk("見本 承認", &[Role::Approver]).await;
    let id = app.submitted(&author, to_everyone("名簿を送ります")).await;
    let parts = app.broadcast(id).await.to_open().len();
    let seen = app.seen(id).await;
    let outcome = broadcast::approve(app.app(), &approver, id, &seen).await;
    assert_eq!(refused(outcome), Refusal::NotOpened(parts));
    app.open_all(&approver, id).await;
    broadcast::approve(app.app(), &approver, id, &seen).await.unwrap();
}

/// 横浜市 2013-04-10: a text about a missile, written beforehand, was sent by one click of one person; 20 minutes.
#[tokio::test]
async fn yokohama_2013_one_person_alone_sends_nothing_not_even_in_an_emergency() {
    let app = TestApp::start().await;
    let people = app.many_friends(3).await;
    let alone = app.clerk("見本 一人", &[Role::Editor, Role::Approver, Role::Admin]).await;
    let id = app.emergency(&alone).await;
    assert_eq!(app.broadcast(id).await.class, Class::Emergency);
    app.submit(&alone, (id, 1)).await.unwrap();
    app.open_all(&alone, id).await;
    let outcome = broadcast::approve(app.app(), &alone, id, &app.seen(id).await).await;
    assert_eq!(refused(outcome), Refusal::OwnText);
    app.step().await;
    assert_eq!((app.broadcast(id).await.state, app.got(&people)), (State::Submitted, vec![0]));
}

/// An open system: an empty rule meant everyone.
#[tokio::test]
async fn open_systems_an_empty_rule_is_an_error() {
    let app = TestApp::start().await;
    for empty in ["", "対象: すべて\n", "対象: どれか\n", "対象:\n"] {
        assert!(text::parse(empty, &app.app().catalogue).is_err(), "{empty:?}");
    }
}

/// 横浜市 again: what was written beforehand lies in a drawer, cannot be taken out for anything else, and needs two.
#[tokio::test]
async fn yokohama_a_text_from_the_drawer_waits_for_a_second_person_whatever_the_first_may_do() {
    let app = TestApp::start().await;
    let people = app.many_friends(120).await;
    let alone = app.clerk("見本 一人", &[Role::Editor, Role::Approver, Role::Admin]).await;
    let filled =
        Filled {
            everyone: true, place: "出雲中央小学校".into(), time: "23:05".into(), ..Filled::default()
        };
    let id = broadcast::begin_emergency(app.app(), &alone, "hinan-shiji", &filled).await.unwrap();
    let other_words = broadcast::edit(app.app(), &alone, (id, 1), to_everyone("ミサイル発射")).await;
    assert_eq!(refused(other_words), Refusal::FixedText);
    broadcast::send_test(app.app(), &alone, id).await.unwrap();
    app.submit(&alone, (id, 1)).await.unwrap();
    // Whatever else can be pressed.
    assert_eq!(refused(app.approve(&alone, id).await), Refusal::OwnText);
    assert!(broadcast::resume(app.app(), &alone, id).await.is_err());
    assert!(broadcast::go_on_now(app.app(), &alone, id).await.is_err());
    broadcast::resume_all(app.app(), &alone).await.unwrap();
    app.step().await;
    assert_eq!((app.broadcast(id).await.state, app.got(&people)), (State::Submitted, vec![0]));
    let second = app.clerk("見本 当直", &[Role::Approver]).await;
    app.approve(&second, id).await.unwrap();
    app.step().await;
    assert_eq!((app.broadcast(id).await.state, app.got(&people)), (State::Done, vec![1]));
}

/// An open system: an unpublished category, or a missing word of a condition, meant everyone.
#[tokio::test]
async fn open_systems_an_unknown_topic_or_word_is_an_error() {
    let app = TestApp::start().await;
    app.many_friends(3).await;
    let author = app.clerk("見本 起案", &[Role::Editor]).await;
    let unpublished = Draft { topic: "mikoukai".to_owned(), ..to_everyone("健診") };
    assert_eq!(refused(broadcast::create(app.app(), &author, unpublished).await), Refusal::UnknownTopic);
    let no_rule = Draft { segment_path: "kenshin/nai".to_owned(), ..to_everyone("健診") };
    assert_eq!(refused(broadcast::create(app.app(), &author, no_rule).await), Refusal::UnknownSegment);
    let lost = "名前: x\n目的: x\n所管: 広報課\n\n対象: すべて\n  - 居住地\n\n例:\n  対象外 | 基準日 2026-07-01 | 居住地 平田\n";
    assert!(text::parse(lost, &app.app().catalogue).is_err(), "a condition without its value");
}

/// An open system: OR without brackets reached the friends of other accounts.
#[tokio::test]
async fn open_systems_and_with_or_reads_only_with_a_group_of_its_own() {
    let app = TestApp::start().await;
    let mixed = "名前: x\n目的: x\n所管: 広報課\n\n対象: すべて\n  - 居住地 平田 または 性別 女\n\n例:\n  対象 | 基準日 2026-07-01 | 居住地 平田\n";
    assert!(text::parse(mixed, &app.app().catalogue).is_err(), "one line is one condition");
}

/// An open system: a broadcast that failed was sent again from its beginning.
#[tokio::test]
async fn open_systems_a_failed_broadcast_goes_on_where_it_stood() {
    let app = TestApp::start_with(|config, _| config.send_at_once = 1.try_into().unwrap()).await;
    let people = app.many_friends(1_100).await;
    app.line().fault(Endpoint::Multicast, Fault::Pass, 1);
    app.line().fault(Endpoint::Multicast, Fault::MonthlyLimit, 1);
    let id = app.approved(Draft { content: Content::japanese_text("健診"), ..to_everyone("") }).await;
    app.step().await;
    assert_eq!((app.got(&people), app.broadcast(id).await.state), (vec![0, 1], State::Paused));
    let approver = app.clerk("見本 再開", &[Role::Approver]).await;
    broadcast::resume(app.app(), &approver, id).await.unwrap();
    app.step().await;
    assert_eq!((app.got(&people), app.broadcast(id).await.state), (vec![1], State::Done));
}
