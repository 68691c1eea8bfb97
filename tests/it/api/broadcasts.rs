//! A broadcast through the API, from draft to ledger: two people stay two people.

use musubi::domain::staff::{Role, StaffMember};
use musubi::store::audit::{self, Filter};
use reqwest::Method;
use serde_json::{Value, json};

use super::client::{Answer, Client, written};
use crate::support::TestApp;

struct Office {
    app: TestApp,
    author: Client,
    approver: Client,
    second: Client,
    /// Writes and approves, at the console and here.
    both: StaffMember,
}

impl Office {
    async fn open(friends: usize) -> Self {
        let app = TestApp::start().await;
        app.many_friends(friends).await;
        let author = app.clerk("見本 起案", &[Role::Editor]).await;
        let approver = app.clerk("見本 承認", &[Role::Approver]).await;
        let second = app.clerk("見本 承認二", &[Role::Approver]).await;
        let both = app.clerk("見本 両方", &[Role::Editor, Role::Approver]).await;
        Self {
            author: Client::of(&app, &author).await,
            approver: Client::of(&app, &approver).await,
            second: Client::of(&app, &second).await,
            both,
            app,
        }
    }

    /// Written, tested and submitted; answers its address and what it is now.
    async fn submitted(&self, by: &Client, text: &str) -> (String, Value) {
        let draft = by.drafts(text).await;
        let at = format!("/api/v1/broadcasts/{}", draft.with(201)["id"].as_str().unwrap());
        assert_eq!(draft.header("location"), at);
        by.does(&format!("{at}/test")).await.with(200);
        let now = by.get(&at).await;
        let submitted = submit(by, &at, &now.etag()).await.with(200);
        (at, submitted)
    }

    async fn approve(&self, at: &str, seen: &Value) -> Answer {
        // Everyone is meant: two have to.
        opens_all(&self.approver, at).await;
        let first = self.approver.post(&format!("{at}/approve"), approval(seen)).await.with(200);
        assert_eq!(
            (&first["state"]["id"], first["approvals"]["given"].as_array().unwrap().len()),
            (&"submitted".into(), 1)
        );
        opens_all(&self.second, at).await;
        self.second.post(&format!("{at}/approve"), approval(seen)).await
    }
}

/// Looks at everything that an approver has to have seen.
async fn opens_all(by: &Client, at: &str) {
    let parts = by.get(&format!("{at}/parts")).await.with(200);
    for part in parts["left"].as_array().unwrap() {
        by.post(&format!("{at}/open"), json!({ "part": part["id"] })).await.with(200);
    }
    assert_eq!(by.get(&format!("{at}/parts")).await.with(200)["left"], json!([]));
}

async fn submit(by: &Client, at: &str, etag: &str) -> Answer {
    let audience = by.get(&format!("{at}/audience")).await.with(200);
    let cautions: Vec<_> =
        audience["cautions"].as_array().unwrap().iter().map(|one| one["id"].clone()).collect();
    let body = json!({ "cautions": cautions });
    by.send(Method::POST, &format!("{at}/submit"), Some(body), &[("if-match", etag)]).await
}

fn approval(seen: &Value) -> Value {
    json!({ "hash": seen["submitted"]["hash"], "count": seen["submitted"]["recipients"] })
}

