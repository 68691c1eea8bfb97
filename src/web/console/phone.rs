//! How a message looks on a phone: a likeness of the talk, from the same content that is sent.
//!
//! It escapes everything; a text that holds HTML is shown as text. Blanks are filled with made-up values, or with those
//! that many residents share.

use askama::Template;
use askama::filters::HtmlSafe;

use crate::domain::attribute::{Catalogue, Language};
use crate::domain::message::{Blank, Body, Button, Content, Fill, NoValue, Part, Target};

/// Every variant of a content on a phone of its own.
pub struct Phones(pub Vec<(String, Phone)>);

impl Phones {
    /// Of a content, in the catalogue's order of languages, with each language's name; with blanks, once for a reader
    /// with values and once for one without.
    pub fn new(content: &Content, catalogue: &Catalogue, city: &str) -> Self {
        let personal = !content.personal_blanks().is_empty();
        let of = |language: &Language| {
            let tag = language.id.as_str();
            content.get(tag)?;
            let full = (language.name.clone(), Phone::new(content, city, tag, Reader::Known));
            let without =
                (format!("{}(値のない方)", language.name), Phone::new(content, city, tag, Reader::Unknown));
            Some(if personal { vec![full, without] } else { vec![full] })
        };
        Self(catalogue.languages().iter().filter_map(of).flatten().collect())
    }
}

/// For whom blanks are filled in a likeness.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reader {
    /// Somebody made up with a value for each.
    Known,
    /// Somebody made up without any.
    Unknown,
    /// One of many who read the same.
    Like(Fill),
}

/// What a reader of another language misses of the Japanese text; a note, never a refusal.
pub fn missing_parts(content: &Content, catalogue: &Catalogue) -> Vec<String> {
    let Some(japanese) = content.get("ja") else { return Vec::new() };
    let counts = |body: &Body| (body.parts.len(), body.buttons().count());
    let (parts, buttons) = counts(japanese);
    let note = |language: &Language| {
        let (own_parts, own_buttons) = counts(content.get(language.id.as_str())?);
        let name = &language.name;
        match (own_parts, own_buttons) {
            (own, _) if own < parts => Some(format!("{name}の吹き出しは{own}個です(日本語は{parts}個)。")),
            (_, 0) if 0 < buttons => Some(format!("{name}にはボタンがありません(日本語は{buttons}個)。")),
            (_, fewer) if fewer < buttons => {
                Some(format!("{name}のボタンは{fewer}個です(日本語は{buttons}個)。"))
            }
            _ => None,
        }
    };
    catalogue.languages().iter().filter_map(note).collect()
}

/// One message on one phone.
#[derive(Template)]
#[template(path = "web/console/phone.html")]
pub struct Phone {
    city: String,
    language: String,
    body: Body,
    /// Why nothing arrives.
    nothing: Option<String>,
}

/// The template has escaped what it shows.
impl HtmlSafe for Phone {}

impl Phone {
    /// Shows the variant of a language as the city's account would.
    pub fn new(content: &Content, city: &str, language: &str, reader: Reader) -> Self {
        let is_known = reader == Reader::Known;
        let fill = match reader {
            Reader::Known => Fill::default().with_samples(),
            Reader::Unknown => Fill::default(),
            Reader::Like(fill) => fill,
        };
        let (body, nothing) = match content.filled(language, &fill) {
            Ok(body) => (body, None),
            Err(NoValue(Some(blank))) if !is_known || blank == Blank::Deadline => {
                (Body::default(), Some(without(blank)))
            }
            // With a mistake in a blank the text is shown as it stands.
            Err(NoValue(_)) => (content.get(language).cloned().unwrap_or_default(), None),
        };
        // HTML knows no やさしい日本語; for a screen reader it is Japanese.
        let language = if language == "ja-easy" { "ja" } else { language }.to_owned();
        Self { city: city.to_owned(), language, body, nothing }
    }

    fn is_wide(&self, part: &Part) -> bool {
        1 < part.cards().len()
    }

    fn buttons(&self) -> Vec<&Button> {
        self.body.buttons().collect()
    }
}

fn without(blank: Blank) -> String {
    match blank {
        Blank::Deadline => "期限の日付がまだ入っていません。".to_owned(),
        blank => {
            format!("この方には届きません。{{{}}} の値がなく、代わりの言葉も書かれていません。", blank.word())
        }
    }
}

/// Where a button leads, in words.
fn opens(target: &Target) -> &'static str {
    match target {
        Target::Uri(_) => "ページを開きます",
        Target::Tel(_) => "電話をかけます",
        Target::Liff(path) if path.is_empty() => "登録画面を開きます",
        Target::Liff(_) => "LINEの中のページを開きます",
        Target::Deed(deed) => deed.word(),
    }
}

/// The address itself, for whoever checks it; empty for the form of registration.
fn address(target: &Target) -> &str {
    match target {
        Target::Uri(address) | Target::Tel(address) | Target::Liff(address) => address,
        Target::Deed(_) => "",
    }
}
