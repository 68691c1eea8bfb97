//! Tokens: the channel's and the people's; and what the account may ask about itself and its friends.

use std::time::Duration;

use serde_json::json;

use super::support::{Caller, text};

#[tokio::test]
async fn an_access_token_lives_fifteen_minutes_and_only_for_the_right_secret() {
    let mut caller = Caller::new().await;
    let wrong = "grant_type=client_credentials&client_id=1234567890&client_secret=wrong";
    let refused = caller.form("/oauth2/v3/token", wrong).await;
    assert_eq!((refused.status, &refused.body["error"]), (400, &json!("invalid_client")));
    caller.clock.advance(Duration::from_secs(899));
    assert_eq!(caller.get("/v2/bot/info").await.status, 200);
    caller.clock.advance(Duration::from_secs(1));
    let dead = caller.get("/v2/bot/info").await;
    assert_eq!(dead.status, 401);
    assert!(dead.headers.contains_key("x-line-request-id"));
    caller.renew().await;
    assert_eq!(caller.get("/v2/bot/info").await.body["displayName"], "出雲市(見本)");
}

#[tokio::test]
async fn an_id_token_is_checked_with_lines_words() {
    let caller = Caller::new().await;
    let hanako = caller.line.add_friend("見本 花子").await;
    let verify = async |token: String| {
        let form = format!("id_token={token}&client_id=1234567891");
        caller.form("/oauth2/v2.1/verify", &form).await
    };
    let good = verify(caller.line.id_token(&hanako)).await;
    assert_eq!((good.status, &good.body["sub"]), (200, &json!(hanako.as_str())));
    for (token, text) in [
        (caller.line.forged_id_token(&hanako), "Invalid IdToken."),
        (caller.line.expired_id_token(&hanako), "IdToken expired."),
        (caller.line.foreign_id_token(&hanako), "Invalid IdToken Audience."),
    ] {
        let bad = verify(token).await;
        assert_eq!((bad.status, &bad.body["error_description"]), (400, &json!(text)));
    }
}

#[tokio::test]
async fn followers_come_in_pages_without_those_who_blocked() {
    let caller = Caller::new().await;
    let friends = caller.line.add_friends_silently(5);
    caller.line.blocks_silently(&friends[1]);
    let first = caller.get("/v2/bot/followers/ids?limit=2").await.body;
    assert_eq!(first["userIds"], json!([friends[0].as_str(), friends[2].as_str()]));
    let next = format!("/v2/bot/followers/ids?limit=2&start={}", first["next"].as_str().unwrap());
    let second = caller.get(&next).await.body;
    assert_eq!(second["userIds"], json!([friends[3].as_str(), friends[4].as_str()]));
    assert!(second.get("next").is_none());
    assert_eq!(caller.get("/v2/bot/followers/ids?limit=1001").await.status, 400);
}

#[tokio::test]
async fn the_loading_animation_shows_until_the_answer_comes() {
    let caller = Caller::new().await;
    let hanako = caller.line.add_friend("見本 花子").await;
    let start = "/v2/bot/chat/loading/start";
    let ask = |seconds: u32| json!({ "chatId": hanako.as_str(), "loadingSeconds": seconds });
    assert_eq!(caller.post(start, ask(7)).await.status, 400);
    assert_eq!(caller.post(start, ask(5)).await.status, 202);
    let talk = format!("/phone/api/people/{}", hanako.as_str());
    assert_eq!(caller.get(&talk).await.body["writing"], true);
    let push = json!({ "to": hanako.as_str(), "messages": text("お待たせしました") });
    caller.post("/v2/bot/message/push", push).await;
    assert_eq!(caller.get(&talk).await.body["writing"], false);
}
