//! What every story needs at hand: the settings, the database, the clock and chance.
//!
//! A value, cheap to clone. It holds no state of its own: what must be remembered is in the database.

use std::sync::Arc;

use crate::chance::Chance;
use crate::clock::Clock;
use crate::config::Config;
use crate::db::Db;

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
}
