//! The file system of this machine.
#![expect(clippy::disallowed_methods, reason = "this is the one place that touches files")]

use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::PermissionsExt;

use camino::{Utf8Path, Utf8PathBuf};
use rustix::fs::FlockOperation;
use tempfile::NamedTempFile;

use super::owner;
use crate::ports::files::{FileError, Files, Held, Log, Meta, Pending, Source};

/// Bytes gathered before they are given to the system.
const BUFFER: usize = 256 * 1024;

/// The system's file system.
#[derive(Debug, Clone, Copy, Default)]
pub struct RealFiles;

/// Gives an error its path.
fn at(path: &Utf8Path) -> impl Fn(io::Error) -> FileError {
    move |source| FileError { path: path.to_owned(), source }
}

/// The folder of a path, `.` for a bare name.
fn folder(path: &Utf8Path) -> &Utf8Path {
    path.parent().filter(|dir| !dir.as_str().is_empty()).unwrap_or(Utf8Path::new("."))
}

/// Returns once the names in a folder are on the disk.
fn sync_folder(dir: &Utf8Path) -> Result<(), FileError> {
    File::open(dir).and_then(|dir| dir.sync_all()).map_err(at(dir))
}

impl Files for RealFiles {
    fn open(&self, path: &Utf8Path) -> Result<Box<dyn Source>, FileError> {
        let file = File::open(path).map_err(at(path))?;
        // Opening a folder works on Unix; only reading it would fail, with words that do not help.
        if file.metadata().map_err(at(path))?.is_dir() {
            return Err(at(path)(io::Error::from(io::ErrorKind::IsADirectory)));
        }
        Ok(Box::new(file))
    }

    fn create(&self, path: &Utf8Path, executable: bool) -> Result<Box<dyn Pending>, FileError> {
        let dir = folder(path);
        self.make_dir(dir)?;
        let prefix = format!(".{}.", path.file_name().unwrap_or("file"));
        let temp =
            tempfile::Builder::new().prefix(&prefix).suffix(".part").tempfile_in(dir).map_err(at(path))?;
        // At once, since we may be killed before it has its place.
        owner::inherit(temp.as_file(), dir).map_err(at(path))?;
        Ok(Box::new(RealPending {
            writer: BufWriter::with_capacity(BUFFER, temp),
            path: path.to_owned(),
            mode: if executable { 0o755 } else { 0o644 },
        }))
    }

    fn log(&self, path: &Utf8Path) -> Result<Box<dyn Log>, FileError> {
        let dir = folder(path);
        self.make_dir(dir)?;
        let mut file =
            OpenOptions::new().read(true).append(true).create(true).open(path).map_err(at(path))?;
        owner::inherit(&file, dir).map_err(at(path))?;
        cut_torn_line(&mut file).map_err(at(path))?;
        sync_folder(dir)?;
        Ok(Box::new(RealLog { file, path: path.to_owned() }))
    }

    fn lock(&self, path: &Utf8Path) -> Result<Option<Box<dyn Held>>, FileError> {
        self.make_dir(folder(path))?;
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(path)
            .map_err(at(path))?;
        owner::inherit(&file, folder(path)).map_err(at(path))?;
        match rustix::fs::flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => Ok(Some(Box::new(RealHeld { _file: file }))),
            Err(rustix::io::Errno::WOULDBLOCK) => Ok(None),
            Err(error) => Err(at(path)(error.into())),
        }
    }

    fn meta(&self, path: &Utf8Path) -> Result<Option<Meta>, FileError> {
        match std::fs::symlink_metadata(path) {
            Ok(meta) => Ok(Some(Meta {
                len: meta.len(),
                is_dir: meta.is_dir(),
                is_link: meta.is_symlink(),
                is_executable: meta.is_file() && meta.permissions().mode() & 0o100 != 0,
                modified: meta.modified().ok(), // some file systems keep no such time
            })),
            // A file stands where a folder is named: there is nothing at this path either.
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
                Ok(None)
            }
            Err(error) => Err(at(path)(error)),
        }
    }

    fn list(&self, dir: &Utf8Path) -> Result<Vec<String>, FileError> {
        let mut names = Vec::new();
        for entry in std::fs::read_dir(dir).map_err(at(dir))? {
            let name = entry.map_err(at(dir))?.file_name();
            let name = name.into_string().map_err(|name| {
                at(dir)(io::Error::new(
                    io::ErrorKind::InvalidData,
                    format!("holds a file whose name is not UTF-8: {}", name.display()),
                ))
            })?;
            names.push(name);
        }
        names.sort_unstable();
        Ok(names)
    }

    fn make_dir(&self, dir: &Utf8Path) -> Result<(), FileError> {
        owner::make_dir(dir).map_err(at(dir))
    }

    fn remove(&self, path: &Utf8Path) -> Result<(), FileError> {
        let Some(meta) = self.meta(path)? else { return Ok(()) };
        let removed = if meta.is_dir { remove_folder(path) } else { std::fs::remove_file(path) };
        match removed {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            other => other.map_err(at(path)),
        }
    }

    fn real_path(&self, path: &Utf8Path) -> Result<Utf8PathBuf, FileError> {
        path.canonicalize_utf8().map_err(at(path))
    }
}

