//! Everything that residents read, in the four languages of the pages: 日本語, やさしい日本語, English, Português.
//!
//! The texts stand in `src/texts`, a Fluent file a language, compiled in. Which text is said when is decided elsewhere;
//! names of attributes and their values come from the catalogue. Nothing here knows who reads.

use std::borrow::Cow;
use std::sync::LazyLock;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource};

use super::attribute::{Catalogue, Label, LanguageId};

/// A language in which we can speak.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tongue {
    /// 日本語
    Ja,
    /// やさしい日本語
    JaEasy,
    /// English
    En,
    /// Português do Brasil
    PtBr,
}

impl Tongue {
    /// All of them, in the order of the language switch.
    pub const ALL: [Self; 4] = [Self::Ja, Self::JaEasy, Self::En, Self::PtBr];

    /// The tag as the catalogue and stored documents have it.
    #[must_use]
    pub fn tag(self) -> &'static str {
        match self {
            Self::Ja => "ja",
            Self::JaEasy => "ja-easy",
            Self::En => "en",
            Self::PtBr => "pt-BR",
        }
    }

    /// The tag for the `lang` attribute of a page: やさしい日本語 is Japanese to a screen reader.
    #[must_use]
    pub fn html(self) -> &'static str {
        if self == Self::JaEasy { "ja" } else { self.tag() }
    }

    /// The language's own name for itself.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Ja => "日本語",
            Self::JaEasy => "やさしい日本語",
            Self::En => "English",
            Self::PtBr => "Português",
        }
    }

    /// The language with this tag.
    #[must_use]
    pub fn parse(tag: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|tongue| tongue.tag() == tag)
    }

    /// The language to speak with somebody who asked for `wanted`, which may be one we have only a way round for.
    #[must_use]
    pub fn nearest(catalogue: &Catalogue, wanted: Option<&str>) -> Self {
        let order = catalogue.reading_order(wanted);
        order.iter().map(LanguageId::as_str).find_map(Self::parse).unwrap_or(Self::Ja)
    }

    /// The first language of an `Accept-Language` header that the catalogue knows, else Japanese.
    #[must_use]
    pub fn accepted(catalogue: &Catalogue, header: &str) -> Self {
        let first = |tag: &str| tag.split('-').next().unwrap_or_default().to_ascii_lowercase();
        let asked = header.split(',').map(|part| part.split(';').next().unwrap_or_default().trim());
        let known = asked.filter_map(|tag| {
            catalogue.languages().iter().find(|language| first(language.id.as_str()) == first(tag))
        });
        let known = known.map(|language| language.id.as_str().to_owned()).next();
        Self::nearest(catalogue, known.as_deref())
    }

    /// The text of a key.
    #[must_use]
    pub fn say(self, key: &str) -> String {
        self.say_with(key, &[])
    }

    /// The text of a key with its blanks filled. A key that is missing is said itself; a test sees to it that none is.
    #[must_use]
    pub fn say_with(self, key: &str, blanks: &[(&str, &str)]) -> String {
        let bundle = &BUNDLES[self as usize];
        let Some(pattern) = bundle.get_message(key).and_then(|message| message.value()) else {
            return key.to_owned();
        };
        let args: FluentArgs<'_> =
            blanks.iter().map(|(name, value)| (Cow::from(*name), Cow::from(*value))).collect();
        bundle.format_pattern(pattern, Some(&args), &mut Vec::new()).into_owned()
    }

    /// What a sentence in this language calls the city; `latin` is its name in Latin letters, such as Izumo.
    #[must_use]
    pub fn city(self, name: &str, latin: &str) -> String {
        let is_japanese = matches!(self, Self::Ja | Self::JaEasy);
        self.say_with("city-name", &[("city", if is_japanese { name } else { latin })])
    }

    /// A label of the catalogue in this language.
    #[must_use]
    pub fn label(self, label: &Label) -> &str {
        label.get(self.tag()).unwrap_or_else(|| label.ja())
    }
}

