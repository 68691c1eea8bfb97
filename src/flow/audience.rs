//! Whom a rule selects, asked on a day in Asia/Tokyo for a topic.
//!
//! What the stories of a broadcast share: preview, submission, approval, plan and the last check before sending all
//! ask here, so that they can't differ. The population is brought up to the newest commit first. It changes nothing,
//! and a rule that can't be read selects nobody.

use std::collections::BTreeSet;

use jiff::civil::Date;

use crate::app::App;
use crate::db;
use crate::domain::broadcast::caution::{Figures, cautions};
use crate::domain::broadcast::{Caution, LedgerState, Whom};
use crate::domain::ids::{AccountId, BroadcastId};
use crate::domain::segment::rule::Target;
use crate::domain::segment::{Segment, text};
use crate::population::{Count, Tally};
use crate::store::broadcasts::Broadcast;
use crate::store::{changes, ledger};

/// Whom a rule selects.
#[derive(Clone, Debug)]
pub struct Audience {
    /// Accounts and persons by the four answers.
    pub count: Count,
    /// The recipients in the order of their ids, each once.
    pub recipients: Vec<AccountId>,
    /// Whether the rule says 友だち全員, the most dangerous of all.
    pub is_everyone: bool,
    /// What a person must have seen before anything is sent to them.
    pub cautions: Vec<Caution>,
    /// The hash of the rule.
    pub rule_hash: String,
}

/// Why nobody can be named.
#[derive(Debug, thiserror::Error)]
pub enum AudienceError {
    /// The stored rule can't be read any more.
    #[error("the rule can't be read")]
    Unreadable,
    /// The day asked for is after the rule's review date.
    #[error("the rule's review date has passed")]
    Outdated,
    /// The database.
    #[error(transparent)]
    Db(#[from] db::Error),
}

impl Audience {
    /// Asks for those whom a broadcast goes to: its rule as it is stored, or the ledger of an earlier one.
    ///
    /// # Errors
    /// [`AudienceError`]; then nobody may be sent to.
    pub async fn of_broadcast(app: &App, broadcast: &Broadcast, as_of: Date) -> Result<Self, AudienceError> {
        match broadcast.whom() {
            Some(Whom::Rule | Whom::Day | Whom::Districts) => {
                Self::of_text(app, &broadcast.rule_text, &broadcast.topic, as_of).await
            }
            Some(whom @ (Whom::Reached(_) | Whom::Missed(_))) => {
                Ok(Self::of_ledger(app, whom, broadcast.id).await?)
            }
            None => Err(AudienceError::Unreadable),
        }
    }

    /// Those who may still be sent to at the last look: whom an earlier broadcast has missed, only while the rule that it was
    /// sent by selects them.
    ///
    /// # Errors
    /// As [`Audience::of_broadcast`].
    pub async fn still_meant(app: &App, broadcast: &Broadcast, as_of: Date) -> Result<Self, AudienceError> {
        let mut audience = Self::of_broadcast(app, broadcast, as_of).await?;
        // Those begun before the rule was kept have none.
        if matches!(broadcast.whom(), Some(Whom::Missed(_))) && !broadcast.rule_text.is_empty() {
            let selected =
                Self::of_text(app, &broadcast.rule_text, &broadcast.topic, as_of).await?.recipients;
            audience.recipients.retain(|account| selected.binary_search(account).is_ok());
        }
        Ok(audience)
    }

    /// Those whom the ledger of an earlier broadcast names. Who has blocked or stopped since then is still among them,
    /// and left out at the last look with the reason. Whom another broadcast to the same people has reached, may have, or is
    /// about to if it is older than this one, is not missed any more.
    ///
    /// # Errors
    /// As [`db::Error`] says.
    pub async fn of_ledger(app: &App, whom: Whom, own: BroadcastId) -> db::Result<Self> {
        let (mut recipients, mut in_doubt) = (Vec::new(), 0_u64);
        let mut tx = app.db.read().await?;
        let seq = changes::last(&mut tx).await?;
        if let Some(earlier) = whom.earlier() {
            let resent: BTreeSet<_> = match whom {
                Whom::Missed(_) => ledger::resent(&mut tx, earlier, own).await?.into_iter().collect(),
                _ => BTreeSet::new(),
            };
            let each = |fate: ledger::Fate| {
                if whom.takes(fate.state, fate.reason()) && !resent.contains(&fate.account_id) {
                    recipients.push(fate.account_id);
                    in_doubt += u64::from(fate.state == LedgerState::Unknown);
                }
            };
            ledger::each_fate(&mut tx, earlier, each).await?;
        }
        recipients.sort_unstable();
        let target = u64::try_from(recipients.len()).unwrap_or(u64::MAX);
        let repeats = matches!(whom, Whom::Missed(_)) && 0 < in_doubt;
        Ok(Self {
            count: Count { accounts: Tally { target, ..Tally::default() }, seq, ..Count::default() },
            recipients,
            is_everyone: false,
            cautions: repeats.then_some(Caution::MayRepeat).into_iter().collect(),
            rule_hash: whom.bound().unwrap_or_default(),
        })
    }

    /// Asks a rule in its text form.
    ///
    /// # Errors
    /// [`AudienceError`]; then nobody may be sent to.
    pub async fn of_text(app: &App, rule: &str, topic: &str, as_of: Date) -> Result<Self, AudienceError> {
        let segment = text::parse(rule, &app.catalogue).map_err(|_| AudienceError::Unreadable)?;
        if segment.header.review_by.is_some_and(|last| last < as_of) {
            return Err(AudienceError::Outdated);
        }
        Ok(Self::of(app, &segment, topic, as_of).await?)
    }

    /// Asks a rule.
    ///
    /// # Errors
    /// As [`db::Error`] says.
    pub async fn of(app: &App, segment: &Segment, topic: &str, as_of: Date) -> db::Result<Self> {
        app.population.refresh(&app.db).await?;
        let (count, recipients) = app.population.audience(segment, as_of, Some(topic));
        let accounts = count.accounts;
        let figures = Figures { recipients: accounts.target, unknown: accounts.unknown, all: accounts.all() };
        Ok(Self {
            cautions: cautions(segment, figures),
            count,
            recipients,
            is_everyone: segment.target == Target::Everyone,
            rule_hash: segment.hash(),
        })
    }

    /// How many recipients.
    #[must_use]
    pub fn size(&self) -> i64 {
        i64::try_from(self.recipients.len()).unwrap_or(i64::MAX)
    }
}
