//! What is worth a second look about the time that is chosen in a form: a Sunday, a holiday, an hour without anybody.
//!
//! Part of the form, and alone for the script that keeps it fresh. It only says so; nothing is refused for it.

use askama::Template;
use askama::filters::HtmlSafe;
use axum::extract::Query;
use axum::response::{Html, IntoResponse, Response};
use serde::Deserialize;

use super::typed::instant;
use crate::domain::broadcast::hours::{Hint, hints};
use crate::web::error::WebError;

/// The hints about a time as it was typed.
#[derive(Template)]
#[template(path = "web/console/when.html")]
pub(super) struct When {
    hints: Vec<Hint>,
}

/// The template has escaped what it shows.
impl HtmlSafe for When {}

impl When {
    /// About a time as the form's field holds it; nothing about none, or about what is no time.
    pub(super) fn of(typed: &str) -> Self {
        Self { hints: instant(typed).map_or_else(Vec::new, hints) }
    }
}

#[derive(Deserialize)]
pub(super) struct Asked {
    #[serde(default)]
    scheduled_at: String,
}

pub(super) async fn show(Query(asked): Query<Asked>) -> Result<Response, WebError> {
    let part = When::of(&asked.scheduled_at).render().map_err(|error| WebError::broken(&error))?;
    Ok(Html(part).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_holiday_is_said_and_what_is_no_time_says_nothing() {
        let said = |typed| When::of(typed).render().unwrap();
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
