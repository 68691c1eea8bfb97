//! Broadcasts (配信): what is said to whom, who wrote and approved it, and how far it has come.
//!
//! Every change of state goes through a statement that names the state before (`steps`), and [`transition`] asks the
//! domain's closed table; a lost race changes nothing and answers `false`. The recipients stand in `ledger`, the calls
//! to LINE in `batches`.

mod forecast;
mod list;
pub mod moments;
mod origin;
mod said;
mod steps;

pub use forecast::{forecast, set_forecast};
pub use list::{Listed, Waiting, emergencies_for, list, list_emergencies, list_in, list_of, titles};
pub use origin::{made_from, note_reason, open_correction, set_last_editor, set_origin, set_trial};
pub use steps::{
    Approval, Plan, Submission, approve, finish, lock, note_begun, note_cautions, plan, return_to_draft,
    submit, touch, transition, update_due, update_hold,
};

use serde_json::Value;
use sqlx::FromRow;

use crate::db::{self, Day, Tx};
use crate::domain::broadcast::trial::{Trial, TrialFault};
use crate::domain::broadcast::{Caution, Class, Hold, Proposal, State, Whom, caution};
use crate::domain::ids::{BroadcastId, StaffId};
use crate::domain::message::Content;
use crate::domain::timestamp::Timestamp;
use crate::sql;

/// A broadcast as stored.
#[derive(Clone, Debug, FromRow)]
pub struct Broadcast {
    /// Its id.
    pub id: BroadcastId,
    /// What staff call it; residents never see it.
    pub title: String,
    /// What it is for.
    #[sqlx(try_from = "String")]
    pub class: Class,
    /// The series (配信シリーズ).
    pub series: String,
    /// The topic (分野).
    pub topic: String,
    /// The rule file, such as `kenshin/tokutei`.
    pub segment_path: String,
    /// The rule in its canonical form, as it was when last saved or submitted.
    pub rule_text: String,
    /// What is said.
    #[sqlx(try_from = "serde_json::Value")]
    pub content: Content,
    /// How its audience is split, as stored; [`Broadcast::trial`] reads it.
    pub trial: Option<Value>,
    /// When it is to go out; `None` for at once.
    pub scheduled_at: Option<Timestamp>,
    /// When it is no longer true.
    pub expires_at: Option<Timestamp>,
    /// How far it has come.
    #[sqlx(try_from = "String")]
    pub state: State,
    /// Rises by one with each change; whoever saves says which one they saw.
    pub version: i64,
    /// Who began it.
    pub author_id: StaffId,
    /// Who edited it last.
    pub last_editor_id: StaffId,
    /// The hash of the content that was sent as a test.
    pub tested_hash: Option<String>,
    /// When.
    pub tested_at: Option<Timestamp>,
    /// The hash of what was submitted ([`Proposal::hash`]).
    pub submitted_hash: Option<String>,
    /// When.
    pub submitted_at: Option<Timestamp>,
    /// How many recipients there were then: the number that the approver types.
    pub submitted_count: Option<i64>,
    /// The cautions that the author had seen then, as [`caution::to_text`] writes them.
    pub submitted_cautions: Option<String>,
    /// The cautions that came up when it was to be planned, in the same form: it was held, and asks with them.
    pub more_cautions: Option<String>,
    /// The rules behind 対象の健診名 as they were then, as [`CheckUpRules`](crate::domain::broadcast::CheckUpRules) writes
    /// them.
    pub check_up_rules: Option<String>,
    /// Who approved it.
    pub approver_id: Option<StaffId>,
    /// What was approved.
    pub approved_hash: Option<String>,
    /// When.
    pub approved_at: Option<Timestamp>,
    /// For how many recipients.
    pub approved_count: Option<i64>,
    /// Why it was returned to its author.
    pub return_reason: Option<String>,
    /// From when on it may be planned.
    pub due_at: Option<Timestamp>,
    /// When sending was last begun or went on.
    pub active_at: Option<Timestamp>,
    /// The civil date in Asia/Tokyo for which the rule was asked.
    pub as_of: Option<Day>,
    /// The hash of the rule as planned.
    pub rule_hash: Option<String>,
    /// The hash of the content as planned.
    pub content_hash: Option<String>,
    /// When the recipients were frozen.
    pub planned_at: Option<Timestamp>,
    /// How many they are.
    pub planned_count: Option<i64>,
    /// The stored word of [`Broadcast::hold`].
    pub hold_reason: Option<String>,
    /// When the rest may follow the first recipients; `None` until those are settled, or where there are none.
    pub pilot_until: Option<Timestamp>,
    /// When it first went to LINE, its copies for staff before all others.
    pub begun_at: Option<Timestamp>,
    /// When nothing was left to do and the figures were compared.
    pub finished_at: Option<Timestamp>,
    /// When it was begun.
    pub created_at: Timestamp,
    /// When anything about it changed.
    pub updated_at: Timestamp,
    /// The stored word of [`Broadcast::whom`].
    pub audience: String,
    /// The faulty broadcast that it corrects.
    pub correction_of: Option<BroadcastId>,
    /// The broadcast whose unreached it goes to.
    pub resend_of: Option<BroadcastId>,
    /// The broadcast that it was begun as a copy of.
    pub copied_from: Option<BroadcastId>,
    /// How many different people have to approve it.
    pub approvals_needed: i64,
}

