//! Repeats, their standing approval, emergencies, comparisons and results through the API: two people stay two people.

use jiff::civil::date;
use musubi::domain::broadcast::State;
use musubi::domain::ids::BroadcastId;
use musubi::domain::staff::Role;
use reqwest::Method;
use serde_json::{Value, json};

use super::client::{Answer, Client, written};
use crate::support::TestApp;

struct Office {
    app: TestApp,
    author: Client,
    one: Client,
    two: Client,
}

impl Office {
    async fn open(friends: usize) -> Self {
        let app = TestApp::start().await;
        app.many_friends(friends).await;
        let author = Client::of(&app, &app.clerk("見本 起案", &[Role::Editor]).await).await;
        let one = Client::of(&app, &app.clerk("見本 一", &[Role::Approver]).await).await;
        let two = Client::of(&app, &app.clerk("見本 二", &[Role::Approver]).await).await;
        Self { app, author, one, two }
    }

    /// A monthly repeat; answers its address.
    async fn monthly(&self) -> String {
        let draft = self.author.drafts("今月のお知らせ").await.with(201);
        let body = json!({
            "broadcast": draft["id"], "rhythm": "monthly 20", "shift": "stay", "time": "10:00", "lead_days": 7,
        });
        let begun = self.author.post("/api/v1/repeats", body).await;
        let repeat = begun.with(201);
        let at = format!("/api/v1/repeats/{}", repeat["id"].as_str().unwrap());
        assert_eq!(begun.header("location"), at);
        assert_eq!(
            (&repeat["ahead"][0]["occasion"], &repeat["standing"]),
            (&"2026-07-20".into(), &Value::Null)
        );
        at
    }

    /// Asks for its standing approval as it is now.
    async fn asks(&self, at: &str, asking: Value) -> Answer {
        let etag = self.author.get(at).await.etag();
        let headers = [("if-match", etag.as_str())];
        self.author.send(Method::POST, &format!("{at}/standing"), Some(asking), &headers).await
    }

    /// Tests, submits and has it approved by both.
    async fn sends(&self, id: &str) {
        let at = format!("/api/v1/broadcasts/{id}");
        self.author.does(&format!("{at}/test")).await.with(200);
        let seen = self.submits(&at).await;
        for approver in [&self.one, &self.two] {
            opens_all(approver, &at).await;
            let body = json!({ "hash": seen["submitted"]["hash"], "count": seen["submitted"]["recipients"] });
            approver.post(&format!("{at}/approve"), body).await.with(200);
        }
    }

    async fn submits(&self, at: &str) -> Value {
        let audience = self.author.get(&format!("{at}/audience")).await.with(200);
        let cautions: Vec<_> =
            audience["cautions"].as_array().unwrap().iter().map(|one| one["id"].clone()).collect();
        let etag = self.author.get(at).await.etag();
        let body = Some(json!({ "cautions": cautions }));
        let headers = [("if-match", etag.as_str())];
        self.author.send(Method::POST, &format!("{at}/submit"), body, &headers).await.with(200)
    }
}

async fn opens_all(by: &Client, at: &str) {
    let parts = by.get(&format!("{at}/parts")).await.with(200);
    for part in parts["left"].as_array().unwrap() {
        by.post(&format!("{at}/open"), json!({ "part": part["id"] })).await.with(200);
    }
}

