//! Events: check-ups and bookings as registers tell them, taps, and 配信, which is what LINE accepted.
//!
//! 配信 is never stored twice: it is the ledger's accepted rows under the series of their broadcast. Each other event is
//! a row of its own; whoever writes one says so in the change log of its account. It also remembers since when the
//! records of a programme are complete.

use jiff::civil::Date;
use sqlx::FromRow;
use uuid::Uuid;

use crate::db::arg::Bind;
use crate::db::{self, Tx};
use crate::domain::history::{Coverage, Event, EventKind, Since, When};
use crate::domain::ids::{AccountId, BroadcastId, PersonId};
use crate::domain::timestamp::Timestamp;
use crate::{bulk, sql};

/// A stored event but 配信. What it tells comes in one text, because each column of a row costs time.
#[derive(Clone, Debug, FromRow)]
pub struct Stored {
    /// The account.
    pub account_id: AccountId,
    /// The person; `None` for what happens to accounts.
    pub person_id: Option<PersonId>,
    told: String,
}

impl Stored {
    /// As the rules see it; `None` for what no release has written.
    #[must_use]
    pub fn event(&self) -> Option<Event> {
        let (kind, subject, on) = told(&self.told)?;
        Some(Event { kind, subject: subject.to_owned(), on })
    }
}

/// A tap of an account.
#[derive(Clone, Debug, FromRow)]
pub struct Tap {
    /// The account.
    pub account_id: AccountId,
    told: String,
}

impl Tap {
    /// What kind it is, of which series, and when; `None` for what no release has written.
    #[must_use]
    pub fn told(&self) -> Option<(EventKind, &str, When)> {
        told(&self.told).filter(|(kind, ..)| !kind.of_person())
    }
}

/// Reads what a statement tells of an event: the kind, the day or else the fiscal year, and the programme (by its id)
/// or series; `None` for what no release has written.
pub(super) fn told(text: &str) -> Option<(EventKind, &str, When)> {
    let mut parts = text.splitn(3, ' ');
    let (kind, on, subject) = (kind_of(parts.next()?)?, parts.next()?, parts.next()?);
    let on = match on.parse() {
        Ok(year) => When::FiscalYear(year),
        Err(_) => When::Day(on.parse().ok()?),
    };
    Some((kind, subject, on))
}

fn kind_of(word: &str) -> Option<EventKind> {
    Some(match word {
        "attended" => EventKind::Attended,
        "booked" => EventKind::Booked,
        "tapped" => EventKind::Tapped,
        _ => return None,
    })
}

fn word_of(kind: EventKind) -> &'static str {
    match kind {
        EventKind::Attended => "attended",
        EventKind::Booked => "booked",
        EventKind::Sent => "sent",
        EventKind::Tapped => "tapped",
    }
}

/// An event to insert; what is known already is left as it is.
pub struct NewEvent {
    /// Our id.
    pub id: Uuid,
    /// The account.
    pub account: AccountId,
    /// The person; `None` for what happens to accounts.
    pub person: Option<PersonId>,
    /// What happened.
    pub event: Event,
    /// Who says so: `import`, `line`, `sample`.
    pub source: &'static str,
}

/// Inserts events; answers how many were new. The caller appends to the change log of their accounts.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn insert(
    tx: &mut Tx,
    events: impl IntoIterator<Item = NewEvent>,
    at: Timestamp,
) -> db::Result<u64> {
    let rows = events.into_iter().map(|new| {
        let Event { kind, subject, on } = new.event;
        [
            new.id.bind(),
            new.account.bind(),
            new.person.bind(),
            word_of(kind).bind(),
            subject.bind(),
            on.day().bind(),
            i64::from(on.fiscal_year()).bind(),
            new.source.bind(),
            at.bind(),
        ]
    });
    let bulk = bulk!(
        "INSERT INTO event (id, account_id, person_id, kind, subject, on_day, fiscal_year, source, created_at) VALUES",
        9,
        "ON CONFLICT DO NOTHING"
    );
    tx.insert_rows(bulk, rows).await
}

