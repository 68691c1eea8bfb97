//! Households on their way into the columns, and out of them.
//!
//! An account keeps its row in front for ever. As long as its family keeps its size everybody keeps the row, so that a
//! change writes a few cells; else the family gets new rows at the end of the tail.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::column::{Cell, Column};
use super::snapshot::{Snapshot, row_number};
use crate::domain::attribute::{Attribute, Facts, Subject, TopicId};
use crate::domain::history::{Event, EventKind, When};
use crate::domain::household::{Consent, Household, PersonStanding, Standing};
use crate::domain::ids::AccountId;

/// What happened: kind, programme or series, and when.
pub(super) type Told<'a> = (EventKind, &'a str, When);

/// An account on its way into the columns, with its cells in the catalogue's order.
pub(super) struct AccountCells<'a> {
    pub(super) standing: Standing,
    pub(super) declined: &'a BTreeSet<TopicId>,
    pub(super) cells: Vec<Cell>,
    pub(super) events: Vec<Told<'a>>,
}

/// A person on the way into the columns.
pub(super) struct PersonCells<'a> {
    pub(super) cells: Vec<Cell>,
    pub(super) is_self: bool,
    pub(super) standing: PersonStanding,
    pub(super) events: Vec<Told<'a>>,
}

impl Snapshot {
    /// Puts an account with its household in the place of what was known of it. How far the records reach is not the
    /// household's to say: see [`Snapshot::set_coverage`].
    pub fn put(&mut self, id: AccountId, household: &Household) {
        self.remove(id);
        let catalogue = Arc::clone(&self.catalogue);
        let account = AccountCells {
            standing: household.standing,
            declined: &household.declined,
            cells: cells(catalogue.of(Subject::Account), &household.account),
            events: household.history.events.iter().map(Event::told).collect(),
        };
        let persons = household.persons.iter().map(|person| {
            let events = person.history.events.iter().map(Event::told);
            PersonCells {
                cells: cells(catalogue.of(Subject::Person), &person.facts),
                is_self: person.is_self(),
                standing: person.standing,
                events: events.filter(|(kind, ..)| kind.of_person()).collect(),
            }
        });
        self.write(id, &account, &persons.collect::<Vec<_>>());
        self.pack_if_worn();
    }

    /// Takes an account with its persons out.
    pub fn remove(&mut self, id: AccountId) {
        let Some(at) = self.find(id) else { return };
        self.forget_events(&[id]);
        self.front.events.forget_sent(at);
        self.resize_family(at, 0);
        let front = &mut self.front;
        for bits in [&mut front.live, &mut front.never, &mut front.friend, &mut front.here] {
            bits.set(at, false);
        }
        front.declined.iter_mut().for_each(|topic| topic.set(at, false));
        front.account.iter_mut().chain(&mut front.persons).for_each(|column| column.set(at, &Cell::Unknown));
        front.places.remove(&row_number(at));
    }

    /// Forgets what happened to these accounts and their persons, but for what was sent to them.
    pub(super) fn forget_events(&mut self, ids: &[AccountId]) {
        let mut front: Vec<usize> = ids.iter().filter_map(|id| self.find(*id)).collect();
        let mut tail: Vec<usize> = front.iter().flat_map(|at| self.persons_of(*at)).collect();
        front.sort_unstable();
        tail.sort_unstable();
        self.front.events.forget(&front);
        self.tail.events.forget(&tail);
    }

    /// Writes an account that is new, or whose events were forgotten, and answers its row. As long as the family keeps
    /// its size everybody keeps the row.
    pub(super) fn write(
        &mut self,
        id: AccountId,
        account: &AccountCells<'_>,
        persons: &[PersonCells<'_>],
    ) -> usize {
        let at = self.find(id).unwrap_or_else(|| self.front.push(id));
        self.write_account(at, account);
        let friend = persons.iter().position(|person| person.is_self);
        self.write_friend(at, friend, friend.map(|place| &persons[place]));
        let others = persons.iter().enumerate().filter(|(place, _)| Some(*place) != friend);
        let first = self.resize_family(at, persons.len() - usize::from(friend.is_some()));
        let tail = &mut self.tail;
        for (row, (_, person)) in (first..).zip(others) {
            tail.here.set(row, person.standing == PersonStanding::Active);
            tail.persons.iter_mut().zip(&person.cells).for_each(|(column, cell)| column.set(row, cell));
            person.events.iter().for_each(|told| tail.events.add(row, *told));
        }
        at
    }

    fn write_account(&mut self, at: usize, account: &AccountCells<'_>) {
        let front = &mut self.front;
        front.live.set(at, true);
        front.never.set(at, never(account.standing));
        for (topic, bits) in self.catalogue.topics().iter().zip(&mut front.declined) {
            bits.set(at, account.declined.contains(&topic.id));
        }
        front.account.iter_mut().zip(&account.cells).for_each(|(column, cell)| column.set(at, cell));
        account.events.iter().for_each(|told| front.events.add(at, *told));
    }

    fn write_friend(&mut self, at: usize, place: Option<usize>, friend: Option<&PersonCells<'_>>) {
        let front = &mut self.front;
        front.friend.set(at, friend.is_some());
        front.here.set(at, friend.is_some_and(|friend| friend.standing == PersonStanding::Active));
        if friend.is_some_and(|friend| friend.standing == PersonStanding::Deceased) {
            front.never.set(at, true);
        }
        match place.and_then(|place| u16::try_from(place).ok()).filter(|place| 0 < *place) {
            Some(place) => _ = front.places.insert(row_number(at), place),
            None => _ = front.places.remove(&row_number(at)),
        }
        match friend {
            Some(friend) => {
                front.persons.iter_mut().zip(&friend.cells).for_each(|(column, cell)| column.set(at, cell));
                friend.events.iter().for_each(|told| front.events.add(at, *told));
            }
            None => front.persons.iter_mut().for_each(|column| column.set(at, &Cell::Unknown)),
        }
    }

    /// Makes room for so many further persons and answers the first row: the known ones, or new ones at the end.
    fn resize_family(&mut self, at: usize, size: usize) -> usize {
        let known = self.persons_of(at);
        if known.len() == size {
            return known.start;
        }
        let tail = &mut self.tail;
        tail.dead += known.len();
        for row in known {
            tail.live.set(row, false);
            tail.here.set(row, false);
        }
        let first = tail.owner.len();
        for row in first..first + size {
            tail.owner.push(row_number(at));
            tail.live.set(row, true);
            tail.here.set(row, false);
            tail.persons.iter_mut().for_each(Column::push_unknown);
        }
        let front = &mut self.front;
        front.first[at] = row_number(first);
        front.size[at] = u16::try_from(size).expect("a household of 65,536 is refused before");
        front.more.set(at, 0 < size);
        first
    }
}

fn cells<'a>(attributes: impl Iterator<Item = &'a Attribute>, facts: &Facts) -> Vec<Cell> {
    attributes.map(|attribute| Cell::of(attribute, facts.get(attribute.id.as_str()))).collect()
}

/// Whether nothing is ever sent to the account; the friend's death is added with the friend.
fn never(standing: Standing) -> bool {
    standing.erased
        || !standing.following
        || standing.consent == Consent::Withdrawn
        || standing.sending_stopped
}
