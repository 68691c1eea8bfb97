//! 比較: how the audience of a draft is split into texts and a share that gets nothing.

use axum::extract::Path;
use axum::http::HeaderMap;
use axum::response::Response;
use serde::Deserialize;
use serde_json::{Value, json};

use super::broadcasts::answer;
use super::door::Caller;
use super::input::{self, Body};
use super::problem::Problem;
use crate::domain::broadcast::trial::Trial;
use crate::flow::broadcast::{self, Wish};

/// How it is to be split; nothing held out and no other text is no split.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Splitting {
    held_out_percent: u16,
    /// The drafts whose texts are the other arms.
    others: Vec<String>,
}

pub(super) async fn split(
    caller: Caller,
    Path(id): Path<String>,
    headers: HeaderMap,
    Body(splitting): Body<Splitting>,
) -> Result<Response, Problem> {
    let (id, version) = (input::id(&id)?, input::version(&headers)?);
    let others = splitting.others.iter().map(|other| input::id(other)).collect::<Result<_, _>>()?;
    let wish = Wish { held_out_percent: splitting.held_out_percent, others };
    broadcast::split(&caller.app, &caller.staff, (id, version), wish).await?;
    answer(&caller.app, id).await
}

/// How it is split, with the other texts.
pub(super) fn shape(trial: &Trial) -> Value {
    let arms =
        trial.arms.iter().map(|arm| json!({ "id": arm.id, "share": arm.share, "content": arm.content }));
    json!({ "held_out": trial.held_out, "arms": arms.collect::<Vec<_>>() })
}
