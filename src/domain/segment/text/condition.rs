//! One line that asks one thing: an age, an attribute, an event.

use super::Reader;
use super::line::Text;
use super::range::{RangeFault, range, whole};
use super::vocabulary::{
    AGES, BIRTH_YEAR, BUCKET, CALENDARS, DIRECTIONS, EVENTS, ON_DATE, PARITIES, SHARED, first_words, meaning,
};
use crate::domain::attribute::{ParameterId, ValueType};
use crate::domain::calendar::{AgeKind, Grade, parse_date};
use crate::domain::segment::Code;
use crate::domain::segment::rule::{AgeCondition, AttributeCondition, BirthYear, Range, Rule};

/// An age above this is a slip of the pen.
const OLDEST: i64 = 150;

impl Reader<'_> {
    pub(super) fn condition(&mut self, text: Text<'_>) -> Option<Rule> {
        let (head, rest) = text.first_word();
        let word = head.to_string();
        if let Some(kind) = meaning(&AGES, &word) {
            return self.age(kind, head, rest).map(Rule::Age);
        }
        if let Some(kind) = meaning(&EVENTS, &word) {
            return self.event(kind, text, rest).map(Rule::Event);
        }
        if word.starts_with(SHARED) {
            return self.shared(head, rest).map(Rule::Shared);
        }
        if let Some((attribute, direction)) = self.dated(&word) {
            return self.elapsed(&attribute, direction, head, rest).map(Rule::Elapsed);
        }
        match word.as_str() {
            BUCKET => self.bucket(text, rest).map(Rule::Bucket),
            "" => self.refuse(
                Code::Empty,
                text,
                "条件が書かれていません。",
                "条件を書くか、行を消してください。",
            ),
            ON_DATE => self.age_on_date(head, rest).map(Rule::Age),
            BIRTH_YEAR => self.birth_year(text, rest).map(Rule::BirthYear),
            _ => self.attribute(head, rest).map(Rule::Attribute),
        }
    }

    fn attribute(&mut self, head: Text<'_>, rest: Text<'_>) -> Option<AttributeCondition> {
        let catalogue = self.catalogue;
        let word = head.to_string();
        let Some(attribute) = catalogue.attributes().iter().find(|attribute| attribute.word == word) else {
            let fixed = first_words().map(|word| -> &str { word });
            let attributes = catalogue.attributes().iter();
            let dates = attributes.clone().filter(|attribute| attribute.value_type == ValueType::Date);
            let since = dates.flat_map(|date| DIRECTIONS.map(|(_, end)| format!("{}{end}", date.word)));
            let since: Vec<String> = since.collect();
            let known = fixed.chain(attributes.map(|attribute| attribute.word.as_str()));
            let known = known.chain(since.iter().map(String::as_str));
            let message = format!("「{word}」という条件は知りません。");
            return self.refuse_word(Code::UnknownWord, head, message, known);
        };
        let test = self.test(attribute, head, rest)?;
        Some(AttributeCondition { attribute: attribute.id.clone(), test })
    }

    fn age_on_date(&mut self, head: Text<'_>, rest: Text<'_>) -> Option<AgeCondition> {
        let (day, ages) = rest.first_word();
        let Some(date) = parse_date(&day.to_string()) else {
            let at = if day.is_empty() { head } else { day };
            let mend = "「指定日年齢 2027-04-01 40〜74」のように書いてください。";
            return self.refuse(Code::BadDate, at, "年齢を数える日付を読み取れません。", mend);
        };
        self.age(AgeKind::OnDate(date), head, ages)
    }

    fn age(&mut self, kind: AgeKind, head: Text<'_>, rest: Text<'_>) -> Option<AgeCondition> {
        let (last, before) = rest.last_word();
        let parity = meaning(&PARITIES, &last.to_string());
        let ages = if parity.is_some() { before } else { rest };
        if ages.is_empty() {
            let at = if rest.is_empty() { head } else { rest };
            return self.refuse(
                Code::Empty,
                at,
                "年齢の範囲がありません。",
                "「40〜74」「40以上」のように書いてください。",
            );
        }
        // The numbers of a parameter are ages; a school year has names.
        if let Some(parameter) = (kind != AgeKind::SchoolYear).then(|| self.parameter(ages)).flatten() {
            let ranges = Vec::new();
            return Some(AgeCondition { kind, ranges, parameter: Some(parameter?), parity });
        }
        let pieces = ages.split(is_comma);
        let ranges: Vec<Range> = pieces.iter().filter_map(|piece| self.age_range(kind, *piece)).collect();
        (ranges.len() == pieces.len()).then_some(AgeCondition { kind, ranges, parameter: None, parity })
    }

    /// 「{特定健診の対象年齢}」 in the place of ranges; the inner `None` where there is no such parameter.
    pub(super) fn parameter(&mut self, text: Text<'_>) -> Option<Option<ParameterId>> {
        let whole = text.compact();
        let word = whole.strip_prefix('{')?.strip_suffix('}')?;
        let parameters = self.catalogue.parameters();
        let found = parameters.iter().find(|parameter| parameter.word == word);
        Some(found.map(|parameter| parameter.id.clone()).or_else(|| {
            let known = parameters.iter().map(|parameter| parameter.word.as_str());
            let message = format!("「{word}」という値は parameters.toml にありません。");
            self.refuse_word(Code::UnknownParameter, text, message, known)
        }))
    }

    fn age_range(&mut self, kind: AgeKind, piece: Text<'_>) -> Option<Range> {
        let grade = |text: &str| Grade::parse(text).map(|grade| i64::from(grade.age()));
        let most = if kind == AgeKind::Months { OLDEST * 12 } else { OLDEST };
        let age = |text: &str| whole(text).filter(|age| *age <= most);
        let text = piece.compact();
        let (read, mend) = match kind {
            AgeKind::SchoolYear => {
                (range(&text, grade), "「小1」「小1〜小6」「年少〜年長」のように書いてください。")
            }
            _ => (range(&text, age), "「40〜74」「40以上」「75未満」のように書いてください。"),
        };
        // 0歳未満 is nobody; it would read as a range that no age can be in.
        let read =
            read.and_then(|range| if range.to == Some(-1) { Err(RangeFault::Backwards) } else { Ok(range) });
        read.map_err(|fault| self.refuse_range(fault, piece, mend)).ok()
    }

    /// A range that can't be read, or that runs backwards.
    pub(super) fn refuse_range(&mut self, fault: RangeFault, at: Text<'_>, mend: &str) {
        let (code, message) = match fault {
            RangeFault::Unreadable => (Code::BadNumber, format!("「{at}」を読み取れません。")),
            RangeFault::Backwards => {
                (Code::Backwards, format!("「{at}」は大小が逆で、当てはまる人がいません。"))
            }
        };
        self.refuse::<()>(code, at, message, mend);
    }

    fn birth_year(&mut self, text: Text<'_>, rest: Text<'_>) -> Option<BirthYear> {
        let (calendar, parity) = rest.first_word();
        let read = meaning(&CALENDARS, &calendar.to_string()).zip(meaning(&PARITIES, &parity.to_string()));
        match read {
            Some((calendar, parity)) => Some(BirthYear { calendar, parity }),
            None => self.refuse(
                Code::BadNumber,
                text,
                "生年の条件を読み取れません。",
                "「生年 西暦 偶数」のように書いてください。",
            ),
        }
    }
}

/// What separates values.
pub(super) fn is_comma(c: char) -> bool {
    matches!(c, ',' | '、')
}
