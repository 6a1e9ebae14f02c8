//! Lines that a file does not have: a report that tells of them is of another commit.

use std::io::Read;

use super::measured::{Measured, some};
use crate::kit::path::RepoPath;
use crate::model::{Facts, Problem};
use crate::ports::Files;
use crate::ports::files::FileError;

/// Refuses coverage of lines that the files of the commit do not have.
///
/// # Errors
///
/// If there are some, or a file cannot be read.
pub fn refuse_beyond(measured: Measured, files: &dyn Files, facts: &Facts) -> Result<Measured, Problem> {
    let mut wrong = Vec::new();
    for file in &measured.files {
        // A name that is no path in the project was refused when its file was looked for.
        let (Some(told), Ok(path)) = (measured.whole.last_line(&file.name), RepoPath::new(&file.name)) else {
            continue;
        };
        let path = facts.project_dir().join(path.as_path());
        let has = match files.open(&path) {
            Ok(source) => lines(source).map_err(|source| FileError { path: path.clone(), source })?,
            Err(error) if error.is_missing() => 0,
            Err(error) => return Err(error.into()),
        };
        // Some count the empty line behind the last line feed.
        if u64::from(told) > has + 1 {
            wrong.push(format!("line {told} of {}, which has {has}", file.name));
        }
    }
    if wrong.is_empty() {
        return Ok(measured);
    }
    Err(Problem::new("the coverage is of another commit: it tells of lines that are not there")
        .because(format!("it speaks of {}", some(&wrong)))
        .fix("make the report again from this commit"))
}

/// How many lines a text has, however they end.
fn lines(mut source: impl Read) -> std::io::Result<u64> {
    let mut buffer = vec![0; 64 * 1024];
    let (mut lines, mut last) = (0, b'\n');
    loop {
        let count = match source.read(&mut buffer) {
            Ok(0) => break,
            Ok(count) => count,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        for &byte in &buffer[..count] {
            lines += u64::from(byte == b'\r' || (byte == b'\n' && last != b'\r'));
            last = byte;
        }
    }
    Ok(lines + u64::from(last != b'\n' && last != b'\r'))
}

#[cfg(test)]
mod tests {
    use super::lines;

    #[test]
    fn lines_are_counted_however_they_end() {
        for (text, count) in [
            ("", 0),
            ("a", 1),
            ("a\n", 1),
            ("a\nb", 2),
            ("a\r\nb\r\n", 2),
            ("a\rb\r", 2),
            ("\n\n", 2),
            ("\r\n\r\nx", 3),
        ] {
            assert_eq!(lines(text.as_bytes()).unwrap(), count, "{text:?}");
        }
    }
}