/// Removes a folder, also one that holds read-only folders, as Go's module cache does.
fn remove_folder(path: &Utf8Path) -> io::Result<()> {
    match std::fs::remove_dir_all(path) {
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {}
        other => return other,
    }
    for entry in walkdir::WalkDir::new(path).follow_links(false).follow_root_links(false) {
        let entry = entry.map_err(io::Error::from)?;
        if entry.file_type().is_dir() {
            std::fs::set_permissions(entry.path(), std::fs::Permissions::from_mode(0o700))?;
        }
    }
    std::fs::remove_dir_all(path)
}

/// Cuts off what follows the last line feed.
fn cut_torn_line(file: &mut File) -> io::Result<()> {
    let len = file.seek(SeekFrom::End(0))?;
    let mut end = len;
    let mut block = vec![0_u8; 8 * 1024];
    while end > 0 {
        let start = end.saturating_sub(block.len() as u64);
        file.seek(SeekFrom::Start(start))?;
        let part = &mut block[..usize::try_from(end - start).expect("a block's length fits")];
        file.read_exact(part)?;
        if let Some(position) = part.iter().rposition(|byte| *byte == b'\n') {
            end = start + position as u64 + 1;
            break;
        }
        end = start;
    }
    if end < len {
        file.set_len(end)?;
        file.sync_data()?;
    }
    Ok(())
}

/// A temporary file in the folder of the file that it becomes.
struct RealPending {
    writer: BufWriter<NamedTempFile>,
    path: Utf8PathBuf,
    mode: u32,
}

impl Write for RealPending {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.writer.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.writer.flush()
    }
}

impl Pending for RealPending {
    fn commit(self: Box<Self>) -> Result<(), FileError> {
        let path = self.path.clone();
        self.put(|file| file.sync_all())?;
        sync_folder(folder(&path))
    }

    fn place(self: Box<Self>) -> Result<(), FileError> {
        self.put(|_| Ok(()))
    }
}

impl RealPending {
    fn put(self, last: impl FnOnce(&File) -> io::Result<()>) -> Result<(), FileError> {
        let Self { writer, path, mode } = self;
        let temp = writer.into_inner().map_err(|error| at(&path)(error.into_error()))?;
        let file = temp.as_file();
        file.set_permissions(std::fs::Permissions::from_mode(mode)).map_err(at(&path))?;
        last(file).map_err(at(&path))?;
        temp.persist(&path).map_err(|error| at(&path)(error.error))?;
        Ok(())
    }
}

/// A file open for appending.
struct RealLog {
    file: File,
    path: Utf8PathBuf,
}

impl Log for RealLog {
    fn append(&mut self, bytes: &[u8]) -> Result<(), FileError> {
        self.file.write_all(bytes).map_err(at(&self.path))
    }

    fn sync(&mut self) -> Result<(), FileError> {
        self.file.sync_data().map_err(at(&self.path))
    }
}

/// An open file with a lock, which the system gives back when it is closed, however we end.
struct RealHeld {
    _file: File,
}

impl Held for RealHeld {}

#[cfg(test)]
mod tests {
    use super::*;

