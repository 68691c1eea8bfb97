//! What friends do in the talk, and what the account answers.

use std::time::Duration;

use jiff::civil::date;
use musubi::domain::ids::LineUserId;
use musubi::simulator::{Endpoint, Fault};
use musubi::store::accounts::{self, Account, By, FollowState};
use serde_json::json;

use super::support::TestApp;
use super::support::browser::Browser;
use super::support::page::Page;

async fn account(app: &TestApp, user: &LineUserId) -> Option<Account> {
    accounts::find_by_line_user(&mut app.db().read().await.unwrap(), user).await.unwrap()
}

#[tokio::test]
async fn a_new_friend_is_greeted_with_the_way_to_the_form() {
    let app = TestApp::start().await;
    let friend = app.friend("見本 花子").await;
    let shown = friend.shown();
    insta::assert_snapshot!(shown[0].text, @r"
    出雲市公式LINE
    友だち追加をありがとうございます。お住まいの地区や生年月日を登録すると、あなたとご家族に関係のあるお知らせだけが届きます。登録は1分ほどです。内容は市が管理し、LINEには残りません。いつでも変更・消去できます。
    ");
    assert_eq!(shown[0].buttons[0].label, "登録・変更");
    let others: Vec<_> = shown[0].quick_replies.iter().map(|button| button.label.as_str()).collect();
    assert_eq!(others, ["やさしい日本語", "English", "Português"]);
    assert_eq!(account(&app, &friend.id).await.unwrap().follow_state, FollowState::Following);
}

#[tokio::test]
async fn the_greeting_is_there_in_the_language_that_was_tapped() {
    let app = TestApp::start().await;
    let friend = app.friend("Amostra").await;
    friend.taps("Português").await;
    assert!(friend.texts().last().unwrap().starts_with("Prefeitura de Izumo no LINE"));
    friend.says("parar os avisos").await;
    assert!(friend.texts().last().unwrap().starts_with("Avisos suspensos"));
}

#[tokio::test]
async fn free_text_is_answered_and_never_stored() {
    let app = TestApp::start().await;
    let friend = app.friend("見本 花子").await;
    let secret = "母の生年月日は昭和27年4月1日です";
    friend.says(secret).await;
    let answer = friend.shown().pop().unwrap();
    assert!(answer.text.contains("読んでいません") && answer.text.contains("ここには書かないでください"));
    assert!(answer.button("登録・変更").is_some());
    for (place, text) in app.everything().await {
        assert!(!text.contains("昭和27年"), "{place}");
    }
}

#[tokio::test]
async fn delivery_is_stopped_and_resumed_from_the_talk() {
    let app = TestApp::start().await;
    let friend = app.friend("見本 花子").await;
    registers(&app, &friend.id).await;
    friend.says("配信を止める").await;
    assert!(account(&app, &friend.id).await.unwrap().stopped_at.is_some());
    app.clock().advance(Duration::from_secs(1));
    friend.taps("配信を再開する").await;
    assert!(account(&app, &friend.id).await.unwrap().stopped_at.is_none());
    friend.says("再開").await;
    let titles: Vec<_> =
        friend.texts().iter().filter_map(|text| text.lines().next().map(str::to_owned)).collect();
    assert!(
        titles.ends_with(&["配信を再開しました".to_owned(), "配信は止まっていません".to_owned()]),
        "{titles:?}"
    );
}

#[tokio::test]
async fn nothing_is_promised_to_somebody_who_never_registered() {
    let app = TestApp::start().await;
    let friend = app.friend("見本 花子").await;
    for (word, title, text) in [
        ("配信を止める", "配信を止めました", "まだ登録がありません"),
        ("配信を再開する", "まだ登録がありません", "下のボタンから登録"),
    ] {
        app.clock().advance(Duration::from_secs(1));
        friend.says(word).await;
        let answer = friend.shown().pop().unwrap();
        assert!(answer.text.starts_with(title) && answer.text.contains(text), "{}", answer.text);
        assert!(answer.button("登録・変更").is_some() && !answer.text.contains("登録した内容"));
    }
}

#[tokio::test]
async fn whoever_took_consent_back_is_told_so_and_not_that_messages_come() {
    let app = TestApp::start().await;
    let friend = app.friend("見本 花子").await;
    let (mut browser, page) = registers(&app, &friend.id).await;
    browser.submit(page.form("同意を取り消す")).await.ok();
    app.clock().advance(Duration::from_secs(1));
    friend.says("配信を再開する").await;
    let answer = friend.texts().pop().unwrap();
    assert!(answer.contains("同意が取り消されているため届きません。「登録・変更」から同意"), "{answer}");
    friend.says("停止").await;
    assert!(friend.texts().pop().unwrap().contains("同意も取り消されています"));
}

#[tokio::test]
async fn whoever_wants_to_leave_is_shown_where_everything_is_erased() {
    let app = TestApp::start().await;
    let friend = app.friend("見本 花子").await;
    friend.says("登録を消す").await;
    assert!(friend.texts().pop().unwrap().contains("消す登録はありません"));
    registers(&app, &friend.id).await;
    for word in ["登録を消す", "やめたい", "解除"] {
        friend.says(word).await;
        let answer = friend.shown().pop().unwrap();
        assert!(answer.text.starts_with("登録を消す・配信を止める"), "{word}: {}", answer.text);
        assert!(answer.button("登録・変更").is_some() && answer.button("配信を止める").is_some());
    }
}

#[tokio::test]
async fn a_topic_is_declined_by_its_button_and_an_old_button_is_met_politely() {
    let app = TestApp::start().await;
    let friend = app.friend("見本 花子").await;
    app.line().taps_postback(&friend.id, "v1:decline:gomi", None).await;
    app.step().await;
    let declined = account(&app, &friend.id).await.unwrap().declined();
    assert_eq!(declined.iter().map(ToString::to_string).collect::<Vec<_>>(), ["gomi"]);
    for data in ["v1:decline:nonsense", "v0:stop", "", "💥"] {
        app.line().taps_postback(&friend.id, data, None).await;
        app.step().await;
        assert!(friend.texts().last().unwrap().starts_with("このボタンは、いまは使えません"), "{data}");
    }
    assert!(account(&app, &friend.id).await.unwrap().stopped_at.is_none());
}

#[tokio::test]
async fn the_newest_of_follow_and_unfollow_wins_whatever_comes_first() {
    let app = TestApp::start().await;
    let friend = app.friend("見本 花子").await;
    app.line().hold_webhooks();
    for state in [FollowState::Blocked, FollowState::Following] {
        app.clock().advance(Duration::from_secs(60));
        match state {
            FollowState::Blocked => app.line().block(&friend.id).await,
            FollowState::Following => app.line().unblock(&friend.id).await,
        };
    }
    let said = friend.texts().len();
    app.line().deliver_pending_webhooks_reversed().await;
    app.step().await;
    assert_eq!(account(&app, &friend.id).await.unwrap().follow_state, FollowState::Following);
    assert_eq!(friend.texts().len(), said + 1);
}

#[tokio::test]
async fn of_two_events_at_the_same_instant_the_unfollow_wins_in_either_order() {
    let app = TestApp::start().await;
    let at = app.clock().now();
    let (following, blocked) = (FollowState::Following, FollowState::Blocked);
    for (n, order) in [[following, blocked], [blocked, following]].into_iter().enumerate() {
        let user = LineUserId::parse(&format!("U{n:032x}")).unwrap();
        let mut tx = app.db().write().await.unwrap();
        let by = By { actor: "line", at };
        let new = musubi::domain::ids::AccountId(app.app().chance.uuid_v7(at));
        let account = accounts::find_or_create(&mut tx, &user, new, by).await.unwrap();
        for state in order {
            accounts::set_follow(&mut tx, account.id, state, at, by).await.unwrap();
        }
        let after = accounts::find(&mut tx, account.id).await.unwrap().unwrap();
        assert_eq!(after.follow_state, blocked);
    }
}

#[tokio::test]
async fn the_same_event_twice_is_answered_once() {
    let app = TestApp::start().await;
    app.line().double_webhooks(true);
    let friend = app.friend("見本 花子").await;
    friend.says("配信を止める").await;
    assert_eq!(friend.texts().len(), 2);
}

#[tokio::test]
async fn an_event_that_comes_again_after_it_was_handled_is_not_handled_again() {
    let app = TestApp::start().await;
    let friend = app.friend("見本 花子").await;
    friend.says("配信を止める").await;
    let answers =
        || app.line().requests().iter().filter(|line| line.endpoint == Some(Endpoint::Reply)).count();
    let before = answers();
    for minutes in [0, 1, 60 * 24] {
        app.clock().advance(Duration::from_secs(60 * minutes));
        assert_eq!(app.line().repeat_last_webhook().await.unwrap().status, Some(200));
        app.step().await;
        assert_eq!((answers(), friend.texts().len()), (before, 2));
    }
}

#[tokio::test]
async fn line_being_away_costs_the_answer_at_most_and_never_the_deed() {
    let app = TestApp::start().await;
    let friend = app.friend("見本 花子").await;
    app.line().fault(Endpoint::Reply, Fault::ServerError, 1);
    friend.says("配信を止める").await;
    assert!(account(&app, &friend.id).await.unwrap().stopped_at.is_some());
    let said = friend.texts().len();
    app.clock().advance(Duration::from_secs(5));
    app.step().await;
    assert_eq!(friend.texts().len(), said + 1, "the answer comes with the second try");

    app.line().fault(Endpoint::Reply, Fault::ServerError, 1);
    friend.says("配信を再開する").await;
    app.clock().advance(Duration::from_secs(120));
    app.step().await;
    assert!(account(&app, &friend.id).await.unwrap().stopped_at.is_none());
    assert_eq!(friend.texts().len(), said + 1, "a stale answer is not sent");
}

/// The form of somebody who has just registered, and their summary.
async fn registers(app: &TestApp, user: &LineUserId) -> (Browser, Page) {
    let mut browser = app.browser();
    let page = browser.post("/liff/session", &[("id_token", &app.line().id_token(user))]).await;
    let form = page.ok().form("登録する").fill("お住まいの地区", "今市").set("p0.birth_date.y", "19860401");
    let page = browser.submit(form.tick("上の内容に同意します")).await.ok();
    (browser, page)
}

#[tokio::test]
async fn a_word_that_is_handled_again_undoes_nothing_that_was_chosen_since() {
    let app = TestApp::start().await;
    let friend = app.friend("見本 花子").await;
    let (mut browser, page) = registers(&app, &friend.id).await;
    let mut page = browser.submit(page.form("配信を止める")).await.ok();
    for (word, since, stopped, answer) in [
        ("再開", "配信を止める", true, "配信は止まっています"),
        ("停止", "配信を再開する", false, "配信は止まっていません"),
    ] {
        app.clock().advance(Duration::from_secs(60));
        app.line().fault(Endpoint::Reply, Fault::ServerError, 1);
        friend.says(word).await;
        assert_eq!(account(&app, &friend.id).await.unwrap().stopped_at.is_some(), !stopped, "{word}");
        app.clock().advance(Duration::from_secs(1));
        page = browser.get("/liff/summary").await.ok();
        page = browser.submit(page.form(since)).await.ok();
        app.clock().advance(Duration::from_secs(10));
        app.step().await;
        assert_eq!(account(&app, &friend.id).await.unwrap().stopped_at.is_some(), stopped, "{word}");
        assert!(friend.texts().last().unwrap().starts_with(answer), "{:?}", friend.texts().last());
    }
    assert!(page.text().contains("配信を再開しました"));
}

#[tokio::test]
async fn a_topic_button_that_is_handled_again_undoes_nothing_that_was_chosen_since() {
    let app = TestApp::start().await;
    let friend = app.friend("見本 花子").await;
    let (mut browser, _) = registers(&app, &friend.id).await;
    for (deed, on_form, declined) in [("accept", "gomi", true), ("decline", "", false)] {
        app.clock().advance(Duration::from_secs(60));
        app.line().fault(Endpoint::Reply, Fault::ServerError, 1);
        app.line().taps_postback(&friend.id, &format!("v1:{deed}:gomi"), None).await;
        app.step().await;
        app.clock().advance(Duration::from_secs(1));
        let form = browser.get("/liff/profile").await.ok().form("変更を保存する");
        browser.submit(form.set("declined", on_form)).await.ok();
        app.clock().advance(Duration::from_secs(10));
        app.step().await;
        let now = account(&app, &friend.id).await.unwrap().declined();
        assert_eq!(now.iter().any(|topic| topic.as_str() == "gomi"), declined, "{deed}");
    }
}

#[tokio::test]
async fn of_a_stop_and_a_resume_the_newer_one_wins_whatever_comes_first() {
    let app = TestApp::start().await;
    let friend = app.friend("見本 花子").await;
    for (words, stopped) in [(["停止", "再開"], false), (["再開", "停止"], true)] {
        let events = words.map(|word| {
            app.clock().advance(Duration::from_secs(1));
            app.line().event(
                &friend.id,
                "message",
                json!({ "message": { "type": "text", "id": "1", "text": word } }),
            )
        });
        for event in events.into_iter().rev() {
            let body =
                json!({ "destination": app.app().config.line.bot_user_id, "events": [event] }).to_string();
            let signature = app.line().signature(body.as_bytes());
            assert_eq!(app.line().webhook_raw(body, Some(&signature)).await, Some(200));
            app.step().await;
        }
        assert_eq!(account(&app, &friend.id).await.unwrap().stopped_at.is_some(), stopped, "{words:?}");
    }
}

#[tokio::test]
async fn somebody_who_comes_back_after_registering_is_welcomed_in_their_language() {
    let app = TestApp::start().await;
    app.set_tokyo(date(2026, 7, 1).at(12, 0, 0, 0));
    let friend = app.friend("Sample").await;
    let mut browser = app.browser();
    let token = app.line().id_token(&friend.id);
    let page = browser.post("/liff/session", &[("id_token", &token)]).await;
    let page = browser.submit(page.form("English")).await;
    let form = page.form("Register").fill("District", "Imaichi").set("p0.birth_date.y", "1990-05-05");
    browser.submit(form.tick("I agree")).await.ok();
    friend.blocks().await;
    assert_eq!(account(&app, &friend.id).await.unwrap().follow_state, FollowState::Blocked);
    app.clock().advance(Duration::from_secs(1));
    friend.unblocks().await;
    assert!(friend.texts().last().unwrap().starts_with("Welcome back"));
}
