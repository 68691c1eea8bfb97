//! `musubi segment`: checks, formats, explains and tries out rule files on the disk.
//!
//! The only part of the language that touches files and the terminal. Exits with failure when a rule has an error, so
//! that CI and the editor's "on save" can rely on it. Only `count`, `list`, `account`,
//! `export` and `import` need a database.

mod audience;
mod check;
mod explain;
mod files;
mod fmt;
mod rule;
mod saved;
mod schema;
mod trial;

use std::path::PathBuf;
use std::process::ExitCode;

use jiff::civil::Date;
use musubi::app::load_catalogue;
use musubi::clock::Clock;

use audience::Question;

/// What to do with rules.
#[derive(clap::Subcommand)]
pub enum Command {
    /// Name everything that is wrong; fails if a rule has an error
    Check {
        /// Files and folders
        #[arg(default_value = "segments")]
        paths: Vec<PathBuf>,
        /// How to write what was found
        #[arg(long, value_enum, default_value = "text")]
        format: check::Format,
        /// The day on which the rules are to be used (default: today in Japan)
        #[arg(long)]
        today: Option<Date>,
    },
    /// Rewrite in canonical form
    Fmt {
        /// Files and folders
        #[arg(default_value = "segments")]
        paths: Vec<PathBuf>,
        /// Change nothing; fail if a file would change
        #[arg(long)]
        check: bool,
    },
    /// Try a rule on made-up people from a CSV file; fails if an answer is not the expected one
    Try(trial::Args),
    /// Count the registered residents whom a rule finds
    Count(audience::Args),
    /// List the accounts that would receive
    List(audience::Args),
    /// Say why an account is meant, or why not
    Account {
        /// The account's id, as `list` prints it
        id: String,
        /// For staff, for the resident in plain Japanese, or for programs
        #[arg(long, value_enum, default_value = "staff")]
        format: explain::Format,
        /// Rule, date and database
        #[command(flatten)]
        args: audience::Args,
    },
    /// Write every rule into a folder as files: the folder's own, and what was saved at the console
    Export {
        /// Where to; files of the same name are replaced
        folder: PathBuf,
    },
    /// Say what reading rule files in would change; with --apply, save them as new versions
    Import {
        /// Files and folders
        #[arg(required = true)]
        paths: Vec<PathBuf>,
        /// Save; without this the files are only looked at
        #[arg(long)]
        apply: bool,
        /// Why, for the list of versions
        #[arg(long, default_value = "ファイルの取り込み")]
        reason: String,
    },
    /// Say in words what a rule asks, with its birth dates; or what it says of somebody made up
    Explain(explain::Args),
    /// Print the JSON Schema of rules, with the ids of the catalogue
    Schema {
        /// The folder of the catalogue
        #[arg(default_value = "segments")]
        folder: PathBuf,
    },
}

/// Runs one of the commands.
///
/// # Errors
/// Where a rule can't be asked, because it or the database can't be read.
pub async fn run(command: Command) -> anyhow::Result<ExitCode> {
    let today = || Clock::system().today();
    match command {
        Command::Count(args) => audience::run(Question::Count, args).await,
        Command::List(args) => audience::run(Question::List, args).await,
        Command::Account { id, format, args } => audience::run(Question::Account(id, format), args).await,
        Command::Export { folder } => saved::export(&folder).await,
        Command::Import { paths, apply, reason } => saved::import(&paths, apply, &reason).await,
        Command::Check { paths, format, today: day } => {
            let folder = files::folder(&paths);
            let catalogue = load_catalogue(&folder)?;
            Ok(check::run(&paths, &folder, &catalogue, day.unwrap_or_else(today), format))
        }
        Command::Fmt { paths, check } => {
            let catalogue = load_catalogue(&files::folder(&paths))?;
            Ok(fmt::run(&paths, &catalogue, check))
        }
        Command::Try(args) => trial::run(&args, today()),
        Command::Explain(args) => explain::run(&args, today()),
        Command::Schema { folder } => schema::run(&load_catalogue(&files::folder(&[folder]))?),
    }
}
