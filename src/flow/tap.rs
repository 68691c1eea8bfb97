//! Somebody opens a link of a message: where it leads, and one more on the count.
//!
//! Who it was is noted of those alone who agreed to it, once a day and series. It leads to the addresses of approved
//! broadcasts and nowhere else.

use crate::app::App;
use crate::db::{self, Tx};
use crate::domain::broadcast::link::is_drawn;
use crate::domain::history::{Event, EventKind, When};
use crate::domain::ids::AccountId;
use crate::store::changes::{self, Change};
use crate::store::events::{self, NewEvent};
use crate::store::links::{self, Found};

/// The address behind a code; `None` where there is none. `by_a_person` says whether it is to be counted.
///
/// # Errors
/// As [`db::Error`] says; a tap that can't be counted keeps nobody from the page.
pub async fn open(
    app: &App,
    (code, token): (&str, Option<&str>),
    by_a_person: bool,
) -> db::Result<Option<String>> {
    if !is_drawn(code) {
        return Ok(None);
    }
    let Some(found) = links::find(&mut app.db.read().await?, code).await? else { return Ok(None) };
    if by_a_person && let Err(error) = count(app, code, &found, token.filter(|token| is_drawn(token))).await {
        tracing::warn!(broadcast.id = %found.broadcast_id, %error, "a tap could not be counted");
    }
    Ok(Some(found.address))
}

async fn count(app: &App, code: &str, found: &Found, token: Option<&str>) -> db::Result<()> {
    let mut tx = app.db.write().await?;
    links::tap(&mut tx, code, app.clock.today()).await?;
    if let Some(token) = token
        && let Some(account) = links::reader(&mut tx, found.broadcast_id, token).await?
    {
        note(app, &mut tx, account, &found.series).await?;
    }
    tx.commit().await
}

async fn note(app: &App, tx: &mut Tx, account: AccountId, series: &str) -> db::Result<()> {
    let (at, day) = (app.clock.now(), app.clock.today());
    if !events::has_tapped(tx, account, series, day).await? {
        let event = Event { kind: EventKind::Tapped, subject: series.to_owned(), on: When::Day(day) };
        let new = NewEvent { id: app.chance.uuid_v7(at), account, person: None, event, source: "line" };
        events::insert(tx, [new], at).await?;
        // Only that something is new, so that nothing remains of it when the reader no longer agrees.
        let change = Change { account, kind: "noted", fields: &[], actor: "line", at };
        changes::append(tx, &change).await?;
    }
    Ok(())
}
