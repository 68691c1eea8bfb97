//! One condition as it was typed: its kind, its fields, its comments, and what stands beneath it.
//!
//! Everything is kept as it was typed, wrong or right. Field names are made here and nowhere else: `n.0.2.kind`,
//! `n.0.2.from`, where `0.2` is the way to the node (0 for 対象, 1 for 除外, then positions).

use std::collections::BTreeMap;

use super::fields::Fields;
use crate::domain::attribute::{Catalogue, ValueType};
use crate::domain::calendar::{AgeKind, ElapsedUnit, Grade};
use crate::domain::history::EventKind;
use crate::domain::segment::rule::{
    AgeCondition, AttributeCondition, ChoiceRef, Direction, ElapsedCondition, EventCondition, EventWindow,
    HowMany, Mode, Node as Told, Parity, Range, Relatives, Rule, Test, Times, YearCalendar,
};
use crate::domain::segment::text::rule_words;

/// A form deeper than this was not made by us.
pub const MAX_DEPTH: usize = 16;

/// One condition of the form.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Node {
    pub kind: Kind,
    pub fields: BTreeMap<&'static str, Vec<String>>,
    /// The comment beside it.
    pub note: String,
    /// Comment lines above it.
    pub above: String,
    pub members: Vec<Node>,
}

/// What a condition asks about.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Kind {
    Group,
    Relatives,
    Age,
    BirthYear,
    /// An attribute, by its id.
    Attribute(String),
    Elapsed,
    Event,
    Bucket,
    Shared,
    /// In the words of the language: whatever has no controls of its own.
    #[default]
    Words,
}

impl Kind {
    pub fn id(&self) -> String {
        match self {
            Self::Attribute(id) => format!("attribute:{id}"),
            Self::Group => "group".to_owned(),
            Self::Relatives => "relatives".to_owned(),
            Self::Age => "age".to_owned(),
            Self::BirthYear => "birth_year".to_owned(),
            Self::Elapsed => "elapsed".to_owned(),
            Self::Event => "event".to_owned(),
            Self::Bucket => "bucket".to_owned(),
            Self::Shared => "shared".to_owned(),
            Self::Words => "words".to_owned(),
        }
    }

    pub fn parse(id: &str, catalogue: &Catalogue) -> Option<Self> {
        if let Some(attribute) = id.strip_prefix("attribute:") {
            return catalogue.attribute(attribute).map(|known| Self::Attribute(known.id.0.clone()));
        }
        let fixed = [
            Self::Group,
            Self::Relatives,
            Self::Age,
            Self::BirthYear,
            Self::Elapsed,
            Self::Event,
            Self::Bucket,
            Self::Shared,
            Self::Words,
        ];
        fixed.into_iter().find(|kind| kind.id() == id)
    }

    pub fn has_members(&self) -> bool {
        matches!(self, Self::Group | Self::Relatives)
    }

    /// The names of its fields; `order` is carried unseen.
    pub fn fields(&self) -> &'static [&'static str] {
        match self {
            Self::Group => &["mode"],
            Self::Relatives => &["relations", "count", "number", "mode"],
            Self::Age => &["age", "date", "parameter", "from", "to", "more", "parity"],
            Self::BirthYear => &["calendar", "parity"],
            Self::Attribute(_) => &["test", "values", "order", "from", "to", "more"],
            Self::Elapsed => &["attribute", "direction", "unit", "parameter", "from", "to", "more"],
            Self::Event => &["event", "subject", "window", "span", "times", "number"],
            Self::Bucket => &["from", "to", "salt"],
            Self::Shared => &["path", "edition"],
            Self::Words => &["words"],
        }
    }
}

