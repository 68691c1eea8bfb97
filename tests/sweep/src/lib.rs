//! Every birth date of 1900–2030 on every day of three fiscal years, for every kind of age, against a table made by
//! counting.
//!
//! The calendar's own source is compiled here a second time, with optimisation (see the profiles in the main
//! `Cargo.toml`): 52 million pairs, each for seven kinds of age, take seconds instead of minutes.
//! The table knows nothing of it. It is made by walking through each life day by day and noting the birthdays, over
//! days that are counted up from 1 January 1900 with the lengths of the months written out.

// Much of the calendar isn't asked here. The module around it only says in which folder its files are.
#[allow(dead_code, unused_imports)]
#[path = "../../../src/domain"]
mod domain {
    pub(crate) mod calendar;
}

mod days;
mod table;

use days::Days;
use domain::calendar::{
    AgeKind, Grade, age, fiscal_year_end_age, fiscal_year_reached_age, fiscal_year_start_age,
};
use table::Life;

/// What was compared.
#[derive(Debug, PartialEq, Eq)]
pub struct Swept {
    /// Births.
    pub births: usize,
    /// Days for each birth.
    pub days: usize,
    /// Comparisons.
    pub compared: u64,
}

/// Compares everything.
///
/// # Panics
/// At the first age that is not the one counted.
#[must_use]
pub fn sweep() -> Swept {
    let days = Days::counted();
    let births: Vec<usize> = days.until(2030).collect();
    let half = births.len() / 2;
    let compared = std::thread::scope(|threads| {
        let first = threads.spawn(|| births[..half].iter().map(|birth| one(&days, *birth)).sum::<u64>());
        let second: u64 = births[half..].iter().map(|birth| one(&days, *birth)).sum();
        match first.join() {
            Ok(first) => first + second,
            Err(panic) => std::panic::resume_unwind(panic),
        }
    });
    Swept { births: births.len(), days: days.asked().len(), compared }
}

/// One birth on every day.
fn one(days: &Days, birth: usize) -> u64 {
    let life = Life::walked(days, birth);
    let born = days.date(birth);
    let any_day = days.date(days.asked().start);
    let mut compared = 0;
    for day in days.asked() {
        let as_of = days.date(day);
        let year = days.fiscal_year(day);
        let counted = [
            (age(born, as_of), life.years(day)),
            (AgeKind::OnDate(as_of).count(born, any_day), life.years(day)),
            (AgeKind::Months.count(born, as_of), life.months(day)),
            (fiscal_year_end_age(born, as_of), life.years(year.last)),
            (fiscal_year_reached_age(born, as_of), life.years(year.last + 1)),
            (fiscal_year_start_age(born, as_of), life.years(year.first)),
        ];
        for (at, (said, table)) in counted.into_iter().enumerate() {
            // Before birth there is no age; the calendar has to say so with a negative one.
            let agree = table.map_or(said < 0, |table| said == table);
            assert!(agree, "{born} on {as_of}: {said} is not {table:?} (comparison {at})");
        }
        let grade = life.years(year.first).filter(|age| (3..=17).contains(age));
        assert_eq!(Grade::of(born, as_of).map(Grade::age), grade, "grade of {born} on {as_of}");
        compared += 7;
    }
    compared
}
