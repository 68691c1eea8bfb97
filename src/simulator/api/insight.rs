//! Figures under a name, and how many names are used.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use jiff::civil::Date;
use serde_json::{Value, json};

use super::super::wire::Refusal;
use super::Call;

/// The longest period LINE takes, in days.
const LONGEST: i32 = 30;

pub(super) fn unit(call: &Call<'_>) -> Result<Response, Refusal> {
    let query = call.query();
    let text = |name: &str| query.get(name).map(String::as_str).unwrap_or_default();
    let name = text("customAggregationUnit");
    let fits = (1..=30).contains(&name.len()) && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    let period = day(text("from")).zip(day(text("to"))).filter(|(from, to)| is_period(*from, *to));
    let (true, Some(period)) = (fits, period) else { return Err(all_null()) };
    let now = call.simulator.0.clock.now();
    let told = call.simulator.platform().units.tell(name, period, now);
    let clicks: Vec<Value> = (1..)
        .zip(&told.addresses)
        .map(|(seq, (url, unique)): (u32, _)| {
            json!({ "seq": seq, "url": url, "click": unique, "uniqueClick": unique, "uniqueClickOfRequest": unique })
        })
        .collect();
    let body = json!({
        "overview": {
            "uniqueImpression": told.impressions,
            "uniqueClick": told.clicks,
            "uniqueMediaPlayed": null,
            "uniqueMediaPlayed100Percent": null,
        },
        "messages": [{ "seq": 1, "impression": told.impressions, "uniqueImpression": told.impressions }],
        "clicks": clicks,
    });
    Ok(Json(body).into_response())
}

pub(super) fn used(call: &Call<'_>) -> Response {
    let used = call.simulator.platform().units.used(call.simulator.0.clock.now());
    Json(json!({ "numOfCustomAggregationUnits": used })).into_response()
}

/// LINE's refusals here may say nothing at all.
fn all_null() -> Refusal {
    let body = json!({ "message": null, "details": null });
    Refusal { status: StatusCode::BAD_REQUEST, body, accepted_request_id: None }
}

fn day(text: &str) -> Option<Date> {
    (text.len() == 8).then(|| Date::strptime("%Y%m%d", text).ok()).flatten()
}

fn is_period(from: Date, to: Date) -> bool {
    from.until(to).is_ok_and(|span| (0..=LONGEST).contains(&span.get_days()))
}
