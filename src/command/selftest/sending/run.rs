//! One broadcast from its draft to its end, through as many deaths of the program as the schedule says.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use musubi::app::App;
use musubi::chance::Chance;
use musubi::clock::Clock;
use musubi::domain::broadcast::{Class, Hold, State};
use musubi::domain::emergency::Filled;
use musubi::domain::ids::{BroadcastId, LineUserId};
use musubi::domain::staff::StaffMember;
use musubi::flow::broadcast::{self as desk, Draft, Refusal};
use musubi::simulator::{Endpoint, Fault, Simulator, SimulatorConfig};
use musubi::store::broadcasts::{self, Broadcast};
use musubi::store::progress;
use musubi::store::switches::{self, SENDING};

use super::life::{Home, LOOK};
use super::outcome::{self, Outcome, Stopped};
use super::restore::Past;
use super::schedule::{Death, Deed, Schedule};
use super::template::{self, Folder, Template};
use crate::command::office;

/// The office's hours pass so many times as fast, so that a back-off or a hold costs no real minutes.
const RATE: u32 = 60;
/// No run needs longer; one that does hangs.
const LONGEST: Duration = Duration::from_secs(90);
/// What waits so long waits for something that a wrong clock wrote; a person lets it go on.
const PATIENCE: Duration = Duration::from_secs(4);
/// A desk whose process dies without being told tries again so often.
const DESK_TRIES: usize = 20;

/// Plays one run.
pub(super) async fn one(template: &Template, seed: u64, number: u64, verbose: bool) -> Result<Outcome> {
    let schedule = Schedule::of(seed, number, template.people.len());
    if verbose {
        eprintln!("{number}: {schedule:?}");
    }
    let folder = Folder::make(&format!("{seed}-{number}"))?;
    let database = folder.0.join("office.db");
    template.copy_to(&database)?;
    let clock = Clock::fast(template::opening(), RATE);
    let platform = SimulatorConfig {
        latency: schedule.latency,
        ..SimulatorConfig::sample(clock.clone(), Chance::seeded(seed ^ number))
    };
    let line = Simulator::start(platform.clone()).await?;
    line.know_friends(template.people.iter().chain(&template.staff));
    schedule.malformed.iter().for_each(|at| line.malform(&template.people[*at]));
    fault(&line, &schedule, |endpoint| endpoint != Endpoint::Push);
    let home = Home {
        rules: template.rules(),
        line: &line,
        platform: &platform,
        schedule: &schedule,
        log: folder.0.join("log"),
        database,
    };
    let app = template::app(&home.database, &home.rules, clock).await?;
    let past = Past::of(schedule.restore, &home);
    let mut run = Run {
        app,
        people: &template.people,
        home,
        past,
        started: Instant::now(),
        deed_done: false,
        outcome: Outcome::default(),
    };
    let ended = run.play(template).await;
    let log = std::fs::read_to_string(&run.home.log).unwrap_or_default();
    let outcome = ended.with_context(|| format!("{schedule:?}\n{}", tail(&log)));
    line.shutdown();
    run.app.db.close().await;
    outcome
}

fn fault(line: &Simulator, schedule: &Schedule, of: impl Fn(Endpoint) -> bool) {
    for (endpoint, fault, times) in schedule.faults.iter().filter(|(endpoint, ..)| of(*endpoint)) {
        line.fault(*endpoint, *fault, *times);
    }
}

fn tail(log: &str) -> String {
    let lines: Vec<_> = log.lines().collect();
    lines[lines.len().saturating_sub(30)..].join("\n")
}

struct Run<'a> {
    app: App,
    people: &'a [LineUserId],
    home: Home<'a>,
    past: Past,
    started: Instant,
    deed_done: bool,
    outcome: Outcome,
}

enum End {
    Died,
    /// A backup stands where the database stood.
    Restored,
    Over,
}

