//! Stands between the program and the small LINE, and keeps what passes.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::response::Response;
use musubi::simulator::Simulator;

/// A request and its answer.
#[derive(Clone)]
pub struct Passed {
    pub method: String,
    pub path: String,
    /// Names and values, decoded.
    pub query: Vec<(String, String)>,
    pub retry_key: Option<String>,
    /// What kind of body it has; empty without one.
    pub kind: String,
    pub body: Bytes,
    pub status: u16,
    pub answer: Bytes,
}

/// It stops with the test.
#[derive(Clone)]
pub struct Recorder {
    pub base: String,
    line: String,
    http: reqwest::Client,
    passed: Arc<Mutex<Vec<Passed>>>,
}

impl Recorder {
    pub async fn before(line: &Simulator) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let recorder = Self {
            base: format!("http://{}", listener.local_addr().unwrap()),
            line: line.base_url().to_owned(),
            http: reqwest::Client::new(),
            passed: Arc::default(),
        };
        let router = Router::new().fallback(pass).with_state(recorder.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        recorder
    }

    /// Everything that has passed.
    pub fn passed(&self) -> Vec<Passed> {
        self.passed.lock().unwrap().clone()
    }
}

async fn pass(State(recorder): State<Recorder>, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let body = to_bytes(body, usize::MAX).await.unwrap();
    let header = |name: &str| head.headers.get(name).map(|value| value.to_str().unwrap().to_owned());
    let to = format!("{}{}", recorder.line, head.uri);
    let mut headers = head.headers.clone();
    headers.remove("host");
    headers.remove("content-length");
    let on = recorder.http.request(head.method.clone(), &to).headers(headers).body(body.clone());
    let answer = on.send().await.unwrap();
    let mut response = Response::builder().status(answer.status());
    for name in ["x-line-request-id", "x-line-accepted-request-id", "content-type"] {
        if let Some(value) = answer.headers().get(name) {
            response = response.header(name, value);
        }
    }
    let (status, answer) = (answer.status().as_u16(), answer.bytes().await.unwrap());
    let query = reqwest::Url::parse(&to).unwrap().query_pairs().into_owned().collect();
    recorder.passed.lock().unwrap().push(Passed {
        method: head.method.to_string().to_lowercase(),
        path: head.uri.path().to_owned(),
        query,
        retry_key: header("x-line-retry-key"),
        kind: header("content-type").unwrap_or_default(),
        body,
        status,
        answer: answer.clone(),
    });
    response.body(Body::from(answer)).unwrap()
}
