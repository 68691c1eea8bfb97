//! One life, walked through day by day.

use crate::days::Days;

/// How often a birthday, and a day that completes a month, has come by each of the days that are asked, and the day
/// after.
pub(crate) struct Life {
    from: usize,
    years: Vec<Option<i32>>,
    months: Vec<Option<i32>>,
}

impl Life {
    pub(crate) fn walked(days: &Days, birth: usize) -> Self {
        let asked = days.asked();
        let mut life = Self { from: asked.start, years: Vec::new(), months: Vec::new() };
        let (_, month, day) = days.day(birth);
        let (mut years, mut months) = (None, None);
        let mut yesterday = (0, 0, 0);
        for at in birth.min(asked.start)..=asked.end {
            let today = days.day(at);
            if at == birth {
                (years, months) = (Some(0), Some(0));
            } else if birth < at {
                // The day itself, or the 1st after a month that had no such day.
                let skipped = today.2 == 1 && yesterday.2 < day;
                if today.2 == day || skipped {
                    months = months.map(|months| months + 1);
                }
                if (today.1, today.2) == (month, day) || (skipped && yesterday.1 == month) {
                    years = years.map(|years| years + 1);
                }
            }
            yesterday = today;
            if asked.start <= at {
                life.years.push(years);
                life.months.push(months);
            }
        }
        life
    }

    /// The age in years on a day; `None` before birth.
    pub(crate) fn years(&self, day: usize) -> Option<i32> {
        self.years[day - self.from]
    }

    /// The age in months.
    pub(crate) fn months(&self, day: usize) -> Option<i32> {
        self.months[day - self.from]
    }
}
