//! What went wrong, as staff see it: a title, one sentence, a way back, and a number to tell us.
//!
//! A handler only says what happened. [`dress`] stands around every console route: it logs a failure once and turns
//! it into a page; so refusals of the framework (a wrong method, an unreadable form) look like ours. The page never
//! shows the cause, and the log never shows what was typed.

use askama::Template;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{Html, IntoResponse, Response};
use tower_http::request_id::RequestId;

use crate::app::App;
use crate::db;
use crate::web::layout::Shell;
use crate::web::session::{self, SignedIn};

/// Why there is no page.
#[derive(Clone, Debug)]
pub enum WebError {
    /// The session is over.
    SignInAgain,
    /// Signed in, yet not allowed; the sentence says what for.
    Forbidden(&'static str),
    /// There is no such page or thing.
    NotFound,
    /// The thing changed meanwhile, or doesn't allow this now; the sentence says why.
    Conflict(String),
    /// What came can't be read.
    Unreadable,
    /// The database is away or busy.
    Away,
    /// A mistake of ours, with its cause for the log.
    Broken(String),
}

impl WebError {
    /// A mistake of ours.
    #[must_use]
    pub fn broken(cause: &impl std::fmt::Display) -> Self {
        Self::Broken(cause.to_string())
    }

    fn status(&self) -> StatusCode {
        match self {
            Self::SignInAgain => StatusCode::UNAUTHORIZED,
            Self::Forbidden(_) => StatusCode::FORBIDDEN,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::Conflict(_) => StatusCode::CONFLICT,
            Self::Unreadable => StatusCode::UNPROCESSABLE_ENTITY,
            Self::Away => StatusCode::SERVICE_UNAVAILABLE,
            Self::Broken(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    fn title(&self) -> &'static str {
        match self {
            Self::SignInAgain => "ログインし直してください",
            Self::Forbidden(_) => "この操作はできません",
            Self::NotFound => "ページが見つかりません",
            Self::Conflict(_) => "いまは、この操作ができません",
            Self::Unreadable => "送られた内容を読み取れませんでした",
            Self::Away => "いま、データベースにつながりません",
            Self::Broken(_) => "処理の途中で問題が起きました",
        }
    }

    fn sentence(&self) -> &str {
        match self {
            Self::SignInAgain => {
                "しばらく操作がなかったため、ログアウトしました。ログインしてから、ブラウザーの「戻る」で入力画面に戻れます。"
            }
            Self::Forbidden(sentence) => sentence,
            Self::NotFound => {
                "アドレスが変わったか、削除された可能性があります。メニューから探してください。"
            }
            Self::Conflict(sentence) => sentence,
            Self::Unreadable => "お手数ですが、前の画面に戻って、もう一度入力してください。",
            Self::Away => "変更は行われていません。1分ほど待ってから、もう一度お試しください。",
            Self::Broken(_) => {
                "変更は行われていません。繰り返し起きるときは、下の番号を情報政策課に知らせてください。"
            }
        }
    }
}

impl From<db::Error> for WebError {
    fn from(error: db::Error) -> Self {
        match error {
            db::Error::Busy | db::Error::Away(_) => Self::Away,
            db::Error::Conflict => {
                Self::Conflict("ほかの人が同時に変更しました。画面を開き直してください。".to_owned())
            }
            db::Error::Corrupt(_) | db::Error::Other(_) => Self::broken(&error),
        }
    }
}

impl IntoResponse for WebError {
    fn into_response(self) -> Response {
        let text = format!("{}\n{}\n", self.title(), self.sentence());
        let mut response = (self.status(), text).into_response();
        response.extensions_mut().insert(self);
        response
    }
}

#[derive(Template)]
#[template(path = "web/error.html")]
struct ErrorPage<'a> {
    shell: Shell,
    error: &'a WebError,
    back: (&'static str, &'static str),
    request: &'a str,
}

/// Logs a failure once and shows it as a page.
pub async fn dress(State(app): State<App>, request: Request, next: Next) -> Response {
    let id = request_id(&app, &request);
    let (path, headers) = (request.uri().path().to_owned(), request.headers().clone());
    let mut response = next.run(request).await;
    let Some(error) = failure(&response) else { return response };
    log(&error, response.status(), &path, &id);
    let staff = match response.extensions_mut().remove::<SignedIn>() {
        // An address that is none has no guard; whoever is signed in keeps their menu there, too.
        None if matches!(error, WebError::NotFound) => {
            session::signed_in(&app, &headers).await.unwrap_or(None)
        }
        staff => staff,
    };
    let mut dressed = page(&app, &error, staff, (&path, &id)).await;
    *dressed.status_mut() = response.status();
    dressed
}

fn failure(response: &Response) -> Option<WebError> {
    if let Some(error) = response.extensions().get::<WebError>() {
        return Some(error.clone());
    }
    let html = response.headers().get(header::CONTENT_TYPE);
    let ours = html.is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"));
    match response.status() {
        status if ours || !(status.is_client_error() || status.is_server_error()) => None,
        StatusCode::NOT_FOUND => Some(WebError::NotFound),
        StatusCode::SERVICE_UNAVAILABLE => Some(WebError::Away),
        status if status.is_server_error() => Some(WebError::Broken(format!("the framework said {status}"))),
        StatusCode::METHOD_NOT_ALLOWED => Some(WebError::NotFound),
        _ => Some(WebError::Unreadable),
    }
}

async fn page(
    app: &App,
    error: &WebError,
    staff: Option<SignedIn>,
    (path, request): (&str, &str),
) -> Response {
    let of_rules = ["/console/segments", "/console/rules"].iter().any(|area| path.starts_with(area));
    let back = match (error, &staff) {
        (WebError::SignInAgain, _) | (_, None) => ("/console/login", "ログイン画面へ"),
        _ if of_rules => ("/console/segments", "条件の一覧へ"),
        _ => ("/console/broadcasts", "配信の一覧へ"),
    };
    let shell = Shell::new(app, staff).warned(app).await.titled(error.title());
    let page = ErrorPage { shell, error, back, request };
    page.render().map_or_else(|_| error.title().into_response(), |text| Html(text).into_response())
}

fn log(error: &WebError, status: StatusCode, path: &str, id: &str) {
    let (status, path) = (status.as_u16(), masked(path));
    match error {
        WebError::Broken(cause) => {
            tracing::error!(
                http.status = status,
                http.path = path,
                request.id = id,
                cause,
                "a console page broke"
            );
        }
        WebError::Away => {
            tracing::error!(http.status = status, http.path = path, request.id = id, "the database is away");
        }
        _ => tracing::info!(
            http.status = status,
            http.path = path,
            request.id = id,
            "a console page was refused"
        ),
    }
}

/// A path of the console holds ids and nothing personal; anything longer was made up by somebody.
fn masked(path: &str) -> &str {
    path.get(..200).unwrap_or(path)
}

fn request_id(app: &App, request: &Request) -> String {
    let given = request.extensions().get::<RequestId>().map(RequestId::header_value);
    let given = given.and_then(|value: &HeaderValue| value.to_str().ok()).map(str::to_owned);
    given.unwrap_or_else(|| app.chance.uuid_v7(app.clock.now()).to_string())
}
