//! The people of the simulated LINE: who is a friend, who has blocked, what each was sent.
//!
//! A million of them fit: a person without a phone of their own costs some fifty bytes and has only a count. Named
//! people keep their talk. Nothing here sends or bills.

use std::collections::HashMap;
use std::sync::Arc;

use serde::Serialize;
use serde_json::Value;

use super::talk::Entry;
use crate::domain::ids::LineUserId;
use crate::domain::timestamp::Timestamp;

/// How a person stands to the account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// Has a phone, and has not added the account.
    Stranger,
    /// Has added the account.
    Friend,
    /// Has blocked the account.
    Blocked,
}

/// A user id as its sixteen bytes.
pub(super) type Key = [u8; 16];

/// The sixteen bytes of LINE's text form; `None` where it is malformed.
pub(super) fn key_of(text: &str) -> Option<Key> {
    let id = LineUserId::parse(text)?;
    u128::from_str_radix(id.as_str().get(1..)?, 16).ok().map(u128::to_be_bytes)
}

/// LINE's text form of sixteen bytes.
pub(super) fn id_of(key: Key) -> LineUserId {
    LineUserId::parse(&format!("U{:032x}", u128::from_be_bytes(key))).expect("32 lower-case digits")
}

/// One person.
#[derive(Debug)]
pub(super) struct Person {
    pub key: Key,
    pub standing: Standing,
    /// How many message objects LINE has accepted for this person.
    pub accepted: u32,
    /// Name and talk, for people who have a phone to look at.
    pub phone: Option<Box<Phone>>,
}

/// What a named person's phone holds.
#[derive(Debug, Default)]
pub(super) struct Phone {
    pub name: String,
    pub talk: Vec<Entry>,
    /// How many entries of the talk were seen.
    pub read: usize,
    /// Until when the talk shows that an answer is being written.
    pub writing_until: Option<Timestamp>,
}

impl Phone {
    /// Messages of the account that were not yet seen.
    pub(super) fn unread(&self) -> usize {
        self.talk.iter().skip(self.read).filter(|entry| entry.is_from_account()).count()
    }
}

/// Everybody, in the order in which they came.
#[derive(Debug, Default)]
pub(super) struct People {
    list: Vec<Person>,
    index: HashMap<Key, usize>,
}

impl People {
    /// Adds a person; one who is known already gets the new standing, and the name if there is one.
    pub(super) fn add(&mut self, key: Key, standing: Standing, name: Option<&str>) {
        let phone = || name.map(|name| Box::new(Phone { name: name.to_owned(), ..Phone::default() }));
        if let Some(known) = self.find_mut(&key) {
            known.standing = standing;
            match (&mut known.phone, name) {
                (Some(phone), Some(name)) => name.clone_into(&mut phone.name),
                (none, _) => *none = none.take().or_else(phone),
            }
            return;
        }
        self.index.insert(key, self.list.len());
        self.list.push(Person { key, standing, accepted: 0, phone: phone() });
    }

    /// Makes room for `more` people at once.
    pub(super) fn reserve(&mut self, more: usize) {
        self.list.reserve(more);
        self.index.reserve(more);
    }

    pub(super) fn find(&self, key: &Key) -> Option<&Person> {
        self.index.get(key).and_then(|at| self.list.get(*at))
    }

    pub(super) fn find_mut(&mut self, key: &Key) -> Option<&mut Person> {
        self.index.get(key).and_then(|at| self.list.get_mut(*at))
    }

    /// Whether messages reach this person.
    pub(super) fn reachable(&self, key: &Key) -> bool {
        self.find(key).is_some_and(|person| person.standing == Standing::Friend)
    }

    /// Everybody, in the order in which they came.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Person> {
        self.list.iter()
    }

    /// The friends after the first `skip` people, with each one's place.
    pub(super) fn friends_from(&self, skip: usize) -> impl Iterator<Item = (usize, &Person)> {
        let all = self.list.iter().enumerate().skip(skip);
        all.filter(|(_, person)| person.standing == Standing::Friend)
    }

    /// Hands messages to a friend; false, and nothing happens, for anybody else.
    pub(super) fn deliver(&mut self, key: &Key, messages: &[Arc<Value>], at: Timestamp) -> bool {
        let Some(person) = self.find_mut(key).filter(|person| person.standing == Standing::Friend) else {
            return false;
        };
        person.accepted = person.accepted.saturating_add(u32::try_from(messages.len()).unwrap_or(u32::MAX));
        if let Some(phone) = &mut person.phone {
            phone.writing_until = None;
            phone.talk.extend(messages.iter().map(|message| Entry::from_account(at, message)));
        }
        true
    }
}
