//! Lines that a file does not have: a report that tells of them is of another commit.

use std::fmt;
use std::io::Read;

use super::measured::Measured;
use crate::formats::coverage::{FileCoverage, Unit};
use crate::kit::path::RepoPath;
use crate::model::{Facts, Problem};
use crate::ports::Files;
use crate::ports::files::FileError;
use crate::steps::gates::tracked::some;

/// Refuses coverage of lines that the files of the commit do not have.
///
/// # Errors
///
/// If there are some, or a file cannot be read.
pub fn refuse_beyond(measured: Measured, files: &dyn Files, facts: &Facts) -> Result<Measured, Problem> {
    let mut wrong = Vec::new();
    for file in &measured.files {
        // A name that is no path in the project was refused when its file was looked for.
        let (Some(told), Ok(path)) = (told(&measured, file), RepoPath::new(&file.name)) else {
            continue;
        };
        let path = facts.project_dir().join(path.as_path());
        let has = match files.open(&path) {
            Ok(source) => lines(source).map_err(|source| FileError { path: path.clone(), source })?,
            Err(error) if error.is_missing() => 0,
            Err(error) => return Err(error.into()),
        };
        // Reporters that count every line (V8's) count the empty one behind the last line feed too; nobody else does.
        let behind = || {
            told.is_count()
                || u32::try_from(has)
                    .is_ok_and(|last| measured.whole.lines_of(&file.name).contains_key(&last))
        };
        if told.least() > has + 1 || (told.least() == has + 1 && !behind()) {
            wrong.push(format!("{told} of {}, which has {has}", file.name));
        }
    }
    if wrong.is_empty() {
        return Ok(measured);
    }
    Err(Problem::new("the coverage is of another commit: it tells of lines that are not there")
        .because(format!("it speaks of {}", some(&wrong)))
        .fix("make the report again from this commit"))
}

/// What is told of a file's lines.
enum Told {
    /// The last one.
    Last(u32),
    /// How many count.
    Count(u64),
}

impl Told {
    /// How many the file has at least.
    fn least(&self) -> u64 {
        match self {
            Self::Last(line) => u64::from(*line),
            Self::Count(count) => *count,
        }
    }

    /// True where no line is named, so that how many there are is all that can be compared.
    fn is_count(&self) -> bool {
        matches!(self, Self::Count(_))
    }
}

impl fmt::Display for Told {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Last(line) => write!(f, "line {line}"),
            Self::Count(count) => write!(f, "{count} lines"),
        }
    }
}

/// A report with totals alone names no line, but no more lines can count than there are.
fn told(measured: &Measured, file: &FileCoverage) -> Option<Told> {
    let count = || (file.unit == Unit::Lines).then_some(Told::Count(file.measure.total));
    measured.whole.last_line(&file.name).map(Told::Last).or_else(count)
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
