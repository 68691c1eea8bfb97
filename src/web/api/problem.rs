//! What went wrong, as a program reads it: RFC 9457's `application/problem+json`.
//!
//! A handler only says what happened; [`dress`] stands around every route, so that refusals of the framework look like
//! ours. A problem never holds the cause of a failure of ours, and nothing about a resident.

use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};

use super::kinds::Kind;
use crate::app::App;
use crate::db;
use crate::domain::broadcast::Caution;
use crate::domain::broadcast::trial::TrialFault;
use crate::domain::message::{self, Field};
use crate::flow::AudienceError;
use crate::flow::broadcast::{BroadcastError, Refusal};

/// The media type of problems.
pub const PROBLEM_JSON: &str = "application/problem+json";

/// A problem.
#[derive(Clone, Debug)]
pub struct Problem {
    kind: Kind,
    detail: String,
    more: Map<String, Value>,
    /// For the log alone.
    cause: Option<String>,
}

impl Problem {
    /// A problem of a kind, with a sentence for people.
    #[must_use]
    pub fn new(kind: Kind, detail: impl Into<String>) -> Self {
        Self { kind, detail: detail.into(), more: Map::new(), cause: None }
    }

    /// There is no such thing.
    #[must_use]
    pub fn not_found() -> Self {
        Self::new(Kind::NotFound, "アドレスか番号を確かめてください。")
    }

    /// With a member more.
    #[must_use]
    pub fn with(mut self, name: &str, value: Value) -> Self {
        self.more.insert(name.to_owned(), value);
        self
    }

    /// A mistake of ours.
    #[must_use]
    pub fn broken(cause: &impl std::fmt::Display) -> Self {
        let said = "変更は行われていません。繰り返し起きるときは、情報政策課に知らせてください。";
        Self { cause: Some(cause.to_string()), ..Self::new(Kind::Broken, said) }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut body = self.more.clone();
        body.insert("type".to_owned(), self.kind.uri().into());
        body.insert("title".to_owned(), self.kind.title().into());
        body.insert("status".to_owned(), self.kind.status().as_u16().into());
        body.insert("detail".to_owned(), self.detail.clone().into());
        let kind = [(header::CONTENT_TYPE, PROBLEM_JSON)];
        let mut response = (self.kind.status(), kind, Value::Object(body).to_string()).into_response();
        if self.kind == Kind::Unauthorised {
            let asks = HeaderValue::from_static("Bearer realm=\"musubi\"");
            response.headers_mut().insert(header::WWW_AUTHENTICATE, asks);
        }
        response.extensions_mut().insert(self);
        response
    }
}

impl From<db::Error> for Problem {
    fn from(error: db::Error) -> Self {
        match error {
            db::Error::Busy | db::Error::Away(_) => {
                Self::new(Kind::Away, "変更は行われていません。少し待ってから、もう一度送ってください。")
            }
            db::Error::Conflict => {
                Self::new(Kind::Changed, "ほかの人が同時に変更しました。読み直してください。")
            }
            db::Error::Corrupt(_) | db::Error::Other(_) => Self::broken(&error),
        }
    }
}

impl From<AudienceError> for Problem {
    fn from(error: AudienceError) -> Self {
        BroadcastError::from(error).into()
    }
}

impl From<BroadcastError> for Problem {
    fn from(error: BroadcastError) -> Self {
        match error {
            BroadcastError::Refused(refusal) => refused(&refusal),
            BroadcastError::Db(error) => error.into(),
            line @ BroadcastError::Line(_) => Self::new(Kind::LineRefused, line.to_string()),
        }
    }
}

