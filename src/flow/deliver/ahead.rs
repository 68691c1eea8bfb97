//! The last look at the members of the batches that come next, taken while LINE is asked for those before.
//!
//! It is taken beside the claims, in a transaction that only reads. A claim goes by it where it would see the same itself: no
//! account, no cap and no hour has changed since. Where anything has, the claim looks anew in its own transaction. So
//! nobody's change is overlooked that a claim could have seen. Nothing here writes.

use std::collections::{BTreeMap, VecDeque};

use crate::app::App;
use crate::db::{self, Tx};
use crate::domain::broadcast::Class;
use crate::domain::broadcast::limits::{Limits, Window};
use crate::store::batches::{self, Pending, Span};
use crate::store::broadcasts::Broadcast;
use crate::store::ledger::{self, Member};
use crate::store::{changes, limits};

use super::begin::Ready;
use super::places::Free;
use super::stage::Stage;

/// The members of some batches, by batch and in the order of their ids.
pub(super) type Members = BTreeMap<i64, Vec<Member>>;

/// What the caps are, and the hour they are counted in.
pub(super) type Caps = (Limits, Window);

/// The members of some batches of a broadcast as they stand. An emergency counts toward the hour's cap alone.
pub(super) async fn members(
    tx: &mut Tx,
    of: &Broadcast,
    batches: Span,
    (mut limits, window): Caps,
) -> db::Result<Members> {
    if of.class != Class::Ordinary {
        (limits.day_messages, limits.week_messages) = (i64::MAX, i64::MAX);
    }
    let mut all = Members::new();
    for member in ledger::members(tx, of.id, batches, (limits, window)).await? {
        all.entry(member.batch).or_default().push(member);
    }
    Ok(all)
}

/// What was seen of batches that come next.
#[derive(Default)]
pub(super) struct Ahead {
    /// The oldest of the looks; `None` where nothing was seen.
    seen: Option<Moment>,
    batches: VecDeque<Pending>,
    members: Members,
}

/// When a look was taken.
#[derive(Clone, Copy)]
struct Moment {
    /// The newest change of an account that it saw.
    seq: i64,
    caps: Caps,
}

impl Ahead {
    /// Looks at the batches that come after the one with number `after`: as many as one claim takes.
    pub(super) async fn look(app: &App, ready: &Ready, after: i64) -> db::Result<Self> {
        let mut tx = app.db.read().await?;
        let seq = changes::last(&mut tx).await?;
        let caps = (limits::find(&mut tx).await?, Window::of(app.clock.now()));
        let (id, pilots_only) = (ready.broadcast.id, ready.stage == Stage::Pilots);
        let free = Free::for_one_claim();
        let mut batches = batches::list_pending(&mut tx, (id, after), pilots_only, free.calls()).await?;
        batches.truncate(free.in_a_row(&batches));
        let (Some(first), Some(last)) = (batches.first(), batches.last()) else { return Ok(Self::default()) };
        let members = members(&mut tx, &ready.broadcast, (first.number, last.number), caps).await?;
        Ok(Self { seen: Some(Moment { seq, caps }), batches: batches.into(), members })
    }

    /// Whether a claim finds less here than it may take.
    pub(super) fn is_short(&self) -> bool {
        let mut free = Free::for_one_claim();
        self.batches.iter().all(|batch| free.fill(batch.planned()))
    }

    /// Whether there is nothing here.
    pub(super) fn is_empty(&self) -> bool {
        self.batches.is_empty()
    }

    /// The number of the last batch here; 0 where there is none.
    pub(super) fn last(&self) -> i64 {
        self.batches.back().map_or(0, |batch| batch.number)
    }

    /// Adds what was seen later of batches that come after these.
    pub(super) fn add(&mut self, later: Self) {
        // The older moment is the stricter one.
        self.seen = self.seen.filter(|_| !self.batches.is_empty()).or(later.seen);
        self.batches.extend(later.batches);
        self.members.extend(later.members);
    }

    /// Takes what was seen of the next batches that fit; nothing where anything has changed since.
    pub(super) async fn take(
        &mut self,
        tx: &mut Tx,
        free: &Free,
        caps: Caps,
    ) -> db::Result<(Vec<Pending>, Members)> {
        let Some(seen) = self.seen else { return Ok(Default::default()) };
        if seen.caps != caps || !changes::after(tx, seen.seq, 1).await?.is_empty() {
            *self = Self::default();
            return Ok(Default::default());
        }
        let fitting = free.in_a_row(self.batches.make_contiguous());
        let batches: Vec<_> = self.batches.drain(..fitting).collect();
        let members = batches.iter().filter_map(|batch| self.members.remove_entry(&batch.number)).collect();
        Ok((batches, members))
    }
}
