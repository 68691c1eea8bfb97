//! Sending: what is accepted, refused, billed, and remembered.

use std::time::Duration;

use musubi::simulator::{Endpoint, Fault, Limits, Rate};
use serde_json::json;

use super::support::{Caller, Taker, multicast_body, text};

const KEY: &str = "123e4567-e89b-12d3-a456-426614174000";
const MULTICAST: &str = "/v2/bot/message/multicast";
const PUSH: &str = "/v2/bot/message/push";

#[tokio::test]
async fn a_blocked_friend_gets_nothing_and_is_not_billed() {
    let caller = Caller::new().await;
    let (hanako, taro) =
        (caller.line.add_friend("見本 花子").await, caller.line.add_friend("見本 太郎").await);
    caller.line.block(&taro).await;

    let answer = caller.multicast(&[hanako.clone(), taro.clone()], "健診のお知らせ").await;

    assert_eq!((answer.status, answer.body), (200, json!({})));
    assert_eq!(caller.line.said_to(&hanako)[0].text, "健診のお知らせ");
    assert_eq!(caller.line.accepted_count(&taro), 0);
    assert_eq!(caller.get("/v2/bot/message/quota/consumption").await.body, json!({ "totalUsage": 1 }));
    assert_eq!(caller.get(&format!("/v2/bot/profile/{}", taro.as_str())).await.status, 404);
    let push = json!({ "to": taro.as_str(), "messages": text("a") });
    assert_eq!(caller.post(PUSH, push).await.status, 200);
    assert_eq!(caller.line.accepted_count(&taro), 0);
}

#[tokio::test]
async fn a_retry_key_is_good_once_and_again_after_a_day() {
    let caller = Caller::new().await;
    let hanako = caller.line.add_friend("見本 花子").await;
    let body = |words: &str| json!({ "to": hanako.as_str(), "messages": text(words) });

    let first = caller.post_with_key(PUSH, body("a"), KEY).await;
    let again = caller.post_with_key(PUSH, body("another text"), KEY).await;

    assert_eq!((again.status, again.message()), (409, "The retry key is already accepted"));
    assert_eq!(again.headers["x-line-accepted-request-id"], first.headers["x-line-request-id"]);
    assert_eq!(again.body["sentMessages"], first.body["sentMessages"]);
    assert_eq!(caller.line.accepted_count(&hanako), 1);

    caller.clock.advance(Duration::from_secs(24 * 60 * 60));
    let mut caller = caller;
    caller.renew().await;
    assert_eq!(caller.post_with_key(PUSH, body("a"), KEY).await.status, 200);
    assert_eq!(caller.line.accepted_count(&hanako), 2);
}

#[tokio::test]
async fn a_retry_key_must_be_a_uuid_and_has_no_place_on_a_reply() {
    let caller = Caller::new().await;
    let friends = caller.line.add_friends_silently(1);
    let body = multicast_body(&friends, "a");
    assert_eq!(caller.post_with_key(MULTICAST, body, "not-a-uuid").await.status, 400);
    let reply = json!({ "replyToken": "x", "messages": text("a") });
    assert_eq!(caller.post_with_key("/v2/bot/message/reply", reply, KEY).await.status, 400);
}

#[tokio::test]
async fn multicast_takes_500_people_and_names_a_malformed_one() {
    let caller = Caller::new().await;
    let friends = caller.line.add_friends_silently(501);
    assert_eq!(caller.multicast(&friends, "a").await.status, 400);
    assert_eq!(caller.multicast(&[], "a").await.status, 400);
    assert_eq!(caller.multicast(&friends[..500], "a").await.status, 200);
    assert_eq!(caller.line.accepted_spread(), [(0, 1), (1, 500)]);

    let mut body = multicast_body(&friends[..2], "a");
    body["to"][1] = json!("Uabc");
    let answer = caller.post(MULTICAST, body).await;
    let text = "The property, to[1], in the request body is invalid (line: -, column: -)";
    assert_eq!((answer.status, answer.message()), (400, text));
}

#[tokio::test]
async fn a_reply_token_answers_once_and_for_a_minute() {
    let caller = Caller::new().await;
    let taker = Taker::of(&caller.line).await;
    let hanako = caller.line.add_friend("見本 花子").await;
    caller.line.says(&hanako, "こんにちは").await;
    let tokens: Vec<_> = taker.events().iter().map(|event| event["replyToken"].clone()).collect();
    let reply = async |token: &serde_json::Value| {
        let body = json!({ "replyToken": token, "messages": text("はい") });
        caller.post("/v2/bot/message/reply", body).await
    };

    assert_eq!(reply(&tokens[0]).await.status, 200);
    let second = reply(&tokens[0]).await;
    assert_eq!((second.status, second.message()), (400, "Invalid reply token"));
    caller.clock.advance(Duration::from_secs(61));
    assert_eq!(reply(&tokens[1]).await.message(), "Invalid reply token");
    assert_eq!((caller.line.accepted_count(&hanako), caller.line.used_quota()), (1, 0));
}

