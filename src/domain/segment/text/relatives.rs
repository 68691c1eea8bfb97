//! 「家族のだれか」「子に2人以上」: the heads of groups about persons of the household.

use std::collections::BTreeSet;

use super::line::Text;
use super::outline::Item;
use super::range::whole;
use super::vocabulary::{FAMILY, MODES, meaning};
use super::{Path, Reader};
use crate::domain::attribute::{ValueId, core};
use crate::domain::segment::Code;
use crate::domain::segment::rule::{HowMany, Mode, Relatives};

/// What the head of such a group says.
pub(super) struct Head {
    relations: BTreeSet<ValueId>,
    count: HowMany,
    mode: Mode,
}

impl Reader<'_> {
    /// Whether a line is such a head; anything else is left to the other readers.
    pub(super) fn relatives_head(&self, text: Text<'_>) -> Option<Head> {
        let (last, before) = text.last_word();
        let (mode, words) = match meaning(&MODES, &last.to_string()) {
            Some(mode) if !before.is_empty() => (mode, before.compact()),
            _ => (Mode::All, text.compact()),
        };
        let (who, count) = split_count(&words)?;
        let who = who.strip_suffix(['の', 'に', 'が', 'は']).unwrap_or(who);
        Some(Head { relations: self.relations(who)?, count, mode })
    }

    /// Reads the members below a head.
    pub(super) fn relatives(&mut self, head: Head, item: &Item<'_>, path: &mut Path) -> Option<Relatives> {
        if matches!(head.count, HowMany::AtLeast(0) | HowMany::AtMost(0)) {
            return self.refuse(
                Code::BadNumber,
                item.text,
                "人数を読み取れません。",
                "「2人以上」「0人」のように書いてください。",
            );
        }
        let group = self.group(head.mode, item.text, &item.children, path)?;
        Some(Relatives { relations: head.relations, count: head.count, group })
    }

    fn relations(&self, who: &str) -> Option<BTreeSet<ValueId>> {
        if who == FAMILY {
            return Some(BTreeSet::new());
        }
        let relation = self.catalogue.attribute(core::RELATION)?;
        let known = |word: &str| relation.values.iter().find(|value| value.word == word);
        who.split([',', '、', '・']).map(|word| known(word).map(|value| value.id.clone())).collect()
    }
}

/// Cuts the number of persons off the end. One or more is だれか, however it is written.
fn split_count(words: &str) -> Option<(&str, HowMany)> {
    let fixed = [
        ("だれか", HowMany::Someone),
        ("誰か", HowMany::Someone),
        ("全員", HowMany::Everyone),
        ("いない", HowMany::Nobody),
    ];
    if let Some(found) = fixed.iter().find_map(|(word, count)| Some((words.strip_suffix(word)?, *count))) {
        return Some(found);
    }
    let (rest, at_least) = match (words.strip_suffix("人以上"), words.strip_suffix("人以下")) {
        (Some(rest), _) => (rest, true),
        (_, Some(rest)) => (rest, false),
        _ => return words.strip_suffix("0人").map(|who| (who, HowMany::Nobody)),
    };
    let who = rest.trim_end_matches(|c: char| c.is_ascii_digit());
    let number = u8::try_from(whole(rest.get(who.len()..)?)?).ok()?;
    let count = match (at_least, number) {
        (true, 1) => HowMany::Someone,
        (true, number) => HowMany::AtLeast(number),
        (false, 0) => HowMany::Nobody,
        (false, number) => HowMany::AtMost(number),
    };
    Some((who, count))
}
