//! Splitting an audience as a trial says: who gets which text, and who gets nothing. Without a trial all get the same.
//!
//! The draw is a value of the account and the salt, so a second planner arrives at the same split. It changes nothing.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::app::App;
use crate::db;
use crate::domain::attribute::LanguageId;
use crate::domain::broadcast::trial::{Place, TrialFault};
use crate::domain::broadcast::{PlannedBatch, batch};
use crate::domain::ids::AccountId;
use crate::domain::message::Content;
use crate::store::broadcasts::Broadcast;
use crate::store::ledger;

/// A split audience.
pub(super) struct Split {
    /// Those who get nothing.
    pub held_out: Vec<AccountId>,
    arms: BTreeMap<String, (Content, Vec<AccountId>)>,
}

impl Split {
    /// Splits the recipients of a broadcast.
    ///
    /// # Errors
    /// Where its trial can't be read or is none for its class; then nobody may be planned.
    pub(super) fn of(broadcast: &Broadcast, recipients: &[AccountId]) -> Result<Self, TrialFault> {
        let own = || broadcast.content.clone();
        let Some(trial) = broadcast.trial()? else {
            let arms = BTreeMap::from([(String::new(), (own(), recipients.to_vec()))]);
            return Ok(Self { held_out: Vec::new(), arms });
        };
        trial.check(broadcast.class)?;
        let mut split = Self { held_out: Vec::new(), arms: BTreeMap::new() };
        for arm in &trial.arms {
            let content = arm.other_content().transpose()?.unwrap_or_else(own);
            split.arms.insert(arm.id.clone(), (content, Vec::new()));
        }
        for account in recipients {
            match trial.place(*account) {
                Place::HeldOut => split.held_out.push(*account),
                Place::Arm(id) => {
                    split.arms.entry(id.to_owned()).or_insert_with(|| (own(), Vec::new())).1.push(*account)
                }
            }
        }
        Ok(split)
    }

    /// Everybody who gets something.
    pub(super) fn sent(&self) -> Vec<AccountId> {
        let mut sent: Vec<_> = self.arms.values().flat_map(|(_, members)| members.iter().copied()).collect();
        sent.sort_unstable();
        sent
    }

    /// The batches of all arms in one order.
    pub(super) async fn cut(&self, app: &App, first: &BTreeSet<AccountId>) -> db::Result<Vec<PlannedBatch>> {
        let languages = if self.has_variants() {
            ledger::languages(&mut app.db.read().await?).await?
        } else {
            HashMap::new()
        };
        let arms = self.arms.iter().map(|(arm, (content, members))| {
            (arm.clone(), batch::cut(with_variants(app, content, members, &languages), first))
        });
        Ok(batch::join(arms))
    }

    fn has_variants(&self) -> bool {
        self.arms.values().any(|(content, _)| content.variants().count() != 1)
    }
}

/// Each recipient with the variant that they will read.
fn with_variants(
    app: &App,
    content: &Content,
    recipients: &[AccountId],
    languages: &HashMap<AccountId, String>,
) -> Vec<(AccountId, LanguageId)> {
    let japanese = LanguageId::from("ja");
    if content.variants().count() == 1 {
        return recipients.iter().map(|account| (*account, japanese.clone())).collect();
    }
    let variant = |account: &AccountId| {
        let order = app.catalogue.reading_order(languages.get(account).map(String::as_str));
        content.for_reader(&order).map_or_else(|| japanese.clone(), |(language, _)| language.clone())
    };
    recipients.iter().map(|account| (*account, variant(account))).collect()
}
