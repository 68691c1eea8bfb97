//! An invented Izumo: as many friends' accounts with households as one asks for, by the weights of the census.
//!
//! It feeds the demo, the tests and the measurements, and stands apart from them so that all three know the same town.
//! Nobody in it exists: every name begins with 見本, LINE user ids are drawn from the seed. A seed gives the same town
//! on every machine; an account depends on its own number only, so a larger town begins with the smaller one. It
//! reads no clock and writes nothing.

mod edges;
mod family;
mod histories;
mod weights;

use std::sync::Arc;

use jiff::civil::Date;

use super::attribute::{Catalogue, Facts, TopicId, Value, ValueId, core};
use super::calendar;
use super::dice::Dice;
use super::history::Coverage;
use super::household::{Consent, Household, Standing};
use super::ids::LineUserId;

/// The town of the demo: the database and the simulator's friends are made from the same one.
pub const DEMO_SEED: u64 = 322_032;

/// One invented friend.
#[derive(Clone, Debug)]
pub struct SampleAccount {
    /// Drawn from the seed.
    pub line_user_id: LineUserId,
    /// What the simulator shows as the friend's name; obviously a sample, never stored by Musubi.
    pub display_name: &'static str,
    /// The registered facts and persons; nobody has an id yet.
    pub household: Household,
}

/// The first `accounts` friends of the town of `seed`, whose ages are counted on `today`.
///
/// It begins with the edge births: people around 1 April at the ages where programmes begin and end, births on
/// 29 February, a 75th birthday this month, children at the ages where notices begin.
pub fn generate(
    seed: u64,
    accounts: usize,
    today: Date,
    catalogue: &Catalogue,
) -> impl Iterator<Item = SampleAccount> + use<> {
    let town = Town {
        seed,
        today,
        districts: weights::districts(catalogue),
        edges: edges::births(today),
        coverage: histories::coverage(today),
    };
    (0..accounts).map(move |number| town.account(number))
}

/// How far the records of the town reach.
#[must_use]
pub fn coverage(today: Date) -> Arc<Coverage> {
    histories::coverage(today)
}

struct Town {
    seed: u64,
    coverage: Arc<Coverage>,
    today: Date,
    districts: Vec<(ValueId, u32)>,
    edges: Vec<edges::Edge>,
}

impl Town {
    fn account(&self, number: usize) -> SampleAccount {
        let mut dice = Dice::of(self.seed, number as u64);
        let line_user_id = line_user_id(&mut dice);
        let mut account = match self.edges.get(number) {
            Some(edge) => SampleAccount {
                line_user_id,
                display_name: dice.pick(&weights::NAMES),
                household: self.edge(&mut dice, edge),
            },
            None => self.resident(&mut dice, line_user_id),
        };
        histories::add(&mut account.household, (self.seed, number as u64), self.today, &self.coverage);
        account
    }

    fn resident(&self, dice: &mut Dice, line_user_id: LineUserId) -> SampleAccount {
        let origin = dice.weighted(&weights::ORIGINS);
        let names: &[_] = if origin.foreign() { &weights::FOREIGN_NAMES } else { &weights::NAMES };
        let display_name = dice.pick(names);
        let standing = standing(dice);
        let household = if standing.consent == Consent::NotYet {
            Household { standing, ..Household::default() }
        } else {
            let persons = family::household(dice, self.today, origin);
            let age =
                persons[0].facts.date(core::BIRTH_DATE).map_or(40, |birth| calendar::age(birth, self.today));
            let mut account = self.account_facts(dice, origin.languages());
            topics(dice, &mut account, age, origin);
            Household { standing, account, declined: declined(dice), persons, ..Household::default() }
        };
        SampleAccount { line_user_id, display_name, household }
    }

    /// Somebody at an edge has registered everything: what a rule says about them has to hang on the date alone.
    fn edge(&self, dice: &mut Dice, edge: &edges::Edge) -> Household {
        let mut account = self.account_facts(dice, &[("ja", 1)]);
        account
            .set(core::TOPICS, Value::Choices(weights::TOPICS.map(|(topic, _)| ValueId::from(topic)).into()));
        Household { account, persons: edge.persons(dice), ..Household::default() }
    }

