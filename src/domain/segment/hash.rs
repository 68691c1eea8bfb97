//! The fingerprint of a rule: approval is bound to it.
//!
//! Taken over the tree's ids, so that neither a comment nor a new label changes it, and any change of meaning does.

use super::rule::{Node, Relatives, Rule, Segment, Target};
use crate::domain::digest::sha256_hex;

impl Segment {
    /// SHA-256 of the canonical form without comments, in lower-case hexadecimal.
    #[must_use]
    pub fn hash(&self) -> String {
        sha256_hex(&serde_json::to_vec(&self.without_comments()).expect("a rule has string keys only"))
    }

    /// The same rule without any comments.
    #[must_use]
    pub fn without_comments(&self) -> Self {
        let mut bare = self.clone();
        (bare.preface, bare.closing) = (Vec::new(), Vec::new());
        if let Target::Group(group) = &mut bare.target {
            group.members.iter_mut().for_each(strip);
        }
        bare.exclusions.iter_mut().for_each(strip);
        for example in &mut bare.examples {
            (example.above, example.beside) = (Vec::new(), None);
        }
        bare
    }
}

/// Takes the comments off a node and off everything beneath it.
pub(super) fn strip(node: &mut Node) {
    (node.above, node.beside) = (Vec::new(), None);
    if let Rule::Group(group) | Rule::Relatives(Relatives { group, .. }) = &mut node.rule {
        group.members.iter_mut().for_each(strip);
    }
}
