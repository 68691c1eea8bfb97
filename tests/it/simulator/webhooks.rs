//! Webhooks: signed over the exact bytes, doubled, late, out of order, and several in one body.

use std::time::Duration;

use musubi::simulator::Outcome;
use serde_json::json;

use super::support::{Caller, Taker, text};

#[tokio::test]
async fn a_follow_is_signed_over_the_exact_bytes_and_carries_what_line_sends() {
    let caller = Caller::new().await;
    let taker = Taker::of(&caller.line).await;
    let hanako = caller.line.add_friend("見本 花子").await;
    let hook = taker.hooks().remove(0);
    assert_eq!(hook.signature, caller.line.signature(&hook.bytes));
    let event = &hook.events()[0];
    assert_eq!((&event["type"], &event["mode"]), (&json!("follow"), &json!("active")));
    assert_eq!(event["source"], json!({ "type": "user", "userId": hanako.as_str() }));
    assert_eq!(event["timestamp"], 1_790_000_000_000_i64);
    assert_eq!(event["follow"], json!({ "isUnblocked": false }));
    assert_eq!(event["deliveryContext"], json!({ "isRedelivery": false }));
    assert_eq!(event["webhookEventId"].as_str().unwrap().len(), 26);
    assert!(event["replyToken"].is_string());
}

#[tokio::test]
async fn blocking_and_unblocking_are_told_once_each() {
    let caller = Caller::new().await;
    let taker = Taker::of(&caller.line).await;
    let hanako = caller.line.add_friend("見本 花子").await;
    caller.line.block(&hanako).await;
    assert_eq!(caller.line.block(&hanako).await, None);
    assert_eq!(caller.line.says(&hanako, "聞こえますか").await, None);
    caller.line.unblock(&hanako).await;
    assert_eq!(taker.types(), ["follow", "unfollow", "follow"]);
    let events = taker.events();
    assert!(events[1].get("replyToken").is_none());
    assert_eq!(events[2]["follow"]["isUnblocked"], true);
}

#[tokio::test]
async fn a_doubled_webhook_has_the_same_id_and_no_mark() {
    let caller = Caller::new().await;
    let taker = Taker::of(&caller.line).await;
    caller.line.double_webhooks(true);
    caller.line.add_friend("見本 花子").await;
    let hooks = taker.hooks();
    assert_eq!(hooks.len(), 2);
    assert_eq!(hooks[0].bytes, hooks[1].bytes);
    caller.line.repeat_last_webhook().await;
    assert_eq!(taker.hooks()[2].bytes, hooks[0].bytes);
}

#[tokio::test]
async fn a_missed_webhook_comes_again_with_the_mark_and_its_token_lives_again() {
    let caller = Caller::new().await;
    let taker = Taker::of(&caller.line).await;
    taker.answers(500);
    let hanako = caller.line.add_friend("見本 花子").await;
    assert_eq!(caller.line.last_webhook().and_then(|last| last.status), Some(500));
    caller.clock.advance(Duration::from_secs(300));
    taker.answers(200);
    assert!(caller.line.redeliver().await.iter().all(Outcome::received));
    assert!(caller.line.redeliver().await.is_empty());

    let events = taker.events();
    assert_eq!(events[0]["webhookEventId"], events[1]["webhookEventId"]);
    assert_eq!(events[0]["timestamp"], events[1]["timestamp"]);
    assert_eq!(events[1]["deliveryContext"]["isRedelivery"], true);
    let reply = json!({ "replyToken": events[1]["replyToken"], "messages": text("ようこそ") });
    assert_eq!(caller.post("/v2/bot/message/reply", reply).await.status, 200);
    assert_eq!(caller.line.said_to(&hanako).len(), 1);
}

#[tokio::test]
async fn held_webhooks_come_reversed_or_together() {
    let caller = Caller::new().await;
    let taker = Taker::of(&caller.line).await;
    caller.line.hold_webhooks();
    let hanako = caller.line.add_friend("見本 花子").await;
    caller.line.block(&hanako).await;
    assert_eq!((caller.line.pending_webhooks(), taker.hooks().len()), (2, 0));
    caller.line.deliver_pending_webhooks_reversed().await;
    assert_eq!(taker.types(), ["unfollow", "follow"]);

    caller.line.hold_webhooks();
    caller.line.unblock(&hanako).await;
    caller.line.add_friend("見本 太郎").await;
    caller.line.deliver_pending_webhooks_together().await;
    let last = taker.hooks().remove(2).events();
    assert_eq!(last.len(), 2);
    assert_ne!(last[0]["source"], last[1]["source"]);
}

#[tokio::test]
async fn events_of_the_future_and_raw_bytes_can_be_sent() {
    let caller = Caller::new().await;
    let taker = Taker::of(&caller.line).await;
    let hanako = caller.line.add_friend("見本 花子").await;
    let strange = caller.line.event(&hanako, "hologram", json!({ "source": null, "hologram": { "a": 1 } }));
    caller.line.sends(vec![strange]).await;
    assert!(taker.events()[1].get("source").is_none());
    assert_eq!(caller.line.webhook_raw(b"\xff{".to_vec(), Some("wrong")).await, Some(200));
    assert_eq!(taker.hooks()[2].signature, "wrong");
}

#[tokio::test]
async fn the_webhook_setting_is_read_set_and_tried() {
    let caller = Caller::new().await;
    assert_eq!(caller.get("/v2/bot/channel/webhook/endpoint").await.status, 404);
    let taker = Taker::of(&caller.line).await;
    let url = caller.get("/v2/bot/channel/webhook/endpoint").await.body["endpoint"].clone();
    let tried = caller.post("/v2/bot/channel/webhook/test", json!({})).await.body;
    assert_eq!((&tried["success"], &tried["reason"]), (&json!(true), &json!("OK")));
    assert_eq!(taker.hooks()[0].events().len(), 0);
    let wrong =
        caller.request("PUT", "/v2/bot/channel/webhook/endpoint").json(&json!({ "endpoint": "ftp:x" }));
    assert_eq!(wrong.send().await.unwrap().status(), 400);
    let right = caller.request("PUT", "/v2/bot/channel/webhook/endpoint").json(&json!({ "endpoint": url }));
    assert_eq!(right.send().await.unwrap().status(), 200);
}