impl Broadcast {
    /// Whom it goes to; `None` where what is stored does not fit together, and then nobody is meant.
    #[must_use]
    pub fn whom(&self) -> Option<Whom> {
        Whom::from_stored(&self.audience, self.correction_of, self.resend_of)
    }

    /// Whether it is of the class that waits for nothing (緊急).
    #[must_use]
    pub fn is_emergency(&self) -> bool {
        self.class == Class::Emergency
    }

    /// What an approval is bound to.
    #[must_use]
    pub fn proposal(&self) -> Proposal<'_> {
        Proposal {
            rule: &self.rule_text,
            class: self.class,
            content: &self.content,
            trial: self.trial.as_ref(),
            topic: &self.topic,
            series: &self.series,
            scheduled_at: self.scheduled_at,
            expires_at: self.expires_at,
            cautions: self.submitted_cautions.as_deref().unwrap_or_default(),
            check_up_rules: self.check_up_rules.as_deref(),
            whom: self.whom(),
        }
    }

    /// The cautions that whoever approves it sees: those that its author had seen when submitting it, and those that came
    /// up when it was to be planned.
    #[must_use]
    pub fn cautions(&self) -> Vec<Caution> {
        let [submitted, more] =
            [&self.submitted_cautions, &self.more_cautions].map(|text| text.as_deref().unwrap_or_default());
        caution::from_text(&format!("{submitted},{more}"))
    }

    /// How its audience is split; nothing where everybody gets the same.
    ///
    /// # Errors
    /// Where it can't be read; then nobody may be planned.
    pub fn trial(&self) -> Result<Option<Trial>, TrialFault> {
        self.trial.as_ref().map(Trial::read).transpose()
    }

    /// How its audience was drawn to see what it does; nothing where it only repeats the texts of an earlier draw, to those
    /// whom chance has left.
    #[must_use]
    pub fn measured(&self) -> Option<Trial> {
        self.trial().ok().flatten().filter(|_| !matches!(self.whom(), Some(Whom::Missed(_))))
    }

    /// Why it waits, if it does.
    #[must_use]
    pub fn hold(&self) -> Option<Hold> {
        self.hold_reason.clone().and_then(|word| Hold::try_from(word).ok())
    }
}

/// What staff write: everything that an edit replaces.
#[derive(Clone, Debug)]
pub struct Text {
    /// What staff call it.
    pub title: String,
    /// What it is for.
    pub class: Class,
    /// The series (配信シリーズ).
    pub series: String,
    /// The topic (分野).
    pub topic: String,
    /// The rule file.
    pub segment_path: String,
    /// The rule in its canonical form.
    pub rule_text: String,
    /// What is said.
    pub content: Content,
    /// When it is to go out; `None` for at once.
    pub scheduled_at: Option<Timestamp>,
    /// When it is no longer true.
    pub expires_at: Option<Timestamp>,
}

macro_rules! columns {
    () => {
        "id, title, class, series, topic, segment_path, rule_text, content, trial, scheduled_at, expires_at, state, version, \
         author_id, last_editor_id, tested_hash, tested_at, submitted_hash, submitted_at, submitted_count, \
         submitted_cautions, more_cautions, check_up_rules, \
         approver_id, approved_hash, approved_at, approved_count, return_reason, due_at, active_at, as_of, \
         rule_hash, content_hash, planned_at, planned_count, hold_reason, pilot_until, begun_at, finished_at, created_at, updated_at, \
         audience, correction_of, resend_of, copied_from, approvals_needed"
    };
}

/// The broadcast with this id.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn find(tx: &mut Tx, id: BroadcastId) -> db::Result<Option<Broadcast>> {
    tx.fetch_optional(sql!(concat!("SELECT ", columns!(), " FROM broadcast WHERE id = $1"), id)).await
}

/// The ids of the broadcasts in a state that are not finished, by the time they are due, then by age.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn list_open(tx: &mut Tx, state: State) -> db::Result<Vec<BroadcastId>> {
    let ids: Vec<(BroadcastId,)> = tx
        .fetch_all(sql!(
            "SELECT id FROM broadcast WHERE state = $1 AND finished_at IS NULL ORDER BY due_at NULLS LAST, id",
            state.id()
        ))
        .await?;
    Ok(ids.into_iter().map(|(id,)| id).collect())
}