impl Run<'_> {
    async fn play(&mut self, template: &Template) -> Result<Outcome> {
        let (desks, senders): (Vec<_>, Vec<_>) =
            self.home.schedule.deaths.iter().cloned().partition(is_at_a_desk);
        self.approve(&desks).await?;
        // A test that fails is the desks' own matter.
        fault(self.home.line, self.home.schedule, |endpoint| endpoint == Endpoint::Push);
        self.past.keep_approved(&self.home, &self.app.clock).await?;
        let mut lives = senders.into_iter().map(Some).chain([None]);
        let mut death = lives.next().flatten();
        loop {
            match self.live(death.as_ref()).await? {
                End::Over => break,
                End::Died => death = lives.next().flatten(),
                End::Restored => {}
            }
        }
        outcome::judge(&self.app, self.home.line, self.home.schedule, template, &mut self.outcome).await?;
        Ok(std::mem::take(&mut self.outcome))
    }

    /// The people at the desks: each death is tried once, and then they finish.
    async fn approve(&mut self, deaths: &[Death]) -> Result<()> {
        let schedule = self.home.schedule;
        let mut command = vec!["selftest", "desk", "--letter", schedule.letter.word()];
        let minutes = schedule.minutes.map(|minutes| minutes.to_string());
        command.extend(minutes.iter().flat_map(|minutes| ["--minutes", minutes.as_str()]));
        let told = deaths.iter().map(|death| fail_at(Some(death)));
        for fail_at in told.chain(std::iter::repeat_n(None, DESK_TRIES)) {
            let mut life = self.home.start(&command, &self.app.clock, fail_at.clone())?;
            if life.ends().await?.success() {
                return Ok(());
            }
            if let Some(place) = fail_at {
                self.outcome.died_at(&place);
            }
        }
        bail!("the desks did not come to an end")
    }

    /// One life of the sender.
    async fn live(&mut self, death: Option<&Death>) -> Result<End> {
        let clock = match death.map_or(0, Death::hours_ahead) {
            0 => self.app.clock.clone(),
            hours => wrong(&self.app, hours),
        };
        if matches!(death, Some(Death::Unheard)) {
            self.home.line.fault(Endpoint::Multicast, Fault::AcceptThenSilence, 1);
        }
        let unheard = self.unheard();
        self.expect_unanswered(death).await?;
        let room = match death {
            Some(Death::FullDisk(kilobytes, _)) => Some(*kilobytes),
            _ => None,
        };
        let mut life = self.home.start_within(room, &["serve"], &clock, fail_at(death))?;
        let begun = Instant::now();
        loop {
            tokio::time::sleep(LOOK).await;
            if let Some(ended) = life.ended()? {
                match fail_at(death) {
                    Some(place) => self.outcome.died_at(&place),
                    None if room.is_some() => self.outcome.died_at("full_disk"),
                    None => bail!("the program ended by itself: {ended}"),
                }
                return Ok(End::Died);
            }
            let all = office::broadcasts(&self.app).await?;
            let stored = all.first().context("the broadcast is gone")?;
            self.past.keep(&self.home, &self.app.clock, stored).await?;
            if self.past.comes_back(stored) {
                life.kill()?;
                self.restore().await?;
                return Ok(End::Restored);
            }
            if all.iter().all(|one| one.finished_at.is_some()) {
                life.kill()?;
                return Ok(End::Over);
            }
            if self.is_time(death, begun, unheard) {
                life.kill()?;
                self.outcome.deaths += 1;
                self.expect_unanswered(death).await?;
                return Ok(End::Died);
            }
            self.act(&all, begun).await?;
            if LONGEST < self.started.elapsed() {
                bail!("it does not end: {:?}, held: {:?}", stored.state, stored.hold());
            }
        }
    }

    /// What is open when a clock jumps by almost as long as LINE remembers may be given up for it, and nothing else.
    async fn expect_unanswered(&mut self, death: Option<&Death>) -> Result<()> {
        if death.is_some_and(|death| 22 <= death.hours_ahead().abs()) {
            let open = progress::in_flight(&mut self.app.db.read().await?).await?;
            self.outcome.unanswered += u64::try_from(open.recipients).unwrap_or(0);
        }
        Ok(())
    }

    fn is_time(&self, death: Option<&Death>, begun: Instant, unheard: usize) -> bool {
        match death {
            Some(
                Death::After(after)
                | Death::WrongClock(_, after)
                | Death::HoursLater(_, _, after)
                | Death::FullDisk(_, after),
            ) => *after < begun.elapsed(),
            Some(Death::Unheard) => unheard < self.unheard(),
            _ => false,
        }
    }

    /// The backup takes the place of the database, and whatever people did since has never been.
    async fn restore(&mut self) -> Result<()> {
        let (clock, rules) = (self.app.clock.clone(), self.home.rules.clone());
        self.app.db.close().await;
        self.past.put_back(&self.home, &clock).await?;
        self.app = template::app(&self.home.database, &rules, clock).await?;
        self.deed_done = false;
        self.outcome.restored_one();
        Ok(())
    }

    /// Calls that LINE has left without an answer.
    fn unheard(&self) -> usize {
        self.home.line.requests().iter().filter(|line| line.status.is_none()).count()
    }

    /// What people do: what the schedule says, and what a held broadcast asks for.
    async fn act(&mut self, all: &[Broadcast], begun: Instant) -> Result<()> {
        let Some(stored) = all.first() else { return Ok(()) };
        let is_under_way = matches!(stored.state, State::Planned | State::Sending);
        if !self.deed_done && is_under_way && self.home.schedule.deed_after < self.started.elapsed() {
            self.deed_done = true;
            return self.do_deed(stored).await;
        }
        // Who is to be corrected is known when every call has its answer.
        if let [main, second] = all
            && (second.class, second.state) == (Class::Correction, State::Draft)
            && main.finished_at.is_some()
        {
            return self.approve_second(second.id).await;
        }
        let approver = office::clerk(&self.app, office::APPROVERS[0]).await?;
        if let Some(held) = all.iter().find(|one| one.state == State::Paused) {
            return self.let_go_on(held, &approver).await;
        }
        if switches::find(&mut self.app.db.read().await?, SENDING).await?.is_some() {
            return taken(desk::resume_all_here(&self.app.base()).await);
        }
        if stored.hold() == Some(Hold::Pilot) && PATIENCE < begun.elapsed() {
            return taken(desk::go_on_now(&self.app, &approver, stored.id).await);
        }
        Ok(())
    }

    /// What is held goes on; what was restored before it was planned is approved anew, and what an earlier life of the
    /// database has begun can only be ended.
    async fn let_go_on(&mut self, stored: &Broadcast, approver: &StaffMember) -> Result<()> {
        match desk::resume(&self.app, approver, stored.id).await {
            Err(desk::BroadcastError::Refused(Refusal::NeedsApproval)) => {
                office::approve_all(&self.app, stored).await
            }
            Err(_) if stored.hold() == Some(Hold::SentBefore) => {
                self.outcome.ended_for_its_past = true;
                taken(desk::stop(&self.app, approver, stored.id).await)
            }
            done => taken(done),
        }
    }

    async fn do_deed(&mut self, stored: &Broadcast) -> Result<()> {
        let (approver, id) = (office::clerk(&self.app, office::APPROVERS[0]).await?, stored.id);
        match self.home.schedule.deed {
            Deed::Nothing => Ok(()),
            Deed::PauseAndResume => taken(desk::pause(&self.app, &approver, id).await),
            Deed::SwitchOffAndOn => taken(desk::pause_all_here(&self.app.base(), "試験").await),
            Deed::Stop => {
                let done = desk::stop(&self.app, &approver, id).await;
                if done.is_ok() {
                    self.outcome.stopped = Some(self.stopped().await?);
                }
                taken(done)
            }
            Deed::Correct => self.correct(stored).await,
            Deed::Emergency => {
                let author = office::clerk(&self.app, office::AUTHOR).await?;
                let filled = Filled {
                    everyone: true,
                    place: "体育館".to_owned(),
                    time: "10:05".to_owned(),
                    ..Filled::default()
                };
                let second = desk::begin_emergency(&self.app, &author, "hinan-shiji", &filled).await?;
                self.approve_second(second).await
            }
        }
    }
}

