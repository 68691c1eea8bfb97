//! The attribute catalogue: which facts the city asks of its residents, in which words, and how far they may go.
//!
//! `segments/attributes.toml` is the one place where attributes are declared; the resident's form, the vocabulary of
//! the rules, the import columns and the console all read this. A fact that the catalogue doesn't know, or whose value
//! it doesn't allow, is *missing*: it is never guessed and never an error for the resident.

mod catalogue;
mod facts;
mod parameter;

pub use catalogue::CatalogueError;
pub use facts::{Facts, Value};
pub use parameter::{Parameter, ParameterValue};

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::history::EventKind;

macro_rules! text_ids {
    ($($(#[$doc:meta])* $name:ident)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub String);

        impl $name {
            /// The id as it stands in the catalogue and in stored documents.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl From<&str> for $name {
            fn from(id: &str) -> Self {
                Self(id.to_owned())
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str(&self.0)
            }
        }

        impl std::borrow::Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }
    )*};
}

text_ids! {
    /// An attribute: `district`, `birth_date` …
    AttributeId
    /// One allowed value of a choice: `imaichi`, `kokuho` …
    ValueId
    /// An area (地域) that takes in several values: `hirata` …
    AreaId
    /// A topic (分野): `kenshin` …
    TopicId
    /// A language tag: `ja`, `ja-easy`, `pt-BR` …
    LanguageId
    /// A programme of check-ups (健(検)診の種類): `tokutei` …
    ProgrammeId
    /// A value that the law or the city changes from year to year: `tokutei-ages` …
    ParameterId
}

/// The ids of the attributes that the code itself has to know by name.
pub mod core {
    /// 居住地, of the account.
    pub const DISTRICT: &str = "district";
    /// お知らせの言語, of the account.
    pub const LANGUAGE: &str = "language";
    /// 関心分野, of the account.
    pub const TOPICS: &str = "topics";
    /// 生年月日, of a person: every kind of age is counted from it.
    pub const BIRTH_DATE: &str = "birth_date";
    /// 性別, of a person.
    pub const SEX: &str = "sex";
    /// 保険, of a person.
    pub const INSURANCE: &str = "insurance";
    /// 続柄, of a person, seen from the friend.
    pub const RELATION: &str = "relation";
    /// What messages call somebody of the family (呼び名), of a person; never a name, and asked by no rule.
    pub const CALL_NAME: &str = "call_name";
    /// Whether it may be noted when the friend opens a link (リンクの記録), of the account; asked by no rule.
    pub const LINK_CONSENT: &str = "link_consent";
    /// The value of 続柄 for the friend.
    pub const SELF: &str = "self";
    /// The value of 続柄 for a child of the friend.
    pub const CHILD: &str = "child";
}

/// A text in several languages, by language tag. `ja`, `ja-easy`, `en` and `pt-BR` are always there.
#[derive(Clone, Debug, PartialEq, Eq, Default, Deserialize)]
#[serde(transparent)]
pub struct Label(BTreeMap<String, String>);

impl Label {
    /// The text in exactly this language.
    #[must_use]
    pub fn get(&self, language: &str) -> Option<&str> {
        self.0.get(language).map(String::as_str)
    }

    /// The Japanese text.
    #[must_use]
    pub fn ja(&self) -> &str {
        self.get("ja").unwrap_or_default()
    }
}

/// What kind of value an attribute has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ValueType {
    /// はい or いいえ.
    YesNo,
    /// A whole number.
    Number,
    /// One of the allowed values.
    Choice,
    /// Any number of the allowed values.
    Choices,
    /// A civil date.
    Date,
}

/// To whom an attribute belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Subject {
    /// The friend's account, the recipient.
    Account,
    /// Each person of the household.
    Person,
}

/// Where a value may come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EnteredBy {
    /// Only the resident's own form.
    Resident,
    /// Only an import by staff.
    Import,
    /// Either.
    Both,
}

impl EnteredBy {
    /// Whether the resident's form shows it.
    #[must_use]
    pub fn resident(self) -> bool {
        self != Self::Import
    }

    /// Whether an import may set it.
    #[must_use]
    pub fn import(self) -> bool {
        self != Self::Resident
    }
}

/// How careful one has to be with it. A rule that uses a sensitive attribute has to state its 根拠.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sensitivity {
    /// Everyday data.
    Ordinary,
    /// Needs a stated basis (根拠) to be used.
    Sensitive,
}

/// One attribute as declared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attribute {
    /// Its id in stored documents.
    pub id: AttributeId,
    /// What people see.
    pub label: Label,
    /// One sentence for the form: why the city asks.
    pub help: Label,
    /// What a rule file calls it.
    pub word: String,
    /// What kind of value it has.
    pub value_type: ValueType,
    /// To whom it belongs.
    pub subject: Subject,
    /// Who may enter it.
    pub entered_by: EnteredBy,
    /// Whether registration asks for it without fail (for persons: of the friend).
    pub required: bool,
    /// How careful one has to be.
    pub sensitivity: Sensitivity,
    /// Whether a rule may use it.
    pub usable_for_sending: bool,
    /// Areas that group the values; empty where there are none.
    pub areas: Vec<Area>,
    /// The allowed values of a choice, in the order of the form.
    pub values: Vec<AllowedValue>,
}

impl Attribute {
    /// The allowed value with this id.
    #[must_use]
    pub fn value(&self, id: &str) -> Option<&AllowedValue> {
        self.values.iter().find(|value| value.id.0 == id)
    }

