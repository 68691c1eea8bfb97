//! The `musubi` program: reads the command line and hands over. Wiring only.

mod command;

use std::io::IsTerminal;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use musubi::config::{Config, LogFormat, Source};
use tracing_subscriber::EnvFilter;

/// 結び: 市の公式LINEで、必要な人に必要なお知らせだけを届けます。
#[derive(Parser)]
#[command(name = "musubi", version, about, arg_required_else_help = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Everything on this machine: an invented town, a played LINE, no settings
    Demo(command::demo::Args),
    /// Serve residents, staff and LINE's webhooks
    Serve(command::serve::Args),
    /// Bring the database to the newest schema
    Migrate,
    /// Look at the settings
    Config {
        #[command(subcommand)]
        what: ConfigCommand,
    },
    /// Play LINE on this machine, with a phone in the browser
    Simulate(command::simulate::Options),
    /// Check, format and explain rule files
    Segment {
        #[command(subcommand)]
        what: command::segment::Command,
    },
    /// Say who may use the console
    Staff {
        #[command(subcommand)]
        what: command::staff::Command,
    },
    /// Stop all sending, or let it go on
    Sending {
        #[command(subcommand)]
        what: command::sending::Command,
    },
    /// Stop every broadcast at once: the same as `sending off`
    PauseAll {
        /// Why, for the colleagues; no personal data
        #[arg(long, default_value = "")]
        reason: String,
    },
    /// Copy the database while everything goes on
    Backup(command::backup::BackupArgs),
    /// Put a backup in the place of the database, with all sending off
    Restore(command::backup::RestoreArgs),
    /// Bring in what the city knows about its residents
    Import {
        #[command(subcommand)]
        what: ImportCommand,
    },
    /// Try the engine on generated cases
    Selftest {
        #[command(subcommand)]
        what: SelftestCommand,
    },
    /// Measure
    Bench {
        #[command(subcommand)]
        what: BenchCommand,
    },
}

#[derive(Subcommand)]
enum ConfigCommand {
    /// Name everything that is wrong at once
    Check,
}

#[derive(Subcommand)]
enum ImportCommand {
    /// Facts of residents from a CSV file; only looks at it without --apply
    Residents(command::import::Options),
    /// Check-ups and bookings from a register's CSV file; only looks at it without --apply
    Events(command::import::EventOptions),
}

#[derive(Subcommand)]
enum SelftestCommand {
    /// Rules, people and days: the columns against the evaluator of one person
    Segments(command::selftest::Args),
    /// Rule files that were made to take long
    Hostile,
    /// Broadcasts whose sender is killed while LINE misbehaves: nobody twice, nobody missed
    Sending(command::selftest::sending::Args),
    /// A process of that test
    #[command(hide = true)]
    Desk(command::selftest::sending::child::Args),
}

#[derive(Subcommand)]
enum BenchCommand {
    /// Durable webhook acknowledgements, beside a handler that only verifies and parses
    Webhook(command::bench::webhook::Args),
    /// From approval to the last acceptance
    Sending(command::bench::sending::Args),
    /// Counting and listing by the rules of the repository, and the memory and loading of everybody
    Segments(command::bench::segments::Args),
}

#[tokio::main]
async fn main() -> ExitCode {
    let cli = Cli::parse();
    start_log(&cli.command);
    match run(cli.command).await {
        Ok(code) => code,
        Err(error) => {
            eprintln!("{}", in_words(&error));
            ExitCode::FAILURE
        }
    }
}

/// What went wrong, from the outside in; what an error says of its cause is not said once more by the cause.
fn in_words(error: &anyhow::Error) -> String {
    let mut said = String::new();
    for cause in error.chain().map(ToString::to_string) {
        if !said.contains(&cause) {
            said = if said.is_empty() { cause } else { format!("{said}: {cause}") };
        }
    }
    said
}

/// To standard error, with colours only for a terminal. A measurement is not to measure its own log. Both forms hold the
/// same fields.
fn start_log(command: &Command) {
    let usual = if matches!(command, Command::Bench { .. }) { "warn" } else { "info,sqlx=warn" };
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(usual));
    let colours = std::io::stderr().is_terminal();
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    match Config::log_format(&Source::from_machine()) {
        LogFormat::Text => log.with_ansi(colours).init(),
        LogFormat::Json => log.json().flatten_event(true).init(),
    }
}

async fn run(command: Command) -> anyhow::Result<ExitCode> {
    match command {
        Command::Demo(args) => command::demo::run(args).await?,
        Command::Simulate(options) => command::simulate::run(options).await?,
        Command::Serve(args) => match command::serve::settings() {
            Ok(config) => command::serve::serve(config, args).await?,
            Err(code) => return Ok(code),
        },
        Command::Migrate => match command::serve::database_settings() {
            Ok(settings) => command::serve::open(&settings.database_url).await?.close().await,
            Err(code) => return Ok(code),
        },
        Command::Staff { what } => match command::serve::database_settings() {
            Ok(settings) => command::staff::run(&settings, what).await?,
            Err(code) => return Ok(code),
        },
        Command::Sending { what } => match command::serve::database_settings() {
            Ok(settings) => command::sending::run(&settings, what).await?,
            Err(code) => return Ok(code),
        },
        Command::PauseAll { reason } => match command::serve::database_settings() {
            Ok(settings) => {
                command::sending::run(&settings, command::sending::Command::Off { reason }).await?
            }
            Err(code) => return Ok(code),
        },
        Command::Backup(args) => match command::serve::database_settings() {
            Ok(settings) => command::backup::run(&settings, args).await?,
            Err(code) => return Ok(code),
        },
        Command::Restore(args) => match command::serve::database_settings() {
            Ok(settings) => command::backup::run_restore(&settings, args).await?,
            Err(code) => return Ok(code),
        },
        Command::Import { what: ImportCommand::Residents(options) } => {
            return command::import::run(options).await;
        }
        Command::Import { what: ImportCommand::Events(options) } => {
            return command::import::run_events(options).await;
        }
        Command::Config { what: ConfigCommand::Check } => return Ok(command::config::check()),
        Command::Selftest { what: SelftestCommand::Segments(args) } => {
            return Ok(command::selftest::segments(&args));
        }
        Command::Selftest { what: SelftestCommand::Hostile } => {
            return Ok(command::selftest::hostile_files());
        }
        Command::Selftest { what: SelftestCommand::Sending(args) } => {
            return command::selftest::sending::run(&args).await;
        }
        Command::Selftest { what: SelftestCommand::Desk(args) } => match command::serve::settings() {
            Ok(config) => command::selftest::sending::child::run(config, &args).await?,
            Err(code) => return Ok(code),
        },
        Command::Segment { what } => return command::segment::run(what).await,
        Command::Bench { what: BenchCommand::Webhook(args) } => command::bench::webhook::run(&args).await?,
        Command::Bench { what: BenchCommand::Sending(args) } => command::bench::sending::run(&args).await?,
        Command::Bench { what: BenchCommand::Segments(args) } => command::bench::segments::run(&args).await?,
    }
    Ok(ExitCode::SUCCESS)
}
