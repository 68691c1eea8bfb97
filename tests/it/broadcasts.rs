//! A broadcast in the hands of staff: what each may do, and what is refused.

use std::time::Duration;

use jiff::civil::date;
use musubi::domain::attribute::LanguageId;
use musubi::domain::broadcast::{Caution, Hold, LedgerState, State};
use musubi::domain::message::{Body, Content};
use musubi::domain::staff::{Right, Role};
use musubi::flow::broadcast::{self, BroadcastError, Draft, Refusal, Seen};
use musubi::sql;
use serde_json::json;

use crate::support::TestApp;
use crate::support::broadcasts::to_everyone;

fn refused<T: std::fmt::Debug>(outcome: Result<T, BroadcastError>) -> Refusal {
    match outcome.unwrap_err() {
        BroadcastError::Refused(refusal) => refusal,
        other => panic!("{other}"),
    }
}

#[tokio::test]
async fn what_two_people_agreed_on_reaches_the_friends_and_adds_up() {
    let app = TestApp::start().await;
    let (hanako, taro) = (app.friend("見本 花子").await, app.friend("見本 太郎").await);
    let id = app.approved(to_everyone("集団健診の予約が始まりました。")).await;
    assert!(!hanako.texts().iter().any(|text| text.contains("集団健診")));
    app.step().await;
    for friend in [&hanako, &taro] {
        let got = friend.texts().into_iter().filter(|text| text.contains("集団健診")).count();
        assert_eq!(got, 1);
    }
    assert_eq!(app.broadcast(id).await.state, State::Done);
    assert_eq!(app.recipients(id, LedgerState::Accepted).await, 2);
}

#[tokio::test]
async fn the_author_and_the_last_editor_can_not_approve() {
    let app = TestApp::start().await;
    app.many_friends(3).await;
    let both = [Role::Editor, Role::Approver];
    let (author, editor) = (app.clerk("見本 一", &both).await, app.clerk("見本 二", &both).await);
    let id = app.submitted(&author, to_everyone("健診")).await;
    let seen = app.seen(id).await;
    assert_eq!(refused(broadcast::approve(app.app(), &author, id, &seen).await), Refusal::OwnText);

    let version = app.broadcast(id).await.version;
    broadcast::edit(app.app(), &editor, (id, version), to_everyone("検診")).await.unwrap();
    broadcast::send_test(app.app(), &editor, id).await.unwrap();
    app.submit(&author, (id, version + 1)).await.unwrap();
    let seen = app.seen(id).await;
    assert_eq!(refused(broadcast::approve(app.app(), &editor, id, &seen).await), Refusal::OwnText);
    assert_eq!(app.broadcast(id).await.state, State::Submitted);
}

#[tokio::test]
async fn an_edit_after_approval_voids_it_and_nothing_goes_out() {
    let app = TestApp::start().await;
    let people = app.many_friends(3).await;
    let id = app.approved(to_everyone("健診")).await;
    let editor = app.clerk("見本 三", &[Role::Editor]).await;
    let version = app.broadcast(id).await.version;
    broadcast::edit(app.app(), &editor, (id, version), to_everyone("書き直し")).await.unwrap();
    app.step().await;
    let after = app.broadcast(id).await;
    assert_eq!((after.state, after.approved_hash, after.due_at), (State::Draft, None, None));
    assert_eq!(app.got(&people), [0]);
}

