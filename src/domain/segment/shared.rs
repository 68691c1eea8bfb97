//! Shared conditions (共通/…): groups that several rules name, each from a file of its own, put in their places.
//!
//! Expanding is all or nothing: a file that is missing, changed, in a circle or too deep gives faults and no rule. So
//! nothing that evaluates a rule ever has to know of shared conditions, and what is approved holds their text. It reads
//! no disk.

use std::collections::BTreeMap;

use super::rule::{Group, Node, Relatives, Rule, Segment, SharedRef, Target};
use super::text::{MAX_CONDITIONS, Path, nearest, parse, print};
use super::{Code, Diagnostic};
use crate::domain::attribute::Catalogue;
use crate::domain::digest::sha256_hex;

/// The folder of the shared conditions: their paths begin with it.
pub const FOLDER: &str = "共通/";

/// Shared conditions may name shared conditions so many times in a row.
const MAX_DEPTH: usize = 8;
/// A rule may have so many lines with everything in its place; a chain of doublings would have millions.
const MAX_LINES: usize = MAX_CONDITIONS;

/// The shared conditions that can be used, by path, as they were written.
#[derive(Clone, Debug, Default)]
pub struct Shared(BTreeMap<String, Segment>);

/// Why a rule can't be expanded, and at which of its lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The line that names the shared condition.
    pub path: Path,
    /// The fault without its place.
    pub diagnostic: Diagnostic,
}

impl Shared {
    /// Adds a file. Whether its form is right is asked by [`form_faults`].
    pub fn insert(&mut self, path: String, segment: Segment) {
        self.0.insert(path, segment);
    }

    /// All of them in the order of their paths.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Segment)> {
        self.0.iter().map(|(path, segment)| (path.as_str(), segment))
    }

    /// The 版 of a shared condition: the first eight digits of its hash; `None` where it can't be used.
    #[must_use]
    pub fn edition(&self, path: &str) -> Option<String> {
        let reference = SharedRef { path: path.to_owned(), hash: None };
        let mut expander = Expander { shared: self, open: Vec::new(), lines: 0, faults: Vec::new() };
        let group = expander.group_of(&reference, &Path::new())?;
        expander.faults.is_empty().then(|| group_hash(&group).chars().take(8).collect())
    }

    /// The same rule with every shared condition in its place.
    ///
    /// # Errors
    /// Everything that is wrong with the shared conditions it names.
    pub fn expand(&self, segment: &Segment, catalogue: &Catalogue) -> Result<Segment, Vec<Fault>> {
        let (whole, faults) = self.expand_in_part(segment);
        if !faults.is_empty() {
            return Err(faults);
        }
        // With everything in its place it has to obey the limits of a file, since it is stored as one.
        let stands = whole == *segment || parse(&print(&whole, catalogue), catalogue).as_ref() == Ok(&whole);
        if stands { Ok(whole) } else { Err(vec![too_deep(vec![0])]) }
    }

    /// The same rule with those shared conditions in their places that can be used, and why the others can't. Good for
    /// looking at single lines only: a reference that is left is a condition of which nothing is known.
    #[must_use]
    pub fn expand_in_part(&self, segment: &Segment) -> (Segment, Vec<Fault>) {
        let mut expander = Expander { shared: self, open: Vec::new(), lines: 0, faults: Vec::new() };
        let mut whole = segment.clone();
        if let Target::Group(group) = &mut whole.target {
            expander.nodes(&mut group.members, &mut vec![0]);
        }
        expander.nodes(&mut whole.exclusions, &mut vec![1]);
        (whole, expander.faults)
    }
}

/// What a shared condition may not have.
#[must_use]
pub fn form_faults(segment: &Segment) -> Vec<(Option<Path>, Diagnostic)> {
    let fault =
        |path, message: &str, mend: &str| (path, Diagnostic::new(Code::SharedForm, None, message, mend));
    let mut faults = Vec::new();
    if segment.target == Target::Everyone {
        let mend = "「対象: すべて」と条件を書いてください。";
        faults.push(fault(Some(vec![0]), "共通の条件は「友だち全員」にはできません。", mend));
    }
    if !segment.exclusions.is_empty() {
        let mend = "除く条件は「いずれでもない」にするか、使う側の「除外:」に書いてください。";
        faults.push(fault(Some(vec![1, 0]), "共通の条件には「除外」を書けません。", mend));
    }
    faults
}

