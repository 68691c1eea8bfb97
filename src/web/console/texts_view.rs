//! Into how many texts a broadcast falls, for whoever looks at what was submitted.
//!
//! Figures of the submission; an example is shown only where many read the same.

use askama::Template;
use askama::filters::HtmlSafe;

use super::figures::grouped;
use super::phone::{Phone, Reader};
use super::rule_view::RuleInWords;
use crate::app::App;
use crate::db::{self, Tx};
use crate::domain::broadcast::CheckUpRules;
use crate::domain::broadcast::forecast::{Forecast, SMALLEST};
use crate::domain::timestamp::Timestamp;
use crate::store::broadcasts::{self, Broadcast};

/// What is said about the texts.
#[derive(Template)]
#[template(path = "web/console/texts_view.html")]
pub(super) struct TextsView {
    forecast: Forecast,
    /// What most recipients read, with how many they are.
    example: Option<(String, Phone)>,
    /// The rules behind 対象の健診名, each with what staff call the check-up.
    check_ups: Vec<(String, RuleInWords)>,
}

/// The template has escaped what it shows.
impl HtmlSafe for TextsView {}

impl TextsView {
    /// Of a broadcast that was submitted; `None` where everybody reads the same.
    pub(super) async fn find(app: &App, tx: &mut Tx, stored: &Broadcast) -> db::Result<Option<Self>> {
        if stored.submitted_at.is_none() {
            return Ok(None);
        }
        let Some(forecast) = broadcasts::forecast(tx, stored.id).await? else { return Ok(None) };
        let example = forecast.examples.first().map(|most| {
            let (city, reader) = (&app.config.city.name, Reader::Like(most.fill()));
            let phone = Phone::new(&stored.content, city, "ja", reader);
            (grouped(count(most.recipients)), phone)
        });
        Ok(Some(Self { forecast, example, check_ups: check_ups(app, stored) }))
    }

    fn number(&self, of: &usize) -> String {
        grouped(count(*of))
    }
}

fn check_ups(app: &App, stored: &Broadcast) -> Vec<(String, RuleInWords)> {
    let (catalogue, text) = (&app.catalogue, stored.check_up_rules.as_deref());
    let planned = stored.as_of.map(|day| day.0);
    let as_of = planned.or_else(|| stored.scheduled_at.map(Timestamp::tokyo_date));
    let as_of = as_of.unwrap_or_else(|| app.clock.today());
    let rules = text.and_then(|text| CheckUpRules::read(text, catalogue, as_of).ok());
    let rules = rules.iter().flat_map(CheckUpRules::all);
    let said = rules.filter_map(|(at, rule)| {
        Some((catalogue.programmes().get(*at)?.word.clone(), RuleInWords::new(rule, catalogue, as_of)))
    });
    said.collect()
}

fn count(of: usize) -> i64 {
    i64::try_from(of).unwrap_or(i64::MAX)
}
