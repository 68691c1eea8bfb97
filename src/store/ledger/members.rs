//! The members of a batch, as they stand at the last look before a claim.
//!
//! They come as one text: each row and each column of a result costs time, and this is asked for every batch of a
//! broadcast while nobody else may write. Nothing here decides who gets a message but for the reasons of the account
//! itself.

use uuid::Uuid;

use crate::db::{self, Tx};
use crate::domain::broadcast::limits::{Limits, Window};
use crate::domain::broadcast::{LedgerState, Reason};
use crate::domain::ids::{AccountId, BroadcastId, LineUserId};
use crate::sql;
use crate::store::batches::Span;

/// A member of a batch as it stands now.
#[derive(Clone)]
pub struct Member {
    /// The account.
    pub account_id: AccountId,
    /// The number of the batch.
    pub batch: i64,
    /// How far it has come.
    pub state: LedgerState,
    /// Where messages go; `None` after erasure.
    pub line_user_id: Option<LineUserId>,
    /// Whether it has had as much as the caps let it have.
    pub is_over: bool,
    following: bool,
    withdrawn: bool,
    stopped: bool,
    /// `None` where the document can't be read.
    declined_topics: Option<Vec<String>>,
}

/// What stands before each member, and before each further part: characters that no JSON text has.
const MEMBER: char = '\u{1e}';
const PART: char = '\u{1f}';
/// What the statement adds up to one number.
const WITHDRAWN: u8 = 1;
const ERASED: u8 = 2;
const FOLLOWING: u8 = 4;
const STOPPED: u8 = 8;
const OVER: u8 = 16;
const ALL: u8 = WITHDRAWN | ERASED | FOLLOWING | STOPPED | OVER;

impl Member {
    fn of(text: &str) -> Option<Self> {
        let mut parts = text.splitn(6, PART);
        let mut part = || parts.next();
        let account_id = AccountId(Uuid::try_parse(part()?).ok()?);
        let batch = part()?.parse().ok()?;
        let state = LedgerState::try_from(part()?.to_owned()).ok()?;
        let flags: u8 = part()?.parse().ok().filter(|flags| *flags <= ALL)?;
        let is = |flag| flags & flag != 0;
        let line_user_id = match part()? {
            "" => None,
            user => Some(LineUserId::parse(user)?),
        };
        Some(Self {
            account_id,
            batch,
            state,
            line_user_id: line_user_id.filter(|_| !is(ERASED)),
            is_over: is(OVER),
            following: is(FOLLOWING),
            withdrawn: is(WITHDRAWN),
            stopped: is(STOPPED),
            declined_topics: topics(part()?),
        })
    }

    /// Why this member gets nothing of a topic any more; `None` if they may.
    #[must_use]
    pub fn left_out(&self, topic: &str) -> Option<Reason> {
        let declined = self.declined_topics.as_ref().is_none_or(|topics| topics.iter().any(|id| id == topic));
        if self.line_user_id.is_none() {
            Some(Reason::Erased)
        } else if !self.following {
            Some(Reason::NotFollowing)
        } else if self.withdrawn {
            Some(Reason::ConsentWithdrawn)
        } else if self.stopped {
            Some(Reason::SendingStopped)
        } else {
            declined.then_some(Reason::TopicDeclined)
        }
    }
}

fn topics(document: &str) -> Option<Vec<String>> {
    // Nearly everybody.
    if document == "[]" {
        return Some(Vec::new());
    }
    serde_json::from_str(document).ok()
}

/// The members of some batches in the order of their ids, whatever their state, with what was last heard of them and
/// whether the caps leave them anything in this window.
///
/// Each is looked up by itself: with a join, PostgreSQL takes reading every account for the cheaper way.
///
/// # Errors
/// As [`db::Error`] says; `Corrupt` where the text is not what the statement makes.
pub async fn members(
    tx: &mut Tx,
    broadcast: BroadcastId,
    (first, last): Span,
    (limits, window): (Limits, Window),
) -> db::Result<Vec<Member>> {
    let query = sql!(
        "SELECT string_agg('\u{1e}' || hex(l.account_id) || '\u{1f}' || l.batch_number || '\u{1f}' || l.state || '\u{1f}'
             || (SELECT (CASE WHEN (SELECT c.withdrawn_at FROM consent c WHERE c.account_id = l.account_id
                                   ORDER BY c.given_at DESC LIMIT 1) IS NULL THEN 0 ELSE 1 END
                    + CASE WHEN a.erased_at IS NULL THEN 0 ELSE 2 END
                    + CASE WHEN a.follow_state = 'following' THEN 4 ELSE 0 END
                    + CASE WHEN a.stopped_at IS NULL THEN 0 ELSE 8 END
                    + CASE WHEN (SELECT $5 <= SUM(s.messages)
                                     OR $6 <= SUM(CASE WHEN s.day = $7 THEN s.messages ELSE 0 END)
                                     OR $8 <= SUM(CASE WHEN s.day = $7 AND s.hour = $9 THEN s.in_hour ELSE 0 END)
                                 FROM account_send s WHERE s.account_id = l.account_id AND $4 < s.day)
                      THEN 16 ELSE 0 END)
                    || '\u{1f}' || COALESCE(a.line_user_id, '') || '\u{1f}' || CAST(a.declined_topics AS TEXT)
                 FROM account a WHERE a.id = l.account_id), '')
         FROM ledger l WHERE l.broadcast_id = $1 AND l.batch_number >= $2 AND l.batch_number <= $3",
        broadcast,
        first,
        last,
        window.before_week,
        limits.week_messages,
        limits.day_messages,
        window.day,
        limits.hour_messages,
        window.hour
    );
    let (told,): (Option<String>,) = tx.fetch_one(query).await?;
    let told = told.unwrap_or_default();
    let corrupt = || db::Error::Corrupt("the text of a batch's members".to_owned());
    let read = told.split(MEMBER).skip(1).map(|text| Member::of(text).ok_or_else(corrupt));
    let mut members = read.collect::<db::Result<Vec<_>>>()?;
    // An aggregate has no order of its own.
    members.sort_unstable_by_key(|member| member.account_id);
    Ok(members)
}
