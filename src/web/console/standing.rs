//! The standing approval of a repeat: asked for, opened and agreed to by two, taken back by any approver.

use askama::Template;
use axum::Form;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use uuid::Uuid;

use super::broadcasts::minute;
use super::deeds::{broken, member, number};
use super::figures::grouped;
use super::opening::OpeningList;
use crate::app::App;
use crate::domain::broadcast::Caution;
use crate::domain::broadcast::standing::{APPROVERS, Terms, seen};
use crate::domain::staff::Right;
use crate::flow::broadcast::{self, BroadcastError, Refusal, Seen};
use crate::store::broadcasts;
use crate::store::repeats::{self, Repeat};
use crate::store::standings::{self, Agreed, Standing};
use crate::web::error::WebError;
use crate::web::layout::{self, Area, Said, Shell, go_and_say};
use crate::web::session::SignedIn;

#[derive(Template)]
#[template(path = "web/console/standing.html")]
struct Page {
    shell: Shell,
    at: String,
    /// The version of the repeat that is shown.
    version: String,
    repeat: Repeat,
    rhythm: String,
    /// How long each run is true, in words.
    lasting: Vec<String>,
    /// What becomes of its time of day, where nothing is sent at it.
    night: Option<String>,
    open: Option<Open>,
    /// Why the last one ended.
    ended: Option<String>,
    /// How many people the run to compare with went to; none where there was no run yet.
    last: Option<i64>,
    typed: Typed,
    refused: Option<String>,
    may_ask: bool,
}

/// One that is asked for or in force.
struct Open {
    standing: Standing,
    agreed: Vec<Agreed>,
    asked_by: String,
    cautions: Vec<Caution>,
    /// The run that shows what it means: its address and title.
    example: (String, String),
    opening: OpeningList,
    can: Can,
}

/// What whoever looks can do.
#[derive(Clone, Copy, Default)]
struct Can {
    agree: bool,
    /// Has agreed.
    done: bool,
    revoke: bool,
}

/// What was typed into either form.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Typed {
    ends: String,
    most: String,
    hash: String,
    version: String,
}

impl Page {
    fn needed(&self) -> usize {
        APPROVERS
    }
}

pub(super) async fn show(
    State(app): State<App>,
    shell: Shell,
    staff: SignedIn,
    Path(id): Path<String>,
) -> Result<Response, WebError> {
    render(&app, shell, &staff, parse(&id)?, (Typed::default(), None)).await
}

pub(super) async fn ask(
    State(app): State<App>,
    shell: Shell,
    staff: SignedIn,
    Path(id): Path<String>,
    Form(typed): Form<Typed>,
) -> Result<Response, WebError> {
    let id = parse(&id)?;
    let terms = typed.ends.trim().parse().ok().zip(number(&typed.most));
    let done = match terms {
        Some((ends, most)) => {
            let (seen, terms) = ((id, typed.version.as_str()), Terms { ends, most });
            broadcast::ask_standing(&app, &member(&staff), seen, terms).await.map(drop)
        }
        None => Err(Refusal::StandingTerms.into()),
    };
    answer(&app, shell, &staff, (id, typed), (Said::StandingAsked, done)).await
}

pub(super) async fn agree(
    State(app): State<App>,
    shell: Shell,
    staff: SignedIn,
    Path((id, standing)): Path<(String, String)>,
    Form(typed): Form<Typed>,
) -> Result<Response, WebError> {
    let (id, standing) = (parse(&id)?, parse(&standing)?);
    let Some(typed_count) = number(&typed.most) else {
        let said = Some("1回あたりの人数を数字で入力してください。".to_owned());
        let mut shown = render(&app, shell, &staff, id, (typed, said)).await?;
        *shown.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
        return Ok(shown);
    };
    let seen = Seen { hash: typed.hash.clone(), typed_count };
    let done = broadcast::agree_to_standing(&app, &member(&staff), standing, &seen).await;
    let stored = standings::find(&mut app.db.read().await?, standing).await?;
    let is_whole = stored.is_some_and(|stored| stored.in_force_at.is_some());
    let said = if is_whole { Said::StandingApproved } else { Said::StandingApprovedFirst };
    answer(&app, shell, &staff, (id, typed), (said, done)).await
}

