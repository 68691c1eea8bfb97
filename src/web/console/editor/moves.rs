//! What the buttons inside the form do: add a bubble, move it, take it out; the same with cards side by side.
//!
//! A deed is a word and places, such as `up.ja.1` or `card-remove.ja.1.2`. One that doesn't fit does nothing: the form
//! comes back as it was.

use super::typed::{Shape, TypedBody, TypedCard, TypedPart};

/// Carries a deed out on the bodies of all languages; nothing that it doesn't name is touched.
pub fn carry_out(bodies: &mut [TypedBody], deed: &str) {
    let words: Vec<&str> = deed.split('.').collect();
    let [what, language, rest @ ..] = words.as_slice() else { return };
    let Some(of) = bodies.iter().position(|body| body.language.as_str() == *language) else { return };
    let numbers: Vec<usize> = rest.iter().filter_map(|number| number.parse().ok()).collect();
    if *what == "as-japanese" {
        as_japanese(bodies, of);
        return;
    }
    let body = &mut bodies[of];
    match (*what, rest, numbers.as_slice()) {
        ("add", [shape], _) => add(body, shape),
        ("up", _, [at]) => shift(&mut body.parts, *at, at.checked_sub(1)),
        ("down", _, [at]) => shift(&mut body.parts, *at, at.checked_add(1)),
        ("remove", _, [at]) => remove(body, *at),
        (what, _, [at, ..]) => {
            let language = body.language.clone();
            if let Some(part) = body.parts.get_mut(*at) {
                on_cards(part, (what, language.as_str()), &numbers[1..]);
            }
        }
        _ => {}
    }
}

fn add(body: &mut TypedBody, shape: &str) {
    if let Some(shape) = Shape::read(shape).filter(|_| body.has_room()) {
        let part = TypedPart::new(shape, body.language.as_str());
        body.parts.push(part);
    }
}

/// The last bubble leaves an empty text: a message without a bubble is none.
fn remove(body: &mut TypedBody, at: usize) {
    if at < body.parts.len() {
        body.parts.remove(at);
    }
    if body.parts.is_empty() {
        body.parts.push(TypedPart::default());
    }
}

fn on_cards(part: &mut TypedPart, (what, language): (&str, &str), card: &[usize]) {
    match (what, card) {
        ("card-add", []) if part.has_room() => part.cards.push(TypedCard::new(language)),
        ("card-up", [card]) => shift(&mut part.cards, *card, card.checked_sub(1)),
        ("card-down", [card]) => shift(&mut part.cards, *card, card.checked_add(1)),
        ("card-remove", [card]) if *card < part.cards.len() && 1 < part.cards.len() => {
            part.cards.remove(*card);
        }
        ("picture-remove", []) => part.picture.id.clear(),
        ("picture-remove", [card]) => {
            if let Some(card) = part.cards.get_mut(*card) {
                card.picture.id.clear();
            }
        }
        _ => {}
    }
}

/// Only where nothing is written yet: a translation is never overwritten.
fn as_japanese(bodies: &mut [TypedBody], of: usize) {
    let language = bodies[of].language.clone();
    let japanese = bodies.iter().find(|body| body.language.as_str() == "ja");
    let japanese = japanese.map(|body| body.without_words(language.as_str()));
    if let Some(parts) = japanese.filter(|_| !bodies[of].is_filled()) {
        bodies[of].parts = parts;
    }
}

fn shift<T>(list: &mut [T], from: usize, to: Option<usize>) {
    if let Some(to) = to.filter(|to| *to < list.len() && from < list.len()) {
        list.swap(from, to);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body(texts: &[&str]) -> TypedBody {
        let mut body = TypedBody::new(&"ja".into(), "日本語");
        body.parts =
            texts.iter().map(|text| TypedPart { text: (*text).to_owned(), ..TypedPart::default() }).collect();
        body
    }

    fn after(texts: &[&str], deed: &str) -> Vec<String> {
        let mut bodies = [body(texts)];
        carry_out(&mut bodies, deed);
        bodies[0].parts.iter().map(|part| format!("{}{}", part.shape.id(), part.text)).collect()
    }

    #[test]
    fn bubbles_are_added_moved_and_taken_out() {
        assert_eq!(after(&["a", "b"], "up.ja.1"), ["textb", "texta"]);
        assert_eq!(after(&["a", "b"], "down.ja.0"), ["textb", "texta"]);
        assert_eq!(after(&["a", "b"], "remove.ja.0"), ["textb"]);
        assert_eq!(after(&["a"], "remove.ja.0"), ["text"]);
        assert_eq!(after(&["a"], "add.ja.image"), ["texta", "image"]);
    }

    #[test]
    fn what_does_not_fit_does_nothing() {
        for deed in [
            "",
            "up.ja.0",
            "down.ja.1",
            "up.ja.9",
            "remove.ja.x",
            "add.ja.video",
            "up.xx.1",
            "card-up.ja.0.1",
        ] {
            assert_eq!(after(&["a", "b"], deed), ["texta", "textb"], "{deed}");
        }
        assert_eq!(after(&["a"; 5], "add.ja.text").len(), 5);
    }

    #[test]
    fn cards_stand_side_by_side_and_the_last_one_stays() {
        let mut bodies = [body(&[])];
        carry_out(&mut bodies, "add.ja.card");
        for _ in 0..12 {
            carry_out(&mut bodies, "card-add.ja.0");
        }
        assert_eq!(bodies[0].parts[0].cards.len(), 10);
        bodies[0].parts[0].cards[3].title = "四".to_owned();
        carry_out(&mut bodies, "card-up.ja.0.3");
        assert_eq!(bodies[0].parts[0].cards[2].title, "四");
        for _ in 0..12 {
            carry_out(&mut bodies, "card-remove.ja.0.0");
        }
        assert_eq!(bodies[0].parts[0].cards.len(), 1);
    }

    #[test]
    fn a_translation_begins_with_the_japanese_shape_and_is_never_overwritten() {
        let mut bodies = [body(&["a", "b"]), TypedBody::new(&"en".into(), "English")];
        carry_out(&mut bodies, "as-japanese.en");
        assert_eq!((bodies[1].parts.len(), bodies[1].parts[0].text.as_str()), (2, ""));
        bodies[1].parts[0].text = "written".to_owned();
        carry_out(&mut bodies, "as-japanese.en");
        assert_eq!(bodies[1].parts[0].text, "written");
    }
}
