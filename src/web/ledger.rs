//! The ledger of a broadcast as CSV, for the console and the API alike.
//!
//! It is streamed part by part, each a read of its own, so that a slow client holds no transaction open; it names accounts by
//! our ids, never by LINE's. Whoever takes it stands in the audit log before the first byte leaves.

use axum::body::{Body, Bytes};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use futures_util::stream;

use crate::app::App;
use crate::db;
use crate::domain::broadcast::{LedgerState, Reason};
use crate::domain::ids::{AccountId, BroadcastId};
use crate::domain::staff::StaffMember;
use crate::domain::timestamp::Timestamp;
use crate::flow::export::note_ledger;
use crate::store::export::{self, Row};

const ROWS: i64 = 5_000;

macro_rules! head {
    () => {
        "account_id,batch,state,state_word,reason,reason_word,arm,begun_at,settled_at,line_request_id\n"
    };
}

/// The first line.
pub const HEAD: &str = head!();

/// The first line with the mark by which Excel knows UTF-8.
pub const MARKED_HEAD: &str = concat!("\u{feff}", head!());

/// The ledger for a member of staff, after this first line.
///
/// # Errors
/// As [`db::Error`] says; then nothing leaves.
pub async fn download(
    app: &App,
    staff: &StaffMember,
    id: BroadcastId,
    head: &'static str,
) -> db::Result<Response> {
    note_ledger(app, staff, id).await?;
    let name = format!("attachment; filename=\"ledger-{id}.csv\"");
    let kind = "text/csv; charset=utf-8; header=present".to_owned();
    let headers = [(header::CONTENT_TYPE, kind), (header::CONTENT_DISPOSITION, name)];
    let app = app.clone();
    let parts = stream::try_unfold(Place::Head(head), move |place| part(app.clone(), id, place));
    Ok((headers, Body::from_stream(parts)).into_response())
}

/// How far the download has come.
enum Place {
    Head(&'static str),
    After(AccountId),
    End,
}

async fn part(app: App, id: BroadcastId, place: Place) -> db::Result<Option<(Bytes, Place)>> {
    let (mut text, after) = match place {
        Place::Head(head) => (head.to_owned(), None),
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

/// Words of ours, ids and times: nothing in a row has to be quoted. Of whoever was in no call, the batch tells no times and
/// no number of LINE's.
fn write(text: &mut String, row: &Row) {
    let reason = row.reason.clone().unwrap_or_default();
    let word = Reason::try_from(reason.clone()).map_or("", Reason::word);
    let (state, batch) = (row.state, row.batch_number);
    let arm = &row.arm;
    let called = !matches!(state, LedgerState::Planned | LedgerState::Skipped | LedgerState::Stopped);
    let time = |at: Option<Timestamp>| at.filter(|_| called).map_or_else(String::new, in_japan);
    let (begun, settled) = (time(row.first_attempt_at), time(row.settled_at));
    let request = row.request_id.as_deref().filter(|id| called && is_plain(id)).unwrap_or_default();
    *text += &format!(
        "{},{batch},{},{},{reason},{word},{arm},{begun},{settled},{request}\n",
        row.account_id,
        state.id(),
        state.word()
    );
}

/// `2026-07-01T10:00:00+09:00`.
fn in_japan(at: Timestamp) -> String {
    at.tokyo().strftime("%Y-%m-%dT%H:%M:%S+09:00").to_string()
}

/// What another system has named ends neither a field nor a line.
fn is_plain(id: &str) -> bool {
    id.bytes().all(|sign| sign.is_ascii_alphanumeric() || b"-_".contains(&sign))
}
