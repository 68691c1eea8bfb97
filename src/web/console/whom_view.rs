//! Whom a broadcast goes to where that is no saved rule: those of an earlier broadcast, in words and numbers. And what
//! the form says of it, which then has no rule to choose.

use askama::Template;
use askama::filters::HtmlSafe;

use super::audience::Audience;
use super::figures::grouped;
use crate::app::App;
use crate::db;
use crate::domain::broadcast::{LedgerState, Whom};
use crate::domain::ids::BroadcastId;
use crate::domain::segment::text;
use crate::store::broadcasts::{self, Broadcast};
use crate::store::ledger::{self, Count};
use crate::web::error::WebError;

/// Those whom an earlier broadcast names.
#[derive(Template)]
#[template(path = "web/console/whom_view.html")]
pub(super) struct WhomView {
    is_correction: bool,
    earlier: BroadcastId,
    title: String,
    accepted: i64,
    attempting: i64,
    unknown: i64,
    /// All of them.
    pub(super) recipients: i64,
}

/// The template has escaped what it shows.
impl HtmlSafe for WhomView {}

impl WhomView {
    /// Reads it; `None` for a broadcast that goes to a rule.
    ///
    /// # Errors
    /// As [`db::Error`] says.
    pub(super) async fn find(app: &App, stored: &Broadcast) -> db::Result<Option<Self>> {
        match stored.whom() {
            Some(whom @ (Whom::Reached(earlier) | Whom::Missed(earlier))) => {
                Ok(Some(Self::of(app, whom, earlier).await?))
            }
            _ => Ok(None),
        }
    }

    /// Of an earlier broadcast.
    ///
    /// # Errors
    /// As [`db::Error`] says.
    pub(super) async fn of(app: &App, whom: Whom, earlier: BroadcastId) -> db::Result<Self> {
        let mut tx = app.db.read().await?;
        let titles = broadcasts::titles(&mut tx, &[earlier]).await?;
        let counts = ledger::count(&mut tx, earlier).await?;
        let sum = |fits: &dyn Fn(&Count) -> bool| -> i64 {
            counts.iter().filter(|count| fits(count)).map(|count| count.recipients).sum()
        };
        let taken = |count: &Count| whom.takes(count.state, count.reason());
        let in_state = |state: LedgerState| sum(&|count| taken(count) && count.state == state);
        Ok(Self {
            is_correction: matches!(whom, Whom::Reached(_)),
            earlier,
            title: titles.into_iter().next().map(|(_, title)| title).unwrap_or_default(),
            accepted: in_state(LedgerState::Accepted),
            attempting: in_state(LedgerState::Attempting),
            unknown: in_state(LedgerState::Unknown),
            recipients: sum(&taken),
        })
    }
}

/// Whom a draft goes to that has no rule to choose, as its form shows it.
#[derive(Template)]
#[template(path = "web/console/whom_fixed.html")]
pub(super) enum Fixed {
    /// Those of an earlier broadcast.
    Earlier(WhomView),
    /// Those of a rule whose day it is: its name and figures.
    Day(String, Audience),
    /// Nobody can be named.
    Nobody,
}

/// The template has escaped what it shows.
impl HtmlSafe for Fixed {}

impl Fixed {
    /// Reads it.
    ///
    /// # Errors
    /// Where the database is away.
    pub(super) async fn of(app: &App, stored: &Broadcast) -> Result<Self, WebError> {
        if let Some(earlier) = WhomView::find(app, stored).await? {
            return Ok(Self::Earlier(earlier));
        }
        match text::parse(&stored.rule_text, &app.catalogue) {
            Ok(rule) if stored.whom() == Some(Whom::Day) => {
                let today = app.clock.today();
                let audience = Audience::ask(app, &rule, today, Some(&stored.topic)).await?;
                Ok(Self::Day(rule.header.name, audience))
            }
            _ => Ok(Self::Nobody),
        }
    }
}
