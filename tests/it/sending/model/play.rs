//! Plays deeds at the real office and compares each with the model.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::ToSpan;
use musubi::domain::broadcast::{LedgerState, Pilot, State};
use musubi::domain::emergency::Filled;
use musubi::domain::ids::{BroadcastId, LineUserId};
use musubi::domain::message::{Body, Content};
use musubi::domain::staff::{Role, StaffMember};
use musubi::domain::timestamp::Timestamp;
use musubi::flow::broadcast::{self, BroadcastError, Draft, Seen, Wish};
use musubi::flow::{deliver, plan, reconcile};
use musubi::simulator::{Endpoint, Fault};
use musubi::store::{batches, ledger, pilots};
use musubi::worker;
use tokio_util::sync::CancellationToken;

use super::Deed;
use super::law::{FRIENDS, Facts, Kind, Left, Model, PILOTS_WAIT, World};
use crate::support::TestApp;
use crate::support::broadcasts::to_everyone;
use crate::support::households::Home;

/// A deed, and which of the staff does it.
pub type Turn = (Deed, usize);

/// How a play begins: who drafts, and what.
pub type Opening = (usize, Kind);

/// What went wrong, after which deeds.
pub struct Misstep {
    what: String,
    pub done: Vec<Turn>,
    log: Vec<String>,
    model: String,
}

impl std::fmt::Display for Misstep {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(out, "{}\n{}\n{:?}\n{}", self.what, self.log.join("\n"), self.done, self.model)
    }
}

/// What was tried, and what it came to.
#[derive(Default)]
pub struct Played {
    /// How often which deed was refused where.
    pub refused: BTreeMap<(&'static str, Deed), u64>,
    /// How often which deed was done where.
    pub done: BTreeMap<(&'static str, Deed), u64>,
}

/// Where it is played; plays after each other may share one.
pub struct Office {
    app: TestApp,
    staff: Vec<StaffMember>,
    people: Vec<LineUserId>,
}

struct Play<'a> {
    office: &'a Office,
    app: &'a TestApp,
    /// What everybody had been sent before.
    had: Vec<u32>,
    /// The broadcast that is dealt with.
    id: BroadcastId,
    model: Model,
    is_off: bool,
    /// What was dealt with before and is not touched any more.
    others: Vec<(BroadcastId, State)>,
    texts: usize,
    log: Vec<String>,
}

/// Plays what `next` says until it says nothing more, or something goes wrong.
pub async fn play(
    office: &Office,
    (author, kind): Opening,
    played: &mut Played,
    mut next: impl FnMut(&Model, World, &[StaffMember]) -> Option<Turn>,
) -> Result<State, Misstep> {
    let (mut play, mut done) = (Play::begin(office, author, kind).await, Vec::new());
    let outcome = loop {
        let Some((deed, who)) = next(&play.model, play.world(), &office.staff) else {
            break play.ends().await;
        };
        done.push((deed, who));
        if let Err(what) = play.turn(deed, who, played).await {
            break Err(what);
        }
    };
    match outcome {
        Ok(()) => {
            play.clears_away().await;
            Ok(play.model.state)
        }
        Err(what) => Err(Misstep { what, done, log: play.log, model: format!("{:?}", play.model) }),
    }
}

impl Office {
    pub async fn open() -> Self {
        let app = TestApp::start_with(|config, _| {
            config.pilot = Pilot { wait: PILOTS_WAIT };
            config.send_at_once = 1.try_into().unwrap();
        })
        .await;
        let home = Home::of("1980-01-01", "hirata-chiku");
        let few: Vec<_> = [home.clone(), home.reading("en")].into_iter().cycle().take(6).collect();
        let mut people = app.homes(&few).await;
        people.extend(app.many_friends(usize::try_from(FRIENDS).unwrap() - few.len()).await);
        let staff = staff(&app).await;
        Self { app, staff, people }
    }

    /// How many messages each resident has.
    fn messages(&self) -> Vec<u32> {
        self.people.iter().map(|person| self.app.line().accepted_count(person)).collect()
    }
}

impl<'a> Play<'a> {
    async fn begin(office: &'a Office, author: usize, kind: Kind) -> Self {
        let Office { app, staff, .. } = office;
        let now = app.clock().now();
        let id = if kind == Kind::Emergency {
            let filled =
                Filled {
                    everyone: true, place: "体育館".into(), time: "9:55".into(), ..Filled::default()
                };
            broadcast::begin_emergency(app.app(), &staff[author], "hinan-shiji", &filled).await.unwrap()
        } else {
            broadcast::create(app.app(), &staff[author], draft(kind, 0)).await.unwrap()
        };
        let model = Model::drafted_by(staff[author].id, kind, false, now);
        let (is_off, others, texts, log) = (false, Vec::new(), 0, Vec::new());
        Self { office, app, had: office.messages(), id, model, is_off, others, texts, log }
    }