pub(super) async fn revoke(
    State(app): State<App>,
    staff: SignedIn,
    Path((id, standing)): Path<(String, String)>,
) -> Result<Response, WebError> {
    let (id, standing) = (parse(&id)?, parse(&standing)?);
    broadcast::revoke_standing(&app, &member(&staff), standing).await.map_err(broken)?;
    Ok(go_and_say(&address(id), Said::StandingRevoked))
}

async fn answer(
    app: &App,
    shell: Shell,
    staff: &SignedIn,
    (id, typed): (Uuid, Typed),
    (said, done): (Said, Result<(), BroadcastError>),
) -> Result<Response, WebError> {
    let refusal = match done {
        Ok(()) => return Ok(go_and_say(&address(id), said)),
        Err(BroadcastError::Refused(refusal @ (Refusal::NotFound | Refusal::NotAllowed(_)))) => {
            return Err(broken(refusal.into()));
        }
        Err(BroadcastError::Refused(refusal)) => refusal.to_string(),
        Err(other) => return Err(broken(other)),
    };
    let mut shown = render(app, shell, staff, id, (typed, Some(refusal))).await?;
    *shown.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    Ok(shown)
}

async fn render(
    app: &App,
    shell: Shell,
    staff: &SignedIn,
    id: Uuid,
    (typed, refused): (Typed, Option<String>),
) -> Result<Response, WebError> {
    let mut tx = app.db.read().await?;
    let repeat = repeats::find(&mut tx, id).await?.ok_or(WebError::NotFound)?;
    let newest = standings::newest_of(&mut tx, id).await?;
    drop(tx);
    let version = repeat.version(newest.as_ref().filter(|one| one.ended_at.is_none()));
    let ended = newest.as_ref().and_then(|one| one.ended_at.and(one.end_reason.clone()));
    let open = match newest.filter(|one| one.ended_at.is_none()) {
        Some(standing) => Some(open(app, staff, &repeat, standing).await?),
        None => None,
    };
    let example = broadcast::example_of(app, &repeat).await?;
    let may_ask = member(staff).may(Right::Draft) && repeat.ended_at.is_none();
    let shell = shell.titled("継続の承認").wrong(refused.is_some()).within(Area::Broadcasts);
    let page = Page {
        shell: shell.below("/console/broadcasts", "配信").below("/console/repeats", "繰り返し"),
        at: address(id),
        version,
        rhythm: super::repeat::in_words(app, &repeat),
        lasting: repeat.lasting().in_words(),
        night: super::repeat::night_of(app, &repeat),
        last: example.and_then(|example| example.planned_count),
        repeat,
        open,
        ended,
        typed,
        refused,
        may_ask,
    };
    layout::page(&page.shell, &page)
}

async fn open(app: &App, staff: &SignedIn, repeat: &Repeat, standing: Standing) -> Result<Open, WebError> {
    let mut tx = app.db.read().await?;
    let agreed = standings::agreed(&mut tx, standing.id).await?;
    let example = broadcasts::find(&mut tx, standing.example_id).await?.ok_or(WebError::NotFound)?;
    let opening = OpeningList::find(&app.catalogue, &mut tx, &example, staff.id).await?;
    let asked_by = super::broadcast::name(&mut tx, standing.asked_by).await?;
    let writers = [repeat.staff_id, standing.asked_by, example.author_id, example.last_editor_id];
    let is_own = writers.contains(&staff.id) || repeat.editor_id == Some(staff.id);
    let may = member(staff).may(Right::Approve);
    let done = agreed.iter().any(|one| one.staff_id == staff.id);
    let waits = standing.in_force_at.is_none();
    Ok(Open {
        can: Can { agree: may && waits && !is_own && !done, done, revoke: may },
        cautions: seen(&standing.cautions),
        example: (format!("/console/broadcasts/{}", example.id), example.title),
        standing,
        agreed,
        asked_by,
        opening,
    })
}

fn parse(id: &str) -> Result<Uuid, WebError> {
    Uuid::try_parse(id).map_err(|_| WebError::NotFound)
}

fn address(id: Uuid) -> String {
    format!("/console/repeats/{id}/standing")
}
