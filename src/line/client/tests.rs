//! Tests of the client against scripted answers: for what the simulator has no reason to do.

use std::collections::VecDeque;
use std::sync::Mutex;

use axum::body::to_bytes;
use axum::extract::{Request, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use secrecy::ExposeSecret;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpListener;
use uuid::Uuid;

use super::*;
use crate::domain::ids::LineUserId;
use crate::domain::timestamp::Timestamp;
use crate::line::error::{Error, LaterReason, NeverReason};
use crate::line::event::ReplyToken;
use crate::line::message::Message;

const KEY: Uuid = Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0001);
const USER: &str = "Ufedcba9876543210fedcba9876543210";

/// Answers each call but those for tokens from a script, and remembers what it was asked.
#[derive(Clone, Default)]
struct Script {
    answers: Arc<Mutex<VecDeque<Scripted>>>,
    seen: Arc<Mutex<Vec<Seen>>>,
}

type Scripted = (u16, &'static [(&'static str, &'static str)], &'static str);

#[derive(Clone)]
struct Seen {
    line: String,
    headers: HeaderMap,
    body: String,
}

impl Seen {
    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

impl Script {
    fn asked(&self) -> Vec<String> {
        self.seen.lock().unwrap().iter().map(|seen| seen.line.clone()).collect()
    }