#[tokio::test]
async fn from_draft_to_ledger() {
    let office = Office::open(5_020).await;
    let (at, seen) = office.submitted(&office.author, "健診のお知らせ").await;
    assert_eq!(
        (&seen["state"]["id"], &seen["submitted"]["recipients"]),
        (&"submitted".into(), &5_020.into())
    );
    let approved = office.approve(&at, &seen).await.with(200);
    assert_eq!(
        (&approved["state"]["id"], &approved["approver"]["name"]),
        (&"approved".into(), &"見本 承認二".into())
    );
    office.app.step().await;
    let progress = office.author.get(&format!("{at}/progress")).await.with(200);
    assert_eq!(progress["counts"][0]["recipients"], 5_020);
    assert_eq!(office.author.get(&at).await.with(200)["state"]["id"], "done");

    let csv = office.approver.get(&format!("{at}/ledger.csv")).await;
    let lines: Vec<_> = csv.text.lines().collect();
    let head = "account_id,batch,state,state_word,reason,reason_word,arm,begun_at,settled_at,line_request_id";
    assert_eq!(lines[0], head, "a program gets no mark before it");
    let mut ids: Vec<_> = lines[1..].iter().map(|line| line.split(',').next().unwrap()).collect();
    ids.dedup();
    assert_eq!(ids.len(), 5_020, "everybody once, over more than one part");
    assert!(lines[1..].iter().all(|line| line.contains(",accepted,受付済み,,,,2026-07-01T")), "{}", lines[1]);
    assert!(!csv.text.contains(",U") && csv.header("content-disposition").contains("ledger-"));

    let mut tx = office.app.db().read().await.unwrap();
    let log = audit::list(&mut tx, &Filter::default(), None, 50).await.unwrap();
    for action in
        ["broadcast.create", "broadcast.test", "broadcast.submit", "broadcast.approve", "ledger.export"]
    {
        let entry = log.iter().find(|entry| entry.action == action).unwrap_or_else(|| panic!("{action}"));
        assert_eq!((&entry.detail["via"], &entry.detail["token"]), (&"api".into(), &"見本の連携".into()));
        assert!(entry.staff_name.is_some());
    }
    let plan = log.iter().find(|entry| entry.action == "broadcast.plan").unwrap();
    assert!(plan.detail.get("via").is_none(), "the program itself is no token");
}

#[tokio::test]
async fn nobody_approves_what_they_wrote_with_whatever_token() {
    let office = Office::open(20).await;
    let writes = Client::lent(&office.app, office.both.id, &[Role::Editor]).await;
    let approves = Client::lent(&office.app, office.both.id, &[Role::Approver]).await;
    let (at, seen) = office.submitted(&writes, "健診").await;
    let refused = approves.post(&format!("{at}/approve"), approval(&seen)).await;
    assert_eq!((refused.status.as_u16(), refused.problem().as_str()), (403, "own-text"));
    let refused = writes.post(&format!("{at}/approve"), approval(&seen)).await;
    assert_eq!(refused.problem(), "forbidden", "the token lends no such role, though its member has it");
    office.approve(&at, &seen).await.with(200);
    office.app.step().await;
}

#[tokio::test]
async fn an_approval_is_bound_to_what_was_read() {
    let office = Office::open(20).await;
    let (at, seen) = office.submitted(&office.author, "健診").await;
    let wrong = |hash: &str, count: i64| json!({ "hash": hash, "count": count });
    let hash = seen["submitted"]["hash"].as_str().unwrap().to_owned();
    let approve = async |body| office.approver.post(&format!("{at}/approve"), body).await;
    let refused = approve(wrong(&hash, 20)).await;
    assert_eq!((refused.problem().as_str(), &refused.json()["left"]), ("not-opened", &1.into()));
    let nothing = office.approver.post(&format!("{at}/open"), json!({ "part": "nothing" })).await;
    assert_eq!(nothing.problem(), "no-such-part");
    opens_all(&office.approver, &at).await;
    let refused = approve(wrong(&hash, 21)).await;
    assert_eq!((refused.problem().as_str(), &refused.json()["typed"]), ("wrong-count", &21.into()));
    assert_eq!(approve(wrong(&"0".repeat(64), 20)).await.problem(), "stale-hash");
    let path = format!("{at}/approve");
    let old = [("if-match", "\"v1\"")];
    let stale = office.approver.send(Method::POST, &path, Some(wrong(&hash, 20)), &old).await;
    assert_eq!(stale.problem(), "changed");

    let now = office.author.get(&at).await;
    office.author.put(&at, &now.etag(), written("健診の日が変わりました")).await.with(200);
    let refused = approve(wrong(&hash, 20)).await;
    assert_eq!((refused.problem().as_str(), &refused.json()["state"]), ("wrong-state", &"draft".into()));
}

