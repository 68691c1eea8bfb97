//! Comparisons of the follow state with LINE: one a night, what it found, and whether it asks.
//!
//! The accounts themselves are changed through [`super::accounts::set_follow`], which keeps the change log. The row of a
//! night is the claim to it: of two processes only one compares.

use jiff::civil::Date;
use sqlx::FromRow;
use uuid::Uuid;

use super::accounts::FollowState;
use crate::db::{self, Day, Tx};
use crate::domain::ids::{AccountId, LineUserId, StaffId};
use crate::domain::timestamp::Timestamp;
use crate::sql;

/// A comparison as staff see it.
#[derive(Clone, Debug, FromRow)]
pub struct Check {
    /// Its id.
    pub id: Uuid,
    /// The night it belongs to.
    pub night: Day,
    /// When it began.
    pub began_at: Timestamp,
    /// `running`, `done`, `asks`, `confirmed` or `failed`.
    pub state: String,
    /// `list` where LINE listed the friends, `profile` where the account may not ask for that.
    pub way: Option<String>,
    /// How many followed before, as far as we knew.
    pub following: Option<i64>,
    /// How many LINE listed, or how many profiles were asked for.
    pub seen: Option<i64>,
    /// How many friends have no account here.
    pub strangers: Option<i64>,
    /// How many follow no more.
    pub leaving: Option<i64>,
    /// How many follow again.
    pub came_back: Option<i64>,
    /// How many friends without an account were taken in; where it asks because of them, how many they would be.
    pub gained: Option<i64>,
    /// Why it failed; where it asks, the words of [`Asks`].
    pub why: Option<String>,
    /// How many may leave, as a member of staff has confirmed.
    pub confirmed_leaving: Option<i64>,
    /// The name of who confirmed it.
    pub staff_name: Option<String>,
}

/// What a comparison asks about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Asks {
    /// Many would leave.
    pub leaving: bool,
    /// Many would be taken in.
    pub gaining: bool,
}

impl Asks {
    /// Whether there is anything to ask.
    #[must_use]
    pub fn any(self) -> bool {
        self.leaving || self.gaining
    }

    /// As it is stored.
    #[must_use]
    pub fn word(self) -> &'static str {
        match (self.leaving, self.gaining) {
            (true, true) => "leaving,gaining",
            (_, false) => "leaving",
            (false, true) => "gaining",
        }
    }

    /// Reads [`Asks::word`]; without a word it is about those who would leave.
    #[must_use]
    pub fn read(why: Option<&str>) -> Self {
        let why = why.unwrap_or("leaving");
        Self { leaving: why.contains("leaving"), gaining: why.contains("gaining") }
    }
}

/// How many may leave and be taken in, because a member of staff has said so.
#[derive(Clone, Copy, Debug, Default, FromRow)]
pub struct Confirmed {
    /// May leave.
    pub leaving: i64,
    /// May be taken in.
    pub gaining: i64,
}

/// What a comparison found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// How many followed before.
    pub following: i64,
    /// How many LINE listed, or how many profiles were asked for.
    pub seen: i64,
    /// How many friends have no account here.
    pub strangers: i64,
    /// How many follow no more.
    pub leaving: i64,
    /// How many follow again.
    pub returning: i64,
    /// How many friends without an account were taken in, or would be.
    pub gained: i64,
}

/// Takes the comparison of a night; `None` where it was made, is under way, or failed too short a while ago.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn begin(
    tx: &mut Tx,
    (id, night): (Uuid, Date),
    (failed_before, lost_before): (Timestamp, Timestamp),
    now: Timestamp,
) -> db::Result<Option<Uuid>> {
    let query = sql!(
        "INSERT INTO follow_check (id, night, began_at, state) VALUES ($1, $2, $3, 'running')
         ON CONFLICT (night) DO UPDATE SET began_at = excluded.began_at, state = 'running', ended_at = NULL, why = NULL
           WHERE (follow_check.state = 'failed' AND follow_check.began_at < $4)
              OR (follow_check.state = 'running' AND follow_check.began_at < $5)
         RETURNING id",
        id,
        night,
        now,
        failed_before,
        lost_before
    );
    Ok(tx.fetch_optional::<(Uuid,)>(query).await?.map(|(id,)| id))
}

/// Takes a comparison that staff have confirmed: its id, and what they have agreed to.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn begin_confirmed(tx: &mut Tx, now: Timestamp) -> db::Result<Option<(Uuid, Confirmed)>> {
    let query = sql!(
        "UPDATE follow_check SET state = 'running', began_at = $1, ended_at = NULL, why = NULL
         WHERE state = 'confirmed' RETURNING id, COALESCE(confirmed_leaving, 0), COALESCE(confirmed_gaining, 0)",
        now
    );
    let taken: Option<(Uuid, i64, i64)> = tx.fetch_optional(query).await?;
    Ok(taken.map(|(id, leaving, gaining)| (id, Confirmed { leaving, gaining })))
}

