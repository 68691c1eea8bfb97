//! The one switch over all sending, for a program.

use musubi::domain::broadcast::State;
use musubi::domain::staff::Role;
use reqwest::Method;
use serde_json::{Value, json};

use super::client::Client;
use crate::support::TestApp;
use crate::support::broadcasts::to_everyone;

#[tokio::test]
async fn a_program_pulls_the_brake_with_or_without_a_word_and_who_may_lets_it_go() {
    let app = TestApp::start().await;
    let people = app.many_friends(3).await;
    let id = app.approved(to_everyone("健診")).await;
    let editor = Client::of(&app, &app.clerk("見本 起案二", &[Role::Editor]).await).await;
    let admin = Client::of(&app, &app.clerk("見本 管理", &[Role::Admin]).await).await;
    let auditor = Client::of(&app, &app.clerk("見本 監査", &[Role::Auditor]).await).await;
    assert_eq!(auditor.get("/api/v1/sending").await.with(200)["off"], Value::Null);
    assert_eq!(auditor.does("/api/v1/sending/off").await.problem(), "forbidden");
    let wrong = editor.post("/api/v1/sending/off", json!({ "raeson": "日付" })).await;
    assert_eq!(wrong.problem(), "invalid");

    let off = editor.post("/api/v1/sending/off", json!({ "reason": "日付の誤り" })).await.with(200);
    assert_eq!(off["off"]["reason"], "日付の誤り");
    assert_eq!(
        (&off["off"]["by"], &off["off"]["since"]),
        (&"見本 起案二".into(), &"2026-07-01T10:00:00+09:00".into())
    );
    assert_eq!(admin.does("/api/v1/sending/off").await.with(200), off, "the first one stands");
    app.step().await;
    assert_eq!(app.got(&people), [0]);
    assert_eq!(auditor.get("/api/v1/sending").await.with(200), off);

    assert_eq!(editor.does("/api/v1/sending/on").await.problem(), "forbidden");
    assert_eq!(admin.does("/api/v1/sending/on").await.with(200)["off"], Value::Null);
    app.step().await;
    assert_eq!((app.got(&people), app.broadcast(id).await.state), (vec![1], State::Done));

    let key = [("idempotency-key", "brake-1")];
    let off = editor.send(Method::POST, "/api/v1/sending/off", None, &key).await.with(200);
    assert_eq!(off["off"]["reason"], "");
}
