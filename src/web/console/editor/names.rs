//! The names of the fields: `text.ja.0` is the text of the first bubble in Japanese, `title.ja.1.2` the title of the
//! third card in the second bubble, `label.ja.1.2.0` its first button.

use super::typed::{TypedBody, TypedPicture};
use crate::domain::message::{Fault, Field, Length, Measured, Place, Problem};

/// A field of a bubble.
pub fn of_part(what: &str, language: &str, part: usize) -> String {
    format!("{what}.{language}.{part}")
}

/// A field of a card.
pub fn of_card(what: &str, language: &str, at: Place) -> String {
    format!("{what}.{language}.{}.{}", at.part, at.card)
}

/// A field of a button or a fact of a card.
pub fn of_row(what: &str, language: &str, at: Place, row: usize) -> String {
    format!("{what}.{language}.{}.{}.{row}", at.part, at.card)
}

/// A field of a quick reply.
pub fn of_reply(what: &str, language: &str, row: usize) -> String {
    format!("{what}.{language}.{row}")
}

/// The picture whose field this is: `file.ja.0`, or `file.ja.1.2` on a card.
pub fn picture_at<'a>(bodies: &'a mut [TypedBody], field: &str) -> Option<&'a mut TypedPicture> {
    let words: Vec<&str> = field.split('.').collect();
    let ["file", language, rest @ ..] = words.as_slice() else { return None };
    let numbers: Vec<usize> = rest.iter().map(|number| number.parse().ok()).collect::<Option<_>>()?;
    let body = bodies.iter_mut().find(|body| body.language.as_str() == *language)?;
    match numbers.as_slice() {
        [part] => Some(&mut body.parts.get_mut(*part)?.picture),
        [part, card] => Some(&mut body.parts.get_mut(*part)?.cards.get_mut(*card)?.picture),
        _ => None,
    }
}

/// The name of the field at which a problem stands; `is_card` says of a bubble whether it holds cards.
pub fn field_name(problem: &Problem, is_card: impl Fn(&str, usize) -> bool) -> String {
    name_at((&problem.language, problem.place), problem.field, is_card)
}

/// The name of the field, or of the group of fields, that is measured.
pub fn measured_name(length: &Length, is_card: impl Fn(&str, usize) -> bool) -> String {
    let (language, at) = (length.language.as_str(), length.place);
    match length.of {
        Measured::Field(field) => name_at((language, at), field, is_card),
        Measured::Card => of_card("card", language, at),
        Measured::Cards => of_part("part", language, at.part),
    }
}

fn name_at((language, at): (&str, Place), field: Field, is_card: impl Fn(&str, usize) -> bool) -> String {
    let on_card = is_card(language, at.part);
    let either =
        |what: &str| if on_card { of_card(what, language, at) } else { of_part(what, language, at.part) };
    match field {
        Field::Parts => format!("parts.{language}"),
        Field::Text => either("text"),
        Field::Picture => either("file"),
        Field::Alt => either("alt"),
        Field::Title => of_card("title", language, at),
        Field::FactName(row) => of_row("name", language, at, row),
        Field::Fact(row) => of_row("fact", language, at, row),
        Field::Buttons => of_row("label", language, at, 0),
        Field::Label(row) => of_row("label", language, at, row),
        Field::Target(row) => of_row("target", language, at, row),
        Field::ReplyLabel(row) => of_reply("reply", language, row),
        Field::ReplyTarget(row) => of_reply("reply-target", language, row),
        Field::Deadline => "deadline".to_owned(),
    }
}

/// A problem with the field's name before it, so that it can stand in a list; `language` is the language's own name,
/// `several` says whether there is more than one bubble.
pub fn sentence(problem: &Problem, language: &str, several: bool) -> String {
    let field = match problem.field {
        Field::Parts => "吹き出し".to_owned(),
        Field::Text => "本文".to_owned(),
        Field::Picture => "画像".to_owned(),
        Field::Alt => "画像の説明".to_owned(),
        Field::Title => "見出し".to_owned(),
        Field::FactName(row) => format!("案内{}の項目", row + 1),
        Field::Fact(row) => format!("案内{}の内容", row + 1),
        Field::Buttons => "ボタン".to_owned(),
        Field::Label(row) => format!("ボタン{}の文字", row + 1),
        Field::Target(row) => format!("ボタン{}のアドレス・電話番号", row + 1),
        Field::ReplyLabel(row) => format!("クイックリプライ{}の文字", row + 1),
        Field::ReplyTarget(row) => format!("クイックリプライ{}のアドレス・電話番号", row + 1),
        Field::Deadline => return problem.fault.to_string(),
    };
    let is_in_part = !matches!(problem.field, Field::Parts | Field::ReplyLabel(_) | Field::ReplyTarget(_));
    let place = match problem.place {
        Place { part, card: 0 } if several && is_in_part => format!("吹き出し{}の", part + 1),
        Place { part, card } if is_in_part && 0 < card => {
            format!("吹き出し{}のカード{}の", part + 1, card + 1)
        }
        _ => String::new(),
    };
    match &problem.fault {
        Fault::Empty if problem.field == Field::Parts => format!("{language}の吹き出しを加えてください。"),
        Fault::Empty => format!("{language}の{place}{field}を入力してください。"),
        fault @ Fault::NoJapanese => fault.to_string(),
        fault => format!("{language}の{place}{field}: {fault}"),
    }
}
