//! Claims batches: first those to be repeated, then new ones, in one commit before the first byte leaves.
//!
//! The last look at each recipient happens here, in the transaction of the claim, or ahead of it where nobody has changed
//! since: who blocked us, stopped, declined, withdrew or was erased, and whom the rule no longer selects, is skipped with
//! the reason. From the commit on, the members and the bytes of the batch are fixed.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::app::App;
use crate::db::{self, Tx};
use crate::domain::broadcast::limits::Window;
use crate::domain::broadcast::{BatchState, GIVE_UP_AFTER, Hold, LedgerState, Reason, State, batch};
use crate::domain::ids::{AccountId, BroadcastId, LineUserId};
use crate::domain::timestamp::Timestamp;
use crate::failpoint;
use crate::flow::Held;
use crate::line;
use crate::line::client::{Outgoing, body};
use crate::line::message::Message;
use crate::store::batches::{self, Attempt, Claim, Pending, Settled};
use crate::store::broadcasts;
use crate::store::ledger::{self, Member, Step};
use crate::store::{limits, switches};

use super::ahead::{self, Ahead, Caps, Members};
use super::arms;
use super::begin::Ready;
use super::call::Outcome;
use super::places::Free;
use super::stage::Stage;
use super::texts::Texts;
use super::units::{self, Names};
use super::watch::Watch;

/// How long an open call keeps others away from its batch: longer than LINE's client waits for an answer.
const LEASE: Duration = Duration::from_secs(60);
/// From so many failures in a row on, no new batch of a broadcast is begun: LINE is in trouble, and what is open is
/// enough. An emergency tries everybody all the same.
const TROUBLE: i64 = 3;

/// Takes batches for one round of sending.
pub(super) struct Claimer {
    ready: Vec<Prepared>,
}

/// What the caps leave in the hour of a claim.
struct Room {
    caps: Caps,
    /// Recipients of the round's class that may still be sent to in this hour.
    left: i64,
}

impl Room {
    async fn find(tx: &mut Tx, now: Timestamp, for_emergencies: bool) -> db::Result<Self> {
        let (limits, window) = (limits::find(tx).await?, Window::of(now));
        let sent = limits::sent_in_hour(tx, window.hour, for_emergencies).await?;
        let left = limits.hour_recipients - sent;
        Ok(Self { caps: (limits, window), left })
    }
}

struct Prepared {
    ready: Ready,
    texts: Texts,
    units: Names,
    /// When its content is no longer true.
    true_until: Option<Timestamp>,
    /// How many of its batches LINE did not answer as it should, since it last took one.
    in_trouble: i64,
}

impl Claimer {
    /// For the broadcasts that may send now.
    pub(super) async fn new(app: &App, ready: Vec<Ready>) -> db::Result<Self> {
        let mut prepared = Vec::with_capacity(ready.len());
        for ready in ready {
            let texts = arms::texts(&ready.broadcast);
            let names: Vec<_> = texts.iter().map(|(arm, _)| arm.clone()).collect();
            let units = units::names(app, ready.broadcast.id, &names).await?;
            let texts = Texts::find(app, &ready.broadcast, texts).await?;
            let in_trouble = batches::count_in_trouble(&mut app.db.read().await?, ready.broadcast.id).await?;
            let true_until = ready.broadcast.true_until();
            prepared.push(Prepared { texts, units, true_until, in_trouble, ready });
        }
        Ok(Self { ready: prepared })
    }

    /// Whether an emergency waits behind this round, and is not its own.
    pub(super) async fn gives_way(&self, app: &App) -> db::Result<bool> {
        if self.is_for_emergencies() {
            return Ok(false);
        }
        broadcasts::is_emergency_due(&mut app.db.read().await?, app.clock.now()).await
    }

    fn is_for_emergencies(&self) -> bool {
        self.ready.iter().any(|prepared| prepared.ready.broadcast.is_emergency())
    }

