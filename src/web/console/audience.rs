//! How many a rule finds, now: part of a page, and alone for the script that keeps it fresh.
//!
//! The population is brought up to date before it is asked. Nothing here is sent or frozen by looking.

use askama::Template;
use askama::filters::HtmlSafe;
use axum::extract::{Query, State};
use axum::response::{Html, IntoResponse, Response};
use jiff::civil::Date;
use serde::Deserialize;

use super::figures::{grouped, percent};
use crate::app::App;
use crate::domain::segment::Segment;
use crate::population::{Count, Tally};
use crate::web::error::WebError;

/// More unknown than this, in per cent of all, and staff are told.
const MANY_UNKNOWN: f64 = 5.0;
/// Fewer recipients than this, and staff are told.
const FEW: u64 = 10;

/// The figures of a rule on a day.
#[derive(Template)]
#[template(path = "web/console/audience.html")]
pub struct Audience {
    as_of: Date,
    accounts: Tally,
    persons: Tally,
    missing: Vec<(String, u64)>,
    cautions: Vec<String>,
}

/// The template has escaped what it shows.
impl HtmlSafe for Audience {}

impl Audience {
    /// Asks the population, brought up to date.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn ask(
        app: &App,
        segment: &Segment,
        as_of: Date,
        topic: Option<&str>,
    ) -> Result<Self, WebError> {
        app.population.refresh(&app.db).await?;
        let count = app.population.count(segment, as_of, topic);
        let words = |(missing, number): &(_, u64)| (words_of(app, missing), *number);
        Ok(Self {
            as_of,
            cautions: cautions(segment, &count),
            missing: count.unknown_by.iter().map(words).collect(),
            accounts: count.accounts,
            persons: count.persons,
        })
    }
}

impl Audience {
    /// How many accounts would receive.
    #[must_use]
    pub fn recipients(&self) -> i64 {
        signed(self.accounts.target)
    }
}

fn words_of(app: &App, missing: &crate::domain::segment::person::Missing) -> String {
    missing.words(&app.catalogue)
}

/// What the figures alone give reason to look at again.
fn cautions(segment: &Segment, count: &Count) -> Vec<String> {
    let mut said = Vec::new();
    let recipients = count.accounts.target;
    match segment.header.expected {
        _ if recipients == 0 => said.push("届く人がいません。".to_owned()),
        Some(range) if !(u64::from(range.from)..=u64::from(range.to)).contains(&recipients) => {
            let (from, to) = (grouped(i64::from(range.from)), grouped(i64::from(range.to)));
            said.push(format!("想定人数({from}〜{to}人)から外れています。"));
        }
        _ if recipients < FEW => {
            said.push("10人未満です。特定の人への通知になっていないか、確かめてください。".to_owned())
        }
        _ => {}
    }
    let (unknown, all) = (signed(count.accounts.unknown), signed(count.accounts.all()));
    if MANY_UNKNOWN < percent(unknown, all) {
        let share = percent(unknown, all);
        said.push(format!("登録が足りず判断できない人が {share}% います。この人たちには届きません。"));
    }
    said
}

fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn people(number: &u64) -> String {
    grouped(signed(*number))
}

#[derive(Deserialize)]
pub(super) struct Wanted {
    #[serde(default)]
    segment: String,
    #[serde(default)]
    as_of: String,
    #[serde(default)]
    topic: String,
}

/// The figures alone.
pub(super) async fn show(State(app): State<App>, Query(wanted): Query<Wanted>) -> Result<Response, WebError> {
    let segment = app.library.get(&wanted.segment).ok_or(WebError::NotFound)?;
    let as_of = wanted.as_of.parse().unwrap_or_else(|_| app.clock.today());
    let topic = Some(wanted.topic.as_str()).filter(|topic| app.catalogue.topic(topic).is_some());
    let audience = Audience::ask(&app, segment, as_of, topic).await?;
    let html = audience.render().map_err(|error| WebError::broken(&error))?;
    Ok(Html(html).into_response())
}
