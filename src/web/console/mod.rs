//! The staff console: every route with who may use it, and the layers around them all.
//!
//! `Table` is the only way to lay a route here, and it wants a [`Who`] for each; a test walks the list and knocks at
//! every door as a stranger and with the wrong role. Pages read through the store; each change is a flow.

mod approval_view;
mod audience;
mod audit;
mod beside;
mod broadcast;
mod broadcasts;
mod compose;
mod confirm;
mod deeds;
mod editor;
mod emergency;
mod fields;
mod figures;
mod follow_up;
mod friends;
mod history;
mod login;
mod night;
mod opening;
mod own_line;
mod phone;
mod progress;
mod readable;
mod repeat;
mod repeat_fields;
mod repeat_form;
mod repeat_typed;
mod rule_view;
mod rules;
mod segments;
mod sending;
mod series;
mod side_by_side;
mod split;
mod standing;
pub(in crate::web) mod statistics;
mod texts_view;
mod tokens;
mod typed;
mod when;
mod whom_view;

pub use audit::words;
pub use broadcasts::minute;
pub use rules::encoded as rule_path;
pub(in crate::web) use series::{KnownSeries, known as known_series};

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::handler::Handler;
use axum::http::{HeaderName, HeaderValue, Method, header};
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Redirect};
use axum::routing::{MethodFilter, any, on};
use tower_http::csrf::CsrfLayer;
use tower_http::set_header::SetResponseHeaderLayer;

use self::deeds::Deed;
use crate::app::App;
use crate::domain::staff::Role;
use crate::web::error::{self, WebError};
use crate::web::layout::{self, AUDIT_READERS};
use crate::web::session::{self, Who};

/// A form is text; this is more than the longest message in seven languages.
const LARGEST_BODY: usize = 256 * 1024;

const POLICY: &str =
    "default-src 'self'; base-uri 'none'; object-src 'none'; form-action 'self'; frame-ancestors 'none'";

// The flows ask again for the right itself; the doors only spare everybody a page they can't use.
const EDITORS: Who = Who::Roles(&[Role::Editor]);
const APPROVERS: Who = Who::Roles(&[Role::Approver]);
const TESTERS: Who = Who::Roles(&[Role::Editor, Role::Approver]);
const HALTERS: Who = Who::Roles(&layout::HALTERS);
const ADMINS: Who = Who::Roles(&[Role::Admin]);
const SWITCHERS: Who = Who::Roles(&layout::SWITCHERS);

/// One route.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Its method.
    pub method: Method,
    /// Its path, with `{name}` for what varies.
    pub path: &'static str,
    /// Who may use it.
    pub who: Who,
}

/// The routes of the console with everything around them.
pub fn routes(app: &App) -> Router<App> {
    let refuse = |_| {
        WebError::Forbidden("別のサイトから送られた操作は受け付けません。この画面を開き直してください。")
            .into_response()
    };
    let csrf = CsrfLayer::new();
    let csrf = csrf.clone().add_trusted_origin(&app.config.server.public_url).unwrap_or(csrf);
    let mut router = table(app).router.route("/console/{*rest}", any(async || WebError::NotFound));
    router = router
        .layer(DefaultBodyLimit::max(LARGEST_BODY))
        .layer(csrf.with_rejection_response(refuse))
        .layer(from_fn_with_state(app.clone(), error::dress));
    for (name, value) in headers() {
        router = router.layer(SetResponseHeaderLayer::overriding(name, HeaderValue::from_static(value)));
    }
    router
}

/// Every route with who may use it, for the test that knocks at every door.
#[must_use]
pub fn entries(app: &App) -> Vec<Entry> {
    table(app).entries
}

