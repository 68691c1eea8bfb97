//! The desks of the office, as a process of its own: from a draft to its approval, dying where it is told.

use std::time::Duration;

use anyhow::Result;
use musubi::app::App;
use musubi::chance::Chance;
use musubi::clock::Clock;
use musubi::config::Config;

use super::letter::Letter;
use crate::command::serve;

/// What the desks write.
#[derive(clap::Args)]
pub struct Args {
    /// What is sent
    #[arg(long, value_enum)]
    letter: Letter,
    /// For how many minutes it is true; for ever without
    #[arg(long)]
    minutes: Option<u64>,
}

/// Leads the one broadcast to its approval.
///
/// # Errors
/// Where a step is refused.
pub async fn run(config: Config, args: &Args) -> Result<()> {
    let db = serve::open(&config.database_url).await?;
    let app = App::new(config, db, Clock::of_process(), Chance::system())?;
    let true_for = args.minutes.map(|minutes| Duration::from_secs(minutes * 60));
    args.letter.approve(&app, true_for).await?;
    app.db.close().await;
    Ok(())
}
