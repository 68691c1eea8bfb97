//! How soon the real program heeds a stop, and how soon it goes on after a kill: `musubi bench sending --brakes`.
//!
//! The program is a process of its own on a SQLite file, with its settings from the environment; LINE is played here,
//! where its calls can be watched. The program is killed in the middle of a broadcast, started again, and stopped.

use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use musubi::app::App;
use musubi::chance::Chance;
use musubi::clock::Clock;
use musubi::domain::ids::BroadcastId;
use musubi::domain::staff::StaffMember;
use musubi::flow::api_tokens::{self, Wanted};
use musubi::flow::broadcast as desk;
use musubi::simulator::{Endpoint, Simulator, SimulatorConfig};
use serde_json::json;

use super::millis;
use super::sending::{Args, CHANNEL, SECRET, staffed};
use crate::command::office;

/// So many calls are answered before the program is killed, and again before it is stopped.
const UNDER_WAY: usize = 40;
const LONGEST: Duration = Duration::from_secs(30);
const LOOK: Duration = Duration::from_millis(1);

/// Measures both.
///
/// # Errors
/// When the program does not send, or the stop is refused.
pub(super) async fn run(args: &Args, folder: &Path) -> Result<()> {
    let platform = SimulatorConfig {
        latency: Duration::from_millis(args.latency),
        channel_id: CHANNEL.to_owned(),
        channel_secret: SECRET.into(),
        ..SimulatorConfig::sample(Clock::system(), Chance::seeded(1))
    };
    let line = Simulator::start(platform.clone()).await?;
    let url = format!("sqlite:{}", folder.join("brakes.db").display());
    let (app, users) = staffed(args, &url, line.base_url()).await?;
    line.know_friends(users.iter());
    let id = office::approve(&app, office::to_everyone).await?;
    // Free a moment ago: the program is started twice, and its address must be known.
    let listen = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
    let bench = Bench { args, line: &line, platform: &platform, url: &url, folder, listen };
    let (mut life, resumed) = bench.kill_and_start().await?;
    let stopped = bench.stop(&app, id).await?;
    life.kill()?;
    life.wait()?;
    line.shutdown();
    app.db.close().await;
    show(args, resumed, &stopped);
    Ok(())
}

struct Bench<'a> {
    args: &'a Args,
    line: &'a Simulator,
    platform: &'a SimulatorConfig,
    url: &'a str,
    folder: &'a Path,
    listen: SocketAddr,
}

/// Who pulls the brake.
enum Brake {
    OtherProcess(StaffMember),
    Api(Box<reqwest::RequestBuilder>),
}

struct Stopped {
    /// From the request to its commit; through the API, to its answer.
    taken: Duration,
    /// From the commit to when the last call was begun; nothing where none was.
    last_call: Duration,
    /// Calls whose answer came after the commit.
    in_flight: usize,
}

