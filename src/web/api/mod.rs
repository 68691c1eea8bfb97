//! The JSON API (`/api/v1`): what staff do at the console, for the city's own programs.
//!
//! A token acts as one member of staff, with some of their roles; so two people stay two people. `Table` is the only way
//! to lay a route, and it wants a [`Who`] for each; tests walk the list as strangers, with wrong roles, and beside
//! `openapi.json`, which is the contract. Reads go through the store; each change is a flow, the same as the console's.

mod broadcasts;
mod choices;
mod deeds;
mod door;
mod emergencies;
mod follow_ups;
mod input;
mod kinds;
mod ledger;
mod once;
mod pace;
mod problem;
mod repeats;
mod segments;
mod sending;
mod shapes;
mod statistics;
mod trials;

pub use kinds::Kind;
pub use pace::AT_ONCE;

use axum::extract::{DefaultBodyLimit, State};
use axum::handler::Handler;
use axum::http::{HeaderName, HeaderValue, Method, header};
use axum::middleware::from_fn_with_state;
use axum::response::IntoResponse;
use axum::routing::{MethodFilter, any, on};
use axum::{Json, Router};
use serde_json::{Value, json};
use tower_http::set_header::SetResponseHeaderLayer;

use self::door::Caller;
use self::pace::Paces;
use self::problem::Problem;
use crate::app::App;
use crate::domain::staff::Role;
use crate::flow::images;
use crate::web::console::Entry;
use crate::web::layout;
use crate::web::session::Who;

/// A request is text; this is more than the longest message in seven languages.
const LARGEST_BODY: usize = 256 * 1024;

/// The contract, as it is served.
pub const OPENAPI: &str = include_str!("openapi.json");

// The flows ask again for the right itself.
const EDITORS: Who = Who::Roles(&[Role::Editor]);
const APPROVERS: Who = Who::Roles(&[Role::Approver]);
const TESTERS: Who = Who::Roles(&[Role::Editor, Role::Approver]);
const HALTERS: Who = Who::Roles(&layout::HALTERS);
const SWITCHERS: Who = Who::Roles(&layout::SWITCHERS);

/// The routes of the API with everything around them.
pub fn routes(app: &App) -> Router<App> {
    let mut router = table(app).router.route("/api/{*rest}", any(async || Problem::not_found()));
    router = router
        .layer(DefaultBodyLimit::max(LARGEST_BODY))
        .layer(from_fn_with_state(app.clone(), problem::dress));
    for (name, value) in headers() {
        router = router.layer(SetResponseHeaderLayer::overriding(name, HeaderValue::from_static(value)));
    }
    router
}

/// Every route with who may use it, for the tests that knock at every door.
#[must_use]
pub fn entries(app: &App) -> Vec<Entry> {
    table(app).entries
}

