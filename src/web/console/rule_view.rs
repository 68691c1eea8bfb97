//! A rule laid out for reading: flat lines with their depth, birth dates in both calendars, examples with results.
//!
//! Apart from the pages because the segment's page and the approver's page show the same rule the same way.

use askama::Template;
use askama::filters::HtmlSafe;
use jiff::civil::Date;

use crate::domain::attribute::{Attribute, Catalogue, Value, ValueId};
use crate::domain::segment::Segment;
use crate::domain::segment::check::household;
use crate::domain::segment::person::evaluate;
use crate::domain::segment::rule::{Example, Fact, PastEvent};
use crate::domain::segment::window::windows;
use crate::domain::segment::words::{Words, words};

/// One line of a rule with what stands beneath it.
pub struct Line {
    /// What it asks.
    pub text: String,
    /// The concrete dates behind it.
    pub dates: String,
    /// The comment beside it.
    pub note: String,
    /// What stands beneath it.
    pub members: Vec<Line>,
}

impl From<&Words> for Line {
    fn from(words: &Words) -> Self {
        Self {
            text: words.text.clone(),
            dates: words.dates.join("、"),
            note: words.note.clone().unwrap_or_default(),
            members: words.members.iter().map(Self::from).collect(),
        }
    }
}

impl Line {
    /// What stands beneath it, as HTML.
    #[must_use]
    pub fn below(&self) -> RuleLines<'_> {
        RuleLines { members: &self.members }
    }
}

/// Lines of a rule as a nested list.
#[derive(Template)]
#[template(path = "web/console/rule_lines.html")]
pub struct RuleLines<'a> {
    members: &'a [Line],
}

/// The template has escaped what it shows.
impl HtmlSafe for RuleLines<'_> {}

/// A whole rule in words.
pub struct RuleInWords {
    /// Whom it looks at.
    pub unit: &'static str,
    target: Vec<Line>,
    exclusions: Vec<Line>,
}

impl RuleInWords {
    /// Says a rule in words, with its dates on an as-of date.
    #[must_use]
    pub fn new(segment: &Segment, catalogue: &Catalogue, as_of: Date) -> Self {
        let said = words(segment, catalogue, as_of);
        Self {
            unit: said.unit,
            target: vec![Line::from(&said.target)],
            exclusions: said.exclusions.iter().map(Line::from).collect(),
        }
    }

    /// 対象, as HTML.
    #[must_use]
    pub fn target(&self) -> RuleLines<'_> {
        RuleLines { members: &self.target }
    }

    /// 除外, as HTML; `None` where the rule has none.
    #[must_use]
    pub fn exclusions(&self) -> Option<RuleLines<'_>> {
        (!self.exclusions.is_empty()).then_some(RuleLines { members: &self.exclusions })
    }
}

/// The birth dates behind each age condition.
pub struct Windows(pub Vec<Window>);

/// The birth dates behind one age condition.
pub struct Window {
    /// What the condition says.
    pub words: String,
    /// Each range in 和暦 and in ISO form.
    pub births: Vec<(String, String)>,
}

impl Windows {
    /// Of every age condition, on an as-of date.
    #[must_use]
    pub fn new(segment: &Segment, catalogue: &Catalogue, as_of: Date) -> Self {
        let all = windows(segment, catalogue, as_of).into_iter();
        Self(
            all.map(|window| Window {
                words: window.words,
                births: window.births.iter().map(|days| (days.in_wareki(), days.in_iso())).collect(),
            })
            .collect(),
        )
    }
}

/// The examples of a rule, each asked again.
pub struct Examples(pub Vec<Asked>);

/// One example with what the rule says to it.
pub struct Asked {
    /// What the file says it must be.
    pub expected: &'static str,
    /// On which day.
    pub as_of: Date,
    /// Who it is.
    pub who: String,
    /// What the rule says, with its reason.
    pub said: String,
    /// Whether the two agree.
    pub agrees: bool,
}

impl Examples {
    /// Asks the rule about each of its examples.
    #[must_use]
    pub fn new(segment: &Segment, catalogue: &Catalogue) -> Self {
        Self(segment.examples.iter().map(|example| ask(segment, catalogue, example)).collect())
    }
}

fn ask(segment: &Segment, catalogue: &Catalogue, example: &Example) -> Asked {
    let made_up = household(example, catalogue);
    let verdict = evaluate(segment, catalogue, &made_up, example.as_of, None).verdict;
    Asked {
        expected: example.expect.word(),
        as_of: example.as_of,
        who: who(example, catalogue),
        agrees: verdict.kind() == example.expect,
        said: verdict.words(catalogue),
    }
}

fn who(example: &Example, catalogue: &Catalogue) -> String {
    let all = |facts: &[Fact]| facts.iter().map(|fact| said(fact, catalogue)).collect::<Vec<_>>().join("、");
    let mut parts: Vec<String> = Vec::new();
    parts.extend(Some(all(&example.facts)).filter(|text| !text.is_empty()));
    let happened = |event: &PastEvent| {
        let on = event.on.map_or_else(|| "不明".to_owned(), |on| on.to_string());
        format!("{} {} {on}", event.kind.word(), catalogue.subject_word(event.kind, &event.subject))
    };
    parts.extend(example.family.iter().map(|one| {
        let known = Some(all(&one.facts)).filter(|text| !text.is_empty()).into_iter();
        format!("家族({})", known.chain(one.events.iter().map(happened)).collect::<Vec<_>>().join("、"))
    }));
    parts.extend(example.events.iter().map(happened));
    parts.extend(example.lot.map(|number| format!("抽選 {number}")));
    if parts.is_empty() { "登録が何もない人".to_owned() } else { parts.join("、") }
}

fn said(fact: &Fact, catalogue: &Catalogue) -> String {
    let attribute = catalogue.attribute(fact.attribute.as_str());
    let name = attribute.map_or(fact.attribute.as_str(), |attribute| attribute.label.ja());
    let value = match &fact.value {
        Value::YesNo(yes) => if *yes { "はい" } else { "いいえ" }.to_owned(),
        Value::Number(number) => number.to_string(),
        Value::Date(date) => date.to_string(),
        Value::Choice(id) => label(attribute, id),
        Value::Choices(ids) if ids.is_empty() => "なし".to_owned(),
        Value::Choices(ids) => ids.iter().map(|id| label(attribute, id)).collect::<Vec<_>>().join("・"),
    };
    format!("{name} {value}")
}

fn label(attribute: Option<&Attribute>, id: &ValueId) -> String {
    let value = attribute.and_then(|attribute| attribute.value(id.as_str()));
    value.map_or(id.as_str(), |value| value.label.ja()).to_owned()
}
