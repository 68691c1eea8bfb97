//! Building, saving and comparing rules.
//!
//! Read in this order: `sheet` (the form as typed), `node`, `example` and `somebody` (its parts), `words` (a part as a
//! line of text), `text` (the form judged by its text), `moves` and `rows` (the buttons), `controls`, `view` and
//! `row_view` (the form as shown), `builder` (all of it together), `page` (its addresses), `saving`, `versions`, `diff`
//! and `files`. A form is never believed: it becomes text, and the reader of the language says what it is. Nothing is
//! saved but through `flow::rules`.

mod builder;
mod controls;
pub(super) mod diff;
mod example;
mod fields;
mod figures;
mod files;
mod moves;
mod node;
mod page;
mod row_view;
mod rows;
mod saving;
mod sheet;
mod somebody;
mod text;
mod versions;
mod view;
mod words;

pub(super) use files::{ask_import, download, import};
pub(super) use page::{back, build, edit, new};
pub(super) use versions::{archive, ask_archive, compare, restore, show as show_versions};

/// A path as it stands in an address; its slashes stay.
pub fn encoded(path: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/-_.~".contains(&byte);
    let parts = path
        .bytes()
        .map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") });
    parts.collect()
}
