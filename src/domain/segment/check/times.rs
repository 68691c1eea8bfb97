//! Watches what grows old or is not there yet: parameters without a value, days long past, series nobody knows.

use jiff::ToSpan as _;

use super::{Checker, Code, Diagnostic, Path, Rule};
use crate::domain::attribute::{ParameterId, core};
use crate::domain::calendar::{AgeKind, fiscal_year};
use crate::domain::segment::rule::{AttributeCondition, EventCondition, Test};
use crate::domain::segment::text::nearest;

/// Nobody is older, in years.
const OLDEST: i32 = 125;

impl Checker<'_> {
    /// Looks at each line by itself.
    pub(super) fn times(&mut self) {
        let mut found = Vec::new();
        self.each_node(&mut |path, node, _| {
            found.extend(match &node.rule {
                Rule::Age(age) => match (&age.parameter, age.kind) {
                    (Some(parameter), _) => self.without_value(parameter, path),
                    (None, AgeKind::OnDate(day)) if fiscal_year(day) < fiscal_year(self.today) => {
                        let message = format!("年齢を数える日({day})が、前の年度です。");
                        let mend = "今年度の日付に直すか、このままでよいかを確かめてください。";
                        Some(self.told(Code::WindowPast, path, message, mend))
                    }
                    _ => None,
                },
                Rule::Elapsed(elapsed) => {
                    elapsed.parameter.as_ref().and_then(|parameter| self.without_value(parameter, path))
                }
                Rule::Attribute(condition) => self.long_ago(condition, path),
                Rule::Event(event) => self.unknown_series(event, path),
                _ => None,
            });
        });
        self.found.append(&mut found);
    }

    fn told(&self, code: Code, path: &Path, message: String, mend: impl Into<String>) -> Diagnostic {
        Diagnostic::new(code, self.at(path), message, mend)
    }

    /// A parameter that has no value on any day on which the rule can be used.
    fn without_value(&self, id: &ParameterId, path: &Path) -> Option<Diagnostic> {
        let parameter = self.catalogue.parameter(id.as_str())?;
        let last = self.segment.header.review_by.unwrap_or(self.today).max(self.today);
        if parameter.value_on(last).is_some() {
            return None;
        }
        let from = parameter.values.first().map(|value| value.from.to_string()).unwrap_or_default();
        let word = &parameter.word;
        let message = format!("「{{{word}}}」の値は{from}からなので、{last}まではだれも対象になりません。");
        let mend = "parameters.toml に今の値を加えるか、数を直接書いてください。";
        Some(self.told(Code::NoParameterValue, path, message, mend))
    }

    /// Birth dates of whom nobody is alive: usually a slip in the era.
    fn long_ago(&self, condition: &AttributeCondition, path: &Path) -> Option<Diagnostic> {
        let Test::Date(range) = condition.test else { return None };
        let oldest = self.today.saturating_sub(OLDEST.years());
        let last = range.to.filter(|to| *to < oldest && condition.attribute.as_str() == core::BIRTH_DATE)?;
        let message =
            format!("{last}までに生まれた方は{OLDEST}歳を超えるので、当てはまる人はいないはずです。");
        Some(self.told(Code::WindowPast, path, message, "元号や年の書きまちがいでないかを確かめてください。"))
    }

    fn unknown_series(&self, event: &EventCondition, path: &Path) -> Option<Diagnostic> {
        let known = self.catalogue.series();
        if event.kind.of_person() || known.contains(&event.subject) {
            return None;
        }
        let near = nearest(&event.subject, known.iter().map(String::as_str));
        let message = format!("「{}」という配信シリーズはありません。", event.subject);
        let mend = match &near {
            Some(near) => format!(
                "もしかして「{near}」ですか。新しいシリーズなら、コンソールの「シリーズ」かカタログの series に加えてください。"
            ),
            None => "新しいシリーズなら、コンソールの「シリーズ」かカタログの series に加えてください。"
                .to_owned(),
        };
        Some(self.told(Code::UnknownSeries, path, message, mend).suggesting(near))
    }
}
