//! The people at the edges of dates, whom every town of the sample has: where rules go wrong first.
//!
//! Around 1 April at the ages where programmes begin or end, on 29 February, at the 75th birthday of this month, and
//! children at the ages where notices begin. They have registered everything.

use jiff::ToSpan;
use jiff::civil::{Date, date};

use crate::domain::attribute::{Facts, Value, ValueId, core};
use crate::domain::calendar::fiscal_year;
use crate::domain::dice::Dice;
use crate::domain::household::Person;

/// A friend at an edge, or a friend whose child is at one.
pub(super) struct Edge {
    friend: Date,
    child: Option<Date>,
    female: bool,
}

/// The ages at which programmes of the city begin or end.
const AGES: [i16; 5] = [20, 40, 50, 65, 75];

/// All edges for a day, always in the same order.
pub(super) fn births(today: Date) -> Vec<Edge> {
    let mut friends = around_first_of_april(today);
    friends.extend([date(1996, 2, 29), date(1952, 2, 29), date(1986, 4, 1), date(1987, 4, 1)]);
    friends.extend(seventy_five_this_month(today));
    let alone = friends.into_iter().enumerate();
    let alone = alone.map(|(at, friend)| Edge { friend, child: None, female: at % 2 == 0 });
    let parent = today.saturating_sub(34.years());
    let with_child = children(today).into_iter();
    let with_child = with_child.map(|child| Edge { friend: parent, child: Some(child), female: true });
    alone.chain(with_child).collect()
}

/// 31 March, 1 April and 2 April of the years whose people reach one of the ages in this fiscal year.
fn around_first_of_april(today: Date) -> Vec<Date> {
    let end = fiscal_year(today) + 1;
    let days = |age: i16| [(3, 31), (4, 1), (4, 2)].map(|(month, day)| date(end - age, month, day));
    AGES.into_iter().flat_map(days).collect()
}

fn seventy_five_this_month(today: Date) -> [Date; 3] {
    [today.first_of_month(), today, today.last_of_month()].map(|day| day.saturating_sub(75.years()))
}

/// Births around the day on which a child is 18 months, 3 or 6 years old, newborns, and the edges of 小1.
fn children(today: Date) -> Vec<Date> {
    let mut births = vec![today.saturating_sub(1.day()), date(2024, 2, 29)];
    for span in [18.months(), 3.years(), 6.years()] {
        let exactly = today.saturating_sub(span);
        births.extend([exactly, exactly.saturating_add(1.day())]);
    }
    let school = fiscal_year(today) - 6;
    births.extend([date(school, 4, 1), date(school - 1, 4, 1), date(school - 1, 4, 2)]);
    births
}

impl Edge {
    /// The friend, and the child if there is one. All with 国保, the 75-year-olds too: stored insurance lags behind birthdays.
    pub(super) fn persons(&self, dice: &mut Dice) -> Vec<Person> {
        let sex = if self.female { "female" } else { "male" };
        let friend = person(core::SELF, self.friend, sex);
        let child = self.child.map(|birth| person(core::CHILD, birth, dice.pick(&["female", "male"])));
        std::iter::once(friend).chain(child).collect()
    }
}

fn person(relation: &str, birth: Date, sex: &str) -> Person {
    let mut facts = Facts::default();
    facts.set(core::RELATION, Value::Choice(ValueId::from(relation)));
    facts.set(core::BIRTH_DATE, Value::Date(birth));
    facts.set(core::SEX, Value::Choice(ValueId::from(sex)));
    facts.set(core::INSURANCE, Value::Choice(ValueId::from("kokuho")));
    Person { facts, ..Person::default() }
}
