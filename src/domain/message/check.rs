//! What must be mended in a content before it can be submitted: one sentence at each field.
//!
//! A text with blanks is measured with the longest values there are, so that what fits here fits for everybody.

use super::blank::{Blank, Piece, longest, pieces};
use super::length::{Length, Measured};
use super::limits::{self, graphemes, units};
use super::{Body, Button, Card, Content, Part, Picture, Target};

/// One thing to mend, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The language tag of the variant.
    pub language: String,
    /// The bubble, and the card in it.
    pub place: Place,
    /// The field of the form.
    pub field: Field,
    /// What is wrong.
    pub fault: Fault,
}

/// Where something stands in a body.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// The bubble, from 0.
    pub part: usize,
    /// The card in it, from 0; 0 where there are no cards.
    pub card: usize,
}

/// A field of the form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    /// The bubbles as a whole.
    Parts,
    /// The text of a bubble, or of a card.
    Text,
    /// The picture.
    Picture,
    /// What the picture shows, in words.
    Alt,
    /// The title of a card.
    Title,
    /// The name of a fact, from 0.
    FactName(usize),
    /// A fact, from 0.
    Fact(usize),
    /// The buttons of a card as a whole.
    Buttons,
    /// The label of a button, from 0.
    Label(usize),
    /// What a button opens, from 0.
    Target(usize),
    /// The label of a quick reply, from 0.
    ReplyLabel(usize),
    /// What a quick reply opens, from 0.
    ReplyTarget(usize),
    /// The day that `{期限}` names.
    Deadline,
}

/// What is wrong with a field.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// There is no Japanese variant.
    #[error("日本語の本文を書いてください。ほかの言語の本文がない方には日本語でお届けします。")]
    NoJapanese,
    /// Nothing is written.
    #[error("入力してください。")]
    Empty,
    /// Longer than allowed.
    #[error(
        "{actual}文字あります。{limit}文字以内にしてください(LINEの数え方です。絵文字は2文字になることがあります)。"
    )]
    TooLong {
        /// The greatest length.
        limit: usize,
        /// The length found.
        actual: usize,
    },
    /// Longer than allowed for somebody whose values are long.
    #[error("差し込みがいちばん長い方では{actual}文字になります。{limit}文字以内にしてください。")]
    TooLongFilled {
        /// The greatest length.
        limit: usize,
        /// The greatest length that can come about.
        actual: usize,
    },
    /// More than can be sent.
    #[error("{what}は{limit}個までにしてください。")]
    TooMany {
        /// Of what.
        what: &'static str,
        /// How many are allowed.
        limit: usize,
    },
    /// The cards are too much for one message.
    #[error("カードの内容が多すぎてLINEで送れません。文章を短くするか、カードを減らしてください。")]
    TooBig,
    /// Between braces, and no blank.
    #[error("{{{word}}} という差し込みはありません。{}", suggestion(meant.as_ref()))]
    UnknownBlank {
        /// What was written.
        word: String,
        /// Which one may be meant.
        meant: Option<Blank>,
    },
    /// A blank whose value follows from a rule, where no rule says who is meant.
    #[error("{{{}}} は、条件で選んだ人に送る配信だけで使えます。本文から除いてください。", .0.word())]
    WithoutRule(Blank),
    /// Braces where nothing is filled in.
    #[error("ここには差し込みを使えません。{{ と }} を使わずに書いてください。")]
    NoBlanksHere,
    /// `{期限}` without a day.
    #[error("本文に {{期限}} があります。期限の日付を入力してください。")]
    NoDeadline,
    /// No picture was chosen.
    #[error("画像を選んでください。")]
    NoPicture,
    /// Not an address that a resident should be sent to.
    #[error("https:// で始まるアドレスを書いてください。")]
    NotAnAddress,
    /// Not a telephone number.
    #[error("電話番号を、数字とハイフンで書いてください。")]
    NotAPhoneNumber,
    /// Not a path of ours.
    #[error("/ で始まるページを書いてください。")]
    NotAPath,
}

fn suggestion(blank: Option<&Blank>) -> String {
    match blank {
        Some(blank) => format!("もしかして {{{}}} ですか。", blank.word()),
        None => format!("使えるのは {} です。", all_blanks()),
    }
}

fn all_blanks() -> String {
    Blank::ALL.map(|blank| format!("{{{}}}", blank.word())).join(" ")
}

