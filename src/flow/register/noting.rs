//! Whether it is noted that a friend opens links: the yes taken back, and with it what was noted.

use crate::app::App;
use crate::db::{self, Tx};
use crate::domain::attribute::{Subject, Value, core};
use crate::domain::ids::AccountId;
use crate::store::accounts::{self, Account, By};
use crate::store::{events, links};

/// As the form does that says no.
pub(super) async fn stop_noting(app: &App, tx: &mut Tx, account: &Account, by: By<'_>) -> db::Result<bool> {
    let mut own = app.catalogue.read_facts(Subject::Account, &account.attributes);
    if own.get(core::LINK_CONSENT) != Some(&Value::YesNo(true)) {
        return Ok(false);
    }
    own.set(core::LINK_CONSENT, Value::YesNo(false));
    let facts = accounts::Facts {
        attributes: app.catalogue.write_facts(&own),
        declined: &account.declined(),
        kind: "changed",
        fields: &[core::LINK_CONSENT],
        registers: false,
    };
    forget_taps(tx, account.id).await?;
    accounts::update_facts(tx, account.id, account.version, facts, by).await
}

/// What was noted of opened links goes with the agreement to note it. The change log hears of it from the caller.
pub(super) async fn forget_taps(tx: &mut Tx, account: AccountId) -> db::Result<()> {
    links::forget_reader(tx, account).await?;
    events::delete_taps(tx, account).await?;
    Ok(())
}
