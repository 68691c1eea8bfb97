//! The friend and the family that was registered with them, with ages that fit together.
//!
//! About half register nobody else. Some facts are left out, because residents leave them out.

use jiff::ToSpan;
use jiff::civil::Date;

use super::weights::{FOREIGN_AGES, FRIEND_AGES, Origin, insurance};
use crate::domain::attribute::{Facts, Value, ValueId, core};
use crate::domain::dice::Dice;
use crate::domain::household::{Person, PersonStanding};

/// The persons of an account, the friend first.
pub(super) fn household(dice: &mut Dice, today: Date, origin: Origin) -> Vec<Person> {
    let bands: &[_] = if origin.foreign() { &FOREIGN_AGES } else { &FRIEND_AGES };
    let (from, to) = dice.weighted(bands);
    let mut home = Home { dice, today, origin, persons: Vec::new() };
    let age = home.dice.between(from, to);
    let sex = home.dice.weighted(&[("female", 56), ("male", 44)]);
    home.add(core::SELF, age, sex);
    home.spouse(age, sex);
    home.children(age);
    home.elders(age);
    home.grandchildren(age);
    home.persons
}

struct Home<'a> {
    dice: &'a mut Dice,
    today: Date,
    origin: Origin,
    persons: Vec<Person>,
}

impl Home<'_> {
    fn spouse(&mut self, age: i32, sex: &str) {
        let odds = match age {
            ..23 => 0,
            23..30 => 120,
            30..65 => 330,
            _ => 420,
        };
        if self.dice.permille(odds) {
            let other = if sex == "female" { "male" } else { "female" };
            let age = (age + self.dice.between(-4, 4)).max(18);
            self.add("spouse", age, other);
        }
    }

    fn children(&mut self, age: i32) {
        let odds = match age {
            ..22 => 0,
            22..30 => 300,
            30..50 => 560,
            50..56 => 200,
            _ => 0,
        };
        if !self.dice.permille(odds) {
            return;
        }
        for _ in 0..self.dice.weighted(&[(1, 42), (2, 42), (3, 13), (4, 3)]) {
            let child = age - self.dice.between(21, 39);
            if (0..=20).contains(&child) {
                let sex = self.any_sex();
                self.add(core::CHILD, child, sex);
            }
        }
    }

    fn elders(&mut self, age: i32) {
        if !(42..=66).contains(&age) || !self.dice.permille(190) {
            return;
        }
        for sex in ["female", "male"] {
            let elder = age + self.dice.between(22, 34);
            if elder <= 101 && self.dice.permille(650) {
                self.add("parent", elder, sex);
            }
        }
        if age < 52 && self.dice.permille(60) {
            let oldest = self.dice.between(92, 101);
            self.add("grandparent", oldest, "female");
        }
    }

    fn grandchildren(&mut self, age: i32) {
        if 58 <= age && self.dice.permille(110) {
            for _ in 0..self.dice.between(1, 2) {
                let (age, sex) = (self.dice.between(0, 12), self.any_sex());
                self.add("grandchild", age, sex);
            }
        }
    }

    fn any_sex(&mut self) -> &'static str {
        self.dice.weighted(&[("female", 49), ("male", 51)])
    }

    fn add(&mut self, relation: &str, age: i32, sex: &str) {
        let friend = relation == core::SELF;
        let mut facts = Facts::default();
        facts.set(core::RELATION, Value::Choice(ValueId::from(relation)));
        // The friend has to give a birth date; for family members a few know only the relation.
        if friend || !self.dice.permille(15) {
            facts.set(core::BIRTH_DATE, Value::Date(self.born(age)));
        }
        if !self.dice.permille(60) {
            let unanswered = self.dice.permille(15);
            facts.set(core::SEX, Value::Choice(ValueId::from(if unanswered { "unanswered" } else { sex })));
        }
        if let Some(insurance) = self.insurance(age) {
            facts.set(core::INSURANCE, Value::Choice(insurance));
        }
        let standing = if friend { PersonStanding::Active } else { self.standing() };
        self.persons.push(Person { facts, standing, ..Person::default() });
    }

    fn born(&mut self, age: i32) -> Date {
        let days = self.dice.between(0, 364);
        self.today.saturating_sub(age.years()).saturating_sub(days.days())
    }

    /// A child is insured with the friend; most foreign residents are with their factory.
    fn insurance(&mut self, age: i32) -> Option<ValueId> {
        let with_friend = self.persons.first().and_then(|friend| friend.facts.choice(core::INSURANCE));
        if let Some(same) = with_friend.filter(|_| age < 20) {
            return Some(ValueId::from(same));
        }
        if self.dice.permille(70) {
            return None;
        }
        let factory = self.origin.foreign() && age < 65 && self.dice.permille(800);
        Some(ValueId::from(if factory { "shaho" } else { self.dice.weighted(insurance(age)) }))
    }

    fn standing(&mut self) -> PersonStanding {
        self.dice.weighted(&[
            (PersonStanding::Active, 988),
            (PersonStanding::Moved, 9),
            (PersonStanding::Deceased, 3),
        ])
    }
}
