//! Every birth date of 1900–2030 on every day of three fiscal years, one of them with a 29 February, for all ages.

use musubi_sweep::{Swept, sweep};

#[test]
fn every_birth_on_every_day_has_the_ages_that_are_counted_day_by_day() {
    let (births, days) = (47_847, 1_096);
    assert_eq!(sweep(), Swept { births, days, compared: births as u64 * days as u64 * 7 });
}
