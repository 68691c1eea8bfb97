//! The whole rule, line by line, for one person: what holds, and what the answer rests on.

use super::{Line, Question, relation};
use crate::domain::household::Person;
use crate::domain::segment::person::{Exclusion, Verdict, View};
use crate::domain::segment::rule::{Group, HowMany, Mode, Node, Relatives, Rule, Target};
use crate::domain::segment::text::{Path, rule_words};
use crate::domain::segment::truth::Truth;
use crate::domain::segment::words::{mode_words, windows};

/// 対象 and 除外 for one person who got this answer.
pub(super) fn lines(
    question: &Question<'_>,
    view: &View<'_>,
    person: &Person,
    verdict: &Verdict,
) -> (Line, Vec<Line>) {
    let tracer = Tracer { question, view };
    let target_decides = matches!(verdict, Verdict::Target | Verdict::NotTarget(_));
    let unknown = matches!(verdict, Verdict::Unknown(_));
    let target = match &question.segment.target {
        Target::Everyone => {
            let line = tracer.line(vec![0], "友だち全員".to_owned(), Truth::True);
            Line { decides: target_decides, ..line }
        }
        Target::Group(group) => {
            let truth = view.group(group, person);
            let decides = target_decides || (unknown && truth == Truth::Unknown);
            let line = tracer.line(vec![0], mode_words(group.mode).to_owned(), truth);
            Line {
                members: tracer.members(group, person, &line, At { decides, inside: false }),
                decides,
                ..line
            }
        }
    };
    let by_rule = match verdict {
        Verdict::Excluded(Exclusion::Rule(decisive)) => Some(&decisive.path),
        _ => None,
    };
    let exclusions = question.segment.exclusions.iter().enumerate().map(|(at, node)| {
        let path = vec![1, at];
        let decides = by_rule == Some(&path) || (unknown && view.node(node, person) == Truth::Unknown);
        tracer.node(node, person, path, At { decides, inside: false })
    });
    (target, exclusions.collect())
}

/// Where a line is.
#[derive(Clone, Copy)]
struct At {
    /// The answer rests on what it is a member of.
    decides: bool,
    /// It stands beneath a condition on relatives.
    inside: bool,
}

struct Tracer<'a> {
    question: &'a Question<'a>,
    view: &'a View<'a>,
}

impl Tracer<'_> {
    fn node(&self, node: &Node, person: &Person, path: Path, At { decides, inside }: At) -> Line {
        let truth = self.view.node(node, person);
        let catalogue = self.question.catalogue;
        let line = match &node.rule {
            Rule::Group(group) => {
                let line = self.line(path, mode_words(group.mode).to_owned(), truth);
                Line { members: self.members(group, person, &line, At { decides, inside }), ..line }
            }
            Rule::Relatives(relatives) => {
                let head = rule_words(&node.rule, catalogue);
                let line = self.line(path, head, truth);
                // Inside another one it is told alone: it holds or not, whoever asks.
                let members = if inside { Vec::new() } else { self.persons(relatives, &line, decides) };
                Line { members, ..line }
            }
            rule => {
                let lacks = || self.view.lacks(rule).words(catalogue);
                Line {
                    windows: windows(rule, catalogue, self.question.as_of),
                    missing: (truth == Truth::Unknown).then(lacks),
                    ..self.line(path, rule_words(rule, catalogue), truth)
                }
            }
        };
        Line { decides, note: node.beside.clone(), ..line }
    }

    fn members(&self, group: &Group, person: &Person, head: &Line, At { decides, inside }: At) -> Vec<Line> {
        let truths: Vec<_> = group.members.iter().map(|node| self.view.node(node, person)).collect();
        let deciding = deciding(group.mode, &truths);
        let members = group.members.iter().zip(deciding).enumerate();
        let below = |at| head.path.iter().copied().chain([at]).collect();
        members
            .map(|(at, (node, member))| {
                self.node(node, person, below(at), At { decides: decides && member, inside })
            })
            .collect()
    }

    /// The persons who are, or may be, those that a condition on relatives asks about.
    fn persons(&self, relatives: &Relatives, head: &Line, decides: bool) -> Vec<Line> {
        let persons = self.view.living().filter_map(|(at, person)| {
            let related = View::related(relatives, person);
            let fits = self.view.group(&relatives.group, person);
            let truth = match relatives.count {
                HowMany::Everyone => (!related).or(fits),
                _ => related.and(fits),
            };
            if related == Truth::False {
                return None;
            }
            let decides = decides && decides_of(relatives.count, head.truth, truth);
            let named = relation(self.question.catalogue, person);
            let text = format!("{}人目({})", at + 1, named.as_deref().unwrap_or("続柄が分かりません"));
            let line = Line { decides, ..self.line(head.path.clone(), text, truth) };
            Some(Line {
                members: self.members(&relatives.group, person, &line, At { decides, inside: true }),
                ..line
            })
        });
        persons.collect()
    }

    fn line(&self, path: Path, text: String, truth: Truth) -> Line {
        let place = self.question.places.and_then(|places| places.nodes.get(&path));
        Line {
            line: place.map(|place| place.line),
            path,
            text,
            truth,
            decides: false,
            windows: Vec::new(),
            note: None,
            missing: None,
            members: Vec::new(),
        }
    }
}

/// Which members the truth of their group rests on: one that is enough, the first of them; else all of that kind.
pub(super) fn deciding(mode: Mode, members: &[Truth]) -> Vec<bool> {
    let enough = if mode == Mode::All { Truth::False } else { Truth::True };
    if let Some(first) = members.iter().position(|truth| *truth == enough) {
        return (0..members.len()).map(|at| at == first).collect();
    }
    let some_unknown = members.contains(&Truth::Unknown);
    members.iter().map(|truth| !some_unknown || *truth == Truth::Unknown).collect()
}

/// Whether a condition on relatives that came to `whole` rests on a person who came to `one`.
fn decides_of(count: HowMany, whole: Truth, one: Truth) -> bool {
    let counts_down = matches!(count, HowMany::Nobody | HowMany::AtMost(_));
    match (whole, counts_down) {
        (Truth::Unknown, _) => one == Truth::Unknown,
        (Truth::True, false) | (Truth::False, true) => one == Truth::True,
        (Truth::False, false) | (Truth::True, true) => one != Truth::True,
    }
}
