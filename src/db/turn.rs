//! Whose turn it is to write to an SQLite file.
//!
//! SQLite lets one connection write at a time, and a second one that finds it busy looks again some milliseconds later. A
//! process that sends begins its next transaction sooner than that, so another process, with the order to stop, could
//! go unheard for seconds. Whoever wants to write therefore takes a turn first and gives it back as soon as its
//! transaction has begun: whoever waits for SQLite holds the turn, and nobody comes in before.
//!
//! This is about fairness and never about safety, which is SQLite's own: where the file system knows no locks, or a turn
//! does not come, everybody writes as before.

use std::fs::File;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Mutex, OwnedMutexGuard};

/// The turns at one database file, of this process and of others.
#[derive(Clone, Default)]
pub(super) struct Turns(Option<Arc<Mutex<File>>>);

/// A turn, given back when dropped; the system gives it back when the process dies.
pub(super) struct Turn(OwnedMutexGuard<File>);

impl Drop for Turn {
    fn drop(&mut self) {
        // Whatever keeps a lock from being given back here gives it back with the file.
        let _ = self.0.unlock();
    }
}

impl Turns {
    /// Turns at the database in `file`, kept in an empty file beside it.
    pub(super) fn beside(file: &Path) -> Self {
        let path = file.with_added_extension("turn");
        // Somebody else at this machine may have made it; to read is enough for a lock.
        let lock = File::create(&path).or_else(|_| File::open(&path));
        Self(lock.ok().map(|file| Arc::new(Mutex::new(file))))
    }

    /// Waits until it is our turn, at most so long.
    pub(super) async fn wait(&self, at_most: Duration) -> Option<Turn> {
        let turns = self.0.clone()?;
        tokio::time::timeout(at_most, take(turns)).await.ok().flatten()
    }
}

/// In this process whoever asked first is first. The file keeps other processes away, and nobody is usually there.
async fn take(turns: Arc<Mutex<File>>) -> Option<Turn> {
    let file = turns.lock_owned().await;
    if file.try_lock().is_ok() {
        return Some(Turn(file));
    }
    // Made where the lock is taken, so that it is given back even if nobody waits for it any more.
    tokio::task::spawn_blocking(move || file.lock().ok().map(|()| Turn(file))).await.ok().flatten()
}

#[cfg(test)]
mod tests {
    use std::future::Future;
    use std::pin::pin;
    use std::task::{Context, Waker};

    use crate::db::Db;

    #[tokio::test]
    async fn on_sqlite_whoever_waits_to_write_comes_before_whoever_has_just_written() {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", folder.path().join("t.db").display());
        // Two of them are as two processes: they share nothing but the files.
        let (sender, stopper) = (Db::open(&url).await.unwrap(), Db::open(&url).await.unwrap());
        for _ in 0..20 {
            let written = sender.write().await.unwrap();
            let mut stop = pin!(stopper.write());
            assert!(stop.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
            written.commit().await.unwrap();
            let stopped = tokio::select! {
                biased;
                _ = sender.write() => panic!("the sender came first again"),
                stopped = &mut stop => stopped.unwrap(),
            };
            stopped.commit().await.unwrap();
            sender.write().await.unwrap().commit().await.unwrap();
        }
    }
}