    fn account_facts(&self, dice: &mut Dice, languages: &[(&'static str, u32)]) -> Facts {
        let mut facts = Facts::default();
        let district = dice.weighted_ref(&self.districts).cloned();
        // Somebody who came by an import may have no district yet.
        if let Some(district) = district.filter(|_| !dice.permille(10)) {
            facts.set(core::DISTRICT, Value::Choice(district));
        }
        facts.set(core::LANGUAGE, Value::Choice(ValueId::from(dice.weighted(languages))));
        facts
    }
}

fn line_user_id(dice: &mut Dice) -> LineUserId {
    let text = format!("U{:016x}{:016x}", dice.draw(), dice.draw());
    LineUserId::parse(&text).expect("sixteen and sixteen hexadecimal digits after a U")
}

fn standing(dice: &mut Dice) -> Standing {
    let consent = dice.weighted(&[(Consent::Given, 922), (Consent::NotYet, 70), (Consent::Withdrawn, 8)]);
    Standing { following: !dice.permille(60), consent, sending_stopped: dice.permille(20), erased: false }
}

/// One in twelve skips the question, which is unknown and not "none".
fn topics(dice: &mut Dice, account: &mut Facts, age: i32, origin: weights::Origin) {
    if dice.permille(80) {
        return;
    }
    let wanted = weights::TOPICS.iter().filter(|(topic, interest)| {
        dice.permille(if *topic == "tabunka" && origin.foreign() { 800 } else { interest(age) })
    });
    let chosen = wanted.map(|(topic, _)| ValueId::from(*topic)).collect();
    account.set(core::TOPICS, Value::Choices(chosen));
}

fn declined(dice: &mut Dice) -> std::collections::BTreeSet<TopicId> {
    let declines = dice.permille(50);
    let topic = dice.pick(&weights::TOPICS).0;
    declines.then(|| TopicId::from(topic)).into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::attribute::Subject;
    use jiff::civil::date;
    use std::collections::BTreeMap;

    fn town(accounts: usize) -> Vec<SampleAccount> {
        generate(7, accounts, date(2026, 11, 22), &Catalogue::builtin()).collect()
    }

    #[test]
    fn a_seed_gives_the_same_town_and_a_larger_one_begins_with_the_smaller() {
        let ids = |town: &[SampleAccount]| -> Vec<_> {
            town.iter().map(|one| (one.line_user_id.clone(), one.household.clone())).collect()
        };
        assert_eq!(ids(&town(200)), ids(&town(400))[..200]);
        let other = generate(8, 1, date(2026, 11, 22), &Catalogue::builtin()).next().unwrap();
        assert_ne!(other.line_user_id, town(1)[0].line_user_id);
    }

    #[test]
    fn every_value_is_one_that_the_catalogue_allows() {
        let catalogue = Catalogue::builtin();
        for account in town(1_000) {
            let again = |subject, facts: &Facts| catalogue.read_facts(subject, &catalogue.write_facts(facts));
            let household = account.household;
            assert_eq!(again(Subject::Account, &household.account), household.account);
            for person in &household.persons {
                assert_eq!(again(Subject::Person, &person.facts), person.facts);
            }
            assert!(household.declined.iter().all(|topic| catalogue.topic(topic.as_str()).is_some()));
        }
    }

    #[test]
    fn the_areas_have_their_share_of_the_census() {
        let catalogue = Catalogue::builtin();
        let districts = catalogue.attribute(core::DISTRICT).unwrap();
        let mut areas: BTreeMap<String, i32> = BTreeMap::new();
        for account in town(20_000) {
            if let Some(id) = account.household.account.choice(core::DISTRICT) {
                *areas.entry(districts.value(id).unwrap().area.clone().unwrap().0).or_default() += 1;
            }
        }
        let share = |area: &str| f64::from(areas[area]) / f64::from(areas.values().sum::<i32>());
        assert!((share("izumo") - 0.5498).abs() < 0.02, "{}", share("izumo"));
        assert!((share("hikawa") - 0.1681).abs() < 0.02, "{}", share("hikawa"));
        assert!((share("sada") - 0.0173).abs() < 0.005, "{}", share("sada"));
    }

    #[test]
    fn the_edges_are_there_in_the_smallest_demo() {
        let town = town(60);
        let born = |birth: Date| {
            town.iter().any(|one| {
                one.household.persons.iter().any(|who| who.facts.date(core::BIRTH_DATE) == Some(birth))
            })
        };
        for birth in
            [date(1987, 3, 31), date(1987, 4, 1), date(1987, 4, 2), date(1952, 4, 1), date(1996, 2, 29)]
        {
            assert!(born(birth), "{birth}");
        }
        assert!(born(date(1951, 11, 22)) && born(date(1951, 11, 30)), "75th birthdays of this month");
    }

    #[test]
    fn something_is_always_missing_somewhere() {
        let town = town(3_000);
        let count = |of: &dyn Fn(&Household) -> bool| town.iter().filter(|one| of(&one.household)).count();
        assert!(count(&|one| !one.standing.following) > 100);
        assert!(count(&|one| one.standing.consent == Consent::NotYet) > 100);
        assert!(count(&|one| one.standing.sending_stopped) > 20);
        assert!(count(&|one| !one.declined.is_empty()) > 50);
        assert!(count(&|one| one.persons.iter().any(|who| who.facts.get(core::INSURANCE).is_none())) > 100);
        assert!(count(&|one| one.account.choice(core::LANGUAGE) == Some("pt-BR")) > 30);
        assert!(count(&|one| one.persons.len() > 2) > 500);
    }
}
