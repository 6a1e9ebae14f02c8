//! Files.

use std::io::{ErrorKind, Read, Seek, Write};
use std::time::SystemTime;

use camino::{Utf8Path, Utf8PathBuf};

use crate::model::{Digest, Hasher};

/// Why a file could not be used.
#[derive(Debug, thiserror::Error)]
#[error("{path}: {source}")]
pub struct FileError {
    /// The file.
    pub path: Utf8PathBuf,
    /// The system's words.
    #[source]
    pub source: std::io::Error,
}

impl FileError {
    /// True if there is no such file.
    #[must_use]
    pub fn is_missing(&self) -> bool {
        self.source.kind() == std::io::ErrorKind::NotFound
    }
}

impl From<FileError> for crate::model::Problem {
    fn from(error: FileError) -> Self {
        let problem = Self::new(format!("cannot use {}", error.path)).caused_by(&error.source);
        match error.source.kind() {
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded => {
                problem.fix("make room on that disk, then run again: what is done already is taken over")
            }
            ErrorKind::PermissionDenied => problem.fix(format!(
                "give this user the right to use it (`ls -ld {}` shows whose it is), then run again",
                error.path
            )),
            ErrorKind::ReadOnlyFilesystem => problem
                .fix("that file system takes no changes: mount it writable; on the command line, --dist DIR names another folder"),
            _ => problem,
        }
    }
}

/// What is known of a path without reading it. Links are not followed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Meta {
    /// Length in bytes.
    pub len: u64,
    /// A folder.
    pub is_dir: bool,
    /// A symbolic link.
    pub is_link: bool,
    /// Executable by its owner.
    pub is_executable: bool,
    /// Last change.
    pub modified: Option<SystemTime>,
    /// What no write leaves as it was.
    pub stamp: Stamp,
}

/// Which file it is, and when anything of it was last changed, as the system itself notes it: nobody can set that
/// time back. A file that was written and restored has another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stamp {
    /// The device and the number of the file on it.
    pub file: (u64, u64),
    /// The time in seconds, and its nanoseconds.
    pub changed: (i64, i64),
    /// Its length in bytes.
    pub len: u64,
}

/// Something to read from and to jump in.
pub trait Source: Read + Seek + Send {}
impl<T: Read + Seek + Send> Source for T {}

/// A file being written under another name. It takes its place at the end only, whole; dropped before
/// that, it leaves nothing.
pub trait Pending: Write + Send {
    /// Puts the file in its place and waits until the disk has it.
    ///
    /// # Errors
    ///
    /// If it cannot be written out or renamed.
    fn commit(self: Box<Self>) -> Result<(), FileError>;

    /// Puts the file in its place. If the power fails soon after, it may be torn or gone: for what is made
    /// again then, because everybody who uses it compares its digest first.
    ///
    /// # Errors
    ///
    /// If it cannot be written out or renamed.
    fn place(self: Box<Self>) -> Result<(), FileError>;
}

/// A file that only grows.
pub trait Log: Send {
    /// Adds these bytes.
    ///
    /// # Errors
    ///
    /// If they cannot be written.
    fn append(&mut self, bytes: &[u8]) -> Result<(), FileError>;

    /// Returns once everything added is on the disk.
    ///
    /// # Errors
    ///
    /// If the system cannot promise that.
    fn sync(&mut self) -> Result<(), FileError>;
}

/// Holds a lock until it is dropped.
pub trait Held: Send {}

/// The file system.
pub trait Files: Send + Sync {
    /// Opens a file for reading.
    ///
    /// # Errors
    ///
    /// If it is not there or not readable.
    fn open(&self, path: &Utf8Path) -> Result<Box<dyn Source>, FileError>;

    /// Begins a file; folders above it are made. `executable` sets the mode to 0755, else 0644.
    ///
    /// # Errors
    ///
    /// If it cannot be begun.
    fn create(&self, path: &Utf8Path, executable: bool) -> Result<Box<dyn Pending>, FileError>;

    /// Opens a file to append to, making it where it is missing; the whole lines that it holds stay,
    /// a torn last one (without a line feed) is cut off.
    ///
    /// # Errors
    ///
    /// If it cannot be opened.
    fn log(&self, path: &Utf8Path) -> Result<Box<dyn Log>, FileError>;

    /// Takes an exclusive lock on a file, which is made where missing. `None`: another process has it.
    ///
    /// # Errors
    ///
    /// If the file cannot be opened.
    fn lock(&self, path: &Utf8Path) -> Result<Option<Box<dyn Held>>, FileError>;

    /// What is known of a path; `None` if there is nothing.
    ///
    /// # Errors
    ///
    /// If the system will not say.
    fn meta(&self, path: &Utf8Path) -> Result<Option<Meta>, FileError>;

