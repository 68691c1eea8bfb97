//! Warns where a rule mixes kinds of age: at their boundaries some people are a year older by one than by the other.

use super::{Checker, Code, Path, Rule};
use crate::domain::calendar::{AgeKind, birth_window, wareki};
use crate::domain::segment::rule::AgeCondition;
use crate::domain::segment::text::rule_words;

impl Checker<'_> {
    /// Names the second kind of fiscal-year age of a rule, and somebody for whom it differs from the first.
    pub(super) fn mixed_ages(&mut self) {
        let mut kinds: Vec<(Path, AgeCondition)> = Vec::new();
        self.each_node(&mut |path, node, _| {
            if let Rule::Age(age) = &node.rule
                && of_fiscal_year(age.kind)
                && kinds.iter().all(|(_, known)| known.kind != age.kind)
            {
                kinds.push((path.clone(), age.clone()));
            }
        });
        let Some((_, first)) = kinds.first().cloned() else { return };
        for (path, age) in kinds.into_iter().skip(1) {
            let words = |age: &AgeCondition| rule_words(&Rule::Age(age.clone()), self.catalogue);
            let somebody = self.somebody(&first, &age);
            let message = format!(
                "数える日のちがう年齢「{}」と「{}」が混ざっています({somebody})。",
                words(&first),
                words(&age),
            );
            let mend = "要綱のとおりの数え方か、生年月日の範囲を見て確かめてください。";
            self.say(Code::MixedAges, self.at(&path), message, mend);
        }
    }

    /// 「4月1日生まれの方は…」 with a birth date at the edge of the second condition.
    fn somebody(&self, first: &AgeCondition, second: &AgeCondition) -> String {
        let edge = second.bound(self.catalogue, self.today).and_then(|age| age.ranges.first().copied());
        let edge = edge.and_then(|range| range.from.filter(|from| 0 < *from).or(range.to)).unwrap_or(40);
        let edge = i32::try_from(edge).unwrap_or(40);
        let latest = |age: &AgeCondition| birth_window(age.kind, Some(edge), None, self.today).until;
        // The later of the two last birth dates: old enough by one kind only.
        let birth = latest(first).max(latest(second)).unwrap_or(self.today);
        let years =
            |age: &AgeCondition| format!("{}{}歳", age_word(age.kind), age.kind.count(birth, self.today));
        let start = AgeKind::FiscalYearStart;
        let who = match first.kind == start || second.kind == start {
            true => "多くの方の年齢が1歳ちがいます",
            false => "4月1日生まれの方の年齢が1歳ちがいます",
        };
        format!("{who}。たとえば{}生まれの方は{}、{}", wareki(birth), years(first), years(second))
    }
}

fn of_fiscal_year(kind: AgeKind) -> bool {
    matches!(kind, AgeKind::FiscalYearEnd | AgeKind::FiscalYearReached | AgeKind::FiscalYearStart)
}

fn age_word(kind: AgeKind) -> &'static str {
    match kind {
        AgeKind::FiscalYearEnd => "年度末年齢",
        AgeKind::FiscalYearReached => "年度到達年齢",
        _ => "年度初年齢",
    }
}
