//! One broadcast from its draft to its end, through as many deaths of the program as the schedule says.

use std::process::ExitStatus;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use musubi::app::App;
use musubi::chance::Chance;
use musubi::clock::Clock;
use musubi::domain::ids::LineUserId;
use musubi::simulator::{Endpoint, Fault, Simulator, SimulatorConfig};
use musubi::store::progress;

use super::life::{Home, LOOK, Life};
use super::outcome::{self, Outcome};
use super::restore::Past;
use super::schedule::{Death, Schedule};
use super::template::{self, Folder, Template};
use super::work::Work;
use crate::command::office;

/// The office's hours pass so many times as fast, so that a back-off or a hold costs no real minutes.
const RATE: u32 = 60;
/// No run needs longer; one that does hangs.
const LONGEST: Duration = Duration::from_secs(90);
/// A desk whose process dies without being told tries again so often.
const DESK_TRIES: usize = 20;

/// Which run, and what to do about it.
#[derive(Clone, Copy)]
pub(super) struct Which {
    pub seed: u64,
    pub number: u64,
    /// Say what it does.
    pub verbose: bool,
    /// Leave its database where it has failed.
    pub keep: bool,
}

/// Plays one run.
pub(super) async fn one(template: &Template, which: Which) -> Result<Outcome> {
    let Which { seed, number, verbose, keep } = which;
    let schedule = Schedule::of(seed, number, template.people.len());
    if verbose {
        eprintln!("{number}: {schedule:?}");
    }
    let folder = Folder::make(&format!("{seed}-{number}"))?;
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
        database: template.copy(&folder.0, &format!("{seed}_{number}")).await?,
        folder: folder.0.clone(),
        rules: template.rules(),
        line: &line,
        platform: &platform,
        schedule: &schedule,
        log: folder.0.join("log"),
    };
    let mut run = Run {
        app: template::app(&home.database, &home.rules, clock).await?,
        people: &template.people,
        past: Past::of(schedule.restore),
        home,
        started: Instant::now(),
        deed_done: false,
        outcome: Outcome::default(),
    };
    let ended = run.play(template).await;
    let log = std::fs::read_to_string(&run.home.log).unwrap_or_default();
    let outcome = ended.with_context(|| format!("{schedule:?}\n{}", tail(&log)));
    line.shutdown();
    run.app.db.close().await;
    run.past.remove().await?;
    if keep && outcome.is_err() {
        let place = run.home.database.keep().await;
        folder.keep();
        return outcome.with_context(|| format!("残したデータベース: {place}"));
    }
    run.home.database.remove().await?;
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

/// A run on its way.
pub(super) struct Run<'a> {
    pub app: App,
    pub people: &'a [LineUserId],
    pub home: Home<'a>,
    past: Past,
    pub started: Instant,
    pub deed_done: bool,
    pub outcome: Outcome,
}

enum End {
    Died,
    /// It was ended for a backup's sake; the death of this life is still to come.
    Interrupted,
    Over,
}

