//! What stands beside the form of a broadcast, and comes anew while somebody types: the phone, and how long each field is.
//!
//! The script counts nothing itself: it puts the words for each field where the field is.

use askama::Template;
use askama::filters::HtmlSafe;

use super::figures::grouped;
use super::phone::{Phone, Reader};
use super::typed::Typed;
use crate::app::App;
use crate::domain::message::{Length, Measured};

#[derive(Template)]
#[template(path = "web/console/beside.html")]
pub(super) struct Beside {
    phone: Phone,
    lengths: Vec<Counted>,
}

/// The template has escaped what it shows.
impl HtmlSafe for Beside {}

/// How long one field is.
struct Counted {
    field: String,
    words: String,
    is_over: bool,
}

impl Beside {
    /// For what is typed, as a reader of a language sees it.
    pub(super) fn new(app: &App, typed: &Typed, language: &str, reader: Reader) -> Self {
        let content = typed.content();
        let count = |length: &Length| Counted {
            field: typed.measured(length),
            words: words(length),
            is_over: length.is_over(),
        };
        Self {
            lengths: content.lengths().iter().map(count).collect(),
            phone: Phone::new(&content, &app.config.city.name, language, reader),
        }
    }
}

fn words(length: &Length) -> String {
    let figure = |number: usize| grouped(i64::try_from(number).unwrap_or(i64::MAX));
    let (used, limit) = (figure(length.used), figure(length.limit));
    // Rounded up: what is too much is never shown as 100 %.
    let share = (length.used * 100).div_ceil(length.limit.max(1));
    match length.of {
        Measured::Field(_) if length.is_filled => {
            format!("差し込みがいちばん長い方で {used} / {limit}文字")
        }
        Measured::Field(_) => format!("{used} / {limit}文字"),
        Measured::Card => format!("カードの大きさ: LINEで送れる大きさの{share}%"),
        Measured::Cards => format!("並んだカード全体の大きさ: LINEで送れる大きさの{share}%"),
    }
}