#[tokio::test]
async fn a_draft_is_edited_and_scheduled_by_those_who_saw_it() {
    let office = Office::open(20).await;
    let draft = office.author.drafts("健診").await;
    let at = format!("/api/v1/broadcasts/{}", draft.json()["id"].as_str().unwrap());
    let edit = async |headers: &[(&str, &str)]| {
        office.author.send(Method::PUT, &at, Some(written("健診二")), headers).await
    };
    assert_eq!(edit(&[]).await.problem(), "version-required");
    assert_eq!(edit(&[("if-match", "\"v9\"")]).await.problem(), "changed");
    assert_eq!(edit(&[("if-match", "W/\"v1\"")]).await.problem(), "changed");
    let edited = edit(&[("if-match", &draft.etag())]).await;
    assert_eq!((edited.with(200)["version"].as_i64(), edited.etag().as_str()), (Some(2), "\"v2\""));

    let times = json!({ "scheduled_at": "2026-07-02T01:00:00Z", "expires_at": null });
    let timed = office.author.put(&format!("{at}/schedule"), &edited.etag(), times).await;
    assert_eq!(timed.with(200)["scheduled_at"], "2026-07-02T10:00:00+09:00");
    assert_eq!(timed.json()["content"], edited.json()["content"]);
    let half = json!({ "scheduled_at": null });
    assert_eq!(office.author.put(&format!("{at}/schedule"), &timed.etag(), half).await.problem(), "invalid");
    let unreadable = json!({ "scheduled_at": "あした", "expires_at": null });
    let refused = office.author.put(&format!("{at}/schedule"), &timed.etag(), unreadable).await;
    assert_eq!((refused.problem().as_str(), &refused.json()["field"]), ("invalid", &"scheduled_at".into()));
    let missing = json!({ "scheduled_at": "2026-02-29T10:00:00+09:00", "expires_at": null });
    let refused = office.author.put(&format!("{at}/schedule"), &timed.etag(), missing).await;
    assert_eq!(refused.problem(), "invalid");
    assert_eq!(refused.json()["detail"], "2026年2月29日という日はありません。");
    let content = json!({
        "variants": { "ja": { "kind": "text", "text": "{期限}まで" } }, "deadline": "2026-02-29",
    });
    let mut body = written("健診");
    body["content"] = content;
    let refused = office.author.post("/api/v1/broadcasts", body).await;
    assert_eq!((refused.problem().as_str(), &refused.json()["field"]), ("invalid", &"content".into()));
    assert_eq!(refused.json()["detail"], "2026年2月29日という日はありません。");
}

#[tokio::test]
async fn what_is_to_be_mended_in_a_content_is_named_as_the_content_names_it() {
    let office = Office::open(20).await;
    let card = json!({
        "title": "健診", "text": "", "facts": [{ "name": "", "text": "10時" }],
        "buttons": [{ "label": "見る", "target": { "uri": "https://example.jp/" } },
                    { "label": "電話", "target": { "tel": "市役所" } }],
    });
    let mut body = written("健診");
    body["content"] = json!({ "ja": { "parts": [
        { "kind": "text", "text": "健診" }, { "kind": "cards", "cards": [card.clone(), card] },
    ] } });
    let draft = office.author.post("/api/v1/broadcasts", body).await;
    let at = format!("/api/v1/broadcasts/{}", draft.with(201)["id"].as_str().unwrap());
    let refused = office.author.does(&format!("{at}/test")).await;
    assert_eq!(refused.problem(), "content-invalid");
    let found = refused.json();
    let found: Vec<_> = found["problems"].as_array().unwrap().iter().collect();
    let named: Vec<_> = found
        .iter()
        .map(|one| {
            (one["field"].as_str().unwrap(), one["part"].as_i64(), one["card"].as_i64(), one["at"].as_i64())
        })
        .collect();
    for card in [0, 1] {
        assert!(named.contains(&("facts.name", Some(1), Some(card), Some(0))), "{named:?}");
        assert!(named.contains(&("buttons.target", Some(1), Some(card), Some(1))), "{named:?}");
    }
}

