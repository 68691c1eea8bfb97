//! How many different people have to approve a broadcast beside those who wrote it.
//!
//! One is enough for most. Two are needed where a mistake would be felt by many or would tell something sensitive. A
//! correction and an emergency may not wait for a third person: one is enough there, whoever it reaches.

use super::whom::Whom;
use crate::domain::attribute::{Catalogue, Sensitivity, core};
use crate::domain::segment::Segment;
use crate::domain::segment::rule::{Node, Rule, Target};

/// More recipients than one in this many friends need two approvers.
pub const ONE_FRIEND_IN: i64 = 10;

/// Why two people have to approve.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WhyTwo {
    /// The rule says 友だち全員.
    Everyone,
    /// It reaches more than one in ten friends.
    ManyFriends,
    /// The rule looks at something sensitive.
    Sensitive,
}

impl WhyTwo {
    /// What staff read.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Everyone => "友だち全員に送るため",
            Self::ManyFriends => "友だちの10%を超える人に送るため",
            Self::Sensitive => "取り扱いに注意がいる項目で相手を決めるため",
        }
    }
}

/// Why two people have to approve it; empty where one is enough.
#[must_use]
pub fn why_two(
    whom: Whom,
    segment: Option<&Segment>,
    (recipients, friends): (i64, i64),
    catalogue: &Catalogue,
) -> Vec<WhyTwo> {
    if matches!(whom, Whom::Reached(_) | Whom::Districts) {
        return Vec::new();
    }
    let given = |why: &WhyTwo| match why {
        WhyTwo::Everyone => segment.is_some_and(|segment| segment.target == Target::Everyone),
        WhyTwo::ManyFriends => friends < recipients.saturating_mul(ONE_FRIEND_IN),
        WhyTwo::Sensitive => segment.is_some_and(|segment| is_sensitive(segment, catalogue)),
    };
    [WhyTwo::Everyone, WhyTwo::ManyFriends, WhyTwo::Sensitive].into_iter().filter(given).collect()
}

/// Whether a rule looks at a sensitive attribute, wherever in it; one that is not known counts as sensitive.
#[must_use]
pub fn is_sensitive(segment: &Segment, catalogue: &Catalogue) -> bool {
    let target = match &segment.target {
        Target::Everyone => &[][..],
        Target::Group(group) => &group.members,
    };
    target.iter().chain(&segment.exclusions).any(|node| looks_at_sensitive(node, catalogue))
}

fn looks_at_sensitive(node: &Node, catalogue: &Catalogue) -> bool {
    let is = |id: &str| {
        catalogue.attribute(id).is_none_or(|attribute| attribute.sensitivity == Sensitivity::Sensitive)
    };
    let any = |nodes: &[Node]| nodes.iter().any(|node| looks_at_sensitive(node, catalogue));
    match &node.rule {
        Rule::Group(group) => any(&group.members),
        Rule::Relatives(relatives) => any(&relatives.group.members),
        Rule::Age(_) | Rule::BirthYear(_) => is(core::BIRTH_DATE),
        Rule::Attribute(condition) => is(condition.attribute.as_str()),
        Rule::Elapsed(condition) => is(condition.attribute.as_str()),
        Rule::Event(_) | Rule::Bucket(_) => false,
        // A rule whose shared conditions are not in their place is never sent to; whoever asks is told the careful answer.
        Rule::Shared(_) => true,
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::domain::ids::BroadcastId;
    use crate::domain::segment::text;

    fn why(target: &str, figures: (i64, i64)) -> Vec<WhyTwo> {
        let catalogue = Catalogue::builtin();
        let rule = format!("名前: 見本\n目的: 見本\n所管: 広報課\n根拠: 見本\n\n対象: {target}\n");
        let segment = text::parse(&rule, &catalogue).unwrap();
        why_two(Whom::Rule, Some(&segment), figures, &catalogue)
    }

    #[test]
    fn everyone_more_than_a_tenth_and_sensitive_facts_need_two() {
        const SOME: &str = "すべて\n  - 居住地 平田";
        assert_eq!(why(SOME, (10, 100)), []);
        assert_eq!(why(SOME, (11, 100)), [WhyTwo::ManyFriends]);
        assert_eq!(why("友だち全員", (1, 100)), [WhyTwo::Everyone]);
        assert_eq!(why("すべて\n  - 保険 国保", (1, 100)), [WhyTwo::Sensitive]);
        let deep =
            "すべて\n  - 居住地 平田\n  - いずれか\n    - 子のだれか\n      - 保険 国保\n    - 性別 女性";
        assert_eq!(why(deep, (1, 100)), [WhyTwo::Sensitive]);
        assert_eq!(why("すべて\n  - 居住地 平田\n\n除外:\n  - 保険 国保", (1, 100)), [WhyTwo::Sensitive]);
    }

    #[test]
    fn a_correction_and_an_emergency_wait_for_one_whoever_they_reach() {
        let catalogue = Catalogue::builtin();
        let earlier = BroadcastId(Uuid::from_u128(1));
        assert!(why_two(Whom::Reached(earlier), None, (100, 100), &catalogue).is_empty());
        assert!(why_two(Whom::Districts, None, (100, 100), &catalogue).is_empty());
        assert_eq!(why_two(Whom::Missed(earlier), None, (100, 100), &catalogue), [WhyTwo::ManyFriends]);
    }
}
