//! What a correction begins with: an apology in the languages of the faulty broadcast, with the places still to fill.
//!
//! The places keep it from going out as it stands ([`super::unfilled`]).

use serde_json::{Map, Value, json};

use crate::domain::message::{Content, shortened};

const APOLOGIES: [(&str, &str); 4] = [
    (
        "ja",
        "【お詫びと訂正】\nさきほどお送りした「{}」の内容に誤りがありました。お詫びして訂正します。\n\n(誤)〔誤っていた内容〕\n(正)〔正しい内容〕",
    ),
    (
        "ja-easy",
        "【おわび】\nさきほどの お知らせ「{}」に まちがいが ありました。ごめんなさい。\n\n× 〔まちがっていた こと〕\n○ 〔正しい こと〕",
    ),
    (
        "en",
        "[Correction]\nOur last message (\"{}\") contained a mistake. We are sorry.\n\nWrong: 〔what was wrong〕\nCorrect: 〔what is correct〕",
    ),
    (
        "pt-BR",
        "[Correção]\nNossa última mensagem (\"{}\") continha um erro. Pedimos desculpas.\n\nErrado: 〔o que estava errado〕\nCorreto: 〔o que é correto〕",
    ),
];

/// How much of the faulty first line is named, in graphemes.
const NAMED: usize = 40;

/// A correction of this content, to be finished by a person.
#[must_use]
pub fn begun(faulty: &Content) -> Content {
    let has = |language: &str| language == "ja" || faulty.get(language).is_some();
    let named = |language: &str| shortened(&faulty.quoted_line(language), NAMED);
    let apology = |language: &str, text: &str| text.replace("{}", &named(language));
    let variants: Map<String, Value> = APOLOGIES
        .into_iter()
        .filter(|(language, _)| has(language))
        .map(|(language, text)| {
            (language.to_owned(), json!({ "kind": "text", "text": apology(language, text) }))
        })
        .collect();
    let japanese = || Content::japanese_text(&apology("ja", APOLOGIES[0].1));
    Content::try_from(Value::Object(variants)).unwrap_or_else(|_| japanese())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::broadcast::unfilled::unfilled;

    #[test]
    fn a_correction_speaks_the_languages_of_the_fault_and_can_not_go_out_as_it_stands() {
        let text = |text: &str| json!({ "kind": "text", "text": text });
        let Ok(faulty) =
            Content::try_from(json!({ "ja": text("健診は3日です\n本文"), "en": text("On the 3rd") }))
        else {
            panic!("the stored form has changed")
        };
        let correction = begun(&faulty);
        assert_eq!(correction.variants().count(), 2);
        assert_eq!(correction.first_line(), "【お詫びと訂正】");
        assert_eq!(unfilled(&correction).len(), 4);
        assert!(correction.problems().is_empty());
    }

    #[test]
    fn each_language_quotes_its_own_line_without_a_blank_and_nothing_is_cut_in_two() {
        let text = |text: &str| json!({ "kind": "text", "text": text });
        let long = format!("{}{{期限}}まで、{{家族の呼び名|ご家族}}へ", "あ".repeat(38));
        let Ok(faulty) = Content::try_from(
            json!({ "ja": text(&long), "en": text("By {期限}\nMore"), "ja-easy": text(" ") }),
        ) else {
            panic!("the stored form has changed")
        };
        let correction = begun(&faulty);
        let said =
            |language: &str| correction.get(language).map(|body| format!("{:?}", json!(body))).unwrap();
        let japanese = format!("「{}…ま…」", "あ".repeat(38));
        assert!(said("ja").contains(&japanese), "{}", said("ja"));
        assert!(said("ja-easy").contains(&japanese), "nothing was said there");
        assert!(said("en").contains("By …\\") && !said("en").contains('あ'), "{}", said("en"));
        assert!(correction.problems().is_empty() && correction.blanks().is_empty());
    }
}
