//! How far a broadcast has come, and its ledger as CSV.
//!
//! The ledger is streamed part by part, each a read of its own, so that a slow client holds no transaction open; it names
//! accounts by our ids, never by LINE's.

use axum::Json;
use axum::body::{Body, Bytes};
use axum::extract::{Path, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use serde_json::{Value, json};

use super::broadcasts::load;
use super::door::Caller;
use super::problem::Problem;
use super::{input, shapes};
use crate::app::App;
use crate::db;
use crate::domain::broadcast::Reason;
use crate::domain::ids::{AccountId, BroadcastId};
use crate::flow::export::note_ledger;
use crate::store::export::{self, Row};
use crate::store::ledger::Count;
use crate::store::progress;

const ROWS: i64 = 5_000;
const HEAD: &str = "account_id,batch,state,state_word,reason,reason_word\n";

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
    note_ledger(&caller.app, &caller.staff, stored.id).await?;
    let name = format!("attachment; filename=\"ledger-{}.csv\"", stored.id);
    let kind = "text/csv; charset=utf-8; header=present".to_owned();
    let headers = [(header::CONTENT_TYPE, kind), (header::CONTENT_DISPOSITION, name)];
    let parts = stream::try_unfold(Place::Head, move |place| part(caller.app.clone(), stored.id, place));
    Ok((headers, Body::from_stream(parts)).into_response())
}

/// How far the export has come.
enum Place {
    Head,
    After(AccountId),
    End,
}

async fn part(app: App, id: BroadcastId, place: Place) -> db::Result<Option<(Bytes, Place)>> {
    let (mut text, after) = match place {
        Place::Head => (HEAD.to_owned(), None),
        Place::After(account) => (String::new(), Some(account)),
        Place::End => return Ok(None),
    };
    let rows = export::ledger(&mut app.db.read().await?, id, after, ROWS).await?;
    rows.iter().for_each(|row| write(&mut text, row));
    let next = match rows.last() {
        Some(last) if rows.len() as i64 == ROWS => Place::After(last.account_id),
        _ => Place::End,
    };
    Ok(Some((Bytes::from(text), next)))
}

/// Words of ours and ids: nothing in a row has to be quoted.
fn write(text: &mut String, row: &Row) {
    let reason = row.reason.clone().unwrap_or_default();
    let word = Reason::try_from(reason.clone()).map_or("", Reason::word);
    let (state, batch) = (row.state, row.batch_number);
    *text += &format!("{},{batch},{},{},{reason},{word}\n", row.account_id, state.id(), state.word());
}
