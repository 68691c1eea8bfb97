//! Warns of lines that change nothing: implied by the others, contained in another one, or never hit by 除外.
//!
//! "Changes nothing" is meant for every answer, 不明 included: whoever would be unknown stays unknown.

use super::part::Part;
use super::reason::{Frame, Goal, Joined, Want};
use super::{Checker, Code, Path, Target};

/// A group with more members was not written by hand; looking at each pair is not worth the time.
const MOST: usize = 40;

impl<'a> Checker<'a> {
    /// Reports needless lines of a rule that somebody can fit.
    pub(super) fn redundant(&mut self) {
        if self.is_impossible() || self.has(Code::AlwaysTrue) {
            return;
        }
        let segment = self.segment;
        if let Target::Group(group) = &segment.target {
            self.needless_in(&Part::whole(group, vec![0]), Frame::Looked);
        }
        let lines: Vec<_> =
            segment.exclusions.iter().enumerate().map(|(at, node)| Part::line(node, vec![1, at])).collect();
        lines.iter().for_each(|line| self.needless_in(line, Frame::Looked));
        self.needless_exclusions(lines);
    }

    fn needless_in(&mut self, part: &Part<'a>, frame: Frame<'a>) {
        if let Some((group, frame)) = part.relatives() {
            return self.needless_in(&group, frame);
        }
        let Some((joined, members)) = part.as_written().members() else { return };
        for member in &members {
            self.needless_in(member, frame);
        }
        let mut kept = self.without_doubles(members);
        for at in (0..kept.len()).rev() {
            let one = kept.remove(at);
            match self.needless(&one, &kept, joined, frame) {
                Some(words) if !self.is_from_shared(&one.path) => {
                    self.say(Code::Redundant, self.at(&one.path), words, MEND);
                }
                _ => kept.insert(at, one),
            }
        }
        if joined == Joined::All && 1 < kept.len() {
            kept.iter().for_each(|one| self.certain(one, frame));
        }
    }

    /// A line that the catalogue already says of everybody whose data are known.
    fn certain(&mut self, part: &Part<'a>, frame: Frame<'a>) {
        let plain =
            part.members().is_none() && part.relatives().is_none() && !self.is_from_shared(&part.path);
        if plain && matches!(frame, Frame::Looked) && self.is_always(part) {
            let message =
                format!("{}は、データの分かっている人ならだれでも当てはまります。", self.name(part));
            self.say(
                Code::Redundant,
                self.at(&part.path),
                message,
                "範囲や値を見直すか、この行を消してください。",
            );
        }
    }

    /// Equal lines have a warning of their own.
    fn without_doubles(&self, members: Vec<Part<'a>>) -> Vec<Part<'a>> {
        if MOST < members.len() {
            return Vec::new();
        }
        let doubled = |path: &Path| self.doubled.contains(path);
        members.into_iter().filter(|one| !doubled(&one.path)).collect()
    }

    /// Why one of the members needn't be there, given the others.
    fn needless(
        &self,
        one: &Part<'a>,
        others: &[Part<'a>],
        joined: Joined,
        frame: Frame<'a>,
    ) -> Option<String> {
        if others.is_empty() || !self.follows(one, others, joined, frame) {
            return None;
        }
        let single =
            others.iter().find(|other| self.follows(one, std::slice::from_ref(other), joined, frame));
        let because = single.map_or_else(|| "ほかの条件".to_owned(), |other| self.name(other));
        let name = self.name(one);
        Some(if joined == Joined::All && one.holds {
            format!("{because}に当てはまる人はみな{name}にも当てはまるので、この行はなくても同じです。")
        } else {
            format!("{name}に当てはまる人はみな{because}にも当てはまるので、この行はなくても同じです。")
        })
    }

    /// すべて: where the others are true it is true, and where it is false one of them is. いずれか: the other way round.
    fn follows(&self, one: &Part<'a>, others: &[Part<'a>], joined: Joined, frame: Frame<'a>) -> bool {
        let never = |want: Want, other: Want| {
            let goals: Vec<_> =
                others.iter().map(|part| part.wished(other)).chain([one.wished(want)]).collect();
            self.reason.never(frame, &goals)
        };
        match joined {
            Joined::All => never(Want::NotTrue, Want::True) && never(Want::False, Want::NotFalse),
            Joined::Any => never(Want::True, Want::NotTrue) && never(Want::NotFalse, Want::False),
        }
    }

    /// 除外 that hits nobody in 対象, or only whom another line hits already.
    fn needless_exclusions(&mut self, lines: Vec<Part<'a>>) {
        let target = self.segment;
        let target = |want| match &target.target {
            Target::Everyone => None,
            Target::Group(group) => Some(Goal::Group(group, want)),
        };
        let mut kept = self.without_doubles(lines);
        for at in (0..kept.len()).rev() {
            let one = kept.remove(at);
            let idle = |with: Option<Goal<'a>>, want| {
                with.is_some_and(|with| self.reason.never(Frame::Looked, &[with, one.wanting(want)]))
            };
            let never_hits =
                idle(target(Want::True), Want::NotFalse) && idle(target(Want::NotFalse), Want::True);
            let words = if never_hits {
                Some(format!(
                    "対象の人で{}に当てはまる人はいないので、この行はなくても同じです。",
                    self.name(&one)
                ))
            } else {
                self.needless(&one, &kept, Joined::Any, Frame::Looked)
            };
            match words {
                Some(words) => self.say(Code::Redundant, self.at(&one.path), words, MEND),
                None => kept.insert(at, one),
            }
        }
    }
}

const MEND: &str = "この行を消すか、範囲や値を見直してください。";
