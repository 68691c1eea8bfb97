//! How many different people have to approve a broadcast beside those who wrote it.
//!
//! One is enough for most. Two are needed where a mistake would be felt by many or would tell something sensitive. A
//! correction and an emergency may not wait for a third person: one is enough there, whoever it reaches.

use super::check_ups::any_is_sensitive;
use super::whom::Whom;
use crate::domain::attribute::{Catalogue, Sensitivity, core};
use crate::domain::history::EventKind;
use crate::domain::segment::rule::{EventCondition, Node, Rule, Target};
use crate::domain::segment::{Segment, text};

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
    /// What it repeats needed two.
    Repeated,
}

impl WhyTwo {
    /// What staff read.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Everyone => "友だち全員に送るため",
            Self::ManyFriends => "友だちの10%を超える人に送るため",
            Self::Sensitive => "取り扱いに注意がいる項目で相手を決めるため",
            Self::Repeated => "もとの配信に2人の承認が必要だったため",
        }
    }
}

/// What decides about somebody: who gets a broadcast, and what it tells them.
#[derive(Clone, Copy)]
pub struct Rules<'a> {
    /// The rule in its text form; empty where the ledger of another broadcast names the recipients.
    pub rule: &'a str,
    /// The rules behind 対象の健診名, as [`CheckUpRules`](super::CheckUpRules) writes them: who reads of a check-up is one of
    /// those whom they mean.
    pub check_ups: Option<&'a str>,
}

impl Rules<'_> {
    fn is_everyone(&self, catalogue: &Catalogue) -> bool {
        text::parse(self.rule, catalogue).is_ok_and(|segment| segment.target == Target::Everyone)
    }

    fn are_sensitive(&self, catalogue: &Catalogue) -> bool {
        let own = text::parse(self.rule, catalogue).is_ok_and(|segment| is_sensitive(&segment, catalogue));
        own || self.check_ups.is_some_and(|stored| any_is_sensitive(stored, catalogue))
    }
}

/// Why two people have to approve it; empty where one is enough. `rules` are its own and, where it goes to those whom
/// another has missed, those of the other.
#[must_use]
pub fn why_two(
    whom: Whom,
    rules: &[Rules<'_>],
    (recipients, friends): (i64, i64),
    catalogue: &Catalogue,
) -> Vec<WhyTwo> {
    if matches!(whom, Whom::Reached(_) | Whom::Districts) {
        return Vec::new();
    }
    let given = |why: &WhyTwo| match why {
        WhyTwo::Everyone => rules.iter().any(|rules| rules.is_everyone(catalogue)),
        WhyTwo::ManyFriends => friends < recipients.saturating_mul(ONE_FRIEND_IN),
        WhyTwo::Sensitive => rules.iter().any(|rules| rules.are_sensitive(catalogue)),
        // Added where the earlier broadcast is known.
        WhyTwo::Repeated => false,
    };
    [WhyTwo::Everyone, WhyTwo::ManyFriends, WhyTwo::Sensitive].into_iter().filter(given).collect()
}

/// Whether a rule looks at something sensitive, wherever in it: an attribute, or whether somebody took a check-up. What is
/// not known counts as sensitive.
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
        Rule::Event(condition) => is_sensitive_event(condition, catalogue),
        Rule::Bucket(_) => false,
        // A rule whose shared conditions are not in their place is never sent to; whoever asks is told the careful answer.
        Rule::Shared(_) => true,
    }
}

/// 受診 and 予約 tell of a person's health as their programme does; 配信 and タップ tell what the city sent.
fn is_sensitive_event(condition: &EventCondition, catalogue: &Catalogue) -> bool {
    match condition.kind {
        EventKind::Attended | EventKind::Booked => catalogue
            .programme(&condition.subject)
            .is_none_or(|programme| programme.sensitivity == Sensitivity::Sensitive),
        EventKind::Sent | EventKind::Tapped => false,
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
        why_two(Whom::Rule, &[Rules { rule: &rule(target), check_ups: None }], figures, &catalogue)
    }

    fn rule(target: &str) -> String {
        let catalogue = Catalogue::builtin();
        let rule = format!("名前: 見本\n目的: 見本\n所管: 広報課\n根拠: 見本\n\n対象: {target}\n");
        text::print(&text::parse(&rule, &catalogue).unwrap(), &catalogue)
    }

    #[test]
    fn whether_somebody_went_is_as_sensitive_as_the_programme() {
        let histories = |line: &str| why(&format!("すべて\n  - 居住地 平田\n  - {line}"), (1, 100));
        assert_eq!(histories("受診 肝炎検診 今年度 0回"), [WhyTwo::Sensitive]);
        assert_eq!(histories("予約 子宮頸がん検診 今年度 1回以上"), [WhyTwo::Sensitive]);
        assert_eq!(histories("受診 歯周病検診 今年度 0回"), []);
        assert_eq!(histories("配信 特定健診勧奨 30日以内 0回"), []);
        let of_a_child = "家族のだれか\n    - 受診 3歳児健診 これまで 0回";
        assert_eq!(histories(of_a_child), [WhyTwo::Sensitive]);
    }

    #[test]
    fn the_rules_of_the_check_ups_that_are_named_and_those_of_an_earlier_broadcast_count_too() {
        let catalogue = Catalogue::builtin();
        let plain = rule("すべて\n  - 居住地 平田");
        let check_ups = |target: &str| serde_json::to_string(&[("tokutei", rule(target))]).unwrap();
        let of = |check_ups: Option<&str>| {
            why_two(Whom::Rule, &[Rules { rule: &plain, check_ups }], (1, 100), &catalogue)
        };
        assert_eq!(of(None), []);
        assert_eq!(of(Some(&check_ups("すべて\n  - 居住地 今市"))), []);
        assert_eq!(of(Some(&check_ups("すべて\n  - 保険 国保"))), [WhyTwo::Sensitive]);
        assert_eq!(of(Some("nonsense")), [WhyTwo::Sensitive]);
        let missed = Whom::Missed(BroadcastId(Uuid::from_u128(1)));
        let insured = rule("すべて\n  - 保険 国保");
        let [own, insured] = ["", &insured].map(|rule| Rules { rule, check_ups: None });
        assert_eq!(why_two(missed, &[own], (1, 100), &catalogue), []);
        assert_eq!(why_two(missed, &[own, insured], (1, 100), &catalogue), [WhyTwo::Sensitive]);
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
        assert!(why_two(Whom::Reached(earlier), &[], (100, 100), &catalogue).is_empty());
        assert!(why_two(Whom::Districts, &[], (100, 100), &catalogue).is_empty());
        assert_eq!(why_two(Whom::Missed(earlier), &[], (100, 100), &catalogue), [WhyTwo::ManyFriends]);
    }
}
