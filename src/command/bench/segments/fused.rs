//! The limit: for each of the ten rules a loop written by hand over exactly the bytes that the rule touches.
//!
//! It knows the rules' constants in advance, keeps its own arrays, and counts both who fits and who is unknown. Nothing
//! that works for any rule can be faster by much; nothing here works for any other rule.

use jiff::civil::Date;
use musubi::domain::attribute::{Attribute, Catalogue, Value, core};
use musubi::domain::calendar::{AgeKind, birth_window, fiscal_year, fiscal_year_end_age};
use musubi::domain::history::EventKind;
use musubi::domain::household::{Household, Person};

use super::rules::PROGRAMMES;

/// False, unknown, true: the smaller is "and", the greater is "or".
const UNKNOWN: u8 = 1;
const TRUE: u8 = 2;
const NO_DAY: u16 = u16::MAX;
const KNOWN: u16 = 1 << 15;

/// The town in plain arrays: by account with its friend, then the further persons who live here.
#[derive(Default)]
pub struct Arrays {
    pub may: Vec<u8>,
    pub friend: Vec<u8>,
    pub district: Vec<u8>,
    pub topics: Vec<u16>,
    pub birth: Vec<u16>,
    pub sex: Vec<u8>,
    pub insurance: Vec<u8>,
    /// Whether not in this (特定健診) or in this and the last fiscal year (the other two), as a truth.
    pub not_been: [Vec<u8>; 3],
    pub owner: Vec<u32>,
    pub other_birth: Vec<u16>,
    /// Programme, account, fiscal year.
    pub events: Vec<(u8, u32, i16)>,
    constants: Constants,
}

/// What the rules' words come to on the day.
#[derive(Default)]
struct Constants {
    year: i16,
    named: Vec<(&'static str, i64)>,
    even: Vec<u8>,
}

fn cell(day: Date) -> u16 {
    let days = (day - jiff::civil::date(1900, 1, 1)).get_days();
    u16::try_from(days).unwrap_or(NO_DAY - 2)
}

fn place(attribute: &Attribute, id: Option<&str>) -> u8 {
    let place = id.and_then(|id| attribute.values.iter().position(|value| value.id.as_str() == id));
    place.map_or(0, |place| u8::try_from(place + 1).unwrap_or(0))
}

impl Arrays {
    /// Empty arrays for a day.
    pub fn new(catalogue: &Catalogue, today: Date) -> Self {
        let year_end = |age: i32| birth_window(AgeKind::FiscalYearEnd, Some(age), Some(age), today);
        let on_day = |age: i32| birth_window(AgeKind::OnDay, Some(age), Some(age), today);
        let from = |day: Option<Date>| day.map_or(0, |day| i64::from(cell(day)));
        let value = |attribute: &str, id: &str| {
            catalogue.attribute(attribute).map_or(0, |known| i64::from(place(known, Some(id))))
        };
        let topic = |id: &str| 1i64 << (value(core::TOPICS, id) - 1).max(0);
        let mut even = vec![0; usize::from(u16::MAX) + 1];
        let mut birth = jiff::civil::date(1900, 1, 1);
        while birth <= today {
            let age = fiscal_year_end_age(birth, today);
            even[usize::from(cell(birth))] = if 40 <= age && age % 2 == 0 { TRUE } else { 0 };
            birth = birth.tomorrow().unwrap_or(Date::MAX);
        }
        even[usize::from(NO_DAY)] = UNKNOWN;
        let named = vec![
            ("year", i64::from(fiscal_year(today))),
            ("imaichi", value(core::DISTRICT, "imaichi")),
            ("otsu", value(core::DISTRICT, "otsu")),
            ("enya", value(core::DISTRICT, "enya")),
            ("female", value(core::SEX, "female")),
            ("male", value(core::SEX, "male")),
            ("kokuho", value(core::INSURANCE, "kokuho")),
            ("kosodate", topic("kosodate")),
            ("bosai", topic("bosai")),
            ("bunka", topic("bunka")),
            ("b40", from(year_end(40).until)),
            ("b74", from(year_end(74).from)),
            ("d0", from(on_day(0).until)),
            ("d2", from(on_day(2).from)),
            ("d6", from(on_day(6).from)),
            ("d65", from(on_day(65).until)),
            ("d75", from(on_day(75).until)),
        ];
        Self { constants: Constants { year: fiscal_year(today), named, even }, ..Self::default() }
    }