#[tokio::test]
async fn over_the_monthly_quota_nobody_gets_anything_until_the_month_turns_in_tokyo() {
    let mut caller = Caller::with(|config| config.quota = Some(3)).await;
    let friends = caller.line.add_friends_silently(2);
    assert_eq!(caller.get("/v2/bot/message/quota").await.body, json!({ "type": "limited", "value": 3 }));
    assert_eq!(caller.multicast(&friends, "a").await.status, 200);
    let over = caller.multicast(&friends, "a").await;
    assert_eq!((over.status, over.message()), (429, "You have reached your monthly limit."));
    assert_eq!(caller.line.used_quota(), 2);

    caller.clock.set("2026-09-30T15:00:00Z".parse::<jiff::Timestamp>().unwrap().into());
    caller.renew().await;
    assert_eq!(caller.multicast(&friends, "a").await.status, 200);
}

#[tokio::test]
async fn calls_that_come_too_fast_are_refused_by_the_clock() {
    let rate = Rate { calls: 1, per: Duration::from_secs(1) };
    let caller = Caller::with(|config| config.limits = Limits::line().with(Endpoint::Multicast, rate)).await;
    let friends = caller.line.add_friends_silently(1);
    assert_eq!(caller.multicast(&friends, "a").await.status, 200);
    let fast = caller.multicast(&friends, "a").await;
    assert_eq!(fast.message(), "The API rate limit has been exceeded. Try again later.");
    caller.clock.advance(Duration::from_secs(1));
    assert_eq!(caller.multicast(&friends, "a").await.status, 200);
}

#[tokio::test]
async fn accepted_and_then_cut_off_counts_one_effect() {
    let caller = Caller::new().await;
    let friends = caller.line.add_friends_silently(2);
    for fault in [Fault::AcceptThenDrop, Fault::HalfBody] {
        caller.line.fault(Endpoint::Multicast, fault, 1);
        let key = if fault == Fault::HalfBody { "123e4567-e89b-12d3-a456-426614174001" } else { KEY };
        assert!(caller.try_post(MULTICAST, multicast_body(&friends, "a"), key).await.is_err(), "{fault:?}");
        assert_eq!(caller.post_with_key(MULTICAST, multicast_body(&friends, "a"), key).await.status, 409);
    }
    assert_eq!(caller.line.accepted_spread(), [(2, 2)]);
}

#[tokio::test]
async fn an_answer_that_never_comes_has_been_accepted() {
    let caller = Caller::new().await;
    let friends = caller.line.add_friends_silently(1);
    caller.line.fault(Endpoint::Multicast, Fault::AcceptThenSilence, 1);
    let request = caller.request("POST", MULTICAST).json(&multicast_body(&friends, "a"));
    assert!(request.timeout(Duration::from_millis(500)).send().await.is_err_and(|error| error.is_timeout()));
    assert_eq!(caller.line.accepted_count(&friends[0]), 1);
    assert_eq!(caller.line.requests().last().unwrap().status, None);
}

#[tokio::test]
async fn faults_before_acceptance_leave_no_trace_and_are_used_up_in_order() {
    let caller = Caller::new().await;
    let friends = caller.line.add_friends_silently(1);
    let before = [
        (Fault::RateLimit, 429),
        (Fault::MonthlyLimit, 429),
        (Fault::ServerError, 500),
        (Fault::Unauthorized, 401),
        (Fault::MalformedId(0), 400),
    ];
    for (fault, _) in before {
        caller.line.fault(Endpoint::Multicast, fault, 1);
    }
    caller.line.fault(Endpoint::Multicast, Fault::ResetBeforeAccept, 1);
    for (fault, status) in before {
        assert_eq!(caller.multicast(&friends, "a").await.status, status, "{fault:?}");
    }
    assert!(caller.try_post(MULTICAST, multicast_body(&friends, "a"), KEY).await.is_err());
    assert_eq!((caller.line.accepted_count(&friends[0]), caller.line.used_quota()), (0, 0));
    assert_eq!(caller.post_with_key(MULTICAST, multicast_body(&friends, "a"), KEY).await.status, 200);
}

#[tokio::test]
async fn bodies_that_break_the_schema_are_refused_with_the_place() {
    let caller = Caller::new().await;
    let validate = "/v2/bot/message/validate/multicast";
    let six = json!({ "messages": vec![json!({ "type": "text", "text": "a" }); 6] });
    let answer = caller.post(validate, six).await;
    assert_eq!(answer.message(), "The request body has 1 error(s)");
    assert_eq!(answer.body["details"][0]["message"], "Size must be between 1 and 5");
    let empty = caller.post(validate, json!({ "messages": text("") })).await;
    assert_eq!(empty.body["details"][0]["property"], "messages[0].text");
    assert_eq!(caller.post(validate, json!({ "messages": text("a") })).await.status, 200);
    assert_eq!(caller.request("POST", validate).body("{").send().await.unwrap().status(), 415);
    let broken = caller.request("POST", validate).header("content-type", "application/json").body("{");
    assert_eq!(broken.send().await.unwrap().status(), 400);
    let long = json!({ "messages": text(&"a".repeat(2 * 1024 * 1024)) });
    assert_eq!(caller.post(validate, long).await.status, 413);
    assert_eq!(caller.post("/v2/bot/message/multicast/", json!({})).await.status, 404);
}
