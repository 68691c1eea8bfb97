//! A catalogue that has every kind of attribute, for accounts and for persons.

use std::fmt::Write as _;

use crate::domain::attribute::Catalogue;

/// More values than a word has bits, and more than a byte counts.
const MANY: [(&str, &str, u32); 2] = [("clubs", "会", 70), ("street", "通り", 300)];

/// The catalogue of this repository with an attribute of every other kind.
#[must_use]
pub fn every_kind() -> Catalogue {
    let mut text = format!(
        "{}\n{}",
        include_str!("../../../../segments/attributes.toml"),
        include_str!("every_kind.toml")
    );
    add_values(&mut text, MANY[0]);
    text += "[[attribute]]\nid = \"street\"\nlabel = { ja = \"通り名\", ja-easy = \"-\", en = \"-\", pt-BR = \"-\" }\n\
             help = { ja = \"-\", ja-easy = \"-\", en = \"-\", pt-BR = \"-\" }\ntype = \"choice\"\nsubject = \"account\"\n\
             entered_by = \"import\"\nrequired = false\nsensitivity = \"ordinary\"\nusable_for_sending = true\n";
    add_values(&mut text, MANY[1]);
    Catalogue::parse(&text)
        .and_then(|one| one.with_parameters(include_str!("../../../../segments/parameters.toml")))
        .expect("a unit test reads it")
}

fn add_values(text: &mut String, (id, word, count): (&str, &str, u32)) {
    for number in 0..count {
        // Writing into a string can't fail.
        let _ = writeln!(
            text,
            "[[attribute.value]]\nid = \"{id}-{number}\"\nlabel = {{ ja = \"{word}{number}\", ja-easy = \"-\", en = \"-\", pt-BR = \"-\" }}"
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::attribute::{Subject, ValueType};

    #[test]
    fn every_kind_of_value_is_there_for_accounts_and_persons() {
        let catalogue = every_kind();
        for subject in [Subject::Account, Subject::Person] {
            for wanted in
                [ValueType::YesNo, ValueType::Number, ValueType::Choice, ValueType::Choices, ValueType::Date]
            {
                assert!(catalogue.of(subject).any(|one| one.value_type == wanted), "{subject:?} {wanted:?}");
            }
        }
        assert_eq!(catalogue.attribute("street").map(|one| one.values.len()), Some(300));
    }
}
