//! How many people have to approve a broadcast, as of now: what submission, approval, pages and the plan share.
//!
//! More may be needed when it is planned than when it was submitted: its audience has grown by then, or the friends have
//! become fewer. It changes nothing.

use std::collections::BTreeSet;

use crate::app::App;
use crate::db::{self, Tx};
use crate::domain::broadcast::Whom;
use crate::domain::broadcast::tier::{self, Rules, WhyTwo};
use crate::store::approvals;
use crate::store::broadcasts::{self, Broadcast};

/// How many people have to approve.
pub(super) struct Tier;

impl Tier {
    /// Why two people have to approve a broadcast that has so many recipients; empty where one is enough.
    ///
    /// # Errors
    /// As [`db::Error`] says.
    pub(super) async fn why_two(
        app: &App,
        broadcast: &Broadcast,
        recipients: i64,
    ) -> db::Result<Vec<WhyTwo>> {
        let mut tx = app.db.read().await?;
        let friends = approvals::friends(&mut tx).await?;
        let earlier = missed_before(&mut tx, broadcast).await?;
        let rules: Vec<Rules<'_>> = std::iter::once(broadcast).chain(&earlier).map(rules_of).collect();
        let whom = broadcast.whom().unwrap_or(Whom::Rule);
        // As little as the emergency itself does what follows it wait for a third person.
        if matches!(whom, Whom::Missed(_)) && broadcast.is_emergency() {
            return Ok(Vec::new());
        }
        let mut why = tier::why_two(whom, &rules, (recipients, friends), &app.catalogue);
        if why.is_empty() && earlier.iter().any(|earlier| 1 < earlier.approvals_needed) {
            why.push(WhyTwo::Repeated);
        }
        Ok(why)
    }
}

fn rules_of(broadcast: &Broadcast) -> Rules<'_> {
    Rules { rule: &broadcast.rule_text, check_ups: broadcast.check_up_rules.as_deref() }
}

/// Those whom it goes to were chosen by the rule of the broadcast that missed them, which may itself be such a one.
async fn missed_before(tx: &mut Tx, broadcast: &Broadcast) -> db::Result<Vec<Broadcast>> {
    let (mut found, mut seen) = (Vec::new(), BTreeSet::new());
    let mut next = broadcast.whom();
    while let Some(Whom::Missed(id)) = next {
        if !seen.insert(id) {
            break;
        }
        let Some(earlier) = broadcasts::find(tx, id).await? else { break };
        next = earlier.whom();
        found.push(earlier);
    }
    Ok(found)
}
