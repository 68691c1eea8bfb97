//! Who has already had the message of a repeat for this day of theirs: a date that was corrected brings no second one.
//!
//! A date of birth comes once in a life. Of any other date (a child that is expected, say) there may be another one
//! later, so that only half a year counts as the same.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;

use jiff::civil::Date;
use uuid::Uuid;

use crate::app::App;
use crate::db::{self, Tx};
use crate::domain::attribute::{Subject, core};
use crate::domain::broadcast::Whom;
use crate::domain::broadcast::rhythm::Rhythm;
use crate::domain::ids::AccountId;
use crate::store::broadcasts::Broadcast;
use crate::store::milestones::{self, Whose};
use crate::store::repeats;

/// So many days apart, two dates of one person are two events.
const SAME_EVENT_DAYS: i32 = 180;

/// Whose day it is in a broadcast, and who has had its message before.
#[derive(Default)]
pub(super) struct Milestones {
    repeat: Option<Uuid>,
    whose: Vec<Whose>,
    /// The accounts in which everybody whose day it is has had it.
    pub met: Vec<AccountId>,
}

impl Milestones {
    /// Of the recipients of a broadcast; nobody where it doesn't go to those whose day it is.
    ///
    /// # Errors
    /// As [`db::Error`] says.
    pub(super) async fn of(
        app: &App,
        broadcast: &Broadcast,
        recipients: &[AccountId],
        today: Date,
    ) -> db::Result<Self> {
        if broadcast.whom() != Some(Whom::Day) {
            return Ok(Self::default());
        }
        let mut tx = app.db.read().await?;
        let Some((repeat, occasion)) = repeats::run_of(&mut tx, broadcast.id).await? else {
            return Ok(Self::default());
        };
        let Some(rhythm) = Rhythm::parse(&repeat.rhythm) else { return Ok(Self::default()) };
        let Rhythm::Anniversary { attribute, .. } = &rhythm else { return Ok(Self::default()) };
        let Some((from, to)) = rhythm.dates_of(occasion) else { return Ok(Self::default()) };
        let whose = whose_day(app, &mut tx, (attribute, from..=to), recipients).await?;
        let persons: Vec<Uuid> = whose.iter().map(|one| one.person).collect();
        let before: BTreeSet<Uuid> = milestones::met(&mut tx, repeat.id, broadcast.id, &persons)
            .await?
            .into_iter()
            .filter(|met| met.may_have_it() && is_same_event(attribute, met.met_on.0, today))
            .map(|met| met.person_id)
            .collect();
        Ok(Self { repeat: Some(repeat.id), met: all_met(&whose, &before), whose })
    }

    /// The recipients who have not had it.
    pub(super) fn rest(&self, recipients: &[AccountId]) -> Vec<AccountId> {
        recipients.iter().copied().filter(|account| self.met.binary_search(account).is_err()).collect()
    }

    /// Remembers those who get it now.
    ///
    /// # Errors
    /// As [`db::Error`] says.
    pub(super) async fn note(&self, tx: &mut Tx, broadcast: &Broadcast, today: Date) -> db::Result<()> {
        let Some(repeat) = self.repeat else { return Ok(()) };
        let now: Vec<Whose> =
            self.whose.iter().copied().filter(|one| self.met.binary_search(&one.account).is_err()).collect();
        milestones::note(tx, (repeat, broadcast.id), &now, today).await?;
        Ok(())
    }
}

async fn whose_day(
    app: &App,
    tx: &mut Tx,
    (attribute, days): (&str, RangeInclusive<Date>),
    recipients: &[AccountId],
) -> db::Result<Vec<Whose>> {
    match app.catalogue.attribute(attribute).map(|known| known.subject) {
        Some(Subject::Person) => {
            let days = (attribute, *days.start(), *days.end());
            milestones::whose_day(tx, &app.catalogue, days, recipients).await
        }
        // A date of the account itself: whoever is selected has it.
        _ => Ok(recipients.iter().map(|account| Whose { account: *account, person: account.0 }).collect()),
    }
}

fn is_same_event(attribute: &str, before: Date, today: Date) -> bool {
    attribute == core::BIRTH_DATE
        || before.until(today).is_ok_and(|span| span.get_days().abs() < SAME_EVENT_DAYS)
}

/// The accounts, in order, in which somebody's day it is and everybody whose day it is has had it.
fn all_met(whose: &[Whose], before: &BTreeSet<Uuid>) -> Vec<AccountId> {
    let with_day: BTreeSet<AccountId> = whose.iter().map(|one| one.account).collect();
    let fresh: BTreeSet<AccountId> =
        whose.iter().filter(|one| !before.contains(&one.person)).map(|one| one.account).collect();
    with_day.difference(&fresh).copied().collect()
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn an_account_is_left_out_only_when_everybody_whose_day_it_is_has_had_it() {
        let one = |account: u128, person: u128| Whose {
            account: AccountId(Uuid::from_u128(account)),
            person: Uuid::from_u128(person),
        };
        // Twins in the second household, of whom one was met.
        let whose = [one(1, 11), one(2, 21), one(2, 22), one(3, 31)];
        let before = [11, 21].map(Uuid::from_u128).into();
        assert_eq!(all_met(&whose, &before), [AccountId(Uuid::from_u128(1))]);
    }

    #[test]
    fn a_birth_comes_once_and_another_date_may_come_again_after_half_a_year() {
        let (before, soon, late) = (date(2026, 1, 1), date(2026, 6, 29), date(2026, 6, 30));
        assert!(is_same_event(core::BIRTH_DATE, before, date(2040, 1, 1)));
        assert!(is_same_event("due_date", before, soon) && !is_same_event("due_date", before, late));
    }
}