/// A second broadcast beside the one of the desks; LINE is not asked for a test, which could fail.
impl Run<'_> {
    /// As it stands when a stop is said to be done: what is open first, so that what LINE takes in between came before.
    async fn stopped(&self) -> Result<Stopped> {
        let open = progress::in_flight(&mut self.app.db.read().await?).await?;
        let accepted = outcome::accepted(self.home.line, self.people);
        Ok(Stopped { open: u64::try_from(open.recipients).unwrap_or(0), accepted })
    }

    async fn correct(&mut self, stored: &Broadcast) -> Result<()> {
        let author = office::clerk(&self.app, office::AUTHOR).await?;
        let second = match desk::correct(&self.app, &author, stored.id).await {
            Ok(second) => second,
            // Nobody has it yet, or it was over in this moment.
            Err(desk::BroadcastError::Refused(_)) => return Ok(()),
            Err(error) => return Err(error.into()),
        };
        self.outcome.corrected = true;
        let begun = office::find(&self.app, second).await?;
        let text = Draft { title: begun.title, ..office::to_everyone() };
        desk::edit(&self.app, &author, (second, begun.version), text).await?;
        Ok(())
    }

    async fn approve_second(&mut self, second: BroadcastId) -> Result<()> {
        let author = office::clerk(&self.app, office::AUTHOR).await?;
        let tested = office::find(&self.app, second).await?.said_hash();
        let mut tx = self.app.db.write().await?;
        broadcasts::update_tested(&mut tx, second, &tested, self.app.clock.now()).await?;
        tx.commit().await?;
        let draft = office::find(&self.app, second).await?;
        let cautions = desk::cautions(&self.app, &draft).await?;
        desk::submit(&self.app, &author, (second, draft.version), &cautions).await?;
        office::approve_all(&self.app, &office::find(&self.app, second).await?).await
    }
}

/// Somebody else was faster: what happens by itself may come between a look and a deed.
fn taken(done: std::result::Result<(), desk::BroadcastError>) -> Result<()> {
    match done {
        Ok(()) | Err(desk::BroadcastError::Refused(_)) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

fn is_at_a_desk(death: &Death) -> bool {
    let desks = ["draft.", "test.", "submit.", "approve."];
    matches!(death, Death::At(place, _) if desks.iter().any(|desk| place.starts_with(desk)))
}

fn fail_at(death: Option<&Death>) -> Option<String> {
    match death {
        Some(Death::At(place, turn)) => Some(format!("{place}:{turn}")),
        Some(Death::HoursLater(place, ..)) => Some((*place).to_owned()),
        _ => None,
    }
}

fn wrong(app: &App, hours: i64) -> Clock {
    let by = Duration::from_secs(hours.unsigned_abs() * 3_600);
    let now = app.clock.now();
    Clock::fast(if hours < 0 { now.minus(by) } else { now.plus(by) }, RATE)
}