struct Expander<'a> {
    shared: &'a Shared,
    /// The shared conditions that are being put in place, outermost first.
    open: Vec<String>,
    lines: usize,
    faults: Vec<Fault>,
}

impl Expander<'_> {
    fn nodes(&mut self, nodes: &mut [Node], path: &mut Path) {
        for (at, node) in nodes.iter_mut().enumerate() {
            path.push(at);
            self.node(node, path);
            path.pop();
        }
    }

    fn node(&mut self, node: &mut Node, path: &mut Path) {
        self.lines += 1;
        match &mut node.rule {
            Rule::Group(group) | Rule::Relatives(Relatives { group, .. }) => {
                self.nodes(&mut group.members, path)
            }
            Rule::Shared(reference) => {
                let reference = reference.clone();
                if let Some(group) = self.group_of(&reference, path) {
                    node.rule = Rule::Group(group);
                    node.above.push(reference.path.clone());
                    let name = self.shared.0.get(&reference.path).map(|found| found.header.name.clone());
                    node.beside = node.beside.take().or(name);
                }
            }
            _ => {}
        }
    }

    /// The group of a shared condition with everything in its place; faults are put at the outermost reference.
    fn group_of(&mut self, reference: &SharedRef, path: &Path) -> Option<Group> {
        let before = self.faults.len();
        let group = self.look_up(reference, path)?;
        if self.open.len() == MAX_DEPTH || MAX_LINES < self.lines {
            self.faults.push(too_deep(path.clone()));
            return None;
        }
        self.open.push(reference.path.clone());
        let mut group = group;
        self.inner(&mut group.members, path);
        self.open.pop();
        if before < self.faults.len() {
            return None;
        }
        self.same_edition(reference, &group, path).then_some(group)
    }

    /// Inside a shared condition every fault belongs to the line that names it.
    fn inner(&mut self, nodes: &mut [Node], path: &Path) {
        for node in nodes {
            self.node(node, &mut path.clone());
            // One fault says enough about one line, and stops what would double without end.
            if self.faults.last().is_some_and(|fault| fault.path == *path) {
                return;
            }
        }
    }

    fn look_up(&mut self, reference: &SharedRef, path: &Path) -> Option<Group> {
        let wanted = &reference.path;
        if self.open.contains(wanted) {
            let message = format!("「{wanted}」が自分自身を使っています。");
            let mend = "共通の条件どうしが輪にならないように、片方を書き直してください。";
            self.fault(path, Diagnostic::new(Code::SharedCycle, None, message, mend));
            return None;
        }
        match self.shared.0.get(wanted).map(|found| &found.target) {
            Some(Target::Group(group)) => Some(group.clone()),
            _ => {
                let near = nearest(wanted, self.shared.0.keys().map(String::as_str));
                let message = format!("共通の条件「{wanted}」がないか、エラーがあります。");
                let mend = match &near {
                    Some(near) => format!("もしかして「{near}」ですか。書き直してください。"),
                    None => "「共通」フォルダーのファイルの名前で書いてください。".to_owned(),
                };
                self.fault(path, Diagnostic::new(Code::UnknownShared, None, message, mend).suggesting(near));
                None
            }
        }
    }

    fn same_edition(&mut self, reference: &SharedRef, group: &Group, path: &Path) -> bool {
        let (Some(wanted), now) = (&reference.hash, group_hash(group)) else { return true };
        if now.starts_with(wanted.as_str()) {
            return true;
        }
        let edition: String = now.chars().take(8).collect();
        let message = format!("「{}」は版 {wanted} から変わっています。", reference.path);
        let mend = format!("変わったところを確かめて、「版 {edition}」に書き直してください。");
        self.fault(path, Diagnostic::new(Code::SharedChanged, None, message, mend));
        false
    }

    fn fault(&mut self, path: &Path, diagnostic: Diagnostic) {
        self.faults.push(Fault { path: path.clone(), diagnostic });
    }
}

fn too_deep(path: Path) -> Fault {
    let message = "共通の条件が深すぎるか、多すぎます。";
    let mend = format!("重なりを{MAX_DEPTH}段まで、行数を{MAX_LINES}行までにしてください。");
    Fault { path, diagnostic: Diagnostic::new(Code::SharedTooDeep, None, message, mend) }
}

/// SHA-256 over what a group means, comments aside.
fn group_hash(group: &Group) -> String {
    let mut bare = group.clone();
    bare.members.iter_mut().for_each(super::hash::strip);
    sha256_hex(&serde_json::to_vec(&bare).expect("a rule has string keys only"))
}
