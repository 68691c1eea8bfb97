//! Broadcasts that come again: how to set one up, the next occasions, what was made, what was missed.

use askama::Template;
use axum::Form;
use axum::extract::{Path, State};
use axum::http::{StatusCode, Uri};
use axum::response::Response;
use jiff::civil::{Date, Time};
use serde::Deserialize;
use uuid::Uuid;

use super::broadcasts::minute;
use super::confirm::{Confirm, Question};
use super::deeds::{broken, member};
use super::figures::grouped;
use crate::app::App;
use crate::domain::attribute::ValueType;
use crate::domain::broadcast::rhythm::{Rhythm, Shift};
use crate::domain::ids::BroadcastId;
use crate::domain::staff::Role;
use crate::flow::broadcast::{self, Again, BroadcastError, Refusal};
use crate::store::repeats::{self, Repeat, Run};
use crate::store::standings::{self, Standing};
use crate::web::error::WebError;
use crate::web::layout::{self, Area, Said, Shell, go_and_say};
use crate::web::session::SignedIn;

/// So many occasions ahead are shown.
const AHEAD: usize = 5;

#[derive(Template)]
#[template(path = "web/console/repeats.html")]
struct ListPage {
    shell: Shell,
    cards: Vec<Card>,
    may_draft: bool,
}

struct Card {
    repeat: Repeat,
    rhythm: String,
    /// Occasion and time of its message.
    ahead: Vec<(String, String)>,
    runs: Vec<Run>,
    standing: Option<Standing>,
}

#[derive(Template)]
#[template(path = "web/console/repeat.html")]
struct FormPage {
    shell: Shell,
    at: String,
    title: String,
    typed: Typed,
    dates: Vec<(String, String)>,
    refused: Option<String>,
}

/// The form as typed.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Typed {
    kind: String,
    month: String,
    day: String,
    nth: String,
    weekday: String,
    edge: String,
    days: String,
    attribute: String,
    years: String,
    shift: String,
    time: String,
    lead: String,
}

impl Typed {
    fn again(&self) -> Option<Again> {
        let Self { month, day, nth, weekday, edge, days, attribute, years, .. } = self;
        let text = match self.kind.as_str() {
            "yearly" => format!("yearly {month} {day}"),
            "monthly" => format!("monthly {day}"),
            "weekday" => format!("weekday {nth} {weekday}"),
            "fiscal" => format!("fiscal {edge} {days}"),
            "anniversary" => format!("anniversary {attribute} {years} {days}"),
            _ => return None,
        };
        let (hour, minute) = self.time.trim().split_once(':')?;
        Some(Again {
            rhythm: Rhythm::parse(&text)?,
            shift: Shift::parse(&self.shift)?,
            at: Time::new(hour.parse().ok()?, minute.parse().ok()?, 0, 0).ok()?,
            lead_days: self.lead.trim().parse().ok()?,
        })
    }
}

pub(super) async fn list(State(app): State<App>, shell: Shell) -> Result<Response, WebError> {
    let mut tx = app.db.read().await?;
    let mut cards = Vec::new();
    for repeat in repeats::list(&mut tx).await? {
        let word = |id: &str| app.catalogue.attribute(id).map_or(id.to_owned(), |known| known.word.clone());
        let from = repeat.begins.0.max(app.clock.today());
        let ahead = broadcast::occasions_from(&repeat, from, AHEAD);
        cards.push(Card {
            rhythm: Rhythm::parse(&repeat.rhythm).map_or_else(String::new, |rhythm| rhythm.in_words(word)),
            ahead: ahead.into_iter().map(|(occasion, at)| (occasion.to_string(), minute(at))).collect(),
            runs: repeats::runs(&mut tx, repeat.id, 12).await?,
            standing: standings::open_of(&mut tx, repeat.id).await?,
            repeat,
        });
    }
    drop(tx);
    let may_draft = shell.staff.as_ref().is_some_and(|staff| staff.roles.has(Role::Editor));
    let shell = shell.titled("繰り返し").within(Area::Broadcasts).below("/console/broadcasts", "配信");
    let page = ListPage { shell, cards, may_draft };
    layout::page(&page.shell, &page)
}