impl Bench<'_> {
    fn calls(&self) -> usize {
        self.line.requests().iter().filter(|line| line.endpoint == Some(Endpoint::Multicast)).count()
    }

    async fn until(&self, calls: usize) -> Result<Instant> {
        let begun = Instant::now();
        while self.calls() < calls {
            if LONGEST < begun.elapsed() {
                bail!("the program made {} calls, {calls} were awaited", self.calls());
            }
            tokio::time::sleep(LOOK).await;
        }
        Ok(Instant::now())
    }

    /// The program after its restart, and how long it took from there to its first call.
    async fn kill_and_start(&self) -> Result<(Child, Duration)> {
        let mut first = self.start()?;
        self.until(UNDER_WAY).await?;
        first.kill()?;
        first.wait()?;
        let (known, restarted) = (self.calls(), Instant::now());
        let second = self.start()?;
        let answered = self.until(known + 1).await?;
        Ok((second, answered.duration_since(restarted).saturating_sub(self.platform.latency)))
    }

    async fn stop(&self, app: &App, id: BroadcastId) -> Result<Stopped> {
        let brake = self.brake(app, id).await?;
        self.until(self.calls() + UNDER_WAY).await?;
        let asked = Instant::now();
        match brake {
            Brake::OtherProcess(approver) => desk::stop(app, &approver, id).await?,
            Brake::Api(request) => drop(request.send().await?.error_for_status()?),
        }
        let (committed, known) = (Instant::now(), self.calls());
        let (mut seen, mut last) = (known, committed);
        while last.elapsed() < Duration::from_secs(2) {
            let calls = self.calls();
            if seen < calls {
                (seen, last) = (calls, Instant::now());
            }
            tokio::time::sleep(LOOK).await;
        }
        Ok(Stopped {
            taken: committed - asked,
            last_call: (last - committed).saturating_sub(self.platform.latency),
            in_flight: seen - known,
        })
    }

    async fn brake(&self, app: &App, id: BroadcastId) -> Result<Brake> {
        let approver = office::clerk(app, office::APPROVERS[0]).await?;
        if !self.args.through_api {
            return Ok(Brake::OtherProcess(approver));
        }
        let (login, _) = office::APPROVERS[0];
        let wanted = Wanted {
            login: login.to_owned(),
            name: "見本".to_owned(),
            roles: approver.roles.clone(),
            days: 1,
        };
        let token = api_tokens::make_here(&app.base(), &wanted).await?;
        let address = format!("http://{}/api/v1/broadcasts/{id}/stop", self.listen);
        let client = reqwest::Client::builder().no_proxy().build()?;
        Ok(Brake::Api(Box::new(client.post(address).bearer_auth(token))))
    }

    fn start(&self) -> Result<Child> {
        let program = std::env::current_exe().context("the program does not know where it stands")?;
        let log = std::fs::File::create(self.folder.join("log"))?;
        Ok(Command::new(program)
            .arg("serve")
            .env("DATABASE_URL", self.url)
            .env("MUSUBI_LISTEN", self.listen.to_string())
            .env("MUSUBI_PUBLIC_URL", "http://127.0.0.1:8080")
            .env("MUSUBI_SEND_AT_ONCE", self.args.at_once.to_string())
            .env("MUSUBI_LINE_SHARE", self.args.share.to_string())
            .env("MUSUBI_HOLD_MINUTES", "0")
            // The bench may run at night: the quiet hours last for a minute.
            .env("MUSUBI_QUIET_FROM", "03:00")
            .env("MUSUBI_QUIET_UNTIL", "03:01")
            .env("LINE_CHANNEL_ID", &self.platform.channel_id)
            .env("LINE_CHANNEL_SECRET", SECRET)
            .env("LINE_BOT_USER_ID", self.platform.bot_user_id.as_str())
            .env("LINE_API_BASE", self.line.base_url())
            .env("LINE_API_DATA_BASE", self.line.base_url())
            .env("LIFF_ID", &self.platform.liff_id)
            .env("LIFF_CHANNEL_ID", &self.platform.login_channel_id)
            .env("RUST_LOG", "info,sqlx=error")
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()?)
    }
}

fn show(args: &Args, resumed: Duration, stopped: &Stopped) {
    let (resumed, taken, last) = (millis(resumed), millis(stopped.taken), millis(stopped.last_call));
    if args.json {
        let figure = json!({
            "bench": "brakes", "engine": "sqlite", "latency_ms": args.latency, "at_once": args.at_once,
            "through_api": args.through_api,
            "first_call_after_restart_ms": resumed, "stop_written_ms": taken, "last_call_after_stop_ms": last,
            "answered_after_stop": stopped.in_flight,
        });
        return println!("{figure}");
    }
    println!(
        "sqlite   first call {resumed:.0} ms after a restart that followed a kill; a stop is written in {taken:.0} ms, \
         the last call begins {last:.0} ms later; {} calls were answered after it",
        stopped.in_flight
    );
}