/// Everything that must be mended, and how long each field is.
pub(super) fn check(content: &Content) -> (Vec<Problem>, Vec<Length>) {
    let mut checked = Checked { language: "ja", place: Place::default(), found: vec![], lengths: vec![] };
    if content.get("ja").is_none() {
        checked.say(Field::Parts, Some(Fault::NoJapanese));
    }
    for (language, body) in content.variants() {
        (checked.language, checked.place) = (language.as_str(), Place::default());
        checked.body(body);
    }
    if content.deadline().is_none() && content.blanks().contains(&Blank::Deadline) {
        (checked.language, checked.place) = ("ja", Place::default());
        checked.say(Field::Deadline, Some(Fault::NoDeadline));
    }
    (checked.found, checked.lengths)
}

/// Each field in which one of these blanks stands.
pub(super) fn with_blanks(content: &Content, unfillable: &[Blank]) -> Vec<Problem> {
    let mut checked = Checked { language: "ja", place: Place::default(), found: vec![], lengths: vec![] };
    for (language, body) in content.variants() {
        checked.language = language.as_str();
        for (at, part) in body.parts.iter().enumerate() {
            checked.place = Place { part: at, card: 0 };
            checked.unfillable(part, unfillable);
        }
    }
    checked.found
}

struct Checked<'a> {
    language: &'a str,
    place: Place,
    found: Vec<Problem>,
    lengths: Vec<Length>,
}