impl Node {
    /// An empty condition of a kind, with the first choice of each list.
    pub fn new(kind: Kind, catalogue: &Catalogue) -> Self {
        let fill: &[(&'static str, &str)] = match &kind {
            Kind::Group => &[("mode", "any")],
            Kind::Relatives => &[("count", "someone"), ("mode", "all")],
            Kind::Age => &[("age", "on_day")],
            Kind::BirthYear => &[("calendar", "western"), ("parity", "even")],
            Kind::Attribute(_) => &[("test", "any")],
            Kind::Elapsed => &[("attribute", "birth_date"), ("direction", "since"), ("unit", "days")],
            Kind::Event => {
                &[("event", "attended"), ("window", "this_year"), ("times", "at_least"), ("number", "1")]
            }
            Kind::Bucket => &[("from", "0"), ("to", "4999")],
            Kind::Shared | Kind::Words => &[],
        };
        let mut node = Self { kind, ..Self::default() };
        fill.iter().for_each(|(name, value)| node.set(name, *value));
        if let Kind::Attribute(id) = &node.kind
            && catalogue.attribute(id).is_some_and(|known| known.value_type == ValueType::YesNo)
        {
            node.set("test", "yes");
        }
        node
    }

    /// The single value of a field; empty where there is none.
    pub fn get(&self, name: &str) -> &str {
        self.fields.get(name).and_then(|values| values.first()).map_or("", String::as_str)
    }

    /// All values of a field.
    pub fn all(&self, name: &str) -> &[String] {
        self.fields.get(name).map_or(&[], Vec::as_slice)
    }

    pub fn set(&mut self, name: &'static str, value: impl Into<String>) {
        let value = value.into();
        if !value.is_empty() {
            self.fields.insert(name, vec![value]);
        }
    }

    /// What a form sent for the node at `path`; `None` where it has none there.
    pub fn read(fields: &Fields, path: &str, catalogue: &Catalogue, depth: usize) -> Option<Self> {
        let name = |field: &str| format!("n.{path}.{field}");
        let kind = fields.get(&name("kind")).filter(|_| depth <= MAX_DEPTH)?;
        let kind = Kind::parse(kind, catalogue).unwrap_or_default();
        let mut node = Self {
            note: fields.text(&name("note")),
            above: fields.text(&name("above")),
            members: Self::read_members(fields, path, catalogue, depth),
            ..Self::default()
        };
        for field in kind.fields() {
            let values: Vec<_> = fields.all(&name(field)).map(str::to_owned).collect();
            if values.iter().any(|value| !value.is_empty()) {
                node.fields.insert(field, values);
            }
        }
        node.kind = kind;
        Some(node)
    }

    /// What a form sent beneath `path`.
    pub fn read_members(fields: &Fields, path: &str, catalogue: &Catalogue, depth: usize) -> Vec<Self> {
        let read = |at| Self::read(fields, &format!("{path}.{at}"), catalogue, depth + 1);
        (0..).map_while(read).collect()
    }

    /// A condition of a rule as a form.
    pub fn of(told: &Told, catalogue: &Catalogue) -> Self {
        let mut node = match &told.rule {
            Rule::Group(group) => {
                let members = group.members.iter().map(|node| Self::of(node, catalogue)).collect();
                let mut node = Self { kind: Kind::Group, members, ..Self::default() };
                node.set("mode", mode_id(group.mode));
                node
            }
            Rule::Relatives(relatives) => of_relatives(relatives, catalogue),
            Rule::Age(age) => of_age(age),
            Rule::BirthYear(year) => {
                let mut node = Self { kind: Kind::BirthYear, ..Self::default() };
                let western = year.calendar == YearCalendar::Western;
                node.set("calendar", if western { "western" } else { "japanese" });
                node.set("parity", parity_id(year.parity));
                node
            }
            Rule::Attribute(condition) => of_attribute(condition),
            Rule::Elapsed(elapsed) => of_elapsed(elapsed),
            Rule::Event(event) => of_event(event),
            Rule::Bucket(bucket) => {
                let mut node = Self { kind: Kind::Bucket, ..Self::default() };
                node.set("from", bucket.from.to_string());
                node.set("to", bucket.to.to_string());
                node.set("salt", bucket.salt.as_str());
                node
            }
            Rule::Shared(shared) => {
                let mut node = Self { kind: Kind::Shared, ..Self::default() };
                node.set("path", shared.path.as_str());
                node.set("edition", shared.hash.clone().unwrap_or_default());
                node
            }
            #[allow(unreachable_patterns)] // a kind that is newer than its controls
            rule => {
                let mut node = Self::default();
                node.set("words", rule_words(rule, catalogue));
                node
            }
        };
        node.note = told.beside.clone().unwrap_or_default();
        node.above = lines(&told.above);
        node
    }
}

/// Comment lines as a text area has them: each ends in a line break, so that an empty one is told from none.
pub fn lines(comments: &[String]) -> String {
    comments.iter().map(|line| format!("{line}\n")).collect()
}

pub fn mode_id(mode: Mode) -> &'static str {
    match mode {
        Mode::All => "all",
        Mode::Any => "any",
        Mode::None => "none",
    }
}

fn parity_id(parity: Parity) -> &'static str {
    if parity == Parity::Even { "even" } else { "odd" }
}

fn of_relatives(relatives: &Relatives, catalogue: &Catalogue) -> Node {
    let members = relatives.group.members.iter().map(|node| Node::of(node, catalogue)).collect();
    let mut node = Node { kind: Kind::Relatives, members, ..Node::default() };
    let relations: Vec<_> = relatives.relations.iter().map(|id| id.0.clone()).collect();
    if !relations.is_empty() {
        node.fields.insert("relations", relations);
    }
    let (count, number) = match relatives.count {
        HowMany::Someone => ("someone", None),
        HowMany::Everyone => ("everyone", None),
        HowMany::Nobody => ("nobody", None),
        HowMany::AtLeast(number) => ("at_least", Some(number)),
        HowMany::AtMost(number) => ("at_most", Some(number)),
    };
    node.set("count", count);
    node.set("number", number.map_or_else(String::new, |number| number.to_string()));
    node.set("mode", mode_id(relatives.group.mode));
    node
}