/// Every refusal of the flows has its kind: a new one does not compile before it has one.
fn refused(refusal: &Refusal) -> Problem {
    let problem = Problem::new(kind(refusal), refusal.to_string());
    match refusal {
        Refusal::WrongState(state) => problem.with("state", state.id().into()),
        Refusal::NotResumable(hold) => problem.with("hold", hold.id().into()),
        Refusal::Title => problem.with("field", "title".into()),
        Refusal::Series | Refusal::SeriesThere | Refusal::UnknownSeries(_) => {
            problem.with("field", "series".into())
        }
        Refusal::Content(problems) => {
            problem.with("problems", problems.iter().map(content_problem).collect())
        }
        Refusal::Cautions(cautions) => problem.with("cautions", cautions_json(cautions)),
        Refusal::WrongCount { typed } | Refusal::WrongMost { typed } => {
            problem.with("typed", (*typed).into())
        }
        Refusal::AudienceMoved { then, now } => {
            problem.with("then", (*then).into()).with("now", (*now).into())
        }
        Refusal::NotOpened(left) => problem.with("left", (*left).into()),
        Refusal::NoSuchDay(_) => problem.with("field", "rhythm".into()),
        Refusal::Trial(TrialFault::SameDraft { arm, .. } | TrialFault::SameText { arm, .. }) => {
            problem.with("field", "others".into()).with("arm", (*arm).into())
        }
        Refusal::OfArm(arm, inner) => {
            let Problem { kind, more, .. } = refused(inner);
            Problem { kind, more, ..problem }.with("arm", arm.as_str().into())
        }
        _ => problem,
    }
}

fn kind(refusal: &Refusal) -> Kind {
    match refusal {
        Refusal::NotAllowed(_) => Kind::Forbidden,
        Refusal::NotFound => Kind::NotFound,
        Refusal::Changed | Refusal::RepeatChanged => Kind::Changed,
        Refusal::WrongState(_) => Kind::WrongState,
        Refusal::Title | Refusal::Series | Refusal::SeriesThere => Kind::Invalid,
        Refusal::UnknownSeries(_) => Kind::UnknownSeries,
        Refusal::UnknownTopic => Kind::UnknownTopic,
        Refusal::UnknownSegment => Kind::UnknownSegment,
        Refusal::Content(_) => Kind::ContentInvalid,
        Refusal::MarkedAsTest => Kind::MarkedAsTest,
        Refusal::Time(_) => Kind::TimeInvalid,
        Refusal::NotTested => Kind::NotTested,
        Refusal::NoLineAccount => Kind::NoLineAccount,
        Refusal::Cautions(_) => Kind::CautionsUnseen,
        Refusal::NobodySelected => Kind::NobodySelected,
        Refusal::RuleUnreadable => Kind::RuleUnusable,
        Refusal::OwnText => Kind::OwnText,
        Refusal::StaleHash => Kind::StaleHash,
        Refusal::WrongCount { .. } | Refusal::WrongMost { .. } => Kind::WrongCount,
        Refusal::AudienceMoved { .. } => Kind::AudienceMoved,
        Refusal::NoSuchPicture => Kind::NoSuchPicture,
        Refusal::Trial(_) | Refusal::SplitOfEarlier => Kind::TrialInvalid,
        Refusal::OfArm(_, inner) => kind(inner),
        Refusal::Unfilled(_) => Kind::Unfilled,
        Refusal::NotOpened(_) => Kind::NotOpened,
        Refusal::NoSuchPart => Kind::NoSuchPart,
        Refusal::NobodyReached => Kind::NobodyReached,
        Refusal::NobodyMissed => Kind::NobodyMissed,
        Refusal::NotOver => Kind::NotOver,
        Refusal::EarlierExpired => Kind::EarlierExpired,
        Refusal::Filled(_)
        | Refusal::FixedText
        | Refusal::BlankWithoutRule(_)
        | Refusal::NobodyHasValues
        | Refusal::CheckUpRules(_) => Kind::ContentInvalid,
        Refusal::NoTemplate => Kind::NotFound,
        Refusal::NotRepeatable | Refusal::Rhythm | Refusal::NoSuchDay(_) => Kind::Invalid,
        Refusal::Lasting | Refusal::NothingNamesDeadline => Kind::Invalid,
        Refusal::StandingTerms => Kind::Invalid,
        Refusal::NoExample => Kind::NoExample,
        Refusal::StandingOpen | Refusal::StandingOver | Refusal::RepeatOver | Refusal::Declined(_) => {
            Kind::WrongState
        }
        Refusal::NoReason => Kind::NoReason,
        Refusal::NotResumable(_) => Kind::NotResumable,
        Refusal::NeedsApproval => Kind::NeedsApproval,
        Refusal::TooLateAfterRestore => Kind::TooLateAfterRestore,
    }
}

