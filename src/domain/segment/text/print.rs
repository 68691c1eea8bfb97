//! Prints a rule in its one canonical form, comments included.

use std::fmt::{self, Write as _};

use super::vocabulary::{
    AGES, BIRTH_YEAR, BUCKET, CALENDARS, DIRECTIONS, EDITION, ELAPSED_UNITS, EVENTS, EVERYONE, EXPECTS,
    FAMILY, MISSING, MODES, ON_DATE, PARITIES, SALT, UNITS, word,
};
use crate::domain::attribute::{Attribute, Catalogue, ParameterId, Value, ValueId, core};
use crate::domain::calendar::{AgeKind, Grade};
use crate::domain::segment::rule::{
    AgeCondition, AttributeCondition, BucketCondition, ChoiceRef, DateRange, ElapsedCondition,
    EventCondition, EventWindow, Example, Fact, Group, Header, HowMany, Mode, Node, PastEvent, Range,
    Relatives, Rule, Segment, SharedRef, Target, Test, Times, Unit,
};

/// The canonical text of a rule; `parse(print(rule)) == rule` for every rule that came through a parser.
#[must_use]
pub fn print(segment: &Segment, catalogue: &Catalogue) -> String {
    let mut printer = Printer { catalogue, out: String::new() };
    // Writing into a string can't fail.
    let _ = printer.segment(segment);
    printer.out
}

/// One condition in the words of the language, without what stands beneath it.
#[must_use]
pub fn rule_words(rule: &Rule, catalogue: &Catalogue) -> String {
    Printer { catalogue, out: String::new() }.head(rule)
}

struct Printer<'a> {
    catalogue: &'a Catalogue,
    out: String,
}

