//! A server of PostgreSQL for one test, which may crash it as it likes.
//!
//! Made of the programs of the machine in a folder of its own, reached by a socket in that folder.

use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;

/// The server; it goes with its folder.
pub struct Cluster {
    programs: PathBuf,
    home: TempDir,
}

impl Cluster {
    /// Starts one; `None`, and a word about it, where PostgreSQL is not installed.
    pub fn start() -> Option<Self> {
        let Some(programs) = programs() else {
            println!("no initdb below /usr/lib/postgresql: PostgreSQL is not restarted here");
            return None;
        };
        // A socket's path may hold 107 bytes.
        let home = tempfile::Builder::new().prefix("musubi-crash").tempdir_in("/tmp").unwrap();
        if is_root() {
            let owned = Command::new("chown").arg("postgres:").arg(home.path()).status().unwrap();
            assert!(owned.success());
        }
        let cluster = Self { programs, home };
        cluster.run(
            "initdb",
            &["--no-sync", "--auth=trust", "--username=postgres", "--encoding=UTF8", "--locale=C"],
        );
        cluster.control("start");
        Some(cluster)
    }

    /// The address, as `DATABASE_URL` takes it.
    pub fn url(&self) -> String {
        format!("postgres://postgres@localhost/postgres?host={}", self.home.path().display())
    }

    /// Falls over without finishing anything, and is started again: it recovers from its log.
    pub fn crashes_and_comes_back(&self) {
        self.control("restart");
    }

    fn control(&self, what: &str) {
        let folder = self.home.path().display();
        // What is committed is in its log; that the machine itself goes down is not played here, so no disk is waited for.
        let options = format!("-k {folder} -c listen_addresses='' -c fsync=off");
        let log = format!("--log={folder}/log");
        let mode = if what == "start" { "--silent" } else { "--mode=immediate" };
        self.run("pg_ctl", &[what, mode, "--wait", &log, "-o", &options]);
    }

    fn run(&self, program: &str, arguments: &[&str]) {
        let path = self.programs.join(program);
        let mut command = if is_root() {
            let mut command = Command::new("runuser");
            command.args(["-u", "postgres", "--"]).arg(path);
            command
        } else {
            Command::new(path)
        };
        let data = format!("--pgdata={}", self.home.path().join("data").display());
        command.arg(data).args(arguments).current_dir("/tmp");
        // The server keeps what it inherits open: a pipe would never end.
        let done = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status().unwrap();
        assert!(done.success(), "{program} {arguments:?}");
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            return self.control("stop");
        }
        let _ = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| self.control("stop")));
    }
}

fn programs() -> Option<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").ok()?;
    let folders = versions.filter_map(Result::ok).map(|version| version.path().join("bin"));
    folders.filter(|folder| folder.join("initdb").is_file()).max()
}

fn is_root() -> bool {
    Path::new("/proc/self").metadata().is_ok_and(|process| process.uid() == 0)
}