pub(super) async fn ask(
    State(app): State<App>,
    shell: Shell,
    Path(id): Path<String>,
) -> Result<Response, WebError> {
    let typed = Typed {
        kind: "yearly".to_owned(),
        shift: "after".to_owned(),
        time: "10:00".to_owned(),
        lead: "14".to_owned(),
        days: "0".to_owned(),
        ..Typed::default()
    };
    form(&app, shell, &id, typed, None).await
}

pub(super) async fn begin(
    State(app): State<App>,
    shell: Shell,
    staff: SignedIn,
    Path(id): Path<String>,
    Form(typed): Form<Typed>,
) -> Result<Response, WebError> {
    let model = BroadcastId::parse(&id).ok_or(WebError::NotFound)?;
    let done = match typed.again() {
        Some(again) => broadcast::repeat(&app, &member(&staff), model, &again).await.map(drop),
        None => Err(Refusal::Rhythm.into()),
    };
    let refusal = match done {
        Ok(()) => return Ok(go_and_say("/console/repeats", Said::RepeatBegun)),
        Err(BroadcastError::Refused(refusal @ (Refusal::NotFound | Refusal::NotAllowed(_)))) => {
            return Err(broken(refusal.into()));
        }
        Err(BroadcastError::Refused(refusal)) => refusal.to_string(),
        Err(other) => return Err(broken(other)),
    };
    let mut shown = form(&app, shell, &id, typed, Some(refusal)).await?;
    *shown.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    Ok(shown)
}

async fn form(
    app: &App,
    shell: Shell,
    id: &str,
    typed: Typed,
    refused: Option<String>,
) -> Result<Response, WebError> {
    let model = super::broadcast::load(app, id).await?;
    let at = format!("/console/broadcasts/{}", model.id);
    let attributes = app.catalogue.attributes().iter().filter(|known| known.value_type == ValueType::Date);
    let dates = attributes.map(|known| (known.id.as_str().to_owned(), known.word.clone())).collect();
    let shell = shell.titled("繰り返しの設定").within(Area::Broadcasts);
    let shell = shell.below("/console/broadcasts", "配信").below(&at, &model.title);
    let page = FormPage { shell, at, title: model.title, typed, dates, refused };
    layout::page(&page.shell, &page)
}

pub(super) async fn ask_end(
    State(app): State<App>,
    shell: Shell,
    Path(id): Path<String>,
    uri: Uri,
) -> Result<Response, WebError> {
    let id = Uuid::try_parse(&id).map_err(|_| WebError::NotFound)?;
    let all = repeats::list(&mut app.db.read().await?).await?;
    let repeat = all.into_iter().find(|repeat| repeat.id == id).ok_or(WebError::NotFound)?;
    let what = Question {
        title: "繰り返しの終了",
        means: &[
            "これからの回の下書きを作らなくなります。すでに作られた下書きや配信は、そのまま残ります。元に戻すことはできません。",
        ],
        button: "繰り返しを終える",
        is_final: true,
    };
    let shell = shell.titled(what.title).within(Area::Broadcasts);
    let shell = shell.below("/console/broadcasts", "配信").below("/console/repeats", "繰り返し");
    let back = "/console/repeats".to_owned();
    Confirm { shell, name: repeat.title, action: uri.path().to_owned(), back, what, beyond: 0, reason: false }
        .page()
}

pub(super) async fn end(
    State(app): State<App>,
    staff: SignedIn,
    Path(id): Path<String>,
) -> Result<Response, WebError> {
    let id = Uuid::try_parse(&id).map_err(|_| WebError::NotFound)?;
    broadcast::end_repeat(&app, &member(&staff), id).await.map_err(broken)?;
    Ok(go_and_say("/console/repeats", Said::RepeatEnded))
}

pub(super) async fn make(
    State(app): State<App>,
    staff: SignedIn,
    Path((id, occasion)): Path<(String, String)>,
) -> Result<Response, WebError> {
    let id = Uuid::try_parse(&id).map_err(|_| WebError::NotFound)?;
    let occasion: Date = occasion.parse().map_err(|_| WebError::NotFound)?;
    let draft = broadcast::make_missed(&app, &member(&staff), id, occasion).await.map_err(broken)?;
    Ok(go_and_say(&format!("/console/broadcasts/{draft}"), Said::Copied))
}
