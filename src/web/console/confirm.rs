//! The page that asks once more before something is done that others notice.
//!
//! It says in plain words what will happen and what will not. Showing it changes nothing; its form does.

use askama::Template;
use axum::response::Response;

use crate::web::error::WebError;
use crate::web::layout::{self, Shell};

/// What is asked.
pub(super) struct Question {
    pub title: &'static str,
    /// What happens then, a paragraph each.
    pub means: &'static [&'static str],
    pub button: &'static str,
    /// Whether it can't be undone.
    pub is_final: bool,
}

/// The page.
#[derive(Template)]
#[template(path = "web/console/confirm.html")]
pub(super) struct Confirm {
    pub shell: Shell,
    /// What it is done to.
    pub name: String,
    pub what: Question,
    /// Where the form goes.
    pub action: String,
    /// Where one goes who would rather not.
    pub back: String,
    /// Recipients whom it comes too late for.
    pub beyond: i64,
    /// Whether a reason may be written.
    pub reason: bool,
}

impl Confirm {
    /// Shows it.
    ///
    /// # Errors
    /// As [`layout::page`] says.
    pub fn page(&self) -> Result<Response, WebError> {
        layout::page(&self.shell, self)
    }
}
