//! A program of the city that uses the API; it holds each answer beside the contract.

use musubi::domain::ids::StaffId;
use musubi::domain::staff::{Role, StaffMember};
use musubi::flow::api_tokens::{self, Wanted};
use musubi::store::staff;
use reqwest::header::HeaderMap;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::contract::{document, faults, operation};
use crate::support::TestApp;

/// A program with a token, or without.
pub struct Client {
    pub base: String,
    pub token: Option<String>,
}

/// An answer.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub text: String,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("{}", self.text))
    }

    /// The JSON of an answer that must have come with this status.
    #[track_caller]
    pub fn with(&self, status: u16) -> Value {
        assert_eq!(self.status.as_u16(), status, "{}", self.text);
        self.json()
    }

    /// The word of the problem.
    #[track_caller]
    pub fn problem(&self) -> String {
        let kind = self.json()["type"].as_str().unwrap_or_else(|| panic!("{}", self.text)).to_owned();
        kind.strip_prefix("/api/problems#").unwrap().to_owned()
    }

    pub fn etag(&self) -> String {
        self.header("etag")
    }

    pub fn header(&self, name: &str) -> String {
        self.headers.get(name).map_or_else(String::new, |value| value.to_str().unwrap().to_owned())
    }
}

impl Client {
    pub fn stranger(app: &TestApp) -> Self {
        Self { base: app.url(""), token: None }
    }

    /// With a token for all the roles of a member of staff.
    pub async fn of(app: &TestApp, member: &StaffMember) -> Self {
        Self::lent(app, member.id, &member.roles.iter().collect::<Vec<_>>()).await
    }

    /// With a token for some of the roles.
    pub async fn lent(app: &TestApp, member: StaffId, roles: &[Role]) -> Self {
        let found = staff::find(&mut app.db().read().await.unwrap(), member).await.unwrap().unwrap();
        let roles = roles.iter().copied().collect();
        let wanted = Wanted { login: found.login, name: "見本の連携".to_owned(), roles, days: 90 };
        let token = api_tokens::make_here(&app.app().base(), &wanted).await.unwrap();
        Self { base: app.url(""), token: Some(token) }
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, None, &[]).await
    }

    pub async fn post(&self, path: &str, body: Value) -> Answer {
        self.send(Method::POST, path, Some(body), &[]).await
    }

    /// Does something that needs no words.
    pub async fn does(&self, path: &str) -> Answer {
        self.send(Method::POST, path, None, &[]).await
    }

    pub async fn put(&self, path: &str, etag: &str, body: Value) -> Answer {
        self.send(Method::PUT, path, Some(body), &[("if-match", etag)]).await
    }

    pub async fn send(
        &self,
        method: Method,
        path: &str,
        body: Option<Value>,
        headers: &[(&str, &str)],
    ) -> Answer {
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let mut request = client.request(method.clone(), format!("{}{path}", self.base));
        if let Some(token) = &self.token {
            request = request.bearer_auth(token);
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if let Some(body) = body {
            request = request.json(&body);
        }
        let response = request.send().await.unwrap();
        let (status, headers) = (response.status(), response.headers().clone());
        let answer = Answer { status, headers, text: response.text().await.unwrap() };
        hold_beside_the_contract(&method, path.split('?').next().unwrap(), &answer);
        answer
    }

    /// Somebody's draft to everybody.
    pub async fn drafts(&self, text: &str) -> Answer {
        self.post("/api/v1/broadcasts", written(text)).await
    }
}

/// A text to everybody who is a friend.
pub fn written(text: &str) -> Value {
    json!({
        "title": "見本の配信", "series": "見本", "topic": "kenshin", "segment": "oshirase/zenin",
        "content": musubi::domain::message::Content::japanese_text(text).to_value(),
    })
}

/// An answer whose status or shape the contract doesn't promise fails the test that got it.
fn hold_beside_the_contract(method: &Method, path: &str, answer: &Answer) {
    let document = document();
    let Some(operation) = operation(&document, method.as_str(), path) else {
        assert!([404, 405].contains(&answer.status.as_u16()), "{method} {path} is not in the contract");
        return;
    };
    let status = answer.status.as_u16().to_string();
    let promised = &operation["responses"][&status];
    assert!(promised.is_object(), "{method} {path}: {status} is not promised: {}", answer.text);
    let promised = match promised["$ref"].as_str() {
        Some(target) => document.pointer(&target[1..]).unwrap(),
        None => promised,
    };
    let kind = answer.header("content-type");
    let kind = kind.split(';').next().unwrap();
    let schema = &promised["content"][kind]["schema"];
    assert!(schema.is_object(), "{method} {path}: {status} as {kind}");
    if kind.ends_with("json") {
        let wrong = faults(&document, schema, &answer.json(), "");
        assert!(wrong.is_empty(), "{method} {path}: {status}\n{}\n{}", wrong.join("\n"), answer.text);
    }
    if promised["headers"]["ETag"].is_object() {
        assert!(answer.etag().starts_with("\"v"), "{method} {path} has no ETag");
    }
}