    /// The area with this id.
    #[must_use]
    pub fn area(&self, id: &str) -> Option<&Area> {
        self.areas.iter().find(|area| area.id.0 == id)
    }

    /// The values inside an area.
    pub fn values_in<'a>(&'a self, area: &'a AreaId) -> impl Iterator<Item = &'a AllowedValue> {
        self.values.iter().filter(move |value| value.area.as_ref() == Some(area))
    }
}

/// One allowed value of a choice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AllowedValue {
    /// Its id in stored documents.
    pub id: ValueId,
    /// What people see.
    pub label: Label,
    /// What a rule file calls it.
    pub word: String,
    /// The area it lies in.
    pub area: Option<AreaId>,
}

/// A group of values with a name of its own (地域).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Area {
    /// Its id.
    pub id: AreaId,
    /// What people see.
    pub label: Label,
    /// What a rule file calls it.
    pub word: String,
}

/// A kind of check-up or vaccination that 受診 and 予約 can name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Programme {
    /// Its id in stored records and rules.
    pub id: ProgrammeId,
    /// What rule files and staff call it.
    pub word: String,
    /// What readers of each language call it; the word where there is none.
    pub label: Option<Label>,
    /// The rule that says who may take it, such as `kenshin/tokutei`; without one no message names it.
    pub rule: Option<String>,
    /// Whether it is sensitive that somebody has taken it, has not, or has booked it.
    pub sensitivity: Sensitivity,
}

/// A subject of messages that residents choose or decline (分野).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Topic {
    /// Its id.
    pub id: TopicId,
    /// What people see.
    pub label: Label,
}

/// A language in which a resident can ask to be written to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Language {
    /// Its tag.
    pub id: LanguageId,
    /// Its own name for itself.
    pub name: String,
    /// What a rule file calls it.
    pub word: String,
    /// Where a text is looked for, in this order, when there is none in the language itself.
    pub fallback: Vec<LanguageId>,
}

/// Everything declared, in the order of the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Catalogue {
    attributes: Vec<Attribute>,
    topics: Vec<Topic>,
    languages: Vec<Language>,
    programmes: Vec<Programme>,
    series: Vec<String>,
    parameters: Vec<Parameter>,
}

impl Catalogue {
    /// The catalogue that is compiled in (`segments/attributes.toml` and `parameters.toml` of this repository).
    #[must_use]
    pub fn builtin() -> Self {
        Self::parse(include_str!("../../segments/attributes.toml"))
            .and_then(|one| one.with_parameters(include_str!("../../segments/parameters.toml")))
            .expect("a unit test parses the files")
    }

    /// The programmes that 受診 and 予約 can name.
    #[must_use]
    pub fn programmes(&self) -> &[Programme] {
        &self.programmes
    }

    /// The programme with this id.
    #[must_use]
    pub fn programme(&self, id: &str) -> Option<&Programme> {
        self.programmes.iter().find(|programme| programme.id.as_str() == id)
    }

    /// The series that 配信 and タップ usually name; a broadcast may begin another one.
    #[must_use]
    pub fn series(&self) -> &[String] {
        &self.series
    }

    /// The same catalogue with series that staff added.
    #[must_use]
    pub fn with_series(&self, added: impl IntoIterator<Item = String>) -> Self {
        let mut all = self.clone();
        for name in added {
            if !all.series.contains(&name) {
                all.series.push(name);
            }
        }
        all
    }

    /// What an event's subject is called: a programme's word, or the series itself.
    #[must_use]
    pub fn subject_word<'a>(&'a self, kind: EventKind, subject: &'a str) -> &'a str {
        let programme = self.programme(subject).filter(|_| kind.of_person());
        programme.map_or(subject, |programme| &programme.word)
    }

    /// The values that change from year to year.
    #[must_use]
    pub fn parameters(&self) -> &[Parameter] {
        &self.parameters
    }

    /// The parameter with this id.
    #[must_use]
    pub fn parameter(&self, id: &str) -> Option<&Parameter> {
        self.parameters.iter().find(|parameter| parameter.id.as_str() == id)
    }

    /// All attributes.
    #[must_use]
    pub fn attributes(&self) -> &[Attribute] {
        &self.attributes
    }

    /// The attributes of an account, or those of a person.
    pub fn of(&self, subject: Subject) -> impl Iterator<Item = &Attribute> {
        self.attributes.iter().filter(move |attribute| attribute.subject == subject)
    }

    /// The attribute with this id.
    #[must_use]
    pub fn attribute(&self, id: &str) -> Option<&Attribute> {
        self.attributes.iter().find(|attribute| attribute.id.0 == id)
    }

    /// All topics.
    #[must_use]
    pub fn topics(&self) -> &[Topic] {
        &self.topics
    }

    /// The topic with this id.
    #[must_use]
    pub fn topic(&self, id: &str) -> Option<&Topic> {
        self.topics.iter().find(|topic| topic.id.0 == id)
    }

    /// All languages.
    #[must_use]
    pub fn languages(&self) -> &[Language] {
        &self.languages
    }

    /// The languages in which to look for a text for somebody who asked for `wanted`, best first; ends in Japanese.
    #[must_use]
    pub fn reading_order(&self, wanted: Option<&str>) -> Vec<LanguageId> {
        let found = self.languages.iter().find(|language| Some(language.id.as_str()) == wanted);
        let mut order: Vec<LanguageId> = found
            .into_iter()
            .flat_map(|language| std::iter::once(&language.id).chain(&language.fallback))
            .cloned()
            .collect();
        let japanese = LanguageId::from("ja");
        if !order.contains(&japanese) {
            order.push(japanese);
        }
        order
    }
}