    fn room() -> (tempfile::TempDir, Utf8PathBuf) {
        let dir = tempfile::tempdir().unwrap();
        let path = Utf8PathBuf::try_from(dir.path().to_owned()).unwrap();
        (dir, path)
    }

    #[test]
    fn a_file_appears_whole_or_not_at_all() {
        let (_dir, room) = room();
        let path = room.join("deep/er/file");
        RealFiles.write(&path, b"old").unwrap();
        let mut pending = RealFiles.create(&path, true).unwrap();
        pending.write_all(b"new").unwrap();
        assert_eq!(RealFiles.read(&path, 10).unwrap(), b"old");
        drop(pending);
        assert_eq!(RealFiles.list(&room.join("deep/er")).unwrap(), ["file"]);

        let mut pending = RealFiles.create(&path, true).unwrap();
        pending.write_all(b"new").unwrap();
        pending.commit().unwrap();
        assert_eq!(RealFiles.read(&path, 3).unwrap(), b"new");
        assert!(RealFiles.meta(&path).unwrap().unwrap().is_executable);
        assert!(RealFiles.read(&path, 2).unwrap_err().to_string().contains("longer than 2 bytes"));
    }

    #[test]
    fn modes_are_exact() {
        let (_dir, room) = room();
        RealFiles.write(&room.join("plain"), b"").unwrap();
        RealFiles.create(&room.join("tool"), true).unwrap().commit().unwrap();
        for (name, mode) in [("plain", 0o644), ("tool", 0o755)] {
            let permissions = std::fs::symlink_metadata(room.join(name)).unwrap().permissions();
            assert_eq!(permissions.mode() & 0o7777, mode, "{name}");
        }
    }

    #[test]
    fn a_torn_last_line_is_cut_off() {
        let (_dir, room) = room();
        let path = room.join("log");
        let torn = [b"one\n".to_vec(), b"two\n".to_vec(), vec![b'x'; 20_000]].concat();
        RealFiles.write(&path, &torn).unwrap();
        let mut log = RealFiles.log(&path).unwrap();
        log.append(b"three\n").unwrap();
        log.sync().unwrap();
        assert_eq!(RealFiles.read(&path, 100).unwrap(), b"one\ntwo\nthree\n");

        RealFiles.write(&path, b"no line at all").unwrap();
        RealFiles.log(&path).unwrap().append(b"a\n").unwrap();
        assert_eq!(RealFiles.read(&path, 100).unwrap(), b"a\n");
    }

    #[test]
    fn a_lock_has_one_holder() {
        let (_dir, room) = room();
        let path = room.join("lock");
        let held = RealFiles.lock(&path).unwrap().unwrap();
        assert!(RealFiles.lock(&path).unwrap().is_none());
        drop(held);
        assert!(RealFiles.lock(&path).unwrap().is_some());
    }

    #[test]
    fn removing_spares_what_links_lead_to() {
        let (_dir, room) = room();
        RealFiles.write(&room.join("kept/file"), b"kept").unwrap();
        RealFiles.make_dir(&room.join("gone/read-only")).unwrap();
        std::os::unix::fs::symlink(room.join("kept"), room.join("gone/link")).unwrap();
        std::os::unix::fs::symlink(room.join("kept"), room.join("link")).unwrap();
        RealFiles.write(&room.join("gone/read-only/file"), b"x").unwrap();
        let closed = std::fs::Permissions::from_mode(0o555);
        std::fs::set_permissions(room.join("gone/read-only"), closed).unwrap();

        assert!(RealFiles.meta(&room.join("link")).unwrap().unwrap().is_link);
        for name in ["gone", "link", "never"] {
            RealFiles.remove(&room.join(name)).unwrap();
        }
        assert_eq!(RealFiles.list(&room).unwrap(), ["kept"]);
        assert_eq!(RealFiles.list(&room.join("kept")).unwrap(), ["file"]);
    }

    #[test]
    fn says_which_file_is_missing() {
        let (_dir, room) = room();
        let error = RealFiles.open(&room.join("none")).err().unwrap();
        assert!(error.is_missing() && error.to_string().contains("none: "), "{error}");
        assert!(RealFiles.open(&room).is_err());
        assert_eq!(RealFiles.meta(&room.join("none/deeper")).unwrap(), None);
    }
}
