//! Folders that are held open. What is done in one is done there, whatever has been put at its path meanwhile.

use std::ffi::{CStr, CString};
use std::fs::File;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::sync::{Mutex, PoisonError};

use camino::{Utf8Component, Utf8Path};
use rustix::fs::{AtFlags, CWD, Dir, FileType, Mode, OFlags, Stat};
use rustix::io::Errno;
use rustix::path::Arg;
use rustix::process::{Gid, Uid};

use super::owner::{Owner, ROOT, ours};

/// A folder that is held only to go on from it: no right to read it is needed.
const WAY: OFlags = OFlags::PATH.union(OFlags::DIRECTORY).union(OFlags::CLOEXEC);

/// A folder, held open.
pub(super) struct Folder(OwnedFd);

/// What is a symbolic link where none is followed.
fn linked(name: &str) -> io::Error {
    io::Error::other(format!("`{name}` is a symbolic link, and nothing is written through one: remove it"))
}

/// The names on a way down.
fn names(way: &Utf8Path) -> io::Result<Vec<&str>> {
    let down = |part| match part {
        Utf8Component::CurDir => None,
        Utf8Component::Normal(name) => Some(Ok(name)),
        _ => Some(Err(io::Error::new(io::ErrorKind::InvalidInput, format!("`{way}` leads upwards")))),
    };
    way.components().filter_map(down).collect()
}

fn kind(stat: &Stat) -> FileType {
    FileType::from_raw_mode(stat.st_mode)
}

impl Folder {
    /// The folder at a path; links are followed.
    pub(super) fn at(path: &Utf8Path) -> io::Result<Self> {
        let path = if path.as_str().is_empty() { Utf8Path::new(".") } else { path };
        Ok(Self(rustix::fs::openat(CWD, path.as_str(), WAY, Mode::empty())?))
    }

    /// The same, made where it is missing; links to what is there are followed.
    pub(super) fn made(path: &Utf8Path) -> io::Result<Self> {
        let mut there = path;
        loop {
            match Self::at(there) {
                Ok(folder) => return folder.make(path.strip_prefix(there).unwrap_or(path)),
                Err(error) if error.kind() == io::ErrorKind::NotFound => match there.parent() {
                    Some(parent) => there = parent,
                    None => return Err(error),
                },
                Err(error) => return Err(error),
            }
        }
    }

    /// One below it. No link is followed.
    pub(super) fn below(self, way: &Utf8Path) -> io::Result<Self> {
        names(way)?.into_iter().try_fold(self, |folder, name| folder.step(name))
    }