fn table(app: &App) -> Table {
    Table { app: app.clone(), paces: Paces::default(), router: Router::new(), entries: Vec::new() }
        .get("/api/openapi.json", Who::Anyone, contract)
        .get("/api/problems", Who::Anyone, problems)
        .get("/api/v1/token", Who::Staff, token)
        .get("/api/v1/sending", Who::Staff, sending::show)
        .post("/api/v1/sending/off", HALTERS, sending::off)
        .post("/api/v1/sending/on", SWITCHERS, sending::on)
        .get("/api/v1/series", Who::Staff, choices::series)
        .get("/api/v1/topics", Who::Staff, choices::topics)
        .upload("/api/v1/images", EDITORS, choices::add_image)
        .get("/api/v1/segments", Who::Staff, segments::list)
        .get("/api/v1/segments/show", Who::Staff, segments::show)
        .get("/api/v1/segments/count", Who::Staff, segments::count)
        .get("/api/v1/segments/explain", Who::Staff, segments::explain)
        .get("/api/v1/broadcasts", Who::Staff, broadcasts::list)
        .post("/api/v1/broadcasts", EDITORS, broadcasts::create)
        .get("/api/v1/broadcasts/{id}", Who::Staff, broadcasts::show)
        .put("/api/v1/broadcasts/{id}", EDITORS, broadcasts::edit)
        .put("/api/v1/broadcasts/{id}/schedule", EDITORS, broadcasts::schedule)
        .get("/api/v1/broadcasts/{id}/audience", Who::Staff, broadcasts::audience)
        .post("/api/v1/broadcasts/{id}/test", TESTERS, deeds::test)
        .post("/api/v1/broadcasts/{id}/submit", EDITORS, deeds::submit)
        .get("/api/v1/broadcasts/{id}/parts", APPROVERS, deeds::parts)
        .post("/api/v1/broadcasts/{id}/open", APPROVERS, deeds::open)
        .post("/api/v1/broadcasts/{id}/approve", APPROVERS, deeds::approve)
        .post("/api/v1/broadcasts/{id}/return", APPROVERS, deeds::give_back)
        .post("/api/v1/broadcasts/{id}/pause", HALTERS, deeds::pause)
        .post("/api/v1/broadcasts/{id}/resume", APPROVERS, deeds::resume)
        .post("/api/v1/broadcasts/{id}/go-on", APPROVERS, deeds::go_on)
        .post("/api/v1/broadcasts/{id}/stop", HALTERS, deeds::stop)
        .post("/api/v1/broadcasts/{id}/copy", EDITORS, follow_ups::copy)
        .post("/api/v1/broadcasts/{id}/correct", EDITORS, follow_ups::correct)
        .post("/api/v1/broadcasts/{id}/missed", EDITORS, follow_ups::missed)
        .get("/api/v1/broadcasts/{id}/progress", Who::Staff, ledger::progress)
        .get("/api/v1/broadcasts/{id}/ledger.csv", Who::Staff, ledger::export)
        .get("/api/v1/broadcasts/{id}/statistics", Who::Staff, statistics::show)
        .put("/api/v1/broadcasts/{id}/trial", EDITORS, trials::split)
        .get("/api/v1/emergencies", Who::Staff, emergencies::list)
        .post("/api/v1/emergencies/{template}", EDITORS, emergencies::begin)
        .get("/api/v1/repeats", Who::Staff, repeats::list)
        .post("/api/v1/repeats", EDITORS, repeats::begin)
        .get("/api/v1/repeats/{id}", Who::Staff, repeats::show)
        .put("/api/v1/repeats/{id}", EDITORS, repeats::change)
        .post("/api/v1/repeats/{id}/end", EDITORS, repeats::end)
        .post("/api/v1/repeats/{id}/make", EDITORS, repeats::make)
        .post("/api/v1/repeats/{id}/standing", EDITORS, repeats::ask)
        .post("/api/v1/repeats/{id}/standing/approve", APPROVERS, repeats::agree)
        .post("/api/v1/repeats/{id}/standing/revoke", APPROVERS, repeats::revoke)
}

async fn contract() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "application/json")], OPENAPI)
}

async fn problems() -> Json<Value> {
    let one =
        |kind: &Kind| json!({ "type": kind.uri(), "title": kind.title(), "status": kind.status().as_u16() });
    Json(Kind::ALL.iter().map(one).collect())
}

async fn token(State(_): State<App>, caller: Caller) -> Json<Value> {
    let roles: Vec<_> = caller.staff.roles.iter().map(Role::as_str).collect();
    Json(json!({
        "name": caller.name, "roles": roles, "expires_at": shapes::instant(caller.expires_at),
        "staff": { "id": caller.staff.id.to_string(), "name": caller.staff.name },
    }))
}

fn headers() -> [(HeaderName, &'static str); 2] {
    [(header::X_CONTENT_TYPE_OPTIONS, "nosniff"), (header::CACHE_CONTROL, "no-store")]
}

struct Table {
    app: App,
    paces: Paces,
    router: Router<App>,
    entries: Vec<Entry>,
}

impl Table {
    fn get<H: Handler<T, App>, T: 'static>(self, path: &'static str, who: Who, handler: H) -> Self {
        self.lay(Method::GET, path, who, handler, LARGEST_BODY)
    }

    fn post<H: Handler<T, App>, T: 'static>(self, path: &'static str, who: Who, handler: H) -> Self {
        self.lay(Method::POST, path, who, handler, LARGEST_BODY)
    }

    fn put<H: Handler<T, App>, T: 'static>(self, path: &'static str, who: Who, handler: H) -> Self {
        self.lay(Method::PUT, path, who, handler, LARGEST_BODY)
    }

    /// A file.
    fn upload<H: Handler<T, App>, T: 'static>(self, path: &'static str, who: Who, handler: H) -> Self {
        let handler = handler.layer(DefaultBodyLimit::max(images::LARGEST));
        self.lay(Method::POST, path, who, handler, images::LARGEST)
    }

    fn lay<H: Handler<T, App>, T: 'static>(
        mut self,
        method: Method,
        path: &'static str,
        who: Who,
        handler: H,
        largest: usize,
    ) -> Self {
        let guard = from_fn_with_state((self.app.clone(), who, self.paces.clone()), door::guard);
        let once = from_fn_with_state((self.app.clone(), largest), once::once);
        let route = match method {
            Method::POST => on(MethodFilter::POST, handler).route_layer(once),
            Method::PUT => on(MethodFilter::PUT, handler).route_layer(once),
            _ => on(MethodFilter::GET, handler),
        };
        self.router = self.router.route(path, route.route_layer(guard));
        self.entries.push(Entry { method, path, who });
        self
    }
}
