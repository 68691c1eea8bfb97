//! LINE's webhook: what is acknowledged is durable, what is not signed by LINE is nothing.

use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use musubi::app::App;
use musubi::chance::Chance;
use musubi::clock::Clock;
use musubi::config::{ANY_LOCAL_PORT, Config};
use musubi::domain::timestamp::Timestamp;
use musubi::line::signature;
use musubi::store::inbox;
use musubi::{sql, web};
use secrecy::SecretString;
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::support::database::TestDatabase;

const SECRET: &str = "0123456789abcdef0123456789abcdef";
const NEXT_SECRET: &str = "fedcba9876543210fedcba9876543210";
const OURS: &str = "Ub0000000000000000000000000000001";
const FRIEND: &str = "Ufedcba9876543210fedcba9876543210";

struct Door {
    app: App,
    router: Router,
    _database: TestDatabase,
}

impl Door {
    async fn open() -> Self {
        let database = TestDatabase::migrated().await;
        let mut config = Config::local("", ANY_LOCAL_PORT, ANY_LOCAL_PORT, SECRET);
        config.line.channel_secrets.push(NEXT_SECRET.into());
        let clock = Clock::fixed(Timestamp::from_millis(1_790_000_000_000));
        let app = App::new(config, database.open().await, clock, Chance::seeded(1)).unwrap();
        Self { router: web::router(app.clone()), app, _database: database }
    }

    async fn post(&self, body: impl Into<Vec<u8>>, signature: Option<&str>) -> StatusCode {
        let mut request = Request::post("/line/webhook");
        if let Some(signature) = signature {
            request = request.header("X-LINE-SIGNATURE", signature);
        }
        let request = request.body(Body::from(body.into())).unwrap();
        self.router.clone().oneshot(request).await.unwrap().status()
    }

    async fn signed(&self, body: &str) -> StatusCode {
        self.post(body, Some(&sign(SECRET, body))).await
    }

    async fn delivers(&self, events: Value) -> StatusCode {
        self.signed(&json!({"destination": OURS, "events": events}).to_string()).await
    }

    async fn stored(&self) -> Vec<(String, String, Option<String>)> {
        let mut tx = self.app.db.read().await.unwrap();
        tx.fetch_all(sql!("SELECT id, kind, payload FROM inbox_event ORDER BY occurred_at, id"))
            .await
            .unwrap()
    }

    async fn claims(&self) -> Vec<String> {
        let mut tx = self.app.db.write().await.unwrap();
        let claimed = inbox::claim(&mut tx, self.app.clock.now(), 100).await.unwrap();
        tx.commit().await.unwrap();
        claimed.into_iter().map(|event| event.id).collect()
    }
}

fn sign(secret: &str, body: &str) -> String {
    signature::sign(&SecretString::from(secret), body.as_bytes())
}

fn event(id: &str, kind: &str, millis: i64) -> Value {
    json!({
        "type": kind, "mode": "active", "timestamp": millis, "webhookEventId": id,
        "source": {"type": "user", "userId": FRIEND}, "deliveryContext": {"isRedelivery": false},
    })
}

#[tokio::test]
async fn a_webhook_without_a_good_signature_is_refused_and_nothing_is_stored() {
    let door = Door::open().await;
    let body = json!({"destination": OURS, "events": [event("e1", "follow", 1)]}).to_string();
    let good = sign(SECRET, &body);
    let other = sign("another secret", &body);
    for wrong in [None, Some(""), Some("not base64 !"), Some(&good[..20]), Some(other.as_str())] {
        assert_eq!(door.post(body.clone(), wrong).await, StatusCode::UNAUTHORIZED, "{wrong:?}");
    }
    assert_eq!(
        door.post(format!("{body} "), Some(&good)).await,
        StatusCode::UNAUTHORIZED,
        "altered by one space"
    );
    assert_eq!(door.post(vec![0xff, 0xfe], Some(&good)).await, StatusCode::UNAUTHORIZED);
    assert_eq!(door.stored().await, []);
}

#[tokio::test]
async fn either_secret_is_good_while_the_secret_is_being_changed() {
    let door = Door::open().await;
    for (id, secret) in [("e1", SECRET), ("e2", NEXT_SECRET)] {
        let body = json!({"destination": OURS, "events": [event(id, "follow", 1)]}).to_string();
        assert_eq!(door.post(body.clone(), Some(&sign(secret, &body))).await, StatusCode::OK);
    }
    assert_eq!(door.stored().await.len(), 2);
}

