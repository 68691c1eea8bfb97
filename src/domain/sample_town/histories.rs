//! What the invented people went to: check-ups of this fiscal year and the four before, by invented weights.
//!
//! Drawn from a stream of its own, so that the people themselves are the same with and without it. For some records
//! only the year is known, as in the registers of check-ups.

use std::sync::Arc;

use jiff::ToSpan;
use jiff::civil::Date;

use crate::domain::attribute::core;
use crate::domain::calendar::{fiscal_year, fiscal_year_days, fiscal_year_end_age};
use crate::domain::dice::Dice;
use crate::domain::history::{Coverage, Event, EventKind, History, Since, When};
use crate::domain::household::{Household, Person};

const SALT: u64 = 0x6869_7374_6f72_7900;
const YEARS: i16 = 5;

/// A programme, who goes (sex where it matters, ages), and how many of a thousand in a year.
type Programme = (&'static str, Option<&'static str>, (i32, i32), u32);

const PROGRAMMES: [Programme; 10] = [
    ("tokutei", None, (40, 74), 300),
    ("koki", None, (75, 120), 280),
    ("jakunen", None, (18, 39), 60),
    ("i", None, (50, 120), 70),
    ("daicho", None, (40, 120), 120),
    ("hai", None, (40, 120), 110),
    ("nyu", Some("female"), (40, 120), 130),
    ("shikyukei", Some("female"), (20, 120), 140),
    ("kotsu", Some("female"), (40, 70), 60),
    ("shishu", None, (20, 70), 50),
];

/// Of which the office has records, too, in which nobody of the town stands: rules that leave out who went there can tell.
const NOBODY_WENT: &str = "dock";

/// The records that the town's office keeps: its programmes, complete for these years.
pub(super) fn coverage(today: Date) -> Arc<Coverage> {
    let mut coverage = Coverage::default();
    coverage.set_kind(EventKind::Sent, Since::Beginning);
    let since = Since::FiscalYear(fiscal_year(today) - YEARS + 1);
    for programme in PROGRAMMES.map(|(programme, ..)| programme).into_iter().chain([NOBODY_WENT]) {
        coverage.set(EventKind::Attended, programme, since);
        coverage.set(EventKind::Booked, programme, since);
    }
    Arc::new(coverage)
}

/// Gives everybody on an account a history.
pub(super) fn add(
    household: &mut Household,
    (seed, number): (u64, u64),
    today: Date,
    coverage: &Arc<Coverage>,
) {
    let mut dice = Dice::of(seed ^ SALT, number);
    household.history.coverage = Arc::clone(coverage);
    for person in &mut household.persons {
        let events = attended(&mut dice, person, today);
        person.history = History { events, coverage: Arc::clone(coverage) };
    }
}

fn attended(dice: &mut Dice, person: &Person, today: Date) -> Vec<Event> {
    let Some(birth) = person.facts.date(core::BIRTH_DATE) else { return Vec::new() };
    let this = fiscal_year(today);
    let mut events = Vec::new();
    for year in this - YEARS + 1..=this {
        let Some(first) = fiscal_year_days(year).from else { continue };
        let age = fiscal_year_end_age(birth, first);
        for (programme, sex, (from, to), permille) in PROGRAMMES {
            let fits = sex.is_none_or(|sex| person.facts.choice(core::SEX) == Some(sex));
            if !fits || !(from..=to).contains(&age) || !dice.permille(permille) {
                continue;
            }
            let day = first.saturating_add(dice.between(40, 320).days());
            let dayless = year < this && dice.permille(80);
            let event = |kind, on| Event { kind, subject: programme.to_owned(), on };
            match (today < day, dayless) {
                (true, _) => events.push(event(EventKind::Booked, When::Day(day))),
                (false, true) => events.push(event(EventKind::Attended, When::FiscalYear(year))),
                (false, false) => events.push(event(EventKind::Attended, When::Day(day))),
            }
        }
    }
    events
}
