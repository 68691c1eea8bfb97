//! What became of a broadcast, and its effect, in the words of the console: a count below ten, or all but fewer than
//! ten, is not told, and nothing is concluded before the days are over.

use axum::Json;
use axum::extract::{Path, State};
use serde::Deserialize;
use serde_json::{Value, json};

use super::broadcasts::load;
use super::door::Caller;
use super::input::{self, Asked};
use super::kinds::Kind;
use super::problem::Problem;
use super::shapes;
use crate::app::App;
use crate::domain::broadcast::LedgerState;
use crate::store::broadcasts::Broadcast;
use crate::web::console::statistics::{Effect, Known, Wanted, days, span};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Query {
    /// How many days after it are looked at: 7, 30, 60 or 90.
    days: Option<i64>,
    /// What is compared, such as `booked:tokutei`.
    outcome: Option<String>,
}

pub(super) async fn show(
    State(app): State<App>,
    _: Caller,
    Path(id): Path<String>,
    Asked(query): Asked<Query>,
) -> Result<Json<Value>, Problem> {
    let stored = load(&app, input::id(&id)?).await?;
    let unplanned = || Problem::new(Kind::WrongState, "まだ送られていないため、結果はありません。");
    let span = span(stored.planned_at.ok_or_else(unplanned)?, days(query.days));
    let known = Known::find(&mut app.db.read().await?, stored.id, span).await?;
    let programmes = known
        .programmes(&app)
        .into_iter()
        .map(|(word, booked, attended)| json!({ "programme": word, "booked": booked, "attended": attended }));
    Ok(Json(json!({
        "state": shapes::worded(stored.state.id(), stored.state.word()),
        "days": { "from": span.first.to_string(), "to": span.last.to_string() },
        "planned": stored.planned_count, "accepted": known.accepted(),
        "skipped": known.recipients(LedgerState::Skipped), "rejected": known.recipients(LedgerState::Rejected),
        "unknown": known.recipients(LedgerState::Unknown),
        "line": {
            "seen": known.impressions(), "opened": known.clicks(), "note": known.counted_until(),
        },
        "blocked_within_a_day": known.blocks(), "tapped": known.outcome("tapped", &stored.series),
        "programmes": programmes.collect::<Vec<_>>(), "effect": effect(&app, &stored, &query).await?,
    })))
}

async fn effect(app: &App, stored: &Broadcast, query: &Query) -> Result<Value, Problem> {
    let wanted = Wanted::all(app, stored);
    let chosen = match &query.outcome {
        Some(id) => {
            let unknown = || {
                let known: Vec<_> = wanted.iter().map(Wanted::id).collect();
                Problem::new(
                    Kind::Malformed,
                    format!("outcomeは次のどれかにしてください: {}", known.join("、")),
                )
            };
            Some(wanted.iter().find(|one| one.id() == *id).ok_or_else(unknown)?)
        }
        None => None,
    };
    let (Some(trial), Some(chosen), Some(planned_at)) = (stored.measured(), chosen, stored.planned_at) else {
        return Ok(Value::Null);
    };
    let span = span(planned_at, days(query.days));
    let now = app.clock.now();
    let found = Effect::find(&mut app.db.read().await?, stored, &trial, (chosen, span), now).await?;
    let arms = found.arms.iter().map(|arm| {
        json!({
            "name": arm.name, "drawn": arm.accounts, "with": arm.with, "rate": arm.rate, "interval": arm.interval,
        })
    });
    let findings =
        found.findings.iter().map(|one| json!({ "sentence": one.sentence, "difference": one.difference }));
    Ok(json!({
        "outcome": chosen.id(), "arms": arms.collect::<Vec<_>>(), "findings": findings.collect::<Vec<_>>(),
        "caution": found.caution,
    }))
}
