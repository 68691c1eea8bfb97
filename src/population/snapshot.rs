//! All accounts and persons in columns, complete up to one number of the change log.
//!
//! A struct of arrays in two tables. A row of the **front** is one account together with the friend behind it, who is
//! nobody until registered; that is whom most rules look at, and account and friend need no join. A row of the **tail**
//! is one further person; those of an account stand together. A changed account keeps its row in front and gets new
//! rows at the end of the tail, its old ones are marked dead; when a quarter is dead, everything is packed again, so
//! that a change costs the same on average however many there were. It knows no database and no rule.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use super::bits::Bits;
use super::column::Column;
use super::events::Events;
use crate::domain::attribute::{Attribute, Catalogue, Subject};
use crate::domain::history::Coverage;
use crate::domain::ids::AccountId;

/// The population as it was at one number of the change log.
#[derive(Clone, Debug)]
pub struct Snapshot {
    pub(super) catalogue: Arc<Catalogue>,
    pub(super) coverage: Arc<Coverage>,
    pub(super) front: Front,
    pub(super) tail: Tail,
    seq: i64,
}

/// The accounts, each with its friend.
#[derive(Clone, Debug, Default)]
pub(super) struct Front {
    /// Our ids; the first `sorted` ascend, the rest came later and are found through `late`.
    pub(super) ids: Vec<AccountId>,
    pub(super) sorted: usize,
    late: HashMap<AccountId, u32>,
    /// Rows that are an account.
    pub(super) live: Bits,
    /// Accounts to which nothing is ever sent: erased, not following, consent withdrawn, stopped, the friend died.
    pub(super) never: Bits,
    /// Accounts whose friend is registered.
    pub(super) friend: Bits,
    /// Accounts whose friend lives here.
    pub(super) here: Bits,
    /// Accounts that have rows in the tail.
    pub(super) more: Bits,
    /// For each topic of the catalogue, the accounts that declined it.
    pub(super) declined: Vec<Bits>,
    /// The first row of its further persons, and how many there are.
    pub(super) first: Vec<u32>,
    pub(super) size: Vec<u16>,
    /// The place of the friend in the household, where it isn't the first.
    pub(super) places: HashMap<u32, u16>,
    /// The account's attributes and the friend's, in the catalogue's order.
    pub(super) account: Vec<Column>,
    pub(super) persons: Vec<Column>,
    pub(super) events: Events,
}

/// All further persons.
#[derive(Clone, Debug, Default)]
pub(super) struct Tail {
    /// The row of the account.
    pub(super) owner: Vec<u32>,
    /// Rows that are a person.
    pub(super) live: Bits,
    /// Persons who live here.
    pub(super) here: Bits,
    pub(super) persons: Vec<Column>,
    pub(super) events: Events,
    pub(super) dead: usize,
}

/// One of the two tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Table {
    /// Accounts with their friends.
    Front,
    /// Further persons.
    Tail,
}

impl Snapshot {
    /// Nobody, complete up to number `seq`; nothing is known of any history.
    #[must_use]
    pub fn empty(catalogue: Arc<Catalogue>, seq: i64) -> Self {
        let columns = |subject| catalogue.of(subject).map(Column::for_attribute).collect::<Vec<_>>();
        let front = Front {
            declined: vec![Bits::filled(0, false); catalogue.topics().len()],
            account: columns(Subject::Account),
            persons: columns(Subject::Person),
            ..Front::default()
        };
        let tail = Tail { persons: columns(Subject::Person), ..Tail::default() };
        Self { front, tail, seq, coverage: Arc::default(), catalogue }
    }

    /// The number of the change log up to which it is complete.
    #[must_use]
    pub fn seq(&self) -> i64 {
        self.seq
    }

    pub(super) fn set_seq(&mut self, seq: i64) {
        self.seq = seq;
    }

    /// Says for what the city's records are complete: the same for everybody.
    pub fn set_coverage(&mut self, coverage: Arc<Coverage>) {
        self.coverage = coverage;
    }

    /// The row of an account.
    pub(super) fn find(&self, id: AccountId) -> Option<usize> {
        let front = &self.front;
        let sorted = &front.ids[..front.sorted];
        // While everybody is read, each comes behind the last one.
        let found = sorted.last().filter(|last| id <= **last).and_then(|_| sorted.binary_search(&id).ok());
        found.or_else(|| front.late.get(&id).map(|at| *at as usize))
    }

    /// The rows of an account's further persons, in the household's order.
    pub(super) fn persons_of(&self, account: usize) -> Range<usize> {
        let first = self.front.first[account] as usize;
        first..first + usize::from(self.front.size[account])
    }

    /// The place of an account's friend in the household, before how many of the further persons.
    pub(super) fn place_of_friend(&self, account: usize) -> usize {
        self.front.places.get(&row_number(account)).map_or(0, |place| usize::from(*place))
    }

    /// The column of an attribute; the tail has none for an attribute of accounts.
    pub(super) fn column_of(&self, attribute: &Attribute, table: Table) -> Option<&Column> {
        let at = self.catalogue.of(attribute.subject).position(|one| one.id == attribute.id)?;
        match (attribute.subject, table) {
            (Subject::Account, Table::Front) => self.front.account.get(at),
            (Subject::Account, Table::Tail) => None,
            (Subject::Person, Table::Front) => self.front.persons.get(at),
            (Subject::Person, Table::Tail) => self.tail.persons.get(at),
        }
    }

    /// The rows of a table, dead ones included.
    pub(super) fn rows(&self, table: Table) -> usize {
        match table {
            Table::Front => self.front.ids.len(),
            Table::Tail => self.tail.owner.len(),
        }
    }

