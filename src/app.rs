//! What every story needs at hand: the settings, the database, the clock and chance.
//!
//! A value, cheap to clone. It holds no state of its own: what must be remembered is in the database.

use std::sync::Arc;

use tokio::sync::Notify;

use crate::chance::Chance;
use crate::clock::Clock;
use crate::config::Config;
use crate::db::Db;
use crate::store::intake::Intake;

/// The running application.
#[derive(Clone)]
pub struct App {
    /// The settings.
    pub config: Arc<Config>,
    /// The database.
    pub db: Db,
    /// The time.
    pub clock: Clock,
    /// Ids and secrets.
    pub chance: Chance,
    /// The door of the inbox.
    pub intake: Intake,
    /// Told when there is work, so that the worker need not wait for its next round.
    pub wake: Arc<Notify>,
}

impl App {
    /// Puts the application together; must be called inside a Tokio runtime, after the migrations.
    #[must_use]
    pub fn new(config: Config, db: Db, clock: Clock, chance: Chance) -> Self {
        let intake = Intake::start(db.clone());
        Self { config: Arc::new(config), db, clock, chance, intake, wake: Arc::new(Notify::new()) }
    }
}
