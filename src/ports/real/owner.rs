//! Whose files are whose. In a container we are root, and the checkout belongs to somebody else: what we
//! leave in it has to be theirs, or the next checkout cannot remove it.
#![expect(clippy::disallowed_methods, reason = "this is a part of the place that touches files")]

use std::io;
use std::os::unix::fs::MetadataExt;

use camino::Utf8Path;

use super::folder::Folder;

/// Root's user id.
pub(super) const ROOT: u32 = 0;

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

/// Gives everything of root's in a folder to its new owner: what children and servers left there. Links are given
/// and not followed, nor is one on the way where the folder lies below `top`; other file systems are not entered.
///
/// # Errors
///
/// If the folder cannot be read, or the system does not let us.
pub fn hand_over(top: &Utf8Path, folder: &Utf8Path, owner: Owner) -> io::Result<()> {
    if ours().uid != ROOT || owner.uid == ROOT {
        return Ok(());
    }
    let opened = match folder.strip_prefix(top) {
        Ok(way) => Folder::at(top).and_then(|top| top.below(way)),
        Err(_) => Folder::at(folder),
    };
    match opened {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        opened => opened?.hand_over(owner),
    }
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
                        RealFiles.make_dir(&room.join(format!("a/b/c/d/e/f/{name}"))).unwrap();
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
        // A file with several names may have one outside.
        std::fs::write(room.join("deep/two"), "x").unwrap();
        std::fs::hard_link(room.join("deep/two"), room.join("deep/names")).unwrap();
        let names = of(&room.join("deep/names")).unwrap();
        hand_over(&room, &room, of(&room).unwrap()).unwrap();
        assert_eq!(of(&room.join("deep/names")).unwrap(), names);
        for path in ["deep", "deep/er", "deep/er/file", "deep/link"] {
            assert_eq!(of(&room.join(path)).unwrap().uid, uid, "{path}");
        }
        assert_eq!(of(Utf8Path::new("/etc/hostname")).unwrap(), before);
        hand_over(&room, &room.join("never"), Owner { uid, ..before }).unwrap();
    }

    #[test]
    fn nothing_is_handed_over_behind_a_link() {
        let (_dir, room, uid) = room(1001);
        std::fs::create_dir_all(room.join("away/deep")).unwrap();
        std::fs::create_dir(room.join("top")).unwrap();
        std::os::unix::fs::symlink(room.join("away"), room.join("top/dist")).unwrap();
        let before = of(&room.join("away/deep")).unwrap();
        for folder in ["top/dist", "top/dist/deep"] {
            let handed = hand_over(&room.join("top"), &room.join(folder), Owner { uid, gid: uid });
            assert_eq!(handed.is_err(), ours().uid == ROOT, "{folder}");
        }
        assert_eq!(of(&room.join("away/deep")).unwrap(), before);
    }
}