fn table(app: &App) -> Table {
    Table { app: app.clone(), router: Router::new(), entries: Vec::new() }
        .get("/console", Who::Staff, async || Redirect::to("/console/broadcasts"))
        .get("/console/login", Who::Anyone, login::show)
        .post("/console/login", Who::Anyone, login::log_in)
        .post("/console/logout", Who::Anyone, login::log_out)
        .get("/console/broadcasts", Who::Staff, broadcasts::list)
        .upload("/console/broadcasts", EDITORS, compose::create)
        .post("/console/broadcasts/preview", EDITORS, compose::preview)
        .get("/console/broadcasts/new", EDITORS, compose::new)
        .get("/console/broadcasts/{id}", Who::Staff, broadcast::show)
        .get("/console/broadcasts/{id}/progress", Who::Staff, progress::show)
        .get("/console/broadcasts/{id}/statistics", Who::Staff, statistics::show)
        .get("/console/broadcasts/{id}/statistics.csv", Who::Staff, statistics::csv)
        .get("/console/broadcasts/{id}/ledger.csv", Who::Staff, progress::ledger)
        .get("/console/broadcasts/{id}/split", EDITORS, split::ask)
        .post("/console/broadcasts/{id}/split", EDITORS, split::save)
        .get("/console/statistics", Who::Staff, statistics::list)
        .get("/console/statistics/series", Who::Staff, statistics::show_series)
        .get("/console/statistics/series.csv", Who::Staff, statistics::series_csv)
        .get("/console/broadcasts/{id}/edit", EDITORS, compose::edit)
        .upload("/console/broadcasts/{id}/edit", EDITORS, compose::update)
        .get("/console/broadcasts/{id}/test", Who::Staff, deeds::back)
        .get("/console/broadcasts/{id}/submit", Who::Staff, deeds::back)
        .get("/console/broadcasts/{id}/approve", Who::Staff, deeds::back)
        .get("/console/broadcasts/{id}/return", Who::Staff, deeds::back)
        .post("/console/broadcasts/{id}/test", TESTERS, deeds::test)
        .post("/console/broadcasts/{id}/submit", EDITORS, deeds::submit)
        .post("/console/broadcasts/{id}/approve", APPROVERS, deeds::approve)
        .post("/console/broadcasts/{id}/return", APPROVERS, deeds::give_back)
        .get("/console/broadcasts/{id}/versions", Who::Staff, history::show)
        .get("/console/broadcasts/{id}/repeat", EDITORS, repeat_form::ask)
        .post("/console/broadcasts/{id}/repeat", EDITORS, repeat_form::begin)
        .get("/console/repeats", Who::Staff, repeat::list)
        .get("/console/repeats/{id}/change", EDITORS, repeat_form::ask_change)
        .post("/console/repeats/{id}/change", EDITORS, repeat_form::change)
        .get("/console/repeats/{id}/end", EDITORS, repeat::ask_end)
        .post("/console/repeats/{id}/end", EDITORS, repeat::end)
        .post("/console/repeats/{id}/make/{occasion}", EDITORS, repeat::make)
        .get("/console/repeats/{id}/standing", Who::Staff, standing::show)
        .post("/console/repeats/{id}/standing", EDITORS, standing::ask)
        .post("/console/repeats/{id}/standing/{standing}/approve", APPROVERS, standing::agree)
        .post("/console/repeats/{id}/standing/{standing}/revoke", APPROVERS, standing::revoke)
        .get("/console/series", Who::Staff, series::show)
        .post("/console/series", EDITORS, series::add)
        .get("/console/emergency", Who::Staff, emergency::show)
        .get("/console/emergency/{template}", EDITORS, emergency::ask)
        .post("/console/emergency/{template}", EDITORS, emergency::begin)
        .get("/console/broadcasts/{id}/open/{part}", Who::Staff, opening::show)
        .post("/console/broadcasts/{id}/open/{part}", APPROVERS, opening::open)
        .get("/console/broadcasts/{id}/correct", EDITORS, follow_up::ask_correction)
        .post("/console/broadcasts/{id}/correct", EDITORS, follow_up::correct)
        .get("/console/broadcasts/{id}/missed", EDITORS, follow_up::ask_missed)
        .post("/console/broadcasts/{id}/missed", EDITORS, follow_up::send_to_missed)
        .get("/console/broadcasts/{id}/copy", Who::Staff, deeds::back)
        .post("/console/broadcasts/{id}/copy", EDITORS, follow_up::copy)
        .deed("/console/broadcasts/{id}/pause", HALTERS, Deed::Pause)
        .deed("/console/broadcasts/{id}/resume", APPROVERS, Deed::Resume)
        .deed("/console/broadcasts/{id}/go-on", APPROVERS, Deed::GoOn)
        .deed("/console/broadcasts/{id}/stop", HALTERS, Deed::Stop)
        .get("/console/sending/off", HALTERS, sending::ask_off)
        .post("/console/sending/off", HALTERS, sending::off)
        .get("/console/sending/on", SWITCHERS, sending::ask_on)
        .post("/console/sending/on", SWITCHERS, sending::on)
        .get("/console/segments", Who::Staff, segments::list)
        .get("/console/segments/{*path}", Who::Staff, segments::show)
        .get("/console/rules/new", EDITORS, rules::new)
        .get("/console/rules/edit/{*path}", EDITORS, rules::edit)
        .get("/console/rules/build", EDITORS, rules::back)
        .post("/console/rules/build", EDITORS, rules::build)
        .get("/console/rules/import", EDITORS, rules::ask_import)
        .post("/console/rules/import", EDITORS, rules::import)
        .get("/console/rules/versions/{*path}", Who::Staff, rules::show_versions)
        .get("/console/rules/compare/{*path}", Who::Staff, rules::compare)
        .get("/console/rules/file/{*path}", Who::Staff, rules::download)
        .post("/console/rules/restore/{*path}", EDITORS, rules::restore)
        .get("/console/rules/archive/{*path}", EDITORS, rules::ask_archive)
        .post("/console/rules/archive/{*path}", EDITORS, rules::archive)
        .get("/console/friends", Who::Staff, friends::show)
        .post("/console/friends/confirm", SWITCHERS, friends::confirm)
        .get("/console/audience", Who::Staff, audience::show)
        .get("/console/when", EDITORS, when::show)
        .get("/console/tokens", Who::Staff, tokens::list)
        .post("/console/tokens", ADMINS, tokens::allow)
        .get("/console/tokens/collect", Who::Staff, async || Redirect::to("/console/tokens"))
        .post("/console/tokens/collect", Who::Staff, tokens::collect)
        .get("/console/tokens/revoke", Who::Staff, async || Redirect::to("/console/tokens"))
        .post("/console/tokens/revoke", Who::Staff, tokens::revoke)
        .get("/console/line", Who::Staff, own_line::show)
        .get("/console/line/code", Who::Staff, async || Redirect::to("/console/line"))
        .post("/console/line/code", Who::Staff, own_line::make_code)
        .get("/console/line/remove", Who::Staff, async || Redirect::to("/console/line"))
        .post("/console/line/remove", Who::Staff, own_line::remove)
        .get("/console/audit", Who::Roles(&AUDIT_READERS), audit::list)
}

