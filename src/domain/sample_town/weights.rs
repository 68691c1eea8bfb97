//! How many of what: the published figures of Izumo, and guesses where nothing is published.
//!
//! Areas: census of 2020. Foreign residents: 4,158 in 2020, of whom 2,948 from Brazil. Ages of friends, insurance by
//! age and interests are guesses that give a demo its shape; they are not statistics.

use crate::domain::attribute::{Catalogue, ValueId, core};

/// Persons by area (census 2020-10-01).
const AREAS: [(&str, u32); 7] = [
    ("izumo", 94_985),
    ("hikawa", 29_042),
    ("hirata", 23_625),
    ("taisha", 13_916),
    ("koryo", 5_017),
    ("taki", 3_202),
    ("sada", 2_988),
];

/// Persons of the districts for which a figure is known; the others share the rest of their area.
const DISTRICTS: [(&str, u32); 2] = [("wanibuchi", 613), ("shussai", 5_260)];

/// Each district of the catalogue with its persons. A district outside the known areas counts as a middling one.
pub(super) fn districts(catalogue: &Catalogue) -> Vec<(ValueId, u32)> {
    let Some(attribute) = catalogue.attribute(core::DISTRICT) else { return Vec::new() };
    let known =
        |id: &str| DISTRICTS.iter().find(|(district, _)| *district == id).map(|(_, persons)| *persons);
    let share = |area: &str| -> Option<u32> {
        let (_, persons) = AREAS.iter().find(|(id, _)| *id == area)?;
        let inside =
            attribute.values.iter().filter(|value| value.area.as_ref().is_some_and(|id| id.0 == area));
        let (counted, open) = inside.fold((0, 0), |(counted, open), value| {
            known(value.id.as_str()).map_or((counted, open + 1), |persons| (counted + persons, open))
        });
        persons.saturating_sub(counted).checked_div(open)
    };
    let weight = |id: &str, area: Option<&str>| known(id).or_else(|| share(area?)).unwrap_or(3_000);
    let weighted = attribute.values.iter().map(|value| {
        let area = value.area.as_ref().map(|area| area.as_str());
        (value.id.clone(), weight(value.id.as_str(), area))
    });
    weighted.collect()
}

/// Where somebody comes from, as far as it shapes language, age and work.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Origin {
    Japan,
    Brazil,
    Vietnam,
    China,
    Philippines,
    Elsewhere,
}

/// By nationality; foreign residents are about 3 % of the town.
pub(super) const ORIGINS: [(Origin, u32); 6] = [
    (Origin::Japan, 9_690),
    (Origin::Brazil, 220),
    (Origin::Vietnam, 27),
    (Origin::China, 19),
    (Origin::Philippines, 16),
    (Origin::Elsewhere, 28),
];

impl Origin {
    /// Not Japanese.
    pub(super) fn foreign(self) -> bool {
        self != Self::Japan
    }

    /// The languages chosen in the form.
    pub(super) fn languages(self) -> &'static [(&'static str, u32)] {
        match self {
            Self::Japan => &[("ja", 985), ("ja-easy", 15)],
            Self::Brazil => &[("pt-BR", 80), ("ja-easy", 14), ("ja", 6)],
            Self::Vietnam => &[("vi", 70), ("ja-easy", 25), ("ja", 5)],
            Self::China => &[("zh-Hans", 65), ("ja", 30), ("ja-easy", 5)],
            Self::Philippines => &[("tl", 45), ("en", 35), ("ja-easy", 20)],
            Self::Elsewhere => &[("en", 60), ("ja-easy", 30), ("ja", 10)],
        }
    }
}

/// The lowest and highest age of a band of friends, with its weight: who uses LINE and adds the city.
pub(super) const FRIEND_AGES: [((i32, i32), u32); 9] = [
    ((15, 17), 12),
    ((18, 22), 40),
    ((23, 29), 95),
    ((30, 39), 225),
    ((40, 49), 215),
    ((50, 59), 165),
    ((60, 69), 130),
    ((70, 79), 85),
    ((80, 96), 33),
];

/// The same for foreign residents, who mostly came to work.
pub(super) const FOREIGN_AGES: [((i32, i32), u32); 4] =
    [((18, 24), 20), ((25, 39), 50), ((40, 54), 25), ((55, 66), 5)];

/// Insurance by age.
pub(super) fn insurance(age: i32) -> &'static [(&'static str, u32)] {
    match age {
        ..40 => &[("shaho", 75), ("kokuho", 22), ("seiho", 1), ("other", 2)],
        40..65 => &[("shaho", 70), ("kokuho", 27), ("seiho", 1), ("other", 2)],
        65..75 => &[("shaho", 25), ("kokuho", 70), ("koki", 3), ("seiho", 2)],
        75.. => &[("koki", 98), ("seiho", 2)],
    }
}

/// How many of a thousand people of an age.
type OfThousand = fn(i32) -> u32;

/// The topics, and how many of a thousand people of an age want them.
pub(super) const TOPICS: [(&str, OfThousand); 9] = [
    ("kenshin", |age| if age < 35 { 150 } else { 550 }),
    ("kosodate", |age| if (23..48).contains(&age) { 550 } else { 60 }),
    ("bosai", |_| 700),
    ("gomi", |_| 450),
    ("event", |_| 400),
    ("bunka", |_| 250),
    ("shigoto", |age| if age < 60 { 200 } else { 60 }),
    ("kaigo", |age| if age < 45 { 40 } else { 350 }),
    ("tabunka", |_| 20),
];

/// Names for the simulator. 見本 means sample.
pub(super) const NAMES: [&str; 24] = [
    "見本 花子",
    "見本 太郎",
    "見本 一郎",
    "見本 次郎",
    "見本 三郎",
    "見本 良子",
    "見本 和子",
    "見本 幸子",
    "見本 さくら",
    "見本 ひまり",
    "見本 あおい",
    "見本 はると",
    "見本 そうた",
    "見本 ゆい",
    "見本 みのる",
    "見本 つよし",
    "見本 千代",
    "見本 松子",
    "見本 梅子",
    "見本 竹男",
    "見本 勝",
    "見本 清",
    "見本 恵",
    "見本 直美",
];

/// The same for foreign residents.
pub(super) const FOREIGN_NAMES: [&str; 8] = [
    "MIHON Maria",
    "MIHON Paulo",
    "MIHON Ana",
    "MIHON Lucas",
    "MIHON Linh",
    "MIHON Minh",
    "MIHON Li",
    "MIHON Grace",
];
