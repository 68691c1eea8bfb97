//! Every door of the API: closed to strangers, to the wrong role, and to tokens that are no longer good.

use musubi::domain::staff::Role;
use musubi::web::api::entries;
use musubi::web::console::Entry;
use musubi::web::session::Who;
use serde_json::json;

use super::client::{Answer, Client};
use crate::support::TestApp;

async fn knock(client: &Client, entry: &Entry) -> Answer {
    let path = entry.path.replace("{id}", "00000000-0000-7000-8000-000000000000");
    let body = (entry.method != "GET").then(|| json!({}));
    client.send(entry.method.clone(), &path, body, &[]).await
}

#[tokio::test]
async fn a_stranger_is_turned_away_at_every_door() {
    let app = TestApp::start().await;
    for client in [
        Client::stranger(&app),
        Client { token: Some("musubi_wrong".to_owned()), ..Client::stranger(&app) },
        Client { token: Some(String::new()), ..Client::stranger(&app) },
    ] {
        let closed: Vec<_> =
            entries(app.app()).into_iter().filter(|entry| entry.who != Who::Anyone).collect();
        assert!(10 <= closed.len());
        for entry in closed {
            let answer = knock(&client, &entry).await;
            assert_eq!(
                (answer.status.as_u16(), answer.problem().as_str()),
                (401, "unauthorised"),
                "{entry:?}"
            );
            assert!(answer.header("www-authenticate").starts_with("Bearer"));
        }
    }
    let open: Vec<_> =
        entries(app.app()).iter().filter(|entry| entry.who == Who::Anyone).map(|entry| entry.path).collect();
    assert_eq!(open, ["/api/openapi.json", "/api/problems"]);
    for path in open {
        assert_eq!(Client::stranger(&app).get(path).await.status, 200);
    }
}

#[tokio::test]
async fn nobody_passes_a_door_with_the_wrong_role() {
    let app = TestApp::start().await;
    for role in Role::ALL {
        let member = app.clerk("見本 花子", &[role]).await;
        let client = Client::of(&app, &member).await;
        for entry in entries(app.app()) {
            let answer = knock(&client, &entry).await;
            let refused = answer.status == 403;
            let barred = matches!(entry.who, Who::Roles(roles) if !roles.contains(&role));
            assert_eq!(refused, barred, "{role:?} {entry:?} {}", answer.text);
            assert_ne!(answer.status, 401);
        }
    }
}

#[tokio::test]
async fn what_is_not_there_is_answered_as_a_problem_too() {
    let app = TestApp::start().await;
    let client = Client::of(&app, &app.clerk("見本 一", &[Role::Editor]).await).await;
    assert_eq!(client.get("/api/v1/nowhere").await.problem(), "not-found");
    assert_eq!(client.get("/api/v2/broadcasts").await.problem(), "not-found");
    assert_eq!(client.does("/api/v1/segments").await.problem(), "method-not-allowed");
    let answer = client.get("/api/v1/broadcasts/12").await;
    assert_eq!(
        (answer.problem().as_str(), answer.header("cache-control").as_str()),
        ("not-found", "no-store")
    );
}

#[tokio::test]
async fn a_session_of_the_console_opens_no_door_of_the_api() {
    let app = TestApp::start().await;
    let mut editor = app.editor("見本 一").await;
    let page = editor.browser.get("/api/v1/broadcasts").await;
    assert_eq!(page.status, 401);
}
