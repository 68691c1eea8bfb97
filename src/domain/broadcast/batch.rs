//! How recipients are cut into batches, which key a batch is sent under, and how long to wait between attempts.
//!
//! All of it can be worked out again from the same plan: a restored backup or a second sender arrives at the same
//! batches and the same keys, and LINE, which remembers a key for 24 hours, refuses the repetition.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use uuid::Uuid;

use super::reading::Reading;
use crate::domain::digest::Digest;
use crate::domain::ids::{AccountId, BroadcastId};

/// Recipients of one multicast at most (LINE, "Send multicast message").
pub const MAX_BATCH: usize = 500;

/// How long a batch is tried after its first attempt: an hour before LINE forgets the key.
pub const GIVE_UP_AFTER: Duration = Duration::from_secs(23 * 60 * 60);

const SHORTEST_WAIT: Duration = Duration::from_secs(1);
/// The longest wait between two attempts.
pub const LONGEST_WAIT: Duration = Duration::from_secs(10 * 60);

/// A batch as planned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlannedBatch {
    /// Its number, from 1.
    pub number: i64,
    /// What its members read.
    pub reading: Reading,
    /// The members, in the order of their ids.
    pub members: Vec<AccountId>,
    /// Whether they are the first recipients, after whom the rest waits.
    pub pilot: bool,
    /// The arm they were drawn into; empty without arms.
    pub arm: String,
}

/// The hash under which a body is claimed, by which a repetition tells that it is the same body.
#[must_use]
pub fn body_hash(body: &str) -> String {
    Digest::new("body").part(body).hex()
}

/// Cuts recipients into numbered batches of at most [`MAX_BATCH`]: the `first` before the others, then by what they read
/// and by id; a recipient named twice counts once. Nobody shares a batch with somebody who reads something else.
#[must_use]
pub fn cut<R: Ord + Clone + Into<Reading>>(
    recipients: impl IntoIterator<Item = (AccountId, R)>,
    first: &BTreeSet<AccountId>,
) -> Vec<PlannedBatch> {
    let unique: BTreeMap<AccountId, R> = recipients.into_iter().collect();
    let mut by_reading: BTreeMap<(bool, R), Vec<AccountId>> = BTreeMap::new();
    for (account, reading) in unique {
        by_reading.entry((!first.contains(&account), reading)).or_default().push(account);
    }
    let chunks = by_reading.iter().flat_map(|((is_rest, reading), members)| {
        members.chunks(MAX_BATCH).map(move |chunk| (!is_rest, reading.clone(), chunk.to_vec()))
    });
    (1..)
        .zip(chunks)
        .map(|(number, (pilot, reading, members))| PlannedBatch {
            number,
            reading: reading.into(),
            members,
            pilot,
            arm: String::new(),
        })
        .collect()
}

/// Puts the batches of several arms into one order: the first recipients before the others, then by arm.
#[must_use]
pub fn join(arms: impl IntoIterator<Item = (String, Vec<PlannedBatch>)>) -> Vec<PlannedBatch> {
    let named = |(arm, batches): (String, Vec<PlannedBatch>)| {
        batches.into_iter().map(move |batch| PlannedBatch { arm: arm.clone(), ..batch })
    };
    let mut all: Vec<_> = arms.into_iter().flat_map(named).collect();
    all.sort_by_key(|batch| !batch.pilot);
    for (number, batch) in (1..).zip(&mut all) {
        batch.number = number;
    }
    all
}

/// The retry key of a batch: UUID version 5 in the name space of the broadcast, over the number of the batch it was
/// planned in, its *planned* members, and the messages.
///
/// The planned members, not those left after the last check: if a member leaves between the first sending and one
/// repeated from a restored backup, the key must still be the one that LINE has seen.
#[must_use]
pub fn retry_key(broadcast: BroadcastId, root: i64, members: &[AccountId], messages: &str) -> Uuid {
    let digest = Digest::new("batch").part(&root.to_string()).part(messages);
    let digest = members.iter().fold(digest, |digest, member| digest.part(&member.to_string()));
    Uuid::new_v5(&broadcast.0, digest.hex().as_bytes())
}

/// How long to wait after the given number of failed attempts: doubling from 1 s to 10 min, of which a random half
/// (`chance` in `0.0..1.0`) may fall away, so that many batches do not come back together.
#[must_use]
pub fn wait_after(attempts: i64, chance: f64) -> Duration {
    let doublings = u32::try_from(attempts.saturating_sub(1).clamp(0, 20)).unwrap_or(20);
    let full = SHORTEST_WAIT.saturating_mul(1 << doublings).min(LONGEST_WAIT);
    full.mul_f64(chance.clamp(0.0, 1.0).mul_add(0.5, 0.5))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::attribute::LanguageId;

    fn account(number: u128) -> AccountId {
        AccountId(Uuid::from_u128(number))
    }

    #[test]
    fn recipients_are_cut_by_variant_in_a_fixed_order_and_nobody_stands_twice() {
        let ja = (0..1_001).map(|number| (account(number), LanguageId::from("ja")));
        let en = (2_000..2_001).map(|number| (account(number), LanguageId::from("en")));
        let none = BTreeSet::new();
        let batches = cut(ja.clone().chain(en.clone()).chain(ja.clone().take(7)), &none);
        let shape: Vec<_> = batches
            .iter()
            .map(|batch| (batch.number, batch.reading.language.as_str(), batch.members.len()))
            .collect();
        assert_eq!(shape, [(1, "en", 1), (2, "ja", 500), (3, "ja", 500), (4, "ja", 1)]);
        let reversed: Vec<_> = ja.chain(en).collect::<Vec<_>>().into_iter().rev().collect();
        assert_eq!(cut(reversed, &none), batches);
        assert!(cut::<LanguageId>([], &none).is_empty());
    }

    #[test]
    fn the_first_recipients_stand_in_batches_of_their_own_before_the_others() {
        let people = (0..600).map(|number| (account(number), LanguageId::from("ja")));
        let first = BTreeSet::from([account(7), account(599)]);
        let batches = cut(people, &first);
        let shape: Vec<_> = batches.iter().map(|batch| (batch.pilot, batch.members.len())).collect();
        assert_eq!(shape, [(true, 2), (false, 500), (false, 98)]);
        assert_eq!(batches[0].members, [account(7), account(599)]);
    }

    #[test]
    fn a_key_can_be_worked_out_again_and_depends_on_every_part() {
        let (one, two) = (BroadcastId(Uuid::from_u128(1)), BroadcastId(Uuid::from_u128(2)));
        let members = [account(1), account(2)];
        let key = retry_key(one, 1, &members, "m");
        assert_eq!(key, retry_key(one, 1, &members, "m"));
        for other in [
            retry_key(two, 1, &members, "m"),
            retry_key(one, 2, &members, "m"),
            retry_key(one, 1, &members[..1], "m"),
            retry_key(one, 1, &members, "n"),
        ] {
            assert_ne!(key, other);
        }
    }

    #[test]
    fn waiting_grows_to_ten_minutes_and_never_beyond() {
        let seconds = |attempts| wait_after(attempts, 1.0).as_secs();
        assert_eq!([seconds(0), seconds(1), seconds(2), seconds(5), seconds(50)], [1, 1, 2, 16, 600]);
        assert_eq!(wait_after(50, 0.0), Duration::from_secs(300));
    }
}
