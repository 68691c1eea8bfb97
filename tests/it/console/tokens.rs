//! Tokens of the API at the console: the administrator gives leave, the member alone sees the token.

use musubi::domain::staff::Role;

use crate::support::TestApp;

#[tokio::test]
async fn an_administrator_allows_and_the_member_collects_what_nobody_else_sees() {
    let app = TestApp::start().await;
    let mut admin = app.staff("見本 管理", &[Role::Admin]).await;
    let mut editor = app.editor("見本 起案").await;
    assert!(!editor.browser.get("/console/broadcasts").await.text().contains("APIのトークン"));
    let page = admin.browser.get("/console/tokens").await.ok();
    let fields = [("login", &*editor.login), ("name", "健診システム"), ("days", "30"), ("role", "editor")];
    assert!(page.text().contains("トークンを許可する"));
    let done = admin.browser.post("/console/tokens", &fields).await.ok();
    assert!(done.text().contains("受け取り待ち") && !done.body.contains("musubi_"), "{}", done.text());
    assert!(!done.has("button[aria-label$=受け取る]"), "the administrator can't collect it");

    let page = editor.browser.get("/console/tokens").await.ok();
    assert!(!page.text().contains("トークンを許可する"));
    let id = page.attributes("input[name=id]", "value").remove(0);
    let refused = admin.browser.post("/console/tokens/collect", &[("id", &*id)]).await;
    assert_eq!(refused.status, 422);
    let shown = editor.browser.post("/console/tokens/collect", &[("id", &*id)]).await.ok();
    let token = shown.all("#token").remove(0);
    assert!(token.starts_with("musubi_") && shown.text().contains("表示は今だけです"));
    assert!(!editor.browser.get("/console/tokens").await.ok().body.contains(&token));
    let client = reqwest::Client::new();
    let used =
        async || client.get(app.url("/api/v1/token")).bearer_auth(&token).send().await.unwrap().status();
    assert_eq!(used().await, 200);
    admin.browser.post("/console/tokens/revoke", &[("id", &*id)]).await.ok();
    assert_eq!(used().await, 401);
}

#[tokio::test]
async fn what_is_wrong_with_a_token_is_said_and_what_was_typed_stays() {
    let app = TestApp::start().await;
    let mut admin = app.staff("見本 管理", &[Role::Admin]).await;
    let editor = app.editor("見本 起案").await;
    let fields = [("login", &*editor.login), ("name", "健診システム"), ("days", "30"), ("role", "approver")];
    let page = admin.browser.post("/console/tokens", &fields).await;
    assert_eq!(page.status, 422);
    assert!(page.text().contains("その職員が持つものから") && page.body.contains("健診システム"));
    let wide = [("login", &*editor.login), ("name", "健診システム"), ("days", "１０"), ("role", "editor")];
    let list = admin.browser.post("/console/tokens", &wide).await.ok();
    assert!(list.text().contains("受け取り待ち"), "days are read as people type them: {}", list.text());
}
