//! What a run of a repeat says: the texts of the repeat with the days of its occasion, and until when they are true.
//!
//! One place makes it and asks whether a run still says it, so that both mean the same. It changes nothing.

use jiff::civil::Date;
use serde_json::Value;

use super::Refusal;
use crate::db::{self, Tx};
use crate::domain::broadcast::rhythm::Shift;
use crate::domain::message::Content;
use crate::domain::timestamp::Timestamp;
use crate::store::broadcasts::Broadcast;
use crate::store::repeats::{self, Repeat};

/// What a run says.
pub struct Saying {
    /// The text.
    pub content: Content,
    /// How its audience is split, with the other texts.
    pub trial: Option<Value>,
    /// Until when it is true.
    pub expires_at: Option<Timestamp>,
}

impl Saying {
    /// Of the run of an occasion.
    ///
    /// # Errors
    /// Refused where the stored split can't be read.
    pub fn of(repeat: &Repeat, occasion: Date) -> std::result::Result<Self, Refusal> {
        let (lasting, day) = (repeat.lasting(), day_of(repeat, occasion));
        let trial = repeat.trial.as_ref().map(|stored| lasting.trial(stored, day)).transpose()?;
        let content = lasting.content(&repeat.content, day);
        Ok(Self { content, trial, expires_at: lasting.expires_at(day) })
    }
}

/// On which day the message of an occasion goes out.
pub(super) fn day_of(repeat: &Repeat, occasion: Date) -> Date {
    Shift::parse(&repeat.shift).map_or(occasion, |shift| shift.day(occasion))
}

/// Whether the run of an occasion says what its repeat says now, to the same shares of its audience.
pub(super) fn says_as(run: &Broadcast, repeat: &Repeat, occasion: Date) -> bool {
    Saying::of(repeat, occasion).is_ok_and(|said| run.content == said.content && run.trial == said.trial)
}

/// The same, of a broadcast that may be a run of it.
pub(super) async fn is_run_that_says(tx: &mut Tx, run: &Broadcast, repeat: &Repeat) -> db::Result<bool> {
    let found = repeats::run_of(tx, run.id).await?.filter(|(of, _)| of.id == repeat.id);
    Ok(found.is_some_and(|(_, occasion)| says_as(run, repeat, occasion)))
}