impl Checked<'_> {
    fn measure(&mut self, of: Measured, used: usize, limit: usize) {
        let (language, place) = (self.language.to_owned(), self.place);
        self.lengths.push(Length { language, place, of, used, limit, is_filled: false });
    }

    /// The length of a text that may have blanks.
    fn measure_filled(&mut self, field: Field, text: &str, limit: usize) {
        self.measure(Measured::Field(field), longest(text), limit);
        if let Some(last) = self.lengths.last_mut() {
            last.is_filled = text.contains('{');
        }
    }

    fn button(&mut self, button: &Button, (label_at, target_at): (Field, Field), limit: usize) {
        self.measure(Measured::Field(label_at), graphemes(&button.label), limit);
        self.say(label_at, label(button, limit));
        if let Some((used, limit)) = address_length(&button.target) {
            self.measure(Measured::Field(target_at), used, limit);
        }
        self.say(target_at, target(&button.target));
    }

    fn say(&mut self, field: Field, fault: Option<Fault>) {
        let (language, place) = (self.language, self.place);
        self.found.extend(fault.map(|fault| Problem { language: language.to_owned(), place, field, fault }));
    }

    fn body(&mut self, body: &Body) {
        let many = Fault::TooMany { what: "吹き出し", limit: limits::PARTS };
        self.say(Field::Parts, (limits::PARTS < body.parts.len()).then_some(many));
        self.say(Field::Parts, body.parts.is_empty().then_some(Fault::Empty));
        for (at, part) in body.parts.iter().enumerate() {
            self.place = Place { part: at, card: 0 };
            self.part(part);
        }
        self.place = Place::default();
        let replies = &body.quick_replies;
        let many = Fault::TooMany { what: "クイックリプライ", limit: limits::QUICK_REPLIES };
        self.say(
            Field::ReplyLabel(limits::QUICK_REPLIES),
            (limits::QUICK_REPLIES < replies.len()).then_some(many),
        );
        for (at, button) in replies.iter().enumerate() {
            let fields = (Field::ReplyLabel(at), Field::ReplyTarget(at));
            self.button(button, fields, limits::QUICK_REPLY_GRAPHEMES);
        }
    }

    fn part(&mut self, part: &Part) {
        match part {
            Part::Text { text } => {
                self.measure_filled(Field::Text, text, limits::TEXT_UNITS);
                self.say(Field::Text, needed(text, limits::TEXT_UNITS));
            }
            Part::Image(picture) => self.picture(picture),
            Part::Card(card) => self.card(card, limits::CARD_TEXT_UNITS),
            Part::Cards { cards } => {
                for (at, card) in cards.iter().enumerate() {
                    self.place.card = at;
                    self.card(card, limits::NARROW_TEXT_UNITS);
                }
                self.place.card = 0;
                let many = Fault::TooMany { what: "横に並ぶカード", limit: limits::CARDS };
                self.say(Field::Parts, (limits::CARDS < cards.len()).then_some(many));
                let all: usize = cards.iter().map(bytes).sum();
                self.measure(Measured::Cards, all, limits::CAROUSEL_BYTES);
                self.say(Field::Parts, (limits::CAROUSEL_BYTES < all).then_some(Fault::TooBig));
            }
        }
    }

    fn unfillable(&mut self, part: &Part, blanks: &[Blank]) {
        if let Part::Text { text } = part {
            self.say(Field::Text, one_of(text, blanks));
        }
        for (at, card) in part.cards().iter().enumerate() {
            self.place.card = at;
            self.say(Field::Title, one_of(&card.title, blanks));
            self.say(Field::Text, one_of(&card.text, blanks));
            for (at, fact) in card.facts.iter().enumerate() {
                self.say(Field::Fact(at), one_of(&fact.text, blanks));
            }
        }
    }

    fn picture(&mut self, picture: &Picture) {
        self.say(Field::Picture, picture.id.is_empty().then_some(Fault::NoPicture));
        self.measure(Measured::Field(Field::Alt), units(&picture.alt), limits::ALT_UNITS);
        self.say(Field::Alt, empty(&picture.alt).or_else(|| plain(&picture.alt, limits::ALT_UNITS)));
    }

    fn card(&mut self, card: &Card, text_limit: usize) {
        if let Some(picture) = &card.image {
            self.picture(picture);
        }
        self.measure_filled(Field::Title, &card.title, limits::TITLE_UNITS);
        self.say(Field::Title, needed(&card.title, limits::TITLE_UNITS));
        // With facts or a picture a card says enough without a text.
        let says = !card.facts.is_empty() || card.image.is_some();
        let text = if says { filled(&card.text, text_limit) } else { needed(&card.text, text_limit) };
        self.measure_filled(Field::Text, &card.text, text_limit);
        self.say(Field::Text, text);
        for (at, fact) in card.facts.iter().enumerate() {
            let name = Measured::Field(Field::FactName(at));
            self.measure(name, units(&fact.name), limits::FACT_NAME_UNITS);
            self.say(
                Field::FactName(at),
                empty(&fact.name).or_else(|| plain(&fact.name, limits::FACT_NAME_UNITS)),
            );
            self.measure_filled(Field::Fact(at), &fact.text, limits::FACT_UNITS);
            self.say(Field::Fact(at), needed(&fact.text, limits::FACT_UNITS));
        }
        let many = Fault::TooMany { what: "ボタン", limit: limits::BUTTONS };
        self.say(Field::Buttons, (limits::BUTTONS < card.buttons.len()).then_some(many));
        for (at, button) in card.buttons.iter().enumerate() {
            self.button(button, (Field::Label(at), Field::Target(at)), limits::LABEL_GRAPHEMES);
        }
        self.measure(Measured::Card, bytes(card), limits::BUBBLE_BYTES);
        self.say(Field::Text, (limits::BUBBLE_BYTES < bytes(card)).then_some(Fault::TooBig));
    }
}

fn empty(text: &str) -> Option<Fault> {
    text.trim().is_empty().then_some(Fault::Empty)
}

/// The first of these blanks in a text.
fn one_of(text: &str, blanks: &[Blank]) -> Option<Fault> {
    pieces(text).into_iter().find_map(|piece| match piece {
        Piece::Blank(blank, _) if blanks.contains(&blank) => Some(Fault::WithoutRule(blank)),
        Piece::Plain(_) | Piece::Blank(..) | Piece::Wrong(..) => None,
    })
}

/// A text that must be there and may have blanks.
fn needed(text: &str, limit: usize) -> Option<Fault> {
    empty(text).or_else(|| filled(text, limit))
}

/// A text that may have blanks.
fn filled(text: &str, limit: usize) -> Option<Fault> {
    let wrong = |piece| match piece {
        Piece::Wrong(word, meant) => Some(Fault::UnknownBlank { word: word.trim().to_owned(), meant }),
        Piece::Plain(_) | Piece::Blank(..) => None,
    };
    if let Some(fault) = pieces(text).into_iter().find_map(wrong) {
        return Some(fault);
    }
    let (own, most) = (units(text), longest(text));
    match (own, most) {
        _ if most <= limit => None,
        _ if text.contains('{') => Some(Fault::TooLongFilled { limit, actual: most }),
        _ => Some(Fault::TooLong { limit, actual: own }),
    }
}

