//! All accounts and persons in columns, complete up to one number of the change log.
//!
//! A struct of arrays: row `n` of each account column is one account, row `n` of each person column one person; the
//! persons of an account stand together. A changed account gets new person rows at the end and its old ones are marked
//! dead; when a quarter is dead, everything is packed again, so that a change costs the same on average however many
//! there were. It knows no database and no rule.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use super::column::Column;
use crate::domain::attribute::{Attribute, Catalogue, Facts, Subject, TopicId, core};
use crate::domain::household::{Consent, Household, Person, PersonStanding, Standing};
use crate::domain::ids::AccountId;

/// The population as it was at one number of the change log.
#[derive(Clone, Debug)]
pub struct Snapshot {
    pub(super) catalogue: Arc<Catalogue>,
    pub(super) accounts: Accounts,
    pub(super) persons: Persons,
    seq: i64,
}

/// The columns of the accounts.
#[derive(Clone, Debug)]
pub(super) struct Accounts {
    /// Our ids; the first `sorted` ascend, the rest came later and are found through `late`.
    pub(super) ids: Vec<AccountId>,
    sorted: usize,
    late: HashMap<AccountId, u32>,
    /// See [`state`].
    pub(super) states: Vec<u8>,
    /// Declined topics, a bit for each topic of the catalogue.
    pub(super) declined: Column,
    /// The first row of its persons, and how many there are.
    first: Vec<u32>,
    size: Vec<u16>,
    /// The account's attributes in the catalogue's order.
    pub(super) columns: Vec<Column>,
}

/// The columns of the persons.
#[derive(Clone, Debug)]
pub(super) struct Persons {
    /// The row of the account.
    pub(super) owner: Vec<u32>,
    /// See [`mark`].
    pub(super) marks: Vec<u8>,
    /// The persons' attributes in the catalogue's order.
    pub(super) columns: Vec<Column>,
    dead: usize,
}

/// The bits of an account's state.
pub(super) mod state {
    /// Reasons for which nothing is ever sent: erased, not following, consent withdrawn, stopped, the friend died.
    pub(in crate::population) const NEVER: u8 = 0b1_1111;
    pub(super) const ERASED: u8 = 1;
    pub(super) const NOT_FOLLOWING: u8 = 1 << 1;
    pub(super) const WITHDRAWN: u8 = 1 << 2;
    pub(super) const STOPPED: u8 = 1 << 3;
    pub(super) const FRIEND_DIED: u8 = 1 << 4;
    /// One of the persons is the friend.
    pub(in crate::population) const HAS_FRIEND: u8 = 1 << 5;
    /// The row is no account any more.
    pub(in crate::population) const DEAD: u8 = 1 << 6;
}

/// The bits of a person's mark.
pub(super) mod mark {
    /// Moved or died; a person with neither is active.
    pub(in crate::population) const GONE: u8 = 0b11;
    pub(super) const MOVED: u8 = 1;
    pub(super) const DECEASED: u8 = 1 << 1;
    /// The person is the friend.
    pub(in crate::population) const FRIEND: u8 = 1 << 2;
    /// The row is nobody any more.
    pub(in crate::population) const DEAD: u8 = 1 << 3;
}

impl Snapshot {
    /// Nobody, complete up to number `seq`.
    #[must_use]
    pub fn empty(catalogue: Arc<Catalogue>, seq: i64) -> Self {
        let columns = |subject| catalogue.of(subject).map(Column::for_attribute).collect();
        let accounts = Accounts {
            ids: Vec::new(),
            sorted: 0,
            late: HashMap::new(),
            states: Vec::new(),
            declined: Column::for_set(catalogue.topics().len()),
            first: Vec::new(),
            size: Vec::new(),
            columns: columns(Subject::Account),
        };
        let persons =
            Persons { owner: Vec::new(), marks: Vec::new(), columns: columns(Subject::Person), dead: 0 };
        Self { accounts, persons, seq, catalogue }
    }

    /// The number of the change log up to which it is complete.
    #[must_use]
    pub fn seq(&self) -> i64 {
        self.seq
    }

    pub(super) fn set_seq(&mut self, seq: i64) {
        self.seq = seq;
    }

