//! A lock that one process holds at a time.

use std::fs::File;

use camino::Utf8Path;
use rustix::fs::FlockOperation;

use super::files::{at, name};
use super::folder::Folder;
use crate::ports::files::{FileError, Held};

/// Takes a lock on a file of a folder.
pub fn lock(folder: &Folder, path: &Utf8Path) -> Result<Option<Box<dyn Held>>, FileError> {
    let file = folder.open_or_create(name(path)?).map_err(at(path))?;
    match rustix::fs::flock(&file, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => Ok(Some(Box::new(RealHeld { file }))),
        Err(rustix::io::Errno::WOULDBLOCK) => Ok(None),
        Err(error) => Err(at(path)(error.into())),
    }
}

/// An open file with a lock, which the system gives back when all its copies are closed, however we end.
struct RealHeld {
    file: File,
}

impl Held for RealHeld {}

impl Drop for RealHeld {
    fn drop(&mut self) {
        // A child that another thread is just starting has a copy until it is another program, so closing ours is
        // not enough (flock(2)). Where this fails, the lock goes with the last copy.
        let _ = rustix::fs::flock(&self.file, FlockOperation::Unlock);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ports::files::Files as _;
    use crate::ports::real::RealFiles;

    #[test]
    fn has_one_holder() {
        let dir = tempfile::tempdir().unwrap();
        let path = Utf8Path::from_path(dir.path()).unwrap().join("lock");
        let held = RealFiles.lock(&path).unwrap().unwrap();
        assert!(RealFiles.lock(&path).unwrap().is_none());
        drop(held);
        assert!(RealFiles.lock(&path).unwrap().is_some());
    }

    #[test]
    fn is_given_back_while_a_child_starts() {
        let dir = tempfile::tempdir().unwrap();
        let dir = Utf8Path::from_path(dir.path()).unwrap();
        let path = dir.join("lock");
        let file = Folder::made(dir).unwrap().open_or_create("lock").unwrap();
        let copy_of_a_child = file.try_clone().unwrap();
        rustix::fs::flock(&file, FlockOperation::NonBlockingLockExclusive).unwrap();
        assert!(RealFiles.lock(&path).unwrap().is_none());
        drop(RealHeld { file });
        assert!(RealFiles.lock(&path).unwrap().is_some());
        drop(copy_of_a_child);
    }
}