    /// Nothing of this play is left to be done, and it is morning, when another begins.
    async fn clears_away(&self) {
        let (app, admin) = (self.app.app(), &self.office.staff[5]);
        broadcast::resume_all(app, admin).await.unwrap();
        for (id, state) in self.others.iter().copied().chain([(self.id, self.model.state)]) {
            if !state.is_final() {
                broadcast::stop(app, admin, id).await.unwrap();
            }
        }
        self.sends_all().await.unwrap();
        app.clock.set(next(app.clock.now(), 8));
    }

    fn world(&self) -> World {
        World { now: self.app.clock().now(), is_off: self.is_off }
    }

    /// Does one deed, and says what the model would not have it do.
    async fn turn(&mut self, deed: Deed, who: usize, played: &mut Played) -> Result<(), String> {
        let who = self.office.staff[who].clone();
        let (world, standing, kind) = (self.world(), self.model.standing(), self.model.kind);
        let allowed = self.model.allows(deed, &who, world);
        let (before, had) = (self.stored().await, self.messages());
        let mut facts = Facts::default();
        let outcome = self.does(deed, &who, &mut facts).await;
        let at = world.now.tokyo();
        self.log.push(format!("{at} {deed:?} by {:?}, {standing}, {kind:?}: {outcome:?}", who.roles));
        let begun = match outcome {
            Ok(_) if !allowed => return Err("the model forbids it, and it was done".to_owned()),
            Err(BroadcastError::Refused(_)) if allowed => {
                return Err("the model allows it, and it was refused".to_owned());
            }
            Err(BroadcastError::Refused(_)) if self.stored().await != before => {
                return Err("it was refused, and something has changed".to_owned());
            }
            Err(BroadcastError::Refused(_)) => {
                *played.refused.entry((standing, deed)).or_default() += 1;
                None
            }
            Err(error) => return Err(error.to_string()),
            Ok(begun) => {
                *played.done.entry((standing, deed)).or_default() += 1;
                facts = Facts { cut: facts.cut, ..self.facts().await };
                self.model.happened(deed, &who, world, facts)?;
                begun
            }
        };
        self.compare(had).await?;
        self.app.clock().advance(Duration::from_secs(1));
        self.turn_to(begun, deed, &who);
        Ok(())
    }

    async fn compare(&self, had: u32) -> Result<(), String> {
        let stored = self.app.broadcast(self.id).await;
        if stored.state != self.model.state {
            return Err(format!("it is {:?}, {:?}", stored.state, stored.hold()));
        }
        if stored.state == State::Paused && stored.hold() != self.model.hold {
            return Err(format!("it is held for {:?}", stored.hold()));
        }
        if had < self.messages() && !self.model.is_agreed() {
            return Err("sent, and too few others had approved it".to_owned());
        }
        Ok(())
    }

    /// Whoever has begun what follows from a broadcast that is over, or not on its way, goes on with that.
    fn turn_to(&mut self, begun: Option<BroadcastId>, deed: Deed, who: &StaffMember) {
        let Some(id) = begun else { return };
        let rests = self.model.is_over() || matches!(self.model.state, State::Draft | State::Submitted);
        if rests {
            self.others.push((self.id, self.model.state));
            // It was begun before the second that a deed takes.
            let begun = self.app.clock().now().minus(Duration::from_secs(1));
            self.model = self.model.followed_by(deed, who.id, begun);
            self.id = id;
        } else {
            self.others.push((id, State::Draft));
        }
    }

