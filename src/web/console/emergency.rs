//! The drawer of emergency messages (緊急配信): fixed texts, districts, one form each, and what was sent from it.

use std::collections::{BTreeMap, BTreeSet};

use askama::Template;
use axum::Form;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;

use super::broadcasts::{minute, state_class};
use super::deeds::{broken, member};
use crate::app::App;
use crate::domain::attribute::core;
use crate::domain::emergency::{FillFault, Filled, Place, Template as Letter};
use crate::domain::entry::tidy_number;
use crate::domain::staff::Role;
use crate::flow::broadcast::{self, BroadcastError, Refusal};
use crate::store::broadcasts::{self, Listed};
use crate::web::error::WebError;
use crate::web::layout::{self, Area, Said, Shell, go_and_say};
use crate::web::session::SignedIn;

#[derive(Template)]
#[template(path = "web/console/emergency.html")]
struct DrawerPage {
    shell: Shell,
    letters: Vec<Letter>,
    fault: Option<String>,
    sent: Vec<Listed>,
    may_draft: bool,
}

#[derive(Template)]
#[template(path = "web/console/emergency_fill.html")]
struct FillPage {
    shell: Shell,
    letter: Letter,
    filled: Filled,
    areas: Vec<(String, Vec<(String, String)>)>,
    faults: Vec<String>,
    wrong_districts: bool,
    wrong_place: bool,
    wrong_time: bool,
}

impl FillPage {
    fn japanese(&self) -> &str {
        self.letter.text.get("ja").map_or("", String::as_str)
    }

    fn has_place(&self) -> bool {
        self.letter.places().contains(&Place::Where)
    }

    fn has_time(&self) -> bool {
        self.letter.places().contains(&Place::Time)
    }

    fn any_chosen(&self, districts: &[(String, String)]) -> bool {
        districts.iter().any(|(id, _)| self.is_chosen(id))
    }

    fn is_chosen(&self, id: &str) -> bool {
        self.filled.districts.iter().any(|chosen| chosen == id)
    }
}

pub(super) async fn show(State(app): State<App>, shell: Shell) -> Result<Response, WebError> {
    let sent = broadcasts::list_emergencies(&mut app.db.read().await?, 30).await?;
    let (letters, fault) = match broadcast::drawer(&app) {
        Ok(drawer) => (drawer.templates, None),
        Err(error) => (Vec::new(), Some(error.to_string())),
    };
    let may_draft = shell.staff.as_ref().is_some_and(|staff| staff.roles.has(Role::Editor));
    let shell = shell.titled("緊急配信").within(Area::Broadcasts).below("/console/broadcasts", "配信");
    let page = DrawerPage { shell, letters, fault, sent, may_draft };
    layout::page(&page.shell, &page)
}

pub(super) async fn ask(
    State(app): State<App>,
    shell: Shell,
    Path(id): Path<String>,
) -> Result<Response, WebError> {
    let time = app.clock.now().tokyo().strftime("%H:%M").to_string();
    fill_page(&app, shell, &id, Filled { time, ..Filled::default() }, &[])
}

pub(super) async fn begin(
    State(app): State<App>,
    shell: Shell,
    staff: SignedIn,
    Path(id): Path<String>,
    Form(fields): Form<Vec<(String, String)>>,
) -> Result<Response, WebError> {
    let value = |name: &str| {
        fields.iter().find(|(key, _)| key == name).map_or_else(String::new, |(_, value)| value.clone())
    };
    let filled = Filled {
        districts: chosen(&fields, &areas(&app)),
        everyone: value("everyone") == "yes",
        place: value("place"),
        time: tidy_number(&value("time")),
    };
    match broadcast::begin_emergency(&app, &member(&staff), &id, &filled).await {
        Ok(id) => Ok(go_and_say(&format!("/console/broadcasts/{id}"), Said::EmergencyBegun)),
        Err(BroadcastError::Refused(Refusal::Filled(faults))) => {
            let mut shown = fill_page(&app, shell, &id, filled, &faults)?;
            *shown.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
            Ok(shown)
        }
        Err(BroadcastError::Refused(Refusal::NoTemplate)) => Err(WebError::NotFound),
        Err(other) => Err(broken(other)),
    }
}

fn fill_page(
    app: &App,
    shell: Shell,
    id: &str,
    filled: Filled,
    faults: &[FillFault],
) -> Result<Response, WebError> {
    let drawer = broadcast::drawer(app).map_err(|error| WebError::Conflict(error.to_string()))?;
    let letter = drawer.get(id).ok_or(WebError::NotFound)?.clone();
    let is = |fault: FillFault| faults.contains(&fault);
    let shell = shell.titled(&letter.name).within(Area::Broadcasts);
    let page = FillPage {
        shell: shell.below("/console/broadcasts", "配信").below("/console/emergency", "緊急配信"),
        letter,
        filled,
        areas: areas(app),
        wrong_districts: is(FillFault::Districts) || is(FillFault::UnknownDistrict),
        wrong_place: is(FillFault::Where),
        wrong_time: is(FillFault::Time),
        faults: faults.iter().map(ToString::to_string).collect(),
    };
    layout::page(&page.shell, &page)
}

/// Each district that is ticked, or lies in an area that is, once. An area that there is not selects nobody: it stands for
/// a district that there is not.
fn chosen(fields: &[(String, String)], areas: &[(String, Vec<(String, String)>)]) -> Vec<String> {
    let mut chosen: Vec<String> = Vec::new();
    for (name, value) in fields {
        let area = areas.iter().find(|(area, _)| name == "area" && area == value);
        let districts = match (name.as_str(), area) {
            ("area", Some((_, districts))) => districts.iter().map(|(id, _)| id.clone()).collect(),
            ("area" | "district", _) => vec![value.clone()],
            _ => Vec::new(),
        };
        chosen.extend(districts);
    }
    let mut seen = BTreeSet::new();
    chosen.retain(|id| seen.insert(id.clone()));
    chosen
}

/// The districts by area, as the catalogue has them.
fn areas(app: &App) -> Vec<(String, Vec<(String, String)>)> {
    let Some(district) = app.catalogue.attribute(core::DISTRICT) else { return Vec::new() };
    let mut by_area: BTreeMap<usize, (String, Vec<(String, String)>)> = BTreeMap::new();
    for value in &district.values {
        let at = district.areas.iter().position(|area| Some(&area.id) == value.area.as_ref());
        let name = at.map_or("その他", |at| district.areas[at].label.ja());
        let area = by_area.entry(at.unwrap_or(usize::MAX)).or_insert_with(|| (name.to_owned(), Vec::new()));
        area.1.push((value.id.as_str().to_owned(), value.label.ja().to_owned()));
    }
    by_area.into_values().collect()
}