fn of_age(age: &AgeCondition) -> Node {
    let mut node = Node { kind: Kind::Age, ..Node::default() };
    let (kind, date) = match age.kind {
        AgeKind::OnDay => ("on_day", None),
        AgeKind::FiscalYearEnd => ("year_end", None),
        AgeKind::FiscalYearReached => ("year_reached", None),
        AgeKind::FiscalYearStart => ("year_start", None),
        AgeKind::OnDate(date) => ("on_date", Some(date)),
        AgeKind::Months => ("months", None),
        AgeKind::SchoolYear => ("school_year", None),
    };
    node.set("age", kind);
    node.set("date", date.map_or_else(String::new, |date| date.to_string()));
    let grade =
        |age: i64| i32::try_from(age).ok().and_then(Grade::from_age).map_or("?", Grade::name).to_owned();
    match age.kind {
        AgeKind::SchoolYear => set_ranges(&mut node, &age.ranges, grade),
        _ => set_ranges(&mut node, &age.ranges, |age| age.to_string()),
    }
    node.set("parameter", age.parameter.as_ref().map_or_else(String::new, |id| id.0.clone()));
    node.set("parity", age.parity.map_or("", parity_id));
    node
}

fn of_attribute(condition: &AttributeCondition) -> Node {
    let mut node = Node { kind: Kind::Attribute(condition.attribute.0.clone()), ..Node::default() };
    let (test, choices): (_, &[ChoiceRef]) = match &condition.test {
        Test::AnyOf(any) => ("any", any),
        Test::AllOf(all) => ("all", all),
        Test::NoneOf(none) => ("none", none),
        Test::YesNo(true) => ("yes", &[]),
        Test::YesNo(false) => ("no", &[]),
        Test::Missing => ("missing", &[]),
        Test::Number(ranges) => {
            set_ranges(&mut node, ranges, |number| number.to_string());
            ("any", &[])
        }
        Test::Date(range) => {
            node.set("from", range.from.map_or_else(String::new, |day| day.to_string()));
            node.set("to", range.to.map_or_else(String::new, |day| day.to_string()));
            ("any", &[])
        }
    };
    node.set("test", test);
    if !choices.is_empty() {
        let ids: Vec<_> = choices.iter().map(choice_id).collect();
        node.set("order", ids.join(" "));
        node.fields.insert("values", ids);
    }
    node
}

/// `v:imaichi` or `a:hirata`.
pub fn choice_id(choice: &ChoiceRef) -> String {
    match choice {
        ChoiceRef::Value(id) => format!("v:{id}"),
        ChoiceRef::Area(id) => format!("a:{id}"),
    }
}

fn of_elapsed(elapsed: &ElapsedCondition) -> Node {
    let mut node = Node { kind: Kind::Elapsed, ..Node::default() };
    node.set("attribute", elapsed.attribute.as_str());
    node.set("direction", if elapsed.direction == Direction::Since { "since" } else { "until" });
    let unit = match elapsed.unit {
        ElapsedUnit::Days => "days",
        ElapsedUnit::Weeks => "weeks",
        ElapsedUnit::Months => "months",
        ElapsedUnit::Years => "years",
    };
    node.set("unit", unit);
    set_ranges(&mut node, &elapsed.ranges, |number| number.to_string());
    node.set("parameter", elapsed.parameter.as_ref().map_or_else(String::new, |id| id.0.clone()));
    node
}

fn of_event(event: &EventCondition) -> Node {
    let mut node = Node { kind: Kind::Event, ..Node::default() };
    let kind = match event.kind {
        EventKind::Attended => "attended",
        EventKind::Booked => "booked",
        EventKind::Sent => "sent",
        EventKind::Tapped => "tapped",
    };
    node.set("event", kind);
    node.set("subject", event.subject.as_str());
    let (window, span) = match event.window {
        EventWindow::ThisFiscalYear => ("this_year", None),
        EventWindow::LastFiscalYear => ("last_year", None),
        EventWindow::PastFiscalYears(years) => ("past_years", Some(u16::from(years))),
        EventWindow::WithinDays(days) => ("within_days", Some(days)),
        EventWindow::Ever => ("ever", None),
    };
    node.set("window", window);
    node.set("span", span.map_or_else(String::new, |span| span.to_string()));
    let (times, number) = match event.times {
        Times::AtLeast(number) => ("at_least", number),
        Times::AtMost(0) => ("never", 0),
        Times::AtMost(number) => ("at_most", number),
        Times::Exactly(number) => ("exactly", number),
    };
    node.set("times", times);
    if times != "never" {
        node.set("number", number.to_string());
    }
    node
}

/// The first range has two fields of its own, further ones are written behind it.
fn set_ranges(node: &mut Node, ranges: &[Range], number: impl Fn(i64) -> String) {
    let Some((first, rest)) = ranges.split_first() else { return };
    node.set("from", first.from.map_or_else(String::new, &number));
    node.set("to", first.to.map_or_else(String::new, &number));
    let words = rest.iter().map(|range| {
        let ends = (range.from.map(&number), range.to.map(&number));
        super::words::range(ends.0.as_deref().unwrap_or(""), ends.1.as_deref().unwrap_or(""), "")
    });
    node.set("more", words.collect::<Vec<_>>().join(", "));
}
