//! The phone's page and API, and the LIFF pages it opens.

use serde_json::json;

use super::support::{Caller, Taker};

#[tokio::test]
async fn a_visitor_becomes_a_person_who_adds_talks_and_blocks() {
    let caller = Caller::new().await;
    let taker = Taker::of(&caller.line).await;
    let id = caller.post("/phone/api/people", json!({ "name": "見本 花子" })).await.body["id"].clone();
    let at = format!("/phone/api/people/{}", id.as_str().unwrap());
    assert_eq!(caller.get(&at).await.body["standing"], "stranger");
    for (deed, body) in [
        ("follow", json!({})),
        ("says", json!({ "text": "こんにちは" })),
        ("postback", json!({ "data": "v=1&stop", "displayText": "配信を止める" })),
        ("block", json!({})),
    ] {
        let answer = caller.post(&format!("{at}/{deed}"), body).await;
        assert_eq!(answer.body, json!({ "reached": true }), "{deed}");
    }
    assert_eq!(taker.types(), ["follow", "message", "postback", "unfollow"]);
    let talk = caller.get(&format!("{at}?after=1")).await.body;
    assert_eq!(talk["entries"][0]["text"], "配信を止める");
    assert_eq!((&talk["standing"], &talk["total"]), (&json!("blocked"), &json!(3)));
    assert_eq!(caller.post("/phone/api/people", json!({ "name": " " })).await.status, 400);
}

#[tokio::test]
async fn unread_messages_are_counted_until_the_talk_is_opened() {
    let caller = Caller::new().await;
    let hanako = caller.line.add_friend("見本 花子").await;
    caller.multicast(std::slice::from_ref(&hanako), "お知らせ").await;
    let list = caller.get("/phone/api/people").await.body;
    assert_eq!((&list[0]["unread"], &list[0]["last"]["text"]), (&json!(1), &json!("お知らせ")));
    caller.get(&format!("/phone/api/people/{}", hanako.as_str())).await;
    assert_eq!(caller.get("/phone/api/people").await.body[0]["unread"], 0);
}

#[tokio::test]
async fn a_liff_page_is_opened_with_the_token_in_the_fragment_and_a_ticket_works_once() {
    let caller = Caller::new().await;
    let hanako = caller.line.add_friend("見本 花子").await;
    let at = format!("/phone/api/people/{}/liff", hanako.as_str());
    let ticket = caller.post(&at, json!({})).await.body["ticket"].as_str().unwrap().to_owned();
    let browser = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none());
    let browser = browser.build().unwrap();
    let open = async || {
        let url =
            format!("{}/liff/1234567891-AbcdEfgh/edit?from=card&sim.ticket={ticket}", caller.line.base_url());
        let response = browser.get(url).send().await.unwrap();
        response.headers()["location"].to_str().unwrap().to_owned()
    };
    let first = open().await;
    let (url, fragment) = first.split_once('#').unwrap();
    assert_eq!(url, "http://127.0.0.1:8080/liff?liff.state=%2Fedit%3Ffrom%3Dcard");
    assert!(fragment.contains("id_token=ey"), "{fragment}");
    assert!(!open().await.contains("id_token"));
}

#[tokio::test]
async fn the_page_and_its_files_are_served_without_anything_from_elsewhere() {
    let caller = Caller::new().await;
    for path in ["/phone", "/phone/phone.css", "/phone/phone.js", "/phone/card.js", "/liff/sdk.js"] {
        let response = caller.request("GET", path).send().await.unwrap();
        assert_eq!(response.status(), 200, "{path}");
        let text = response.text().await.unwrap();
        assert!(200 < text.len(), "{path}");
        let foreign = text.matches("https://").count() - text.matches("https://liff.line.me/").count();
        assert_eq!(foreign, 0, "{path}");
    }
}