    /// Learns from answers whether LINE is well.
    pub(super) fn learn(&mut self, answered: &[(Attempt, Outcome)]) {
        for (attempt, outcome) in answered {
            let Some(prepared) = self.ready.iter_mut().find(|one| one.id() == attempt.broadcast_id) else {
                continue;
            };
            match outcome {
                Outcome::Accepted(_) => prepared.in_trouble = 0,
                Outcome::Later { .. } => prepared.in_trouble += 1,
                Outcome::Hold(..) | Outcome::AllOff(_) | Outcome::Refused(_) => {}
            }
        }
    }

    /// Looks at the batches after the one with number `after`. Where several broadcasts send, one may count what another has
    /// looked at; then each claim looks for itself.
    pub(super) async fn look(&self, app: &App, after: i64) -> db::Result<Ahead> {
        match &self.ready[..] {
            [one] if one.may_begin() => Ahead::look(app, &one.ready, after).await,
            _ => Ok(Ahead::default()),
        }
    }

    /// Claims what fits into the free places and commits; empty when nothing may be sent now. Night
    /// and expiry are looked at before every claim.
    pub(super) async fn claim(
        &self,
        app: &App,
        free: &mut Free,
        ahead: &mut Ahead,
    ) -> db::Result<Vec<Attempt>> {
        let (now, mut claimed) = (app.clock.now(), Vec::new());
        if self.ready.is_empty() {
            return Ok(claimed);
        }
        let mut tx = app.db.write().await?;
        if !app.fence.stands(&mut tx).await? {
            return Ok(claimed);
        }
        let sending = self.lock(app, &mut tx, now).await?;
        // Looked at while we hold the rows: whoever has pulled the brake waits for those who hold them.
        if switches::find(&mut tx, switches::SENDING).await?.is_some() {
            return Ok(claimed);
        }
        for prepared in &sending {
            prepared.repeat(&mut tx, free, now, &mut claimed).await?;
        }
        let mut caps = Room::find(&mut tx, now, self.is_for_emergencies()).await?;
        for prepared in &sending {
            if prepared.may_begin() {
                prepared.claim_new(app, &mut tx, ahead, (free, &mut caps), &mut claimed).await?;
            }
        }
        failpoint::reach("claim.written");
        tx.commit().await?;
        failpoint::reach("claim.committed");
        Ok(claimed)
    }

    /// Holds the rows of the broadcasts that may still send until the commit: a pause or a stop comes before this
    /// claim or after it. In the order of their ids, so that two senders never wait for each other.
    async fn lock(&self, app: &App, tx: &mut Tx, now: Timestamp) -> db::Result<Vec<&Prepared>> {
        let is_night = now < app.config.quiet_hours.opens_at(now);
        let may_send = |prepared: &&Prepared| {
            let is_true = prepared.true_until.is_none_or(|at| now < at);
            is_true && (!is_night || prepared.ready.broadcast.is_emergency())
        };
        let mut by_id: Vec<_> = self.ready.iter().filter(may_send).collect();
        by_id.sort_unstable_by_key(|prepared| prepared.id());
        let mut held = BTreeSet::new();
        for prepared in by_id {
            // While LINE takes nothing nothing goes on: after an hour of that a person is asked.
            let going_on = (prepared.in_trouble == 0).then_some(now);
            if broadcasts::touch(tx, prepared.id(), going_on).await? {
                held.insert(prepared.id());
            }
        }
        Ok(self.ready.iter().filter(|prepared| held.contains(&prepared.id())).collect())
    }
}

impl Prepared {
    fn id(&self) -> BroadcastId {
        self.ready.broadcast.id
    }

    /// Whether batches that were not tried may begin.
    fn may_begin(&self) -> bool {
        let is_well = self.in_trouble < TROUBLE || self.ready.broadcast.is_emergency();
        is_well && self.ready.stage != Stage::NothingNew
    }

