//! Uploaded pictures: as phones fetch them whole and small. Added once, never changed.

use sqlx::FromRow;

use crate::db::{self, Tx};
use crate::domain::ids::StaffId;
use crate::domain::timestamp::Timestamp;
use crate::sql;

/// A picture to add.
pub struct New<'a> {
    /// Its id, which nobody can guess.
    pub id: &'a str,
    /// Pixels from left to right.
    pub width: u32,
    /// Pixels from top to bottom.
    pub height: u32,
    /// As phones show it when it is tapped.
    pub whole: &'a File,
    /// As phones show it in the talk.
    pub small: &'a File,
}

/// The bytes of a picture and what they are.
#[derive(Clone, FromRow)]
pub struct File {
    /// `jpeg` or `png`.
    pub kind: String,
    /// The file.
    pub bytes: Vec<u8>,
}

/// Adds a picture; one that is there stays as it is.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn insert(tx: &mut Tx, new: New<'_>, staff: StaffId, now: Timestamp) -> db::Result<bool> {
    let query = sql!(
        "INSERT INTO image (id, width, height, kind, bytes, small_kind, small, staff_id, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (id) DO NOTHING",
        new.id,
        i64::from(new.width),
        i64::from(new.height),
        &new.whole.kind,
        &new.whole.bytes,
        &new.small.kind,
        &new.small.bytes,
        staff,
        now
    );
    Ok(tx.execute(query).await? == 1)
}

/// Width and height of a picture; `None` where there is none with this id.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn size(tx: &mut Tx, id: &str) -> db::Result<Option<(i64, i64)>> {
    tx.fetch_optional(sql!("SELECT width, height FROM image WHERE id = $1", id)).await
}

/// A picture whole.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn find(tx: &mut Tx, id: &str) -> db::Result<Option<File>> {
    tx.fetch_optional(sql!("SELECT kind, bytes FROM image WHERE id = $1", id)).await
}

/// A picture small.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn find_small(tx: &mut Tx, id: &str) -> db::Result<Option<File>> {
    tx.fetch_optional(sql!("SELECT small_kind AS kind, small AS bytes FROM image WHERE id = $1", id)).await
}
