//! Words in a text that give reason to look twice before it is sent.
//!
//! A message lies on a lock screen and in the talk of a phone that others may hold: results of a check-up or a need for
//! treatment never belong there. The words only caution; a person decides. A text that says of itself that it is a test
//! is refused elsewhere.

use super::{Content, Part};

/// What belongs into a letter or a talk, not into a message.
const SENSITIVE: [&str; 16] = [
    "要精検",
    "要精密",
    "精密検査",
    "要治療",
    "要医療",
    "再検査",
    "検査結果",
    "検診結果",
    "健診結果",
    "結果のお知らせ",
    "陽性",
    "異常",
    "診断",
    "病名",
    "滞納",
    "生活保護",
];

/// Sensitive words in the Japanese texts, each once, as they are written.
#[must_use]
pub fn sensitive_words(content: &Content) -> Vec<&'static str> {
    let bodies = content.variants().filter(|(language, _)| language.as_str().starts_with("ja"));
    let texts: Vec<&str> = bodies.flat_map(|(_, body)| &body.parts).flat_map(Part::texts).collect();
    let stands = |word: &&str| texts.iter().any(|text| text.contains(*word));
    SENSITIVE.into_iter().filter(stands).collect()
}

/// Whether a text says of itself that it is a test or a drill.
pub(super) fn is_marked_as_test(text: &str) -> bool {
    const MARKS: [&str; 8] = [
        "【テスト",
        "(テスト",
        "\u{ff08}テスト",
        "テスト配信",
        "テスト送信",
        "これはテスト",
        "【訓練",
        "テストです",
    ];
    MARKS.iter().any(|mark| text.contains(mark))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_about_results_are_found_and_the_check_up_itself_is_not_one() {
        let words = |text| sensitive_words(&Content::japanese_text(text));
        assert_eq!(words("要精検の方は検査結果を持参してください。"), ["要精検", "検査結果"]);
        assert!(words("特定健診の申込が始まりました。").is_empty());
    }

    #[test]
    fn test_texts_are_noticed() {
        assert!(Content::japanese_text("【テスト】避難してください").is_marked_as_test());
        assert!(!Content::japanese_text("ストレステストのご案内").is_marked_as_test());
    }
}
