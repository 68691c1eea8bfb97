//! 例: rows about made-up people, cell by cell.

use jiff::civil::Date;

use super::condition::is_comma;
use super::line::{self, Text};
use super::outline::Row;
use super::range::whole;
use super::value::is_value;
use super::vocabulary::{AS_OF, BUCKET, EVENTS, EXPECTS, FAMILY, MISSING, meaning};
use super::{Places, Reader};
use crate::domain::attribute::{Catalogue, ValueType};
use crate::domain::calendar::parse_date;
use crate::domain::history::{EventKind, When};
use crate::domain::segment::bucket::BUCKETS;
use crate::domain::segment::rule::{Example, Expect, Fact, PastEvent, Relative};
use crate::domain::segment::{Code, Diagnostic};

/// Reads somebody made up: the cells of an example row without its answer. The as-of date may stand among them.
///
/// # Errors
/// Everything that can't be read; columns are those of `cells`.
pub fn parse_person(cells: &str, as_of: Date, catalogue: &Catalogue) -> Result<Example, Vec<Diagnostic>> {
    let line = line::lines(cells);
    let mut reader = Reader { catalogue, places: Places::default(), faults: Vec::new() };
    let mut parts = Parts { as_of: Some(as_of), ..Parts::default() };
    for cell in line.iter().flat_map(|line| line.text().split(|c| c == '|')) {
        if !cell.is_empty() {
            reader.cell(cell, &mut parts);
        }
    }
    match (parts.as_of, reader.faults.is_empty()) {
        (Some(as_of), true) => Ok(parts.example(Expect::Target, as_of)),
        _ => Err(reader.faults),
    }
}