fn headers() -> [(HeaderName, &'static str); 5] {
    [
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "same-origin"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::CACHE_CONTROL, "no-store"),
    ]
}

struct Table {
    app: App,
    router: Router<App>,
    entries: Vec<Entry>,
}

impl Table {
    fn get<H: Handler<T, App>, T: 'static>(self, path: &'static str, who: Who, handler: H) -> Self {
        self.lay(Method::GET, MethodFilter::GET, path, who, handler)
    }

    fn post<H: Handler<T, App>, T: 'static>(self, path: &'static str, who: Who, handler: H) -> Self {
        self.lay(Method::POST, MethodFilter::POST, path, who, handler)
    }

    /// A form with files.
    fn upload<H: Handler<T, App>, T: 'static>(self, path: &'static str, who: Who, handler: H) -> Self {
        self.post(path, who, handler.layer(DefaultBodyLimit::max(fields::LARGEST_FORM)))
    }

    fn deed(self, path: &'static str, who: Who, deed: Deed) -> Self {
        self.get(path, who, move |app, shell, id, uri| deeds::ask(app, shell, id, uri, deed)).post(
            path,
            who,
            move |app, shell, staff, id| deeds::carry_out(app, shell, staff, id, deed),
        )
    }

    fn lay<H: Handler<T, App>, T: 'static>(
        mut self,
        method: Method,
        filter: MethodFilter,
        path: &'static str,
        who: Who,
        handler: H,
    ) -> Self {
        let guard = from_fn_with_state((self.app.clone(), who), session::guard);
        self.router = self.router.route(path, on(filter, handler).route_layer(guard));
        self.entries.push(Entry { method, path, who });
        self
    }
}
