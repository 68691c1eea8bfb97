//! The desks of the office, as a process of its own: from a draft to its approval, dying where it is told.

use anyhow::Result;
use musubi::app::App;
use musubi::chance::Chance;
use musubi::clock::Clock;
use musubi::config::Config;

use crate::command::{office, serve};

/// Leads the one broadcast to its approval.
///
/// # Errors
/// Where a step is refused.
pub async fn run(config: Config) -> Result<()> {
    let db = serve::open(&config.database_url).await?;
    let app = App::new(config, db, Clock::of_process(), Chance::system())?;
    office::approve(&app, office::to_everyone).await?;
    app.db.close().await;
    Ok(())
}