impl Printer<'_> {
    fn segment(&mut self, segment: &Segment) -> fmt::Result {
        self.comments(0, &segment.preface)?;
        self.header(&segment.header)?;
        match &segment.target {
            Target::Everyone => writeln!(self.out, "\n対象: {EVERYONE}")?,
            Target::Group(group) => {
                writeln!(self.out, "\n対象: {}", word(&MODES, &group.mode))?;
                self.members(1, &group.members)?;
            }
        }
        if !segment.exclusions.is_empty() {
            writeln!(self.out, "\n除外:")?;
            self.members(1, &segment.exclusions)?;
        }
        self.examples(&segment.examples)?;
        if !segment.closing.is_empty() {
            writeln!(self.out)?;
        }
        self.comments(0, &segment.closing)
    }

    fn header(&mut self, header: &Header) -> fmt::Result {
        writeln!(self.out, "名前: {}\n目的: {}\n所管: {}", header.name, header.purpose, header.owner)?;
        if let Some(basis) = &header.basis {
            writeln!(self.out, "根拠: {basis}")?;
        }
        if let Some(expected) = header.expected {
            writeln!(self.out, "想定人数: {}〜{}", expected.from, expected.to)?;
        }
        if let Some(date) = header.review_by {
            writeln!(self.out, "見直し期限: {date}")?;
        }
        if header.unit != Unit::default() {
            writeln!(self.out, "単位: {}", word(&UNITS, &header.unit))?;
        }
        Ok(())
    }

    fn comments(&mut self, depth: usize, lines: &[String]) -> fmt::Result {
        lines.iter().try_for_each(|line| {
            writeln!(self.out, "{}{}", "  ".repeat(depth), format!("# {line}").trim_end())
        })
    }

    fn members(&mut self, depth: usize, nodes: &[Node]) -> fmt::Result {
        for node in nodes {
            self.comments(depth, &node.above)?;
            let head = self.head(&node.rule);
            writeln!(self.out, "{}- {head}{}", "  ".repeat(depth), beside(node.beside.as_deref()))?;
            if let Rule::Group(group) | Rule::Relatives(Relatives { group, .. }) = &node.rule {
                self.members(depth + 1, &group.members)?;
            }
        }
        Ok(())
    }

    fn head(&self, rule: &Rule) -> String {
        match rule {
            Rule::Group(Group { mode, .. }) => word(&MODES, mode).to_owned(),
            Rule::Relatives(relatives) => self.relatives(relatives),
            Rule::Age(age) => self.age(age),
            Rule::BirthYear(year) => {
                format!("{BIRTH_YEAR} {} {}", word(&CALENDARS, &year.calendar), word(&PARITIES, &year.parity))
            }
            Rule::Attribute(condition) => self.attribute(condition),
            Rule::Elapsed(elapsed) => self.elapsed(elapsed),
            Rule::Event(event) => self.event(event),
            Rule::Bucket(bucket) => bucket_words(bucket),
            Rule::Shared(shared) => shared_words(shared),
        }
    }

    fn age(&self, age: &AgeCondition) -> String {
        let name = match age.kind {
            AgeKind::OnDate(date) => format!("{ON_DATE} {date}"),
            kind => word(&AGES, &kind).to_owned(),
        };
        let grade =
            |age: i64| i32::try_from(age).ok().and_then(Grade::from_age).map_or("?", Grade::name).to_owned();
        let ages = match (&age.parameter, age.kind) {
            (Some(parameter), _) => self.parameter(parameter),
            (None, AgeKind::SchoolYear) => ranges_words(&age.ranges, grade),
            (None, _) => ranges_words(&age.ranges, |age| age.to_string()),
        };
        let parity = age.parity.map(|parity| format!(" {}", word(&PARITIES, &parity)));
        format!("{name} {ages}{}", parity.unwrap_or_default())
    }

    fn parameter(&self, id: &ParameterId) -> String {
        let known = self.catalogue.parameter(id.as_str());
        format!("{{{}}}", known.map_or(id.as_str(), |parameter| &parameter.word))
    }

    fn elapsed(&self, condition: &ElapsedCondition) -> String {
        let attribute = self.catalogue.attribute(condition.attribute.as_str());
        let name = attribute.map_or(condition.attribute.as_str(), |attribute| &attribute.word);
        let direction = word(&DIRECTIONS, &condition.direction);
        let unit = word(&ELAPSED_UNITS, &condition.unit);
        let spans = match &condition.parameter {
            Some(parameter) => format!("{} {unit}", self.parameter(parameter)),
            None => {
                condition.ranges.iter().map(|range| span_words(range, unit)).collect::<Vec<_>>().join(", ")
            }
        };
        format!("{name}{direction} {spans}")
    }

    fn event(&self, event: &EventCondition) -> String {
        let window = match event.window {
            EventWindow::ThisFiscalYear => "今年度".to_owned(),
            EventWindow::LastFiscalYear => "前年度".to_owned(),
            EventWindow::PastFiscalYears(years) => format!("過去{years}年度"),
            EventWindow::WithinDays(days) => format!("{days}日以内"),
            EventWindow::Ever => "これまで".to_owned(),
        };
        let times = match event.times {
            Times::AtMost(0) => "0回".to_owned(),
            Times::AtMost(most) => format!("{most}回以下"),
            Times::AtLeast(least) => format!("{least}回以上"),
            Times::Exactly(times) => format!("{times}回"),
        };
        let subject = self.catalogue.subject_word(event.kind, &event.subject);
        format!("{} {subject} {window} {times}", word(&EVENTS, &event.kind))
    }

    fn relatives(&self, relatives: &Relatives) -> String {
        let relation = self.catalogue.attribute(core::RELATION);
        let named = relatives.relations.iter().map(|id| value_word(relation, id));
        let who = if relatives.relations.is_empty() {
            FAMILY.to_owned()
        } else {
            named.collect::<Vec<_>>().join("・")
        };
        let count = match relatives.count {
            HowMany::Someone => "のだれか".to_owned(),
            HowMany::Everyone => "の全員".to_owned(),
            HowMany::Nobody => "に0人".to_owned(),
            HowMany::AtLeast(number) => format!("に{number}人以上"),
            HowMany::AtMost(number) => format!("に{number}人以下"),
        };
        match relatives.group.mode {
            Mode::All => who + &count,
            mode => format!("{who}{count} {}", word(&MODES, &mode)),
        }
    }

    fn attribute(&self, condition: &AttributeCondition) -> String {
        let attribute = self.catalogue.attribute(condition.attribute.as_str());
        let name = attribute.map_or(condition.attribute.as_str(), |attribute| &attribute.word);
        let several = attribute
            .is_some_and(|attribute| attribute.value_type == crate::domain::attribute::ValueType::Choices);
        let choices = |choices: &[ChoiceRef]| {
            choices.iter().map(|one| choice_word(attribute, one)).collect::<Vec<_>>().join(", ")
        };
        let test = match &condition.test {
            Test::AnyOf(any) if several => format!("いずれか {}", choices(any)),
            Test::AnyOf(any) => choices(any),
            Test::AllOf(all) => format!("すべて {}", choices(all)),
            Test::NoneOf(none) => format!("なし {}", choices(none)),
            Test::Number(ranges) => ranges_words(ranges, |number| number.to_string()),
            Test::YesNo(yes) => if *yes { "はい" } else { "いいえ" }.to_owned(),
            Test::Date(range) => date_words(range),
            Test::Missing => MISSING.to_owned(),
        };
        format!("{name} {test}")
    }

    fn examples(&mut self, examples: &[Example]) -> fmt::Result {
        if !examples.is_empty() {
            writeln!(self.out, "\n例:")?;
        }
        for example in examples {
            self.comments(1, &example.above)?;
            let mut cells = vec![format!("基準日 {}", example.as_of)];
            cells.extend(example.facts.iter().map(|fact| self.fact(fact)));
            cells.extend(example.family.iter().map(|relative| {
                let facts = relative.facts.iter().map(|fact| self.fact(fact));
                let events = relative.events.iter().map(|event| self.past_event(event));
                let known: Vec<_> = facts.chain(events).collect();
                format!("{FAMILY} {}", known.join(", ")).trim_end().to_owned()
            }));
            cells.extend(example.events.iter().map(|event| self.past_event(event)));
            cells.extend(example.lot.map(|number| format!("{BUCKET} {number}")));
            let expect = word(&EXPECTS, &example.expect);
            writeln!(self.out, "  {expect} | {}{}", cells.join(" | "), beside(example.beside.as_deref()))?;
        }
        Ok(())
    }

    fn past_event(&self, event: &PastEvent) -> String {
        let subject = self.catalogue.subject_word(event.kind, &event.subject);
        let on = event.on.map_or_else(|| MISSING.to_owned(), |on| on.to_string());
        format!("{} {subject} {on}", word(&EVENTS, &event.kind))
    }

    fn fact(&self, fact: &Fact) -> String {
        let attribute = self.catalogue.attribute(fact.attribute.as_str());
        let name = attribute.map_or(fact.attribute.as_str(), |attribute| &attribute.word);
        let value = value_words(attribute, &fact.value);
        format!("{name} {value}")
    }
}

