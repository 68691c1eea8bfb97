//! What may be done with a broadcast, and what comes of it, said a second time in words of its own.
//!
//! It knows none of the program's tables of states, hours or approvers. What only a draw decides (how the recipients are
//! cut) is told to it, and what it foretells is compared with the office after each deed.

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::ToSpan;
use musubi::domain::broadcast::{Hold, State};
use musubi::domain::ids::StaffId;
use musubi::domain::staff::{Role, StaffMember};
use musubi::domain::timestamp::Timestamp;

use super::Deed;

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3_600);
/// How long the rest waits for the first recipients.
pub const PILOTS_WAIT: Duration = Duration::from_secs(600);
/// How many friends there are in all.
pub const FRIENDS: i64 = 66;

/// What a broadcast is for, and to whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Everyone,
    Few,
    /// From the drawer.
    Emergency,
    Correction {
        urgent: bool,
    },
    Missed {
        urgent: bool,
        /// What it repeats needed two.
        by_two: bool,
    },
}

impl Kind {
    fn is_urgent(self) -> bool {
        matches!(
            self,
            Self::Emergency | Self::Correction { urgent: true } | Self::Missed { urgent: true, .. }
        )
    }

    fn may_be_split(self) -> bool {
        !self.is_urgent() && !matches!(self, Self::Correction { .. })
    }

    /// How many others have to approve what goes to so many.
    fn approvers(self, recipients: i64) -> usize {
        match self {
            Self::Everyone => 2,
            Self::Emergency | Self::Correction { .. } | Self::Missed { urgent: true, .. } => 1,
            Self::Missed { by_two: true, .. } => 2,
            Self::Few | Self::Missed { .. } => {
                if FRIENDS < recipients * 10 {
                    2
                } else {
                    1
                }
            }
        }
    }
}

/// What the model is told of the office.
#[derive(Clone, Copy, Debug)]
pub struct World {
    pub now: Timestamp,
    /// All sending is switched off.
    pub is_off: bool,
}

/// Batches that nobody has begun.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Left {
    pub pilots: i64,
    pub rest: i64,
}

impl Left {
    fn is_none(self) -> bool {
        self == Self::default()
    }
}

/// What is seen of the broadcast after a deed, of what the model can't foretell.
#[derive(Clone, Copy, Debug, Default)]
pub struct Facts {
    pub recipients: i64,
    /// What was left when it had been planned, before anything was begun.
    pub cut: Left,
    pub left: Left,
    /// Batches whose answer is missing.
    pub open: i64,
}

/// What a round of sending may begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum May {
    Nothing,
    Repeat,
    Pilots,
    All,
}

#[derive(Clone, Debug)]
pub struct Model {
    pub kind: Kind,
    pub state: State,
    /// Why it is paused.
    pub hold: Option<Hold>,
    author: StaffId,
    editor: StaffId,
    /// Its text has a place that somebody still has to fill.
    unfilled: bool,
    /// Its recipients are drawn for several texts.
    is_split: bool,
    created: Timestamp,
    tested: bool,
    opened: BTreeSet<StaffId>,
    needed: usize,
    /// Who has approved this text since it was submitted, or since it was paused, if anybody has since.
    counted: BTreeSet<StaffId>,
    anew: bool,
    last: Option<StaffId>,
    /// Who had approved it when it became approved.
    agreed: BTreeSet<StaffId>,
    scheduled: Option<Timestamp>,
    expires: Option<Timestamp>,
    due: Option<Timestamp>,
    pub planned: bool,
    /// When sending was last seen going on.
    active: Timestamp,
    has_pilots: bool,
    rest_from: Option<Timestamp>,
    left: Left,
    /// When a batch was begun whose answer is missing.
    doubt: Option<Timestamp>,
    reached: bool,
    missed: bool,
    finished: bool,
}

impl Model {
    pub fn drafted_by(author: StaffId, kind: Kind, unfilled: bool, now: Timestamp) -> Self {
        Self {
            kind,
            state: State::Draft,
            hold: None,
            author,
            editor: author,
            unfilled,
            is_split: false,
            created: now,
            tested: false,
            opened: BTreeSet::new(),
            needed: 2,
            counted: BTreeSet::new(),
            anew: false,
            last: None,
            agreed: BTreeSet::new(),
            scheduled: None,
            expires: (kind == Kind::Emergency).then(|| now.plus(6 * HOUR)),
            due: None,
            planned: false,
            active: now,
            has_pilots: false,
            rest_from: None,
            left: Left::default(),
            doubt: None,
            reached: false,
            missed: false,
            finished: false,
        }
    }