#[tokio::test]
async fn a_repeat_is_begun_changed_stood_for_by_two_and_ended() {
    let office = Office::open(30).await;
    let at = office.monthly().await;
    let early = office.asks(&at, json!({ "until": "2027-03-31", "most": 40 })).await;
    assert_eq!((early.status.as_u16(), early.problem().as_str()), (409, "no-example"));
    office.app.set_tokyo(date(2026, 7, 13).at(9, 0, 0, 0));
    office.app.step().await;
    let first = office.author.get(&at).await.with(200)["runs"][0]["broadcast"].as_str().unwrap().to_owned();
    office.sends(&first).await;
    office.app.set_tokyo(date(2026, 7, 20).at(10, 5, 0, 0));
    office.app.step().await;

    let asking = json!({ "until": "2027-03-31", "most": 40 });
    let asked = office.asks(&at, asking.clone()).await.with(200);
    assert_eq!(
        (&asked["standing"]["state"], &asked["standing"]["example"]),
        (&"asked".into(), &first.into())
    );
    let agreeing = json!({ "hash": asked["standing"]["hash"], "count": 40 });
    let author = office.author.post(&format!("{at}/standing/approve"), agreeing.clone()).await;
    assert_eq!(author.status.as_u16(), 403);
    for (who, state) in [(&office.one, "asked"), (&office.one, "asked"), (&office.two, "in_force")] {
        let now = who.post(&format!("{at}/standing/approve"), agreeing.clone()).await.with(200);
        assert_eq!(now["standing"]["state"], state);
    }
    office.app.set_tokyo(date(2026, 8, 13).at(9, 0, 0, 0));
    office.app.step().await;
    let run = office.author.get(&at).await.with(200)["runs"][0].clone();
    assert_eq!((&run["occasion"], &run["verdict"]), (&"2026-08-20".into(), &"approved".into()));
    let id = BroadcastId::parse(run["broadcast"].as_str().unwrap()).unwrap();
    assert_eq!(office.app.broadcast(id).await.state, State::Approved);

    let revoked = office.two.does(&format!("{at}/standing/revoke")).await.with(200);
    assert_eq!(revoked["standing"]["state"], "ended");
    assert_eq!(office.app.broadcast(id).await.state, State::Draft);
    let change = json!({ "rhythm": "monthly 25", "shift": "after", "time": "11:00", "lead_days": 3 });
    let etag = office.author.get(&at).await.etag();
    let changed = office.author.put(&at, &etag, change).await.with(200);
    assert_eq!((&changed["rhythm"], &changed["time"]), (&"monthly 25".into(), &"11:00".into()));
    let wrong = json!({ "rhythm": "daily", "shift": "after", "time": "11:00", "lead_days": 3 });
    assert_eq!(office.author.put(&at, &etag, wrong).await.problem(), "invalid");
    let ended = office.author.does(&format!("{at}/end")).await.with(200);
    assert!(ended["ended_at"].is_string() && ended["ahead"] == json!([]));
    let listed = office.one.get("/api/v1/repeats").await.with(200);
    assert_eq!(listed["items"][0]["id"], ended["id"]);
    assert_eq!(office.asks(&at, asking).await.problem(), "wrong-state");
}

#[tokio::test]
async fn a_repeat_is_changed_by_those_alone_who_saw_it_as_it_is() {
    let office = Office::open(3).await;
    let at = office.monthly().await;
    let seen = office.author.get(&at).await;
    assert_eq!(seen.etag(), format!("\"v{}\"", seen.json()["version"].as_str().unwrap()));
    let change =
        |time: &str| json!({ "rhythm": "monthly 25", "shift": "after", "time": time, "lead_days": 3 });
    let unseen = office.author.send(Method::PUT, &at, Some(change("11:00")), &[]).await;
    assert_eq!((unseen.status.as_u16(), unseen.problem().as_str()), (428, "version-required"));
    for foreign in ["\"v1\"", "\"abc\"", "W/\"v1\""] {
        let refused = office.author.put(&at, foreign, change("11:00")).await;
        assert_eq!((refused.status.as_u16(), refused.problem().as_str()), (412, "changed"), "{foreign}");
    }
    assert_eq!(office.one.put(&at, &seen.etag(), change("11:00")).await.problem(), "forbidden");
    assert_eq!(office.author.get(&at).await.etag(), seen.etag(), "nothing was written");
    let other = office.app.clerk("見本 二人目", &[Role::Editor]).await;
    let other = Client::of(&office.app, &other).await;
    let changed = other.put(&at, &seen.etag(), change("11:00")).await;
    assert_eq!((&changed.with(200)["time"], changed.etag() == seen.etag()), (&"11:00".into(), false));
    let late = office.author.put(&at, &seen.etag(), change("12:00")).await;
    assert_eq!((late.status.as_u16(), late.problem().as_str()), (412, "changed"));
    assert_eq!(office.author.get(&at).await.with(200)["time"], "11:00");
    let listed = office.author.get("/api/v1/repeats").await.with(200);
    assert_eq!(changed.etag(), format!("\"v{}\"", listed["items"][0]["version"].as_str().unwrap()));
}

