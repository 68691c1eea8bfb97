//! Several senders on one database at once, without the lease that would keep them apart, while people pause, resume
//! and stop and the clock jumps: the ledger and LINE alone must hold.

use std::time::Duration;

use musubi::app::App;
use musubi::chance::Chance;
use musubi::db::Db;
use musubi::domain::broadcast::State;
use musubi::domain::ids::{BroadcastId, LineUserId};
use musubi::domain::staff::{Role, StaffMember};
use musubi::flow::{broadcast, deliver, plan, reconcile};
use musubi::simulator::{Endpoint, Fault};
use tokio_util::sync::CancellationToken;

use super::agrees_with_line;
use crate::support::TestApp;
use crate::support::broadcasts::to_everyone;

const HOUR: Duration = Duration::from_secs(3_600);
const FAULTS: [Fault; 6] = [
    Fault::Pass,
    Fault::ServerError,
    Fault::RateLimit,
    Fault::AcceptThenDrop,
    Fault::AcceptThenServerError,
    Fault::ResetBeforeAccept,
];

struct Play {
    app: TestApp,
    others: Vec<App>,
    people: Vec<LineUserId>,
    id: BroadcastId,
    approver: StaffMember,
    chance: Chance,
}

async fn another(app: &TestApp, seed: u64) -> App {
    let db = Db::open(app.database_url()).await.unwrap();
    let config = (*app.app().config).clone();
    App::new(config, db, app.clock().clone(), Chance::seeded(seed)).unwrap()
}

async fn round(app: &App) {
    let stop = CancellationToken::new();
    // A sender may meet another's lock; it comes again.
    let _ = plan::plan_due(app).await;
    let _ = deliver::send_due(app, &stop).await;
    let _ = reconcile::finish_due(app).await;
}

impl Play {
    async fn begin(seed: u64) -> Self {
        let chance = Chance::seeded(seed);
        let at_once = 1 + usize::try_from(chance.below(3)).unwrap();
        let app = TestApp::start_with(|config, _| config.send_at_once = at_once.try_into().unwrap()).await;
        let people = app.many_friends(1_700).await;
        let mut others = Vec::new();
        for number in 0..=chance.below(3) {
            others.push(another(&app, seed * 10 + number).await);
        }
        let (id, approver) =
            (app.approved(to_everyone("健診")).await, app.clerk("見本 三", &[Role::Approver]).await);
        Self { app, others, people, id, approver, chance }
    }

    fn accepted(&self) -> u64 {
        self.people.iter().map(|person| u64::from(self.app.line().accepted_count(person))).sum()
    }

    async fn all_at_once(&self) {
        let senders = self.others.iter().chain([self.app.app()]);
        futures_util::future::join_all(senders.map(round)).await;
    }

    /// What somebody does while the senders send; answers what LINE had accepted when a stop was said to be done.
    async fn deed(&self) -> Option<u64> {
        let (office, mut stopped) = (self.app.app(), None);
        tokio::time::sleep(Duration::from_millis(self.chance.below(40))).await;
        let _ = match self.chance.below(8) {
            0 => broadcast::pause(office, &self.approver, self.id).await,
            1 if self.chance.below(4) == 0 && self.app.broadcast(self.id).await.planned_at.is_some() => {
                let done = broadcast::stop(office, &self.approver, self.id).await;
                stopped = done.is_ok().then(|| self.accepted());
                done
            }
            2 => {
                let hours = HOUR * (1 + u32::try_from(self.chance.below(48)).unwrap());
                let now = self.app.clock().now();
                let jump = if self.chance.below(2) == 0 { now.plus(hours) } else { now.minus(hours) };
                self.app.clock().set(jump);
                Ok(())
            }
            3 => {
                let fault = FAULTS[usize::try_from(self.chance.below(6)).unwrap()];
                self.app.line().fault(Endpoint::Multicast, fault, 1);
                Ok(())
            }
            4 => deliver::recover(office).await.map(|_| ()).map_err(Into::into),
            _ => broadcast::resume(office, &self.approver, self.id).await,
        };
        self.app.clock().advance(Duration::from_secs(self.chance.below(200)));
        stopped
    }

    /// As many as were in flight when it was stopped.
    fn bound(&self) -> u64 {
        let senders = self.others.len() + 1;
        u64::try_from(senders * self.app.app().config.send_at_once.get() * 500).unwrap()
    }

    /// Morning comes, LINE is well, and a person lets go on what asks.
    async fn ends(&self) {
        self.app.line().forget_faults();
        for _ in 0..200 {
            let stored = self.app.broadcast(self.id).await;
            if stored.finished_at.is_some() {
                return;
            }
            if stored.state == State::Paused {
                let _ = broadcast::resume(self.app.app(), &self.approver, self.id).await;
            }
            self.all_at_once().await;
            self.app.clock().advance(Duration::from_secs(20 * 60));
        }
        let stored = self.app.broadcast(self.id).await;
        panic!("it does not end: {:?} {:?}", stored.state, stored.hold());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_to_four_senders_pauses_stops_and_clocks_that_jump_two_days_send_nobody_twice() {
    for seed in 1..=12 {
        println!("seed {seed}");
        let (play, mut stopped) = (Play::begin(seed).await, None);
        for _ in 0..12 {
            let ((), now) = tokio::join!(play.all_at_once(), play.deed());
            stopped = stopped.or(now);
            agrees_with_line(&play.app, play.id, &play.people, false).await;
        }
        play.ends().await;
        agrees_with_line(&play.app, play.id, &play.people, true).await;
        if let Some(before) = stopped {
            assert!(play.accepted() - before <= play.bound(), "{} after the stop", play.accepted() - before);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_stop_no_more_than_the_calls_in_flight_are_accepted() {
    for at_once in [1_usize, 2, 4] {
        let app = TestApp::start_with(|config, line| {
            config.send_at_once = at_once.try_into().unwrap();
            line.latency = Duration::from_millis(30);
        })
        .await;
        let people = app.many_friends(3_000).await;
        let id = app.approved(to_everyone("健診")).await;
        let editor = app.clerk("見本 三", &[Role::Editor]).await;
        plan::plan_due(app.app()).await.unwrap();
        let (stop, accepted) = (CancellationToken::new(), || -> usize {
            people.iter().filter(|person| 0 < app.line().accepted_count(person)).count()
        });
        let stops = async {
            while accepted() == 0 {
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
            broadcast::stop(app.app(), &editor, id).await.unwrap();
            accepted()
        };
        let (sent, before) = tokio::join!(deliver::send_due(app.app(), &stop), stops);
        sent.unwrap();
        app.step().await;
        let after = accepted() - before;
        assert!(after <= at_once * 500, "{after} after the stop with {at_once} at once");
        agrees_with_line(&app, id, &people, true).await;
    }
}