    /// What somebody has begun from this one, by what they did.
    pub fn followed_by(&self, deed: Deed, who: StaffId, now: Timestamp) -> Self {
        let urgent = self.kind.is_urgent();
        let kind = match deed {
            Deed::Correct => Kind::Correction { urgent },
            Deed::Missed => Kind::Missed { urgent, by_two: 1 < self.needed },
            _ => self.kind,
        };
        // A copy has the words as they are, a correction has places to fill.
        let mut next = Self::drafted_by(who, kind, deed == Deed::Correct || self.unfilled, now);
        next.is_split = self.is_split && !matches!(kind, Kind::Correction { .. });
        next.expires = match kind {
            Kind::Missed { .. } => self.expires,
            // A correction is true for as long as the emergency was to be.
            Kind::Correction { urgent: true } if deed == Deed::Correct => {
                self.expires.map(|at| now.plus(at.since(self.created)))
            }
            _ => None,
        };
        next
    }

    /// Whether enough others have approved what goes out.
    pub fn is_agreed(&self) -> bool {
        let is_other = |id: &&StaffId| **id != self.author && **id != self.editor;
        self.needed <= self.agreed.iter().filter(is_other).count()
    }

    /// Where it stands, with what makes a difference to staff.
    pub fn standing(&self) -> &'static str {
        match self.state {
            State::Paused if self.planned => "paused on its way",
            State::Sending if self.doubt.is_some() => "sending, an answer missing",
            state => state.id(),
        }
    }

    pub fn is_over(&self) -> bool {
        matches!(self.state, State::Done | State::Stopped | State::Expired)
    }

    pub fn has_doubt(&self) -> bool {
        self.doubt.is_some()
    }

    pub fn lacks_words(&self) -> bool {
        self.unfilled
    }

    pub fn has_open_batches(&self) -> bool {
        !self.left.is_none() || self.doubt.is_some()
    }

    pub fn has_expired(&self, now: Timestamp) -> bool {
        self.expires.is_some_and(|at| at <= now)
    }

    /// Whether it waits for nothing but the day.
    pub fn waits_for_morning(&self, world: World) -> bool {
        is_night(world.now) && !self.kind.is_urgent()
    }

    /// Whether somebody has looked or agreed already, and would do it again.
    pub fn has_done(&self, deed: Deed, who: &StaffMember) -> bool {
        match deed {
            Deed::Open => self.opened.contains(&who.id),
            Deed::Approve => self.state == State::Approved || self.counts(who),
            _ => false,
        }
    }

    fn counts(&self, who: &StaffMember) -> bool {
        self.counted.contains(&who.id) && (self.state == State::Submitted || self.anew)
    }

    fn times_are_sound(&self, now: Timestamp) -> bool {
        self.scheduled.is_none_or(|at| now < at)
            && self.expires.is_none_or(|at| now < at && self.scheduled.is_none_or(|due| due < at))
    }

    pub fn allows(&self, deed: Deed, who: &StaffMember, world: World) -> bool {
        use State::{Approved, Done, Draft, Expired, Paused, Planned, Sending, Submitted};
        let is = |role: Role| who.roles.has(role);
        let (drafts, approves) = (is(Role::Editor), is(Role::Approver));
        let halts = drafts || approves || is(Role::Admin);
        let other = who.id != self.author && who.id != self.editor;
        let unplanned = self.state == Paused && !self.planned;
        match deed {
            Deed::Edit | Deed::EditLater | Deed::EditShort => {
                let editable = matches!(self.state, Draft | Submitted | Approved);
                drafts && editable && self.kind != Kind::Emergency
            }
            Deed::Split => {
                let is_drawn = self.is_split && matches!(self.kind, Kind::Missed { .. });
                drafts && self.state == Draft && self.kind.may_be_split() && !is_drawn
            }
            Deed::Test => drafts || approves,
            Deed::Submit => {
                let ready = self.tested && !self.unfilled && self.times_are_sound(world.now);
                drafts && self.state == Draft && ready
            }
            Deed::Open => approves,
            Deed::Approve => {
                let awaits = self.state == Submitted || unplanned;
                let looked = self.opened.contains(&who.id) && !self.has_expired(world.now);
                // Doing it twice does it once.
                let again = self.state == Approved && self.last == Some(who.id);
                approves && (again || (awaits && other && looked))
            }
            Deed::ApproveStale | Deed::ApproveWrongNumber => false,
            Deed::Return => approves && (matches!(self.state, Submitted | Approved) || unplanned),
            Deed::Pause => halts && matches!(self.state, Approved | Planned | Sending | Paused),
            Deed::Resume => {
                let approved = !self.anew || self.needed <= self.counted.len();
                approves && self.state == Paused && (self.planned || (other && approved))
            }
            Deed::GoOn => {
                approves && self.state == Sending && self.rest_from.is_some_and(|at| world.now < at)
            }
            Deed::Stop => halts && !matches!(self.state, Done | Expired),
            Deed::Correct => drafts && self.reached,
            Deed::Missed => {
                let is_true = self.state != Expired && !self.has_expired(world.now);
                drafts && self.planned && self.finished && self.missed && is_true
            }
            Deed::Copy => {
                let is_over = self.state == Expired || self.has_expired(world.now);
                let is_stale = is_over && matches!(self.kind, Kind::Missed { .. });
                drafts && self.kind != Kind::Emergency && !is_stale
            }
            Deed::AllOff => halts,
            Deed::AllOn => approves || is(Role::Admin),
            Deed::Plan | Deed::Send | Deed::Lose | Deed::Finish | Deed::Work => true,
            Deed::Minutes | Deed::Hour | Deed::Night | Deed::Morning => true,
        }
    }

    /// What a deed that was allowed leads to; a fault where the batches are not as they must be.
    pub fn happened(
        &mut self,
        deed: Deed,
        who: &StaffMember,
        world: World,
        facts: Facts,
    ) -> Result<(), String> {
        let now = world.now;
        match deed {
            Deed::Edit => self.is_edited(who, (None, None)),
            Deed::EditLater => self.is_edited(who, (Some(now.plus(30 * MINUTE)), Some(now.plus(3 * HOUR)))),
            Deed::EditShort => self.is_edited(who, (None, Some(now.plus(40 * MINUTE)))),
            Deed::Split => {
                (self.editor, self.tested, self.is_split) = (who.id, false, true);
                self.opened.clear();
            }
            Deed::Test => self.tested = true,
            Deed::Submit => {
                (self.state, self.needed) = (State::Submitted, self.kind.approvers(facts.recipients));
            }
            Deed::Open => drop(self.opened.insert(who.id)),
            Deed::Approve => self.is_approved_by(who, now),
            Deed::Return => {
                self.state = State::Draft;
                self.counted.clear();
                self.agreed.clear();
            }
            Deed::Pause if self.state != State::Paused => self.pauses(Hold::Staff, now),
            Deed::Resume => self.goes_on(now),
            Deed::GoOn => self.rest_from = Some(now),
            Deed::Stop | Deed::Correct if !self.is_over() => self.ends(State::Stopped),
            Deed::Plan => self.is_planned(world, facts)?,
            Deed::Send | Deed::Lose => self.sends_some(deed == Deed::Lose, world, facts)?,
            Deed::Finish => drop(self.finishes()),
            Deed::Work => self.works(world, facts)?,
            _ => {}
        }
        let open = i64::from(self.doubt.is_some());
        if (self.left, open) == (facts.left, facts.open) {
            Ok(())
        } else {
            Err(format!("left are {:?} and {} open", facts.left, facts.open))
        }
    }

    fn is_edited(&mut self, who: &StaffMember, (scheduled, expires): (Option<Timestamp>, Option<Timestamp>)) {
        (self.state, self.editor, self.tested) = (State::Draft, who.id, false);
        (self.scheduled, self.expires, self.unfilled) = (scheduled, expires, false);
        self.opened.clear();
        self.counted.clear();
        self.agreed.clear();
    }

    fn is_approved_by(&mut self, who: &StaffMember, now: Timestamp) {
        if self.state == State::Approved {
            return;
        }
        if self.state == State::Paused && !self.anew {
            (self.anew, self.counted) = (true, BTreeSet::new());
        }
        self.counted.insert(who.id);
        if self.needed <= self.counted.len() {
            (self.state, self.last, self.agreed) = (State::Approved, Some(who.id), self.counted.clone());
            self.due = Some(self.scheduled.map_or(now, |at| at.max(now)));
        }
    }

    fn pauses(&mut self, hold: Hold, now: Timestamp) {
        (self.state, self.hold, self.active, self.anew) = (State::Paused, Some(hold), now, false);
    }

    fn goes_on(&mut self, now: Timestamp) {
        self.state = if self.planned { State::Sending } else { State::Approved };
        self.due = self.due.map(|due| due.max(now));
        self.active = now;
    }

    fn ends(&mut self, state: State) {
        self.state = state;
        // What has expired is not true for the others either.
        self.missed |= state == State::Stopped && !self.left.is_none();
        self.left = Left::default();
        // Of what was never planned nothing has to be counted.
        self.finished = !self.planned;
    }

    fn is_planned(&mut self, world: World, facts: Facts) -> Result<(), String> {
        let now = world.now;
        let due = self.due.unwrap_or(now);
        let counts_from = if self.kind.is_urgent() { due } else { opens(due) };
        if self.state != State::Approved {
        } else if self.has_expired(now) {
            self.ends(State::Expired);
        } else if now < due || (is_night(now) && !self.kind.is_urgent()) {
        } else if counts_from.plus(HOUR) < now {
            self.pauses(Hold::Late, now);
        } else {
            (self.state, self.planned, self.active) = (State::Planned, true, now);
            (self.left, self.has_pilots) = (facts.cut, 0 < facts.cut.pilots);
            let may_have = matches!(self.kind, Kind::Everyone | Kind::Missed { urgent: false, .. });
            if facts.cut.rest < 1 || self.has_pilots != (may_have && 50 < facts.recipients) {
                return Err(format!("it is cut into {:?}", facts.cut));
            }
        }
        Ok(())
    }

    /// Begins one batch at least where it may, and none where it may not.
    fn sends_some(&mut self, is_lost: bool, world: World, facts: Facts) -> Result<(), String> {
        let (may, had_doubt) = (self.may_begin(world), self.doubt.is_some());
        let (before, after) = (self.left, facts.left);
        let fewer = |of: i64, than: i64| 0 <= of && of < than;
        let fits = match may {
            May::Nothing | May::Repeat => after == before,
            May::Pilots => after.rest == before.rest && fewer(after.pilots, before.pilots),
            May::All if before.is_none() => after.is_none(),
            May::All => fewer(after.pilots + after.rest, before.pilots + before.rest),
        };
        if !fits {
            return Err(format!("of {before:?} are left {after:?}, though it may begin {may:?}"));
        }
        self.reached |= after != before;
        self.left = after;
        match may {
            May::Repeat => self.doubt = None,
            May::Pilots | May::All if is_lost && !had_doubt && 0 < facts.open => self.doubt = Some(world.now),
            _ => {}
        }
        Ok(())
    }

    /// What a round may begin, after everything that it does before its first call.
    fn may_begin(&mut self, world: World) -> May {
        let now = world.now;
        let is_withdrawn = matches!(self.state, State::Stopped | State::Expired);
        if self.doubt.is_some_and(|first| is_withdrawn || 23 * HOUR <= now.since(first)) {
            (self.doubt, self.missed) = (None, true);
        }
        if !matches!(self.state, State::Planned | State::Sending) {
            return May::Nothing;
        }
        if self.has_expired(now) {
            self.ends(State::Expired);
            // In the same round or the next: it is withdrawn now.
            return May::Nothing;
        }
        if world.is_off || (is_night(now) && !self.kind.is_urgent()) {
            return May::Nothing;
        }
        let seen = self.active.max(self.rest_from.unwrap_or(self.active));
        if (if self.kind.is_urgent() { seen.plus(HOUR) } else { asks_after(seen) }) < now {
            self.pauses(Hold::Late, now);
            return May::Nothing;
        }
        self.state = State::Sending;
        // While an answer is missing it does not count as going on.
        if self.doubt.is_some() {
            return May::Repeat;
        }
        self.active = now;
        self.stage(now)
    }

    fn stage(&mut self, now: Timestamp) -> May {
        if 0 < self.left.pilots {
            return May::Pilots;
        }
        if self.left.rest == 0 || !self.has_pilots {
            return May::All;
        }
        let from = *self.rest_from.get_or_insert(now.plus(PILOTS_WAIT));
        if from <= now { May::All } else { May::Nothing }
    }

    /// Answers whether there was anything to finish.
    fn finishes(&mut self) -> bool {
        let waits = self.doubt.is_some() || !self.left.is_none();
        if self.state == State::Sending && !waits {
            self.state = State::Done;
        }
        let ends = self.is_over() && !waits && !self.finished;
        self.finished |= ends;
        ends
    }

    /// Everything that is due now, until nothing is.
    fn works(&mut self, world: World, facts: Facts) -> Result<(), String> {
        self.is_planned(world, facts)?;
        let mut goes_on = true;
        while goes_on {
            let (before, doubt) = (self.left, self.doubt);
            match self.may_begin(world) {
                May::Nothing => {}
                May::Repeat => self.doubt = None,
                May::Pilots => self.left.pilots = 0,
                May::All => self.left = Left::default(),
            }
            self.reached |= before != self.left && !self.is_over();
            goes_on = self.finishes() || before != self.left || doubt != self.doubt;
        }
        Ok(())
    }
}

/// When it is day again; by day, now.
fn opens(at: Timestamp) -> Timestamp {
    let wall = at.tokyo();
    let morning = wall.date().at(8, 0, 0, 0);
    match wall.hour() {
        0..8 => Timestamp::from_tokyo(morning),
        20.. => Timestamp::from_tokyo(morning.saturating_add(1.day())),
        _ => at,
    }
}

pub fn is_night(at: Timestamp) -> bool {
    at < opens(at)
}

/// What can wait asks when it has stood still for an hour, and nights do not count.
fn asks_after(active: Timestamp) -> Timestamp {
    let hour = opens(active).plus(HOUR);
    if is_night(hour) { opens(hour).plus(HOUR) } else { hour }
}
