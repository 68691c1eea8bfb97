//! How things look in JSON: times with Japan's offset, words beside the ids that programs act on.

use axum::Json;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use super::problem::{Problem, cautions_json};
use super::trials;
use crate::app::App;
use crate::db::Tx;
use crate::domain::broadcast::Hold;
use crate::domain::ids::StaffId;
use crate::domain::timestamp::Timestamp;
use crate::population::{Count, Tally};
use crate::store::approvals;
use crate::store::broadcasts::{Broadcast, Listed};
use crate::store::staff;

/// An instant as RFC 3339 writes it, in Japan's time.
pub fn instant(at: Timestamp) -> String {
    let zoned = at.to_jiff().to_zoned(TimeZone::fixed(jiff::tz::offset(9)));
    zoned.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()
}

fn maybe(at: Option<Timestamp>) -> Value {
    at.map_or(Value::Null, |at| instant(at).into())
}

/// A word that is stored, with what people read.
pub fn worded(id: &str, word: &str) -> Value {
    json!({ "id": id, "word": word })
}

/// A broadcast with its entity tag: its version.
///
/// # Errors
/// Where the database is away.
pub async fn answer(tx: &mut Tx, stored: &Broadcast) -> Result<Response, Problem> {
    Ok(tagged(broadcast(tx, stored).await?, &stored.version.to_string()))
}

/// An answer with its entity tag, which says the version.
pub fn tagged(said: Value, version: &str) -> Response {
    let mut response = Json(said).into_response();
    if let Ok(tag) = HeaderValue::from_str(&format!("\"v{version}\"")) {
        response.headers_mut().insert(header::ETAG, tag);
    }
    response
}

/// A broadcast, whole.
///
/// # Errors
/// Where the database is away.
pub async fn broadcast(tx: &mut Tx, stored: &Broadcast) -> Result<Value, Problem> {
    let approver = match stored.approver_id {
        Some(id) => person(tx, id).await?,
        None => Value::Null,
    };
    Ok(json!({
        "id": stored.id.to_string(), "version": stored.version,
        "class": worded(stored.class.id(), stored.class.word()), "pilot_until": maybe(stored.pilot_until),
        "audience": stored.audience, "correction_of": stored.correction_of.map(|id| id.to_string()),
        "state": worded(stored.state.id(), stored.state.word()), "hold": hold(stored.hold()),
        "title": stored.title, "series": stored.series, "topic": stored.topic,
        "segment": stored.segment_path, "rule": stored.rule_text, "content": stored.content.to_value(), "trial": trial(stored),
        "scheduled_at": maybe(stored.scheduled_at), "expires_at": maybe(stored.expires_at),
        "author": person(tx, stored.author_id).await?, "last_editor": person(tx, stored.last_editor_id).await?,
        "approver": approver, "is_tested": stored.is_tested(),
        "submitted": submitted(stored), "approvals": approvals(tx, stored).await?, "approved": approved(stored), "planned": planned(stored),
        "return_reason": stored.return_reason, "finished_at": maybe(stored.finished_at),
        "created_at": instant(stored.created_at), "updated_at": instant(stored.updated_at),
    }))
}

/// Who has approved what is submitted, and how many have to.
async fn approvals(tx: &mut Tx, stored: &Broadcast) -> Result<Value, Problem> {
    let hash = stored.submitted_hash.as_deref().unwrap_or_default();
    let given = approvals::list(tx, stored.id, hash).await?;
    let given = given.into_iter().map(|one| {
        json!({
            "id": one.staff_id.to_string(), "name": one.name, "recipients": one.recipients,
            "at": instant(one.approved_at),
        })
    });
    Ok(json!({ "needed": stored.approvals_needed, "given": given.collect::<Vec<_>>() }))
}

fn submitted(stored: &Broadcast) -> Value {
    let Some(hash) = &stored.submitted_hash else { return Value::Null };
    json!({
        "hash": hash, "at": maybe(stored.submitted_at), "recipients": stored.submitted_count.unwrap_or(0),
        "cautions": cautions_json(&stored.cautions()),
    })
}

fn approved(stored: &Broadcast) -> Value {
    let Some(hash) = &stored.approved_hash else { return Value::Null };
    json!({
        "hash": hash, "at": maybe(stored.approved_at), "recipients": stored.approved_count.unwrap_or(0),
    })
}

fn planned(stored: &Broadcast) -> Value {
    let Some(at) = stored.planned_at else { return Value::Null };
    let as_of = stored.as_of.map(|day| day.0.to_string());
    json!({ "at": instant(at), "as_of": as_of, "recipients": stored.planned_count.unwrap_or(0) })
}

/// How its audience is split; none where it is not, or can't be read.
fn trial(stored: &Broadcast) -> Value {
    stored.trial().ok().flatten().as_ref().map_or(Value::Null, trials::shape)
}

fn hold(hold: Option<Hold>) -> Value {
    hold.map_or(Value::Null, |hold| worded(hold.id(), hold.word()))
}

/// A member of staff.
///
/// # Errors
/// Where the database is away.
pub async fn person(tx: &mut Tx, id: StaffId) -> Result<Value, Problem> {
    let name = staff::find(tx, id).await?.map(|staff| staff.name);
    Ok(json!({ "id": id.to_string(), "name": name }))
}

/// A broadcast as a list shows it.
pub fn listed(one: &Listed) -> Value {
    let held = one.hold_reason.clone().and_then(|word| Hold::try_from(word).ok());
    json!({
        "id": one.id.to_string(), "title": one.title, "topic": one.topic, "segment": one.segment_path,
        "state": worded(one.state.id(), one.state.word()), "hold": hold(held), "is_returned": one.is_returned,
        "recipients": one.recipients, "scheduled_at": maybe(one.scheduled_at),
        "planned_at": maybe(one.planned_at), "author": one.author_name, "approver": one.approver_name,
        "approvers": one.approvers().collect::<Vec<_>>(), "updated_at": instant(one.updated_at),
    })
}

/// A part of a list, and where the next one begins.
pub fn part(items: Vec<Value>, next: Option<String>) -> Json<Value> {
    Json(json!({ "items": items, "next": next }))
}

/// What a rule finds.
pub fn count(app: &App, count: &Count) -> Value {
    let missing = count
        .unknown_by
        .iter()
        .map(|(missing, accounts)| json!({ "missing": missing.words(&app.catalogue), "accounts": accounts }));
    json!({
        "recipients": count.accounts.target, "accounts": tally(count.accounts), "persons": tally(count.persons),
        "unknown_by": missing.collect::<Vec<_>>(),
    })
}

fn tally(tally: Tally) -> Value {
    json!({
        "target": tally.target, "not_target": tally.not_target, "excluded": tally.excluded,
        "unknown": tally.unknown,
    })
}
