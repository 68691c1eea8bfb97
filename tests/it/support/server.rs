//! The real program in a process of its own, with its settings from the environment, as an installation has them.

use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use musubi::chance::Chance;
use musubi::clock::Clock;
use musubi::simulator::{Simulator, SimulatorConfig};

/// A running `musubi serve`; it dies when it is dropped.
pub struct Server {
    process: Child,
    /// Where it answers.
    pub base: String,
}

impl Server {
    /// Starts it on a database, with a small LINE around it; answers when it is ready.
    pub async fn start(database: &str, line: &Simulator, listen: SocketAddr) -> Self {
        Self::start_with(database, line, listen, &[]).await
    }

    /// The same with further settings.
    pub async fn start_with(
        database: &str,
        line: &Simulator,
        listen: SocketAddr,
        settings: &[(&str, &str)],
    ) -> Self {
        // A pipe that nobody reads fills up: the log is kept only where a test asks for its form.
        let logged = settings.iter().any(|(name, _)| *name == "MUSUBI_LOG_FORMAT");
        let process = command(database, line, listen)
            .envs(settings.iter().copied())
            .stdout(Stdio::null())
            .stderr(if logged { Stdio::piped() } else { Stdio::null() })
            .spawn()
            .unwrap();
        let server = Self { process, base: format!("http://{listen}") };
        eventually("the server answers", async || {
            reqwest::get(format!("{}/readyz", server.base))
                .await
                .is_ok_and(|answer| answer.status().is_success())
        })
        .await;
        server
    }

    /// SIGKILL: no destructor runs, nothing is flushed.
    pub fn dies(mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

impl Server {
    /// SIGTERM, as a service manager stops it; answers how it ended, and what it had logged where that was kept.
    pub fn stops(mut self) -> (std::process::ExitStatus, String) {
        let asked = Command::new("kill").arg("-TERM").arg(self.process.id().to_string()).status().unwrap();
        assert!(asked.success());
        let mut log = String::new();
        if let Some(mut kept) = self.process.stderr.take() {
            std::io::Read::read_to_string(&mut kept, &mut log).unwrap();
        }
        (self.process.wait().unwrap(), log)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// `musubi serve` with the settings of an installation.
pub fn command(database: &str, line: &Simulator, listen: SocketAddr) -> Command {
    let sample = SimulatorConfig::sample(Clock::system(), Chance::seeded(1));
    let mut command = Command::new(env!("CARGO_BIN_EXE_musubi"));
    command
        .arg("serve")
        .env("DATABASE_URL", database)
        .env("MUSUBI_LISTEN", listen.to_string())
        .env("MUSUBI_PUBLIC_URL", format!("http://{listen}"))
        .env("LINE_CHANNEL_ID", &sample.channel_id)
        .env("LINE_CHANNEL_SECRET", "0123456789abcdef0123456789abcdef")
        .env("LINE_API_BASE", line.base_url())
        .env("LINE_API_DATA_BASE", line.base_url())
        .env("LIFF_ID", &sample.liff_id)
        .env("LIFF_CHANNEL_ID", &sample.login_channel_id);
    command
}

/// Another process can't be stepped; it is watched, for half a minute at most.
pub async fn eventually(what: &str, met: impl AsyncFn() -> bool) {
    for _ in 0..600 {
        if met().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("not within half a minute: {what}");
}

/// An address of this machine at which nobody listens.
pub fn free_address() -> SocketAddr {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}
