//! The examples of a rule: made-up people, and what the rule has to say about them.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::domain::attribute::{AttributeId, Value};
use crate::domain::history::{EventKind, When};

/// 例: somebody made up, and what the rule has to say.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Example {
    /// What the rule has to say.
    pub expect: Expect,
    /// 基準日.
    pub as_of: Date,
    /// Facts of the friend and the account, in the order written.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub facts: Vec<Fact>,
    /// 家族: further persons.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub family: Vec<Relative>,
    /// 受診, 予約, 配信 and タップ with their dates.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub events: Vec<PastEvent>,
    /// 抽選: the number that the account draws, whatever the salt.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lot: Option<u16>,
    /// Comment lines above it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub above: Vec<String>,
    /// The comment beside it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub beside: Option<String>,
}

/// One known value in an example.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fact {
    /// Which attribute.
    pub attribute: AttributeId,
    /// Its value.
    pub value: Value,
}

/// One further person in an example.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Relative {
    /// What is known of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub facts: Vec<Fact>,
    /// 受診 and 予約.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub events: Vec<PastEvent>,
}

/// One event in an example.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PastEvent {
    /// What kind.
    pub kind: EventKind,
    /// The programme's id or the series.
    pub subject: String,
    /// The day, or the fiscal year; `None` (不明) where it is not on record whether it happened at all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on: Option<When>,
}

/// The four answers of a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Expect {
    /// 対象.
    Target,
    /// 対象外.
    NotTarget,
    /// 除外.
    Excluded,
    /// 不明.
    Unknown,
}

impl Expect {
    /// The Japanese word.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Target => "対象",
            Self::NotTarget => "対象外",
            Self::Excluded => "除外",
            Self::Unknown => "不明",
        }
    }
}
