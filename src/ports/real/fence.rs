//! Folders in which others put files as well: what is written there follows no link. A commit may bring links, and
//! tests lay them while we run.

use std::sync::{Arc, PoisonError, RwLock};

use camino::{Utf8Path, Utf8PathBuf};

use super::files::{self, RealFiles, at, folder};
use super::folder::Folder;
use super::lock::lock;
use crate::ports::files::{FileError, Files, Held, Log, Meta, Pending, Source};

/// The folders in which no link is followed by what writes; every clone knows the same ones.
#[derive(Debug, Clone, Default)]
pub struct Fence(Arc<RwLock<Vec<Utf8PathBuf>>>);

impl Fence {
    /// Adds a folder by its real path.
    pub fn add(&self, root: &Utf8Path) {
        let mut roots = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if !roots.iter().any(|known| root.starts_with(known)) {
            roots.push(root.to_owned());
        }
    }

    /// The outermost folder that a path lies in. What is Git's own is not ours to judge.
    fn root_of(&self, path: &Utf8Path) -> Option<Utf8PathBuf> {
        let roots = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let around = |root: &&Utf8PathBuf| path.starts_with(root) && !path.starts_with(root.join(".git"));
        roots.iter().filter(around).min_by_key(|root| root.as_str().len()).cloned()
    }
}

/// The system's file system, with folders in which no link is followed by what writes.
#[derive(Debug, Clone, Default)]
pub struct FencedFiles {
    fence: Fence,
}

impl FencedFiles {
    /// Files with this fence.
    #[must_use]
    pub fn new(fence: Fence) -> Self {
        Self { fence }
    }

    /// A folder, made where it is missing.
    fn made(&self, dir: &Utf8Path) -> std::io::Result<Folder> {
        let Some(root) = self.fence.root_of(dir) else { return Folder::made(dir) };
        Folder::made(&root)?.make(dir.strip_prefix(&root).unwrap_or(dir))
    }

    /// A folder that is there.
    fn there(&self, dir: &Utf8Path) -> std::io::Result<Folder> {
        let Some(root) = self.fence.root_of(dir) else { return Folder::at(dir) };
        Folder::at(&root)?.below(dir.strip_prefix(&root).unwrap_or(dir))
    }
}

impl Files for FencedFiles {
    fn open(&self, path: &Utf8Path) -> Result<Box<dyn Source>, FileError> {
        RealFiles.open(path)
    }

    fn create(&self, path: &Utf8Path, executable: bool) -> Result<Box<dyn Pending>, FileError> {
        files::create(self.made(folder(path)).map_err(at(path))?, path, executable)
    }

    fn log(&self, path: &Utf8Path) -> Result<Box<dyn Log>, FileError> {
        files::log(&self.made(folder(path)).map_err(at(path))?, path)
    }

    fn lock(&self, path: &Utf8Path) -> Result<Option<Box<dyn Held>>, FileError> {
        lock(&self.made(folder(path)).map_err(at(path))?, path)
    }

    fn meta(&self, path: &Utf8Path) -> Result<Option<Meta>, FileError> {
        RealFiles.meta(path)
    }

    fn list(&self, dir: &Utf8Path) -> Result<Vec<String>, FileError> {
        RealFiles.list(dir)
    }

    fn make_dir(&self, dir: &Utf8Path) -> Result<(), FileError> {
        self.made(dir).map(drop).map_err(at(dir))
    }

    fn remove(&self, path: &Utf8Path) -> Result<(), FileError> {
        files::within(path, || self.there(folder(path)), Folder::remove)
    }

    fn remove_empty(&self, path: &Utf8Path) -> Result<(), FileError> {
        files::within(path, || self.there(folder(path)), Folder::remove_empty)
    }

    fn real_path(&self, path: &Utf8Path) -> Result<Utf8PathBuf, FileError> {
        RealFiles.real_path(path)
    }

    fn link(&self, path: &Utf8Path) -> Result<Utf8PathBuf, FileError> {
        RealFiles.link(path)
    }
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "links are laid as others would")]
mod tests {
    use std::io::Write as _;
    use std::os::unix::fs::symlink;

    use super::*;

    /// A fenced folder with a link `out` to one beside it that holds a file, and that folder.
    fn room() -> (tempfile::TempDir, Utf8PathBuf, Utf8PathBuf, FencedFiles) {
        let home = tempfile::tempdir().unwrap();
        let base = RealFiles.real_path(home.path().try_into().unwrap()).unwrap();
        let (root, away) = (base.join("root"), base.join("away"));
        RealFiles.write(&away.join("file"), b"theirs").unwrap();
        RealFiles.make_dir(&root).unwrap();
        symlink(&away, root.join("out")).unwrap();
        let fence = Fence::default();
        fence.add(&root);
        (home, root, away, FencedFiles::new(fence))
    }

