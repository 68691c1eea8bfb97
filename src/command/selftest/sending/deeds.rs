//! What people do while it is sent: what the schedule says, and what a held broadcast asks for.
//!
//! They act through the flows, as the console does, in the test's own process; they send nothing.

use std::time::Duration;

use anyhow::Result;
use musubi::domain::broadcast::{Class, Hold, State};
use musubi::domain::emergency::Filled;
use musubi::domain::ids::BroadcastId;
use musubi::domain::staff::StaffMember;
use musubi::flow::broadcast::{self as desk, Draft, Refusal};
use musubi::store::broadcasts::{self, Broadcast};
use musubi::store::switches::{self, SENDING};
use musubi::store::{progress, restored};

use super::outcome::{self, Stopped};
use super::run::Run;
use super::schedule::Deed;
use crate::command::office;

/// What waits so long waits for something that a wrong clock wrote; a person lets it go on.
const PATIENCE: Duration = Duration::from_secs(4);

impl Run<'_> {
    /// What people do: what the schedule says, and what a held broadcast asks for.
    pub(super) async fn act(&mut self, all: &[Broadcast], worked: Duration) -> Result<()> {
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
        if stored.hold() == Some(Hold::Pilot) && PATIENCE < worked {
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
            Err(_) if stored.hold() == Some(Hold::SentBefore) || self.is_of_a_life_ahead(stored).await? => {
                self.outcome.ended_for_its_past = true;
                taken(desk::stop(&self.app, approver, stored.id).await)
            }
            done => taken(done),
        }
    }

    /// Whether nobody can tell how old the backup is that it came from, because a clock was ahead when its last row was
    /// written.
    async fn is_of_a_life_ahead(&self, stored: &Broadcast) -> Result<bool> {
        let trusted = restored::trusted_until(&mut self.app.db.read().await?, stored.id).await?;
        let is_late = trusted.is_some_and(|until| until <= self.app.clock.now());
        Ok(is_late && self.home.schedule.deaths.iter().any(|death| 0 < death.hours_ahead()))
    }

    async fn do_deed(&mut self, stored: &Broadcast) -> Result<()> {
        let (approver, id) = (office::clerk(&self.app, office::APPROVERS[0]).await?, stored.id);
        match self.home.schedule.deed {
            Deed::Nothing => Ok(()),
            Deed::PauseAndResume => taken(desk::pause(&self.app, &approver, id).await),
            Deed::SwitchOffAndOn => taken(desk::pause_all_here(&self.app.base(), "試験").await.map(drop)),
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
