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
use crate::domain::broadcast::Caution;
use crate::domain::broadcast::caution::{Figures, cautions};
use crate::domain::segment::Segment;
use crate::domain::segment::rule::Unit;
use crate::population::{Count, Tally};
use crate::web::error::WebError;

/// The figures of a rule on a day.
#[derive(Template)]
#[template(path = "web/console/audience.html")]
pub struct Audience {
    as_of: Date,
    unit: Unit,
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
            unit: segment.header.unit,
            cautions: said(segment, &count),
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

    /// What the figures beside the first one count, by the rule's 単位.
    fn counted(&self) -> &'static str {
        match self.unit {
            Unit::Friend => "どの人数も、LINEのアカウント(友だち本人)の数です。",
            Unit::Household => "どの人数も、LINEのアカウント(世帯)の数です。",
            Unit::EachPerson => {
                "届く人数はLINEのアカウントの数、対象・対象外・除外・不明は本人と家族の人数です。1つのアカウントに対象の人が何人いても、届くのは1通です。"
            }
            Unit::Children => {
                "届く人数はLINEのアカウントの数、対象・対象外・除外・不明は登録されている子どもの人数です。1つのアカウントに対象の子どもが何人いても、届くのは1通です。"
            }
        }
    }
}

fn words_of(app: &App, missing: &crate::domain::segment::person::Missing) -> String {
    missing.words(&app.catalogue)
}

/// What the figures alone give reason to look at again; that it is everybody is said by the page itself.
fn said(segment: &Segment, count: &Count) -> Vec<String> {
    let accounts = count.accounts;
    if accounts.target == 0 {
        return vec!["届く人がいません。".to_owned()];
    }
    let figures = Figures { recipients: accounts.target, unknown: accounts.unknown, all: accounts.all() };
    let in_words = |caution| match (caution, segment.header.expected) {
        (Caution::Everyone, _) => None,
        (Caution::OutsideExpected, Some(range)) => {
            let (from, to) = (grouped(i64::from(range.from)), grouped(i64::from(range.to)));
            Some(format!("想定人数({from}〜{to}人)から外れています。"))
        }
        (Caution::ManyUnknown, _) => {
            let share = percent(signed(accounts.unknown), signed(accounts.all()));
            Some(format!("登録が足りず判断できない人が {share}% います。この人たちには届きません。"))
        }
        (other, _) => Some(other.word().to_owned()),
    };
    cautions(segment, figures).into_iter().filter_map(in_words).collect()
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
    let library = app.library().await?;
    let segment = library.get(&wanted.segment).ok_or(WebError::NotFound)?;
    let as_of = wanted.as_of.parse().unwrap_or_else(|_| app.clock.today());
    let topic = Some(wanted.topic.as_str()).filter(|topic| app.catalogue.topic(topic).is_some());
    let audience = Audience::ask(&app, segment, as_of, topic).await?;
    let html = audience.render().map_err(|error| WebError::broken(&error))?;
    Ok(Html(html).into_response())
}