/// The place in `content` as a document of several bubbles has it, and the word that the field has there.
fn content_problem(problem: &message::Problem) -> Value {
    let (word, at) = field_of(problem.field);
    let mut said = json!({
        "language": problem.language, "field": word, "part": problem.place.part, "card": problem.place.card,
        "sentence": problem.fault.to_string(),
    });
    if let Some(at) = at {
        said["at"] = at.into();
    }
    said
}

/// A field by its word in the document of a content, and its place in the list of its kind.
fn field_of(field: Field) -> (&'static str, Option<usize>) {
    match field {
        Field::Parts => ("parts", None),
        Field::Text => ("text", None),
        Field::Picture => ("image", None),
        Field::Alt => ("alt", None),
        Field::Title => ("title", None),
        Field::FactName(at) => ("facts.name", Some(at)),
        Field::Fact(at) => ("facts.text", Some(at)),
        Field::Buttons => ("buttons", None),
        Field::Label(at) => ("buttons.label", Some(at)),
        Field::Target(at) => ("buttons.target", Some(at)),
        Field::ReplyLabel(at) => ("quick_replies.label", Some(at)),
        Field::ReplyTarget(at) => ("quick_replies.target", Some(at)),
        Field::Deadline => ("deadline", None),
    }
}

/// Cautions with their words.
pub(super) fn cautions_json(cautions: &[Caution]) -> Value {
    cautions.iter().map(|caution| json!({ "id": caution.id(), "sentence": caution.word() })).collect()
}

/// Logs a failure once, and gives what the framework refused our form.
pub async fn dress(State(app): State<App>, request: Request, next: Next) -> Response {
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let response = next.run(request).await;
    let response = match problem_of(response.status(), response.headers().get(header::CONTENT_TYPE)) {
        Some(problem) => problem.into_response(),
        None => response,
    };
    if let Some(problem) = response.extensions().get::<Problem>() {
        log(&app, problem, method.as_str(), &path);
    }
    response
}

/// What a refusal of the framework means; `None` where the answer is one of ours.
fn problem_of(status: StatusCode, content_type: Option<&HeaderValue>) -> Option<Problem> {
    let ours = content_type.is_some_and(|kind| kind.as_bytes().starts_with(b"application/"));
    if ours || !(status.is_client_error() || status.is_server_error()) {
        return None;
    }
    Some(match status {
        StatusCode::NOT_FOUND => Problem::not_found(),
        StatusCode::METHOD_NOT_ALLOWED => {
            Problem::new(Kind::MethodNotAllowed, "使える方法は /api/openapi.json にあります。")
        }
        StatusCode::PAYLOAD_TOO_LARGE => Problem::new(Kind::TooLarge, "256KBまでにしてください。"),
        StatusCode::SERVICE_UNAVAILABLE => db::Error::Busy.into(),
        status if status.is_server_error() => Problem::broken(&format!("the framework said {status}")),
        _ => Problem::new(Kind::Malformed, "要求の形が /api/openapi.json と違います。"),
    })
}

fn log(_: &App, problem: &Problem, method: &str, path: &str) {
    let (status, kind) = (problem.kind.status().as_u16(), problem.kind.word());
    let path = path.get(..200).unwrap_or(path);
    match &problem.cause {
        Some(cause) => {
            tracing::error!(
                http.method = method,
                http.status = status,
                http.path = path,
                cause,
                "the API broke"
            );
        }
        None => tracing::info!(
            http.method = method,
            http.status = status,
            http.path = path,
            kind,
            "the API refused a request"
        ),
    }
}
