//! `Idempotency-Key`: asked twice is done once.

use std::time::Duration;

use musubi::domain::staff::Role;
use reqwest::Method;
use serde_json::{Value, json};

use super::client::{Answer, Client, written};
use crate::support::TestApp;

const BROADCASTS: &str = "/api/v1/broadcasts";

async fn keyed(client: &Client, key: &str, body: Value) -> Answer {
    client.send(Method::POST, BROADCASTS, Some(body), &[("idempotency-key", key)]).await
}

async fn count(client: &Client) -> usize {
    client.get(BROADCASTS).await.with(200)["items"].as_array().unwrap().len()
}

#[tokio::test]
async fn the_same_request_gets_the_answer_that_it_got_for_a_day() {
    let app = TestApp::start().await;
    let client = Client::of(&app, &app.clerk("見本 一", &[Role::Editor]).await).await;
    let first = keyed(&client, "form-1", written("健診")).await;
    let again = keyed(&client, "form-1", written("健診")).await;
    assert_eq!(first.with(201), again.with(201));
    assert_eq!((again.header("idempotency-replayed").as_str(), again.etag()), ("true", first.etag()));
    assert!(first.header("idempotency-replayed").is_empty());
    assert_eq!(count(&client).await, 1);

    let other = keyed(&client, "form-1", written("別の本文")).await;
    assert_eq!((other.status.as_u16(), other.problem().as_str()), (422, "idempotency-key-reused"));
    let refused = keyed(&client, "form-2", json!({})).await;
    assert_eq!(refused.problem(), "invalid");
    assert_eq!(keyed(&client, "form-2", json!({})).await.header("idempotency-replayed"), "true");
    assert_eq!(keyed(&client, "a b", written("健診")).await.problem(), "malformed");

    app.clock().advance(Duration::from_secs(24 * 3600 + 1));
    app.step().await;
    assert_ne!(keyed(&client, "form-1", written("健診")).await.with(201)["id"], first.json()["id"]);
    assert_eq!(count(&client).await, 2);
}

#[tokio::test]
async fn a_key_belongs_to_its_token() {
    let app = TestApp::start().await;
    let one = Client::of(&app, &app.clerk("見本 一", &[Role::Editor]).await).await;
    let other = Client::of(&app, &app.clerk("見本 二", &[Role::Editor]).await).await;
    keyed(&one, "1", written("健診")).await.with(201);
    keyed(&other, "1", written("検診")).await.with(201);
    assert_eq!(count(&one).await, 2);
}

#[tokio::test]
async fn a_request_whose_process_died_is_taken_up_again_and_finds_what_it_made() {
    let app = TestApp::start().await;
    let client = Client::of(&app, &app.clerk("見本 一", &[Role::Editor]).await).await;
    let first = keyed(&client, "1", written("健診")).await.with(201);
    // As if the process had died between the deed and the note of its answer.
    app.run_sql("UPDATE api_request SET status = NULL, answer = NULL, etag = NULL").await;
    let early = keyed(&client, "1", written("健診")).await;
    assert_eq!((early.status.as_u16(), early.problem().as_str()), (409, "under-way"));
    app.clock().advance(Duration::from_secs(61));
    assert_eq!(keyed(&client, "1", written("健診")).await.with(201)["id"], first["id"]);
    assert_eq!(count(&client).await, 1);
}

#[tokio::test]
async fn twins_at_the_same_moment_make_one() {
    let app = TestApp::start().await;
    let client = Client::of(&app, &app.clerk("見本 一", &[Role::Editor]).await).await;
    let send = || keyed(&client, "1", written("健診"));
    let (one, two, three) = tokio::join!(send(), send(), send());
    for answer in [one, two, three] {
        assert!([201, 409].contains(&answer.status.as_u16()), "{}", answer.text);
    }
    assert_eq!(count(&client).await, 1);
}
