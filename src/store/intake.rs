//! The door of the inbox: many webhooks, one commit.
//!
//! A webhook may be answered only when its events are durable, and a durable commit costs a disk flush. So requests
//! queue up while a commit runs, and the next commit takes them all. This is the one place in the store that opens
//! transactions by itself; it stands here because the queue must outlive any single request.

use tokio::sync::{mpsc, oneshot};

use super::inbox::{self, NewEvent};
use crate::db::{self, Db};

/// How many requests one commit takes at most.
const REQUESTS: usize = 256;

/// How many requests may queue; beyond that the door pushes back, and LINE will send again.
const QUEUE: usize = 4096;

/// The door was closed or the commit failed; nothing of the request is stored for certain.
#[derive(Clone, Debug, thiserror::Error)]
#[error("the events could not be stored: {0}")]
pub struct NotStored(String);

/// Takes events in; clones share one queue.
#[derive(Clone)]
pub struct Intake(mpsc::Sender<Offer>);

struct Offer {
    events: Vec<NewEvent>,
    answer: oneshot::Sender<Result<(), NotStored>>,
}

impl Intake {
    /// Starts the committing task; it ends when the last clone is dropped.
    #[must_use]
    pub fn start(db: Db) -> Self {
        let (sender, receiver) = mpsc::channel(QUEUE);
        tokio::spawn(commit_offers(db, receiver));
        Self(sender)
    }

    /// Whether the committing task still takes events.
    #[must_use]
    pub fn is_open(&self) -> bool {
        !self.0.is_closed()
    }

    /// Returns when the events are durable.
    ///
    /// # Errors
    /// [`NotStored`] where the database is away; the caller must not acknowledge then.
    pub async fn store(&self, events: Vec<NewEvent>) -> Result<(), NotStored> {
        let (answer, stored) = oneshot::channel();
        let closed = |_| NotStored("the intake is closed".to_owned());
        self.0.try_send(Offer { events, answer }).map_err(|_| NotStored("the queue is full".to_owned()))?;
        stored.await.map_err(closed)?
    }
}

async fn commit_offers(db: Db, mut receiver: mpsc::Receiver<Offer>) {
    let mut offers = Vec::with_capacity(REQUESTS);
    while receiver.recv_many(&mut offers, REQUESTS).await > 0 {
        let mut events = Vec::with_capacity(offers.len());
        let mut answers = Vec::with_capacity(offers.len());
        for offer in offers.drain(..) {
            events.extend(offer.events);
            answers.push(offer.answer);
        }
        let stored = commit(&db, events).await.map_err(|error| NotStored(error.to_string()));
        for answer in answers {
            // A request that hung up no longer waits for its answer; its events are stored all the same.
            let _ = answer.send(stored.clone());
        }
    }
}

async fn commit(db: &Db, mut events: Vec<NewEvent>) -> db::Result<()> {
    // Two processes that insert the same ids in different orders would lock each other.
    events.sort_unstable_by(|a, b| a.id.cmp(&b.id));
    let mut tx = db.write().await?;
    inbox::insert_new(&mut tx, events).await?;
    tx.commit().await
}