#[tokio::test]
async fn what_the_flows_refuse_is_told_by_its_kind() {
    let office = Office::open(20).await;
    let with = |field: &str, value: Value| {
        let mut body = written("健診");
        body[field] = value;
        body
    };
    for (body, problem) in [
        (with("title", "".into()), "invalid"),
        (with("series", "あ".repeat(61).into()), "invalid"),
        (with("series", "けんしん".into()), "unknown-series"),
        (with("topic", "nothing".into()), "unknown-topic"),
        (with("segment", "no/where".into()), "unknown-segment"),
        (with("content", json!({ "ja": 1 })), "invalid"),
        (with("colour", "red".into()), "invalid"),
    ] {
        assert_eq!(office.author.post("/api/v1/broadcasts", body.clone()).await.problem(), problem, "{body}");
    }
    let raw = |kind: &'static str, body: &'static str| {
        let client = reqwest::Client::new();
        let request =
            client.post(office.app.url("/api/v1/broadcasts")).header("content-type", kind).body(body);
        request.bearer_auth(office.author.token.clone().unwrap()).send()
    };
    assert_eq!(raw("text/plain", "{}").await.unwrap().status(), 415);
    assert_eq!(raw("application/json", "{").await.unwrap().status(), 400);

    let draft = office.author.drafts("健診").await;
    let at = format!("/api/v1/broadcasts/{}", draft.json()["id"].as_str().unwrap());
    assert_eq!(submit(&office.author, &at, &draft.etag()).await.problem(), "not-tested");
    office.author.does(&format!("{at}/test")).await.with(200);
    let (path, body, etag) = (format!("{at}/submit"), json!({ "cautions": [] }), draft.etag());
    let unseen = office.author.send(Method::POST, &path, Some(body), &[("if-match", &etag)]).await;
    assert_eq!(
        (unseen.problem().as_str(), &unseen.json()["cautions"][0]["id"]),
        ("cautions-unseen", &"everyone".into())
    );
    assert_eq!(
        office.approver.post(&format!("{at}/return"), json!({ "reason": " " })).await.problem(),
        "no-reason"
    );
    assert_eq!(office.approver.does(&format!("{at}/resume")).await.problem(), "wrong-state");
    let held = "UPDATE broadcast SET state = 'paused', hold_reason = 'mismatch', planned_at = created_at";
    office.app.run_sql(held).await;
    let refused = office.approver.does(&format!("{at}/resume")).await;
    assert_eq!((refused.problem().as_str(), &refused.json()["hold"]), ("not-resumable", &"mismatch".into()));
}

#[tokio::test]
async fn what_was_seen_holds_for_what_follows_too() {
    let office = Office::open(20).await;
    let (at, seen) = office.submitted(&office.author, "健診").await;
    office.approve(&at, &seen).await.with(200);
    let old = office.author.get(&at).await.etag();
    office.app.step().await;
    let now = office.author.get(&at).await;
    assert_ne!(old, now.etag());
    let begins = async |deed: &str, etag: &str| {
        office.author.send(Method::POST, &format!("{at}/{deed}"), None, &[("if-match", etag)]).await
    };
    for deed in ["copy", "correct", "missed"] {
        let refused = begins(deed, &old).await;
        assert_eq!((refused.status.as_u16(), refused.problem().as_str()), (412, "changed"), "{deed}");
    }
    let all = office.author.get("/api/v1/broadcasts").await.with(200);
    assert_eq!(all["items"].as_array().unwrap().len(), 1, "nothing was begun");
    assert_eq!(begins("missed", &now.etag()).await.problem(), "nobody-missed");
    begins("copy", &now.etag()).await.with(201);
    begins("correct", &now.etag()).await.with(201);
}

