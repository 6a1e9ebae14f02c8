//! Whose files are whose. In a container we are root, and the checkout belongs to somebody else: what we
//! leave in it has to be theirs, or the next checkout cannot remove it.
#![expect(clippy::disallowed_methods, reason = "this is a part of the place that touches files")]

use std::fs::File;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::sync::{Mutex, PoisonError};

use camino::Utf8Path;

/// Root's user id.
const ROOT: u32 = 0;

/// A user and a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Owner {
    /// The user's id.
    pub uid: u32,
    /// The group's id.
    pub gid: u32,
}

/// The user and group of this process.
#[must_use]
pub fn ours() -> Owner {
    Owner { uid: rustix::process::geteuid().as_raw(), gid: rustix::process::getegid().as_raw() }
}

/// Whose this file or folder is; a link itself, not what it leads to.
///
/// # Errors
///
/// If it is not there.
pub fn of(path: &Utf8Path) -> io::Result<Owner> {
    std::fs::symlink_metadata(path).map(|meta| Owner { uid: meta.uid(), gid: meta.gid() })
}

/// Whom something new in this folder has to be given to: nobody, unless we are root in a folder of
/// somebody else's.
fn heir(folder: &Utf8Path) -> io::Result<Option<Owner>> {
    if ours().uid != ROOT {
        return Ok(None);
    }
    let owner = std::fs::metadata(folder).map(|meta| Owner { uid: meta.uid(), gid: meta.gid() })?;
    Ok((owner.uid != ROOT).then_some(owner))
}

/// Gives a file of ours to the owner of the folder that it lies in.
///
/// # Errors
///
/// If the system does not let us.
pub fn inherit(file: &File, folder: &Utf8Path) -> io::Result<()> {
    match heir(folder)? {
        // What is theirs or was given to a third party stays so.
        Some(owner) if file.metadata()?.uid() == ROOT => {
            std::os::unix::fs::fchown(file, Some(owner.uid), Some(owner.gid))
        }
        _ => Ok(()),
    }
}

/// Makes a folder with its parents; each new one belongs to the owner of the one that it lies in.
///
/// # Errors
///
/// If it cannot be made.
pub fn make_dir(path: &Utf8Path) -> io::Result<()> {
    /// Between its making and its giving a folder is root's, and so would be what somebody else makes in it.
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    let _alone = (ours().uid == ROOT).then(|| ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner));
    let mut missing = Vec::new();
    let mut next = Some(path);
    while let Some(dir) = next.filter(|dir| !dir.as_str().is_empty() && !dir.exists()) {
        missing.push(dir);
        next = dir.parent();
    }
    std::fs::create_dir_all(path)?;
    for dir in missing.iter().rev() {
        let parent = dir.parent().filter(|dir| !dir.as_str().is_empty()).unwrap_or(Utf8Path::new("."));
        if let Some(owner) = heir(parent)? {
            std::os::unix::fs::lchown(dir, Some(owner.uid), Some(owner.gid))?;
        }
    }
    Ok(())
}

/// Gives everything of root's in a folder to its new owner: what children and servers left there. Links
/// are given and not followed; other file systems are not entered.
///
/// # Errors
///
/// If the folder cannot be read, or the system does not let us.
pub fn hand_over(folder: &Utf8Path, owner: Owner) -> io::Result<()> {
    if ours().uid != ROOT || owner.uid == ROOT || !folder.exists() {
        return Ok(());
    }
    for entry in
        walkdir::WalkDir::new(folder).follow_links(false).follow_root_links(false).same_file_system(true)
    {
        let entry = match entry {
            Ok(entry) => entry,
            // Somebody removed it meanwhile.
            Err(error) if error.io_error().is_some_and(|io| io.kind() == io::ErrorKind::NotFound) => continue,
            Err(error) => return Err(error.into()),
        };
        let meta = entry.metadata().map_err(io::Error::from)?;
        // A file with several names may have one outside.
        if meta.uid() == ROOT && (meta.is_dir() || meta.nlink() == 1) {
            std::os::unix::fs::lchown(entry.path(), Some(owner.uid), Some(owner.gid))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ports::Files as _;
    use crate::ports::real::RealFiles;

    /// The tests run as root wherever containers are tested; elsewhere nothing may change hands.
    fn room(uid: u32) -> (tempfile::TempDir, camino::Utf8PathBuf, u32) {
        let dir = tempfile::tempdir().unwrap();
        let path = camino::Utf8PathBuf::try_from(dir.path().to_owned()).unwrap();
        let uid = if ours().uid == ROOT { uid } else { ours().uid };
        std::os::unix::fs::chown(&path, Some(uid), None).unwrap();
        (dir, path, uid)
    }

    #[test]
    fn what_root_makes_belongs_to_the_folders_owner() {
        let (_dir, room, uid) = room(1001);
        RealFiles.write(&room.join("a/b/file"), b"x").unwrap();
        RealFiles.log(&room.join("c/log")).unwrap().append(b"x").unwrap();
        let _held = RealFiles.lock(&room.join("d/lock")).unwrap().unwrap();
        for path in ["a", "a/b", "a/b/file", "c", "c/log", "d", "d/lock"] {
            assert_eq!(of(&room.join(path)).unwrap().uid, uid, "{path}");
        }
    }

    #[test]
    fn folders_made_at_the_same_moment_belong_to_the_folders_owner() {
        for _ in 0..50 {
            let (_dir, room, uid) = room(1001);
            let start = std::sync::Barrier::new(8);
            std::thread::scope(|scope| {
                for name in 0..8 {
                    let (room, start) = (&room, &start);
                    scope.spawn(move || {
                        start.wait();
                        make_dir(&room.join(format!("a/b/c/d/e/f/{name}"))).unwrap();
                    });
                }
            });
            for name in 0..8 {
                assert_eq!(of(&room.join(format!("a/b/c/d/e/f/{name}"))).unwrap().uid, uid, "{name}");
            }
        }
    }

    #[test]
    fn what_others_left_is_handed_over() {
        let (_dir, room, uid) = room(1001);
        std::fs::create_dir_all(room.join("deep/er")).unwrap();
        std::fs::write(room.join("deep/er/file"), "x").unwrap();
        std::os::unix::fs::symlink("/etc/hostname", room.join("deep/link")).unwrap();
        let before = of(Utf8Path::new("/etc/hostname")).unwrap();
        hand_over(&room, of(&room).unwrap()).unwrap();
        for path in ["deep", "deep/er", "deep/er/file", "deep/link"] {
            assert_eq!(of(&room.join(path)).unwrap().uid, uid, "{path}");
        }
        assert_eq!(of(Utf8Path::new("/etc/hostname")).unwrap(), before);
        hand_over(&room.join("never"), before).unwrap();
    }
}