#[tokio::test]
async fn of_two_changes_at_once_one_is_written_and_the_other_is_told() {
    let office = Office::open(3).await;
    let at = office.monthly().await;
    let other = office.app.clerk("見本 二人目", &[Role::Editor]).await;
    let other = Client::of(&office.app, &other).await;
    let change =
        |time: &str| json!({ "rhythm": "monthly 25", "shift": "after", "time": time, "lead_days": 3 });
    for hour in ["11", "12", "13"] {
        let etag = office.author.get(&at).await.etag();
        let (one, two) = tokio::join!(
            office.author.put(&at, &etag, change(&format!("{hour}:00"))),
            other.put(&at, &etag, change(&format!("{hour}:30"))),
        );
        let mut statuses = [one.status.as_u16(), two.status.as_u16()];
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 412], "{} {}", one.text, two.text);
        let won = if one.status == 200 { one.json() } else { two.json() };
        assert_eq!(office.author.get(&at).await.with(200)["time"], won["time"]);
    }
}

#[tokio::test]
async fn whatever_else_is_done_to_a_repeat_honours_the_version_where_it_is_sent() {
    let office = Office::open(3).await;
    let at = office.monthly().await;
    let stale = office.author.get(&at).await.etag();
    let change = json!({ "rhythm": "monthly 25", "shift": "after", "time": "11:00", "lead_days": 3 });
    office.author.put(&at, &stale, change).await.with(200);
    let headers = [("if-match", stale.as_str())];
    let asking = json!({ "until": "2027-03-31", "most": 40 });
    let unseen = office.author.post(&format!("{at}/standing"), asking.clone()).await;
    assert_eq!((unseen.status.as_u16(), unseen.problem().as_str()), (428, "version-required"));
    for (who, deed, body) in [
        (&office.author, "standing", asking),
        (&office.author, "end", json!({})),
        (&office.author, "make", json!({ "occasion": "2026-07-20" })),
        (&office.one, "standing/approve", json!({ "hash": "0", "count": 40 })),
        (&office.one, "standing/revoke", json!({})),
    ] {
        let late = who.send(Method::POST, &format!("{at}/{deed}"), Some(body), &headers).await;
        assert_eq!((late.status.as_u16(), late.problem().as_str()), (412, "changed"), "{deed}");
    }
    assert_eq!(office.author.get(&at).await.with(200)["ended_at"], Value::Null);
    let etag = office.author.get(&at).await.etag();
    let headers = [("if-match", etag.as_str())];
    let ended = office.author.send(Method::POST, &format!("{at}/end"), None, &headers).await;
    assert!(ended.with(200)["ended_at"].is_string() && ended.etag() != etag);
}

