//! How a message looks on a phone: a likeness of the talk, from the same content that is sent.
//!
//! It escapes everything; a text that holds HTML is shown as text.

use askama::Template;
use askama::filters::HtmlSafe;

use crate::domain::attribute::{Catalogue, Language};
use crate::domain::message::{Body, Card, Content, Target};

/// Every variant of a content on a phone of its own.
pub struct Phones(pub Vec<(String, Phone)>);

impl Phones {
    /// Of a content, in the catalogue's order of languages, with each language's name.
    pub fn new(content: &Content, catalogue: &Catalogue, city: &str) -> Self {
        let of = |language: &Language| {
            let body = content.get(language.id.as_str())?;
            Some((language.name.clone(), Phone::new(body, city, language.id.as_str())))
        };
        Self(catalogue.languages().iter().filter_map(of).collect())
    }
}

/// What a reader of another language misses of the Japanese card; a note, never a refusal.
pub fn missing_buttons(content: &Content, catalogue: &Catalogue) -> Vec<String> {
    let buttons = |language: &str| match content.get(language)? {
        Body::Card(card) => Some(card.buttons.len()),
        Body::Text { .. } => Some(0),
    };
    let japanese = buttons("ja").unwrap_or(0);
    let note = |language: &Language| match buttons(language.id.as_str())? {
        0 if 0 < japanese => Some(format!("{}にはボタンがありません(日本語は{japanese}個)。", language.name)),
        fewer if fewer < japanese => {
            Some(format!("{}のボタンは{fewer}個です(日本語は{japanese}個)。", language.name))
        }
        _ => None,
    };
    catalogue.languages().iter().filter_map(note).collect()
}

/// One message on one phone.
#[derive(Template)]
#[template(path = "web/console/phone.html")]
pub struct Phone {
    city: String,
    language: String,
    card: Option<Card>,
    text: String,
}

/// The template has escaped what it shows.
impl HtmlSafe for Phone {}

impl Phone {
    /// Shows a body as the city's account would.
    pub fn new(body: &Body, city: &str, language: &str) -> Self {
        let (card, text) = match body {
            Body::Text { text } => (None, text.clone()),
            Body::Card(card) => (Some(card.clone()), String::new()),
        };
        // HTML knows no やさしい日本語; for a screen reader it is Japanese.
        let language = if language == "ja-easy" { "ja" } else { language }.to_owned();
        Self { city: city.to_owned(), language, card, text }
    }
}

/// Where a button leads, in words.
fn opens(target: &Target) -> &'static str {
    match target {
        Target::Uri(_) => "ページを開きます",
        Target::Tel(_) => "電話をかけます",
        Target::Liff(path) if path.is_empty() => "登録画面を開きます",
        Target::Liff(_) => "LINEの中のページを開きます",
    }
}

/// The address itself, for whoever checks it; empty for the form of registration.
fn address(target: &Target) -> &str {
    match target {
        Target::Uri(address) | Target::Tel(address) | Target::Liff(address) => address,
    }
}
