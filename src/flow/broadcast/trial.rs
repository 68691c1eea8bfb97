//! Setting how the audience of a draft is split: other texts, and a share that gets nothing.
//!
//! The other texts are those of other drafts, copied as they are at this moment: whoever writes them has the whole
//! editor at hand, and what is approved no longer changes with those drafts. A split voids the test that was made.

use serde_json::json;

use super::{Refusal, Result, demand, demand_done, load, record};
use crate::app::App;
use crate::domain::broadcast::trial::{Trial, TrialFault, first_twin};
use crate::domain::broadcast::{State, Whom};
use crate::domain::ids::BroadcastId;
use crate::domain::message::Content;
use crate::domain::segment::bucket::BUCKETS;
use crate::domain::staff::{Right, StaffMember};
use crate::store::broadcasts::Broadcast;
use crate::store::{broadcast_versions, broadcasts};

/// How an audience is to be split.
#[derive(Clone, Debug, Default)]
pub struct Wish {
    /// The share that gets nothing, in per cent.
    pub held_out_percent: u16,
    /// The drafts whose texts are the arms after the first.
    pub others: Vec<BroadcastId>,
}

/// Splits the audience of a draft, or stops splitting it where nothing is wished; `version` is the one the page showed.
///
/// # Errors
/// Refused without the right, where it is no draft, where the split can't be, and where somebody else was faster.
pub async fn split(
    app: &App,
    staff: &StaffMember,
    (id, version): (BroadcastId, i64),
    wish: Wish,
) -> Result<()> {
    demand(staff, Right::Draft)?;
    let mut tx = app.db.write().await?;
    let stored = load(&mut tx, id).await?;
    if stored.state != State::Draft {
        return Err(Refusal::WrongState(stored.state).into());
    }
    // Whoever was drawn for a text in the earlier broadcast reads that one.
    if matches!(stored.whom(), Some(Whom::Missed(_))) && stored.trial.is_some() {
        return Err(Refusal::SplitOfEarlier.into());
    }
    let mut others: Vec<Content> = Vec::new();
    for other in &wish.others {
        others.push(load(&mut tx, *other).await?.content);
    }
    demand_different(&stored, &wish.others, &others).map_err(Refusal::from)?;
    let held_out = wish.held_out_percent.saturating_mul(BUCKETS / 100);
    let trial = (0 < held_out || !others.is_empty())
        .then(|| Trial::evenly(&stored.series, held_out, &others.iter().collect::<Vec<_>>()));
    if let Some(trial) = &trial {
        trial.check(stored.class).map_err(Refusal::from)?;
    }
    let value = trial.as_ref().map(Trial::to_value);
    let done = broadcasts::update_trial(&mut tx, (id, version), value, staff.id, app.clock.now()).await?;
    demand_done(done)?;
    broadcast_versions::keep(&mut tx, id, staff.id, app.clock.now()).await?;
    let arms = trial.as_ref().map_or(1, |trial| trial.arms.len());
    let detail = json!({ "held_out": held_out, "arms": arms });
    record(app, &mut tx, (staff, "broadcast.split"), id, detail).await?;
    tx.commit().await?;
    Ok(())
}

/// Arms that say the same have nothing to compare, and what they are called later would mean nothing.
fn demand_different(
    own: &Broadcast,
    drafts: &[BroadcastId],
    texts: &[Content],
) -> std::result::Result<(), TrialFault> {
    let drafts: Vec<_> = std::iter::once(&own.id).chain(drafts).collect();
    if let Some((arm, other)) = first_twin(&drafts) {
        return Err(TrialFault::SameDraft { arm, other });
    }
    let texts: Vec<_> = std::iter::once(&own.content).chain(texts).collect();
    first_twin(&texts).map_or(Ok(()), |(arm, other)| Err(TrialFault::SameText { arm, other }))
}
