//! Rules: all of them, one in words, how many it finds, and what it says of one account.
//!
//! A rule is named by its path in the query, because the path holds slashes. An account is named by our own id; the answer
//! says which conditions hold, never a value, and stands in the audit log.

use axum::Json;
use axum::extract::State;
use jiff::civil::Date;
use serde::Deserialize;
use serde_json::{Value, json};

use super::door::Caller;
use super::input::{Asked, Part, length};
use super::kinds::Kind;
use super::problem::{Problem, cautions_json};
use super::shapes;
use crate::app::App;
use crate::domain::broadcast::caution::{Figures, cautions};
use crate::domain::ids::AccountId;
use crate::domain::segment::Segment;
use crate::domain::segment::explanation::{Question, explain as explained};
use crate::domain::segment::library::Library;
use crate::domain::segment::words::words;
use crate::flow::export;
use crate::store::households;

/// Which rule, on which day, for which topic.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Wanted {
    path: String,
    as_of: Option<Date>,
    topic: Option<String>,
}

/// The same, and which account.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WantedAccount {
    path: String,
    account: String,
    as_of: Option<Date>,
    topic: Option<String>,
}

pub(super) async fn list(
    State(app): State<App>,
    _: Caller,
    Asked(wanted): Asked<Part>,
) -> Result<Json<Value>, Problem> {
    let limit = length(wanted.limit)?;
    let library = app.library().await?;
    app.population.refresh(&app.db).await?;
    let after = |path: &str| wanted.cursor.as_deref().is_none_or(|cursor| cursor < path);
    let mut rules: Vec<_> = library.list().filter(|(path, _)| after(path)).collect();
    rules.sort_unstable_by_key(|(path, _)| *path);
    let next = rules.get(limit).map(|_| rules[limit - 1].0.to_owned());
    let today = app.clock.today();
    let one = |(path, segment): &(&str, &Segment)| {
        let recipients = app.population.count(segment, today, None).accounts.target;
        json!({
            "path": path, "name": segment.header.name, "owner": segment.header.owner,
            "review_by": segment.header.review_by, "recipients": recipients,
        })
    };
    Ok(shapes::part(rules.iter().take(limit).map(one).collect(), next))
}

pub(super) async fn show(
    State(app): State<App>,
    _: Caller,
    Asked(wanted): Asked<Wanted>,
) -> Result<Json<Value>, Problem> {
    let library = app.library().await?;
    let segment = find(&library, &wanted.path)?;
    let as_of = wanted.as_of.unwrap_or_else(|| app.clock.today());
    let said = words(segment, &app.catalogue, as_of);
    let file = library.files().iter().find(|file| file.path == wanted.path);
    Ok(Json(json!({
        "path": wanted.path, "name": segment.header.name, "purpose": segment.header.purpose,
        "owner": segment.header.owner, "basis": segment.header.basis, "review_by": segment.header.review_by,
        "text": file.map(|file| &file.text), "as_of": as_of,
        "words": { "unit": said.unit, "target": said.target, "exclusions": said.exclusions },
    })))
}

pub(super) async fn count(
    State(app): State<App>,
    _: Caller,
    Asked(wanted): Asked<Wanted>,
) -> Result<Json<Value>, Problem> {
    let library = app.library().await?;
    let segment = find(&library, &wanted.path)?;
    let topic = topic(&app, wanted.topic.as_deref())?;
    let as_of = wanted.as_of.unwrap_or_else(|| app.clock.today());
    app.population.refresh(&app.db).await?;
    let count = app.population.count(segment, as_of, topic);
    let accounts = count.accounts;
    let figures = Figures { recipients: accounts.target, unknown: accounts.unknown, all: accounts.all() };
    let mut said = shapes::count(&app, &count);
    said["path"] = wanted.path.into();
    said["as_of"] = as_of.to_string().into();
    said["topic"] = topic.into();
    said["cautions"] = cautions_json(&cautions(segment, figures));
    Ok(Json(said))
}

pub(super) async fn explain(
    caller: Caller,
    Asked(wanted): Asked<WantedAccount>,
) -> Result<Json<Value>, Problem> {
    let app = &caller.app;
    let library = app.library().await?;
    let segment = find(&library, &wanted.path)?;
    let topic = topic(app, wanted.topic.as_deref())?;
    let as_of = wanted.as_of.unwrap_or_else(|| app.clock.today());
    let account = AccountId::parse(&wanted.account).ok_or_else(Problem::not_found)?;
    let found = households::find(&mut app.db.read().await?, &app.catalogue, account).await?;
    let household = found.ok_or_else(Problem::not_found)?.household;
    export::note_explanation(app, &caller.staff, &wanted.path, account).await?;
    let question = Question { segment, places: None, catalogue: &app.catalogue, as_of, topic };
    let said = serde_json::to_value(explained(&question, &household));
    said.map(Json).map_err(|error| Problem::broken(&error))
}

fn find<'a>(library: &'a Library, path: &str) -> Result<&'a Segment, Problem> {
    library.get(path).ok_or_else(Problem::not_found)
}

/// The topic, if the catalogue has it.
fn topic<'a>(app: &App, topic: Option<&'a str>) -> Result<Option<&'a str>, Problem> {
    let known = topic.is_none_or(|topic| app.catalogue.topic(topic).is_some());
    let unknown = || Problem::new(Kind::UnknownTopic, "分野は attributes.toml にあるidで書いてください。");
    if known { Ok(topic) } else { Err(unknown()) }
}
