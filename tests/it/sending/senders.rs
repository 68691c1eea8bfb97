//! Several senders on one database at once, without the lease that would keep them apart, while people pause, resume
//! and stop and the clock jumps: the ledger and LINE alone must hold.

use std::time::Duration;

use musubi::app::App;
use musubi::chance::Chance;
use musubi::db::Db;
use musubi::domain::broadcast::State;
use musubi::domain::ids::{BroadcastId, LineUserId};
use musubi::domain::staff::{Role, StaffMember};
use musubi::flow::broadcast::Draft;
use musubi::flow::{broadcast, deliver, plan, reconcile};
use musubi::simulator::{Endpoint, Fault};
use musubi::store::progress::{self, InFlight};
use tokio_util::sync::CancellationToken;

use super::agrees_with_line;
use crate::support::TestApp;
use crate::support::broadcasts::to_everyone;
use crate::support::households::Home;

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

/// How it stood when a stop was said to be done.
#[derive(Clone, Copy, Debug)]
struct Stopped {
    /// What was claimed and had no answer yet: what LINE may still take.
    open: InFlight,
    /// What LINE had taken by then.
    accepted: u64,
}

impl Stopped {
    /// What is open is read before what LINE has, so that whatever LINE takes in between counts as taken before.
    async fn now(app: &TestApp, people: &[LineUserId]) -> Self {
        let open = progress::in_flight(&mut app.db().read().await.unwrap()).await.unwrap();
        Self { open, accepted: accepted(app, people) }
    }

    /// Only what was open then has come since.
    fn holds(&self, app: &TestApp, people: &[LineUserId]) {
        let after = accepted(app, people) - self.accepted;
        assert!(after <= u64::try_from(self.open.recipients).unwrap(), "{after} since {self:?}");
    }
}

