//! A platform on a clock that stands still, a caller with its token, and a server that takes webhooks.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use musubi::chance::Chance;
use musubi::clock::Clock;
use musubi::domain::ids::LineUserId;
use musubi::domain::timestamp::Timestamp;
use musubi::simulator::{Simulator, SimulatorConfig};
use serde_json::{Value, json};

/// A platform and someone who calls its API.
pub struct Caller {
    pub line: Simulator,
    pub clock: Clock,
    http: reqwest::Client,
    token: String,
}

/// An answer: status, headers, body.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Value,
}

impl Answer {
    pub fn message(&self) -> &str {
        self.body["message"].as_str().unwrap_or_default()
    }
}

impl Caller {
    pub async fn new() -> Self {
        Self::with(|_| {}).await
    }

    pub async fn with(change: impl FnOnce(&mut SimulatorConfig)) -> Self {
        let clock = Clock::fixed(Timestamp::from_millis(1_790_000_000_000));
        let mut config = SimulatorConfig::sample(clock.clone(), Chance::seeded(1));
        change(&mut config);
        let line = Simulator::start(config).await.unwrap();
        let http = reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(20)).build().unwrap();
        let mut caller = Self { line, clock, http, token: String::new() };
        caller.renew().await;
        caller
    }

    /// Buys a new access token.
    pub async fn renew(&mut self) {
        let form = "grant_type=client_credentials&client_id=1234567890\
                    &client_secret=0123456789abcdef0123456789abcdef";
        let answer = self.form("/oauth2/v3/token", form).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        self.token = answer.body["access_token"].as_str().unwrap().to_owned();
    }

    pub async fn form(&self, path: &str, form: &str) -> Answer {
        let request = self.request("POST", path).header("content-type", "application/x-www-form-urlencoded");
        answer(request.body(form.to_owned())).await.unwrap()
    }

    pub async fn get(&self, path: &str) -> Answer {
        answer(self.request("GET", path)).await.unwrap()
    }

    pub async fn post(&self, path: &str, body: Value) -> Answer {
        answer(self.request("POST", path).json(&body)).await.unwrap()
    }

    pub async fn post_with_key(&self, path: &str, body: Value, key: &str) -> Answer {
        self.try_post(path, body, key).await.unwrap()
    }

    pub async fn try_post(&self, path: &str, body: Value, key: &str) -> Result<Answer, reqwest::Error> {
        answer(self.request("POST", path).header("X-Line-Retry-Key", key).json(&body)).await
    }

    pub fn request(&self, method: &str, path: &str) -> reqwest::RequestBuilder {
        let url = format!("{}{path}", self.line.base_url());
        self.http.request(method.parse().unwrap(), url).bearer_auth(&self.token)
    }

    /// Says a text to some people by multicast.
    pub async fn multicast(&self, to: &[LineUserId], text: &str) -> Answer {
        self.post("/v2/bot/message/multicast", multicast_body(to, text)).await
    }
}

impl Drop for Caller {
    fn drop(&mut self) {
        self.line.shutdown();
    }
}

pub fn text(text: &str) -> Value {
    json!([{ "type": "text", "text": text }])
}

pub fn multicast_body(to: &[LineUserId], words: &str) -> Value {
    let to: Vec<&str> = to.iter().map(LineUserId::as_str).collect();
    json!({ "to": to, "messages": text(words) })
}

pub async fn answer(request: reqwest::RequestBuilder) -> Result<Answer, reqwest::Error> {
    let response = request.send().await?;
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let bytes = response.bytes().await?;
    let body = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
    Ok(Answer { status, headers, body })
}

/// One webhook as it came.
#[derive(Clone, Debug)]
pub struct Hook {
    pub bytes: Bytes,
    pub signature: String,
}

impl Hook {
    pub fn events(&self) -> Vec<Value> {
        let body: Value = serde_json::from_slice(&self.bytes).unwrap();
        body["events"].as_array().unwrap().clone()
    }
}

/// A server that takes every webhook and answers with the status it was told.
#[derive(Clone)]
pub struct Taker(Arc<Mutex<(Vec<Hook>, u16)>>);

impl Taker {
    /// Starts one and makes it the channel's webhook.
    pub async fn of(line: &Simulator) -> Self {
        let taker = Self(Arc::new(Mutex::new((Vec::new(), 200))));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        line.set_webhook_url(&format!("http://{}/hook", listener.local_addr().unwrap()));
        let app = Router::new().route("/hook", post(take)).with_state(taker.clone());
        tokio::spawn(async move { axum::serve(listener, app).await });
        taker
    }

    pub fn answers(&self, status: u16) {
        self.0.lock().unwrap().1 = status;
    }

    pub fn hooks(&self) -> Vec<Hook> {
        self.0.lock().unwrap().0.clone()
    }

    pub fn events(&self) -> Vec<Value> {
        self.hooks().iter().flat_map(Hook::events).collect()
    }

    /// The types of all events, in the order in which they arrived.
    pub fn types(&self) -> Vec<String> {
        self.events().iter().map(|event| event["type"].as_str().unwrap().to_owned()).collect()
    }
}

async fn take(State(taker): State<Taker>, headers: HeaderMap, bytes: Bytes) -> StatusCode {
    let signature = headers.get("x-line-signature").and_then(|value| value.to_str().ok());
    let mut inside = taker.0.lock().unwrap();
    inside.0.push(Hook { bytes, signature: signature.unwrap_or_default().to_owned() });
    StatusCode::from_u16(inside.1).unwrap()
}
