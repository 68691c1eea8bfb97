//! The truth of a plan's steps for every row, each worked out once.
//!
//! The only place that knows both the plan of a rule and the columns. It reads no clock and no database.

use std::sync::Arc;

use super::bits::{Bits, Truths};
use super::plan::{Pass, Plan, Step, StepId};
use super::snapshot::{Snapshot, Table};
use crate::domain::segment::Truth;

/// A plan with what is known already of its steps.
#[derive(Clone, Debug, Default)]
pub(super) struct Evaluation {
    pub(super) plan: Plan,
    front: Vec<Option<Arc<Truths>>>,
    tail: Vec<Option<Arc<Truths>>>,
}

impl Evaluation {
    /// The truth of a step for every row of a table.
    pub(super) fn truths(&mut self, snapshot: &Snapshot, id: StepId, table: Table) -> Arc<Truths> {
        let known = match table {
            Table::Front => &mut self.front,
            Table::Tail => &mut self.tail,
        };
        if known.len() <= id {
            known.resize(id + 1, None);
        }
        if let Some(known) = &known[id] {
            return Arc::clone(known);
        }
        let truths = Arc::new(self.work_out(snapshot, id, table));
        match table {
            Table::Front => self.front[id] = Some(Arc::clone(&truths)),
            Table::Tail => self.tail[id] = Some(Arc::clone(&truths)),
        }
        truths
    }

    fn work_out(&mut self, snapshot: &Snapshot, id: StepId, table: Table) -> Truths {
        let rows = snapshot.rows(table);
        if table == Table::Tail && !self.plan.of_persons(id) {
            return self.spread(snapshot, id);
        }
        match self.plan.step(id).clone() {
            Step::Always(Truth::True, _) => Truths::yes(rows),
            Step::Always(Truth::False, _) => Truths::no(rows),
            Step::Always(Truth::Unknown, _) => Truths::unknown(rows),
            Step::Pass(pass) => snapshot.pass(&pass, table),
            Step::Events(counting) => {
                let truths = match table {
                    Table::Front => counting.pass(&snapshot.front.events, rows),
                    Table::Tail => counting.pass(&snapshot.tail.events, rows),
                };
                // No friend, no history: the accounts' own is another matter.
                match table {
                    Table::Front if counting.kind.of_person() => truths.known_in(&snapshot.front.friend),
                    _ => truths,
                }
            }
            Step::Bucket { draw, from, to } => {
                Truths::of(&snapshot.front.ids, |id| (from..=to).contains(&draw.number(id)), |_| false)
            }
            Step::Not(of) => !Truths::clone(&self.truths(snapshot, of, table)),
            Step::All(steps) => self.join(snapshot, &steps, table, true),
            Step::Any(steps) => self.join(snapshot, &steps, table, false),
            Step::AtLeast(number, of) => self.at_least(snapshot, number, of),
        }
    }

    /// What is told of accounts, told of their further persons.
    fn spread(&mut self, snapshot: &Snapshot, id: StepId) -> Truths {
        match self.plan.step(id) {
            Step::Always(..) => {
                let rows = snapshot.rows(Table::Tail);
                match self.plan.step(id) {
                    Step::Always(Truth::True, _) => Truths::yes(rows),
                    Step::Always(Truth::Unknown, _) => Truths::unknown(rows),
                    _ => Truths::no(rows),
                }
            }
            _ => snapshot.spread_truths(&self.truths(snapshot, id, Table::Front)),
        }
    }

    /// Steps on accounts are joined in front, and spread over the tail once. A conjunction that is false everywhere, or
    /// an alternative that is true everywhere, ends.
    fn join(&mut self, snapshot: &Snapshot, steps: &[StepId], table: Table, all: bool) -> Truths {
        let (once, each): (Vec<_>, Vec<_>) =
            steps.iter().partition(|step| table == Table::Tail && !self.plan.of_persons(**step));
        let mut joined: Option<Truths> = match once[..] {
            [] => None,
            _ => Some(snapshot.spread_truths(&self.fold(snapshot, &once, Table::Front, all, None))),
        };
        joined = Some(self.fold(snapshot, &each, table, all, joined.take()));
        joined.unwrap_or_else(|| Truths::unknown(snapshot.rows(table)))
    }