    /// Nobody has more than what was sent to them, and nothing stirs that was left alone.
    async fn ends(&self) -> Result<(), String> {
        let (mut least, mut most) = (BTreeMap::new(), BTreeMap::new());
        let all = self.others.iter().map(|(id, _)| *id).chain([self.id]);
        let mut tx = self.app.db().read().await.unwrap();
        for id in all {
            for row in ledger::entries(&mut tx, id).await.unwrap() {
                let user = row.line_user_id.unwrap();
                let (is, may_be) = match row.state {
                    LedgerState::Accepted => (1, 1),
                    LedgerState::Unknown | LedgerState::Attempting => (0, 1),
                    _ => (0, 0),
                };
                *least.entry(user.clone()).or_insert(0) += is;
                *most.entry(user).or_insert(0) += may_be;
            }
        }
        drop(tx);
        for (user, had) in self.office.people.iter().zip(&self.had) {
            let got = self.app.line().accepted_count(user) - had;
            let of = |counts: &BTreeMap<LineUserId, u32>| counts.get(user).copied().unwrap_or(0);
            if got < of(&least) || of(&most) < got {
                return Err(format!("LINE has {got} for one of whom we say {} to {}", of(&least), of(&most)));
            }
        }
        for (id, state) in &self.others {
            let is = self.app.broadcast(*id).await.state;
            if is != *state {
                return Err(format!("what was left as {state:?} is {is:?}"));
            }
        }
        Ok(())
    }

    /// How many messages residents have.
    fn messages(&self) -> u32 {
        self.office.messages().into_iter().sum()
    }

    /// The broadcast as it is stored, but for what waits by itself being shown.
    async fn stored(&self) -> String {
        format!("{:?} {:?}", self.app.broadcast(self.id).await, self.facts().await)
    }

    async fn facts(&self) -> Facts {
        let recipients = self.app.broadcast(self.id).await.submitted_count.unwrap_or(0);
        let mut tx = self.app.db().read().await.unwrap();
        let (count, open) = (
            pilots::count(&mut tx, self.id).await.unwrap(),
            batches::count_open(&mut tx, self.id).await.unwrap(),
        );
        let left = Left { pilots: open.pending - count.rest, rest: count.rest };
        Facts { recipients, left, cut: left, open: open.attempting }
    }

    async fn does(
        &mut self,
        deed: Deed,
        who: &StaffMember,
        facts: &mut Facts,
    ) -> Result<Option<BroadcastId>, BroadcastError> {
        let (app, id) = (self.app.app(), self.id);
        let stored = self.app.broadcast(id).await;
        let seen = self.app.seen(id).await;
        match deed {
            Deed::Edit | Deed::EditLater | Deed::EditShort => self.edits(deed, who).await?,
            Deed::Split => self.splits(who).await?,
            Deed::Test => drop(broadcast::send_test(app, who, id).await?),
            Deed::Submit => self.app.submit(who, (id, stored.version)).await?,
            Deed::Open => {
                for part in stored.to_open() {
                    broadcast::open_part(app, who, id, &part.id).await?;
                }
            }
            Deed::Approve => broadcast::approve(app, who, id, &seen).await?,
            Deed::ApproveStale => {
                let stale = Seen { hash: "0".repeat(64), ..seen };
                broadcast::approve(app, who, id, &stale).await?;
            }
            Deed::ApproveWrongNumber => {
                let wrong = Seen { typed_count: seen.typed_count + 1, ..seen };
                broadcast::approve(app, who, id, &wrong).await?;
            }
            Deed::Return => broadcast::return_to_draft(app, who, id, "直してください").await?,
            Deed::Pause => broadcast::pause(app, who, id).await?,
            Deed::Resume => broadcast::resume(app, who, id).await?,
            Deed::GoOn => broadcast::go_on_now(app, who, id).await?,
            Deed::Stop => broadcast::stop(app, who, id).await?,
            Deed::Correct => return broadcast::correct(app, who, id).await.map(Some),
            Deed::Missed => return broadcast::send_to_missed(app, who, id).await.map(Some),
            Deed::Copy => return broadcast::copy(app, who, id).await.map(Some),
            Deed::AllOff => {
                broadcast::pause_all(app, who, "確認のため").await?;
                self.is_off = true;
            }
            Deed::AllOn => {
                broadcast::resume_all(app, who).await?;
                self.is_off = false;
            }
            Deed::Plan | Deed::Send | Deed::Lose | Deed::Finish | Deed::Work => {
                self.works(deed, facts).await?
            }
            Deed::Minutes => app.clock.advance(Duration::from_secs(11 * 60)),
            Deed::Hour => app.clock.advance(Duration::from_secs(70 * 60)),
            Deed::Night => app.clock.set(next(app.clock.now(), 20)),
            Deed::Morning => app.clock.set(next(app.clock.now(), 8)),
        }
        Ok(None)
    }

