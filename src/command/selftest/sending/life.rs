//! One life of the program: a process of its own, with its settings from the environment, as an installation has them.

use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use musubi::clock::Clock;
use musubi::simulator::{Simulator, SimulatorConfig};

use super::ground::Database;
use super::schedule::Schedule;
use super::template::SECRET;

/// How often one looks.
pub(super) const LOOK: Duration = Duration::from_millis(15);

/// What every life of one run has in common.
pub(super) struct Home<'a> {
    pub database: Database,
    /// Where the program stands when it runs.
    pub folder: PathBuf,
    pub rules: PathBuf,
    pub line: &'a Simulator,
    pub platform: &'a SimulatorConfig,
    pub schedule: &'a Schedule,
    /// Where the last life's log goes.
    pub log: PathBuf,
}

/// A process; it dies when this goes.
pub(super) struct Life(Child);

impl Home<'_> {
    /// Starts the program with a command; `fail_at` names the place where it dies.
    pub(super) fn start(&self, command: &[&str], clock: &Clock, fail_at: Option<String>) -> Result<Life> {
        self.start_within(None, command, clock, fail_at)
    }

    /// The same; no file may grow beyond so many kilobytes.
    pub(super) fn start_within(
        &self,
        kilobytes: Option<u64>,
        command: &[&str],
        clock: &Clock,
        fail_at: Option<String>,
    ) -> Result<Life> {
        let program = std::env::current_exe().context("the program does not know where it stands")?;
        let log = std::fs::OpenOptions::new().create(true).append(true).open(&self.log)?;
        let platform = self.platform;
        let mut child = match kilobytes {
            None => Command::new(program),
            // The shell counts in halves of a kilobyte; a write beyond is an error and no signal.
            Some(most) => {
                let mut shell = Command::new("sh");
                let script = format!("trap '' XFSZ; ulimit -f {}; exec \"$0\" \"$@\"", most * 2);
                shell.args(["-c", &script]).arg(program);
                shell
            }
        };
        child
            .args(command)
            .current_dir(&self.folder)
            .env("DATABASE_URL", self.database.url())
            .env("MUSUBI_LISTEN", "127.0.0.1:0")
            .env("MUSUBI_PUBLIC_URL", "http://127.0.0.1:8080")
            .env("MUSUBI_SEGMENTS", &self.rules)
            .env("MUSUBI_SEND_AT_ONCE", self.schedule.send_at_once.to_string())
            .env("MUSUBI_HOLD_MINUTES", self.schedule.hold_minutes.to_string())
            .env("LINE_CHANNEL_ID", &platform.channel_id)
            .env("LINE_CHANNEL_SECRET", SECRET)
            .env("LINE_BOT_USER_ID", platform.bot_user_id.as_str())
            .env("LINE_API_BASE", self.line.base_url())
            .env("LINE_API_DATA_BASE", self.line.base_url())
            .env("LIFF_ID", &platform.liff_id)
            .env("LIFF_CHANNEL_ID", &platform.login_channel_id)
            .env("MUSUBI_TEST_CLOCK", clock.to_text())
            .env("RUST_LOG", "info,sqlx=error")
            .env_remove("MUSUBI_ADMIN_LISTEN")
            .env_remove("MUSUBI_FAIL_AT")
            .stdout(Stdio::null())
            .stderr(log);
        if let Some(place) = fail_at {
            child.env("MUSUBI_FAIL_AT", place);
        }
        Ok(Life(child.spawn()?))
    }
}

impl Home<'_> {
    /// Runs a command to its end.
    pub(super) async fn run(&self, command: &[&str], clock: &Clock) -> Result<()> {
        let mut life = self.start(command, clock, None)?;
        let ended = life.ends().await?;
        ensure!(ended.success(), "{command:?}: {ended}");
        Ok(())
    }
}

impl Life {
    /// Waits for its end.
    pub(super) async fn ends(&mut self) -> Result<ExitStatus> {
        loop {
            match self.ended()? {
                Some(ended) => return Ok(ended),
                None => tokio::time::sleep(LOOK).await,
            }
        }
    }

    /// How it ended, if it has.
    pub(super) fn ended(&mut self) -> Result<Option<ExitStatus>> {
        Ok(self.0.try_wait()?)
    }

    /// SIGKILL: no destructor runs, nothing is flushed.
    pub(super) fn kill(&mut self) -> Result<()> {
        self.0.kill()?;
        self.0.wait()?;
        Ok(())
    }
}

impl Drop for Life {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
