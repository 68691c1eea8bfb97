//! What is worth a second look about the time that is chosen in a form: a time in the night, at which nothing is sent, a
//! Sunday, a holiday, an hour without anybody.
//!
//! Part of the form, and alone for the script that keeps it fresh. It only says so; nothing is refused for it.

use askama::Template;
use askama::filters::HtmlSafe;
use axum::extract::{Query, State};
use axum::response::{Html, IntoResponse, Response};
use serde::Deserialize;

use super::night;
use super::typed::instant;
use crate::app::App;
use crate::config::QuietHours;
use crate::domain::broadcast::Class;
use crate::domain::broadcast::hours::{Hint, hints};
use crate::domain::timestamp::Timestamp;
use crate::web::error::WebError;

/// What is said about a time as it was typed.
#[derive(Template)]
#[template(path = "web/console/when.html")]
pub(super) struct When {
    lines: Vec<String>,
}

/// The template has escaped what it shows.
impl HtmlSafe for When {}

impl When {
    /// About a time as the form's field holds it; nothing about none, or about what is no time.
    pub(super) fn of(quiet: &QuietHours, typed: &str) -> Self {
        Self { lines: instant(typed).map_or_else(Vec::new, |at| lines(quiet, at)) }
    }
}

/// Everything worth a second look about a time; whoever waits for the morning is answered in the morning.
pub(super) fn lines(quiet: &QuietHours, at: Timestamp) -> Vec<String> {
    let by_day = hints(quiet.opens_at(at)).into_iter().map(Hint::word);
    night::waits(quiet, at).into_iter().chain(by_day).collect()
}

#[derive(Deserialize)]
pub(super) struct Asked {
    #[serde(default)]
    scheduled_at: String,
    /// The class of the broadcast, where it is no ordinary one.
    #[serde(default)]
    class: String,
}

pub(super) async fn show(State(app): State<App>, Query(asked): Query<Asked>) -> Result<Response, WebError> {
    let quiet = night::quiet(&app, asked.class == Class::Emergency.id());
    let part = When::of(&quiet, &asked.scheduled_at).render().map_err(|error| WebError::broken(&error))?;
    Ok(Html(part).into_response())
}

#[cfg(test)]
mod tests {
    use jiff::civil::Time;

    use super::*;

    #[test]
    fn a_holiday_is_said_and_what_is_no_time_says_nothing() {
        let (from, until) = (Time::constant(20, 0, 0, 0), Time::constant(8, 0, 0, 0));
        let said = |typed| When::of(&QuietHours { from, until }, typed).render().unwrap();
        assert!(
            said("2026-11-23T10:00").contains("11月23日は祝日(勤労感謝の日)です。"),
            "{}",
            said("2026-11-23T10:00")
        );
        assert_eq!(
            [said("2026-11-24T10:00"), said(""), said("あした")].map(|text| text.trim().to_owned()),
            [""; 3]
        );
    }
}