    /// Batches whose outcome is open, with the key and the bytes they were first sent with.
    async fn repeat(
        &self,
        tx: &mut Tx,
        free: &mut Free,
        now: Timestamp,
        claimed: &mut Vec<Attempt>,
    ) -> db::Result<()> {
        let first = now.minus(GIVE_UP_AFTER);
        for mut attempt in batches::list_due(tx, self.id(), (first, now), free.calls()).await? {
            if !attempt.is_as_claimed() {
                return Err(db::Error::Corrupt("a batch is not what was claimed".to_owned()));
            }
            if !free.fill(attempt.recipients) {
                break;
            }
            if batches::claim_again(tx, attempt.id, now.plus(LEASE), now).await? {
                attempt.attempts += 1;
                claimed.push(attempt);
            }
        }
        Ok(())
    }

    /// Claims what was looked at ahead; what was not, or is no longer as it was seen, is looked at now.
    async fn claim_new(
        &self,
        app: &App,
        tx: &mut Tx,
        ahead: &mut Ahead,
        (free, room): (&mut Free, &mut Room),
        claimed: &mut Vec<Attempt>,
    ) -> db::Result<()> {
        let (seen, members) = ahead.take(tx, free, room.caps).await?;
        if !seen.is_empty() {
            let before = claimed.len();
            let goes_on = self.claim_all(app, tx, (&seen, &members), (free, room), claimed).await?;
            if !goes_on || before < claimed.len() {
                return Ok(());
            }
        }
        loop {
            let pilots_only = self.ready.stage == Stage::Pilots;
            let mut pending = batches::list_pending(tx, (self.id(), 0), pilots_only, free.calls()).await?;
            pending.truncate(free.in_a_row(&pending));
            let (Some(first), Some(last)) = (pending.first(), pending.last()) else { return Ok(()) };
            let span = (first.number, last.number);
            let members = ahead::members(tx, &self.ready.broadcast, span, room.caps).await?;
            if !self.claim_all(app, tx, (&pending, &members), (free, room), claimed).await? {
                return Ok(());
            }
        }
    }

    /// Claims batches that follow each other; `false` where nothing more of the broadcast may begin.
    async fn claim_all(
        &self,
        app: &App,
        tx: &mut Tx,
        (batches, members): (&[Pending], &Members),
        (free, room): (&mut Free, &mut Room),
        claimed: &mut Vec<Attempt>,
    ) -> db::Result<bool> {
        let (mut goes_on, mut begun) = (true, 0);
        for pending in batches {
            match self.claim_one(app, tx, pending, members, room).await? {
                Claimed::Taken(attempt) => {
                    begun += u64::try_from(attempt.recipients).unwrap_or(u64::MAX);
                    room.left -= attempt.recipients;
                    free.fill(attempt.recipients);
                    claimed.push(attempt);
                }
                Claimed::Empty => {}
                Claimed::NextHour => {
                    let step = (self.id(), State::Sending);
                    broadcasts::update_hold(tx, step, Some(Hold::HourlyLimit), app.clock.now()).await?;
                    goes_on = false;
                }
                Claimed::NotSendable if pending.fill.is_some() => {
                    goes_on = self.reject(app, tx, pending).await?;
                }
                Claimed::NotSendable => {
                    let (step, why) = ((self.id(), State::Sending), "its content breaks a limit of LINE");
                    Held::within(app, tx, step, (Hold::ContentRefused, why)).await?;
                    goes_on = false;
                }
            }
            if !goes_on {
                break;
            }
        }
        let [first, last] =
            [batches.first(), batches.last()].map(|batch| batch.map_or(0, |batch| batch.number));
        // Somebody who was erased since we looked stands in a body that then must not leave.
        if ledger::begin(tx, self.id(), (first, last)).await? != begun {
            return Err(db::Error::Busy);
        }
        Ok(goes_on)
    }

