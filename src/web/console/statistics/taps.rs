//! How often the links of a broadcast were opened, by link and day.
//!
//! A tap is no person: one may open a link twice, and pass it on. Where few have it, even a number would tell of somebody,
//! and is not shown.

use crate::domain::effect::shown::SMALLEST;
use crate::store::links::Taps;

use super::super::figures::grouped;

/// The links and their taps.
pub(super) struct TapsView {
    /// In the order of arms and addresses.
    pub links: Vec<Line>,
    /// Whether too few have it.
    pub is_hidden: bool,
    counted: bool,
}

/// One link.
pub(super) struct Line {
    arm: String,
    address: String,
    /// All its taps.
    pub all: String,
    /// By day.
    pub days: Vec<(String, String)>,
}

impl Line {
    /// The address, with its arm where there are several.
    pub(super) fn name(&self) -> String {
        if self.arm.is_empty() { self.address.clone() } else { format!("{}案 {}", self.arm, self.address) }
    }
}

impl TapsView {
    /// Of what is stored, for so many recipients.
    pub(super) fn new(taps: &[Taps], accepted: i64) -> Self {
        let mut arms: Vec<_> = taps.iter().map(|one| one.arm.as_str()).collect();
        arms.dedup();
        // An arm has a part of the recipients only.
        let needed = SMALLEST * i64::try_from(arms.len()).unwrap_or(i64::MAX);
        let is_hidden = accepted < needed;
        let links = if is_hidden { Vec::new() } else { lines(taps) };
        Self { links, is_hidden, counted: !taps.is_empty() }
    }

    /// Whether there is anything that is counted.
    pub(super) fn is_counted(&self) -> bool {
        self.counted
    }
}

fn lines(taps: &[Taps]) -> Vec<Line> {
    let same = |one: &Taps, other: &Taps| (&one.arm, &one.address) == (&other.arm, &other.address);
    let line = |of: &[Taps]| Line {
        arm: of[0].arm.clone(),
        address: of[0].address.clone(),
        all: grouped(of.iter().map(|one| one.taps).sum::<i64>()),
        days: of.iter().filter_map(|one| Some((one.on_day?.0.to_string(), grouped(one.taps)))).collect(),
    };
    taps.chunk_by(same).map(line).collect()
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::db::Day;

    fn tapped(arm: &str, day: Option<i8>, taps: i64) -> Taps {
        let on_day = day.map(|day| Day(date(2026, 7, day)));
        Taps { arm: arm.to_owned(), address: "https://example.jp/".to_owned(), on_day, taps }
    }

    #[test]
    fn days_add_up_by_link_and_arm_and_few_recipients_hide_all() {
        let taps = [tapped("A", Some(1), 3), tapped("A", Some(2), 4), tapped("B", None, 0)];
        let view = TapsView::new(&taps, 20);
        let said: Vec<_> =
            view.links.iter().map(|link| (link.name(), link.all.clone(), link.days.len())).collect();
        let line =
            |arm: &str, all: &str, days| (format!("{arm}案 https://example.jp/"), all.to_owned(), days);
        assert_eq!(said, [line("A", "7", 2), line("B", "0", 0)]);
        let view = TapsView::new(&taps, 19);
        assert!(view.is_hidden && view.links.is_empty() && view.is_counted());
        assert!(!TapsView::new(&[], 20).is_counted());
    }
}