    /// Puts an account with its household in the place of what was known of it. Histories are not kept yet: every
    /// condition on an event is unknown.
    pub fn put(&mut self, id: AccountId, household: &Household) {
        self.remove(id);
        let at = self.put_account(id, household.standing, &household.declined, &household.account);
        for Person { facts, standing, .. } in &household.persons {
            self.add_person(at, facts, *standing);
        }
        self.pack_if_worn();
    }

    /// Takes an account with its persons out.
    pub fn remove(&mut self, id: AccountId) {
        let Some(at) = self.find(id) else { return };
        let first = self.accounts.first[at] as usize;
        let rows = first..first + usize::from(self.accounts.size[at]);
        self.persons.dead += rows.len();
        self.persons.marks[rows].fill(mark::DEAD);
        self.accounts.states[at] = state::DEAD;
        self.accounts.size[at] = 0;
    }

    /// Writes the account's own row, and answers it; its persons are added after.
    pub(super) fn put_account(
        &mut self,
        id: AccountId,
        standing: Standing,
        declined: &BTreeSet<TopicId>,
        facts: &Facts,
    ) -> usize {
        let known = self.find(id);
        let end = self.accounts.states.len();
        let catalogue = Arc::clone(&self.catalogue);
        let topics = catalogue.topics();
        let places: Vec<_> =
            declined.iter().filter_map(|id| topics.iter().position(|topic| topic.id == *id)).collect();
        self.accounts.declined.push_set(&places, topics.len());
        push(&mut self.accounts.columns, catalogue.of(Subject::Account), facts);
        self.accounts.states.push(bits_of(standing));
        self.accounts.first.push(0);
        self.accounts.size.push(0);
        match known {
            Some(at) => self.accounts.move_last(at),
            None => self.accounts.name_last(id, end),
        }
        known.unwrap_or(end)
    }

    /// Adds a person; those of one account have to come one after the other.
    pub(super) fn add_person(&mut self, account: usize, facts: &Facts, standing: PersonStanding) {
        let row = self.persons.owner.len();
        if self.accounts.size[account] == 0 {
            self.accounts.first[account] =
                u32::try_from(row).expect("four billion persons don't fit in memory");
        }
        self.accounts.size[account] += 1;
        let mut mark = match standing {
            PersonStanding::Active => 0,
            PersonStanding::Moved => mark::MOVED,
            PersonStanding::Deceased => mark::DECEASED,
        };
        let state = &mut self.accounts.states[account];
        if facts.choice(core::RELATION) == Some(core::SELF) && *state & state::HAS_FRIEND == 0 {
            mark |= mark::FRIEND;
            *state |= state::HAS_FRIEND;
            if standing == PersonStanding::Deceased {
                *state |= state::FRIEND_DIED;
            }
        }
        self.persons.owner.push(u32::try_from(account).expect("four billion accounts don't fit in memory"));
        self.persons.marks.push(mark);
        push(&mut self.persons.columns, self.catalogue.of(Subject::Person), facts);
    }

    /// The row of an account.
    pub(super) fn find(&self, id: AccountId) -> Option<usize> {
        let late = || self.accounts.late.get(&id).map(|at| *at as usize);
        self.accounts.ids[..self.accounts.sorted].binary_search(&id).ok().or_else(late)
    }

    /// The rows of an account's persons, in the household's order.
    pub(super) fn persons_of(&self, account: usize) -> std::ops::Range<usize> {
        let first = self.accounts.first[account] as usize;
        first..first + usize::from(self.accounts.size[account])
    }

    /// The place of an attribute among the columns of its subject.
    pub(super) fn column_of(&self, attribute: &Attribute) -> Option<&Column> {
        let at = self.catalogue.of(attribute.subject).position(|one| one.id == attribute.id)?;
        match attribute.subject {
            Subject::Account => self.accounts.columns.get(at),
            Subject::Person => self.persons.columns.get(at),
        }
    }

    /// How many accounts there are.
    #[must_use]
    pub fn accounts(&self) -> usize {
        self.accounts.states.iter().filter(|state| **state & state::DEAD == 0).count()
    }

    /// How many persons there are.
    #[must_use]
    pub fn persons(&self) -> usize {
        self.persons.owner.len() - self.persons.dead
    }