    /// What a name in the SQL stands for.
    pub fn constants(&self) -> &[(&'static str, i64)] {
        &self.constants.named
    }

    /// The friend's age at the end of the fiscal year.
    pub fn year_end_age(&self, at: usize) -> i64 {
        let days = jiff::Span::new().days(i32::from(self.birth[at]));
        let birth = jiff::civil::date(1900, 1, 1).saturating_add(days);
        i64::from(fiscal_year_end_age(birth, jiff::civil::date(self.constants.year, 4, 1)))
    }

    /// Adds an account.
    pub fn push(&mut self, catalogue: &Catalogue, household: &Household) {
        let row = u32::try_from(self.may.len()).unwrap_or(u32::MAX);
        let attribute = |id: &str| catalogue.attribute(id).expect("an attribute of the core");
        let nobody = Person::default();
        let friend = household.friend();
        let sendable = household.always_excluded(None).is_none()
            && friend.is_none_or(|friend| friend.always_excluded().is_none());
        self.may.push(u8::from(sendable));
        self.friend.push(u8::from(friend.is_some()));
        self.district.push(place(attribute(core::DISTRICT), household.account.choice(core::DISTRICT)));
        let topics = match household.account.get(core::TOPICS) {
            Some(Value::Choices(chosen)) => {
                let bits = chosen.iter().map(|id| place(attribute(core::TOPICS), Some(id.as_str())));
                bits.filter(|bit| 0 < *bit).fold(KNOWN, |bits, bit| bits | 1 << (bit - 1))
            }
            _ => 0,
        };
        self.topics.push(topics);
        let person = friend.unwrap_or(&nobody);
        self.birth.push(person.facts.date(core::BIRTH_DATE).map_or(NO_DAY, cell));
        self.sex.push(place(attribute(core::SEX), person.facts.choice(core::SEX)));
        self.insurance.push(place(attribute(core::INSURANCE), person.facts.choice(core::INSURANCE)));
        for (at, programme) in PROGRAMMES.iter().enumerate() {
            let been = person
                .history
                .events
                .iter()
                .filter(|event| event.kind == EventKind::Attended && event.subject == *programme);
            let years: Vec<i16> = been.map(|event| event.on.fiscal_year()).collect();
            let since = self.constants.year - i16::from(at != 0);
            let truth = match friend {
                None => UNKNOWN,
                Some(_) if years.iter().any(|year| since <= *year) => 0,
                Some(_) => TRUE,
            };
            self.not_been[at].push(truth);
            let number = u8::try_from(at + 1).unwrap_or(0);
            self.events.extend(years.into_iter().map(|year| (number, row, year)));
        }
        let others = household
            .persons
            .iter()
            .filter(|person| friend.is_none_or(|friend| !std::ptr::eq(friend, *person)));
        for other in others.filter(|other| other.always_excluded().is_none()) {
            self.owner.push(row);
            self.other_birth.push(other.facts.date(core::BIRTH_DATE).map_or(NO_DAY, cell));
        }
    }

    /// Who fits and who is unknown, by the place of the rule.
    pub fn count(&self, rule: usize) -> (u64, u64) {
        let named = |name: &str| {
            self.constants.named.iter().find(|(known, _)| *known == name).map_or(0, |(_, value)| *value)
        };
        let small = |name: &str| u8::try_from(named(name)).unwrap_or(0);
        let day = |name: &str| u16::try_from(named(name)).unwrap_or(0);
        let bit = |name: &str| u16::try_from(named(name)).unwrap_or(0);
        let (imaichi, otsu, enya) = (small("imaichi"), small("otsu"), small("enya"));
        let (female, male, kokuho) = (small("female"), small("male"), small("kokuho"));
        let (kosodate, bosai, bunka) = (bit("kosodate"), bit("bosai"), bit("bunka"));
        let (b40, b74) = (day("b40"), day("b74"));
        let (d0, d2, d6, d65, d75) = (day("d0"), day("d2"), day("d6"), day("d65"), day("d75"));
        let rows = self.may.len();
        let (district, topics, birth) = (&self.district[..rows], &self.topics[..rows], &self.birth[..rows]);
        let (sex, insurance) = (&self.sex[..rows], &self.insurance[..rows]);
        let [tokutei, nyu, daicho] = &self.not_been;
        let (tokutei, nyu, daicho) = (&tokutei[..rows], &nyu[..rows], &daicho[..rows]);
        let even = &self.constants.even;
        let one = |cell: u8, wanted: u8| told(cell == wanted, cell == 0);
        let two = |cell: u8, a: u8, b: u8| told((cell == a) | (cell == b), cell == 0);
        let within = |cell: u16, from: u16, to: u16| told((from <= cell) & (cell <= to), cell == NO_DAY);
        let has = |cell: u16, bit: u16| told(cell & bit != 0, cell == 0);
        match rule {
            0 => self.each(|at| one(district[at], imaichi)),
            1 => self.each(|at| {
                let cell = district[at];
                let near = told((cell == imaichi) | (cell == otsu) | (cell == enya), cell == 0);
                near.min(one(sex[at], female))
            }),
            2 => self.each(|at| within(birth[at], b74, b40)),
            3 => self.each(|at| within(birth[at], b74, b40).min(one(insurance[at], kokuho))),
            4 => self.each(|at| within(birth[at], b74, b40).min(one(insurance[at], kokuho)).min(tokutei[at])),
            5 => self.each(|at| one(sex[at], female).min(even[usize::from(birth[at])]).min(nyu[at])),
            6 => {
                let child = self.at_home(|cell| within(cell, d2, d0));
                self.each(|at| child[at].min(has(topics[at], kosodate)))
            }
            7 => {
                let old = self.at_home(|cell| within(cell, 0, d75));
                self.each(|at| two(district[at], imaichi, otsu).max(has(topics[at], bosai)).min(old[at]))
            }
            8 => {
                let child = self.at_home(|cell| within(cell, d6, d0));
                self.each(|at| {
                    let insured = one(insurance[at], kokuho).min(within(birth[at], 0, d65));
                    let either = two(district[at], imaichi, otsu).max(insured);
                    let none = TRUE - one(sex[at], male).max(has(topics[at], bunka));
                    either.min(none).min(child[at])
                })
            }
            _ => {
                let child = self.at_home(|cell| within(cell, d6, d0));
                let old = self.at_home(|cell| within(cell, 0, d75));
                self.each(|at| child[at].max(old[at]).min(tokutei[at]).min(daicho[at]).min(nyu[at]))
            }
        }
    }

    fn each(&self, truth: impl Fn(usize) -> u8) -> (u64, u64) {
        let (mut yes, mut unknown) = (0u64, 0u64);
        // A short sum fits a byte, so that the compiler adds many at once.
        for start in (0..self.may.len()).step_by(128) {
            let (mut some_yes, mut some_unknown) = (0u8, 0u8);
            for at in start..self.may.len().min(start + 128) {
                let (truth, may) = (truth(at), self.may[at]);
                some_yes += u8::from(truth == TRUE) & may;
                some_unknown += u8::from(truth == UNKNOWN) & may;
            }
            yes += u64::from(some_yes);
            unknown += u64::from(some_unknown);
        }
        (yes, unknown)
    }

    /// The truth of "somebody at home is born so" by account.
    fn at_home(&self, truth: impl Fn(u16) -> u8) -> Vec<u8> {
        let friends = self.birth.iter().zip(&self.friend);
        let mut found: Vec<u8> =
            friends.map(|(cell, friend)| if *friend == 1 { truth(*cell) } else { 0 }).collect();
        for (owner, cell) in self.owner.iter().zip(&self.other_birth) {
            let truth = truth(*cell);
            if truth != 0 {
                let known = &mut found[*owner as usize];
                *known = (*known).max(truth);
            }
        }
        found
    }
}

fn told(yes: bool, unknown: bool) -> u8 {
    if unknown { UNKNOWN } else { u8::from(yes) * TRUE }
}
