//! What each arm of a broadcast says. Without a trial there is one arm without a name.

use crate::domain::message::Content;
use crate::store::broadcasts::Broadcast;

/// The text of every arm; none where the trial can't be read, and then nothing can be sent.
pub(super) fn texts(broadcast: &Broadcast) -> Vec<(String, Content)> {
    let own = || broadcast.content.clone();
    let Ok(trial) = broadcast.trial() else { return Vec::new() };
    let Some(trial) = trial else { return vec![(String::new(), own())] };
    let text = |arm: &crate::domain::broadcast::trial::Arm| match arm.other_content() {
        None => Some((arm.id.clone(), own())),
        Some(other) => other.ok().map(|content| (arm.id.clone(), content)),
    };
    trial.arms.iter().filter_map(text).collect()
}