    fn last(&self, back: usize) -> Seen {
        let seen = self.seen.lock().unwrap();
        seen[seen.len() - 1 - back].clone()
    }
}

async fn answer(State(script): State<Script>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let body = String::from_utf8(to_bytes(body, usize::MAX).await.unwrap().to_vec()).unwrap();
    let line = format!("{} {}", parts.method, parts.uri);
    let is_token = line.ends_with("/oauth2/v3/token");
    script.seen.lock().unwrap().push(Seen { line, headers: parts.headers, body });
    if is_token && script.last(0).body.ends_with("client_secret=replaced") {
        return (axum::http::StatusCode::BAD_REQUEST, r#"{"error":"invalid_client"}"#).into_response();
    }
    if is_token {
        let number = script.asked().iter().filter(|line| line.ends_with("token")).count();
        return format!(r#"{{"token_type":"Bearer","access_token":"t{number}","expires_in":900}}"#)
            .into_response();
    }
    let next = script.answers.lock().unwrap().pop_front();
    let Some((status, headers, body)) = next else { std::future::pending().await };
    let mut response = body.into_response();
    *response.status_mut() = status.try_into().unwrap();
    for (name, value) in headers {
        response.headers_mut().insert(*name, value.parse().unwrap());
    }
    response
}

async fn serve(answers: &[Scripted]) -> (Script, Url) {
    let script =
        Script { answers: Arc::new(Mutex::new(answers.iter().copied().collect())), ..Script::default() };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = Url::parse(&format!("http://{}", listener.local_addr().unwrap())).unwrap();
    let router = axum::Router::new().fallback(answer).with_state(script.clone());
    tokio::spawn(async move { axum::serve(listener, router).await });
    (script, base)
}

fn client_at(base: Url, change: impl FnOnce(&mut ClientConfig)) -> Client {
    let mut config = ClientConfig::new("1234567890", SecretString::from("channel-secret"));
    (config.api_base, config.data_base) = (base.clone(), base);
    change(&mut config);
    Client::new(config, Clock::fixed(Timestamp::from_millis(1_790_000_000_000))).unwrap()
}

async fn against(answers: &[Scripted]) -> (Script, Client) {
    let (script, base) = serve(answers).await;
    (script, client_at(base, |_| ()))
}

fn user() -> LineUserId {
    LineUserId::parse(USER).unwrap()
}

async fn multicast(client: &Client) -> Result<Accepted, Error> {
    client.multicast(KEY, &[user()], Outgoing::new(&[Message::text("出雲")])).await
}

/// What a multicast comes to after one such answer.
async fn judged(status: u16, headers: &'static [(&'static str, &'static str)], body: &'static str) -> Error {
    let (_script, client) = against(&[(status, headers, body)]).await;
    multicast(&client).await.unwrap_err()
}

#[tokio::test]
async fn a_multicast_carries_token_key_and_body_and_comes_back_with_lines_id() {
    let (script, client) = against(&[(200, &[("x-line-request-id", "r-1")], "{}")]).await;
    let accepted = multicast(&client).await.unwrap();
    assert_eq!((accepted.request_id.as_deref(), accepted.is_earlier), (Some("r-1"), false));
    assert_eq!(script.asked(), ["POST /oauth2/v3/token", "POST /v2/bot/message/multicast"]);
    let token_form = "grant_type=client_credentials&client_id=1234567890&client_secret=channel-secret";
    assert_eq!(script.last(1).body, token_form);
    let sent = script.last(0);
    assert_eq!(sent.header("authorization"), "Bearer t1");
    assert_eq!(sent.header("x-line-retry-key"), "01900000-0000-7000-8000-000000000001");
    assert_eq!(sent.header("content-type"), "application/json");
    assert_eq!(sent.body, format!(r#"{{"to":["{USER}"],"messages":[{{"type":"text","text":"出雲"}}]}}"#));
}

#[tokio::test]
async fn a_refused_token_is_renewed_once_and_the_same_bytes_are_sent_again() {
    let (script, client) = against(&[(401, &[], "{}"), (200, &[], "{}"), (200, &[], "{}")]).await;
    multicast(&client).await.unwrap();
    multicast(&client).await.unwrap();
    let [token, send] = ["POST /oauth2/v3/token", "POST /v2/bot/message/multicast"];
    assert_eq!(script.asked(), [token, send, token, send, send]);
    assert_eq!(
        (script.last(1).header("authorization"), script.last(0).header("authorization")),
        ("Bearer t2", "Bearer t2")
    );
    assert_eq!(script.last(3).body, script.last(1).body);
    assert_eq!(script.last(3).header("x-line-retry-key"), script.last(1).header("x-line-retry-key"));
}

#[tokio::test]
async fn a_channel_refused_twice_stops_all_sending() {
    let (_script, client) = against(&[(401, &[], "{}"), (401, &[], "{}")]).await;
    let error = multicast(&client).await.unwrap_err();
    assert_eq!(error, Error::Never(NeverReason::Unauthorised));
    assert!(error.stops_all_sending() && judged(403, &[], "").await.stops_all_sending());
}

#[tokio::test]
async fn a_retry_key_known_already_means_accepted_earlier() {
    let headers = &[("x-line-request-id", "r-2"), ("x-line-accepted-request-id", "r-1")];
    let body = r#"{"message":"The retry key is already accepted"}"#;
    let (_script, client) = against(&[(409, headers, body)]).await;
    let accepted = multicast(&client).await.unwrap();
    assert!(accepted.is_earlier);
    assert_eq!(accepted.accepted_request_id.as_deref(), Some("r-1"));
}

#[tokio::test]
async fn the_two_meanings_of_429_are_told_apart() {
    let rate =
        judged(429, &[], r#"{"message":"The API rate limit has been exceeded. Try again later."}"#).await;
    assert_eq!(rate, Error::Later { after: None, why: LaterReason::RateLimited });
    let month = judged(429, &[], r#"{"message":"You have reached your monthly limit."}"#).await;
    assert!(month.is_monthly_limit());
    let told = judged(429, &[("retry-after", "7")], "").await;
    assert_eq!(told, Error::Later { after: Some(Duration::from_secs(7)), why: LaterReason::RateLimited });
    assert!(!rate.may_have_been_accepted());
}

#[tokio::test]
async fn a_bad_recipient_is_named_by_its_place() {
    let body = r#"{"message":"The property, to[1], in the request body is invalid (line: -, column: -)"}"#;
    let expected = NeverReason::BadRequest { properties: vec![], bad_recipient_index: Some(1) };
    assert_eq!(judged(400, &[], body).await, Error::Never(expected));
    let body = r#"{"message":"x","details":[{"message":"y","property":"messages[0].text"},{"property":"ないしょ です"}]}"#;
    let properties = vec!["messages[0].text".to_owned()];
    let expected = NeverReason::BadRequest { properties, bad_recipient_index: None };
    assert_eq!(judged(400, &[], body).await, Error::Never(expected));
}

#[tokio::test]
async fn lines_own_faults_are_for_later_and_undocumented_answers_are_not() {
    let later = |why| Error::Later { after: None, why };
    assert_eq!(judged(500, &[], "").await, later(LaterReason::ServerError(500)));
    assert_eq!(judged(503, &[], "<html>").await, later(LaterReason::ServerError(503)));
    assert_eq!(judged(413, &[], "").await, Error::Never(NeverReason::TooLarge));
    let moved = judged(302, &[("location", "http://127.0.0.1:9/elsewhere")], "").await;
    assert_eq!(moved, Error::Never(NeverReason::Unexpected(302)));
}

#[tokio::test]
async fn silence_is_a_timeout_and_may_have_been_accepted() {
    let (_script, base) = serve(&[]).await;
    let client = client_at(base, |config| config.timeout = Duration::from_millis(80));
    let error = multicast(&client).await.unwrap_err();
    assert_eq!(error, Error::Later { after: None, why: LaterReason::Timeout });
    assert!(error.may_have_been_accepted());
}

/// Accepts each connection, says `text` to it and hangs up.
async fn hang_up_after(text: &'static str) -> Url {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = Url::parse(&format!("http://{}", listener.local_addr().unwrap())).unwrap();
    tokio::spawn(async move {
        while let Ok((mut socket, _)) = listener.accept().await {
            let mut request = [0; 4096];
            let _ = tokio::io::AsyncReadExt::read(&mut socket, &mut request).await;
            let _ = socket.write_all(text.as_bytes()).await;
        }
    });
    base
}

async fn hold_token(client: &Client) {
    let issued =
        async { Ok(crate::line::token::Issued { token: "t".into(), lifetime: Duration::from_secs(900) }) };
    client.0.tokens.get(issued).await.unwrap();
}

#[tokio::test]
async fn a_cut_connection_is_for_later_but_not_once_the_status_was_heard() {
    let client = client_at(hang_up_after("").await, |_| ());
    hold_token(&client).await;
    let cut = multicast(&client).await.unwrap_err();
    assert_eq!(cut, Error::Later { after: None, why: LaterReason::Connection });
    let head = "HTTP/1.1 200 OK\r\nx-line-request-id: r-9\r\ncontent-length: 100\r\n\r\n{";
    let client = client_at(hang_up_after(head).await, |_| ());
    hold_token(&client).await;
    assert_eq!(multicast(&client).await.unwrap().request_id.as_deref(), Some("r-9"));
    assert_eq!(client.consumption().await.unwrap_err(), Error::later(LaterReason::Connection));
}

#[tokio::test]
async fn nobody_listening_is_for_later() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = Url::parse(&format!("http://{}", listener.local_addr().unwrap())).unwrap();
    drop(listener);
    let error = multicast(&client_at(base, |_| ())).await.unwrap_err();
    assert_eq!(error, Error::later(LaterReason::Unsent));
    assert!(!error.to_string().contains("127.0.0.1") && !error.may_have_been_accepted());
}

#[tokio::test]
async fn without_a_token_nothing_can_have_been_accepted() {
    let client = client_at(hang_up_after("").await, |_| ());
    let error = multicast(&client).await.unwrap_err();
    assert_eq!(error, Error::later(LaterReason::Unsent));
    assert!(!error.may_have_been_accepted());
}

#[tokio::test]
async fn everything_goes_through_the_proxy_where_one_is_set() {
    let (script, proxy) = serve(&[(200, &[], r#"{"totalUsage":5}"#)]).await;
    let base = Url::parse("http://line.invalid/under").unwrap();
    let client = client_at(base, |config| config.proxy = Some(proxy));
    assert_eq!(client.consumption().await.unwrap().body, 5);
    let expected = [
        "POST http://line.invalid/under/oauth2/v3/token",
        "GET http://line.invalid/under/v2/bot/message/quota/consumption",
    ];
    assert_eq!(script.asked(), expected);
}

#[tokio::test]
async fn wrong_credentials_are_never_and_a_broken_token_answer_is_later() {
    let base =
        hang_up_after("HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\nconnection: close\r\n\r\n").await;
    let error = multicast(&client_at(base, |_| ())).await.unwrap_err();
    assert_eq!(error, Error::Never(NeverReason::Unauthorised));
    let base = hang_up_after("HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}").await;
    let error = multicast(&client_at(base, |_| ())).await.unwrap_err();
    assert_eq!(error, Error::later(LaterReason::Unsent));
}

#[tokio::test]
async fn during_a_change_of_the_secret_the_next_one_is_tried() {
    let (script, base) = serve(&[(200, &[], "{}")]).await;
    let client = client_at(base, |config| {
        config.channel_secret = SecretString::from("replaced");
        config.next_secret = Some(SecretString::from("new"));
    });
    multicast(&client).await.unwrap();
    assert!(script.last(1).body.ends_with("client_secret=new"));
}

/// Everything logged on this thread while the guard lives.
fn listen() -> (Arc<Mutex<Vec<u8>>>, tracing::subscriber::DefaultGuard) {
    let log = Arc::new(Mutex::new(Vec::new()));
    let sink = log.clone();
    let writer = move || Sink(sink.clone());
    let subscriber =
        tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).with_ansi(false).with_writer(writer);
    (log, tracing::subscriber::set_default(subscriber.finish()))
}

struct Sink(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        std::io::Write::write(&mut *self.0.lock().unwrap(), bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn a_call_is_logged_by_its_template_and_lines_id_and_nothing_personal() {
    let (log, _guard) = listen();
    let profile = r#"{"displayName":"見本","userId":"Ufedcba9876543210fedcba9876543210"}"#;
    let (_script, client) =
        against(&[(200, &[("x-line-request-id", "r-7")], profile), (500, &[], "{}")]).await;
    client.profile(&user()).await.unwrap();
    multicast(&client).await.unwrap_err();
    let log = String::from_utf8(log.lock().unwrap().clone()).unwrap();
    let line = log.lines().find(|line| line.contains("/v2/bot/profile/{userId}")).unwrap();
    assert!(
        line.contains("LINE answered") && line.contains("http.status=200") && line.contains("r-7"),
        "{line}"
    );
    assert!(log.contains("http.status=500"));
    for hidden in ["fedcba9876543210", "見本", "出雲", "channel-secret", "Bearer t1"] {
        assert!(!log.contains(hidden), "{hidden}: {log}");
    }
}

#[tokio::test]
async fn a_reply_takes_no_retry_key_and_knows_a_used_token() {
    let sent = r#"{"sentMessages":[{"id":"461","quoteToken":"q"}],"new":1}"#;
    let (script, client) =
        against(&[(200, &[], sent), (400, &[], r#"{"message":"Invalid reply token"}"#)]).await;
    let (token, say) = (ReplyToken::new("r"), [Message::text("だんだん")]);
    let accepted = client.reply(&token, Outgoing::new(&say)).await.unwrap();
    assert_eq!(accepted.sent, [SentMessage { id: "461".into() }]);
    assert_eq!(script.last(0).header("x-line-retry-key"), "");
    assert_eq!(script.last(0).body, r#"{"replyToken":"r","messages":[{"type":"text","text":"だんだん"}]}"#);
    let error = client.reply(&token, Outgoing::new(&say)).await.unwrap_err();
    assert_eq!(error, Error::Never(NeverReason::InvalidReplyToken));
}

#[tokio::test]
async fn questions_use_the_documented_paths_and_tolerate_more_than_they_need() {
    let (script, client) = against(&[
        (
            200,
            &[("x-line-request-id", "r-3")],
            r#"{"displayName":"見本","userId":"U","language":"ja","mood":[]}"#,
        ),
        (200, &[], r#"{"type":"none"}"#),
        (200, &[], r#"{"type":"limited","value":30000}"#),
        (202, &[], "{}"),
        (200, &[], r#"{"userIds":["Ufedcba9876543210fedcba9876543210","?"],"next":"n/1"}"#),
        (200, &[], r#"{"userIds":[]}"#),
        (404, &[], r#"{"message":"Not found"}"#),
    ])
    .await;
    let profile = client.profile(&user()).await.unwrap();
    assert_eq!((profile.body.display_name.expose(), profile.request_id.as_deref()), ("見本", Some("r-3")));
    assert_eq!(client.quota().await.unwrap().body, Quota::Unlimited);
    assert_eq!(client.quota().await.unwrap().body, Quota::Limited(30_000));
    client.start_loading(&user(), 7).await.unwrap();
    assert_eq!(script.last(0).body, format!(r#"{{"chatId":"{USER}","loadingSeconds":10}}"#));
    let page = client.followers(None).await.unwrap().body;
    assert_eq!(page.users, [user()]);
    client.followers(page.next.as_deref()).await.unwrap();
    assert_eq!(script.last(0).line, "GET /v2/bot/followers/ids?limit=1000&start=n%2F1");
    assert_eq!(client.profile(&user()).await.unwrap_err(), Error::Never(NeverReason::NotFound));
    assert_eq!(script.last(0).line, format!("GET /v2/bot/profile/{USER}"));
}

async fn id_token(status: u16, body: &'static str) -> (Script, Result<IdToken, IdTokenError>) {
    let (script, client) = against(&[(status, &[], body)]).await;
    let outcome = client.verify_id_token(&SecretString::from("head.claims.sign-_9"), "99").await;
    (script, outcome)
}

#[tokio::test]
async fn line_vouches_for_an_id_token_without_our_channel_token() {
    let claims = r#"{"iss":"https://access.line.me","sub":"Ufedcba9876543210fedcba9876543210","aud":"99","exp":1790003600}"#;
    let (script, outcome) = id_token(200, claims).await;
    let expires_at = Timestamp::from_millis(1_790_003_600_000);
    assert_eq!(outcome, Ok(IdToken { user: user(), expires_at }));
    assert_eq!(script.asked(), ["POST /oauth2/v2.1/verify"]);
    assert_eq!(script.last(0).body, "id_token=head.claims.sign-_9&client_id=99");
}

#[tokio::test]
async fn expired_foreign_and_forged_id_tokens_are_told_apart() {
    let told = |text: &'static str| async move { id_token(400, text).await.1.unwrap_err() };
    assert_eq!(
        told(r#"{"error":"invalid_request","error_description":"IdToken expired."}"#).await,
        IdTokenError::Expired
    );
    let audience = r#"{"error":"invalid_request","error_description":"Invalid IdToken Audience."}"#;
    assert_eq!(told(audience).await, IdTokenError::WrongAudience);
    assert_eq!(
        told(r#"{"error":"invalid_request","error_description":"Invalid IdToken."}"#).await,
        IdTokenError::Forged
    );
    let foreign = r#"{"sub":"Ufedcba9876543210fedcba9876543210","aud":"98","exp":1790003600}"#;
    assert_eq!(id_token(200, foreign).await.1.unwrap_err(), IdTokenError::WrongAudience);
    let later = Error::later(LaterReason::ServerError(500));
    assert_eq!(id_token(500, "").await.1.unwrap_err(), IdTokenError::Line(later));
}

#[tokio::test]
async fn what_can_not_be_an_id_token_never_reaches_line() {
    let (script, client) = against(&[]).await;
    for text in ["", "a.b", "a..c", "a.b.c.d", "a.b.c&client_id=1", &"a".repeat(9_000)] {
        let outcome = client.verify_id_token(&SecretString::from(text), "99").await;
        assert_eq!(outcome, Err(IdTokenError::Forged), "{text}");
    }
    assert!(script.asked().is_empty());
}

#[tokio::test]
async fn what_breaks_a_limit_never_reaches_line() {
    let (script, client) = against(&[]).await;
    let refused = client.push(KEY, &user(), Outgoing::new(&[])).await.unwrap_err();
    assert!(matches!(refused, Error::Never(NeverReason::NotSendable(_))));
    let large = vec![b' '; limits::REQUEST_BYTES + 1];
    assert_eq!(client.multicast_raw(KEY, large).await.unwrap_err(), Error::Never(NeverReason::TooLarge));
    assert!(script.asked().is_empty());
}

#[test]
fn debug_output_holds_no_secret() {
    let base = Url::parse("http://127.0.0.1:9").unwrap();
    let client =
        client_at(base, |config| config.proxy = Some(Url::parse("http://u:geheim@127.0.0.1:9").unwrap()));
    let shown = format!("{client:?} {:?}", client.0.config);
    assert!(
        !shown.contains("geheim") && !shown.contains(client.0.config.channel_secret.expose_secret()),
        "{shown}"
    );
}
