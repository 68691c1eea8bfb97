//! The audit log (操作記録): who did what, when.
//!
//! An entry is written in the transaction of the deed itself, so that there is no deed without its entry. Entries are
//! never changed and never deleted. They hold no name, birth date or message text of a resident.

use serde_json::Value;
use sqlx::FromRow;
use uuid::Uuid;

use crate::db::{self, Tx};
use crate::domain::ids::StaffId;
use crate::domain::timestamp::Timestamp;
use crate::sql;

/// One deed.
pub struct Entry<'a> {
    /// The entry's own id, time-ordered.
    pub id: Uuid,
    /// When it was done.
    pub at: Timestamp,
    /// Who did it; `None` for the program itself.
    pub staff: Option<StaffId>,
    /// What was done, such as `broadcast.approve`.
    pub action: &'static str,
    /// What it was done to: its kind, such as `broadcast`, and its id.
    pub subject: (&'static str, &'a str),
    /// Figures and ids that help to understand it.
    pub detail: Value,
}

/// An entry as the console lists it.
#[derive(Clone, Debug, FromRow)]
pub struct Listed {
    /// The entry's own id, time-ordered.
    pub id: Uuid,
    /// When it was done.
    pub at: Timestamp,
    /// The name of the person who did it; `None` for the program itself.
    pub staff_name: Option<String>,
    /// What was done.
    pub action: String,
    /// The kind of thing it was done to.
    pub subject_kind: String,
    /// Which one.
    pub subject_id: String,
    /// Figures and ids that help to understand it.
    pub detail: Value,
}

/// Writes an entry.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn record(tx: &mut Tx, entry: Entry<'_>) -> db::Result<()> {
    let (kind, id) = entry.subject;
    tx.execute(sql!(
        "INSERT INTO audit_entry (id, at, staff_id, action, subject_kind, subject_id, detail)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
        entry.id,
        entry.at,
        entry.staff,
        entry.action,
        kind,
        id,
        entry.detail
    ))
    .await?;
    Ok(())
}

/// Which entries are wanted; nothing said means all.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Of one thing: its kind and its id.
    pub subject: Option<(String, String)>,
    /// By whom.
    pub who: Option<Who>,
    /// From this instant on.
    pub from: Option<Timestamp>,
    /// Before this instant.
    pub until: Option<Timestamp>,
}

/// Whose deed it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    /// This member of staff.
    Staff(StaffId),
    /// The program itself, or the person at the machine.
    Nobody,
}

/// The newest wanted entries before `before` (exclusive, by id), at most `limit`.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn list(tx: &mut Tx, filter: &Filter, before: Option<Uuid>, limit: i64) -> db::Result<Vec<Listed>> {
    let (kind, subject) = filter.subject.clone().unzip();
    let staff = filter.who.and_then(|who| if let Who::Staff(id) = who { Some(id) } else { None });
    tx.fetch_all(sql!(
        "SELECT a.id, a.at, s.name AS staff_name, a.action, a.subject_kind, a.subject_id, a.detail
         FROM audit_entry a LEFT JOIN staff s ON s.id = a.staff_id
         WHERE (CAST($1 AS TEXT) IS NULL OR (a.subject_kind = $1 AND a.subject_id = $2))
           AND (CAST($3 AS UUID) IS NULL OR a.staff_id = $3)
           AND (NOT $4 OR a.staff_id IS NULL)
           AND (CAST($5 AS TIMESTAMPTZ) IS NULL OR a.at >= $5)
           AND (CAST($6 AS TIMESTAMPTZ) IS NULL OR a.at < $6)
           AND (CAST($7 AS UUID) IS NULL OR a.id < $7)
         ORDER BY a.id DESC LIMIT $8",
        kind,
        subject,
        staff,
        filter.who == Some(Who::Nobody),
        filter.from,
        filter.until,
        before,
        limit
    ))
    .await
}