    /// How many accounts there are.
    #[must_use]
    pub fn accounts(&self) -> usize {
        usize::try_from(self.front.live.count()).unwrap_or(usize::MAX)
    }

    /// How many persons there are.
    #[must_use]
    pub fn persons(&self) -> usize {
        usize::try_from(self.front.friend.count() + self.tail.live.count()).unwrap_or(usize::MAX)
    }

    /// Bytes held in memory.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.front.bytes() + self.tail.bytes()
    }

    /// The ids of the accounts, in no particular order.
    pub fn ids(&self) -> impl Iterator<Item = AccountId> {
        self.front.live.rows().map(|row| self.front.ids[row])
    }

    /// Gives memory back that growing has left unused.
    pub fn shrink(&mut self) {
        let (front, tail) = (&mut self.front, &mut self.tail);
        front.ids.shrink_to_fit();
        front.first.shrink_to_fit();
        front.size.shrink_to_fit();
        tail.owner.shrink_to_fit();
        front.all_bits().into_iter().chain([&mut tail.live, &mut tail.here]).for_each(Bits::shrink);
        let columns = front.account.iter_mut().chain(&mut front.persons).chain(&mut tail.persons);
        columns.for_each(Column::shrink);
        front.events.shrink();
        tail.events.shrink();
    }

    pub(super) fn pack_if_worn(&mut self) {
        let (worn, late) = (self.tail.dead * 4, self.front.late.len() * 4);
        if 1_000 + self.tail.owner.len() < worn || 1_000 + self.front.ids.len() < late {
            self.pack();
        }
    }

    /// Leaves the dead out and brings the accounts into the order of their ids.
    fn pack(&mut self) {
        let mut order: Vec<usize> = self.front.live.rows().collect();
        order.sort_unstable_by_key(|at| self.front.ids[*at]);
        let rows: Vec<usize> = order.iter().flat_map(|at| self.persons_of(*at)).collect();
        let tail = self.tail.gather(&rows, &self.front, &order);
        self.front = self.front.gather(&order);
        self.tail = tail;
    }
}

impl Front {
    /// Adds a row of which nothing is known.
    pub(super) fn push(&mut self, id: AccountId) -> usize {
        let at = self.ids.len();
        let ascends = self.sorted == at && self.ids.last().is_none_or(|last| *last < id);
        self.ids.push(id);
        if ascends {
            self.sorted += 1;
        } else {
            self.late.insert(id, row_number(at));
        }
        self.all_bits().into_iter().for_each(|bits| bits.resize(at + 1));
        self.first.push(0);
        self.size.push(0);
        self.account.iter_mut().chain(&mut self.persons).for_each(Column::push_unknown);
        at
    }

    fn all_bits(&mut self) -> Vec<&mut Bits> {
        let own = [&mut self.live, &mut self.never, &mut self.friend, &mut self.here, &mut self.more];
        own.into_iter().chain(&mut self.declined).collect()
    }

    fn gather(&self, order: &[usize]) -> Self {
        let size: Vec<u16> = order.iter().map(|at| self.size[*at]).collect();
        let first = size.iter().scan(0u32, |sum, size| Some(std::mem::replace(sum, *sum + u32::from(*size))));
        let place =
            |(to, from): (usize, &usize)| Some((row_number(to), *self.places.get(&row_number(*from))?));
        let columns = |columns: &[Column]| columns.iter().map(|column| column.gather(order)).collect();
        Self {
            ids: order.iter().map(|at| self.ids[*at]).collect(),
            sorted: order.len(),
            late: HashMap::new(),
            live: self.live.gather(order),
            never: self.never.gather(order),
            friend: self.friend.gather(order),
            here: self.here.gather(order),
            more: self.more.gather(order),
            declined: self.declined.iter().map(|topic| topic.gather(order)).collect(),
            first: first.collect(),
            size,
            places: if self.places.is_empty() {
                HashMap::new()
            } else {
                order.iter().enumerate().filter_map(place).collect()
            },
            account: columns(&self.account),
            persons: columns(&self.persons),
            events: self.events.gather(order, self.ids.len()),
        }
    }

    fn bytes(&self) -> usize {
        let bits = [&self.live, &self.never, &self.friend, &self.here, &self.more];
        bits.into_iter().chain(&self.declined).map(Bits::bytes).sum::<usize>()
            + self.account.iter().chain(&self.persons).map(Column::bytes).sum::<usize>()
            + size_of::<AccountId>() * self.ids.capacity()
            + size_of::<u32>() * self.first.capacity()
            + size_of::<u16>() * self.size.capacity()
            + size_of::<(AccountId, u32)>() * self.late.capacity()
            + size_of::<(u32, u16)>() * self.places.capacity()
            + self.events.bytes()
    }
}

impl Tail {
    fn gather(&self, rows: &[usize], front: &Front, order: &[usize]) -> Self {
        let sizes = order.iter().map(|at| usize::from(front.size[*at]));
        Self {
            owner: sizes.zip(0u32..).flat_map(|(size, at)| std::iter::repeat_n(at, size)).collect(),
            live: self.live.gather(rows),
            here: self.here.gather(rows),
            persons: self.persons.iter().map(|column| column.gather(rows)).collect(),
            events: self.events.gather(rows, self.owner.len()),
            dead: 0,
        }
    }

    fn bytes(&self) -> usize {
        size_of::<u32>() * self.owner.capacity()
            + self.live.bytes()
            + self.here.bytes()
            + self.persons.iter().map(Column::bytes).sum::<usize>()
            + self.events.bytes()
    }
}

pub(super) fn row_number(row: usize) -> u32 {
    u32::try_from(row).expect("four billion rows don't fit in memory")
}
