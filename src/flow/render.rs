//! What a broadcast says, as LINE's messages: what testing and delivering share, so that the two can't differ.

use crate::app::App;
use crate::domain::message::Fill;
use crate::line::message::{Message, compose};
use crate::store::broadcasts::Broadcast;

/// The ways in which a broadcast becomes messages.
pub(super) struct Rendering;

impl Rendering {
    /// What readers of a variant see, with made-up values in its blanks: for staff. Empty where there is no such
    /// variant.
    pub(super) fn for_staff(app: &App, broadcast: &Broadcast, language: &str) -> Vec<Message> {
        let body = broadcast.content.filled(language, &Fill::default().with_samples());
        body.map(|body| compose(&body, &app.addresses(&broadcast.topic))).unwrap_or_default()
    }
}
