//! What an editor typed into the form of a repeat, and how it becomes days, a time, a lead, and how long a run is true.
//!
//! Everything is kept as it was typed, so that a form with mistakes comes back complete. Whether it may be so is the
//! flow's decision, not the form's.

use std::ops::RangeInclusive;

use jiff::civil::Time;
use serde::Deserialize;

use crate::domain::broadcast::lasting::{LONGEST_DAYS, Lasting};
use crate::domain::broadcast::rhythm::{Rhythm, Shift};
use crate::domain::entry::tidy_number;
use crate::domain::ids::BroadcastId;
use crate::flow::broadcast::Again;
use crate::store::broadcasts::Broadcast;
use crate::store::repeats::Repeat;
use crate::web::form::FieldErrors;

/// The form as typed.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Typed {
    /// The version that was seen, where one is changed.
    pub(super) version: String,
    /// The broadcast whose text and rule replace the stored ones; empty where they stay.
    pub(super) model: String,
    pub(super) kind: String,
    pub(super) month: String,
    pub(super) day: String,
    pub(super) nth: String,
    pub(super) weekday: String,
    pub(super) edge: String,
    pub(super) days: String,
    pub(super) attribute: String,
    pub(super) years: String,
    pub(super) shift: String,
    pub(super) time: String,
    pub(super) lead: String,
    pub(super) expires: String,
    pub(super) deadline: String,
}

impl Typed {
    /// What a new one begins with.
    pub(super) fn new() -> Self {
        Self {
            kind: "yearly".to_owned(),
            shift: "after".to_owned(),
            time: "10:00".to_owned(),
            lead: "14".to_owned(),
            days: "0".to_owned(),
            ..Self::default()
        }
    }

    /// What a new one of a model begins with: where the model says how long it is true, so does each run.
    pub(super) fn of_model(model: &Broadcast) -> Self {
        let Some(at) = model.scheduled_at else { return Self::new() };
        Self::new().lasting(Lasting::of(at.tokyo_date(), model.expires_at, model.content.last_day()))
    }

    /// What is stored.
    pub(super) fn of(repeat: &Repeat) -> Self {
        let mut typed = Self {
            shift: repeat.shift.clone(),
            time: format!("{:02}:{:02}", repeat.minute / 60, repeat.minute % 60),
            lead: repeat.lead_days.to_string(),
            ..Self::new()
        };
        typed = typed.lasting(repeat.lasting());
        let mut words = repeat.rhythm.split(' ').map(str::to_owned);
        let mut next = || words.next().unwrap_or_default();
        typed.kind = next();
        match typed.kind.as_str() {
            "yearly" => (typed.month, typed.day) = (next(), next()),
            "monthly" => typed.day = next(),
            "weekday" => (typed.nth, typed.weekday) = (next(), next()),
            "fiscal" => (typed.edge, typed.days) = (next(), next()),
            "anniversary" => (typed.attribute, typed.years, typed.days) = (next(), next(), next()),
            _ => {}
        }
        typed
    }

    fn lasting(self, lasting: Lasting) -> Self {
        let word = |days: Option<i64>| days.map_or_else(String::new, |days| days.to_string());
        Self { expires: word(lasting.expires_days), deadline: word(lasting.deadline_days), ..self }
    }

    /// How it comes again, or what is wrong at each field.
    pub(super) fn again(&self) -> Result<Again, FieldErrors> {
        let mut errors = FieldErrors::default();
        let rhythm = self.rhythm(&mut errors);
        let shift = Shift::parse(&self.shift);
        if shift.is_none() {
            errors.add("shift", "閉庁日にあたったらどうするかを選んでください。");
        }
        let at = time(&self.time);
        if at.is_none() {
            errors.add("time", "時刻を、例のとおりに入力してください(例 10:00)。");
        }
        let said = "何日前に下書きを作るかを、1から60の数字で入力してください。";
        let lead = number(&self.lead, 1..=60, ("lead", said), &mut errors);
        let lasting = Lasting {
            expires_days: days(&self.expires, ("expires", "有効期限"), &mut errors),
            deadline_days: days(&self.deadline, ("deadline", "本文の期限"), &mut errors),
        };
        match (rhythm, shift, at, lead) {
            (Some(rhythm), Some(shift), Some(at), Some(lead)) if errors.is_empty() => {
                Ok(Again { rhythm, shift, at, lead_days: i64::from(lead), lasting })
            }
            _ => Err(errors),
        }
    }

