//! 「受診 特定健診 今年度 0回」: what happened, in which time, how often.

use super::Reader;
use super::line::Text;
use super::range::whole;
use crate::domain::history::EventKind;
use crate::domain::segment::Code;
use crate::domain::segment::rule::{EventCondition, EventWindow, Times};

const MEND: &str = "「受診 特定健診 今年度 0回」のように、名前・期間・回数の順に書いてください。";

impl Reader<'_> {
    pub(super) fn event(
        &mut self,
        kind: EventKind,
        text: Text<'_>,
        rest: Text<'_>,
    ) -> Option<EventCondition> {
        let (subject, rest) = rest.first_word();
        let (window, times) = rest.first_word();
        if subject.is_empty() || times.is_empty() {
            return self.refuse(Code::BadEvent, text, "できごとの条件に足りないところがあります。", MEND);
        }
        let subject = self.event_subject(kind, subject);
        let window = self.event_window(window);
        let times = self.event_times(times);
        Some(EventCondition { kind, subject: subject?, window: window?, times: times? })
    }

    /// The id of a programme, or a series as it is written.
    pub(super) fn event_subject(&mut self, kind: EventKind, text: Text<'_>) -> Option<String> {
        let word = text.to_string();
        if !kind.of_person() {
            return Some(word);
        }
        let programmes = self.catalogue.programmes();
        let found = programmes.iter().find(|programme| programme.word == word);
        found.map(|programme| programme.id.to_string()).or_else(|| {
            let known = programmes.iter().map(|programme| programme.word.as_str());
            let message = format!("「{word}」という健(検)診は属性カタログにありません。");
            self.refuse_word(Code::UnknownValue, text, message, known)
        })
    }

    fn event_window(&mut self, text: Text<'_>) -> Option<EventWindow> {
        event_window(&text.to_string()).or_else(|| {
            let message = format!("期間「{text}」を読み取れません。");
            let mend = "「今年度」「前年度」「過去2年度」「30日以内」「これまで」のどれかを書いてください。";
            let known = ["今年度", "前年度", "過去2年度", "30日以内", "これまで"];
            let meant = self.meant(text, known);
            self.suggest(Code::BadEvent, text, message, meant, mend)
        })
    }

    fn event_times(&mut self, text: Text<'_>) -> Option<Times> {
        event_times(&text.compact()).or_else(|| {
            let message = format!("回数「{text}」を読み取れません。");
            let mend = "「0回」「1回以上」「2回以下」「1回」のように書いてください。";
            self.refuse(Code::BadEvent, text, message, mend)
        })
    }
}

fn event_window(word: &str) -> Option<EventWindow> {
    let years = word.strip_prefix("過去").and_then(|rest| rest.strip_suffix("年度"));
    let years = years.or_else(|| word.strip_suffix("年度以内"));
    let positive = |number: &i64| 1 <= *number;
    match word {
        "今年度" => Some(EventWindow::ThisFiscalYear),
        "前年度" => Some(EventWindow::LastFiscalYear),
        "これまで" | "過去" => Some(EventWindow::Ever),
        _ => match (years, word.strip_suffix("日以内")) {
            (Some(years), _) => {
                u8::try_from(whole(years).filter(positive)?).ok().map(EventWindow::PastFiscalYears)
            }
            (_, Some(days)) => u16::try_from(whole(days)?).ok().map(EventWindow::WithinDays),
            _ => None,
        },
    }
}

fn event_times(word: &str) -> Option<Times> {
    let number = |text: &str| u16::try_from(whole(text)?).ok();
    let positive = |number: &u16| 1 <= *number;
    if matches!(word, "0回" | "なし") {
        return Some(Times::AtMost(0));
    }
    match (word.strip_suffix("回以上"), word.strip_suffix("回以下"), word.strip_suffix('回')) {
        (Some(least), ..) => number(least).filter(positive).map(Times::AtLeast),
        (_, Some(most), _) => number(most).map(Times::AtMost),
        (.., Some(times)) => number(times).filter(positive).map(Times::Exactly),
        _ => None,
    }
}