    async fn edits(&mut self, deed: Deed, who: &StaffMember) -> Result<(), BroadcastError> {
        self.texts += 1;
        let (now, minutes) = (self.app.clock().now(), |count: u64| Duration::from_secs(count * 60));
        let (scheduled_at, expires_at) = match deed {
            Deed::EditLater => (Some(now.plus(minutes(30))), Some(now.plus(minutes(180)))),
            Deed::EditShort => (None, Some(now.plus(minutes(40)))),
            _ => (None, None),
        };
        let text = Draft { scheduled_at, expires_at, ..draft(self.model.kind, self.texts) };
        let version = self.app.broadcast(self.id).await.version;
        broadcast::edit(self.app.app(), who, (self.id, version), text).await
    }

    /// Into two texts, the other from a draft of its own, and a tenth that gets nothing.
    async fn splits(&mut self, who: &StaffMember) -> Result<(), BroadcastError> {
        self.texts += 1;
        let app = self.app.app();
        let other = broadcast::create(app, &self.office.staff[0], draft(Kind::Everyone, self.texts)).await?;
        let wish = Wish { held_out_percent: 10, others: vec![other] };
        let version = self.app.broadcast(self.id).await.version;
        broadcast::split(app, who, (self.id, version), wish).await
    }

    async fn works(&self, deed: Deed, facts: &mut Facts) -> Result<(), BroadcastError> {
        match deed {
            Deed::Plan => drop(plan::plan_due(self.app.app()).await?),
            Deed::Send => self.sends_one().await?,
            Deed::Lose => {
                if !self.model.has_doubt() {
                    self.app.line().fault(Endpoint::Multicast, Fault::AcceptThenServerError, 1);
                }
                self.sends_one().await?;
                self.app.line().forget_faults();
            }
            Deed::Finish => drop(reconcile::finish_due(self.app.app()).await?),
            _ => {
                plan::plan_due(self.app.app()).await?;
                facts.cut = self.facts().await.left;
                // What was withdrawn in the last round is given up in the next.
                self.sends_all().await?;
                return self.sends_all().await;
            }
        }
        facts.cut = self.facts().await.left;
        Ok(())
    }

    /// The timer of the sending alone: what is done by night about follows and figures waits for LINE's limits.
    async fn sends_all(&self) -> Result<(), BroadcastError> {
        let stop = CancellationToken::new();
        while 0 < worker::broadcasts::step(self.app.app(), &stop).await? {}
        Ok(())
    }

    /// A round that begins nothing more once LINE has been asked for many.
    async fn sends_one(&self) -> Result<(), BroadcastError> {
        let (stop, line) = (CancellationToken::new(), self.app.line());
        line.forget_requests();
        let asked = async {
            while line.requests().iter().all(|call| call.endpoint != Some(Endpoint::Multicast)) {
                tokio::task::yield_now().await;
            }
            stop.cancel();
            std::future::pending::<()>().await;
        };
        tokio::select! {
            sent = deliver::send_due(self.app.app(), &stop) => drop(sent?),
            () = asked => {}
        }
        Ok(())
    }
}

/// Half past the hour, when that comes next.
fn next(now: Timestamp, hour: i8) -> Timestamp {
    let today = now.tokyo().date().at(hour, 30, 0, 0);
    let at = Timestamp::from_tokyo(today);
    if now < at { at } else { Timestamp::from_tokyo(today.saturating_add(1.day())) }
}

fn draft(kind: Kind, number: usize) -> Draft {
    let text = |word: &str| Body::text(format!("{word} {number}"));
    let content = Content::new([("ja".into(), text("健診")), ("en".into(), text("Check-up"))]);
    let segment_path = if kind == Kind::Few { "gomi/hirata" } else { "oshirase/zenin" }.to_owned();
    Draft { content, segment_path, ..to_everyone("") }
}

async fn staff(app: &TestApp) -> Vec<StaffMember> {
    let roles: [&[Role]; 7] = [
        &[Role::Editor],
        &[Role::Editor, Role::Approver],
        &[Role::Approver],
        &[Role::Approver],
        &[Role::Approver],
        &[Role::Admin],
        &[Role::Auditor],
    ];
    let mut all = Vec::new();
    for own in roles {
        all.push(app.clerk("見本 職員", own).await);
    }
    all
}
