//! How many are left after each condition of a rule, and ten accounts for each answer: what staff look at before they
//! trust a rule.
//!
//! It walks the rule as the text stands, not as the plan orders it, so that a figure can be shown beside every line. It
//! is a pure function of the rule, the snapshot, the as-of date and a seed, and says ids and figures only.

use jiff::civil::Date;

use super::bits::{Bits, Truths};
use super::count::{Count, Tally};
use super::evaluate::Evaluation;
use super::plan::{Planner, StepId};
use super::scan::{LookedAt, Scan};
use super::snapshot::{Snapshot, Table};
use crate::domain::ids::AccountId;
use crate::domain::segment::rule::{Group, Mode, Node, Relatives, Rule, Segment, Target, Unit};
use crate::domain::segment::text::Path;

/// A rule's way from everybody to its targets.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Waterfall {
    /// All accounts.
    pub accounts: u64,
    /// Accounts to which something may be sent and in which the rule looks at somebody: where the way begins.
    pub start: u64,
    /// 対象 (path `[0]`, the whole of it) and each line under it, in the order of the text.
    pub steps: Vec<WaterfallStep>,
    /// Each line of 除外 and what stands under it; a line is taken from what the lines above have left.
    pub exclusions: Vec<WaterfallStep>,
    /// What the rule comes to.
    pub count: Count,
    /// Ten accounts for each answer.
    pub samples: Samples,
}

/// One line of the rule.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct WaterfallStep {
    /// Which line.
    pub path: Path,
    /// The line alone, as if it were the whole rule: 対象 are the accounts of which it is true, 除外 those outside
    /// [`Waterfall::start`]. All figures of a line under 「家族の…」 count the accounts that have such a relative.
    pub alone: Tally,
    /// Accounts left after this line and those above it in its group; under いずれか, accounts reached so far; under
    /// 除外, accounts that no line has taken out yet.
    pub left: u64,
    /// Persons left, counted the same way.
    pub persons_left: u64,
    /// Accounts that this line removed, those that became 不明 by it included.
    pub removed: u64,
    /// Accounts that this line reached first, under いずれか.
    pub added: u64,
    /// Accounts that are neither left nor out after this line: 不明.
    pub unknown: u64,
}

/// Accounts by answer, in ascending order: the same ones for the same seed, whatever the order of the rows.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Samples {
    /// 対象.
    pub target: Vec<AccountId>,
    /// 対象外.
    pub not_target: Vec<AccountId>,
    /// 除外.
    pub excluded: Vec<AccountId>,
    /// 不明.
    pub unknown: Vec<AccountId>,
}

/// So many accounts for each answer.
const SAMPLES: usize = 10;

impl Snapshot {
    /// The way of a rule, line by line, with samples drawn by a seed.
    #[must_use]
    pub fn waterfall(&self, segment: &Segment, as_of: Date, topic: Option<&str>, seed: u64) -> Waterfall {
        let scan = self.scan(segment, as_of, topic);
        let start = self.start(&scan.looked_at, topic);
        let mut walk = Walk {
            snapshot: self,
            evaluation: scan.evaluation.clone(),
            as_of,
            alone: segment.header.unit == Unit::Household,
            base: start.clone(),
            steps: Vec::new(),
        };
        let target = walk.target(&segment.target, &start);
        let steps = std::mem::take(&mut walk.steps);
        walk.exclusions(&segment.exclusions, target);
        Waterfall {
            accounts: self.accounts() as u64,
            start: start.accounts(self).0.count(),
            steps,
            exclusions: walk.steps,
            count: self.counted(&scan),
            samples: self.samples(&scan, seed),
        }
    }