impl Reader<'_> {
    pub(super) fn example(&mut self, row: &Row<'_>) -> Option<Example> {
        self.places.examples.push(row.text.place());
        let before = self.faults.len();
        if Self::ENOUGH <= before {
            return None;
        }
        let cells = row.text.split(|c| c == '|');
        let (first, cells) = cells.split_first()?;
        let expect = self.expect(*first);
        let mut parts = Parts::default();
        for cell in cells {
            self.cell(*cell, &mut parts);
            if Self::ENOUGH <= self.faults.len() {
                return None;
            }
        }
        if parts.as_of.is_none() && self.faults.len() == before {
            let mend = "「基準日 2026-07-01」を加えてください。";
            return self.refuse(Code::BadExample, row.text, "例に基準日がありません。", mend);
        }
        let (above, beside) = (row.above.clone(), row.beside.clone());
        let as_of = parts.as_of;
        (self.faults.len() == before).then_some(Example { above, beside, ..parts.example(expect?, as_of?) })
    }

    fn expect(&mut self, text: Text<'_>) -> Option<Expect> {
        let found = meaning(&EXPECTS, &text.to_string());
        found.or_else(|| {
            let mend = "「対象」「対象外」「除外」「不明」のどれかで始めてください。";
            self.refuse(Code::BadExample, text, format!("例の答え「{text}」が分かりません。"), mend)
        })
    }

    fn cell(&mut self, cell: Text<'_>, parts: &mut Parts) {
        let (head, rest) = cell.first_word();
        let word = head.to_string();
        if word == AS_OF {
            parts.as_of = self.day(rest);
        } else if word == FAMILY {
            let relative = self.family(rest);
            parts.family.push(relative);
        } else if word == BUCKET {
            parts.lot = self.lot(rest);
        } else if let Some(kind) = meaning(&EVENTS, &word) {
            let event = self.past_event(kind, cell, rest);
            parts.events.extend(event);
        } else {
            let fact = self.fact(head, &[rest]);
            self.add(&mut parts.facts, head, fact);
        }
    }

    fn day(&mut self, text: Text<'_>) -> Option<Date> {
        parse_date(&text.compact()).or_else(|| {
            self.refuse(
                Code::BadDate,
                text,
                "日付を読み取れません。",
                "「2026-07-01」のように書いてください。",
            )
        })
    }

    /// 「家族 続柄 子, 生年月日 2024-05-01, 関心分野 健診, 防災, 受診 3歳児健診 2026年度」.
    fn family(&mut self, text: Text<'_>) -> Relative {
        let mut relative = Relative::default();
        let pieces: Vec<_> = text.split(is_comma).into_iter().filter(|piece| !piece.is_empty()).collect();
        let mut rest = &pieces[..];
        while let Some((piece, behind)) = rest.split_first() {
            let (head, first) = piece.first_word();
            let more = self.further_values(head, behind);
            let (further, after) = behind.split_at(more);
            rest = after;
            match meaning(&EVENTS, &head.to_string()) {
                Some(kind) if kind.of_person() => {
                    relative.events.extend(self.past_event(kind, *piece, first))
                }
                _ => {
                    let fact = self.fact(head, &[&[first], further].concat());
                    self.add(&mut relative.facts, head, fact);
                }
            }
        }
        relative
    }

    /// How many of the pieces behind an attribute are further values of it: what is a value, and any word that begins
    /// nothing else, so that a slip of the pen is told as a value that there is not.
    fn further_values(&self, head: Text<'_>, behind: &[Text<'_>]) -> usize {
        let attributes = self.catalogue.attributes();
        let named = |word: &str| attributes.iter().find(|attribute| attribute.word == word);
        let several = named(&head.to_string()).filter(|attribute| attribute.value_type == ValueType::Choices);
        let Some(attribute) = several else { return 0 };
        let goes_on = |piece: &&Text<'_>| {
            let (word, rest) = piece.first_word();
            let word = word.to_string();
            let begins = meaning(&EVENTS, &word).is_some() || named(&word).is_some();
            is_value(attribute, &piece.to_string()) || rest.is_empty() && !begins
        };
        behind.iter().take_while(goes_on).count()
    }

    /// Adds a fact to those of a person; a second one about the same attribute would take the place of the first unseen.
    fn add(&mut self, facts: &mut Vec<Fact>, head: Text<'_>, fact: Option<Fact>) {
        match fact {
            Some(fact) if facts.iter().any(|known| known.attribute == fact.attribute) => {
                let message = format!("一人について「{head}」が二度書かれています。");
                self.refuse::<()>(Code::Doubled, head, message, "どちらか一つにまとめてください。");
            }
            fact => facts.extend(fact),
        }
    }

    fn fact(&mut self, head: Text<'_>, values: &[Text<'_>]) -> Option<Fact> {
        let catalogue = self.catalogue;
        let word = head.to_string();
        let Some(attribute) = catalogue.attributes().iter().find(|attribute| attribute.word == word) else {
            let known = catalogue.attributes().iter().map(|attribute| attribute.word.as_str());
            let known = known.chain([AS_OF, FAMILY, BUCKET]).chain(EVENTS.iter().map(|(_, word)| *word));
            return self.refuse_word(
                Code::BadExample,
                head,
                format!("例の「{word}」が分かりません。"),
                known,
            );
        };
        let value = match values {
            [value] => self.known_value(attribute, *value),
            several => self.known_values(attribute, several),
        }?;
        Some(Fact { attribute: attribute.id.clone(), value })
    }

    fn past_event(&mut self, kind: EventKind, cell: Text<'_>, rest: Text<'_>) -> Option<PastEvent> {
        let (subject, day) = rest.first_word();
        let day = day.compact();
        let on = if day == MISSING { Ok(None) } else { day.parse::<When>().map(Some) };
        let Ok(on) = on else {
            let mend = "「受診 特定健診 2025-07-10」「受診 特定健診 2025年度」「受診 特定健診 不明」のように書いてください。";
            return self.refuse(Code::BadExample, cell, "できごとの例を読み取れません。", mend);
        };
        Some(PastEvent { kind, subject: self.event_subject(kind, subject)?, on })
    }

    fn lot(&mut self, text: Text<'_>) -> Option<u16> {
        let number = whole(&text.compact()).and_then(|number| u16::try_from(number).ok());
        number.filter(|number| *number < BUCKETS).or_else(|| {
            let mend = "「抽選 1234」のように、0〜9999の数を書いてください。";
            self.refuse(Code::BadExample, text, "抽選の数を読み取れません。", mend)
        })
    }
}

#[derive(Default)]
struct Parts {
    as_of: Option<Date>,
    facts: Vec<Fact>,
    family: Vec<Relative>,
    events: Vec<PastEvent>,
    lot: Option<u16>,
}

impl Parts {
    fn example(self, expect: Expect, as_of: Date) -> Example {
        let Self { facts, family, events, lot, .. } = self;
        Example { expect, as_of, facts, family, events, lot, above: Vec::new(), beside: None }
    }
}
