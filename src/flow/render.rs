//! What a broadcast says, as LINE's messages: what testing and delivering share, so that the two can't differ.

use crate::app::App;
use crate::domain::broadcast::trial::TrialFault;
use crate::domain::message::Fill;
use crate::line::message::{Message, compose};
use crate::store::broadcasts::Broadcast;

/// The ways in which a broadcast becomes messages.
pub(super) struct Rendering;

impl Rendering {
    /// Everything that a broadcast says, every text in every language, with made-up values in the blanks: for staff.
    ///
    /// # Errors
    /// Where its trial can't be read.
    pub(super) fn for_staff(app: &App, broadcast: &Broadcast) -> Result<Vec<Message>, TrialFault> {
        let (fill, addresses) = (Fill::default().with_samples(), app.addresses(&broadcast.topic));
        let mut messages = Vec::new();
        for said in broadcast.texts()? {
            for (language, _) in said.content.variants() {
                let body = said.content.filled(language.as_str(), &fill);
                messages.extend(body.map(|body| compose(&body, &addresses)).unwrap_or_default());
            }
        }
        Ok(messages)
    }
}