    /// Everybody that the rule looks at and to whom something may be sent.
    fn start(&self, looked_at: &LookedAt, topic: Option<&str>) -> Rows {
        let always = self.always_excluded(topic);
        let front = looked_at.front.clone().without(&looked_at.gone).without(&always);
        let none = Bits::filled(self.rows(Table::Tail), false);
        let tail = looked_at.tail.as_ref().unwrap_or(&none).clone().and(&self.tail.here);
        let tail = tail.without(&self.spread(&always));
        // Of whom it can't be told whether the rule looks at them, it can't be told whether they are left.
        let uncertain = looked_at.uncertain.clone().unwrap_or(none).and(&tail);
        let unknown = Bits::filled(front.len(), false);
        Rows {
            front: Truths { yes: front, unknown },
            tail: Truths { yes: tail.without(&uncertain), unknown: uncertain },
        }
    }

    fn samples(&self, scan: &Scan, seed: u64) -> Samples {
        let draw = |rows: &Bits| {
            let mut drawn: Vec<(u64, AccountId)> = Vec::new();
            for id in rows.rows().map(|row| self.front.ids[row]) {
                let lot = (lot(seed, id), id);
                if drawn.len() < SAMPLES || drawn.last().is_some_and(|last| lot < *last) {
                    let at = drawn.partition_point(|one| *one < lot);
                    drawn.insert(at, lot);
                    drawn.truncate(SAMPLES);
                }
            }
            let mut ids: Vec<_> = drawn.into_iter().map(|(_, id)| id).collect();
            ids.sort_unstable();
            ids
        };
        Samples {
            target: draw(&scan.accounts().target),
            not_target: draw(&scan.accounts().not_target),
            excluded: draw(&scan.accounts().excluded),
            unknown: draw(&scan.accounts().unknown),
        }
    }
}

