//! The part of the form in which a message is written: bubbles, cards, buttons, in every language.
//!
//! It works by plain forms: bubbles are added, moved and taken out by buttons that send the whole form and save nothing
//! (`moves`). Everything is kept as it was typed (`typed`), field names are made in one place (`names`), and what is
//! wrong stands at its field (`view`). What a content may be says the domain.

mod moves;
mod names;
mod typed;
mod view;

pub use moves::carry_out;
pub use names::{field_name, measured_name, picture_at, sentence};
pub use typed::{Shape, TypedBody};
pub use view::Editor;
