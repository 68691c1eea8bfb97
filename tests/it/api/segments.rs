//! Rules through the API: the same answers as the console's, and nothing about anybody.

use musubi::domain::staff::Role;
use musubi::store::audit::{self, Filter};

use super::client::Client;
use crate::support::TestApp;

const EVERYBODY: &str = "oshirase/zenin";

#[tokio::test]
async fn a_rule_is_listed_shown_counted_and_explained() {
    let app = TestApp::start().await;
    app.many_friends(12).await;
    let client = Client::of(&app, &app.clerk("見本 一", &[Role::Editor]).await).await;
    let me = client.get("/api/v1/token").await.with(200);
    assert_eq!((&me["staff"]["name"], &me["roles"][0]), (&"見本 一".into(), &"editor".into()));

    let mut paths = Vec::new();
    let mut next = String::new();
    loop {
        let part = client.get(&format!("/api/v1/segments?limit=3{next}")).await.with(200);
        paths.extend(
            part["items"].as_array().unwrap().iter().map(|one| one["path"].as_str().unwrap().to_owned()),
        );
        let Some(cursor) = part["next"].as_str() else { break };
        next = format!("&cursor={cursor}");
    }
    let all: Vec<_> = {
        let library = app.app().library().await.unwrap();
        let mut all: Vec<_> = library.list().map(|(path, _)| path.to_owned()).collect();
        all.sort_unstable();
        all
    };
    assert_eq!(paths, all, "each once, whatever the length of a part");

    let shown = client.get(&format!("/api/v1/segments/show?path={EVERYBODY}")).await.with(200);
    assert!(shown["text"].as_str().unwrap().contains("友だち全員"));
    let counted =
        client.get(&format!("/api/v1/segments/count?path={EVERYBODY}&topic=kenshin&as_of=2026-07-01")).await;
    assert_eq!(counted.with(200)["recipients"], 12);
    assert_eq!(counted.json()["cautions"][0]["id"], "everyone");

    let (accounts, _) = app.app().population.recipients(
        app.app().library().await.unwrap().get(EVERYBODY).unwrap(),
        app.clock().today(),
        None,
    );
    let path = format!("/api/v1/segments/explain?path={EVERYBODY}&account={}", accounts[0]);
    let said = client.get(&path).await.with(200);
    assert_eq!(said["account"]["answer"], "target");
    let mut tx = app.db().read().await.unwrap();
    let log = audit::list(&mut tx, &Filter::default(), None, 9).await.unwrap();
    let log = log.iter().find(|entry| entry.action == "segment.explain").unwrap();
    assert_eq!(log.detail["via"], "api");
    assert_eq!(log.detail["account"], accounts[0].to_string());
}

#[tokio::test]
async fn what_can_not_be_asked_is_refused() {
    let app = TestApp::start().await;
    let client = Client::of(&app, &app.clerk("見本 一", &[Role::Editor]).await).await;
    for (path, problem) in [
        ("/api/v1/segments/show?path=nowhere/at-all", "not-found"),
        ("/api/v1/segments/show", "malformed"),
        ("/api/v1/segments/count?path=oshirase/zenin&topic=nothing", "unknown-topic"),
        ("/api/v1/segments/count?path=oshirase/zenin&as_of=yesterday", "malformed"),
        ("/api/v1/segments/count?path=oshirase/zenin&more=1", "malformed"),
        ("/api/v1/segments/explain?path=oshirase/zenin&account=U0123", "not-found"),
        ("/api/v1/segments?limit=0", "malformed"),
        ("/api/v1/segments?limit=101", "malformed"),
    ] {
        assert_eq!(client.get(path).await.problem(), problem, "{path}");
    }
}