#[tokio::test]
async fn a_change_is_refused_where_a_standing_approval_was_asked_for_or_agreed_to_meanwhile() {
    let office = Office::open(30).await;
    let at = office.monthly().await;
    office.app.set_tokyo(date(2026, 7, 13).at(9, 0, 0, 0));
    office.app.step().await;
    let first = office.author.get(&at).await.with(200)["runs"][0]["broadcast"].as_str().unwrap().to_owned();
    office.sends(&first).await;
    office.app.set_tokyo(date(2026, 7, 20).at(10, 5, 0, 0));
    office.app.step().await;
    let change = json!({ "rhythm": "monthly 25", "shift": "after", "time": "11:00", "lead_days": 3 });
    let before = office.author.get(&at).await.etag();
    let asked = office.asks(&at, json!({ "until": "2027-03-31", "most": 40 })).await;
    assert_eq!(office.author.put(&at, &before, change.clone()).await.problem(), "changed");
    let agreeing = json!({ "hash": asked.with(200)["standing"]["hash"], "count": 40 });
    for who in [&office.one, &office.two] {
        who.post(&format!("{at}/standing/approve"), agreeing.clone()).await.with(200);
    }
    assert_eq!(office.author.put(&at, &asked.etag(), change.clone()).await.problem(), "changed");
    let in_force = office.author.get(&at).await;
    assert_eq!(in_force.with(200)["standing"]["state"], "in_force");
    let changed = office.author.put(&at, &in_force.etag(), change).await.with(200);
    assert_eq!(changed["standing"]["state"], "ended");
}

#[tokio::test]
async fn the_same_request_begins_one_repeat_and_a_missed_occasion_is_made() {
    let office = Office::open(30).await;
    let draft = office.author.drafts("今月のお知らせ").await.with(201);
    let body = json!({
        "broadcast": draft["id"], "rhythm": "monthly 20", "shift": "stay", "time": "10:00", "lead_days": 7,
    });
    let key = [("idempotency-key", "repeat-1")];
    for _ in 0..2 {
        office.author.send(Method::POST, "/api/v1/repeats", Some(body.clone()), &key).await.with(201);
    }
    let listed = office.author.get("/api/v1/repeats").await.with(200);
    assert_eq!(listed["items"].as_array().unwrap().len(), 1);
    let at = format!("/api/v1/repeats/{}", listed["items"][0]["id"].as_str().unwrap());
    office.app.set_tokyo(date(2026, 7, 25).at(9, 0, 0, 0));
    office.app.step().await;
    let missed = json!({ "occasion": "2026-07-20" });
    let made = office.author.post(&format!("{at}/make"), missed.clone()).await.with(201);
    assert_eq!(made["scheduled_at"], Value::Null);
    assert_eq!(office.author.post(&format!("{at}/make"), missed).await.problem(), "changed");
}

#[tokio::test]
async fn how_long_each_run_is_true_is_written_as_days_and_read_as_dates() {
    let office = Office::open(3).await;
    let (dated, plain) = (
        office.author.drafts("{期限}までにお申し込みください。").await.with(201),
        office.author.drafts("健診").await.with(201),
    );
    let body = |broadcast: &Value, expires: Value, deadline: Value| {
        json!({
            "broadcast": broadcast["id"], "rhythm": "monthly 20", "shift": "stay", "time": "10:00", "lead_days": 7,
            "expires_days": expires, "deadline_days": deadline,
        })
    };
    let begin = "/api/v1/repeats";
    for days in [json!(0), json!(-1), json!(366)] {
        for (field, body) in [
            ("expires_days", body(&dated, days.clone(), Value::Null)),
            ("deadline_days", body(&dated, json!(7), days.clone())),
        ] {
            let refused = office.author.post(begin, body).await;
            assert_eq!((refused.problem().as_str(), &refused.json()["field"]), ("invalid", &field.into()));
        }
    }
    assert_eq!(office.author.post(begin, body(&plain, Value::Null, json!(7))).await.problem(), "invalid");
    let begun = office.author.post(begin, body(&dated, json!(7), json!(10))).await.with(201);
    assert_eq!((&begun["expires_days"], &begun["deadline_days"]), (&7.into(), &10.into()));
    let first = &begun["ahead"][0];
    assert_eq!(
        (&first["expires_at"], &first["deadline"]),
        (&"2026-07-27T23:59:00+09:00".into(), &"2026-07-30".into())
    );
    let at = format!("{begin}/{}", begun["id"].as_str().unwrap());
    let etag = office.author.get(&at).await.etag();
    let without = json!({ "rhythm": "monthly 20", "shift": "stay", "time": "10:00", "lead_days": 7 });
    let changed = office.author.put(&at, &etag, without).await.with(200);
    assert_eq!((&changed["expires_days"], &changed["ahead"][0]["deadline"]), (&Value::Null, &Value::Null));
    assert_ne!(changed["version"], begun["version"]);
}

