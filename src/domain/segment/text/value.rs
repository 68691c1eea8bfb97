//! What stands behind an attribute's word: values, ranges, dates, 不明.

use super::Reader;
use super::condition::is_comma;
use super::line::Text;
use super::range::{date_range, range, whole};
use super::reading::also_called;
use super::vocabulary::MISSING;
use crate::domain::attribute::{Attribute, Value, ValueType};
use crate::domain::calendar::parse_date;
use crate::domain::segment::Code;
use crate::domain::segment::rule::{ChoiceRef, Test};

const YES: [&str; 2] = ["はい", "あり"];
const NO: [&str; 2] = ["いいえ", "なし"];

impl Reader<'_> {
    /// The test of an attribute in a condition.
    pub(super) fn test(&mut self, attribute: &Attribute, head: Text<'_>, rest: Text<'_>) -> Option<Test> {
        let text = rest.compact();
        if text.is_empty() {
            return self.refuse(
                Code::Empty,
                head,
                format!("「{head}」の値がありません。"),
                "あとに値を書いてください。",
            );
        }
        if matches!(text.as_str(), MISSING | "不明である") {
            return Some(Test::Missing);
        }
        match attribute.value_type {
            ValueType::Choice => self.choices(attribute, rest).map(Test::AnyOf),
            ValueType::Choices => self.choices_test(attribute, rest),
            ValueType::Number => self.numbers(rest),
            ValueType::YesNo => self.yes_no(rest).map(Test::YesNo),
            ValueType::Date => date_range(&text)
                .map(Test::Date)
                .map_err(|fault| {
                    self.refuse_range(
                        fault,
                        rest,
                        "「1986-04-02〜1987-04-01」「2020-04-01以降」のように書いてください。",
                    )
                })
                .ok(),
        }
    }

    fn choices_test(&mut self, attribute: &Attribute, rest: Text<'_>) -> Option<Test> {
        let (first, after) = rest.first_word();
        match first.to_string().as_str() {
            "いずれか" => self.choices(attribute, after).map(Test::AnyOf),
            "すべて" => self.choices(attribute, after).map(Test::AllOf),
            "なし" => self.choices(attribute, after).map(Test::NoneOf),
            _ => self.choices(attribute, rest).map(Test::AnyOf),
        }
    }

    fn numbers(&mut self, rest: Text<'_>) -> Option<Test> {
        let pieces = rest.split(is_comma);
        let mut ranges = Vec::new();
        for piece in &pieces {
            match range(&piece.compact(), whole) {
                Ok(range) => ranges.push(range),
                Err(fault) => self.refuse_range(fault, *piece, "「1〜3」「5以上」のように書いてください。"),
            }
        }
        (ranges.len() == pieces.len()).then_some(Test::Number(ranges))
    }

    fn yes_no(&mut self, text: Text<'_>) -> Option<bool> {
        let word = text.compact();
        match (YES.contains(&word.as_str()), NO.contains(&word.as_str())) {
            (true, _) => Some(true),
            (_, true) => Some(false),
            _ => self.refuse(
                Code::WrongType,
                text,
                format!("「{text}」は使えません。"),
                "「はい」か「いいえ」を書いてください。",
            ),
        }
    }

    fn choices(&mut self, attribute: &Attribute, text: Text<'_>) -> Option<Vec<ChoiceRef>> {
        self.each_choice(attribute, &text.split(is_comma))
    }

    fn each_choice(&mut self, attribute: &Attribute, pieces: &[Text<'_>]) -> Option<Vec<ChoiceRef>> {
        // Once there are enough faults the rest of the values is not looked at.
        let few = |reader: &Self| reader.faults.len() < Self::ENOUGH;
        let mut read = Vec::with_capacity(pieces.len());
        for piece in pieces {
            read.extend(if few(self) { self.choice(attribute, *piece) } else { None });
        }
        (read.len() == pieces.len()).then_some(read)
    }

    fn choice(&mut self, attribute: &Attribute, text: Text<'_>) -> Option<ChoiceRef> {
        if text.is_empty() {
            return self.refuse(
                Code::Empty,
                text,
                "値が抜けています。",
                "余分な「,」を消すか、値を書いてください。",
            );
        }
        find_choice(attribute, &text.to_string()).or_else(|| {
            let areas = attribute.areas.iter().map(|area| area.word.as_str());
            let known = areas.chain(attribute.values.iter().map(|value| value.word.as_str()));
            let message = format!("「{}」に「{text}」はありません。", attribute.word);
            if self.has_time_for(text)
                && let Some(word) = also_called(attribute, &text.to_string())
            {
                return self.suggest(Code::UnknownValue, text, message, Some(word.to_owned()), "");
            }
            self.refuse_word(Code::UnknownValue, text, message, known)
        })
    }

    /// A known value in an example; an area stands for a district of that name, or for its first district.
    pub(super) fn known_value(&mut self, attribute: &Attribute, text: Text<'_>) -> Option<Value> {
        let word = text.compact();
        match attribute.value_type {
            ValueType::YesNo => self.yes_no(text).map(Value::YesNo),
            ValueType::Number => match whole(&word) {
                Some(number) => Some(Value::Number(number)),
                None => self.refuse(
                    Code::BadNumber,
                    text,
                    format!("「{text}」は数ではありません。"),
                    "半角の数字で書いてください。",
                ),
            },
            ValueType::Date => match parse_date(&word) {
                Some(date) => Some(Value::Date(date)),
                None => self.refuse(
                    Code::BadDate,
                    text,
                    format!("「{text}」は日付ではありません。"),
                    "「1986-04-01」のように書いてください。",
                ),
            },
            ValueType::Choice => {
                let choice = self.choice(attribute, text)?;
                one_value(attribute, choice).map(Value::Choice)
            }
            ValueType::Choices if matches!(word.as_str(), "" | "なし") => Some(Value::Choices([].into())),
            ValueType::Choices => self.known_values(attribute, &text.split(is_comma)),
        }
    }

    /// Several known values of one attribute.
    pub(super) fn known_values(&mut self, attribute: &Attribute, pieces: &[Text<'_>]) -> Option<Value> {
        let choices = self.each_choice(attribute, pieces)?.into_iter();
        choices.map(|choice| one_value(attribute, choice)).collect::<Option<_>>().map(Value::Choices)
    }
}

/// Whether a word stands for a value, or an area, of an attribute.
pub(super) fn is_value(attribute: &Attribute, word: &str) -> bool {
    find_choice(attribute, word).is_some()
}

/// An area's word first, then a value's own word, then the longer spellings of both.
fn find_choice(attribute: &Attribute, word: &str) -> Option<ChoiceRef> {
    let area = |word: &str| attribute.areas.iter().find(|area| area.word == word);
    let value =
        |word: &str| attribute.values.iter().find(|value| value.word == word || value.label.ja() == word);
    let as_area = |word| area(word).map(|area| ChoiceRef::Area(area.id.clone()));
    let as_value = |word| value(word).map(|value| ChoiceRef::Value(value.id.clone()));
    let grouped = !attribute.areas.is_empty();
    as_area(word)
        .or_else(|| as_value(word))
        .or_else(|| as_value(word.strip_suffix("地区").filter(|_| grouped)?))
        .or_else(|| as_area(word.strip_suffix("地域").filter(|_| grouped)?))
}

fn one_value(attribute: &Attribute, choice: ChoiceRef) -> Option<crate::domain::attribute::ValueId> {
    match choice {
        ChoiceRef::Value(id) => Some(id),
        ChoiceRef::Area(area) => {
            let label = attribute.area(area.as_str())?.label.ja();
            let same = attribute.values_in(&area).find(|value| value.label.ja() == label);
            same.or_else(|| attribute.values_in(&area).next()).map(|value| value.id.clone())
        }
    }
}
