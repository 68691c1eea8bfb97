//! The approvals of a broadcast: who has given one, whether another is needed and why, what is still to be opened.

use crate::app::App;
use crate::domain::broadcast::State;
use crate::domain::broadcast::tier::WhyTwo;
use crate::domain::ids::StaffId;
use crate::flow::broadcast::{self, BroadcastError};
use crate::store::approvals::{self, Approved};
use crate::store::broadcasts::Broadcast;
use crate::web::error::WebError;

use super::opening::OpeningList;

/// What the page says about approvals.
pub(super) struct ApprovalView {
    /// Given so far, the oldest first.
    pub(super) given: Vec<Approved>,
    /// How many more are needed.
    pub(super) missing: i64,
    /// Why two people are needed.
    pub(super) why_two: Vec<WhyTwo>,
    /// Whether whoever looks has given one.
    pub(super) is_own: bool,
    /// What whoever looks has to open.
    pub(super) opening: OpeningList,
}

impl ApprovalView {
    /// As whoever is signed in sees it.
    ///
    /// # Errors
    /// Where the database is away.
    pub(super) async fn find(app: &App, stored: &Broadcast, staff: StaffId) -> Result<Self, WebError> {
        let mut tx = app.db.read().await?;
        let hash = stored.submitted_hash.as_deref().unwrap_or_default();
        let mut given = approvals::list(&mut tx, stored.id, hash).await?;
        if stored.state == State::Paused && stored.planned_at.is_none() {
            // It is held and asks everybody anew.
            given.retain(|one| stored.active_at.is_none_or(|held| held <= one.approved_at));
        }
        let opening = OpeningList::find(&app.catalogue, &mut tx, stored, staff).await?;
        drop(tx);
        let why_two = match stored.planned_at {
            Some(_) => Vec::new(),
            None => match broadcast::why_two(app, stored).await {
                Err(BroadcastError::Db(error)) => return Err(error.into()),
                found => found.unwrap_or_default(),
            },
        };
        let needed = if why_two.is_empty() { stored.approvals_needed } else { 2 };
        let count = i64::try_from(given.len()).unwrap_or(0);
        let is_own = given.iter().any(|one| one.staff_id == staff);
        Ok(Self { missing: (needed - count).max(0), given, why_two, is_own, opening })
    }
}