    /// What it is changed to: how it comes again and, if one was chosen, the broadcast whose text and rule it takes.
    pub(super) fn wish(&self) -> Result<(Option<BroadcastId>, Again), FieldErrors> {
        let again = self.again()?;
        if self.model.is_empty() {
            return Ok((None, again));
        }
        let mut errors = FieldErrors::default();
        errors.add("model", "文章と条件を、一覧から選んでください。");
        BroadcastId::parse(&self.model).map(|model| (Some(model), again)).ok_or(errors)
    }

    fn rhythm(&self, errors: &mut FieldErrors) -> Option<Rhythm> {
        let (attribute, edge) = (&self.attribute, &self.edge);
        let text = match self.kind.as_str() {
            "yearly" => {
                let said = "月を、1から12の数字で入力してください。";
                let month = number(&self.month, 1..=12, ("month", said), errors);
                let day = self.day(errors);
                format!("yearly {} {}", month?, day?)
            }
            "monthly" => format!("monthly {}", self.day(errors)?),
            "weekday" => format!("weekday {} {}", self.nth, self.weekday),
            "fiscal" => format!("fiscal {edge} {}", self.days(180, errors)?),
            "anniversary" => {
                let said = "何年後かを、0から120の数字で入力してください(3歳の誕生日なら 3)。";
                let years = number(&self.years, 0..=120, ("years", said), errors);
                let days = self.days(365, errors);
                format!("anniversary {attribute} {} {}", years?, days?)
            }
            _ => {
                errors.add("kind", "いつ繰り返すかを選んでください。");
                return None;
            }
        };
        let rhythm = Rhythm::parse(&text);
        if let Some(Err(none)) = rhythm.as_ref().map(Rhythm::check_day) {
            errors.add("day", none.to_string());
        }
        if rhythm.is_none() {
            let (field, said) = match self.kind.as_str() {
                "weekday" => ("nth", "第何の何曜日かを選んでください。"),
                "fiscal" => ("edge", "年度のどちらから数えるかを選んでください。"),
                _ => ("attribute", "だれの日かを選んでください。"),
            };
            errors.add(field, said);
        }
        rhythm
    }

    fn day(&self, errors: &mut FieldErrors) -> Option<i16> {
        let said = "日を、1から31の数字で入力してください。";
        number(&self.day, 1..=31, ("day", said), errors)
    }

    fn days(&self, most: i16, errors: &mut FieldErrors) -> Option<i16> {
        let said = format!("何日後かを、-{most}から{most}の数字で入力してください(14日前なら -14)。");
        number(&self.days, -most..=most, ("days", &said), errors)
    }
}

/// A whole number as people type it, full-width digits and signs, too.
fn number(
    typed: &str,
    within: RangeInclusive<i16>,
    (field, said): (&str, &str),
    errors: &mut FieldErrors,
) -> Option<i16> {
    let read = tidy_number(typed).parse().ok().filter(|number| within.contains(number));
    if read.is_none() {
        errors.add(field, said);
    }
    read
}

/// Days after the day of sending; none where nothing was typed.
fn days(typed: &str, (field, word): (&str, &str), errors: &mut FieldErrors) -> Option<i64> {
    if typed.trim().is_empty() {
        return None;
    }
    let said = format!(
        "{word}を配信日の何日後にするかを、1から{LONGEST_DAYS}の数字で入力してください。付けないときは、空のままにします。"
    );
    let most = i16::try_from(LONGEST_DAYS).unwrap_or(i16::MAX);
    number(typed, 1..=most, (field, &said), errors).map(i64::from)
}