impl Run<'_> {
    async fn play(&mut self, template: &Template) -> Result<Outcome> {
        let (desks, senders): (Vec<_>, Vec<_>) =
            self.home.schedule.deaths.iter().cloned().partition(is_at_a_desk);
        self.approve(&desks).await?;
        // A test that fails is the desks' own matter.
        fault(self.home.line, self.home.schedule, |endpoint| endpoint == Endpoint::Push);
        if self.past.is_of_approved() {
            self.keep_past().await?;
        }
        let mut lives = senders.into_iter().map(Some).chain([None]);
        let mut death = lives.next().flatten();
        loop {
            match self.live(death.as_ref()).await? {
                End::Over => break,
                End::Died => death = lives.next().flatten(),
                End::Interrupted => {}
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
        let mut work = Work::of_next(&self.app).await?;
        let mut life = self.home.start_within(self.room(death), &["serve"], &clock, fail_at(death))?;
        loop {
            tokio::time::sleep(LOOK).await;
            if let Some(ended) = life.ended()? {
                self.ended_by_itself(death, ended)?;
                return Ok(End::Died);
            }
            work.look(&self.app).await?;
            let all = office::broadcasts(&self.app).await?;
            let stored = all.first().context("the broadcast is gone")?;
            if self.past.is_due(stored) && self.is_interrupted_for_past(&mut life).await? {
                return Ok(End::Interrupted);
            }
            if self.past.comes_back(&self.home, stored) {
                life.kill()?;
                self.restore().await?;
                return Ok(End::Interrupted);
            }
            if all.iter().all(|one| one.finished_at.is_some()) {
                life.kill()?;
                return Ok(End::Over);
            }
            if self.is_time(death, work.lasted(), unheard) {
                life.kill()?;
                self.killed(death).await?;
                return Ok(End::Died);
            }
            if matches!(death, Some(Death::FullDisk(..))) {
                work.cut_off(&self.home.database).await?;
            }
            self.act(&all, work.lasted()).await?;
            if LONGEST < self.started.elapsed() {
                bail!("it does not end: {:?}, held: {:?}", stored.state, stored.hold());
            }
        }
    }

    /// How many kilobytes a file of a life may have; the disk of a server is not ours to fill.
    fn room(&self, death: Option<&Death>) -> Option<u64> {
        match death {
            Some(Death::FullDisk(kilobytes, _)) if !self.home.database.is_on_server() => Some(*kilobytes),
            _ => None,
        }
    }

    async fn killed(&mut self, death: Option<&Death>) -> Result<()> {
        match death {
            Some(Death::FullDisk(..)) if self.home.database.is_on_server() => {
                self.outcome.died_at("connections_cut");
            }
            _ => self.outcome.deaths += 1,
        }
        self.expect_unanswered(death).await
    }

    fn ended_by_itself(&mut self, death: Option<&Death>, ended: ExitStatus) -> Result<()> {
        match fail_at(death) {
            Some(place) => self.outcome.died_at(&place),
            None if self.room(death).is_some() => self.outcome.died_at("full_disk"),
            None => bail!("the program ended by itself: {ended}"),
        }
        Ok(())
    }

    /// What is open when a clock jumps by almost as long as LINE remembers may be given up for it, and nothing else.
    async fn expect_unanswered(&mut self, death: Option<&Death>) -> Result<()> {
        if death.is_some_and(|death| 22 <= death.hours_ahead().abs()) {
            let open = progress::in_flight(&mut self.app.db.read().await?).await?;
            self.outcome.unanswered += u64::try_from(open.recipients).unwrap_or(0);
        }
        Ok(())
    }

    fn is_time(&self, death: Option<&Death>, worked: Duration, unheard: usize) -> bool {
        match death {
            Some(
                Death::After(after)
                | Death::WrongClock(_, after)
                | Death::HoursLater(_, _, after)
                | Death::FullDisk(_, after),
            ) => *after < worked,
            Some(Death::Unheard) => unheard < self.unheard(),
            _ => false,
        }
    }

    /// Takes the backup, for which a server wants everybody to be gone; whether the life has ended for it.
    async fn is_interrupted_for_past(&mut self, life: &mut Life) -> Result<bool> {
        let is_interrupted = self.home.database.is_on_server();
        if is_interrupted {
            life.kill()?;
            self.outcome.deaths += 1;
        }
        self.keep_past().await?;
        Ok(is_interrupted)
    }

    async fn keep_past(&mut self) -> Result<()> {
        let clock = self.app.clock.clone();
        if !self.home.database.is_on_server() {
            return self.past.take(&self.home, &clock).await;
        }
        self.app.db.close().await;
        self.past.take(&self.home, &clock).await?;
        self.open_again().await
    }

    /// The backup takes the place of the database, and whatever people did since has never been.
    async fn restore(&mut self) -> Result<()> {
        let clock = self.app.clock.clone();
        self.app.db.close().await;
        self.past.put_back(&self.home, &clock).await?;
        self.deed_done = false;
        self.outcome.restored_one();
        self.open_again().await
    }

    async fn open_again(&mut self) -> Result<()> {
        let clock = self.app.clock.clone();
        self.app = template::app(&self.home.database, &self.home.rules, clock).await?;
        Ok(())
    }

    /// Calls that LINE has left without an answer.
    fn unheard(&self) -> usize {
        self.home.line.requests().iter().filter(|line| line.status.is_none()).count()
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
