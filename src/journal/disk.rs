//! Files in a folder of their own, for tests: real ones, with counted syncs and a disk that can be full.

use std::fs::{DirBuilder, OpenOptions};
use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use camino::{Utf8Path, Utf8PathBuf};
use chrono::{DateTime, Utc};

use crate::ports::clock::Clock;
use crate::ports::files::{FileError, Files, Held, Log, Meta, Pending, Source};

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

    pub fn tear(&self, path: &Utf8Path, bytes: u64) {
        let file = OpenOptions::new().write(true).open(path).unwrap();
        let len = file.metadata().unwrap().len();
        file.set_len(len - bytes).unwrap();
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

struct Growing {
    file: std::fs::File,
    path: Utf8PathBuf,
    shared: Arc<Shared>,
}

impl Log for Growing {
    fn append(&mut self, bytes: &[u8]) -> Result<(), FileError> {
        let fail = |source| FileError { path: self.path.clone(), source };
        if self.shared.full.load(Ordering::SeqCst) {
            return Err(fail(std::io::ErrorKind::StorageFull.into()));
        }
        self.file.write_all(bytes).map_err(fail)
    }

    fn sync(&mut self) -> Result<(), FileError> {
        self.shared.syncs.fetch_add(1, Ordering::SeqCst);
        self.file.sync_all().map_err(|source| FileError { path: self.path.clone(), source })
    }
}

struct Whole {
    bytes: Vec<u8>,
    path: Utf8PathBuf,
}

impl Write for Whole {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.bytes.write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Pending for Whole {
    fn commit(self: Box<Self>) -> Result<(), FileError> {
        let fail = |source| FileError { path: self.path.clone(), source };
        let dir = self.path.parent().unwrap();
        DirBuilder::new().recursive(true).create(dir).map_err(fail)?;
        let mut file =
            OpenOptions::new().write(true).create(true).truncate(true).open(&self.path).map_err(fail)?;
        file.write_all(&self.bytes).map_err(fail)
    }
}

impl Files for Disk {
    fn open(&self, path: &Utf8Path) -> Result<Box<dyn Source>, FileError> {
        let file = OpenOptions::new().read(true).open(path);
        file.map(|file| Box::new(file) as _).map_err(|source| FileError { path: path.to_owned(), source })
    }

    fn create(&self, path: &Utf8Path, _: bool) -> Result<Box<dyn Pending>, FileError> {
        Ok(Box::new(Whole { bytes: Vec::new(), path: path.to_owned() }))
    }

    fn log(&self, path: &Utf8Path) -> Result<Box<dyn Log>, FileError> {
        let fail = |source| FileError { path: path.to_owned(), source };
        let whole = match self.read(path, 1 << 30) {
            Ok(bytes) => bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1),
            Err(error) if error.is_missing() => 0,
            Err(error) => return Err(error),
        };
        let file = OpenOptions::new().append(true).create(true).open(path).map_err(fail)?;
        file.set_len(whole as u64).map_err(fail)?;
        Ok(Box::new(Growing { file, path: path.to_owned(), shared: Arc::clone(&self.shared) }))
    }

    fn lock(&self, path: &Utf8Path) -> Result<Option<Box<dyn Held>>, FileError> {
        Err(unused(path))
    }

    fn meta(&self, path: &Utf8Path) -> Result<Option<Meta>, FileError> {
        Err(unused(path))
    }

    fn list(&self, path: &Utf8Path) -> Result<Vec<String>, FileError> {
        Err(unused(path))
    }

    fn make_dir(&self, path: &Utf8Path) -> Result<(), FileError> {
        Err(unused(path))
    }

    fn remove(&self, path: &Utf8Path) -> Result<(), FileError> {
        Err(unused(path))
    }

    fn real_path(&self, path: &Utf8Path) -> Result<Utf8PathBuf, FileError> {
        Err(unused(path))
    }
}

fn unused(path: &Utf8Path) -> FileError {
    FileError { path: path.to_owned(), source: std::io::ErrorKind::Unsupported.into() }
}