/// A text in which nothing is filled in.
fn plain(text: &str, limit: usize) -> Option<Fault> {
    let actual = units(text);
    let long = (limit < actual).then_some(Fault::TooLong { limit, actual });
    long.or_else(|| text.contains('{').then_some(Fault::NoBlanksHere))
}

fn label(button: &Button, limit: usize) -> Option<Fault> {
    let actual = graphemes(&button.label);
    let long = (limit < actual).then_some(Fault::TooLong { limit, actual });
    let blank = button.label.contains('{').then_some(Fault::NoBlanksHere);
    empty(&button.label).or(long).or(blank)
}

fn target(target: &Target) -> Option<Fault> {
    match target {
        Target::Uri(uri) => empty(uri).or_else(|| plain(uri, limits::URI_UNITS)).or_else(|| {
            let host = uri.strip_prefix("https://").map_or("", |rest| rest.split('/').next().unwrap_or(""));
            let plain = uri.chars().all(|sign| sign.is_ascii_graphic());
            (host.is_empty() || !plain).then_some(Fault::NotAnAddress)
        }),
        Target::Tel(number) => {
            let digits = number.chars().filter(char::is_ascii_digit).count();
            let only = number.chars().all(|sign| sign.is_ascii_digit() || "+-#".contains(sign));
            (!only || !(3..=15).contains(&digits)).then_some(Fault::NotAPhoneNumber)
        }
        Target::Liff(path) => {
            let plain = path.chars().all(|sign| sign.is_ascii_graphic());
            let ours = path.is_empty() || (path.starts_with('/') && !path.starts_with("//"));
            (!ours || !plain || LIFF_PATH < path.len()).then_some(Fault::NotAPath)
        }
        Target::Deed(_) => None,
    }
}

/// How long an address is, of what it may be; a telephone number has a shape instead.
fn address_length(target: &Target) -> Option<(usize, usize)> {
    match target {
        Target::Uri(uri) => Some((units(uri), limits::URI_UNITS)),
        Target::Liff(path) => Some((path.len(), LIFF_PATH)),
        Target::Tel(_) | Target::Deed(_) => None,
    }
}

/// Of a path of ours: the address before it is not long.
const LIFF_PATH: usize = limits::URI_UNITS / 2;