/// Ends a comparison in a state, with what it found and why.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn finish(
    tx: &mut Tx,
    (id, state): (Uuid, &str),
    (way, found): (Option<&str>, Option<Found>),
    why: Option<&str>,
    now: Timestamp,
) -> db::Result<()> {
    let figure = |read: fn(&Found) -> i64| found.as_ref().map(read);
    tx.execute(sql!(
        "UPDATE follow_check SET state = $2, way = $3, following = $4, seen = $5, strangers = $6, leaving = $7,
           came_back = $8, gained = $11, why = $9, ended_at = $10 WHERE id = $1 AND state = 'running'",
        id,
        state,
        way,
        figure(|found| found.following),
        figure(|found| found.seen),
        figure(|found| found.strangers),
        figure(|found| found.leaving),
        figure(|found| found.returning),
        why,
        now,
        figure(|found| found.gained)
    ))
    .await?;
    Ok(())
}

/// Lets the newest comparison go on that asks; `false` where it is not the newest or asks no more.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn confirm(tx: &mut Tx, id: Uuid, staff: StaffId) -> db::Result<bool> {
    let query = sql!(
        "UPDATE follow_check SET state = 'confirmed', staff_id = $2,
           confirmed_leaving = CASE WHEN why IS NULL OR why LIKE '%leaving%' THEN leaving END,
           confirmed_gaining = CASE WHEN why LIKE '%gaining%' THEN gained END
         WHERE id = $1 AND state = 'asks' AND began_at = (SELECT MAX(newest.began_at) FROM follow_check newest)",
        id,
        staff
    );
    Ok(tx.execute(query).await? == 1)
}

/// The newest comparisons, newest first.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn list(tx: &mut Tx, limit: i64) -> db::Result<Vec<Check>> {
    tx.fetch_all(sql!(
        "SELECT c.id, c.night, c.began_at, c.state, c.way, c.following, c.seen, c.strangers, c.leaving, c.came_back,
                c.gained, c.why, c.confirmed_leaving, s.name AS staff_name
         FROM follow_check c LEFT JOIN staff s ON s.id = c.staff_id ORDER BY c.began_at DESC LIMIT $1",
        limit
    ))
    .await
}

/// An account whose follow state can be compared.
#[derive(Clone, FromRow)]
pub struct Known {
    /// The account.
    pub id: AccountId,
    /// LINE's id.
    pub line_user_id: LineUserId,
    /// What we think.
    pub follow_state: FollowState,
    /// Since when; the epoch where it was only presumed.
    pub follow_changed_at: Timestamp,
    /// When we heard of it first.
    pub created_at: Timestamp,
}

/// Every account.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn each(tx: &mut Tx, take: impl FnMut(Known) + Send) -> db::Result<()> {
    let query = sql!(
        "SELECT id, line_user_id, follow_state, follow_changed_at, created_at FROM account
         WHERE line_user_id IS NOT NULL AND erased_at IS NULL"
    );
    tx.fetch_each(query, take).await
}

/// Accounts of doubt: nothing heard of them since `heard`, their profile not asked for since `asked`. Those thought to
/// follow come first, then those asked for the longest ago.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn list_doubtful(
    tx: &mut Tx,
    before: Timestamp,
    (heard, asked): (Timestamp, Timestamp),
    limit: i64,
) -> db::Result<Vec<Known>> {
    tx.fetch_all(sql!(
        "SELECT id, line_user_id, follow_state, follow_changed_at, created_at FROM account
         WHERE line_user_id IS NOT NULL AND erased_at IS NULL AND created_at < $1 AND follow_changed_at < $2
           AND (follow_checked_at IS NULL OR follow_checked_at < $3)
         ORDER BY CASE WHEN follow_state = 'following' THEN 0 ELSE 1 END,
           CASE WHEN follow_checked_at IS NULL THEN 0 ELSE 1 END, follow_checked_at, follow_changed_at, id
         LIMIT $4",
        before,
        heard,
        asked,
        limit
    ))
    .await
}

/// Notes that the profile of an account was asked for.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn note_asked(tx: &mut Tx, id: AccountId, now: Timestamp) -> db::Result<()> {
    tx.execute(sql!("UPDATE account SET follow_checked_at = $2 WHERE id = $1", id, now)).await?;
    Ok(())
}

/// How many follow, and how many have blocked or left, as far as we know.
#[derive(Clone, Copy, Debug, FromRow)]
pub struct Standings {
    /// Friends.
    pub following: i64,
    /// Blocked, or left.
    pub blocked: i64,
}

/// Counts the accounts that were not erased.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn count(tx: &mut Tx) -> db::Result<Standings> {
    tx.fetch_one(sql!(
        "SELECT COUNT(*) FILTER (WHERE follow_state = 'following') AS following,
                COUNT(*) FILTER (WHERE follow_state = 'blocked') AS blocked
         FROM account WHERE erased_at IS NULL AND line_user_id IS NOT NULL"
    ))
    .await
}
