//! What follows a broadcast: a copy, its correction, and what goes to those whom it did not reach. Each is a new draft.

use axum::extract::Path;
use axum::http::HeaderMap;
use axum::response::Response;

use super::broadcasts::made_now;
use super::deeds::seen;
use super::door::Caller;
use super::problem::Problem;
use crate::flow::broadcast;

pub(super) async fn copy(
    caller: Caller,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let id = seen(&caller, &id, &headers).await?;
    let made = broadcast::copy(&caller.app, &caller.staff, id).await?;
    made_now(&caller.app, made).await
}

/// Ends what is left of the faulty one.
pub(super) async fn correct(
    caller: Caller,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let id = seen(&caller, &id, &headers).await?;
    let made = broadcast::correct(&caller.app, &caller.staff, id).await?;
    made_now(&caller.app, made).await
}

pub(super) async fn missed(
    caller: Caller,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let id = seen(&caller, &id, &headers).await?;
    let made = broadcast::send_to_missed(&caller.app, &caller.staff, id).await?;
    made_now(&caller.app, made).await
}
