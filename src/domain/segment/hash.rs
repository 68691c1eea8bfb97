//! The fingerprint of a rule: approval is bound to it.
//!
//! Taken over the tree's ids, so that neither a comment nor a new label changes it, and any change of meaning does.

use std::fmt::Write as _;

use sha2::{Digest as _, Sha256};

use super::rule::{Node, Relatives, Rule, Segment, Target};

impl Segment {
    /// SHA-256 of the canonical form without comments, in lower-case hexadecimal.
    #[must_use]
    pub fn hash(&self) -> String {
        let bytes = serde_json::to_vec(&self.without_comments()).expect("a rule has string keys only");
        Sha256::digest(&bytes).iter().fold(String::new(), |mut text, byte| {
            // Writing into a string can't fail.
            let _ = write!(text, "{byte:02x}");
            text
        })
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

fn strip(node: &mut Node) {
    (node.above, node.beside) = (Vec::new(), None);
    if let Rule::Group(group) | Rule::Relatives(Relatives { group, .. }) = &mut node.rule {
        group.members.iter_mut().for_each(strip);
    }
}
