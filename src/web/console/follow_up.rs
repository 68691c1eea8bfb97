//! What can be begun from a broadcast: its correction, what goes to those it did not reach, a copy.
//!
//! The first ends something and the second may repeat something, so both ask before they begin; a copy is only a draft.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;

use super::deeds::{broken, member};
use super::whom_view::WhomView;
use crate::app::App;
use crate::domain::broadcast::{State as Stage, Whom};
use crate::domain::ids::BroadcastId;
use crate::domain::staff::{Right, StaffMember};
use crate::flow::broadcast;
use crate::store::broadcasts::{self, Broadcast};
use crate::web::error::WebError;
use crate::web::layout::{self, Area, Said, Shell, go_and_say};
use crate::web::session::SignedIn;

/// What may be begun now; the flow decides again.
#[derive(Clone, Copy, Default)]
pub(super) struct FollowUps {
    pub(super) correct: bool,
    pub(super) missed: bool,
    pub(super) copy: bool,
    pub(super) repeat: bool,
}

impl FollowUps {
    /// For this person.
    pub(super) fn of(stored: &Broadcast, staff: &StaffMember) -> Self {
        let may_draft = staff.may(Right::Draft);
        let planned = stored.planned_at.is_some();
        Self {
            correct: may_draft && planned,
            missed: may_draft && planned && stored.finished_at.is_some(),
            repeat: may_draft && stored.whom() == Some(Whom::Rule),
            copy: may_draft && stored.whom().is_some_and(|whom| whom != Whom::Districts),
        }
    }
}

/// A broadcast that was begun from another.
pub(super) struct Descendant {
    pub(super) id: BroadcastId,
    pub(super) title: String,
    pub(super) what: &'static str,
}

/// Those that were begun from this one.
///
/// # Errors
/// As [`crate::db::Error`] says.
pub(super) async fn descendants(app: &App, id: BroadcastId) -> crate::db::Result<Vec<Descendant>> {
    let made = broadcasts::made_from(&mut app.db.read().await?, id).await?;
    let what = |audience: &str| match audience {
        "reached" => "訂正",
        "missed" => "届かなかった人へ",
        _ => "写し",
    };
    Ok(made
        .into_iter()
        .map(|(id, title, audience)| Descendant { id, title, what: what(&audience) })
        .collect())
}

#[derive(Template)]
#[template(path = "web/console/follow_up.html")]
struct AskPage {
    shell: Shell,
    at: String,
    whom: WhomView,
    is_correction: bool,
    /// Whether something of it is still to be sent, which ends now.
    is_open: bool,
}

pub(super) async fn ask_correction(
    State(app): State<App>,
    shell: Shell,
    Path(id): Path<String>,
) -> Result<Response, WebError> {
    ask(&app, shell, &id, Whom::Reached).await
}

pub(super) async fn ask_missed(
    State(app): State<App>,
    shell: Shell,
    Path(id): Path<String>,
) -> Result<Response, WebError> {
    ask(&app, shell, &id, Whom::Missed).await
}

async fn ask(
    app: &App,
    shell: Shell,
    id: &str,
    whom: impl Fn(BroadcastId) -> Whom,
) -> Result<Response, WebError> {
    let stored = super::broadcast::load(app, id).await?;
    let whom = whom(stored.id);
    let at = format!("/console/broadcasts/{}", stored.id);
    let is_correction = matches!(whom, Whom::Reached(_));
    let title = if is_correction { "お詫びと訂正" } else { "届かなかった人に送る" };
    let shell = shell.titled(title).within(Area::Broadcasts);
    let page = AskPage {
        shell: shell.below("/console/broadcasts", "配信").below(&at, &stored.title),
        at,
        whom: WhomView::of(app, whom, stored.id).await?,
        is_correction,
        is_open: matches!(stored.state, Stage::Planned | Stage::Sending | Stage::Paused),
    };
    layout::page(&page.shell, &page)
}

pub(super) async fn correct(
    State(app): State<App>,
    staff: SignedIn,
    Path(id): Path<String>,
) -> Result<Response, WebError> {
    let id = BroadcastId::parse(&id).ok_or(WebError::NotFound)?;
    let draft = broadcast::correct(&app, &member(&staff), id).await.map_err(broken)?;
    Ok(go_and_say(&format!("/console/broadcasts/{draft}/edit"), Said::CorrectionBegun))
}

pub(super) async fn send_to_missed(
    State(app): State<App>,
    staff: SignedIn,
    Path(id): Path<String>,
) -> Result<Response, WebError> {
    let id = BroadcastId::parse(&id).ok_or(WebError::NotFound)?;
    let draft = broadcast::send_to_missed(&app, &member(&staff), id).await.map_err(broken)?;
    Ok(go_and_say(&format!("/console/broadcasts/{draft}"), Said::Copied))
}

pub(super) async fn copy(
    State(app): State<App>,
    staff: SignedIn,
    Path(id): Path<String>,
) -> Result<Response, WebError> {
    let id = BroadcastId::parse(&id).ok_or(WebError::NotFound)?;
    let draft = broadcast::copy(&app, &member(&staff), id).await.map_err(broken)?;
    Ok(go_and_say(&format!("/console/broadcasts/{draft}"), Said::Copied))
}