/// About how many bytes of JSON a card takes, rather too many than too few: characters outside of ASCII take three.
fn bytes(card: &Card) -> usize {
    let texts = [&card.title, &card.text];
    let texts: usize = texts.iter().map(|text| 3 * longest(text)).sum();
    let facts: usize =
        card.facts.iter().map(|fact| 250 + 3 * (units(&fact.name) + longest(&fact.text))).sum();
    let target = |button: &Button| match &button.target {
        Target::Uri(text) | Target::Tel(text) | Target::Liff(text) => 200 + text.len(),
        Target::Deed(_) => 300,
    };
    let buttons: usize = card.buttons.iter().map(|button| 3 * units(&button.label) + target(button)).sum();
    800 + texts + facts + buttons
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::attribute::LanguageId;
    use crate::domain::message::Fact;

    fn faults(body: Body) -> Vec<(Field, Fault)> {
        let content = Content::new([(LanguageId::from("ja"), body)]);
        content.problems().into_iter().map(|problem| (problem.field, problem.fault)).collect()
    }

    fn text(text: &str) -> Vec<(Field, Fault)> {
        faults(Body::text(text))
    }

    #[test]
    fn a_text_may_be_as_long_as_line_takes_it_blanks_included() {
        assert!(text(&"あ".repeat(5_000)).is_empty());
        let emoji = "\u{1f600}".repeat(2_501);
        assert_eq!(text(&emoji), [(Field::Text, Fault::TooLong { limit: 5_000, actual: 5_002 })]);
        let filled = "あ".repeat(4_990) + "{居住地の地区名}";
        assert_eq!(text(&filled), [(Field::Text, Fault::TooLongFilled { limit: 5_000, actual: 5_010 })]);
        assert!(text(&("あ".repeat(4_980) + "{居住地の地区名}")).is_empty());
    }

    #[test]
    fn an_unknown_blank_is_an_error_with_the_one_that_was_meant() {
        let said = text("{健診名}のお知らせ").remove(0).1.to_string();
        assert_eq!(said, "{健診名} という差し込みはありません。もしかして {対象の健診名} ですか。");
        let said = text("{生年月日と氏名}").remove(0).1.to_string();
        assert!(
            said.contains("使えるのは {対象の健診名} {家族の呼び名} {期限} {居住地の地区名} です。"),
            "{said}"
        );
        assert_eq!(text("{期限}まで"), [(Field::Deadline, Fault::NoDeadline)]);
    }

    #[test]
    fn a_length_is_over_where_the_field_is_too_long_and_nowhere_else() {
        let uri = |length: usize| Target::Uri(format!("https://{}", "a".repeat(length - 8)));
        let card = |title: &str, address: usize| {
            let buttons = vec![Button { label: "開く".into(), target: uri(address) }];
            Body::card(Card { title: title.to_owned(), text: "本文".into(), buttons, ..Card::default() })
        };
        let over = |body: Body| {
            let (problems, lengths) = check(&Content::new([(LanguageId::from("ja"), body)]));
            let over: Vec<_> = lengths.into_iter().filter(Length::is_over).map(|one| one.of).collect();
            let long = |fault: &Fault| matches!(fault, Fault::TooLong { .. } | Fault::TooLongFilled { .. });
            let wrong = problems.into_iter().filter(|problem| long(&problem.fault));
            assert_eq!(over, wrong.map(|problem| Measured::Field(problem.field)).collect::<Vec<_>>());
            over.len()
        };
        assert_eq!(over(Body::text("あ".repeat(5_000))), 0);
        assert_eq!(over(Body::text("あ".repeat(4_990) + "{居住地の地区名}")), 1);
        assert_eq!((over(card(&"題".repeat(60), 1_000)), over(card(&"題".repeat(61), 1_001))), (0, 2));
    }

    #[test]
    fn a_card_says_which_field_is_wrong() {
        let button = |label: &str, target| Button { label: label.to_owned(), target };
        let buttons = vec![
            button("予約する", Target::Liff("/kenshin".to_owned())),
            button("", Target::Uri("http://example.jp/".to_owned())),
            button("電話{期限}", Target::Tel("市役所".to_owned())),
        ];
        let picture = Picture { id: String::new(), alt: " ".to_owned(), width: 0, height: 0 };
        let facts = vec![Fact { name: String::new(), text: "10時".to_owned() }];
        let card =
            Card { image: Some(picture), title: "健診".to_owned(), text: String::new(), facts, buttons };
        let expected = [
            (Field::Picture, Fault::NoPicture),
            (Field::Alt, Fault::Empty),
            (Field::FactName(0), Fault::Empty),
            (Field::Label(1), Fault::Empty),
            (Field::Target(1), Fault::NotAnAddress),
            (Field::Label(2), Fault::NoBlanksHere),
            (Field::Target(2), Fault::NotAPhoneNumber),
        ];
        assert_eq!(faults(Body::card(card)), expected);
    }

    #[test]
    fn numbers_of_bubbles_cards_and_quick_replies_have_their_edges() {
        let many =
            |count: usize| Body { parts: vec![Part::Text { text: "a".into() }; count], ..Body::default() };
        assert!(faults(many(5)).is_empty() && faults(many(6)).len() == 1 && faults(many(0)).len() == 1);
        let card = Card { title: "a".into(), text: "b".into(), ..Card::default() };
        let cards = |count| faults(Body::of(Part::Cards { cards: vec![card.clone(); count] })).len();
        assert_eq!((cards(10), cards(11)), (0, 1));
        let reply = Button { label: "はい".into(), target: Target::Liff(String::new()) };
        let replies =
            |count| faults(Body { quick_replies: vec![reply.clone(); count], ..Body::text("a") }).len();
        assert_eq!((replies(13), replies(14)), (0, 1));
    }

    #[test]
    fn cards_that_line_would_refuse_for_their_bytes_are_noticed_before() {
        let button =
            Button { label: "開く".into(), target: Target::Uri(format!("https://{}", "a".repeat(900))) };
        let card =
            Card { title: "a".into(), text: "あ".repeat(300), buttons: vec![button; 3], ..Card::default() };
        let found = faults(Body::of(Part::Cards { cards: vec![card; 10] }));
        assert_eq!(found, [(Field::Parts, Fault::TooBig)]);
    }
}