/// Whether an emergency is due: to be planned, to begin, or to go on with batches that were not tried.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn is_emergency_due(tx: &mut Tx, now: Timestamp) -> db::Result<bool> {
    let (due,): (i64,) = tx
        .fetch_one(sql!(
            "SELECT COUNT(*) FROM broadcast b WHERE state IN ('approved', 'planned', 'sending')
               AND class = 'emergency' AND finished_at IS NULL AND (due_at IS NULL OR due_at <= $1 OR scheduled_at IS NULL)
               AND (state <> 'sending' OR hold_reason IS NULL AND EXISTS
                 (SELECT 1 FROM batch t WHERE t.broadcast_id = b.id AND t.state = 'pending'))",
            now
        ))
        .await?;
    Ok(0 < due)
}

/// How many broadcasts of a rule are not planned yet and could still be.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn count_open_of(tx: &mut Tx, segment_path: &str) -> db::Result<i64> {
    let (count,): (i64,) = tx
        .fetch_one(sql!(
            "SELECT COUNT(*) FROM broadcast
             WHERE segment_path = $1 AND planned_at IS NULL AND state IN ('draft', 'submitted', 'approved')",
            segment_path
        ))
        .await?;
    Ok(count)
}

/// The broadcast of a rule whose recipients were frozen last.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn last_planned(tx: &mut Tx, segment_path: &str) -> db::Result<Option<Broadcast>> {
    tx.fetch_optional(sql!(
        concat!(
            "SELECT ",
            columns!(),
            " FROM broadcast WHERE segment_path = $1 AND audience = 'rule' AND planned_at IS NOT NULL
              ORDER BY planned_at DESC, id DESC LIMIT 1"
        ),
        segment_path
    ))
    .await
}

/// Adds a draft.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn insert(
    tx: &mut Tx,
    id: BroadcastId,
    text: &Text,
    author: StaffId,
    now: Timestamp,
) -> db::Result<()> {
    tx.execute(sql!(
        "INSERT INTO broadcast (id, title, series, topic, segment_path, rule_text, content, scheduled_at,
           expires_at, state, version, author_id, last_editor_id, created_at, updated_at, class)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'draft', 1, $10, $10, $11, $11, $12)",
        id,
        &text.title,
        &text.series,
        &text.topic,
        &text.segment_path,
        &text.rule_text,
        text.content.to_value(),
        text.scheduled_at,
        text.expires_at,
        author,
        now,
        text.class.id()
    ))
    .await?;
    Ok(())
}

/// Replaces the text of a broadcast that may still be edited and makes it a draft; whatever was submitted or approved
/// is void. `false` where somebody was faster.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn update_text(
    tx: &mut Tx,
    (id, version): (BroadcastId, i64),
    text: &Text,
    editor: StaffId,
    now: Timestamp,
) -> db::Result<bool> {
    let query = sql!(
        "UPDATE broadcast SET title = $3, series = $4, topic = $5, segment_path = $6, rule_text = $7, content = $8,
           scheduled_at = $9, expires_at = $10, last_editor_id = $11, updated_at = $12,
           state = 'draft', version = version + 1, submitted_hash = NULL, submitted_at = NULL,
           submitted_count = NULL, submitted_cautions = NULL, more_cautions = NULL, check_up_rules = NULL, approver_id = NULL,
           approved_hash = NULL,
           approved_at = NULL, approved_count = NULL, due_at = NULL, hold_reason = NULL, class = $13
         WHERE id = $1 AND version = $2 AND state IN ('draft', 'submitted', 'approved')",
        id,
        version,
        &text.title,
        &text.series,
        &text.topic,
        &text.segment_path,
        &text.rule_text,
        text.content.to_value(),
        text.scheduled_at,
        text.expires_at,
        editor,
        now,
        text.class.id()
    );
    Ok(tx.execute(query).await? == 1)
}

/// Notes that a content with this hash was sent to staff as a test.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn update_tested(tx: &mut Tx, id: BroadcastId, hash: &str, now: Timestamp) -> db::Result<()> {
    let query = sql!("UPDATE broadcast SET tested_hash = $2, tested_at = $3 WHERE id = $1", id, hash, now);
    tx.execute(query).await?;
    Ok(())
}

/// Sets how the audience of a draft is split; the test that was made is void. `false` where it is no draft of this
/// version any more.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn update_trial(
    tx: &mut Tx,
    (id, version): (BroadcastId, i64),
    trial: Option<Value>,
    editor: StaffId,
    now: Timestamp,
) -> db::Result<bool> {
    let query = sql!(
        "UPDATE broadcast SET trial = $3, last_editor_id = $4, updated_at = $5, version = version + 1,
           tested_hash = NULL, tested_at = NULL
         WHERE id = $1 AND version = $2 AND state = 'draft'",
        id,
        version,
        trial,
        editor,
        now
    );
    Ok(tx.execute(query).await? == 1)
}