const FILES: [(&str, &str); 4] = [
    ("ja", include_str!("../texts/ja.ftl")),
    // Fluent's parser of tags refuses `ja-easy`, which is no registered variant.
    ("ja-yasashii", include_str!("../texts/ja-easy.ftl")),
    ("en", include_str!("../texts/en.ftl")),
    ("pt-BR", include_str!("../texts/pt-BR.ftl")),
];

static BUNDLES: LazyLock<[FluentBundle<FluentResource>; 4]> = LazyLock::new(|| FILES.map(bundle));

fn bundle((tag, text): (&str, &str)) -> FluentBundle<FluentResource> {
    let mut bundle =
        FluentBundle::new_concurrent(vec![tag.parse().expect("the tags are constant and tested")]);
    // The marks around filled blanks would be counted and shown by LINE.
    bundle.set_use_isolating(false);
    let resource = FluentResource::try_new(text.to_owned()).expect("the files are compiled in and tested");
    bundle.add_resource_overriding(resource);
    bundle
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    use super::*;

    fn keys(text: &str) -> BTreeSet<String> {
        let entries = text.lines().filter_map(|line| line.split_once(" = "));
        entries.map(|(key, _)| key.to_owned()).filter(|key| !key.starts_with([' ', '#'])).collect()
    }

    fn blanks(text: &str, key: &str) -> BTreeSet<String> {
        let line = text.lines().find(|line| line.starts_with(&format!("{key} = "))).unwrap_or_default();
        line.split("{ $").skip(1).filter_map(|rest| rest.split(' ').next()).map(str::to_owned).collect()
    }

    fn sources(folder: &Path, into: &mut String) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                sources(&path, into);
            } else if path.extension().is_some_and(|end| end == "rs" || end == "html") {
                into.push_str(&std::fs::read_to_string(path).unwrap());
            }
        }
    }

    #[test]
    fn each_key_exists_in_each_language_with_the_same_blanks() {
        let japanese = keys(FILES[0].1);
        for (tag, text) in FILES {
            assert_eq!(keys(text), japanese, "{tag}");
            for key in &japanese {
                assert_eq!(blanks(text, key), blanks(FILES[0].1, key), "{key} in {tag}");
            }
        }
    }

    #[test]
    fn no_key_is_unused() {
        let mut all = String::new();
        sources(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src")), &mut all);
        let unused: Vec<_> =
            keys(FILES[0].1).into_iter().filter(|key| !all.contains(&format!("\"{key}\""))).collect();
        assert!(unused.is_empty(), "{unused:?}");
    }

    #[test]
    fn a_language_we_do_not_speak_leads_to_the_next_best() {
        let catalogue = Catalogue::builtin();
        assert_eq!(Tongue::nearest(&catalogue, Some("vi")), Tongue::JaEasy);
        assert_eq!(Tongue::nearest(&catalogue, Some("tl")), Tongue::En);
        assert_eq!(Tongue::nearest(&catalogue, None), Tongue::Ja);
        assert_eq!(Tongue::accepted(&catalogue, "pt-PT,pt;q=0.9,en;q=0.8"), Tongue::PtBr);
        assert_eq!(Tongue::accepted(&catalogue, "fr-FR,en-US;q=0.5"), Tongue::En);
        assert_eq!(Tongue::accepted(&catalogue, ""), Tongue::Ja);
    }

    #[test]
    fn blanks_are_filled_without_marks() {
        assert_eq!(Tongue::Ja.say_with("greeting-title", &[("city", "出雲市")]), "出雲市公式LINE");
        assert_eq!(Tongue::JaEasy.city("出雲市", "Izumo"), "出雲市");
        assert_eq!(Tongue::PtBr.city("出雲市", "Izumo"), "Prefeitura de Izumo");
    }
}
