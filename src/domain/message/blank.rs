//! Blanks (差し込み): `{対象の健診名}` in a text, filled for each recipient.
//!
//! A closed list, so that nothing about a resident gets into a message that nobody decided upon. `{家族の呼び名|ご家族}`
//! says what stands there for somebody without a value; without such words that person gets nothing. A brace that
//! opens is always meant as a blank: a misspelt one is an error, never sent as it stands.

use super::limits::units;
use crate::domain::segment::text::nearest;

macro_rules! blanks {
    ($($(#[$doc:meta])* $name:ident = $word:literal $longest:literal $sample:literal $hint:literal,)*) => {
        /// What can be filled in.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Blank { $($(#[$doc])* $name,)* }

        impl Blank {
            /// Every one, in the order in which staff are told of them.
            pub const ALL: [Self; [$($longest),*].len()] = [$(Self::$name),*];

            /// What is written between the braces.
            #[must_use]
            pub fn word(self) -> &'static str {
                match self { $(Self::$name => $word,)* }
            }

            /// The most characters of a value, in UTF-16 units; a longer one is no value.
            #[must_use]
            pub fn longest(self) -> usize {
                match self { $(Self::$name => $longest,)* }
            }

            /// A made-up value for previews.
            #[must_use]
            pub fn sample(self) -> &'static str {
                match self { $(Self::$name => $sample,)* }
            }

            /// What stands there, in words for staff.
            #[must_use]
            pub fn hint(self) -> &'static str {
                match self { $(Self::$name => $hint,)* }
            }
        }
    };
}

blanks! {
    /// Names of the check-ups for which somebody of the household is meant.
    CheckUps = "対象の健診名" 200 "特定健診・胃がん検診" "条件に合った方が受けられる健(検)診(登録から分かるもの)",
    /// What the friend calls those who are meant.
    Family = "家族の呼び名" 60 "お母さん" "条件に合った家族の呼び名(登録画面で選んだ方だけ)",
    /// The last day, one for the whole broadcast.
    Deadline = "期限" 30 "12月25日(金)" "下の「期限」に入れた日付(過ぎたら、残りの方には送りません)",
    /// The district of the account.
    District = "居住地の地区名" 20 "高松" "登録された地区",
}

/// A piece of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece<'a> {
    /// As it stands.
    Plain(&'a str),
    /// To be filled, with the words for somebody without a value.
    Blank(Blank, Option<&'a str>),
    /// Between braces, and no blank: what was written, and which blank may be meant.
    Wrong(&'a str, Option<Blank>),
}

/// A text in its pieces.
#[must_use]
pub fn pieces(text: &str) -> Vec<Piece<'_>> {
    let (mut found, mut rest) = (Vec::new(), text);
    while let Some((before, after)) = rest.split_once('{') {
        if !before.is_empty() {
            found.push(Piece::Plain(before));
        }
        // A blank does not reach over the end of a line: then its brace is not closed.
        let inside = after.split_once('}').filter(|(inside, _)| !inside.contains(['\n', '{']));
        let Some((inside, after)) = inside else {
            let line = after.lines().next().unwrap_or_default();
            found.push(Piece::Wrong(line, None));
            rest = &after[line.len()..];
            continue;
        };
        found.push(read(inside));
        rest = after;
    }
    if !rest.is_empty() {
        found.push(Piece::Plain(rest));
    }
    found
}

fn read(inside: &str) -> Piece<'_> {
    let (word, instead) = match inside.split_once('|') {
        Some((word, instead)) => (word.trim(), Some(instead.trim()).filter(|instead| !instead.is_empty())),
        None => (inside.trim(), None),
    };
    match Blank::ALL.into_iter().find(|blank| blank.word() == word) {
        Some(blank) => Piece::Blank(blank, instead),
        None => Piece::Wrong(inside, meant(word)),
    }
}

fn meant(word: &str) -> Option<Blank> {
    let near = nearest(word, Blank::ALL.iter().map(|blank| blank.word()))?;
    Blank::ALL.into_iter().find(|blank| blank.word() == near)
}

/// The text as it can be quoted to anybody: with the day that `{期限}` names, and of what differs from reader to reader
/// only the words for somebody without a value, else 「…」.
pub(super) fn quoted(text: &str, deadline: Option<&str>) -> String {
    let word = |piece| match piece {
        Piece::Plain(plain) => plain,
        Piece::Blank(Blank::Deadline, instead) => deadline.or(instead).unwrap_or("…"),
        Piece::Blank(_, instead) => instead.unwrap_or("…"),
        Piece::Wrong(..) => "…",
    };
    pieces(text).into_iter().map(word).collect()
}

/// The most characters that a text can have once its blanks are filled, in UTF-16 units.
#[must_use]
pub fn longest(text: &str) -> usize {
    let of = |piece: &Piece<'_>| match piece {
        Piece::Plain(text) | Piece::Wrong(text, _) => units(text),
        Piece::Blank(blank, instead) => blank.longest().max(instead.map_or(0, units)),
    };
    pieces(text).iter().map(of).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_cut_at_its_blanks() {
        let text = "{家族の呼び名|ご家族}の{対象の健診名}です。";
        let expected = [
            Piece::Blank(Blank::Family, Some("ご家族")),
            Piece::Plain("の"),
            Piece::Blank(Blank::CheckUps, None),
            Piece::Plain("です。"),
        ];
        assert_eq!(pieces(text), expected);
        assert_eq!(longest(text), 60 + 1 + 200 + 3);
    }

    #[test]
    fn a_quoted_text_holds_no_blank() {
        assert_eq!(quoted("{家族の呼び名|ご家族}へ、{期限}まで", None), "ご家族へ、…まで");
        assert_eq!(quoted("{期限|今月末}まで", Some("12月25日(金)")), "12月25日(金)まで");
        assert_eq!(quoted("{なまえ}さん、{期限", None), "…さん、…");
    }

    #[test]
    fn what_is_no_blank_is_wrong_and_the_one_that_was_meant_is_found() {
        assert_eq!(pieces("{健診名}"), [Piece::Wrong("健診名", Some(Blank::CheckUps))]);
        assert_eq!(pieces("{家族の呼名}"), [Piece::Wrong("家族の呼名", Some(Blank::Family))]);
        assert_eq!(pieces("{氏名と住所と電話}"), [Piece::Wrong("氏名と住所と電話", None)]);
        assert_eq!(pieces("{}"), [Piece::Wrong("", None)]);
        let open = [
            Piece::Plain("a"),
            Piece::Wrong("期限", None),
            Piece::Plain("\n"),
            Piece::Blank(Blank::Deadline, None),
        ];
        assert_eq!(pieces("a{期限\n{期限}"), open);
        assert_eq!(pieces("閉じるだけの } は、そのまま"), [Piece::Plain("閉じるだけの } は、そのまま")]);
    }
}