fn beside(comment: Option<&str>) -> String {
    comment.map(|comment| format!("  # {comment}").trim_end().to_owned()).unwrap_or_default()
}

/// A known value in an example, in the words of the language.
#[must_use]
pub fn value_words(attribute: Option<&Attribute>, value: &Value) -> String {
    match value {
        Value::YesNo(yes) => if *yes { "はい" } else { "いいえ" }.to_owned(),
        Value::Number(number) => number.to_string(),
        Value::Date(date) => date.to_string(),
        Value::Choice(id) => value_word(attribute, id),
        Value::Choices(ids) if ids.is_empty() => "なし".to_owned(),
        Value::Choices(ids) => ids.iter().map(|id| value_word(attribute, id)).collect::<Vec<_>>().join(", "),
    }
}

fn value_word(attribute: Option<&Attribute>, id: &ValueId) -> String {
    attribute
        .and_then(|attribute| attribute.value(id.as_str()))
        .map_or(id.as_str(), |value| &value.word)
        .to_owned()
}

fn choice_word(attribute: Option<&Attribute>, choice: &ChoiceRef) -> String {
    match choice {
        ChoiceRef::Value(id) => value_word(attribute, id),
        ChoiceRef::Area(id) => attribute
            .and_then(|attribute| attribute.area(id.as_str()))
            .map_or(id.as_str(), |area| &area.word)
            .to_owned(),
    }
}

fn ranges_words(ranges: &[Range], number: impl Fn(i64) -> String) -> String {
    let words = ranges.iter().map(|range| match (range.from, range.to) {
        (Some(from), Some(to)) if from == to => number(from),
        (Some(from), Some(to)) => format!("{}〜{}", number(from), number(to)),
        (Some(from), None) => format!("{}以上", number(from)),
        (None, Some(to)) => format!("{}以下", number(to)),
        (None, None) => "?".to_owned(),
    });
    words.collect::<Vec<_>>().join(", ")
}

fn date_words(range: &DateRange) -> String {
    match (range.from, range.to) {
        (Some(from), Some(to)) if from == to => from.to_string(),
        (Some(from), Some(to)) => format!("{from}〜{to}"),
        (Some(from), None) => format!("{from}以降"),
        (None, Some(to)) => format!("{to}以前"),
        (None, None) => "?".to_owned(),
    }
}

fn span_words(range: &Range, unit: &str) -> String {
    match (range.from, range.to) {
        (Some(from), Some(to)) if from == to => format!("{from}{unit}"),
        (Some(from), Some(to)) => format!("{from}〜{to}{unit}"),
        (Some(from), None) => format!("{from}{unit}以上"),
        (None, Some(to)) => format!("{to}{unit}以下"),
        (None, None) => "?".to_owned(),
    }
}

fn bucket_words(bucket: &BucketCondition) -> String {
    format!("{BUCKET} {}〜{} {SALT} \"{}\"", bucket.from, bucket.to, bucket.salt)
}

fn shared_words(shared: &SharedRef) -> String {
    match &shared.hash {
        Some(hash) => format!("{} {EDITION} {hash}", shared.path),
        None => shared.path.clone(),
    }
}
