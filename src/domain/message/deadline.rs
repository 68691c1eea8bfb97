//! How the last day reads in each language.

use jiff::civil::{Date, Weekday};

/// The day as readers of a language write it, with the day of the week.
#[must_use]
pub(super) fn written(day: Date, language: &str) -> String {
    let number = match day.weekday() {
        Weekday::Monday => 0,
        Weekday::Tuesday => 1,
        Weekday::Wednesday => 2,
        Weekday::Thursday => 3,
        Weekday::Friday => 4,
        Weekday::Saturday => 5,
        Weekday::Sunday => 6,
    };
    match language {
        "ja" | "ja-easy" => {
            format!(
                "{}月{}日({})",
                day.month(),
                day.day(),
                ["月", "火", "水", "木", "金", "土", "日"][number]
            )
        }
        "zh-Hans" => {
            let name = ["一", "二", "三", "四", "五", "六", "日"][number];
            format!("{}月{}日(星期{name})", day.month(), day.day())
        }
        "pt-BR" | "vi" => day.strftime("%d/%m/%Y").to_string(),
        _ => day.strftime("%a, %B %-d, %Y").to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::message::{Blank, limits::units};

    #[test]
    fn each_language_reads_its_own_form() {
        let day = jiff::civil::date(2026, 12, 25);
        let read = |language| written(day, language);
        assert_eq!((read("ja"), read("pt-BR")), ("12月25日(金)".to_owned(), "25/12/2026".to_owned()));
        assert_eq!(
            (read("en"), read("zh-Hans")),
            ("Fri, December 25, 2026".to_owned(), "12月25日(星期五)".to_owned())
        );
        let longest = written(jiff::civil::date(2026, 9, 30), "en");
        assert!(units(&longest) <= Blank::Deadline.longest(), "{longest}");
    }
}