    fn untouched(away: &Utf8Path) {
        assert_eq!(RealFiles.list(away).unwrap(), ["file"]);
        assert_eq!(RealFiles.read(&away.join("file"), 10).unwrap(), b"theirs");
    }

    #[test]
    fn nothing_is_written_through_a_link_on_the_way() {
        let (_home, root, away, files) = room();
        symlink("..", root.join("up")).unwrap();
        for way in ["out", "out/deeper", "up/away", "../away"] {
            let path = root.join(way).join("file");
            let errors = [
                files.write(&path, b"x").unwrap_err(),
                files.log(&path).err().unwrap(),
                files.lock(&path).err().unwrap(),
                files.make_dir(&root.join(way).join("new")).unwrap_err(),
            ];
            for error in errors {
                let said = error.to_string();
                assert!(
                    said.contains("is a symbolic link") || said.contains("leads upwards"),
                    "{way}: {said}"
                );
            }
            assert!(files.remove(&path).is_err(), "{way}");
            untouched(&away);
        }
    }

    #[test]
    fn a_link_in_place_of_a_file_is_replaced_or_refused() {
        let (_home, root, away, files) = room();
        for target in ["file", "new"] {
            let path = root.join("link");
            symlink(away.join(target), &path).unwrap();
            for error in [files.log(&path).err().unwrap(), files.lock(&path).err().unwrap()] {
                assert!(error.to_string().contains("`link` is a symbolic link"), "{error}");
            }
            files.write(&path, b"ours").unwrap();
            assert!(!files.meta(&path).unwrap().unwrap().is_link);
            files.remove(&path).unwrap();
            untouched(&away);
        }
        files.remove(&root.join("out")).unwrap();
        untouched(&away);
    }

    #[test]
    fn a_folder_that_is_exchanged_for_a_link_leads_nothing_astray() {
        let (_home, root, away, files) = room();
        let mut pending = files.create(&root.join("report/file"), false).unwrap();
        pending.write_all(b"ours").unwrap();
        std::fs::rename(root.join("report"), root.join("moved")).unwrap();
        symlink(&away, root.join("report")).unwrap();
        pending.commit().unwrap();
        assert_eq!(files.read(&root.join("moved/file"), 10).unwrap(), b"ours");
        untouched(&away);
        assert!(files.write(&root.join("report/file"), b"ours").is_err());
        drop(files.create(&root.join("moved/other"), false).unwrap());
        assert_eq!(files.list(&root.join("moved")).unwrap(), ["file"]);
    }

    #[test]
    fn a_folder_goes_only_while_it_is_empty() {
        let (_home, root, away, files) = room();
        let dir = root.join("dist");
        files.remove_empty(&dir).unwrap();
        files.write(&dir.join(".lock"), b"").unwrap();
        files.remove_empty(&dir).unwrap();
        assert_eq!(files.list(&dir).unwrap(), [".lock"]);
        files.remove(&dir.join(".lock")).unwrap();
        files.remove_empty(&dir).unwrap();
        assert!(files.meta(&dir).unwrap().is_none());
        assert!(files.remove_empty(&root.join("out")).is_err(), "a link is no folder");
        untouched(&away);
    }

    #[test]
    fn what_is_no_plain_file_is_not_written_to() {
        let (_home, root, _away, files) = room();
        rustix::fs::mknodat(
            rustix::fs::CWD,
            root.join("pipe").as_str(),
            rustix::fs::FileType::Fifo,
            rustix::fs::Mode::RWXU,
            0,
        )
        .unwrap();
        for error in
            [files.log(&root.join("pipe")).err().unwrap(), files.lock(&root.join("pipe")).err().unwrap()]
        {
            assert!(error.to_string().contains("no plain file"), "{error}");
        }
    }

    #[test]
    fn outside_of_the_fence_and_in_git_s_own_folder_links_are_the_machine_s() {
        let (_home, root, away, files) = room();
        RealFiles.make_dir(&root.join(".git")).unwrap();
        symlink(&away, root.join(".git/hooks")).unwrap();
        files.write(&root.join(".git/hooks/new"), b"x").unwrap();
        assert_eq!(RealFiles.list(&away).unwrap(), ["file", "new"]);
        let above = root.parent().unwrap();
        symlink("away", above.join("link")).unwrap();
        files.write(&above.join("link/deep/er"), b"x").unwrap();
        assert_eq!(RealFiles.list(&away).unwrap(), ["deep", "file", "new"]);
    }
}