    /// Bytes held in memory.
    #[must_use]
    pub fn bytes(&self) -> usize {
        let columns = self.accounts.columns.iter().chain(&self.persons.columns);
        let cells: usize = columns.map(Column::bytes).sum();
        let accounts = &self.accounts;
        let per_account = size_of::<AccountId>() * accounts.ids.capacity()
            + accounts.states.capacity()
            + size_of::<u32>() * accounts.first.capacity()
            + size_of::<u16>() * accounts.size.capacity()
            + size_of::<(AccountId, u32)>() * accounts.late.capacity();
        let per_person = size_of::<u32>() * self.persons.owner.capacity() + self.persons.marks.capacity();
        cells + accounts.declined.bytes() + per_account + per_person
    }

    /// Gives memory back that growing has left unused.
    pub(super) fn shrink(&mut self) {
        let accounts = &mut self.accounts;
        accounts.ids.shrink_to_fit();
        accounts.states.shrink_to_fit();
        accounts.first.shrink_to_fit();
        accounts.size.shrink_to_fit();
        accounts.declined.shrink();
        self.persons.owner.shrink_to_fit();
        self.persons.marks.shrink_to_fit();
        accounts.columns.iter_mut().chain(&mut self.persons.columns).for_each(Column::shrink);
    }

    fn pack_if_worn(&mut self) {
        let (worn, late) = (self.persons.dead * 4, self.accounts.late.len() * 4);
        if 1_000 + self.persons.owner.len() < worn || 1_000 + self.accounts.ids.len() < late {
            self.pack();
        }
    }

    /// Leaves the dead out and brings the accounts into the order of their ids.
    fn pack(&mut self) {
        let live = |at: &usize| self.accounts.states[*at] & state::DEAD == 0;
        let mut order: Vec<usize> = (0..self.accounts.ids.len()).filter(live).collect();
        order.sort_unstable_by_key(|at| self.accounts.ids[*at]);
        let rows: Vec<usize> = order.iter().flat_map(|at| self.persons_of(*at)).collect();
        let old = &self.accounts;
        let size: Vec<u16> = order.iter().map(|at| old.size[*at]).collect();
        let owners =
            size.iter().zip(0u32..).flat_map(|(size, at)| std::iter::repeat_n(at, usize::from(*size)));
        self.persons = Persons {
            owner: owners.collect(),
            marks: rows.iter().map(|row| self.persons.marks[*row]).collect(),
            columns: self.persons.columns.iter().map(|column| column.gather(&rows)).collect(),
            dead: 0,
        };
        let before =
            size.iter().scan(0u32, |sum, size| Some(std::mem::replace(sum, *sum + u32::from(*size))));
        self.accounts = Accounts {
            ids: order.iter().map(|at| old.ids[*at]).collect(),
            sorted: order.len(),
            late: HashMap::new(),
            states: order.iter().map(|at| old.states[*at]).collect(),
            declined: old.declined.gather(&order),
            first: before.collect(),
            columns: old.columns.iter().map(|column| column.gather(&order)).collect(),
            size,
        };
    }
}

impl Accounts {
    fn name_last(&mut self, id: AccountId, at: usize) {
        let ascends = self.sorted == at && self.ids.last().is_none_or(|last| *last < id);
        self.ids.push(id);
        if ascends {
            self.sorted += 1;
        } else {
            self.late.insert(id, u32::try_from(at).expect("four billion accounts don't fit in memory"));
        }
    }

    fn move_last(&mut self, to: usize) {
        let last = self.states.len() - 1;
        self.states[to] = self.states[last];
        self.first[to] = self.first[last];
        self.size[to] = self.size[last];
        self.states.truncate(last);
        self.first.truncate(last);
        self.size.truncate(last);
        for column in self.columns.iter_mut().chain([&mut self.declined]) {
            column.copy(last, to);
            column.truncate(last);
        }
    }
}

fn push<'a>(columns: &mut [Column], attributes: impl Iterator<Item = &'a Attribute>, facts: &Facts) {
    for (column, attribute) in columns.iter_mut().zip(attributes) {
        column.push(attribute, facts.get(attribute.id.as_str()));
    }
}

fn bits_of(standing: Standing) -> u8 {
    let reasons = [
        (standing.erased, state::ERASED),
        (!standing.following, state::NOT_FOLLOWING),
        (standing.consent == Consent::Withdrawn, state::WITHDRAWN),
        (standing.sending_stopped, state::STOPPED),
    ];
    reasons.into_iter().filter(|(holds, _)| *holds).fold(0, |bits, (_, bit)| bits | bit)
}
