//! Emergency messages: the drawer, and a draft from one of its templates.
//!
//! What was begun here is tested, submitted and approved where every broadcast is, by two people.

use axum::Json;
use axum::extract::{Path, State};
use axum::response::Response;
use serde::Deserialize;
use serde_json::{Value, json};

use super::broadcasts::made_now;
use super::door::Caller;
use super::input::Body;
use super::kinds::Kind;
use super::problem::Problem;
use super::shapes;
use crate::app::App;
use crate::domain::emergency::{Filled, Place, Template};
use crate::flow::broadcast;

/// What is filled in.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Filling {
    /// Ids of districts; empty where everyone is meant.
    districts: Vec<String>,
    /// Everyone has to be said.
    everyone: bool,
    #[serde(default)]
    place: String,
    #[serde(default)]
    time: String,
}

pub(super) async fn list(State(app): State<App>, _: Caller) -> Result<Json<Value>, Problem> {
    let drawer =
        broadcast::drawer(&app).map_err(|error| Problem::new(Kind::WrongState, error.to_string()))?;
    Ok(shapes::part(drawer.templates.iter().map(template).collect(), None))
}

fn template(template: &Template) -> Value {
    let holds = |place: &Place| template.text.values().any(|text| text.contains(place.mark()));
    let places = Place::ALL.iter().filter(|place| holds(place)).map(|place| place.mark());
    json!({
        "id": template.id, "name": template.name, "topic": template.topic, "hours": template.hours,
        "drill": template.drill, "text": template.text, "places": places.collect::<Vec<_>>(),
    })
}

pub(super) async fn begin(
    caller: Caller,
    Path(template): Path<String>,
    Body(filling): Body<Filling>,
) -> Result<Response, Problem> {
    let Filling { districts, everyone, place, time } = filling;
    let filled = Filled { districts, everyone, place, time };
    let made = broadcast::begin_emergency(&caller.app, &caller.staff, &template, &filled).await?;
    made_now(&caller.app, made).await
}
