//! The residents' pages: register, look, change, stop, erase; opened inside LINE as a LIFF app.
//!
//! Only the first page needs a script, because LINE says who somebody is only to a script; from then on everything is
//! plain forms. Who somebody is comes from the session alone, never from a page. Nothing is cached, nothing personal
//! stands in an address, and no page can be framed by strangers.

mod check;
mod entry;
mod erase;
mod fields;
mod home;
mod link;
mod profile;
mod refusal;
mod session;
mod summary;
mod typed;

use askama::Template;
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::from_fn_with_state;
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{any, get, post};
use reqwest::Url;
use tower_http::csrf::CsrfLayer;
use tower_http::set_header::SetResponseHeaderLayer;

use crate::app::App;
use crate::config::Config;
use crate::db;
use crate::domain::texts::Tongue;

/// The longest form we read, in bytes; a household of twelve takes about six thousand.
const FORM_BYTES: usize = 64 * 1024;

/// `/`, `/liff` with everything below, and the links of messages.
pub fn routes(app: &App) -> Router<App> {
    let config = &app.config;
    let csrf = CsrfLayer::new();
    let csrf = csrf.clone().add_trusted_origin(origin(&config.server.public_url)).unwrap_or(csrf);
    let mut routes = Router::new()
        .route("/", get(home::show))
        .route("/liff", get(entry::show))
        .route("/liff/", get(entry::show))
        .route("/liff/session", post(entry::begin))
        .route("/liff/profile", get(profile::show).post(profile::submit))
        .route("/liff/summary", get(summary::show).post(summary::act))
        .route("/liff/language", post(summary::speak))
        .route("/liff/erase", get(erase::ask).post(erase::erase))
        .route("/liff/{*rest}", any(refusal::nowhere))
        .route("/r/{code}", get(link::open))
        .route("/r/{code}/{reader}", get(link::open_as_reader))
        .layer(DefaultBodyLimit::max(FORM_BYTES))
        .layer(csrf)
        .layer(from_fn_with_state(app.clone(), refusal::dress));
    for (name, value) in headers(config) {
        routes = routes.layer(SetResponseHeaderLayer::overriding(name, value));
    }
    routes
}

fn headers(config: &Config) -> Vec<(HeaderName, HeaderValue)> {
    let value = HeaderValue::from_static;
    let mut headers = vec![
        (header::CACHE_CONTROL, value("no-store")),
        // With no-referrer the browser would send `Origin: null`, and our own forms would be refused.
        (header::REFERRER_POLICY, value("same-origin")),
        (header::X_CONTENT_TYPE_OPTIONS, value("nosniff")),
        (HeaderName::from_static("permissions-policy"), value("camera=(), geolocation=(), microphone=()")),
    ];
    if let Ok(policy) = HeaderValue::from_str(&content_policy(config)) {
        headers.push((header::CONTENT_SECURITY_POLICY, policy));
    }
    headers
}

/// What the pages may load, and who may frame them: LINE's app shows them whole; only the simulator's phone, which is
/// on this machine, shows them in a frame.
fn content_policy(config: &Config) -> String {
    let sdk = origin(&config.liff.sdk_url);
    let calls = if is_loopback(&config.liff.sdk_url) { "" } else { LINE_CALLS };
    let frames = if is_loopback(&config.liff.sdk_url) { sdk.as_str() } else { "" };
    format!(
        "default-src 'none'; script-src 'self' {sdk}; style-src 'self'; img-src 'self'; connect-src 'self' {sdk}{calls}; \
         form-action 'self'; base-uri 'none'; frame-ancestors 'self' {frames}"
    )
}

/// Where LINE's SDK calls; LINE publishes no list, these were seen.
const LINE_CALLS: &str = " https://api.line.me https://access.line.me https://liff.line.me \
     https://liffsdk.line-scdn.net https://uts-front.line-apps.com";

fn origin(url: &str) -> String {
    Url::parse(url).map(|url| url.origin().ascii_serialization()).unwrap_or_default()
}

fn is_loopback(url: &str) -> bool {
    let host = Url::parse(url).ok().and_then(|url| url.host_str().map(str::to_owned)).unwrap_or_default();
    host == "localhost"
        || host.trim_matches(['[', ']']).parse().is_ok_and(|ip: std::net::IpAddr| ip.is_loopback())
}

/// What every page says around its own matter.
struct Shell<'a> {
    tongue: Tongue,
    config: &'a Config,
}

impl<'a> Shell<'a> {
    fn new(app: &'a App, tongue: Tongue) -> Self {
        Self { tongue, config: &app.config }
    }

    /// A text without blanks.
    fn t(&self, key: &str) -> String {
        self.tongue.say(key)
    }

    /// A text that may name the city or its contact.
    fn c(&self, key: &str) -> String {
        self.tongue.say_with(key, &[("city", &self.city()), ("contact", &self.config.city.contact)])
    }

    /// A text with a number in it.
    fn n(&self, key: &str, number: &usize) -> String {
        self.tongue.say_with(key, &[("number", &number.to_string())])
    }

    fn lang(&self) -> &'static str {
        self.tongue.html()
    }

    fn city(&self) -> String {
        self.city_in(self.tongue)
    }

    fn city_in(&self, tongue: Tongue) -> String {
        tongue.city(&self.config.city.name, &self.config.city.name_latin)
    }

    fn privacy_url(&self) -> &str {
        &self.config.city.privacy_url
    }

    fn tongues(&self) -> [Tongue; 4] {
        Tongue::ALL
    }

    fn is_current(&self, tongue: &Tongue) -> bool {
        self.tongue == *tongue
    }

    /// The address of a file of ours, changing with its content.
    fn asset(&self, name: &str) -> String {
        crate::web::assets::url(name)
    }
}

/// A page, or an apology where it can't be made.
fn page(status: StatusCode, template: &impl Template) -> Response {
    match template.render() {
        Ok(html) => (status, Html(html)).into_response(),
        Err(error) => {
            tracing::error!(%error, "a resident's page could not be made");
            apology()
        }
    }
}

/// Our fault, in all languages, because whose page it is may be what failed.
fn apology() -> Response {
    let mut said = String::new();
    for tongue in Tongue::ALL {
        let (title, text) = (tongue.say("page-broken-title"), tongue.say("entry-away"));
        said.push_str(&format!("<p lang=\"{}\">{title}。{text}</p>", tongue.html()));
    }
    let html =
        format!("<!doctype html><html lang=\"ja\"><meta charset=\"utf-8\"><title>503</title>{said}</html>");
    (StatusCode::SERVICE_UNAVAILABLE, Html(html)).into_response()
}

/// A failure of the database on a page that has nothing typed to keep.
fn failed(error: &db::Error) -> Response {
    tracing::error!(%error, "a resident's page could not be made");
    apology()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::ANY_LOCAL_PORT;

    #[test]
    fn only_the_simulator_on_this_machine_may_frame_a_page() {
        let mut config = Config::local("sqlite:x", ANY_LOCAL_PORT, "127.0.0.1:9".parse().unwrap(), "s");
        assert!(content_policy(&config).ends_with("frame-ancestors 'self' http://127.0.0.1:9"));
        config.liff.sdk_url = "https://static.line-scdn.net/liff/edge/2/sdk.js".to_owned();
        let policy = content_policy(&config);
        assert!(policy.contains("script-src 'self' https://static.line-scdn.net;"));
        assert!(policy.ends_with("frame-ancestors 'self' "));
    }
}