    /// One below it, made where it is missing; what is made belongs to the owner of the folder that it lies in. No
    /// link is followed.
    pub(super) fn make(self, way: &Utf8Path) -> io::Result<Self> {
        /// Between its making and its giving a folder is root's, and so would be what somebody else makes in it.
        static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
        let _alone =
            (ours().uid == ROOT).then(|| ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner));
        names(way)?.into_iter().try_fold(self, |folder, name| match folder.step(name) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                match rustix::fs::mkdirat(&folder.0, name, Mode::from_raw_mode(0o777)) {
                    Ok(()) | Err(Errno::EXIST) => {}
                    Err(error) => return Err(error.into()),
                }
                let made = folder.step(name)?;
                folder.give(&made.0)?;
                Ok(made)
            }
            other => other,
        })
    }

    fn step(&self, name: &str) -> io::Result<Self> {
        match rustix::fs::openat(&self.0, name, WAY | OFlags::NOFOLLOW, Mode::empty()) {
            Ok(folder) => Ok(Self(folder)),
            Err(Errno::LOOP) => Err(linked(name)),
            Err(Errno::NOTDIR) if self.look(name).is_ok_and(|it| kind(&it) == FileType::Symlink) => {
                Err(linked(name))
            }
            Err(error) => Err(error.into()),
        }
    }

    fn look(&self, name: impl Arg) -> Result<Stat, Errno> {
        rustix::fs::statat(&self.0, name, AtFlags::SYMLINK_NOFOLLOW)
    }

    /// Gives something of root's that lies in the folder to the folder's owner, unless that is root as well.
    fn give(&self, what: impl AsFd) -> io::Result<()> {
        if ours().uid != ROOT {
            return Ok(());
        }
        let stat = rustix::fs::fstat(&self.0)?;
        hand(what, Owner { uid: stat.st_uid, gid: stat.st_gid })
    }

    /// A new file. Nothing may stand there, not even a link.
    pub(super) fn create_new(&self, name: &str) -> io::Result<File> {
        let flags = OFlags::RDWR | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let file = rustix::fs::openat(&self.0, name, flags, Mode::from_raw_mode(0o600))?;
        // At once, since we may be killed before it has its place.
        self.give(&file)?;
        Ok(File::from(file))
    }

    /// A plain file to read and to add to, made where it is missing. A link is not followed.
    pub(super) fn open_or_create(&self, name: &str) -> io::Result<File> {
        let flags = OFlags::RDWR | OFlags::APPEND | OFlags::CREATE | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        // Not waiting for whoever else might open a pipe.
        let opened = rustix::fs::openat(&self.0, name, flags | OFlags::NONBLOCK, Mode::from_raw_mode(0o666));
        let file = match opened {
            Ok(file) => file,
            Err(Errno::LOOP) => return Err(linked(name)),
            Err(error) => return Err(error.into()),
        };
        if kind(&rustix::fs::fstat(&file)?) != FileType::RegularFile {
            return Err(io::Error::other(format!("`{name}` is no plain file: remove it")));
        }
        self.give(&file)?;
        Ok(File::from(file))
    }

    /// Puts a file of the folder in the place of another one, or of a link.
    pub(super) fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        Ok(rustix::fs::renameat(&self.0, from, &self.0, to)?)
    }

    /// Returns once the names in the folder are on the disk.
    pub(super) fn sync(&self) -> io::Result<()> {
        File::from(self.readable(c".")?).sync_all()
    }

    fn readable(&self, name: &CStr) -> io::Result<OwnedFd> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        Ok(rustix::fs::openat(&self.0, name, flags, Mode::empty())?)
    }

    /// The names in the folder; none where somebody removed it meanwhile.
    fn entries(&self) -> io::Result<Vec<CString>> {
        let mut names = Vec::new();
        let folder = match self.readable(c".") {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(names),
            folder => folder?,
        };
        for entry in Dir::new(folder)? {
            let entry = entry?;
            if ![c".", c".."].contains(&entry.file_name()) {
                names.push(entry.file_name().to_owned());
            }
        }
        Ok(names)
    }

    /// Removes a file, a link or a whole folder, also one that holds read-only folders, as Go's module cache does.
    pub(super) fn remove(&self, name: &CStr) -> io::Result<()> {
        let stat = match self.look(name) {
            Ok(stat) => stat,
            Err(Errno::NOENT) => return Ok(()),
            Err(error) => return Err(error.into()),
        };
        let flags = if kind(&stat) == FileType::Directory {
            // Root needs no such right.
            if ours().uid != ROOT && stat.st_mode & 0o700 != 0o700 {
                rustix::fs::chmodat(&self.0, name, Mode::RWXU, AtFlags::empty())?;
            }
            let folder = match self.readable(name) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
                folder => Self(folder?),
            };
            folder.entries()?.iter().try_for_each(|name| folder.remove(name))?;
            AtFlags::REMOVEDIR
        } else {
            AtFlags::empty()
        };
        match rustix::fs::unlinkat(&self.0, name, flags) {
            Ok(()) | Err(Errno::NOENT) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// Removes a folder if it is empty. One that is not, or is not there, stays as it is.
    pub(super) fn remove_empty(&self, name: &CStr) -> io::Result<()> {
        match rustix::fs::unlinkat(&self.0, name, AtFlags::REMOVEDIR) {
            Ok(()) | Err(Errno::NOENT | Errno::NOTEMPTY | Errno::EXIST) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// Gives the folder and everything of root's in it to its new owner. Links are given and not followed; other
    /// file systems are not entered.
    pub(super) fn hand_over(&self, owner: Owner) -> io::Result<()> {
        let device = rustix::fs::fstat(&self.0)?.st_dev;
        hand(&self.0, owner)?;
        for name in self.entries()? {
            let flags = OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC;
            let entry = match rustix::fs::openat(&self.0, &name, flags, Mode::empty()) {
                Ok(entry) => entry,
                // Somebody removed it meanwhile.
                Err(Errno::NOENT) => continue,
                Err(error) => return Err(error.into()),
            };
            let stat = rustix::fs::fstat(&entry)?;
            if kind(&stat) != FileType::Directory {
                hand(&entry, owner)?;
            } else if stat.st_dev == device {
                Self(entry).hand_over(owner)?;
            }
        }
        Ok(())
    }
}

/// Gives what is open to somebody: only what is root's, since what was given to a third party stays so, and no file
/// with several names, since one may lie outside.
fn hand(what: impl AsFd, owner: Owner) -> io::Result<()> {
    let stat = rustix::fs::fstat(&what)?;
    if owner.uid == ROOT || stat.st_uid != ROOT || (kind(&stat) != FileType::Directory && stat.st_nlink > 1) {
        return Ok(());
    }
    let (uid, gid) = (Uid::from_raw(owner.uid), Gid::from_raw(owner.gid));
    Ok(rustix::fs::chownat(&what, c"", Some(uid), Some(gid), AtFlags::EMPTY_PATH)?)
}
