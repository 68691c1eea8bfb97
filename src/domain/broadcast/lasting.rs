//! How long what a run of a repeat says is true: its expiry and the day that `{期限}` names, both counted in civil days
//! from the day on which the run goes out.
//!
//! Counted from that day and not from the occasion, so that neither can lie before the sending where a closed day moves
//! it. At least one day: 0 would be read as "none" by one and as "the same day" by another. It knows no clock.

use jiff::civil::Date;
use jiff::{ToSpan, Unit};
use serde_json::Value;

use super::trial::{Trial, TrialFault};
use crate::domain::message::{Blank, Content};
use crate::domain::timestamp::Timestamp;

/// The most days of either.
pub const LONGEST_DAYS: i64 = 365;
/// The last minute of the day on which something expires.
const HOUR_MINUTE: (i8, i8) = (23, 59);

/// Days after the day of sending; what is not set is not counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Lasting {
    /// Until the run is no longer sent.
    pub expires_days: Option<i64>,
    /// Until the day that `{期限}` names.
    pub deadline_days: Option<i64>,
}

impl Lasting {
    /// As one broadcast has it that goes out on a day; a number that a repeat can't have is left out.
    #[must_use]
    pub fn of(day: Date, expires_at: Option<Timestamp>, deadline: Option<Date>) -> Self {
        let days = |last: Date| day.until((Unit::Day, last)).map_or(0, |span| i64::from(span.get_days()));
        let sound = |last: Date| Some(days(last)).filter(|days| is_sound(*days));
        Self {
            expires_days: expires_at.and_then(|at| sound(at.tokyo_date())),
            deadline_days: deadline.and_then(sound),
        }
    }

    /// Whether both are within their bounds.
    #[must_use]
    pub fn is_sound(self) -> bool {
        self.expires_days.into_iter().chain(self.deadline_days).all(is_sound)
    }

    /// When a run that goes out on a day expires.
    #[must_use]
    pub fn expires_at(self, day: Date) -> Option<Timestamp> {
        let (hour, minute) = HOUR_MINUTE;
        self.expires_days.map(|days| Timestamp::from_tokyo(after(day, days).at(hour, minute, 0, 0)))
    }

    /// The day that `{期限}` names in a run that goes out on a day.
    #[must_use]
    pub fn deadline(self, day: Date) -> Option<Date> {
        self.deadline_days.map(|days| after(day, days))
    }

    /// What a run says that goes out on a day.
    #[must_use]
    pub fn content(self, content: &Content, day: Date) -> Content {
        let deadline = self.deadline(day).or(content.deadline());
        content.clone().until(deadline)
    }

    /// The split of a run that goes out on a day, with the texts of its other arms.
    ///
    /// # Errors
    /// `Unreadable`.
    pub fn trial(self, stored: &Value, day: Date) -> Result<Value, TrialFault> {
        // What needs no day stays letter by letter as it is stored.
        if self.deadline_days.is_none() {
            return Ok(stored.clone());
        }
        let mut trial = Trial::read(stored)?;
        for arm in &mut trial.arms {
            if let Some(content) = arm.other_content() {
                arm.content = Some(self.content(&content?, day).to_value());
            }
        }
        Ok(trial.to_value())
    }

    /// Whether the day that is counted has a place in one of the texts.
    #[must_use]
    pub fn fits<'a>(self, mut texts: impl Iterator<Item = &'a Content>) -> bool {
        self.deadline_days.is_none() || texts.any(|text| text.blanks().contains(&Blank::Deadline))
    }

    /// What is bound of it; empty where nothing is set, as before there was such a thing.
    #[must_use]
    pub fn to_text(self) -> String {
        let part = |word: &str, days: Option<i64>| days.map(|days| format!(" {word} {days}"));
        let parts = [part("expires", self.expires_days), part("deadline", self.deadline_days)];
        parts.into_iter().flatten().collect()
    }

    /// What staff read; nothing where nothing is set.
    #[must_use]
    pub fn in_words(self) -> Vec<String> {
        let expires = self.expires_days.map(|days| format!("有効期限は、配信日の{days}日後の23:59まで"));
        let deadline = self.deadline_days.map(|days| format!("本文の{{期限}}は、配信日の{days}日後の日付"));
        expires.into_iter().chain(deadline).collect()
    }
}

fn is_sound(days: i64) -> bool {
    (1..=LONGEST_DAYS).contains(&days)
}

fn after(day: Date, days: i64) -> Date {
    day.saturating_add(days.days())
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    const WEEK: Lasting = Lasting { expires_days: Some(7), deadline_days: Some(10) };

    #[test]
    fn both_are_counted_from_the_day_of_sending() {
        let day = date(2028, 2, 25);
        assert_eq!(WEEK.expires_at(day).map(Timestamp::tokyo), Some(date(2028, 3, 3).at(23, 59, 0, 0)));
        assert_eq!(WEEK.deadline(day), Some(date(2028, 3, 6)));
        assert_eq!(Lasting::of(day, WEEK.expires_at(day), WEEK.deadline(day)), WEEK);
        assert_eq!(
            Lasting::of(date(2028, 3, 6), WEEK.expires_at(day), WEEK.deadline(day)),
            Lasting::default()
        );
    }

    #[test]
    fn neither_is_less_than_a_day_or_more_than_a_year() {
        let sound = |days| {
            let expires = Lasting { expires_days: Some(days), ..Lasting::default() };
            let deadline = Lasting { deadline_days: Some(days), ..Lasting::default() };
            assert_eq!(expires.is_sound(), deadline.is_sound());
            expires.is_sound()
        };
        assert!(Lasting::default().is_sound() && sound(1) && sound(LONGEST_DAYS));
        assert!(!sound(0) && !sound(-1) && !sound(LONGEST_DAYS + 1));
    }

    #[test]
    fn the_texts_of_every_arm_name_the_day_and_without_one_stay_as_stored() {
        let (day, old) = (date(2026, 7, 20), date(2026, 1, 1));
        let text = Content::japanese_text("{期限}まで").until(Some(old));
        let stored = Trial::evenly("s", 1_000, &[&text]).to_value();
        let filled = Trial::read(&WEEK.trial(&stored, day).unwrap()).unwrap();
        let others: Vec<_> = filled.others().unwrap().iter().map(|said| said.content.deadline()).collect();
        assert_eq!(others, [Some(date(2026, 7, 30))]);
        assert_eq!(WEEK.content(&text, day).deadline(), Some(date(2026, 7, 30)));
        let none = Lasting::default();
        assert!(none.content(&text, day) == text && none.trial(&stored, day) == Ok(stored));
    }

    #[test]
    fn what_is_not_set_is_not_said() {
        assert_eq!(
            (Lasting::default().to_text(), WEEK.to_text().as_str()),
            (String::new(), " expires 7 deadline 10")
        );
        assert!(Lasting::default().in_words().is_empty());
        let (with, without) = (Content::japanese_text("{期限}まで"), Content::japanese_text("健診"));
        assert!(WEEK.fits([&without, &with].into_iter()) && !WEEK.fits([&without].into_iter()));
        assert!(Lasting::default().fits([&without].into_iter()));
    }
}
