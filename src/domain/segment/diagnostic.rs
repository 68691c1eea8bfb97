//! What is wrong with a rule: a code, a place, one sentence on what is wrong and one on how to mend it.
//!
//! Codes are stable: editors, CI and the office's notes refer to them. A number is never used again for another fault.

use serde::Serialize;

/// Where something stands in the original text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Place {
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// Length in characters, at least 1.
    pub length: usize,
}

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// The rule can't be used.
    Error,
    /// The rule can be used; somebody should look.
    Warning,
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Diagnostic {
    /// `E001` …, `W001` ….
    pub code: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// Where in the text; `None` for a rule that came without a text and for faults of the whole file.
    pub place: Option<Place>,
    /// What is wrong, one sentence.
    pub message: String,
    /// How to mend it, one sentence.
    pub mend: String,
    /// 「もしかして」: the word that was probably meant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub suggestion: Option<String>,
}

impl Diagnostic {
    /// Whether the rule can't be used.
    #[must_use]
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }

    /// A fault with its place; the code decides how bad it is.
    #[must_use]
    pub fn new(
        code: Code,
        place: impl Into<Option<Place>>,
        message: impl Into<String>,
        mend: impl Into<String>,
    ) -> Self {
        let code = code.as_str();
        let severity = if code.starts_with('E') { Severity::Error } else { Severity::Warning };
        Self {
            code,
            severity,
            place: place.into(),
            message: message.into(),
            mend: mend.into(),
            suggestion: None,
        }
    }

    /// Adds what was probably meant.
    #[must_use]
    pub fn suggesting(mut self, word: Option<String>) -> Self {
        self.suggestion = word;
        self
    }
}

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $text:literal)*) => {
        /// The stable codes.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Code {
            $($(#[$doc])* $name,)*
        }

        impl Code {
            /// Every code, in the order of their numbers.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// `E001` …
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $text,)*
                }
            }
        }
    };
}

codes! {
    /// The file is too large, too long or too deep.
    TooLarge = "E001"
    /// A line that fits nowhere.
    Syntax = "E002"
    /// The indentation fits no group.
    Indentation = "E003"
    /// An unknown header.
    UnknownHeader = "E004"
    /// A header or a section stands twice.
    Doubled = "E005"
    /// A header or 対象 is missing.
    MissingHeader = "E006"
    /// A header's value can't be read.
    HeaderValue = "E007"
    /// An unknown word at the start of a condition.
    UnknownWord = "E010"
    /// An unknown value.
    UnknownValue = "E011"
    /// The attribute's kind of value doesn't take such a test.
    WrongType = "E012"
    /// A number or a range can't be read.
    BadNumber = "E013"
    /// A date can't be read.
    BadDate = "E014"
    /// A range that runs backwards.
    Backwards = "E015"
    /// An event condition can't be read.
    BadEvent = "E016"
    /// A parameter that isn't there.
    UnknownParameter = "E017"
    /// A draw (抽選) that can't be read.
    BadBucket = "E018"
    /// An empty group or a condition without a value.
    Empty = "E020"
    /// A group that can never be true.
    Impossible = "E021"
    /// The example disagrees with the rule.
    Example = "E022"
    /// An example can't be read.
    BadExample = "E023"
    /// The review date has passed.
    ReviewPast = "E024"
    /// A sensitive attribute without a basis.
    NoBasis = "E025"
    /// An attribute that may not be used to send.
    NotForSending = "E026"
    /// A person's condition outside 家族 in a rule about households.
    PersonInHousehold = "E027"
    /// A group that is always true.
    AlwaysTrue = "E028"
    /// A parameter that has no value on the day of use.
    NoParameterValue = "E029"
    /// A JSON document that is no rule.
    Json = "E030"
    /// A JSON rule that its text can't say.
    NotCanonical = "E031"
    /// A shared condition that isn't there.
    UnknownShared = "E040"
    /// Shared conditions that name each other in a circle.
    SharedCycle = "E041"
    /// Shared conditions within shared conditions, too deep or too many.
    SharedTooDeep = "E042"
    /// A shared condition is no longer the one whose 版 is written.
    SharedChanged = "E043"
    /// A shared condition that has what only a rule of its own can have.
    SharedForm = "E044"
    /// Every friend is a target.
    EveryoneIsTarget = "W001"
    /// The same condition twice in a group.
    Duplicate = "W002"
    /// No example on one side of an edge.
    NoExampleAtEdge = "W003"
    /// No example at all.
    NoExample = "W004"
    /// No review date.
    NoReviewDate = "W005"
    /// No expected number.
    NoExpected = "W006"
    /// Different kinds of age in one rule.
    MixedAges = "W007"
    /// A condition that another one makes needless.
    Redundant = "W008"
    /// A window of days that lies wholly in the past.
    WindowPast = "W009"
    /// A series that no broadcast is known to have.
    UnknownSeries = "W010"
}
