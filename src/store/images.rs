//! Uploaded pictures: as phones fetch them whole and small. Added once, never changed, and taken away when nothing shows
//! them any more.

use jiff::civil::Date;
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

/// Says that a picture was uploaded again, so that the time without use begins anew.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn touch(tx: &mut Tx, id: &str) -> db::Result<()> {
    tx.execute(sql!("UPDATE image SET unused_since = NULL WHERE id = $1 AND unused_since IS NOT NULL", id))
        .await?;
    Ok(())
}

/// Pictures of which nobody has looked today whether they are used, at most `limit`.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn list_unchecked(tx: &mut Tx, today: Date, limit: i64) -> db::Result<Vec<String>> {
    let query = sql!(
        "SELECT id FROM image WHERE checked_on IS NULL OR checked_on < $1 ORDER BY id LIMIT $2",
        today,
        limit
    );
    Ok(tx.fetch_all::<(String,)>(query).await?.into_iter().map(|(id,)| id).collect())
}

/// Whether a picture stands in a broadcast of whatever state, in a version of one, or in a repeat.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn is_used(tx: &mut Tx, id: &str) -> db::Result<bool> {
    // An id is hexadecimal: it stands in no document but as itself.
    let within = format!("%{id}%");
    let query = sql!(
        "SELECT (SELECT COUNT(*) FROM broadcast WHERE CAST(content AS TEXT) LIKE $1 OR CAST(trial AS TEXT) LIKE $1)
              + (SELECT COUNT(*) FROM broadcast_version WHERE CAST(content AS TEXT) LIKE $1)
              + (SELECT COUNT(*) FROM repeat WHERE CAST(content AS TEXT) LIKE $1 OR CAST(trial AS TEXT) LIKE $1)",
        within
    );
    Ok(0 < tx.fetch_one::<(i64,)>(query).await?.0)
}

/// Notes that a picture was looked at, and whether it is used.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn note_use(tx: &mut Tx, id: &str, is_used: bool, now: Timestamp, today: Date) -> db::Result<()> {
    tx.execute(sql!(
        "UPDATE image SET checked_on = $2,
           unused_since = CASE WHEN $3 THEN NULL ELSE COALESCE(unused_since, $4) END
         WHERE id = $1",
        id,
        today,
        is_used,
        now
    ))
    .await?;
    Ok(())
}

/// Takes a picture away that is unused since before a time; `false` where it is not.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn delete_unused(tx: &mut Tx, id: &str, before: Timestamp) -> db::Result<bool> {
    Ok(tx.execute(sql!("DELETE FROM image WHERE id = $1 AND unused_since < $2", id, before)).await? == 1)
}
