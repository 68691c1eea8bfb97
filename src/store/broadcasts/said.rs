//! All that a broadcast says: its own text and those of the other arms of a trial. Whatever is asked of one is asked of all.

use jiff::civil::{Date, Time};

use super::Broadcast;
use crate::domain::broadcast::Class;
use crate::domain::broadcast::opening::{self, ToOpen};
use crate::domain::broadcast::trial::{Said, Trial, TrialFault};
use crate::domain::digest::Digest;
use crate::domain::message::care;
use crate::domain::timestamp::Timestamp;

impl Broadcast {
    /// Every text, the broadcast's own first.
    ///
    /// # Errors
    /// Where its trial can't be read; then nobody may be sent to.
    pub fn texts(&self) -> Result<Vec<Said>, TrialFault> {
        Trial::texts(&self.content, self.trial.as_ref())
    }

    /// The first day that one of its texts names as 期限, in Asia/Tokyo. A correction and an emergency may have to name a
    /// day that has passed: theirs ends nothing.
    #[must_use]
    pub fn last_day(&self) -> Option<Date> {
        let texts = self.texts().ok().filter(|_| self.class == Class::Ordinary)?;
        texts.iter().filter_map(|said| said.content.last_day()).min()
    }

    /// Until when what it says is true: its expiry, or the end of its last day, where that is sooner.
    #[must_use]
    pub fn true_until(&self) -> Option<Timestamp> {
        let after = self.last_day().and_then(|last| last.tomorrow().ok());
        let ends = after.map(|day| Timestamp::from_tokyo(day.to_datetime(Time::midnight())));
        [self.expires_at, ends].into_iter().flatten().min()
    }

    fn own_text(&self) -> Said {
        Said { arm: None, content: self.content.clone() }
    }

    /// The hash of all that is said: to it are bound the test and what an approver has opened.
    #[must_use]
    pub fn said_hash(&self) -> String {
        let own = self.content.hash();
        match &self.trial {
            None => own,
            Some(trial) => Digest::new("said").part(&own).part(&trial.to_string()).hex(),
        }
    }

    /// Whether exactly this was sent to staff as a test.
    #[must_use]
    pub fn is_tested(&self) -> bool {
        self.tested_hash.as_deref() == Some(self.said_hash().as_str())
    }

    /// What an approver has to open. Where a trial can't be read it is the broadcast's own text alone; such a one is
    /// neither approved nor planned.
    #[must_use]
    pub fn to_open(&self) -> Vec<ToOpen> {
        opening::to_open(&self.texts().unwrap_or_else(|_| vec![self.own_text()]))
    }

    /// The sensitive words of all its texts, each once.
    #[must_use]
    pub fn sensitive_words(&self) -> Vec<String> {
        let texts = self.texts().unwrap_or_else(|_| vec![self.own_text()]);
        let mut words = Vec::new();
        for word in texts.iter().flat_map(|said| care::sensitive_words(&said.content)) {
            if !words.contains(&word) {
                words.push(word);
            }
        }
        words
    }
}
