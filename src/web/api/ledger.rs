//! How far a broadcast has come, and its ledger as CSV.

use axum::Json;
use axum::extract::{Path, State};
use axum::response::Response;
use serde_json::{Value, json};

use super::broadcasts::load;
use super::door::Caller;
use super::problem::Problem;
use super::{input, shapes};
use crate::app::App;
use crate::store::ledger::Count;
use crate::store::progress;
use crate::web::ledger;

pub(super) async fn progress(
    State(app): State<App>,
    _: Caller,
    Path(id): Path<String>,
) -> Result<Json<Value>, Problem> {
    let stored = load(&app, input::id(&id)?).await?;
    let progress = progress::find(&mut app.db.read().await?, &stored).await?;
    let off = progress.sending_off.as_ref();
    let off = off.map(|off| json!({ "since": shapes::instant(off.since), "reason": off.reason }));
    Ok(Json(json!({
        "state": shapes::worded(stored.state.id(), stored.state.word()), "planned": stored.planned_count,
        "counts": progress.counts.iter().map(counted).collect::<Vec<_>>(),
        "pending_batches": progress.pending_batches, "open_batches": progress.open_batches,
        "beyond_a_stop": progress.beyond_a_stop(), "last_error": progress.last_error,
        "next_attempt_at": progress.next_attempt_at.map(shapes::instant), "sending_off": off,
    })))
}

fn counted(count: &Count) -> Value {
    let reason = count.reason().map(|reason| shapes::worded(reason.id(), reason.word()));
    json!({
        "state": shapes::worded(count.state.id(), count.state.word()), "reason": reason,
        "recipients": count.recipients,
    })
}

pub(super) async fn export(caller: Caller, Path(id): Path<String>) -> Result<Response, Problem> {
    let stored = load(&caller.app, input::id(&id)?).await?;
    Ok(ledger::download(&caller.app, &caller.staff, stored.id, ledger::HEAD).await?)
}