#[tokio::test]
async fn one_is_returned_held_let_go_on_and_ended() {
    let office = Office::open(20).await;
    let (at, seen) = office.submitted(&office.author, "健診").await;
    let returned = office.approver.post(&format!("{at}/return"), json!({ "reason": "日付を確かめて" })).await;
    assert_eq!(
        (&returned.with(200)["state"]["id"], &returned.json()["return_reason"]),
        (&"draft".into(), &"日付を確かめて".into())
    );
    let seen = {
        let _ = seen;
        submit(&office.author, &at, &returned.etag()).await.with(200)
    };
    office.approve(&at, &seen).await.with(200);
    let held = office.author.does(&format!("{at}/pause")).await.with(200);
    assert_eq!((&held["state"]["id"], &held["hold"]["id"]), (&"paused".into(), &"staff".into()));
    assert_eq!(office.approver.does(&format!("{at}/resume")).await.with(200)["state"]["id"], "approved");
    assert_eq!(office.author.does(&format!("{at}/stop")).await.with(200)["state"]["id"], "stopped");
    assert_eq!(
        office.author.does(&format!("{at}/stop")).await.with(200)["state"]["id"],
        "stopped",
        "twice is once"
    );
    office.app.step().await;
}

#[tokio::test]
async fn the_list_comes_in_parts_and_by_state() {
    let office = Office::open(3).await;
    for text in ["一", "二", "三"] {
        office.author.drafts(text).await.with(201);
    }
    let all = office.author.get("/api/v1/broadcasts").await.with(200);
    assert_eq!((all["items"].as_array().unwrap().len(), &all["next"]), (3, &Value::Null));
    let first = office.author.get("/api/v1/broadcasts?limit=2&state=draft,submitted").await.with(200);
    let rest = format!("/api/v1/broadcasts?limit=2&cursor={}", first["next"].as_str().unwrap());
    let rest = office.author.get(&rest).await.with(200);
    assert_eq!((&rest["items"][0]["id"], &rest["next"]), (&all["items"][2]["id"], &Value::Null));
    assert_eq!(office.author.get("/api/v1/broadcasts?state=done").await.with(200)["items"], json!([]));
    for wrong in ["state=gone", "cursor=1", "limit=x", "page=2"] {
        let answer = office.author.get(&format!("/api/v1/broadcasts?{wrong}")).await;
        assert_eq!(answer.problem(), "malformed", "{wrong}");
    }
}

#[tokio::test]
async fn one_is_copied_corrected_and_sent_to_those_it_missed() {
    let office = Office::open(20).await;
    let (at, seen) = office.submitted(&office.author, "健診").await;
    let copy = office.author.does(&format!("{at}/copy")).await;
    assert_eq!(
        (&copy.with(201)["state"]["id"], &copy.json()["content"]),
        (&"draft".into(), &seen["content"])
    );
    assert_eq!(office.author.does(&format!("{at}/correct")).await.problem(), "nobody-reached");
    assert_eq!(office.author.does(&format!("{at}/missed")).await.problem(), "not-over");
    office.approve(&at, &seen).await.with(200);
    let listed = async || {
        let all = office.author.get("/api/v1/broadcasts").await.with(200);
        all["items"].as_array().unwrap().iter().find(|one| one["id"] == seen["id"]).unwrap().clone()
    };
    assert_eq!(listed().await["planned_at"], Value::Null);
    office.app.step().await;
    assert_eq!(listed().await["planned_at"], "2026-07-01T10:00:00+09:00");
    assert_eq!(listed().await["approvers"], json!(["見本 承認", "見本 承認二"]));
    assert_eq!(office.author.does(&format!("{at}/missed")).await.problem(), "nobody-missed");
    let correction = office.author.does(&format!("{at}/correct")).await.with(201);
    assert_eq!(
        (&correction["class"]["id"], &correction["correction_of"]),
        (&"correction".into(), &seen["id"])
    );
    let to = format!("/api/v1/broadcasts/{}/audience", correction["id"].as_str().unwrap());
    assert_eq!(office.author.get(&to).await.with(200)["recipients"], 20);
}
