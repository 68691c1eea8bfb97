//! When a broadcast begins, in words: by the quiet hours that are set and by the clock.
//!
//! Apart because the form, the approver's page and the figures have to say the same. Where no quiet hours are set,
//! nothing is said of them.

use jiff::civil::Time;

use super::broadcasts::minute;
use crate::app::App;
use crate::config::QuietHours;
use crate::domain::timestamp::Timestamp;
use crate::web::layout::Said;

/// When nothing is sent: never for an emergency, which waits for nobody.
pub(super) fn quiet(app: &App, is_emergency: bool) -> QuietHours {
    if is_emergency {
        QuietHours { from: Time::midnight(), until: Time::midnight() }
    } else {
        app.config.quiet_hours
    }
}

/// What becomes of a time in the night; `None` where it is sent then.
pub(super) fn waits(quiet: &QuietHours, at: Timestamp) -> Option<String> {
    let opens = quiet.opens_at(at);
    let begins = opens.tokyo().strftime("%-m月%-d日 %-H:%M").to_string();
    (opens != at).then(|| format!("{}{begins}に始まります。", not_sent(quiet)))
}

/// The same for each run of a repeat, by its time of day.
pub(super) fn runs_wait(quiet: &QuietHours, at: Time) -> Option<String> {
    let opens = clock(quiet.until);
    quiet.hold(at).then(|| format!("{}どの回も、そのあとの{opens}に始まります。", not_sent(quiet)))
}

fn not_sent(quiet: &QuietHours) -> String {
    format!("夜間({}〜{})は送りません。", clock(quiet.from), clock(quiet.until))
}

fn clock(time: Time) -> String {
    time.strftime("%-H:%M").to_string()
}

/// What the form says of the night; `None` where no time of the day is quiet.
pub(super) fn rule(quiet: &QuietHours) -> Option<String> {
    let (from, until) = (hour(quiet.from), hour(quiet.until));
    (quiet.from != quiet.until).then(|| format!("{from}から{until}までは送らず、{until}になるのを待ちます。"))
}

/// What an approval at this instant brings about.
pub(super) fn begins(quiet: &QuietHours, scheduled_at: Option<Timestamp>, now: Timestamp) -> String {
    let ahead = scheduled_at.filter(|at| now < *at);
    let due = ahead.unwrap_or(now);
    let opens = quiet.opens_at(due);
    match (ahead, opens == due) {
        (None, true) => "承認すると、すぐに送信が始まります。".to_owned(),
        (None, false) => {
            let day = if opens.tokyo_date() == now.tokyo_date() { "このあと" } else { "明朝" };
            format!("いまは夜間のため、承認すると、{day}{}に送信が始まります。", hour(quiet.until))
        }
        (Some(at), true) => format!("承認すると、{}に送信が始まります。", minute(at)),
        (Some(at), false) => {
            format!("{}は夜間のため、承認すると、{}に送信が始まります。", minute(at), minute(opens))
        }
    }
}

/// When an approved broadcast begins; `None` for at once.
pub(super) fn begins_at(quiet: &QuietHours, due: Option<Timestamp>, now: Timestamp) -> Option<Timestamp> {
    let due = due.map_or(now, |at| at.max(now));
    Some(quiet.opens_at(due)).filter(|opens| now < *opens)
}

/// What is said after an approval.
pub(super) fn approved(quiet: &QuietHours, due: Option<Timestamp>, now: Timestamp) -> Said {
    match begins_at(quiet, due, now) {
        None => Said::ApprovedNow,
        Some(_) if due.is_some_and(|due| now < due) => Said::Approved,
        Some(_) => Said::ApprovedByNight,
    }
}

fn hour(time: Time) -> String {
    match time.minute() {
        0 => format!("{}時", time.hour()),
        minute => format!("{}時{minute}分", time.hour()),
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn quiet(from: i8, until: i8) -> QuietHours {
        QuietHours { from: Time::constant(from, 0, 0, 0), until: Time::constant(until, 0, 0, 0) }
    }

    fn at(day: i8, hour: i8) -> Timestamp {
        Timestamp::from_tokyo(date(2026, 7, day).at(hour, 0, 0, 0))
    }

    #[test]
    fn by_night_the_approver_reads_when_the_morning_begins() {
        let words = |scheduled, now| begins(&quiet(20, 8), scheduled, now);
        assert_eq!(words(None, at(1, 10)), "承認すると、すぐに送信が始まります。");
        assert_eq!(words(None, at(1, 21)), "いまは夜間のため、承認すると、明朝8時に送信が始まります。");
        assert_eq!(words(None, at(2, 3)), "いまは夜間のため、承認すると、このあと8時に送信が始まります。");
        assert_eq!(words(Some(at(2, 9)), at(1, 21)), "承認すると、2026-07-02 09:00に送信が始まります。");
        assert_eq!(
            words(Some(at(2, 22)), at(1, 10)),
            "2026-07-02 22:00は夜間のため、承認すると、2026-07-03 08:00に送信が始まります。"
        );
    }

    #[test]
    fn a_time_in_the_night_says_when_it_begins_instead() {
        let words = |at| waits(&quiet(20, 8), at);
        let morning = |day| Some(format!("夜間(20:00〜8:00)は送りません。7月{day}日 8:00に始まります。"));
        assert_eq!([at(1, 20), at(1, 22), at(2, 7)].map(words), [morning(2), morning(2), morning(2)]);
        assert_eq!([at(2, 8), at(2, 19)].map(words), [None, None]);
        assert_eq!((waits(&quiet(0, 0), at(1, 22)), runs_wait(&quiet(0, 0), Time::midnight())), (None, None));
        assert_eq!(
            runs_wait(&quiet(20, 8), Time::constant(21, 0, 0, 0)).as_deref(),
            Some("夜間(20:00〜8:00)は送りません。どの回も、そのあとの8:00に始まります。")
        );
        assert_eq!(runs_wait(&quiet(20, 8), Time::constant(10, 0, 0, 0)), None);
    }

    #[test]
    fn where_no_hour_is_quiet_nothing_is_said_of_the_night() {
        assert_eq!(rule(&quiet(0, 0)), None);
        assert_eq!(begins(&quiet(0, 0), None, at(1, 23)), "承認すると、すぐに送信が始まります。");
        assert_eq!(rule(&quiet(21, 7)).as_deref(), Some("21時から7時までは送らず、7時になるのを待ちます。"));
    }
}
