//! 「転入日から 90日以下」: how long since or until a date.

use super::Reader;
use super::condition::is_comma;
use super::line::Text;
use super::range::{RangeFault, range, whole};
use super::vocabulary::{DIRECTIONS, ELAPSED_UNITS};
use crate::domain::attribute::{Attribute, ValueType};
use crate::domain::calendar::ElapsedUnit;
use crate::domain::segment::Code;
use crate::domain::segment::rule::{Direction, ElapsedCondition, Range};

const MEND: &str =
    "「転入日から 90日以下」「生年月日から 3〜6か月」のように、数と日・週・か月・年を書いてください。";

impl Reader<'_> {
    /// The attribute and the direction of 「転入日から」; `None` where the word is anything else.
    pub(super) fn dated(&self, word: &str) -> Option<(Attribute, Direction)> {
        let (name, direction) =
            DIRECTIONS.iter().find_map(|(direction, end)| Some((word.strip_suffix(end)?, *direction)))?;
        let attribute = self.catalogue.attributes().iter().find(|attribute| attribute.word == name)?;
        Some((attribute.clone(), direction))
    }

    pub(super) fn elapsed(
        &mut self,
        attribute: &Attribute,
        direction: Direction,
        head: Text<'_>,
        rest: Text<'_>,
    ) -> Option<ElapsedCondition> {
        if attribute.value_type != ValueType::Date {
            let message =
                format!("「{}」は日付ではないので、「から」「まで」では数えられません。", attribute.word);
            return self.refuse(Code::WrongType, head, message, "日付の属性で書いてください。");
        }
        if rest.is_empty() {
            return self.refuse(Code::Empty, head, "期間がありません。", MEND);
        }
        let attribute = attribute.id.clone();
        if let Some((value, unit)) = self.parameter_with_unit(rest) {
            let parameter = Some(self.parameter(value)??);
            return Some(ElapsedCondition { attribute, direction, unit, ranges: Vec::new(), parameter });
        }
        let (unit, ranges) = self.spans(rest)?;
        Some(ElapsedCondition { attribute, direction, unit, ranges, parameter: None })
    }

    /// 「{再接種の間隔} か月」.
    fn parameter_with_unit<'t>(&self, rest: Text<'t>) -> Option<(Text<'t>, ElapsedUnit)> {
        let (unit, value) = rest.last_word();
        let is_parameter = value.compact().starts_with('{');
        let word = unit.to_string();
        let found = ELAPSED_UNITS.iter().find(|(_, known)| *known == word);
        found.filter(|_| is_parameter).map(|(unit, _)| (value, *unit))
    }

    /// Ranges that all have the same unit.
    fn spans(&mut self, rest: Text<'_>) -> Option<(ElapsedUnit, Vec<Range>)> {
        let pieces = rest.split(is_comma);
        let mut read: Vec<(ElapsedUnit, Range)> = Vec::with_capacity(pieces.len());
        for piece in &pieces {
            match span(&piece.compact()) {
                Ok(one) => read.push(one),
                Err(fault) => self.refuse_range(fault, *piece, MEND),
            }
        }
        let unit = read.first()?.0;
        if read.iter().any(|(other, _)| *other != unit) {
            return self.refuse(Code::BadNumber, rest, "日・週・か月・年が混ざっています。", MEND);
        }
        let ranges: Vec<_> = read.into_iter().map(|(_, range)| range).collect();
        (ranges.len() == pieces.len()).then_some((unit, ranges))
    }
}

/// `90日以下`, `90日以内`, `3〜6か月`, `3か月〜6か月`, `8週`.
fn span(text: &str) -> Result<(ElapsedUnit, Range), RangeFault> {
    let mut longest_first: Vec<_> = ELAPSED_UNITS.to_vec();
    longest_first.sort_by_key(|(_, word)| std::cmp::Reverse(word.len()));
    let (unit, word) =
        longest_first.into_iter().find(|(_, word)| text.contains(word)).ok_or(RangeFault::Unreadable)?;
    let plain = text.replace(word, "").replace("以内", "以下");
    range(&plain, whole).map(|range| (unit, range))
}
