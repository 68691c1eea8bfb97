//! Whom a rule selects, asked on a day in Asia/Tokyo for a topic.
//!
//! What the stories of a broadcast share: preview, submission, approval, plan and the last check before sending all
//! ask here, so that they can't differ. It changes nothing. A rule that can't be read selects nobody.

use std::collections::BTreeMap;

use jiff::civil::Date;

use crate::app::App;
use crate::db;
use crate::domain::attribute::{LanguageId, core};
use crate::domain::ids::AccountId;
use crate::domain::segment::person::evaluate;
use crate::domain::segment::rule::{Expect, Target};
use crate::domain::segment::{Segment, text};
use crate::store::households;

/// Accounts by the four answers of a rule.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// 対象.
    pub target: i64,
    /// 対象外.
    pub not_target: i64,
    /// 除外.
    pub excluded: i64,
    /// 不明: never sent to.
    pub unknown: i64,
}

/// Whom a rule selects.
#[derive(Clone, Debug)]
pub struct Audience {
    /// How many, by answer.
    pub counts: Counts,
    /// The recipients with the language they asked for, in the order of their ids.
    pub recipients: BTreeMap<AccountId, Option<LanguageId>>,
    /// Whether the rule says 友だち全員.
    pub is_everyone: bool,
    /// The hash of the rule.
    pub rule_hash: String,
}

/// Why nobody can be named.
#[derive(Debug, thiserror::Error)]
pub enum AudienceError {
    /// The stored rule can't be read any more.
    #[error("the rule can't be read")]
    Unreadable,
    /// The database.
    #[error(transparent)]
    Db(#[from] db::Error),
}

const PAGE: i64 = 1_000;

impl Audience {
    /// Asks a rule in its text form.
    ///
    /// # Errors
    /// [`AudienceError`]; then nobody may be sent to.
    pub async fn of_text(app: &App, rule: &str, topic: &str, as_of: Date) -> Result<Self, AudienceError> {
        let segment = text::parse(rule, &app.catalogue).map_err(|_| AudienceError::Unreadable)?;
        Ok(Self::of(app, &segment, topic, as_of).await?)
    }

    /// Asks a rule.
    ///
    /// # Errors
    /// As [`db::Error`] says.
    pub async fn of(app: &App, segment: &Segment, topic: &str, as_of: Date) -> db::Result<Self> {
        let mut audience = Self {
            counts: Counts::default(),
            recipients: BTreeMap::new(),
            is_everyone: segment.target == Target::Everyone,
            rule_hash: segment.hash(),
        };
        let (mut tx, mut after) = (app.db.read().await?, None);
        loop {
            let page = households::page(&mut tx, &app.catalogue, after, PAGE).await?;
            let Some(last) = page.last() else { return Ok(audience) };
            after = Some(last.account);
            for stored in &page {
                let said = evaluate(segment, &app.catalogue, &stored.household, as_of, Some(topic));
                let language = stored.household.account.choice(core::LANGUAGE).map(LanguageId::from);
                audience.add(stored.account, said.verdict.kind(), language);
            }
        }
    }

    fn add(&mut self, account: AccountId, answer: Expect, language: Option<LanguageId>) {
        match answer {
            Expect::Target => {
                self.counts.target += 1;
                self.recipients.insert(account, language);
            }
            Expect::NotTarget => self.counts.not_target += 1,
            Expect::Excluded => self.counts.excluded += 1,
            Expect::Unknown => self.counts.unknown += 1,
        }
    }
}
