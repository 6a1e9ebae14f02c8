//! The file system of this machine.
#![expect(clippy::disallowed_methods, reason = "this is the one place that touches files")]

use std::ffi::{CStr, CString};
use std::fs::File;
use std::io::{self, BufWriter, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::{MetadataExt, PermissionsExt};

use camino::{Utf8Path, Utf8PathBuf};

use super::folder::Folder;
use super::lock::lock;
use crate::kit::random::token;
use crate::ports::files::{FileError, Files, Held, Log, Meta, Pending, Source, Stamp};

/// Bytes gathered before they are given to the system.
const BUFFER: usize = 256 * 1024;

/// The system's file system.
#[derive(Debug, Clone, Copy, Default)]
pub struct RealFiles;

/// Gives an error its path.
pub(super) fn at(path: &Utf8Path) -> impl Fn(io::Error) -> FileError {
    move |source| FileError { path: path.to_owned(), source }
}

/// The folder of a path, `.` for a bare name.
pub(super) fn folder(path: &Utf8Path) -> &Utf8Path {
    path.parent().filter(|dir| !dir.as_str().is_empty()).unwrap_or(Utf8Path::new("."))
}

/// The last name of a path.
pub(super) fn name(path: &Utf8Path) -> Result<&str, FileError> {
    path.file_name().ok_or_else(|| at(path)(io::ErrorKind::InvalidInput.into()))
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
        create(Folder::made(folder(path)).map_err(at(path))?, path, executable)
    }

    fn log(&self, path: &Utf8Path) -> Result<Box<dyn Log>, FileError> {
        log(&Folder::made(folder(path)).map_err(at(path))?, path)
    }

    fn lock(&self, path: &Utf8Path) -> Result<Option<Box<dyn Held>>, FileError> {
        lock(&Folder::made(folder(path)).map_err(at(path))?, path)
    }

    fn meta(&self, path: &Utf8Path) -> Result<Option<Meta>, FileError> {
        match std::fs::symlink_metadata(path) {
            Ok(meta) => Ok(Some(Meta {
                len: meta.len(),
                is_dir: meta.is_dir(),
                is_link: meta.is_symlink(),
                is_executable: meta.is_file() && meta.permissions().mode() & 0o100 != 0,
                modified: meta.modified().ok(), // some file systems keep no such time
                stamp: Stamp {
                    file: (meta.dev(), meta.ino()),
                    changed: (meta.ctime(), meta.ctime_nsec()),
                    len: meta.len(),
                },
            })),
            // A file stands where a folder is named, or the name is longer than any may be: there is nothing at this
            // path either.
            Err(error)
                if matches!(
                    error.kind(),
                    io::ErrorKind::NotFound | io::ErrorKind::NotADirectory | io::ErrorKind::InvalidFilename
                ) =>
            {
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
        Folder::made(dir).map(drop).map_err(at(dir))
    }

    fn remove(&self, path: &Utf8Path) -> Result<(), FileError> {
        within(path, || Folder::at(folder(path)), Folder::remove)
    }

    fn remove_empty(&self, path: &Utf8Path) -> Result<(), FileError> {
        within(path, || Folder::at(folder(path)), Folder::remove_empty)
    }

    fn real_path(&self, path: &Utf8Path) -> Result<Utf8PathBuf, FileError> {
        path.canonicalize_utf8().map_err(at(path))
    }

    fn link(&self, path: &Utf8Path) -> Result<Utf8PathBuf, FileError> {
        let target = std::fs::read_link(path).map_err(at(path))?;
        // For people only: nobody goes there.
        Ok(target.to_string_lossy().into_owned().into())
    }
}

/// Begins a file in its folder.
pub(super) fn create(
    folder: Folder,
    path: &Utf8Path,
    executable: bool,
) -> Result<Box<dyn Pending>, FileError> {
    let name = name(path)?;
    let (temp, file) = Temp::new(folder, name).map_err(at(path))?;
    Ok(Box::new(RealPending {
        writer: BufWriter::with_capacity(BUFFER, file),
        temp,
        path: path.to_owned(),
        mode: if executable { 0o755 } else { 0o644 },
    }))
}

/// Opens a file of a folder to append to.
pub(super) fn log(folder: &Folder, path: &Utf8Path) -> Result<Box<dyn Log>, FileError> {
    let mut file = folder.open_or_create(name(path)?).map_err(at(path))?;
    cut_torn_line(&mut file).map_err(at(path))?;
    folder.sync().map_err(at(path))?;
    Ok(Box::new(RealLog { file, path: path.to_owned() }))
}

/// Does something with a name in its folder if there is one.
pub(super) fn within(
    path: &Utf8Path,
    open: impl FnOnce() -> io::Result<Folder>,
    work: impl FnOnce(&Folder, &CStr) -> io::Result<()>,
) -> Result<(), FileError> {
    match open() {
        Ok(folder) => {
            let name = CString::new(name(path)?).map_err(|error| at(path)(error.into()))?;
            work(&folder, &name).map_err(at(path))
        }
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
            Ok(())
        }
        Err(error) => Err(at(path)(error)),
    }
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

/// The name that a file has until it has its place, in the folder of the one that it becomes; removed if it never
/// comes to that.
struct Temp {
    folder: Folder,
    name: String,
    is_placed: bool,
}

impl Temp {
    /// The name, and the new file.
    fn new(folder: Folder, becomes: &str) -> io::Result<(Self, File)> {
        loop {
            let name = format!(".{becomes}.{}.part", &token()[..6]);
            match folder.create_new(&name) {
                Ok(file) => return Ok((Self { folder, name, is_placed: false }, file)),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error),
            }
        }
    }
}

impl Drop for Temp {
    fn drop(&mut self) {
        if !self.is_placed
            && let Ok(name) = CString::new(self.name.as_str())
            && let Err(error) = self.folder.remove(&name)
        {
            tracing::debug!(%error, "a file that is not needed stays");
        }
    }
}

/// A file that is being written.
struct RealPending {
    writer: BufWriter<File>,
    temp: Temp,
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
        let temp = self.put(File::sync_all)?;
        temp.folder.sync().map_err(at(&path))
    }

    fn place(self: Box<Self>) -> Result<(), FileError> {
        self.put(|_| Ok(())).map(drop)
    }
}

impl RealPending {
    /// Puts the file in its place.
    fn put(self, last: impl FnOnce(&File) -> io::Result<()>) -> Result<Temp, FileError> {
        let Self { writer, mut temp, path, mode } = self;
        let file = writer.into_inner().map_err(|error| at(&path)(error.into_error()))?;
        file.set_permissions(std::fs::Permissions::from_mode(mode)).map_err(at(&path))?;
        last(&file).map_err(at(&path))?;
        temp.folder.rename(&temp.name, name(&path)?).map_err(at(&path))?;
        temp.is_placed = true;
        Ok(temp)
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
