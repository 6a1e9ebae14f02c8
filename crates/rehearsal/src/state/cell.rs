//! A repository shared by all requests: one writer at a time, readers on snapshots.

use super::repo::Repo;
use camino::Utf8PathBuf;
use std::ops::{Deref, DerefMut};
use std::sync::Arc;
use tokio::sync::{Mutex, MutexGuard};

/// The one place a repository's state lives; it keeps the state before the last write for stale reads.
#[derive(Debug)]
pub(crate) struct RepoCell {
    /// Owner and name, lower case.
    pub(crate) key: String,
    /// `DIR/repos/{owner}/{name}`.
    pub(crate) dir: Utf8PathBuf,
    shelf: Mutex<Shelf>,
    /// Held by a push from its first byte to the reading of the new refs.
    pub(crate) pushing: Mutex<()>,
}

#[derive(Debug)]
struct Shelf {
    now: Arc<Repo>,
    before: Arc<Repo>,
    version: u64,
}

impl RepoCell {
    pub(crate) fn new(key: String, repo: Repo) -> Self {
        let dir = repo.dir.clone();
        let now = Arc::new(repo);
        let shelf = Mutex::new(Shelf { before: Arc::clone(&now), now, version: 0 });
        Self { key, dir, shelf, pushing: Mutex::new(()) }
    }

    /// The state as it is.
    pub(crate) async fn read(&self) -> Arc<Repo> {
        Arc::clone(&self.shelf.lock().await.now)
    }

    /// The state as it is or, where `stale` says so of its version, as it was before the last write.
    pub(crate) async fn read_or_stale(&self, stale: impl FnOnce(u64) -> bool) -> Arc<Repo> {
        let shelf = self.shelf.lock().await;
        Arc::clone(if stale(shelf.version) { &shelf.before } else { &shelf.now })
    }

    /// Takes the repository for writing; what changes under the guard is one write.
    pub(crate) async fn write(&self) -> WriteGuard<'_> {
        self.guard(true).await
    }

    /// Takes the repository for the second half of a write that has begun already.
    pub(crate) async fn amend(&self) -> WriteGuard<'_> {
        self.guard(false).await
    }

    async fn guard(&self, counts: bool) -> WriteGuard<'_> {
        let shelf = self.shelf.lock().await;
        WriteGuard { entry: Arc::clone(&shelf.now), shelf, counts }
    }
}

/// Exclusive access to a repository.
#[derive(Debug)]
pub(crate) struct WriteGuard<'a> {
    shelf: MutexGuard<'a, Shelf>,
    entry: Arc<Repo>,
    counts: bool,
}

impl Deref for WriteGuard<'_> {
    type Target = Repo;

    fn deref(&self) -> &Repo {
        &self.shelf.now
    }
}

impl DerefMut for WriteGuard<'_> {
    fn deref_mut(&mut self) -> &mut Repo {
        Arc::make_mut(&mut self.shelf.now)
    }
}

impl Drop for WriteGuard<'_> {
    /// `entry` is shared, so a touched state is another allocation: that tells a write from a refusal.
    fn drop(&mut self) {
        if self.counts && !Arc::ptr_eq(&self.entry, &self.shelf.now) {
            self.shelf.before = Arc::clone(&self.entry);
            self.shelf.version += 1;
        }
    }
}
