//! Into how many texts a broadcast falls, for whoever looks at what was submitted.
//!
//! Figures of the submission; an example is shown only where many read the same.

use askama::Template;
use askama::filters::HtmlSafe;

use super::figures::grouped;
use super::phone::{Phone, Reader};
use crate::db::{self, Tx};
use crate::domain::broadcast::forecast::{Forecast, SMALLEST};
use crate::store::broadcasts::{self, Broadcast};

/// What is said about the texts.
#[derive(Template)]
#[template(path = "web/console/texts_view.html")]
pub(super) struct TextsView {
    forecast: Forecast,
    /// What most recipients read, with how many they are.
    example: Option<(String, Phone)>,
}

/// The template has escaped what it shows.
impl HtmlSafe for TextsView {}

impl TextsView {
    /// Of a broadcast that was submitted; `None` where everybody reads the same.
    pub(super) async fn find(tx: &mut Tx, stored: &Broadcast, city: &str) -> db::Result<Option<Self>> {
        if stored.submitted_at.is_none() {
            return Ok(None);
        }
        let Some(forecast) = broadcasts::forecast(tx, stored.id).await? else { return Ok(None) };
        let example = forecast.examples.first().map(|most| {
            let phone = Phone::new(&stored.content, city, "ja", Reader::Like(most.fill()));
            (grouped(count(most.recipients)), phone)
        });
        Ok(Some(Self { forecast, example }))
    }

    fn number(&self, of: &usize) -> String {
        grouped(count(*of))
    }
}

fn count(of: usize) -> i64 {
    i64::try_from(of).unwrap_or(i64::MAX)
}
