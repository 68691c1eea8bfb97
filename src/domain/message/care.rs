//! Words in a text that give reason to look twice before it is sent.
//!
//! A message lies on a lock screen and in the talk of a phone that others may hold: results of a check-up or a need for
//! treatment never belong there. And a text that calls somebody by name was meant for one person, not for many. The
//! words only caution; a person decides. A text that says of itself that it is a test is refused elsewhere.

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

/// Words that hold one of those and mean something else.
const HARMLESS: [&str; 4] = ["健康診断", "診断士", "異常気象", "太陽性"];

/// What stands before 様 where nobody is called by name.
const NOBODY: [&str; 29] = [
    "皆",
    "みな",
    "みんな",
    "子",
    "者",
    "客",
    "族",
    "親",
    "方",
    "隣",
    "連れ",
    "生徒",
    "児童",
    "園児",
    "学生",
    "組",
    "住民",
    "市民",
    "同",
    "模",
    "仕",
    "多",
    "一",
    "有",
    "異",
    "神",
    "左",
    "王",
    "夫婦",
];

/// Sensitive words and names that are called in the Japanese texts, each once, as they are written.
#[must_use]
pub fn sensitive_words(content: &Content) -> Vec<String> {
    let bodies = content.variants().filter(|(language, _)| language.as_str().starts_with("ja"));
    let texts: Vec<String> =
        bodies.flat_map(|(_, body)| &body.parts).flat_map(Part::texts).map(without_harmless).collect();
    let stands = |word: &&str| texts.iter().any(|text| text.contains(*word));
    let mut found: Vec<String> = SENSITIVE.into_iter().filter(stands).map(str::to_owned).collect();
    for name in texts.iter().flat_map(|text| called(text)) {
        if !found.contains(&name) {
            found.push(name);
        }
    }
    found
}

fn without_harmless(text: &str) -> String {
    // The gap keeps two halves from becoming a word that nobody wrote.
    HARMLESS.iter().fold(text.to_owned(), |text, word| text.replace(word, " "))
}

/// Who is called by name: the letters right before 様.
fn called(text: &str) -> Vec<String> {
    let mut names = Vec::new();
    for (at, _) in text.match_indices('様') {
        let (before, after) = (&text[..at], text[at..].chars().nth(1));
        // 様々, 様子, 様式: no word of address.
        if after.is_some_and(|sign| "々子式態相".contains(sign))
            || NOBODY.iter().any(|word| before.ends_with(word))
        {
            continue;
        }
        let letters: Vec<char> =
            before.chars().rev().take_while(|sign| sign.is_alphanumeric()).take(4).collect();
        if !letters.is_empty() {
            names.push(letters.iter().rev().chain(['様'].iter()).collect());
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        sensitive_words(&Content::japanese_text(text))
    }

    #[test]
    fn words_about_results_are_found_and_the_check_up_itself_is_not_one() {
        assert_eq!(words("要精検の方は検査結果を持参してください。"), ["要精検", "検査結果"]);
        assert!(words("特定健診の申込が始まりました。").is_empty());
        assert!(words("健康診断を受けましょう。異常気象に注意。").is_empty());
        assert_eq!(words("健康診断の診断書"), ["診断"]);
    }

    #[test]
    fn somebody_called_by_name_is_noticed_and_everybody_is_not() {
        assert_eq!(words("見本様、昨日のご相談の件です。"), ["見本様"]);
        assert!(words("市民の皆様、保護者様、お子様、様々な催しと申込様式の模様です。").is_empty());
    }
}
