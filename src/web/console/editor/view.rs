//! The fields of a message as a page shows them.
//!
//! A stranger's language is folded until something stands in it. Where something is wrong, it is open.

use askama::Template;
use askama::filters::HtmlSafe;

use super::names::{of_card, of_part, of_reply, of_row};
use super::typed::{Shape, TypedBody, TypedButton, TypedCard, TypedPicture};
use crate::domain::message::limits::{CARDS, PARTS, QUICK_REPLIES};
use crate::domain::message::{Blank, Deed, Place};
use crate::web::form::FieldErrors;

/// The fields of a message in every language.
#[derive(Template)]
#[template(path = "web/console/editor/editor.html")]
pub struct Editor {
    pub bodies: Vec<TypedBody>,
    pub errors: FieldErrors,
    /// Where the form goes.
    pub action: String,
    pub deadline: String,
    pub counts_taps: bool,
    /// The blanks that can have no value for those to whom it goes.
    pub unfillable: &'static [Blank],
}

/// The template has escaped what it shows.
impl HtmlSafe for Editor {}

impl Editor {
    fn error(&self, field: impl AsRef<str>) -> Option<&str> {
        self.errors.at(field.as_ref())
    }

    /// The blanks that may be written.
    fn blanks(&self) -> impl Iterator<Item = Blank> {
        Blank::ALL.into_iter().filter(|blank| !self.unfillable.contains(blank))
    }

    /// The attributes by which a field says that it is wrong, and what describes it.
    fn marks(&self, field: impl AsRef<str>) -> Marks {
        let field = field.as_ref();
        Marks { field: field.to_owned(), is_wrong: self.error(field).is_some() }
    }

    fn is_open(&self, body: &TypedBody) -> bool {
        let language = body.language.as_str();
        let own = |field: &str| field.split('.').nth(1) == Some(language);
        language == "ja" || body.is_filled() || self.errors.iter().any(|(field, _)| own(field))
    }

    /// Whether a fold of a card has something in it, or something wrong in it.
    fn is_wrong(&self, start: impl AsRef<str>) -> bool {
        self.errors.iter().any(|(field, _)| field.starts_with(start.as_ref()))
    }

    fn is_first(&self, at: &usize) -> bool {
        *at == 0
    }

    fn is_last<T>(&self, at: &usize, list: &[T]) -> bool {
        at + 1 == list.len()
    }

    fn part(&self, what: &str, body: &TypedBody, at: &usize) -> String {
        of_part(what, body.language.as_str(), *at)
    }

    fn card(&self, what: &str, body: &TypedBody, part: &usize, card: &usize) -> String {
        of_card(what, body.language.as_str(), Place { part: *part, card: *card })
    }

    fn row(&self, what: &str, body: &TypedBody, part: &usize, card: &usize, row: &usize) -> String {
        of_row(what, body.language.as_str(), Place { part: *part, card: *card }, *row)
    }

    fn reply(&self, what: &str, body: &TypedBody, row: &usize) -> String {
        of_reply(what, body.language.as_str(), *row)
    }

    fn has_facts(&self, card: &TypedCard) -> bool {
        card.facts.iter().any(|(_, text)| !text.trim().is_empty())
    }

    fn has_buttons(&self, buttons: &[TypedButton]) -> bool {
        buttons.iter().any(|button| !button.label.is_empty() || !button.target.is_empty())
    }

    fn picture_fields(&self, name: PictureNames, picture: &TypedPicture, deed: String) -> PictureFields<'_> {
        PictureFields { editor: self, name, picture: picture.clone(), deed }
    }

    fn on_part(&self, body: &TypedBody, at: &usize) -> PictureNames {
        PictureNames::new(|what| self.part(what, body, at))
    }

    fn on_card(&self, body: &TypedBody, part: &usize, card: &usize) -> PictureNames {
        PictureNames::new(|what| self.card(what, body, part, card))
    }

    fn targets(&self) -> [(&'static str, &'static str); 7] {
        let deed = |deed: Deed| (deed.id(), deed.word());
        let [decline, accept, stop, resume] = Deed::ALL.map(deed);
        let (uri, tel) = (("uri", "ページを開く"), ("tel", "電話をかける"));
        [uri, tel, ("liff", "LINEの中で市のページを開く"), decline, accept, stop, resume]
    }
}

/// See [`Editor::marks`].
struct Marks {
    field: String,
    is_wrong: bool,
}

impl std::fmt::Display for Marks {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // A field's name is made of our own words and numbers.
        write!(out, "id=\"{0}\" name=\"{0}\"", self.field)?;
        if self.is_wrong {
            write!(out, " aria-invalid=\"true\" aria-describedby=\"{}-error\"", self.field)?;
        }
        Ok(())
    }
}

impl HtmlSafe for Marks {}

/// The names of the fields of a picture.
struct PictureNames {
    file: String,
    image: String,
    alt: String,
}

impl PictureNames {
    fn new(name: impl Fn(&str) -> String) -> Self {
        Self { file: name("file"), image: name("image"), alt: name("alt") }
    }
}

#[derive(Template)]
#[template(path = "web/console/editor/picture.html")]
struct PictureFields<'a> {
    editor: &'a Editor,
    name: PictureNames,
    picture: TypedPicture,
    /// The deed that takes it out.
    deed: String,
}

impl HtmlSafe for PictureFields<'_> {}