/// Whether it is noted that an account tapped something of a series on a day.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn has_tapped(tx: &mut Tx, account: AccountId, series: &str, day: Date) -> db::Result<bool> {
    let query = sql!(
        "SELECT COUNT(*) FROM event
         WHERE account_id = $1 AND kind = 'tapped' AND subject = $2 AND on_day = $3",
        account,
        series,
        day
    );
    Ok(0 < tx.fetch_one::<(i64,)>(query).await?.0)
}

/// Forgets what an account tapped; answers how much that was. The caller appends to the change log of the account.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn delete_taps(tx: &mut Tx, account: AccountId) -> db::Result<u64> {
    tx.execute(sql!("DELETE FROM event WHERE account_id = $1 AND kind = 'tapped'", account)).await
}

/// Forgets that something happened in a fiscal year of which the day was not known: the day is told now.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn delete_dayless(
    tx: &mut Tx,
    person: PersonId,
    kind: EventKind,
    subject: &str,
    year: i16,
) -> db::Result<u64> {
    tx.execute(sql!(
        "DELETE FROM event WHERE person_id = $1 AND kind = $2 AND subject = $3 AND fiscal_year = $4 AND on_day IS NULL",
        person,
        word_of(kind),
        subject,
        i64::from(year)
    ))
    .await
}

macro_rules! select {
    ($where:literal) => {
        concat!(
            "SELECT account_id, person_id,
                    kind || ' ' || COALESCE(CAST(on_day AS TEXT), CAST(fiscal_year AS TEXT)) || ' ' || subject AS told
             FROM event ",
            $where
        )
    };
}

/// Every tap, in no particular order.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn each_tap(tx: &mut Tx, take: impl FnMut(Tap) + Send) -> db::Result<()> {
    // In two halves, because each is found in one of the table's two unique indexes.
    let query = sql!(
        "SELECT account_id, kind || ' ' || CAST(on_day AS TEXT) || ' ' || subject AS told
         FROM event WHERE person_id IS NULL AND on_day IS NOT NULL
         UNION ALL
         SELECT account_id, kind || ' ' || fiscal_year || ' ' || subject AS told
         FROM event WHERE person_id IS NULL AND on_day IS NULL"
    );
    tx.fetch_each(query, take).await
}

/// The taps of the accounts that changed after number `after` of the change log up to and with `last`.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn changed_taps(tx: &mut Tx, after: i64, last: i64) -> db::Result<Vec<Tap>> {
    tx.fetch_all(sql!(
        "SELECT account_id, kind || ' ' || COALESCE(CAST(on_day AS TEXT), CAST(fiscal_year AS TEXT)) || ' ' || subject AS told
         FROM event WHERE person_id IS NULL
         AND account_id IN (SELECT account_id FROM change_log WHERE seq > $1 AND seq <= $2)",
        after,
        last
    ))
    .await
}

/// The events of the accounts after `after` up to and with `last`, but 配信.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn list_between(tx: &mut Tx, after: Option<AccountId>, last: AccountId) -> db::Result<Vec<Stored>> {
    tx.fetch_all(sql!(
        select!("WHERE (CAST($1 AS UUID) IS NULL OR account_id > $1) AND account_id <= $2"),
        after,
        last
    ))
    .await
}

/// The events of an account and of its persons, but 配信.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn list(tx: &mut Tx, account: AccountId) -> db::Result<Vec<Stored>> {
    tx.fetch_all(sql!(select!("WHERE account_id = $1"), account)).await
}

/// What LINE accepted, batch by batch.
#[derive(Clone, Debug, FromRow)]
pub struct Delivery {
    /// The broadcast.
    pub broadcast_id: BroadcastId,
    /// The batch's number.
    pub number: i64,
    /// The broadcast's series.
    pub series: String,
    settled_at: Timestamp,
}

impl Delivery {
    /// The day in Asia/Tokyo.
    #[must_use]
    pub fn day(&self) -> Date {
        self.settled_at.tokyo_date()
    }
}

/// The accepted batches: those whose number of settling lies after `after`, or all where it is `None`.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn list_deliveries(tx: &mut Tx, after: Option<i64>) -> db::Result<Vec<Delivery>> {
    tx.fetch_all(sql!(
        "SELECT t.broadcast_id, t.number, b.series, t.settled_at FROM batch t JOIN broadcast b ON b.id = t.broadcast_id
         WHERE t.state = 'accepted' AND t.settled_at IS NOT NULL AND (CAST($1 AS BIGINT) IS NULL OR t.settled_seq > $1)
         ORDER BY t.broadcast_id, t.number",
        after
    ))
    .await
}

