//! Values that were typed as they are read (ひらた) or in another language (Hirata), found by their other labels.
//!
//! For suggestions only: nothing is ever taken for a value because it sounds like one.

use crate::domain::attribute::{Attribute, Label};

/// The languages whose labels are compared.
const LANGUAGES: [&str; 3] = ["ja-easy", "en", "pt-BR"];

/// The word of the area or value that somebody calls by another name.
pub(super) fn also_called<'a>(attribute: &'a Attribute, typed: &str) -> Option<&'a str> {
    let (roman, lower) = (roman(typed), typed.to_lowercase());
    let plain = |text: &str| short_vowels(&text.to_lowercase());
    let calls = |id: &str, label: &Label| {
        let labels = LANGUAGES.into_iter().filter_map(|language| label.get(language));
        let by_sound = |name: &str| roman.as_deref().is_some_and(|roman| plain(name) == roman);
        labels.clone().any(|name| name.to_lowercase() == lower)
            || labels.clone().any(by_sound)
            || by_sound(id)
    };
    let areas = attribute.areas.iter().map(|area| (area.id.as_str(), &area.label, area.word.as_str()));
    let values = attribute.values.iter().map(|value| (value.id.as_str(), &value.label, value.word.as_str()));
    areas.chain(values).find(|(id, label, _)| calls(id, label)).map(|(.., word)| word)
}

/// Kana in Roman letters as place names are written, long vowels short; `None` where it isn't kana.
fn roman(kana: &str) -> Option<String> {
    let mut out = String::new();
    let mut doubled = false;
    for c in kana.chars() {
        let c = match c {
            'ァ'..='ヶ' => char::from_u32(u32::from(c) - 0x60).unwrap_or(c),
            c => c,
        };
        match c {
            'っ' => doubled = true,
            'ー' => {}
            'ゃ' | 'ゅ' | 'ょ' => small(&mut out, c)?,
            c => {
                let sound = sound(c)?;
                out.extend(sound.chars().next().filter(|_| doubled));
                doubled = false;
                out.push_str(sound);
            }
        }
    }
    (!out.is_empty()).then(|| short_vowels(&out))
}

/// きょ is kyo, しゃ is sha.
fn small(out: &mut String, c: char) -> Option<()> {
    out.pop().filter(|last| *last == 'i')?;
    let vowel = match c {
        'ゃ' => "a",
        'ゅ' => "u",
        _ => "o",
    };
    if !out.ends_with("sh") && !out.ends_with("ch") && !out.ends_with('j') {
        out.push('y');
    }
    out.push_str(vowel);
    Some(())
}

fn short_vowels(text: &str) -> String {
    text.replace("oo", "o").replace("ou", "o").replace("uu", "u")
}

fn sound(c: char) -> Option<&'static str> {
    const KANA: &str = "あいうえおかきくけこさしすせそたちつてとなにぬねのはひふへほまみむめもやゆよらりるれろわをん\
                        がぎぐげござじずぜぞだぢづでどばびぶべぼぱぴぷぺぽ";
    const SOUNDS: &str = "a i u e o ka ki ku ke ko sa shi su se so ta chi tsu te to na ni nu ne no ha hi fu he ho ma mi \
                          mu me mo ya yu yo ra ri ru re ro wa o n ga gi gu ge go za ji zu ze zo da ji zu de do ba bi bu \
                          be bo pa pi pu pe po";
    SOUNDS.split_whitespace().nth(KANA.chars().position(|kana| kana == c)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kana_are_written_as_on_signs() {
        for (kana, signs) in [
            ("いまいち", "imaichi"),
            ("おおつ", "otsu"),
            ("しゅっさい", "shussai"),
            ("こりょう", "koryo"),
            ("ヒカワ", "hikawa"),
        ] {
            assert_eq!(roman(kana).as_deref(), Some(signs));
        }
        assert_eq!(roman("今市"), None);
    }
}
