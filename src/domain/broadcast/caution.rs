//! What the figures of an audience give reason to look at again before anything is sent to it.
//!
//! None of it forbids a broadcast: a person has to have seen it. What forbids one, nobody being selected, is refused
//! elsewhere.

use super::words::Caution;
use crate::domain::segment::Segment;
use crate::domain::segment::rule::Target;

/// Fewer recipients than this may be a notice to a single person by mistake.
pub const FEW: u64 = 10;
/// More unknown than one in this many accounts is too much.
pub const ONE_UNKNOWN_IN: u64 = 20;

/// How many accounts a rule finds.
#[derive(Clone, Copy, Debug)]
pub struct Figures {
    /// Would receive.
    pub recipients: u64,
    /// Can't be decided for want of data.
    pub unknown: u64,
    /// All that were asked about.
    pub all: u64,
}

/// Every caution about a rule with these figures, in a fixed order.
#[must_use]
pub fn cautions(segment: &Segment, figures: Figures) -> Vec<Caution> {
    let Figures { recipients, unknown, all } = figures;
    let expected = segment.header.expected;
    let outside = |range: crate::domain::segment::rule::Expected| {
        !(u64::from(range.from)..=u64::from(range.to)).contains(&recipients)
    };
    let given = |caution: &Caution| match caution {
        Caution::Everyone => segment.target == Target::Everyone,
        Caution::OutsideExpected => expected.is_some_and(outside),
        Caution::ManyUnknown => all < unknown.saturating_mul(ONE_UNKNOWN_IN),
        Caution::Few => recipients < FEW,
        // What an earlier broadcast or the text gives reason for is added where those are known.
        Caution::MayRepeat | Caution::SensitiveWords => false,
    };
    Caution::ALL.into_iter().filter(given).collect()
}

/// The stored form of a list of cautions.
#[must_use]
pub fn to_text(cautions: &[Caution]) -> String {
    let mut ids: Vec<_> = cautions.iter().map(|caution| caution.id()).collect();
    ids.sort_unstable();
    ids.dedup();
    ids.join(",")
}

/// Reads [`to_text`], in the order of the cautions; a word that is none is left out.
#[must_use]
pub fn from_text(text: &str) -> Vec<Caution> {
    let named = |caution: &Caution| text.split(',').any(|id| id == caution.id());
    Caution::ALL.into_iter().filter(named).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::attribute::Catalogue;
    use crate::domain::segment::text;

    fn of(target: &str, (recipients, unknown, all): (u64, u64, u64)) -> String {
        let rule = format!("名前: 見本\n目的: 見本\n所管: 広報課\n想定人数: 5〜20\n\n対象: {target}\n");
        let segment = text::parse(&rule, &Catalogue::builtin()).unwrap();
        to_text(&cautions(&segment, Figures { recipients, unknown, all }))
    }

    #[test]
    fn each_caution_begins_at_its_edge_and_several_stand_together() {
        const SOME: &str = "すべて\n  - 居住地 平田";
        assert_eq!(of(SOME, (10, 5, 100)), "");
        assert_eq!(of(SOME, (9, 5, 100)), "few");
        assert_eq!(of(SOME, (10, 6, 100)), "many_unknown");
        assert_eq!(
            (of(SOME, (20, 0, 100)), of(SOME, (21, 0, 100))),
            (String::new(), "outside_expected".into())
        );
        assert_eq!(of("友だち全員", (4, 0, 4)), "everyone,few,outside_expected");
    }

    #[test]
    fn a_list_is_read_as_it_was_written() {
        assert_eq!(to_text(&from_text("few,everyone,nonsense")), "everyone,few");
        assert!(from_text("").is_empty());
    }
}
