//! School years (学年): births from 2 April to 1 April, named from 年少 to 高3.
//!
//! A grade is the age on 1 April that opens the school year; somebody kept back or sent abroad is not known here.

use jiff::civil::Date;

use super::AgeKind;

/// A school year, kept as the age on its 1 April (3 = 年少, 6 = 小1, 17 = 高3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Grade(i32);

const NAMES: [&str; 15] = [
    "年少", "年中", "年長", "小1", "小2", "小3", "小4", "小5", "小6", "中1", "中2", "中3", "高1", "高2",
    "高3",
];
const FIRST: i32 = 3;

impl Grade {
    /// The grade of somebody born on `birth` in the school year of `as_of`; `None` outside 年少–高3.
    #[must_use]
    pub fn of(birth: Date, as_of: Date) -> Option<Self> {
        Self::from_age(AgeKind::SchoolYear.count(birth, as_of))
    }

    /// From the age on 1 April.
    #[must_use]
    pub fn from_age(age: i32) -> Option<Self> {
        usize::try_from(age - FIRST).is_ok_and(|at| at < NAMES.len()).then_some(Self(age))
    }

    /// From its name: `小1`, also `小学1年` and `小学1年生`.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        let short = name.trim_end_matches('生').trim_end_matches('年');
        let short = short.replace("小学", "小").replace("中学", "中").replace("高校", "高");
        let at = NAMES.iter().position(|known| *known == short || *known == name)?;
        Self::from_age(FIRST + i32::try_from(at).ok()?)
    }

    /// The age on 1 April.
    #[must_use]
    pub fn age(self) -> i32 {
        self.0
    }

    /// `小1`.
    #[must_use]
    pub fn name(self) -> &'static str {
        usize::try_from(self.0 - FIRST).ok().and_then(|at| NAMES.get(at)).copied().unwrap_or("")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn first_grade_is_born_from_2_april_to_1_april() {
        let as_of = date(2026, 4, 1);
        let grade = |birth| Grade::of(birth, as_of).map(Grade::name);
        assert_eq!(grade(date(2019, 4, 1)), Some("小2"));
        assert_eq!(grade(date(2019, 4, 2)), Some("小1"));
        assert_eq!(grade(date(2020, 4, 1)), Some("小1"));
        assert_eq!(grade(date(2020, 4, 2)), Some("年長"));
        assert_eq!(grade(date(2008, 4, 1)), None);
    }

    #[test]
    fn every_name_reads_back() {
        for age in 3..=17 {
            let grade = Grade::from_age(age).unwrap();
            assert_eq!(Grade::parse(grade.name()), Some(grade));
        }
        assert_eq!(Grade::parse("小学1年生"), Grade::from_age(6));
        assert_eq!(Grade::parse("小7"), None);
    }
}