/// Somebody changes the text where the program does not see it.
async fn change_the_text(app: &TestApp) {
    let content = Content::japanese_text("だれも承認していない文").to_value();
    let mut tx = app.db().write().await.unwrap();
    tx.execute(sql!("UPDATE broadcast SET content = $1", content)).await.unwrap();
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn a_text_changed_behind_the_programs_back_is_held_not_sent() {
    let app = TestApp::start().await;
    let people = app.many_friends(3).await;
    let id = app.approved(to_everyone("健診")).await;
    change_the_text(&app).await;
    app.step().await;
    let held = app.broadcast(id).await;
    assert_eq!((held.hold(), held.planned_at), (Some(Hold::NotApproved), None));
    assert_eq!(app.got(&people), [0]);
}

#[tokio::test]
async fn a_text_changed_after_it_was_planned_is_held_not_sent() {
    let app = TestApp::start_with(|config, _| config.send_at_once = 1.try_into().unwrap()).await;
    let people = app.many_friends(3).await;
    let id = app.approved(to_everyone("健診")).await;
    musubi::flow::plan::plan_due(app.app()).await.unwrap();
    change_the_text(&app).await;
    app.step().await;
    let held = app.broadcast(id).await;
    assert_eq!((held.state, held.hold()), (State::Paused, Some(Hold::NotApproved)));
    assert_eq!(app.got(&people), [0]);
}

#[tokio::test]
async fn an_approval_needs_the_role_the_hash_and_the_number() {
    let app = TestApp::start().await;
    app.many_friends(3).await;
    let author = app.clerk("見本 一", &[Role::Editor]).await;
    let approver = app.clerk("見本 二", &[Role::Approver]).await;
    let id = app.submitted(&author, to_everyone("健診")).await;
    let seen = app.seen(id).await;
    let admin = app.clerk("見本 三", &[Role::Admin]).await;
    app.open_all(&approver, id).await;
    let wrong_hash = Seen { hash: "0".repeat(64), ..seen.clone() };
    let wrong_count = Seen { typed_count: 2, ..seen.clone() };
    let approve = async |staff, seen| refused(broadcast::approve(app.app(), staff, id, seen).await);
    assert_eq!(approve(&admin, &seen).await, Refusal::NotAllowed(Right::Approve));
    assert_eq!(approve(&approver, &wrong_hash).await, Refusal::StaleHash);
    assert_eq!(approve(&approver, &wrong_count).await, Refusal::WrongCount { typed: 2 });
    broadcast::approve(app.app(), &approver, id, &seen).await.unwrap();
    broadcast::approve(app.app(), &approver, id, &seen).await.unwrap(); // a double click
    assert_eq!(app.broadcast(id).await.state, State::Submitted);
    let second = app.clerk("見本 四", &[Role::Approver]).await;
    app.approve(&second, id).await.unwrap();
    app.approve(&second, id).await.unwrap();
    assert_eq!(app.broadcast(id).await.state, State::Approved);
}

#[tokio::test]
async fn nothing_is_submitted_without_a_test_of_this_very_text() {
    let app = TestApp::start().await;
    app.many_friends(1).await;
    let author = app.clerk("見本 一", &[Role::Editor]).await;
    let id = broadcast::create(app.app(), &author, to_everyone("健診")).await.unwrap();
    assert_eq!(refused(app.submit(&author, (id, 1)).await), Refusal::NotTested);
    broadcast::send_test(app.app(), &author, id).await.unwrap();
    broadcast::edit(app.app(), &author, (id, 1), to_everyone("検診")).await.unwrap();
    assert_eq!(refused(app.submit(&author, (id, 2)).await), Refusal::NotTested);
    broadcast::send_test(app.app(), &author, id).await.unwrap();
    app.submit(&author, (id, 2)).await.unwrap();
    app.submit(&author, (id, 2)).await.unwrap(); // a double click
    assert_eq!(app.broadcast(id).await.version, 3);
}

#[tokio::test]
async fn a_test_text_never_passes_in_a_live_installation() {
    let app = TestApp::start_with(|config, _| config.server.demo = false).await;
    app.many_friends(1).await;
    let author = app.clerk("見本 一", &[Role::Editor]).await;
    let text = "【テスト】ミサイルが発射されました。";
    let id = broadcast::create(app.app(), &author, to_everyone(text)).await.unwrap();
    broadcast::send_test(app.app(), &author, id).await.unwrap();
    assert_eq!(refused(app.submit(&author, (id, 1)).await), Refusal::MarkedAsTest);
}

#[tokio::test]
async fn a_test_is_noticed_in_every_language_and_place_and_an_announcement_of_a_drill_is_none() {
    let app = TestApp::start_with(|config, _| config.server.demo = false).await;
    app.many_friends(1).await;
    let author = app.clerk("見本 一", &[Role::Editor]).await;
    let submit = async |content: serde_json::Value| {
        let content = Content::try_from(content).unwrap();
        let draft = broadcast::Draft { content, ..to_everyone("") };
        let id = broadcast::create(app.app(), &author, draft).await.unwrap();
        broadcast::send_test(app.app(), &author, id).await.unwrap();
        app.submit(&author, (id, 1)).await
    };
    let text = |text: &str| json!({ "kind": "text", "text": text });
    let page = json!({ "uri": "https://example.jp/" });
    let card = |title: &str, label: &str, fact: &str| {
        let fact = json!({ "name": fact, "text": "平田" });
        let button = json!({ "label": label, "target": page });
        json!({ "kind": "card", "title": title, "text": "申込", "facts": [fact], "buttons": [button] })
    };
    for content in [
        json!({ "ja": text("これは訓練です。") }),
        json!({ "ja": text("［ﾃｽﾄ］健診") }),
        json!({ "ja": text("健診"), "en": text("This is a drill") }),
        json!({ "ja": text("健診"), "pt-BR": text("[Simulado] Exame") }),
        json!({ "ja": text("健診"), "zh-Hans": text("【测试】体检") }),
        json!({ "ja": card("ＴＥＳＴ", "申込", "場所") }),
        json!({ "ja": card("健診", "テスト", "場所") }),
        json!({ "ja": card("健診", "申込", "訓練") }),
        json!({ "ja": { "parts": [text("健診")], "quick_replies": [{ "label": "TEST", "target": page }] } }),
    ] {
        let shown = content.to_string();
        assert_eq!(refused(submit(content).await), Refusal::MarkedAsTest, "{shown}");
    }
    let innocent =
        json!({ "ja": text("防災訓練に参加しませんか"), "en": text("Free hearing test on Sunday") });
    submit(innocent).await.unwrap();
}

#[tokio::test]
async fn a_rule_that_selects_nobody_or_is_not_there_sends_to_nobody() {
    let app = TestApp::start().await;
    app.many_friends(3).await; // nobody of whom a district is known
    let author = app.clerk("見本 一", &[Role::Editor]).await;
    let hirata = Draft { segment_path: "gomi/hirata".to_owned(), ..to_everyone("ごみの日") };
    let id = broadcast::create(app.app(), &author, hirata).await.unwrap();
    broadcast::send_test(app.app(), &author, id).await.unwrap();
    assert_eq!(refused(app.submit(&author, (id, 1)).await), Refusal::NobodySelected);
    let lost = Draft { segment_path: String::new(), ..to_everyone("だれへ") };
    assert_eq!(refused(broadcast::create(app.app(), &author, lost).await), Refusal::UnknownSegment);
}

#[tokio::test]
async fn an_empty_rule_or_a_lost_condition_is_nobody_not_everybody() {
    let app = TestApp::start().await;
    let people = app.many_friends(3).await;
    let id = app.approved(to_everyone("健診")).await;
    for broken in ["", "名前: x\n対象: すべて\n", "対象:\n"] {
        assert!(musubi::domain::segment::text::parse(broken, &app.app().catalogue).is_err(), "{broken:?}");
    }
    let stored = app.broadcast(id).await;
    let audience = musubi::flow::Audience::of_text(app.app(), "", &stored.topic, date(2026, 7, 1)).await;
    assert!(audience.is_err());
    let editor = app.clerk("見本 三", &[Role::Editor]).await;
    broadcast::stop(app.app(), &editor, id).await.unwrap();
    app.step().await;
    assert_eq!(app.got(&people), [0]);
}

#[tokio::test]
async fn a_rule_past_its_review_date_is_refused_even_if_it_was_good_at_the_start() {
    let app = TestApp::start().await;
    app.many_friends(1).await;
    let author = app.clerk("見本 一", &[Role::Editor]).await;
    let id = broadcast::create(app.app(), &author, to_everyone("健診")).await.unwrap();
    broadcast::send_test(app.app(), &author, id).await.unwrap();
    app.set_tokyo(date(2027, 4, 1).at(10, 0, 0, 0));
    let late = broadcast::create(app.app(), &author, to_everyone("健診")).await;
    assert_eq!(refused(late), Refusal::RuleUnreadable);
    assert_eq!(refused(app.submit(&author, (id, 1)).await), Refusal::RuleUnreadable);
}

#[tokio::test]
async fn cautions_are_not_silent_the_author_has_seen_exactly_these_and_the_approver_sees_the_same() {
    let app = TestApp::start().await;
    let people = app.many_friends(3).await;
    let author = app.clerk("見本 一", &[Role::Editor]).await;
    let id = broadcast::create(app.app(), &author, to_everyone("健診")).await.unwrap();
    broadcast::send_test(app.app(), &author, id).await.unwrap();
    let all = [Caution::Everyone, Caution::OutsideExpected, Caution::Few];
    let too_many = [all.as_slice(), &[Caution::ManyUnknown]].concat();
    for seen in [&[], &all[..2], &too_many] {
        let refusal = refused(broadcast::submit(app.app(), &author, (id, 1), seen).await);
        assert_eq!(refusal, Refusal::Cautions(all.to_vec()), "{seen:?}");
    }
    broadcast::submit(app.app(), &author, (id, 1), &all).await.unwrap();
    let submitted = app.broadcast(id).await;
    assert_eq!(broadcast::cautions(app.app(), &submitted).await.unwrap(), all);
    // The approval is bound to them.
    let seen = app.seen(id).await;
    let mut without = submitted.clone();
    without.submitted_cautions = None;
    assert_ne!(without.proposal().hash(), seen.hash);
    app.approve_by_others(id).await;
    app.step().await;
    assert_eq!(app.got(&people), [1]);
}

#[tokio::test]
async fn a_second_editor_does_not_overwrite_the_first() {
    let app = TestApp::start().await;
    let author = app.clerk("見本 一", &[Role::Editor]).await;
    let id = broadcast::create(app.app(), &author, to_everyone("健診")).await.unwrap();
    broadcast::edit(app.app(), &author, (id, 1), to_everyone("一人目")).await.unwrap();
    let second = broadcast::edit(app.app(), &author, (id, 1), to_everyone("二人目")).await;
    assert_eq!(refused(second), Refusal::Changed);
    assert_eq!(app.broadcast(id).await.content.first_line(), "一人目");
}

#[tokio::test]
async fn a_returned_broadcast_carries_its_reason_and_is_a_draft_again() {
    let app = TestApp::start().await;
    app.many_friends(2).await;
    let author = app.clerk("見本 一", &[Role::Editor]).await;
    let approver = app.clerk("見本 二", &[Role::Approver]).await;
    let id = app.submitted(&author, to_everyone("健診")).await;
    let blank = broadcast::return_to_draft(app.app(), &approver, id, " ").await;
    assert_eq!(refused(blank), Refusal::NoReason);
    broadcast::return_to_draft(app.app(), &approver, id, "日付が違います").await.unwrap();
    let draft = app.broadcast(id).await;
    assert_eq!((draft.state, draft.return_reason.as_deref()), (State::Draft, Some("日付が違います")));
    let old = Seen { hash: String::new(), typed_count: 2 };
    let approved = broadcast::approve(app.app(), &approver, id, &old).await;
    assert_eq!(refused(approved), Refusal::WrongState(State::Draft));
}

#[tokio::test]
async fn an_audience_that_moved_since_approval_is_asked_about() {
    let app = TestApp::start().await;
    let at = app.clock().now().plus(Duration::from_secs(3600));
    let mut people = app.many_friends(10).await;
    let id = app.approved(Draft { scheduled_at: Some(at), ..to_everyone("健診") }).await;
    people.extend(app.many_friends(51).await);
    app.clock().set(at);
    app.step().await;
    let held = app.broadcast(id).await;
    assert_eq!((held.state, held.hold()), (State::Paused, Some(Hold::AudienceMoved)));
    assert_eq!(app.got(&people), [0]);

    let other = app.clerk("見本 四", &[Role::Approver]).await;
    assert_eq!(refused(broadcast::resume(app.app(), &other, id).await), Refusal::NeedsApproval);
    let seen = Seen { typed_count: 61, ..app.seen(id).await };
    // Whoever approved the old audience has not approved this one.
    for name in ["見本 五", "見本 六"] {
        assert_eq!(app.broadcast(id).await.state, State::Paused);
        let approver = app.clerk(name, &[Role::Approver]).await;
        app.open_all(&approver, id).await;
        broadcast::approve(app.app(), &approver, id, &seen).await.unwrap();
    }
    app.step().await;
    assert_eq!((app.broadcast(id).await.state, app.got(&people)), (State::Done, vec![1]));
}

#[tokio::test]
async fn a_schedule_missed_by_more_than_an_hour_asks_instead_of_firing() {
    let app = TestApp::start().await;
    let people = app.many_friends(3).await;
    let at = app.clock().now().plus(Duration::from_secs(3600));
    let id = app.approved(Draft { scheduled_at: Some(at), ..to_everyone("大雨に注意") }).await;
    app.step().await;
    assert_eq!(app.broadcast(id).await.state, State::Approved);
    app.clock().set(at.plus(Duration::from_secs(3660)));
    app.step().await;
    assert_eq!(app.broadcast(id).await.hold(), Some(Hold::Late));
    assert_eq!(app.got(&people), [0]);
    let other = app.clerk("見本 四", &[Role::Approver]).await;
    broadcast::resume(app.app(), &other, id).await.unwrap();
    app.step().await;
    assert_eq!(app.got(&people), [1]);
}

#[tokio::test]
async fn by_night_it_waits_and_in_the_morning_it_goes_out() {
    let app = TestApp::start().await;
    let people = app.many_friends(3).await;
    app.set_tokyo(date(2026, 7, 1).at(21, 0, 0, 0));
    let id = app.approved(to_everyone("健診")).await;
    app.step().await;
    let waits = app.broadcast(id).await;
    // Who gets it is asked in the morning.
    assert_eq!((waits.hold(), waits.planned_at), (Some(Hold::QuietHours), None));
    assert_eq!(app.got(&people), [0]);
    app.set_tokyo(date(2026, 7, 2).at(8, 0, 0, 0));
    app.step().await;
    let done = app.broadcast(id).await;
    assert_eq!((done.state, done.hold(), app.got(&people)), (State::Done, None, vec![1]));
}

#[tokio::test]
async fn what_is_no_longer_true_is_not_sent() {
    let app = TestApp::start().await;
    let people = app.many_friends(3).await;
    app.set_tokyo(date(2026, 7, 1).at(21, 0, 0, 0));
    let expires_at = Some(app.clock().now().plus(Duration::from_secs(8 * 3600)));
    let id = app.approved(Draft { expires_at, ..to_everyone("今夜は大雨です") }).await;
    app.step().await;
    app.set_tokyo(date(2026, 7, 2).at(8, 0, 0, 0));
    app.step().await;
    assert_eq!((app.broadcast(id).await.state, app.got(&people)), (State::Expired, vec![0]));
}

#[tokio::test]
async fn readers_get_their_language_and_japanese_where_there_is_none() {
    let app = TestApp::start().await;
    let (ana, hanako) = (app.friend("Amostra Ana").await, app.friend("見本 花子").await);
    let mut tx = app.db().write().await.unwrap();
    tx.execute(musubi::db::Query::new(
        "UPDATE account SET attributes = $1 WHERE line_user_id = $2",
        vec![
            musubi::db::arg::Bind::bind(serde_json::json!({ "language": "pt-BR" })),
            musubi::db::arg::Bind::bind(&ana.id),
        ],
    ))
    .await
    .unwrap();
    tx.commit().await.unwrap();
    let text = |text: &str| Body::text(text);
    let content = Content::new([("ja".into(), text("健診です")), (LanguageId::from("pt-BR"), text("Exame"))]);
    let id = app.approved(Draft { content, ..to_everyone("") }).await;
    app.step().await;
    assert_eq!(ana.texts().last().unwrap(), "Exame");
    assert_eq!(hanako.texts().last().unwrap(), "健診です");
    assert_eq!(app.recipients(id, LedgerState::Accepted).await, 2);
}
