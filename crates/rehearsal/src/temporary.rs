//! The folder of a forge that keeps nothing, and those that killed ones have left behind.
//!
//! A process that is killed removes nothing. So each such folder holds a file that its owner keeps locked; the system
//! gives the lock back however the owner ends, and the next forge removes what nobody holds.

use camino::{Utf8Path, Utf8PathBuf};
use rustix::fs::{FileType, FlockOperation, Mode, OFlags};
use std::fs::File;
use std::io;
use std::path::Path;
use tempfile::TempDir;

/// How the names of these folders begin; behind it are letters and digits.
const PREFIX: &str = "release-forge-";

/// The file in them that is locked for as long as they are used.
const LOCK: &str = "forge.lock";

/// A folder for as long as it is used.
#[derive(Debug)]
pub(crate) struct Temporary {
    dir: TempDir,
    _lock: File,
}

impl Temporary {
    /// Makes one, and removes those that nobody holds any more.
    pub(crate) fn make(base: &Utf8Path) -> io::Result<Self> {
        sweep(base.as_std_path());
        let dir = tempfile::Builder::new().prefix(PREFIX).tempdir_in(base)?;
        // Under its own name only once it is locked: whoever sweeps meanwhile must not find it free.
        let (new, lock) = (dir.path().join(format!("{LOCK}.new")), dir.path().join(LOCK));
        let file = File::create_new(&new)?;
        file.try_lock()?;
        std::fs::rename(new, lock)?;
        Ok(Self { dir, _lock: file })
    }

    pub(crate) fn path(&self) -> io::Result<Utf8PathBuf> {
        let not_utf8 = |_| io::Error::new(io::ErrorKind::InvalidData, "the path isn't UTF-8");
        Utf8PathBuf::from_path_buf(self.dir.path().to_owned()).map_err(not_utf8)
    }

    /// Removes it.
    pub(crate) fn close(self) -> io::Result<()> {
        self.dir.close()
    }
}

/// Removes the folders of forges that ended without doing so. One that cannot be removed is in nobody's way.
fn sweep(base: &Path) {
    let entries = match std::fs::read_dir(base) {
        Ok(entries) => entries,
        Err(error) => return tracing::debug!(%error, "left-overs were not looked for"),
    };
    for entry in entries {
        let removed = entry.and_then(|entry| {
            let name = entry.file_name();
            let random = name.to_str().and_then(|name| name.strip_prefix(PREFIX)).unwrap_or_default();
            let ours = !random.is_empty() && random.bytes().all(|byte| byte.is_ascii_alphanumeric());
            if ours { remove_if_left(&entry.path()) } else { Ok(()) }
        });
        if let Err(error) = removed {
            tracing::debug!(%error, "a left-over stays");
        }
    }
}

/// Removes a folder of this user with a lock file that nobody holds. Of anything else nothing is touched, and no
/// link is followed.
fn remove_if_left(path: &Path) -> io::Result<()> {
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let dir = rustix::fs::open(path, flags | OFlags::DIRECTORY, Mode::empty())?;
    let lock = rustix::fs::openat(&dir, LOCK, flags, Mode::empty())?;
    let (folder, file) = (rustix::fs::fstat(&dir)?, rustix::fs::fstat(&lock)?);
    let us = rustix::process::geteuid().as_raw();
    if folder.st_uid != us || file.st_uid != us || !FileType::from_raw_mode(file.st_mode).is_file() {
        return Ok(());
    }
    match rustix::fs::flock(&lock, FlockOperation::NonBlockingLockExclusive) {
        Err(rustix::io::Errno::WOULDBLOCK) => return Ok(()),
        locked => locked?,
    }
    // Whoever swept at the same time may have removed it, and the name be another folder's now.
    let now = rustix::fs::lstat(path)?;
    if (now.st_dev, now.st_ino) != (folder.st_dev, folder.st_ino) {
        return Ok(());
    }
    // The lock file last: without it, what is left when we are killed here would be nobody's to remove.
    for entry in std::fs::read_dir(path)? {
        let entry = entry?;
        if entry.file_name() == LOCK {
            continue;
        }
        let inside = entry.path();
        if entry.file_type()?.is_dir() {
            std::fs::remove_dir_all(inside)?
        } else {
            std::fs::remove_file(inside)?
        }
    }
    std::fs::remove_dir_all(path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    fn names(base: &Path) -> Vec<String> {
        let mut names: Vec<String> = std::fs::read_dir(base)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    /// A folder as a killed forge leaves it.
    fn left(path: &Path) {
        std::fs::create_dir_all(path.join("repos/acme")).unwrap();
        std::fs::write(path.join(LOCK), "").unwrap();
        std::fs::write(path.join("repos/acme/x"), "x").unwrap();
    }

    #[test]
    fn what_nobody_holds_is_removed_and_nothing_else() {
        let home = tempfile::tempdir().unwrap();
        let base = home.path();
        let utf8 = Utf8Path::from_path(base).unwrap();
        let alive = Temporary::make(utf8).unwrap();
        let foreign = base.join("foreign");
        left(&foreign);
        left(&base.join("release-forge-left"));
        // A link in it leads to what is not ours.
        symlink(&foreign, base.join("release-forge-left/repos/link")).unwrap();
        symlink(&foreign, base.join("release-forge-left/link")).unwrap();
        // Nothing of these says that it was a forge's.
        left(&base.join("release-forge-"));
        left(&base.join("release-forge-a b"));
        symlink(&foreign, base.join("release-forge-link")).unwrap();
        std::fs::write(base.join("release-forge-file"), "x").unwrap();
        std::fs::create_dir(base.join("release-forge-new")).unwrap();
        std::fs::write(base.join("release-forge-new/kept"), "x").unwrap();
        std::fs::create_dir(base.join("release-forge-linked")).unwrap();
        symlink(foreign.join(LOCK), base.join("release-forge-linked").join(LOCK)).unwrap();

        let before = names(base);
        let next = Temporary::make(utf8).unwrap();
        let stay = before.iter().filter(|name| *name != "release-forge-left").count();
        assert_eq!(names(base).len(), stay + 1, "{:?}", names(base));
        assert!(!base.join("release-forge-left").exists());
        assert!(alive.path().unwrap().join(LOCK).exists() && next.path().unwrap().join(LOCK).exists());
        assert_eq!(names(&foreign), [LOCK, "repos"]);
        assert!(foreign.join("repos/acme/x").exists() && base.join("release-forge-new/kept").exists());

        let was = alive.path().unwrap();
        alive.close().unwrap();
        assert!(!was.exists());
    }
}