fn time(typed: &str) -> Option<Time> {
    let plain = tidy_number(typed);
    let (hour, minute) = plain.split_once(':')?;
    Time::new(hour.parse().ok()?, minute.parse().ok()?, 0, 0).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(kind: &str) -> Typed {
        let [nth, weekday, edge] = ["2", "tue", "last"].map(str::to_owned);
        let attribute = "birth_date".to_owned();
        Typed { kind: kind.to_owned(), nth, weekday, edge, attribute, ..Typed::new() }
    }

    fn faults(typed: &Typed) -> Vec<String> {
        let errors = typed.again().unwrap_err();
        errors.iter().map(|(field, _)| field.to_owned()).collect()
    }

    #[test]
    fn each_kind_is_read_as_people_type_it() {
        let [month, day, days, years] = [" ７ ", "３１", "−14", "3"].map(str::to_owned);
        let (time, lead) = ("９：３０".to_owned(), "60".to_owned());
        let filled = |kind: &str| {
            let (month, day, days, years) = (month.clone(), day.clone(), days.clone(), years.clone());
            let (time, lead) = (time.clone(), lead.clone());
            Typed { month, day, days, years, time, lead, ..typed(kind) }.again().unwrap()
        };
        for (kind, stored) in [
            ("yearly", "yearly 7 31"),
            ("monthly", "monthly 31"),
            ("weekday", "weekday 2 tue"),
            ("fiscal", "fiscal last -14"),
            ("anniversary", "anniversary birth_date 3 -14"),
        ] {
            let again = filled(kind);
            assert_eq!((again.rhythm.to_text().as_str(), again.lead_days), (stored, 60));
            assert_eq!((again.at, again.shift), (Time::constant(9, 30, 0, 0), Shift::After));
        }
    }

    #[test]
    fn each_wrong_field_is_named_and_only_those_that_matter() {
        assert_eq!(faults(&typed("yearly")), ["month", "day"]);
        assert_eq!(faults(&typed("monthly")), ["day"]);
        let never = Typed { month: "2".to_owned(), day: "30".to_owned(), ..typed("yearly") };
        assert_eq!(faults(&never), ["day"]);
        assert_eq!(faults(&typed("anniversary")), ["years"]);
        assert_eq!(faults(&typed("daily")), ["kind"]);
        assert_eq!(faults(&Typed { nth: String::new(), ..typed("weekday") }), ["nth"]);
        assert_eq!(faults(&Typed { edge: String::new(), ..typed("fiscal") }), ["edge"]);
        assert_eq!(faults(&Typed { days: "181".to_owned(), ..typed("fiscal") }), ["days"]);
        let nothing = Typed { day: "1".to_owned(), ..Typed::default() };
        assert_eq!(faults(&nothing), ["kind", "shift", "time", "lead"]);
        assert_eq!(
            faults(&Typed { lead: "0".to_owned(), day: "1".to_owned(), ..typed("monthly") }),
            ["lead"]
        );
        let days = |typed: &str| {
            let days = typed.to_owned();
            let whole = Typed {
                day: "1".to_owned(),
                expires: days.clone(),
                deadline: days,
                ..self::typed("monthly")
            };
            whole.again().map(|again| (again.lasting.expires_days, again.lasting.deadline_days))
        };
        for (said, read) in [("", None), (" ", None), ("７ ", Some(7)), ("365", Some(365))] {
            assert_eq!(days(said).unwrap(), (read, read), "{said}");
        }
        for wrong in ["0", "-1", "−1", "ー1", "366", "99999999999", "7日", "1.5"] {
            let errors = days(wrong).unwrap_err();
            let fields: Vec<_> = errors.iter().map(|(field, _)| field.to_owned()).collect();
            assert_eq!(fields, ["expires", "deadline"], "{wrong}");
        }
    }
}