/// The accounts for which LINE accepted a batch.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn list_reached(tx: &mut Tx, delivery: &Delivery) -> db::Result<Vec<AccountId>> {
    let query = sql!(
        "SELECT account_id FROM ledger WHERE broadcast_id = $1 AND batch_number = $2 AND state = 'accepted'",
        delivery.broadcast_id,
        delivery.number
    );
    let rows: Vec<(AccountId,)> = tx.fetch_all(query).await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// 配信 of one account.
#[derive(Clone, Debug, FromRow)]
pub struct Sent {
    /// The account.
    pub account_id: AccountId,
    series: String,
    settled_at: Timestamp,
}

impl Sent {
    /// As the rules see it.
    #[must_use]
    pub fn event(&self) -> Event {
        let on = When::Day(self.settled_at.tokyo_date());
        Event { kind: EventKind::Sent, subject: self.series.clone(), on }
    }
}

macro_rules! sent {
    ($where:literal) => {
        concat!(
            "SELECT l.account_id, b.series, t.settled_at FROM ledger l
               JOIN batch t ON t.broadcast_id = l.broadcast_id AND t.number = l.batch_number
               JOIN broadcast b ON b.id = l.broadcast_id
             WHERE l.state = 'accepted' AND t.state = 'accepted' AND t.settled_at IS NOT NULL AND ",
            $where
        )
    };
}

/// 配信 of one account.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn list_sent(tx: &mut Tx, account: AccountId) -> db::Result<Vec<Sent>> {
    tx.fetch_all(sql!(sent!("l.account_id = $1"), account)).await
}

/// 配信 of the accounts after `after` up to and with `last`.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn list_sent_between(
    tx: &mut Tx,
    after: Option<AccountId>,
    last: AccountId,
) -> db::Result<Vec<Sent>> {
    tx.fetch_all(sql!(
        sent!("(CAST($1 AS UUID) IS NULL OR l.account_id > $1) AND l.account_id <= $2"),
        after,
        last
    ))
    .await
}

#[derive(FromRow)]
struct CoverageRow {
    kind: String,
    subject: String,
    since_fiscal_year: Option<i64>,
}

/// For what the records are complete. The ledger is complete by itself.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn coverage(tx: &mut Tx) -> db::Result<Coverage> {
    let rows: Vec<CoverageRow> =
        tx.fetch_all(sql!("SELECT kind, subject, since_fiscal_year FROM event_coverage")).await?;
    let mut coverage = Coverage::default();
    coverage.set_kind(EventKind::Sent, Since::Beginning);
    for CoverageRow { kind, subject, since_fiscal_year } in rows {
        let since = match since_fiscal_year {
            None => Since::Beginning,
            Some(year) => Since::FiscalYear(i16::try_from(year).unwrap_or(i16::MAX)),
        };
        kind_of(&kind).into_iter().for_each(|kind| coverage.set(kind, subject.clone(), since));
    }
    Ok(coverage)
}

/// Says since when the records of a programme or series are complete; answers whether that is new.
///
/// A number of the change log is drawn for it, so that every population hears of it.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn set_coverage(
    tx: &mut Tx,
    (kind, subject): (EventKind, &str),
    since: Since,
    at: Timestamp,
) -> db::Result<bool> {
    let year = match since {
        Since::Beginning => None,
        Since::FiscalYear(year) => Some(i64::from(year)),
    };
    let changed = tx
        .execute(sql!(
            "INSERT INTO event_coverage (kind, subject, since_fiscal_year, updated_at) VALUES ($1, $2, $3, $4)
             ON CONFLICT (kind, subject) DO UPDATE
               SET since_fiscal_year = excluded.since_fiscal_year, updated_at = excluded.updated_at
               WHERE event_coverage.since_fiscal_year IS DISTINCT FROM excluded.since_fiscal_year",
            word_of(kind),
            subject,
            year,
            at
        ))
        .await?;
    if changed == 1 {
        super::changes::draw(tx).await?;
    }
    Ok(changed == 1)
}
