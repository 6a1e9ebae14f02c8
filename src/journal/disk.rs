//! The real files in a folder of their own, for tests: syncs are counted, and the disk can be full.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use camino::{Utf8Path, Utf8PathBuf};
use chrono::{DateTime, Utc};

use crate::ports::clock::Clock;
use crate::ports::files::{FileError, Files, Held, Log, Meta, Pending, Source};
use crate::ports::real::RealFiles;

/// A clock that stands still.
pub struct StillClock;

#[async_trait::async_trait]
impl Clock for StillClock {
    fn now(&self) -> DateTime<Utc> {
        DateTime::from_timestamp(1_795_233_600, 123_456_789).unwrap()
    }

    async fn sleep(&self, _: std::time::Duration) {}
}

#[derive(Default)]
struct Shared {
    syncs: AtomicUsize,
    full: AtomicBool,
}

/// The folder.
pub struct Disk {
    dir: tempfile::TempDir,
    shared: Arc<Shared>,
}

impl Disk {
    pub fn new() -> Self {
        Self { dir: tempfile::tempdir().unwrap(), shared: Arc::default() }
    }

    pub fn path(&self, name: &str) -> Utf8PathBuf {
        Utf8Path::from_path(self.dir.path()).unwrap().join(name)
    }

    pub fn text(&self, path: &Utf8Path) -> String {
        String::from_utf8(self.read(path, 1 << 30).unwrap()).unwrap()
    }

    pub fn tear(&self, path: &Utf8Path, bytes: usize) {
        let mut whole = self.read(path, 1 << 30).unwrap();
        whole.truncate(whole.len() - bytes);
        self.write(path, &whole).unwrap();
    }

    pub fn syncs(&self) -> usize {
        self.shared.syncs.load(Ordering::SeqCst)
    }

    pub fn fill(&self) {
        self.shared.full.store(true, Ordering::SeqCst);
    }

    pub fn empty(&self) {
        self.shared.full.store(false, Ordering::SeqCst);
    }
}

/// A real log that counts syncs and may find the disk full.
struct Watched {
    log: Box<dyn Log>,
    path: Utf8PathBuf,
    shared: Arc<Shared>,
}

impl Log for Watched {
    fn append(&mut self, bytes: &[u8]) -> Result<(), FileError> {
        if self.shared.full.load(Ordering::SeqCst) {
            return Err(FileError {
                path: self.path.clone(),
                source: std::io::ErrorKind::StorageFull.into(),
            });
        }
        self.log.append(bytes)
    }

    fn sync(&mut self) -> Result<(), FileError> {
        self.shared.syncs.fetch_add(1, Ordering::SeqCst);
        self.log.sync()
    }
}

impl Files for Disk {
    fn open(&self, path: &Utf8Path) -> Result<Box<dyn Source>, FileError> {
        RealFiles.open(path)
    }

    fn create(&self, path: &Utf8Path, executable: bool) -> Result<Box<dyn Pending>, FileError> {
        RealFiles.create(path, executable)
    }

    fn log(&self, path: &Utf8Path) -> Result<Box<dyn Log>, FileError> {
        let log = RealFiles.log(path)?;
        Ok(Box::new(Watched { log, path: path.to_owned(), shared: Arc::clone(&self.shared) }))
    }

    fn lock(&self, path: &Utf8Path) -> Result<Option<Box<dyn Held>>, FileError> {
        RealFiles.lock(path)
    }

    fn meta(&self, path: &Utf8Path) -> Result<Option<Meta>, FileError> {
        RealFiles.meta(path)
    }

    fn list(&self, path: &Utf8Path) -> Result<Vec<String>, FileError> {
        RealFiles.list(path)
    }

    fn make_dir(&self, path: &Utf8Path) -> Result<(), FileError> {
        RealFiles.make_dir(path)
    }

    fn remove(&self, path: &Utf8Path) -> Result<(), FileError> {
        RealFiles.remove(path)
    }

    fn remove_empty(&self, path: &Utf8Path) -> Result<(), FileError> {
        RealFiles.remove_empty(path)
    }

    fn real_path(&self, path: &Utf8Path) -> Result<Utf8PathBuf, FileError> {
        RealFiles.real_path(path)
    }

    fn link(&self, path: &Utf8Path) -> Result<Utf8PathBuf, FileError> {
        RealFiles.link(path)
    }
}