    fn fold(
        &mut self,
        snapshot: &Snapshot,
        steps: &[StepId],
        table: Table,
        all: bool,
        mut joined: Option<Truths>,
    ) -> Truths {
        for step in steps {
            if joined.as_ref().is_some_and(|joined| if all { joined.all_false() } else { joined.all_true() })
            {
                break;
            }
            let truths = self.truths(snapshot, *step, table);
            joined = Some(match joined {
                None => Truths::clone(&truths),
                Some(joined) if all => joined.and(&truths),
                Some(joined) => joined.or(&truths),
            });
        }
        joined.unwrap_or_else(|| Truths::unknown(snapshot.rows(table)))
    }

    /// Whether at least `number` persons who live here are true of the step, for each account.
    fn at_least(&mut self, snapshot: &Snapshot, number: usize, of: StepId) -> Truths {
        let front = self.truths(snapshot, of, Table::Front);
        let tail = self.truths(snapshot, of, Table::Tail);
        let (here, also) = (&snapshot.front.here, &snapshot.tail.here);
        let surely = (front.yes.clone().and(here), tail.yes.clone().and(also));
        let perhaps = (front.unknown.clone().and(here), tail.unknown.clone().and(also));
        let (yes, maybe) = match number {
            0 => return Truths::yes(front.yes.len()),
            1 => (surely.0.or(&snapshot.owners(&surely.1)), perhaps.0.or(&snapshot.owners(&perhaps.1))),
            _ => {
                let either = (perhaps.0.or(&surely.0), perhaps.1.or(&surely.1));
                (snapshot.households(number, &surely), snapshot.households(number, &either))
            }
        };
        let unknown = maybe.without(&yes);
        Truths { yes, unknown }
    }
}

impl Snapshot {
    fn pass(&self, pass: &Pass, table: Table) -> Truths {
        match self.column_of(&pass.attribute, table) {
            Some(column) => pass.ask.pass(column),
            None => Truths::unknown(self.rows(table)),
        }
    }

    fn spread_truths(&self, truths: &Truths) -> Truths {
        let (yes, unknown) = (&truths.yes, &truths.unknown);
        match (yes.is_empty(), unknown.is_empty()) {
            (true, true) => Truths::no(self.rows(Table::Tail)),
            (false, true) => Truths { yes: self.spread(yes), ..Truths::no(self.rows(Table::Tail)) },
            (true, false) => Truths { unknown: self.spread(unknown), ..Truths::no(self.rows(Table::Tail)) },
            (false, false) => Truths::of(
                &self.tail.owner,
                |account| yes.has(account as usize),
                |account| unknown.has(account as usize),
            ),
        }
    }

    /// The further persons of these accounts. Few accounts are followed to their rows, for many every row is asked.
    pub(super) fn spread(&self, accounts: &Bits) -> Bits {
        let (rows, many) = (self.tail.owner.len(), accounts.count());
        if many * 16 < rows as u64 {
            let mut persons = Bits::filled(rows, false);
            let with_more = accounts.rows().filter(|account| self.front.more.has(*account));
            with_more.flat_map(|account| self.persons_of(account)).for_each(|row| persons.insert(row));
            return persons;
        }
        Bits::of(&self.tail.owner, |account| accounts.has(account as usize))
    }

    /// The accounts that have one of these further persons.
    pub(super) fn owners(&self, persons: &Bits) -> Bits {
        let mut accounts = Bits::filled(self.front.ids.len(), false);
        persons.rows().for_each(|row| accounts.insert(self.tail.owner[row] as usize));
        accounts
    }

    /// The accounts with at least so many of these persons.
    fn households(&self, number: usize, (friends, others): &(Bits, Bits)) -> Bits {
        let mut accounts = Bits::filled(self.front.ids.len(), false);
        let (mut owner, mut seen) = (usize::MAX, 0);
        for row in others.rows() {
            let account = self.tail.owner[row] as usize;
            if account != owner {
                (owner, seen) = (account, usize::from(friends.has(account)));
            }
            seen += 1;
            if number <= seen {
                accounts.insert(account);
            }
        }
        accounts
    }
}
