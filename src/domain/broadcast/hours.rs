//! What is worth a second look at the time of a broadcast: a day on which nobody answers the telephone, an hour at which
//! the counter is closed. None of it forbids anything.

use jiff::civil::{Date, Time};

use crate::domain::calendar::{Closed, closed};
use crate::domain::timestamp::Timestamp;

/// The first minute at which somebody answers.
pub const OPENS: Time = Time::constant(8, 30, 0, 0);
/// The first minute at which nobody answers any more.
pub const CLOSES: Time = Time::constant(17, 15, 0, 0);

/// What is worth a second look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hint {
    /// The city hall is closed on that day.
    ClosedDay(Date, Closed),
    /// It is closed at that hour.
    ClosedHour,
}

impl Hint {
    /// What staff read.
    #[must_use]
    pub fn word(self) -> String {
        match self {
            Self::ClosedDay(day, why) => {
                let why = match why {
                    Closed::Holiday(name) => format!("祝日({name})"),
                    why => why.word().to_owned(),
                };
                let (month, day) = (day.month(), day.day());
                format!("{month}月{day}日は{why}です。届いた人からの問い合わせに答えられるか確かめてください。")
            }
            Self::ClosedHour => {
                "開庁時間(8時30分〜17時15分)の外です。届いた人からの問い合わせに答えられるか確かめてください。".to_owned()
            }
        }
    }
}

/// Everything worth a second look about an instant.
#[must_use]
pub fn hints(at: Timestamp) -> Vec<Hint> {
    let wall = at.tokyo();
    match closed(wall.date()) {
        Some(why) => vec![Hint::ClosedDay(wall.date(), why)],
        None if (OPENS..CLOSES).contains(&wall.time()) => Vec::new(),
        None => vec![Hint::ClosedHour],
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn a_holiday_a_weekend_and_an_hour_without_anybody_are_said() {
        let at = |day: Date, hour| hints(Timestamp::from_tokyo(day.at(hour, 0, 0, 0)));
        assert_eq!(at(date(2026, 7, 1), 10), []);
        assert_eq!(at(date(2026, 7, 1), 18), [Hint::ClosedHour]);
        assert_eq!(
            at(date(2026, 9, 22), 10),
            [Hint::ClosedDay(date(2026, 9, 22), Closed::Holiday("国民の休日"))]
        );
        assert!(at(date(2026, 7, 4), 10)[0].word().starts_with("7月4日は土曜日です。"));
    }
}
