//! The files through which a step speaks to the runner: they are its own, and only added to.
#![expect(clippy::disallowed_methods, reason = "this is the one place that adds to the runner's files")]

use std::fs::OpenOptions;
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};

use camino::Utf8Path;

use crate::ports::files::FileError;

/// Adds lines to the end. What stands there is kept as it is; where its last line has no end, ours begin on a new
/// one.
///
/// # Errors
///
/// If there is no such folder, or the file cannot be written.
pub fn append(path: &Utf8Path, lines: &str) -> Result<(), FileError> {
    add(path, lines).map_err(|source| FileError { path: path.to_owned(), source })
}

fn add(path: &Utf8Path, lines: &str) -> io::Result<()> {
    let mut file = OpenOptions::new().read(true).append(true).create(true).open(path)?;
    let mut last = [b'\n'];
    if file.seek(SeekFrom::End(0))? > 0 {
        file.seek(SeekFrom::End(-1))?;
        file.read_exact(&mut last)?;
    }
    let begin = if last == [b'\n'] { "" } else { "\n" };
    // In one go: the runner may be reading.
    file.write_all(format!("{begin}{lines}").as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_there_stays() {
        let home = tempfile::tempdir().unwrap();
        let dir = Utf8Path::from_path(home.path()).unwrap();
        let file = dir.join("output");
        append(&file, "a=1\n").unwrap();
        append(&file, "b=2\n").unwrap();
        assert_eq!(std::fs::read_to_string(&file).unwrap(), "a=1\nb=2\n");
        std::fs::write(&file, "a=1\ntorn=y").unwrap();
        append(&file, "b=2\n").unwrap();
        assert_eq!(std::fs::read_to_string(&file).unwrap(), "a=1\ntorn=y\nb=2\n");
        assert!(append(&dir.join("away/output"), "a=1\n").is_err());
        assert!(!dir.join("away").exists(), "a folder of the runner's is not made up");
    }
}