    async fn claim_one(
        &self,
        app: &App,
        tx: &mut Tx,
        pending: &Pending,
        members: &Members,
        room: &Room,
    ) -> db::Result<Claimed> {
        let now = app.clock.now();
        let members = members.get(&pending.number).map_or(&[][..], Vec::as_slice);
        let to = self.skip_or_keep(tx, pending, members).await?;
        if to.is_empty() {
            let empty =
                Settled { from: BatchState::Pending, to: BatchState::Empty, request_id: None, error: None };
            batches::settle(tx, pending.id, empty, now).await?;
            return Ok(Claimed::Empty);
        }
        if room.left < i64::try_from(to.len()).unwrap_or(i64::MAX) {
            return Ok(Claimed::NextHour);
        }
        let Some(messages) = self.texts.messages(pending) else { return Ok(Claimed::NotSendable) };
        let Ok(body) = write(&to, self.outgoing(&pending.arm, &messages)) else {
            return Ok(Claimed::NotSendable);
        };
        let claim = Claim {
            retry_key: self.key(pending, members, &messages),
            body: &body,
            recipients: i64::try_from(to.len()).unwrap_or(i64::MAX),
            body_hash: &batch::body_hash(&body),
            lease_until: now.plus(LEASE),
        };
        let attempt = batches::claim(tx, pending, claim, now).await?;
        Ok(attempt.map_or(Claimed::Empty, Claimed::Taken))
    }

    /// Leaves out the readers whose own words make a text that LINE does not take; `false` where they are so many that the
    /// broadcast is held.
    async fn reject(&self, app: &App, tx: &mut Tx, pending: &Pending) -> db::Result<bool> {
        let (from, to) = (BatchState::Pending, BatchState::Rejected);
        let why = Some("a reader's own words break a limit of LINE");
        batches::settle(tx, pending.id, Settled { from, to, request_id: None, error: why }, app.clock.now())
            .await?;
        let reason = Some(Reason::NotSendable);
        let step = Step { from: LedgerState::Planned, to: LedgerState::Rejected, reason };
        ledger::update_batch(tx, self.id(), pending.number, step).await?;
        let mut watch = Watch::default();
        watch.failed(self.id(), pending.root);
        watch.conclude(app, tx).await?;
        broadcasts::touch(tx, self.id(), None).await
    }

    /// Under the arm's name for statistics, which is no part of the key.
    fn outgoing<'a>(&'a self, arm: &str, messages: &'a [Message]) -> Outgoing<'a> {
        Outgoing { unit: self.units.get(arm).map(String::as_str), ..Outgoing::new(messages) }
    }

    /// Over the members as planned, so that a restored backup arrives at the key that LINE has seen.
    fn key(&self, pending: &Pending, members: &[Member], messages: &[Message]) -> uuid::Uuid {
        let planned: Vec<AccountId> = members.iter().map(|member| member.account_id).collect();
        let said = serde_json::to_string(messages).expect("messages are plain strings and lists");
        batch::retry_key(pending.broadcast_id, pending.root, &planned, &said)
    }

    async fn skip_or_keep(
        &self,
        tx: &mut Tx,
        pending: &Pending,
        members: &[Member],
    ) -> db::Result<Vec<LineUserId>> {
        let mut to = Vec::with_capacity(members.len());
        for member in members.iter().filter(|member| member.state == LedgerState::Planned) {
            match (self.reason_to_skip(member), &member.line_user_id) {
                (None, Some(user)) => to.push(user.clone()),
                (reason, _) => {
                    let reason = reason.or(Some(Reason::Erased));
                    let step = Step { from: LedgerState::Planned, to: LedgerState::Skipped, reason };
                    ledger::update_member(tx, pending.broadcast_id, member.account_id, step).await?;
                }
            }
        }
        Ok(to)
    }

    fn reason_to_skip(&self, member: &Member) -> Option<Reason> {
        let left_out = member.left_out(&self.ready.broadcast.topic);
        let is_target = || self.ready.targets.binary_search(&member.account_id).is_ok();
        left_out
            .or_else(|| (!is_target()).then_some(Reason::NoLongerTarget))
            .or_else(|| member.is_over.then_some(Reason::FrequencyCap))
    }
}

enum Claimed {
    Taken(Attempt),
    Empty,
    NextHour,
    NotSendable,
}

fn write(to: &[LineUserId], outgoing: Outgoing<'_>) -> Result<String, line::Error> {
    let bytes = match to {
        [one] => body::push(one, outgoing)?,
        many => body::multicast(many, outgoing)?,
    };
    Ok(String::from_utf8(bytes.to_vec()).expect("JSON is UTF-8"))
}
