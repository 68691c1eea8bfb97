//! The fields of a repeat's form below its kinds, in the order in which they stand, with what was typed and its faults.
//!
//! Each says for which kinds it counts, so that a browser can leave out the others; none of them is ever lost by that.

use std::borrow::Cow;

use super::night;
use super::repeat_typed::Typed;
use crate::app::App;
use crate::domain::attribute::ValueType;
use crate::domain::message::{Blank, Content};
use crate::web::form::FieldErrors;

/// Kinds of days with their words.
pub(super) const KINDS: [(&str, &str); 5] = [
    ("yearly", "毎年(月と日)"),
    ("monthly", "毎月(日)"),
    ("weekday", "毎月(第何の何曜日)"),
    ("fiscal", "毎年度(年度の初日か最終日から何日)"),
    ("anniversary", "毎日、その日にあたる人へ(誕生日など)"),
];

/// What happens to a closed day.
pub(super) const SHIFTS: [(&str, &str); 3] =
    [("after", "次の開庁日に送る"), ("before", "前の開庁日に送る"), ("stay", "そのまま送る")];

const ORDER: [(&str, &str); 5] = [("1", "第1"), ("2", "第2"), ("3", "第3"), ("4", "第4"), ("5", "最後")];
const WEEKDAYS: [(&str, &str); 7] =
    [("mon", "月"), ("tue", "火"), ("wed", "水"), ("thu", "木"), ("fri", "金"), ("sat", "土"), ("sun", "日")];
const EDGES: [(&str, &str); 2] = [("first", "初日(4月1日)"), ("last", "最終日(3月31日)")];

const EXPIRES: &str =
    "1から365。その日の23:59を過ぎたら、残りの人にも送りません。付けないときは、空のままにします。";

/// One field.
pub(super) struct Entry {
    pub(super) name: &'static str,
    pub(super) label: &'static str,
    pub(super) hint: Cow<'static, str>,
    /// The kinds for which it counts, with spaces between; all of them where it is empty.
    pub(super) kinds: &'static str,
    pub(super) value: String,
    pub(super) is_number: bool,
    /// Whether it may be left empty.
    pub(super) is_free: bool,
    /// What can be chosen: stored word and text; nothing where it is typed.
    pub(super) options: Vec<(String, String)>,
    pub(super) error: Option<String>,
}

impl Entry {
    /// What describes it.
    pub(super) fn described_by(&self) -> String {
        let hint = (!self.hint.is_empty()).then(|| format!("{}-hint", self.name));
        let error = self.error.as_ref().map(|_| format!("{}-error", self.name));
        hint.into_iter().chain(error).collect::<Vec<_>>().join(" ")
    }
}

/// All of them.
pub(super) fn entries(app: &App, typed: &Typed, errors: &FieldErrors, texts: &[Content]) -> Vec<Entry> {
    let own = |pairs: &[(&str, &str)]| -> Vec<(String, String)> {
        pairs.iter().map(|(id, word)| ((*id).to_owned(), (*word).to_owned())).collect()
    };
    let dates = app.catalogue.attributes().iter().filter(|known| known.value_type == ValueType::Date);
    let dates = dates.map(|known| (known.id.as_str().to_owned(), known.word.clone())).collect();
    let text = |name, label, hint: &'static str, kinds, value: &String| Entry {
        name,
        label,
        hint: Cow::Borrowed(hint),
        kinds,
        value: value.clone(),
        is_number: false,
        is_free: false,
        options: Vec::new(),
        error: errors.at(name).map(str::to_owned),
    };
    let number =
        |name, label, hint, kinds, value| Entry { is_number: true, ..text(name, label, hint, kinds, value) };
    let choice =
        |name, label, kinds, value, options| Entry { options, ..text(name, label, "", kinds, value) };
    let day = "「毎年」「毎月」のとき。その日がない月は、その月の最後の日になります(毎年2月29日は、うるう年でない年は2月28日)。";
    let days = "「毎年度」「その日にあたる人へ」のとき。14日前なら -14";
    let years = "「その日にあたる人へ」のとき。3歳の誕生日なら 3";
    vec![
        number("month", "月", "「毎年」のとき", "yearly", &typed.month),
        number("day", "日", day, "yearly monthly", &typed.day),
        choice("nth", "第何", "weekday", &typed.nth, own(&ORDER)),
        choice("weekday", "曜日", "weekday", &typed.weekday, own(&WEEKDAYS)),
        choice("edge", "年度のどちらから", "fiscal", &typed.edge, own(&EDGES)),
        choice("attribute", "だれの日", "anniversary", &typed.attribute, dates),
        number("years", "何年後", years, "anniversary", &typed.years),
        text("days", "何日後", days, "fiscal anniversary", &typed.days),
        choice("shift", "閉庁日にあたったら", "", &typed.shift, own(&SHIFTS)),
        Entry { hint: Cow::Owned(time_hint(app)), ..text("time", "時刻", "", "", &typed.time) },
        number("lead", "何日前に下書きを作るか", "1から60", "", &typed.lead),
        Entry {
            is_free: true,
            ..number("expires", "有効期限は、配信日の何日後まで", EXPIRES, "", &typed.expires)
        },
        Entry {
            is_free: true,
            hint: Cow::Owned(deadline_hint(texts)),
            ..number("deadline", "本文の期限は、配信日の何日後", "", "", &typed.deadline)
        },
    ]
}

/// How a time is typed, and what becomes of one in the night.
fn time_hint(app: &App) -> String {
    match night::rule(&app.config.quiet_hours) {
        Some(night) => format!("例 10:00。{night}"),
        None => "例 10:00".to_owned(),
    }
}

/// What happens to `{期限}`, with the texts as they are.
fn deadline_hint(texts: &[Content]) -> String {
    let mut naming = texts.iter().filter(|text| text.blanks().contains(&Blank::Deadline)).peekable();
    let otherwise = match (naming.peek().is_some(), naming.find_map(Content::deadline)) {
        (false, _) => "いまの文章に {期限} はないので、空のままにします。".to_owned(),
        (true, Some(day)) => format!("空のままなら、どの回も {day} のままです。"),
        (true, None) => "空のままなら、回ごとに下書きで日付を入れます。".to_owned(),
    };
    format!("1から365。本文の {{期限}} に、回ごとに、この日数後の日付が入ります。{otherwise}")
}