#[tokio::test]
async fn an_emergency_is_begun_from_its_template_and_needs_another_person() {
    let office = Office::open(30).await;
    let drawer = office.one.get("/api/v1/emergencies").await.with(200);
    assert_eq!(drawer["items"][0]["id"], "hinan-shiji");
    assert!(drawer["items"][0]["places"].as_array().unwrap().contains(&"{場所}".into()));
    let filling = json!({ "districts": [], "everyone": true, "place": "出西小学校", "time": "21:30" });
    let begin = "/api/v1/emergencies/hinan-shiji";
    assert_eq!(office.one.post(begin, filling.clone()).await.status.as_u16(), 403);
    let nobody = json!({ "districts": [], "everyone": false, "place": "出西小学校", "time": "21:30" });
    assert_eq!(office.author.post(begin, nobody).await.problem(), "content-invalid");
    let draft = office.author.post(begin, filling).await.with(201);
    assert_eq!((&draft["class"]["id"], &draft["audience"]), (&"emergency".into(), &"districts".into()));
    let at = format!("/api/v1/broadcasts/{}", draft["id"].as_str().unwrap());
    office.author.does(&format!("{at}/test")).await.with(200);
    let seen = office.submits(&at).await;
    let body = json!({ "hash": seen["submitted"]["hash"], "count": 30 });
    assert_eq!(office.author.post(&format!("{at}/approve"), body.clone()).await.status.as_u16(), 403);
    opens_all(&office.one, &at).await;
    let approved = office.one.post(&format!("{at}/approve"), body).await.with(200);
    assert_eq!(approved["state"]["id"], "approved");
    office.app.step().await;
    let unknown = json!({ "districts": [], "everyone": true, "place": "", "time": "" });
    assert_eq!(office.author.post("/api/v1/emergencies/none", unknown).await.problem(), "not-found");
}

#[tokio::test]
async fn a_comparison_is_set_and_its_results_are_read() {
    let office = Office::open(60).await;
    let draft = office.author.drafts("健診 ひとつめ").await;
    let other = office.author.post("/api/v1/broadcasts", written("健診 ふたつめ")).await.with(201);
    let id = draft.with(201)["id"].as_str().unwrap().to_owned();
    let at = format!("/api/v1/broadcasts/{id}");
    let splitting = json!({ "held_out_percent": 20, "others": [other["id"]] });
    let split = office.author.put(&format!("{at}/trial"), &draft.etag(), splitting.clone()).await.with(200);
    assert_eq!((&split["trial"]["held_out"], &split["trial"]["arms"][1]["id"]), (&2_000.into(), &"B".into()));
    let stale = office.author.put(&format!("{at}/trial"), &draft.etag(), splitting).await;
    assert_eq!(stale.problem(), "changed");
    assert_eq!(office.one.get(&format!("{at}/statistics")).await.problem(), "wrong-state");
    office.sends(&id).await;
    office.app.step().await;
    let results = office.one.get(&format!("{at}/statistics?days=30&outcome=booked:tokutei")).await.with(200);
    assert_eq!((&results["planned"], &results["state"]["id"]), (&60.into(), &"done".into()));
    assert_eq!(results["effect"]["arms"].as_array().unwrap().len(), 3);
    let unknown = office.one.get(&format!("{at}/statistics?outcome=married")).await;
    assert_eq!(unknown.problem(), "malformed");
}
