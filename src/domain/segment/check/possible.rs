//! Reports groups that nobody can be in, and groups that everybody is in, at the innermost place that explains it.

use super::part::Part;
use super::reason::{Frame, Goal, Joined, Want};
use super::{Checker, Code, Target, Unit};

/// With more conditions than this nobody looks for the few that contradict each other.
const MOST: usize = 64;

impl<'a> Checker<'a> {
    /// Reports what can never be true.
    pub(super) fn possible(&mut self) {
        let segment = self.segment;
        if let Target::Group(group) = &segment.target {
            let whole = Part::whole(group, vec![0]);
            self.look(&whole, &[], Frame::Looked);
        }
        for (at, node) in segment.exclusions.iter().enumerate() {
            self.look(&Part::line(node, vec![1, at]), &[], Frame::Looked);
        }
        if !self.is_impossible() {
            self.all_excluded();
        }
    }

    /// Whether nobody can be all that the rule asks for, whatever is written in its parts.
    pub(super) fn is_for_nobody(&self) -> bool {
        let Target::Group(group) = &self.segment.target else { return false };
        self.reason.never(Frame::Looked, &[Part::whole(group, vec![0]).goal()])
    }

    /// Looks for faults in a part that stands beside others.
    fn look(&mut self, part: &Part<'a>, beside: &[Part<'a>], frame: Frame<'a>) {
        if self.reason.never(frame, &[part.goal()]) {
            return self.inside(part, frame);
        }
        match part.members() {
            // Many members beside each other cost their square.
            Some((Joined::All, members)) if MOST < members.len() + beside.len() => {
                members.iter().for_each(|member| self.look(member, &[], frame));
            }
            Some((Joined::All, members)) => {
                for (at, member) in members.iter().enumerate() {
                    let others = members.iter().enumerate().filter(|(other, _)| *other != at);
                    let others: Vec<_> =
                        others.map(|(_, one)| one.clone()).chain(beside.iter().cloned()).collect();
                    self.look(member, &others, frame);
                }
            }
            Some((Joined::Any, members)) => {
                for member in &members {
                    if !part.holds {
                        self.look(&member.as_written(), &[], frame);
                    } else if !self.reason.never(frame, &[member.goal()])
                        && self.never_beside(member, beside, frame)
                    {
                        self.dead_choice(member, beside, frame);
                    } else {
                        self.look(member, beside, frame);
                    }
                }
            }
            None => self.alone(part, frame),
        }
    }

    /// A single line, whatever its group makes of it, and the group beneath it if it is about relatives.
    fn alone(&mut self, part: &Part<'a>, frame: Frame<'a>) {
        let as_written = part.as_written();
        if !part.holds && self.reason.never(frame, &[as_written.goal()]) {
            return self.inside(&as_written, frame);
        }
        if let Some((group, frame)) = part.relatives() {
            self.look(&group, &[], frame);
        }
    }

    fn never_beside(&self, part: &Part<'a>, beside: &[Part<'a>], frame: Frame<'a>) -> bool {
        let goals: Vec<_> = beside.iter().chain([part]).map(Part::goal).collect();
        !beside.is_empty() && self.reason.never(frame, &goals)
    }

    /// Where in a part that can't be lies the fault?
    fn inside(&mut self, part: &Part<'a>, frame: Frame<'a>) {
        match part.members() {
            Some((Joined::Any, members)) => members.iter().for_each(|member| self.inside(member, frame)),
            Some((Joined::All, members)) => {
                let bad: Vec<_> =
                    members.iter().filter(|one| self.reason.never(frame, &[one.goal()])).cloned().collect();
                if bad.is_empty() {
                    let core = self.core(members, frame);
                    self.contradiction(core, frame);
                }
                bad.iter().for_each(|member| self.inside(member, frame));
            }
            None => match part.relatives().filter(|_| part.holds) {
                Some((group, inner)) if self.reason.never(inner, &[group.goal()]) => {
                    self.inside(&group, inner)
                }
                _ => self.contradiction(vec![part.clone()], frame),
            },
        }
    }

    /// The few parts that contradict each other; the last of them stands where the contradiction shows.
    fn core(&self, parts: Vec<Part<'a>>, frame: Frame<'a>) -> Vec<Part<'a>> {
        let never =
            |parts: &[Part<'a>]| self.reason.never(frame, &parts.iter().map(Part::goal).collect::<Vec<_>>());
        let end = (2..=parts.len()).find(|end| never(&parts[..*end])).unwrap_or(parts.len());
        let mut core = parts[..end].to_vec();
        if MOST < core.len() {
            return core.split_off(core.len() - 1);
        }
        for at in (0..core.len().saturating_sub(1)).rev() {
            let mut fewer = core.clone();
            fewer.remove(at);
            if never(&fewer) {
                core = fewer;
            }
        }
        core
    }

    /// Goes down into groups as long as a single member explains it.
    fn innermost(&self, part: &Part<'a>, others: &[Part<'a>], frame: Frame<'a>) -> Part<'a> {
        let members = part.members().map(|(joined, members)| match joined {
            Joined::Any if 1 < members.len() => Vec::new(),
            _ => members,
        });
        let explains = members.into_iter().flatten().find(|one| self.never_beside(one, others, frame));
        explains.map_or_else(|| part.clone(), |one| self.innermost(&one, others, frame))
    }

    fn contradiction(&mut self, core: Vec<Part<'a>>, frame: Frame<'a>) {
        let Some((last, others)) = core.split_last() else { return };
        let last = self.innermost(last, others, frame);
        let others: Vec<_> = match others {
            [one] => vec![self.innermost(one, std::slice::from_ref(&last), frame)],
            _ => others.to_vec(),
        };
        let message = self.nobody(&others, &last);
        let mend = if others.is_empty() {
            "範囲や値を見直してください。"
        } else {
            "範囲や値を見直してください(「いずれか」のまちがいかもしれません)。"
        };
        self.say(Code::Impossible, self.at(&last.path), message, mend);
    }

    fn nobody(&self, others: &[Part<'a>], last: &Part<'a>) -> String {
        let name = |part: &Part<'a>| self.name(part);
        match others {
            [] if last.holds => format!("{}に当てはまる人はいません。", name(last)),
            [] => format!("だれでも{}に当てはまるので、当てはまらない人はいません。", name(last)),
            [one] => match (one.holds, last.holds) {
                (true, true) => format!("{}と{}の両方に当てはまる人はいません。", name(one), name(last)),
                (true, false) => {
                    format!("{}に当てはまり、{}に当てはまらない人はいません。", name(one), name(last))
                }
                (false, true) => {
                    format!("{}に当てはまり、{}に当てはまらない人はいません。", name(last), name(one))
                }
                (false, false) => format!("{}にも{}にも当てはまらない人はいません。", name(one), name(last)),
            },
            _ if last.holds && others.iter().all(|part| part.holds) => {
                let all: Vec<_> = others.iter().chain([last]).map(name).collect();
                format!("{}のすべてに当てはまる人はいません。", all.join("と"))
            }
            _ => {
                let each = |part: &Part<'a>| {
                    format!("{}に当てはま{}", name(part), if part.holds { "る" } else { "らない" })
                };
                let all: Vec<_> = others.iter().chain([last]).map(each).collect();
                format!("{}、このすべてを満たす人はいません。", all.join("、"))
            }
        }
    }

    fn dead_choice(&mut self, member: &Part<'a>, beside: &[Part<'a>], frame: Frame<'a>) {
        if self.is_from_shared(&member.path) {
            return;
        }
        let list: Vec<_> = beside.iter().chain([member]).cloned().collect();
        let core = self.core(list, frame);
        let Some((last, others)) = core.split_last() else { return };
        let message = format!("この選択肢は使われません。{}", self.nobody(others, last));
        self.say(
            Code::Redundant,
            self.at(&member.path),
            message,
            "この行を消すか、範囲や値を見直してください。",
        );
    }

    /// 除外 that leaves nobody of 対象.
    fn all_excluded(&mut self) {
        let segment = self.segment;
        let mut goals: Vec<Goal<'a>> = match &segment.target {
            Target::Everyone => Vec::new(),
            Target::Group(group) => vec![Goal::Group(group, Want::True)],
        };
        for (at, node) in segment.exclusions.iter().enumerate() {
            goals.push(Goal::Rule(&node.rule, Want::False));
            if self.reason.never(Frame::Looked, &goals) {
                let line = self.name(&Part::line(node, vec![1, at]));
                let message = if at == 0 {
                    format!("対象の人はみな、除外の{line}に当てはまるので、だれにも届きません。")
                } else {
                    format!("対象の人はみな、除外の{line}かその上の行に当てはまるので、だれにも届きません。")
                };
                let mend = "対象か除外の範囲や値を見直してください。";
                return self.say(Code::Impossible, self.at(&vec![1, at]), message, mend);
            }
        }
    }

    /// Reports groups of 対象 that are true for everybody whose data are known.
    pub(super) fn always(&mut self) {
        let Target::Group(group) = &self.segment.target else { return };
        if self.is_impossible() {
            return;
        }
        let whole = Part::whole(group, vec![0]);
        self.always_in(&whole);
    }

    /// Registered persons are born; of children it is no fault to ask for every one of them.
    fn everybody(&self) -> Frame<'a> {
        if self.segment.header.unit == Unit::Children { Frame::Anybody } else { Frame::Born }
    }

    pub(super) fn is_always(&self, part: &Part<'a>) -> bool {
        self.reason.never(self.everybody(), &[part.opposite().goal()])
    }

    fn always_in(&mut self, part: &Part<'a>) {
        let Some((joined, members)) = part.members() else { return };
        if self.is_always(part) {
            let mut certain = members.iter().filter(|one| self.is_always(one));
            let place = match (joined, certain.next(), members.len()) {
                (Joined::Any, Some(one), _) | (Joined::All, Some(one), 1) => one.clone(),
                _ => part.clone(),
            };
            let message =
                format!("{}は、データの分かっている人ならだれでも当てはまります。", self.name(&place));
            let mend = "範囲や値を見直してください。全員に送るなら「対象: 友だち全員」と書いてください。";
            return self.say(Code::AlwaysTrue, self.at(&place.path), message, mend);
        }
        members.iter().for_each(|member| self.always_in(member));
    }

    pub(super) fn is_impossible(&self) -> bool {
        self.has(Code::Impossible)
    }
}
