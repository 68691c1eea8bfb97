//! The few words that the account understands in the talk, in four languages.
//!
//! Everything else that is typed has no meaning to us and is kept nowhere. A word says nothing about who typed it: who
//! that was, LINE tells.

use unicode_normalization::UnicodeNormalization;

use super::texts::Tongue;

/// What a friend asks for by a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Command {
    /// 配信を止める
    Stop,
    /// 配信を再開する
    Resume,
    /// 登録・変更
    Register,
    /// 登録を消す
    Leave,
    /// To be answered in another language, this once.
    Speak,
}

const WORDS: [(Command, Tongue, &[&str]); 20] = [
    (Command::Stop, Tongue::Ja, &["配信を止める", "配信を停止する", "配信停止", "配信を止めて", "停止"]),
    (
        Command::Stop,
        Tongue::JaEasy,
        &["お知らせを止める", "お知らせをとめる", "はいしんをとめる", "止める", "とめる"],
    ),
    (Command::Stop, Tongue::En, &["stop", "stop messages", "unsubscribe"]),
    (Command::Stop, Tongue::PtBr, &["parar", "parar os avisos", "parar avisos", "sair"]),
    (Command::Resume, Tongue::Ja, &["配信を再開する", "配信再開", "配信を再開", "再開"]),
    (Command::Resume, Tongue::JaEasy, &["お知らせをまたもらう", "またもらう", "さいかい"]),
    (Command::Resume, Tongue::En, &["resume", "start", "start messages again"]),
    (Command::Resume, Tongue::PtBr, &["voltar a receber", "retomar", "voltar"]),
    (Command::Register, Tongue::Ja, &["登録", "登録・変更", "登録する", "変更", "変更する", "登録変更"]),
    (Command::Register, Tongue::JaEasy, &["とうろく", "登録(とうろく)", "登録・変更(とうろく)"]),
    (Command::Register, Tongue::En, &["register", "change", "register / change", "registration"]),
    (Command::Register, Tongue::PtBr, &["cadastro", "cadastrar", "alterar", "cadastrar / alterar"]),
    (
        Command::Leave,
        Tongue::Ja,
        &[
            "登録を消す",
            "登録を消したい",
            "登録を削除",
            "登録を削除する",
            "登録解除",
            "登録を解除",
            "登録をやめる",
            "やめたい",
            "解除",
            "退会",
            "削除",
            "消す",
        ],
    ),
    (Command::Leave, Tongue::JaEasy, &["登録をけす", "とうろくをけす", "けす", "やめる"]),
    (
        Command::Leave,
        Tongue::En,
        &["erase", "delete", "erase my registration", "delete my registration", "unregister"],
    ),
    (
        Command::Leave,
        Tongue::PtBr,
        &["apagar", "apagar meu cadastro", "apagar cadastro", "excluir", "cancelar"],
    ),
    (Command::Speak, Tongue::Ja, &["日本語", "japanese"]),
    (Command::Speak, Tongue::JaEasy, &["やさしい日本語", "やさしい"]),
    (Command::Speak, Tongue::En, &["english", "英語"]),
    (Command::Speak, Tongue::PtBr, &["português", "portugues", "ポルトガル語", "português do brasil"]),
];

impl Command {
    /// The command that a text is, whole, and the language it is written in; `None` for any other text.
    #[must_use]
    pub fn read(text: &str) -> Option<(Self, Tongue)> {
        // Longer texts are no commands; this also keeps the work small.
        if 100 < text.len() {
            return None;
        }
        let text = plain(text);
        let found = WORDS.iter().find(|(.., words)| words.iter().any(|word| plain(word) == text))?;
        Some((found.0, found.1))
    }
}

/// Letters and digits only: case, width, spaces, and marks at the end make no difference.
pub(super) fn plain(text: &str) -> String {
    let plain = text.nfkc().flat_map(char::to_lowercase).filter(|sign| sign.is_alphanumeric());
    plain.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_the_whole_text_in_any_width_and_case() {
        let stop = |tongue| Some((Command::Stop, tongue));
        assert_eq!(Command::read(" 配信を止める。\n"), stop(Tongue::Ja));
        assert_eq!(Command::read("お知らせを 止める"), stop(Tongue::JaEasy));
        assert_eq!(Command::read("STOP!"), stop(Tongue::En));
        assert_eq!(Command::read("Parar os avisos"), stop(Tongue::PtBr));
        assert_eq!(Command::read("やめたい"), Some((Command::Leave, Tongue::Ja)));
        assert_eq!(Command::read("Português"), Some((Command::Speak, Tongue::PtBr)));
        for text in ["", "!!", "配信を止めないで", "母の生年月日は昭和27年4月1日です。登録"]
        {
            assert_eq!(Command::read(text), None, "{text}");
        }
    }

    #[test]
    fn what_our_own_buttons_say_is_understood() {
        for tongue in Tongue::ALL {
            for (key, command) in [
                ("stop-button", Command::Stop),
                ("resume-button", Command::Resume),
                ("register-button", Command::Register),
                ("erase-link", Command::Leave),
            ] {
                assert_eq!(
                    Command::read(&tongue.say(key)).map(|found| found.0),
                    Some(command),
                    "{tongue:?} {key}"
                );
            }
            assert_eq!(Command::read(tongue.name()).map(|found| found.1), Some(tongue));
        }
    }
}