    /// The names in a folder, sorted; only those that are UTF-8 are legal.
    ///
    /// # Errors
    ///
    /// If it is no readable folder or a name is not UTF-8.
    fn list(&self, dir: &Utf8Path) -> Result<Vec<String>, FileError>;

    /// Makes a folder and those above it.
    ///
    /// # Errors
    ///
    /// If it cannot be made.
    fn make_dir(&self, dir: &Utf8Path) -> Result<(), FileError>;

    /// Removes a file or a whole folder; what is not there is removed already. Links are not followed.
    ///
    /// # Errors
    ///
    /// If it is there and cannot be removed.
    fn remove(&self, path: &Utf8Path) -> Result<(), FileError>;

    /// Removes a folder if it is empty. One that is not, or is not there, stays as it is.
    ///
    /// # Errors
    ///
    /// If it is empty and cannot be removed.
    fn remove_empty(&self, path: &Utf8Path) -> Result<(), FileError>;

    /// The real path, all links followed.
    ///
    /// # Errors
    ///
    /// If it is not there.
    fn real_path(&self, path: &Utf8Path) -> Result<Utf8PathBuf, FileError>;

    /// Where a link leads, as it is written in it.
    ///
    /// # Errors
    ///
    /// If there is no link.
    fn link(&self, path: &Utf8Path) -> Result<Utf8PathBuf, FileError>;

    /// Reads a whole file of at most `most` bytes.
    ///
    /// # Errors
    ///
    /// If it cannot be read or is longer.
    fn read(&self, path: &Utf8Path, most: u64) -> Result<Vec<u8>, FileError> {
        let fail = |source| FileError { path: path.to_owned(), source };
        let mut bytes = Vec::new();
        self.open(path)?.take(most.saturating_add(1)).read_to_end(&mut bytes).map_err(fail)?;
        if bytes.len() as u64 > most {
            return Err(fail(std::io::Error::other(format!("is longer than {most} bytes"))));
        }
        Ok(bytes)
    }

    /// Writes a whole file at once: it is there with all its bytes, or as it was.
    ///
    /// # Errors
    ///
    /// If it cannot be written.
    fn write(&self, path: &Utf8Path, bytes: &[u8]) -> Result<(), FileError> {
        let mut pending = self.create(path, false)?;
        pending.write_all(bytes).map_err(|source| FileError { path: path.to_owned(), source })?;
        pending.commit()
    }

    /// Length and digest of a file.
    ///
    /// # Errors
    ///
    /// If it cannot be read.
    fn digest(&self, path: &Utf8Path) -> Result<(u64, Digest), FileError> {
        let mut hasher = Hasher::default();
        blocks(self.open(path)?.as_mut(), path, |block| {
            hasher.update(block);
            Ok(())
        })?;
        Ok((hasher.bytes(), hasher.finish()))
    }

    /// Copies a file, hashing on the way, into one that the caller commits or drops; with its length and
    /// digest.
    ///
    /// # Errors
    ///
    /// If one cannot be read or the other not written; the error names which.
    fn copy(
        &self,
        from: &Utf8Path,
        to: &Utf8Path,
        executable: bool,
    ) -> Result<(Box<dyn Pending>, u64, Digest), FileError> {
        let mut source = self.open(from)?;
        let mut pending = self.create(to, executable)?;
        let mut hasher = Hasher::default();
        blocks(source.as_mut(), from, |block| {
            hasher.update(block);
            pending.write_all(block).map_err(|source| FileError { path: to.to_owned(), source })
        })?;
        Ok((pending, hasher.bytes(), hasher.finish()))
    }
}

/// Hands on a file's bytes block by block.
fn blocks(
    source: &mut dyn Source,
    path: &Utf8Path,
    mut each: impl FnMut(&[u8]) -> Result<(), FileError>,
) -> Result<(), FileError> {
    let mut buffer = vec![0_u8; 256 * 1024];
    loop {
        let count = source.read(&mut buffer).map_err(|source| FileError { path: path.to_owned(), source })?;
        if count == 0 {
            return Ok(());
        }
        each(&buffer[..count])?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Problem;

    #[test]
    fn says_what_to_do_where_the_system_refuses() {
        for (kind, words) in [
            (ErrorKind::StorageFull, "make room"),
            (ErrorKind::PermissionDenied, "ls -ld dist/a"),
            (ErrorKind::ReadOnlyFilesystem, "--dist DIR"),
        ] {
            let problem = Problem::from(FileError { path: "dist/a".into(), source: kind.into() });
            assert!(problem.fix.unwrap().contains(words), "{words}");
        }
    }
}
