//! What becomes of blanks when a broadcast is submitted: whether they can be filled, and into how many texts it falls.
//!
//! Worked out just as planning does, so that the approver sees what will be sent; planning works it out anew.

use super::{Refusal, Result};
use crate::app::App;
use crate::domain::broadcast::Whom;
use crate::domain::broadcast::forecast::Forecast;
use crate::domain::ids::AccountId;
use crate::domain::message::{Blank, Content};
use crate::flow::{Readers, Readings, Split};
use crate::store::broadcasts::Broadcast;

/// The blanks that can have no value in this kind of broadcast, because no rule says who is meant.
#[must_use]
pub fn unfillable(draft: &Broadcast) -> &'static [Blank] {
    // What is sent again has the rule of the earlier broadcast.
    let keeps_rule = matches!(draft.whom(), Some(Whom::Missed(_))) && !draft.rule_text.is_empty();
    let has_rule = keeps_rule || matches!(draft.whom(), Some(Whom::Rule | Whom::Day));
    if has_rule { &[] } else { &[Blank::CheckUps, Blank::Family] }
}

/// Whether every blank of a text can have a value in this kind of broadcast.
pub(super) fn check_blanks(draft: &Broadcast, content: &Content) -> std::result::Result<(), Refusal> {
    let none = unfillable(draft);
    match content.personal_blanks().into_iter().find(|blank| none.contains(blank)) {
        Some(blank) => Err(Refusal::BlankWithoutRule(blank.word())),
        None => Ok(()),
    }
}

/// The figures for the approver; `None` where everybody reads the same.
pub(super) async fn forecast(
    app: &App,
    draft: &Broadcast,
    recipients: &[AccountId],
) -> Result<Option<Forecast>> {
    let split = Split::of(draft, recipients).map_err(Refusal::from)?;
    if split.blanks().is_empty() {
        return Ok(None);
    }
    let readers = Readers::of(app, draft, &split, app.clock.today()).await?;
    let forecast = Readings::of(&split, &readers).forecast();
    if forecast.texts == 0 {
        return Err(Refusal::NobodyHasValues.into());
    }
    Ok(Some(forecast))
}
