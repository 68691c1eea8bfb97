//! The rules in `segments/` over the town of the demo: none finds nobody, and none but the one that says so everybody.

use std::path::Path;

use musubi::domain::history::{Coverage, Event, EventKind, When};
use musubi::domain::segment::Segment;
use musubi::domain::segment::library::Library;
use musubi::domain::segment::rule::Target;

use super::*;

/// All rules of this repository.
pub(super) fn library() -> Library {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("segments");
    musubi::app::load_library(&folder, &Catalogue::builtin(), TODAY).unwrap()
}

/// The rule for all friends.
pub(super) fn everyone(library: &Library) -> &Segment {
    library.list().map(|(_, segment)| segment).find(|segment| segment.target == Target::Everyone).unwrap()
}

/// The town of the demo with records of everything: each person took part in some programmes this year or last.
fn town_with_records() -> Snapshot {
    let catalogue = Catalogue::builtin();
    let mut town = town(sample_town::DEMO_SEED, 3_000);
    let persons = town.iter_mut().flat_map(|(_, household)| &mut household.persons);
    for (number, person) in persons.enumerate() {
        for (at, programme) in catalogue.programmes().iter().enumerate() {
            let on = match (number + at * 3) % 9 {
                0 => When::Day(date(2026, 5, 10)),
                1 => When::FiscalYear(2025),
                _ => continue,
            };
            let subject = programme.id.to_string();
            person.history.events.push(Event { kind: EventKind::Attended, subject, on });
        }
    }
    let mut snapshot = in_columns(&town);
    snapshot.set_coverage(Arc::new(Coverage::everything()));
    snapshot
}

#[test]
fn every_shipped_rule_finds_somebody_in_the_demo_and_none_everybody() {
    let snapshot = town_with_records();
    let library = library();
    let mut table = String::new();
    for (path, segment) in library.list() {
        let count = snapshot.count(segment, TODAY, None);
        let (tally, persons) = (count.accounts, count.persons.target);
        table += &format!(
            "{path}: 対象 {} (persons {persons}) 対象外 {} 除外 {} 不明 {} {:?}\n",
            tally.target, tally.not_target, tally.excluded, tally.unknown, count.unknown_by
        );
    }
    for (path, segment) in library.list() {
        let tally = snapshot.count(segment, TODAY, None).accounts;
        assert!(0 < tally.target, "{path} finds nobody\n{table}");
        let everybody = segment.target == Target::Everyone;
        assert!(everybody || tally.target * 3 < tally.all() * 2, "{path} finds most\n{table}");
    }
}