/// An account's lot; a good mix is enough, for nothing is decided by it.
fn lot(seed: u64, id: AccountId) -> u64 {
    let (high, low) = id.0.as_u64_pair();
    let mix = |value: u64| {
        let value = (value ^ (value >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let value = (value ^ (value >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        value ^ (value >> 31)
    };
    mix(mix(mix(seed) ^ high) ^ low)
}

/// What is left: accounts with their friends, and further persons.
#[derive(Clone)]
struct Rows {
    front: Truths,
    tail: Truths,
}

impl Rows {
    fn and(self, other: &Self) -> Self {
        Self { front: self.front.and(&other.front), tail: self.tail.and(&other.tail) }
    }

    fn or(self, other: &Self) -> Self {
        Self { front: self.front.or(&other.front), tail: self.tail.or(&other.tail) }
    }

    fn not(self) -> Self {
        Self { front: !self.front, tail: !self.tail }
    }

    fn none_of(&self) -> Self {
        Self { front: Truths::no(self.front.yes.len()), tail: Truths::no(self.tail.yes.len()) }
    }

    /// Accounts that have somebody left, and those that perhaps have.
    fn accounts(&self, snapshot: &Snapshot) -> (Bits, Bits) {
        let yes = snapshot.owners(&self.tail.yes).or(&self.front.yes);
        let unknown = snapshot.owners(&self.tail.unknown).or(&self.front.unknown).without(&yes);
        (yes, unknown)
    }
}

struct Walk<'a> {
    snapshot: &'a Snapshot,
    evaluation: Evaluation,
    as_of: Date,
    /// Whether the lines are about the account alone, of whose persons nothing is known.
    alone: bool,
    /// Whom the lines are about: what [`WaterfallStep::alone`] is counted among.
    base: Rows,
    steps: Vec<WaterfallStep>,
}

impl Walk<'_> {
    fn target(&mut self, target: &Target, start: &Rows) -> Rows {
        match target {
            Target::Everyone => {
                self.say(vec![0], start, (start, start));
                start.clone()
            }
            Target::Group(group) => {
                let truth = self.truth(|planner| planner.group(group));
                let left = start.clone().and(&truth);
                self.say(vec![0], &truth, (start, &left));
                self.group(group, &[0], start);
                left
            }
        }
    }

    fn exclusions(&mut self, nodes: &[Node], target: Rows) {
        let mut left = target;
        for (at, node) in nodes.iter().enumerate() {
            let truth = self.truth(|planner| planner.node(node));
            let after = left.clone().and(&truth.clone().not());
            self.say(vec![1, at], &truth, (&left, &after));
            self.below(node, &[1, at], &left);
            left = after;
        }
    }

    fn group(&mut self, group: &Group, path: &[usize], from: &Rows) {
        let mut left = if group.mode == Mode::Any { from.none_of() } else { from.clone() };
        for (at, node) in group.members.iter().enumerate() {
            let path: Path = path.iter().copied().chain([at]).collect();
            let truth = self.truth(|planner| planner.node(node));
            let after = match group.mode {
                Mode::All => left.clone().and(&truth),
                Mode::None => left.clone().and(&truth.clone().not()),
                Mode::Any => left.clone().or(&from.clone().and(&truth)),
            };
            self.say(path.clone(), &truth, (&left, &after));
            self.below(node, &path, if group.mode == Mode::Any { from } else { &left });
            left = after;
        }
    }

    fn below(&mut self, node: &Node, path: &[usize], from: &Rows) {
        match &node.rule {
            Rule::Group(group) => self.group(group, path, from),
            Rule::Relatives(relatives) => self.relatives(relatives, path, from),
            _ => {}
        }
    }

    /// The lines under 「家族の…」 are about the relatives who live here.
    fn relatives(&mut self, relatives: &Relatives, path: &[usize], from: &Rows) {
        let alone = std::mem::replace(&mut self.alone, false);
        let within = |rows: &Rows| {
            let (snapshot, accounts) = (self.snapshot, rows.accounts(self.snapshot).0);
            let certain = |yes: Bits| Truths { unknown: Bits::filled(yes.len(), false), yes };
            let tail = snapshot.spread(&accounts).and(&snapshot.tail.here);
            let front = accounts.and(&snapshot.front.here);
            Rows { front: certain(front), tail: certain(tail) }
        };
        let (household, from) = (within(&self.base), within(from));
        let outer = std::mem::replace(&mut self.base, household);
        // Asked when the base is the whole household: a rule about the friend or the account has none of the others.
        let related = self.truth(|planner| planner.related(relatives));
        self.base = self.base.clone().and(&related);
        let from = from.and(&related);
        self.group(&relatives.group, path, &from);
        (self.base, self.alone) = (outer, alone);
    }

    fn truth(&mut self, step: impl FnOnce(&mut Planner<'_>) -> StepId) -> Rows {
        let mut id = step(&mut self.snapshot.planner(&mut self.evaluation, self.as_of));
        if self.alone {
            id = self.evaluation.plan.for_nobody(id);
        }
        // What is asked of nobody is not worked out.
        let mut truths = |table, among: &Truths| match among.all_false() {
            true => Truths::no(among.yes.len()),
            false => Truths::clone(&self.evaluation.truths(self.snapshot, id, table)),
        };
        Rows { front: truths(Table::Front, &self.base.front), tail: truths(Table::Tail, &self.base.tail) }
    }

    fn say(&mut self, path: Path, truth: &Rows, (before, after): (&Rows, &Rows)) {
        let (before, _) = before.accounts(self.snapshot);
        let (left, unknown) = after.accounts(self.snapshot);
        self.steps.push(WaterfallStep {
            path,
            alone: self.tally(truth),
            persons_left: after.front.yes.count() + after.tail.yes.count(),
            removed: before.clone().without(&left).count(),
            added: left.clone().without(&before).count(),
            left: left.count(),
            unknown: unknown.count(),
        });
    }

    fn tally(&self, truth: &Rows) -> Tally {
        let (base, perhaps) = self.base.accounts(self.snapshot);
        let (target, unknown) = self.base.clone().and(truth).accounts(self.snapshot);
        let (target, unknown, base) = (target.count(), unknown.count(), base.or(&perhaps).count());
        let all = self.snapshot.accounts() as u64;
        Tally { target, unknown, not_target: base - target - unknown, excluded: all - base }
    }
}