#[tokio::test]
async fn lines_verify_button_gets_its_200_and_stores_nothing() {
    let door = Door::open().await;
    assert_eq!(door.delivers(json!([])).await, StatusCode::OK);
    assert_eq!(door.stored().await, []);
}

#[tokio::test]
async fn a_webhook_for_another_account_is_refused() {
    let door = Door::open().await;
    let body =
        json!({"destination": "Uaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "events": [event("e1", "follow", 1)]});
    assert_eq!(door.signed(&body.to_string()).await, StatusCode::BAD_REQUEST);
    assert_eq!(door.stored().await, []);
}

#[tokio::test]
async fn a_signed_body_that_is_no_webhook_is_refused_and_a_huge_one_too() {
    let door = Door::open().await;
    for body in ["", "{", "[]", r#"{"destination":"U"}"#, r#"{"events":[]}"#, "null"] {
        assert_eq!(door.signed(body).await, StatusCode::BAD_REQUEST, "{body}");
    }
    assert_eq!(door.signed(&" ".repeat(2 * 1024 * 1024 + 1)).await, StatusCode::PAYLOAD_TOO_LARGE);
}

#[tokio::test]
async fn an_event_is_stored_once_however_often_line_sends_it() {
    let door = Door::open().await;
    let first = event("01JZ3N8Q4X9V5T7R2B6C1D0E8F", "follow", 5);
    let mut again = first.clone();
    again["deliveryContext"]["isRedelivery"] = true.into();
    assert_eq!(door.delivers(json!([first, first])).await, StatusCode::OK);
    let (one, two) = tokio::join!(door.delivers(json!([again])), door.delivers(json!([first])));
    assert_eq!((one, two), (StatusCode::OK, StatusCode::OK));
    assert_eq!(door.stored().await.len(), 1);
}

#[tokio::test]
async fn unknown_types_and_fields_survive_and_one_bad_entry_does_not_lose_the_others() {
    let door = Door::open().await;
    let mut strange = event("e1", "somethingNew", 1);
    strange["new"] = json!({"field": "\u{1F600}"});
    let events = json!([strange, 7, {"type": "follow"}, event("e2", "follow", 2)]);
    assert_eq!(door.delivers(events).await, StatusCode::OK);
    let stored = door.stored().await;
    let kinds: Vec<_> = stored.iter().map(|(_, kind, _)| kind.as_str()).collect();
    assert_eq!(kinds, ["somethingNew", "follow", "unreadable", "unreadable"]);
    let kept: Value = serde_json::from_str(stored[0].2.as_deref().unwrap()).unwrap();
    assert_eq!(kept["new"]["field"], "\u{1F600}");
}

#[tokio::test]
async fn events_are_claimed_in_the_order_of_lines_clock_and_a_failed_one_holds_back_only_its_own_user() {
    let door = Door::open().await;
    let mut other = event("other", "follow", 4);
    other["source"]["userId"] = "U0000000000000000000000000000000a".into();
    door.delivers(json!([event("late", "unfollow", 3), other])).await;
    door.delivers(json!([event("early", "follow", 1)])).await;
    assert_eq!(door.claims().await, ["early", "late", "other"]);

    let now = door.app.clock.now();
    let mut tx = door.app.db.write().await.unwrap();
    inbox::postpone(&mut tx, "early", now.plus(inbox::CLAIM), "LINE was away").await.unwrap();
    inbox::release(&mut tx, "late", now).await.unwrap();
    inbox::release(&mut tx, "other", now).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(door.claims().await, ["other"], "what follows a failed event waits for it");
    door.app.clock.advance(inbox::CLAIM);
    assert_eq!(door.claims().await, ["early", "late", "other"], "a claim that nobody settled runs out");
}

#[tokio::test]
async fn while_the_database_is_away_nothing_is_acknowledged() {
    let door = Door::open().await;
    door.app.db.close().await;
    let status = door.delivers(json!([event("e1", "follow", 1)])).await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
    let ready =
        door.router.clone().oneshot(Request::get("/readyz").body(Body::empty()).unwrap()).await.unwrap();
    assert_eq!(ready.status(), StatusCode::SERVICE_UNAVAILABLE);
}