fn accepted(app: &TestApp, people: &[LineUserId]) -> u64 {
    people.iter().map(|person| u64::from(app.line().accepted_count(person))).sum()
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
        let app = slow_line(at_once, 10).await;
        let people = app.many_friends(1_700).await;
        let mut others = Vec::new();
        for number in 0..=chance.below(3) {
            others.push(another(&app, seed * 10 + number).await);
        }
        let (id, approver) =
            (app.approved(to_everyone("健診")).await, app.clerk("見本 三", &[Role::Approver]).await);
        Self { app, others, people, id, approver, chance }
    }

    async fn all_at_once(&self) {
        let senders = self.others.iter().chain([self.app.app()]);
        futures_util::future::join_all(senders.map(round)).await;
    }

    /// Somebody stops it, some time after it was planned; `None` where it was over before.
    async fn stop(&self) -> Option<Stopped> {
        while self.app.broadcast(self.id).await.planned_at.is_none() {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        tokio::time::sleep(Duration::from_millis(self.chance.below(20))).await;
        broadcast::stop(self.app.app(), &self.approver, self.id).await.ok()?;
        Some(Stopped::now(&self.app, &self.people).await)
    }

    /// What somebody does while the senders send.
    async fn deed(&self) {
        let office = self.app.app();
        tokio::time::sleep(Duration::from_millis(self.chance.below(40))).await;
        let _ = match self.chance.below(8) {
            0 => broadcast::pause(office, &self.approver, self.id).await,
            1 => {
                let hours = HOUR * (1 + u32::try_from(self.chance.below(48)).unwrap());
                let now = self.app.clock().now();
                let jump = if self.chance.below(2) == 0 { now.plus(hours) } else { now.minus(hours) };
                self.app.clock().set(jump);
                Ok(())
            }
            2 => {
                let fault = FAULTS[usize::try_from(self.chance.below(6)).unwrap()];
                self.app.line().fault(Endpoint::Multicast, fault, 1);
                Ok(())
            }
            3 => deliver::recover(office).await.map(|_| ()).map_err(Into::into),
            _ => broadcast::resume(office, &self.approver, self.id).await,
        };
        self.app.clock().advance(Duration::from_secs(self.chance.below(200)));
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
    let mut stops = 0;
    for seed in 1..=12 {
        println!("seed {seed}");
        let (play, mut stopped) = (Play::begin(seed).await, None);
        for round in 0..12 {
            // Every third one is stopped while it goes out, and what is said then holds whatever comes after it.
            if seed % 3 == 0 && round == 0 {
                ((), stopped) = tokio::join!(play.all_at_once(), play.stop());
            } else {
                tokio::join!(play.all_at_once(), play.deed());
            }
            agrees_with_line(&play.app, play.id, &play.people, false).await;
        }
        play.ends().await;
        agrees_with_line(&play.app, play.id, &play.people, true).await;
        if let Some(stopped) = stopped {
            stopped.holds(&play.app, &play.people);
            stops += 1;
        }
    }
    assert!(2 <= stops, "of twelve only {stops} were stopped");
}

/// One round of sending that is stopped when LINE has taken the first; as it stood then.
async fn stopped_in_the_middle(app: &TestApp, people: &[LineUserId], id: BroadcastId) -> Stopped {
    let editor = app.clerk("見本 三", &[Role::Editor]).await;
    plan::plan_due(app.app()).await.unwrap();
    let stops = async {
        while accepted(app, people) == 0 {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        broadcast::stop(app.app(), &editor, id).await.unwrap();
        Stopped::now(app, people).await
    };
    let stop = CancellationToken::new();
    let (sent, stopped) = tokio::join!(deliver::send_due(app.app(), &stop), stops);
    sent.unwrap();
    app.step().await;
    stopped.holds(app, people);
    agrees_with_line(app, id, people, true).await;
    stopped
}

/// Together so many homes that no two read the same.
const DISTRICTS: [&str; 8] =
    ["agu", "imaichi", "iwano", "takamatsu", "jinzai", "hirata-chiku", "takahama", "yokan"];
const CALL_NAMES: [&str; 5] = ["okasan", "otosan", "tsuma", "otto", "partner"];

/// An office that sends so many at once to a LINE that takes so many milliseconds.
async fn slow_line(at_once: usize, millis: u64) -> TestApp {
    TestApp::start_with(|config, line| {
        config.send_at_once = at_once.try_into().unwrap();
        line.latency = Duration::from_millis(millis);
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_stop_no_more_than_the_calls_in_flight_are_accepted() {
    for at_once in [1, 2, 4] {
        let app = slow_line(at_once, 30).await;
        let people = app.many_friends(6_000).await;
        let id = app.approved(to_everyone("健診")).await;
        let Stopped { open, .. } = stopped_in_the_middle(&app, &people, id).await;
        // A stop may also fall between two calls.
        assert!(open.batches <= i64::try_from(at_once * 2).unwrap(), "{open:?} with {at_once} at once");
        assert!(app.got(&people).contains(&0), "it was stopped when all was over");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_stop_no_more_than_the_pushes_in_flight_are_accepted() {
    for at_once in [1, 2] {
        let app = slow_line(at_once, 30).await;
        let home =
            |district| move |name| Home::of("2000-01-01", district).with_parent("1961-03-01", Some(name));
        let homes = DISTRICTS.into_iter().flat_map(|district| CALL_NAMES.into_iter().map(home(district)));
        let people = app.homes(&homes.collect::<Vec<_>>()).await;
        let text = "{居住地の地区名}の{家族の呼び名}の健診です。";
        let draft = Draft { segment_path: "kenshin/gan/daicho".to_owned(), ..to_everyone(text) };
        let id = app.approved(draft).await;
        app.line().forget_requests();
        let Stopped { open, .. } = stopped_in_the_middle(&app, &people, id).await;
        // A multicast takes the places of four pushes, and as many may have been answered and not been written down yet.
        assert!(open.batches <= i64::try_from(at_once * 4 * 2).unwrap(), "{open:?} with {at_once} at once");
        assert!(open.recipients == open.batches, "each call was to one: {open:?}");
        assert!(app.got(&people) == [0, 1], "it was stopped when all was over");
        assert!(app.line().requests().iter().all(|call| call.endpoint != Some(Endpoint::Multicast)));
    }
}
