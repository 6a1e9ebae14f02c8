//! Go's coverage profile, as `go test -coverprofile` writes it and golang.org/x/tools/cover reads it.

use std::io::Read;

use super::profile::{Profile, Span};
use crate::formats::lines::each_line;
use crate::formats::unmarked;
use crate::formats::{BadReport, Format, looks_like};

/// Go's coverage profile.
pub const FORMAT: Format<Profile> = Format {
    name: "Go coverage profile",
    is: |head| head.line().is_some_and(|line| line.starts_with("mode: ")),
    read: |source| read(source),
};

/// The longest line, in bytes.
const LONGEST: usize = 64 * 1024;

/// How counts were taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    /// 0 or 1.
    Set,
    /// `count` or `atomic`: how often.
    Count,
}

/// Reads a profile, or several written one after another.
///
/// Every test binary of a run with `-coverpkg` writes every block; they are merged by block, so that one
/// is covered if any test ran it.
///
/// # Errors
///
/// If it cannot be read, is torn or empty, is another tool's report, mixes `set` with counts, or gives
/// one block two numbers of statements: in all of these cases it proves nothing.
pub fn read(source: impl Read) -> Result<Profile, BadReport> {
    let mut profile = Profile::default();
    let mut mode = None;
    let mut source = Begun { source, bytes: Vec::new() };
    let read = each_line(&mut source, LONGEST, |line, number| take(&mut profile, &mut mode, line, number));
    let end = match read {
        // A first line without an end is no line that was handed on.
        Err(bad)
            if bad.line == 1 && mode.is_none() && !unmarked::bytes(&source.bytes).starts_with(b"mode: ") =>
        {
            return Err(not_a_profile(&source.bytes));
        }
        read => read?,
    };
    if end.torn {
        return Err(BadReport::at(end.lines, "the last line is torn: it has no line feed"));
    }
    if end.lines == 0 {
        return Err(BadReport::at(0, "it is empty"));
    }
    if profile.total().total == 0 {
        return Err(BadReport::at(0, "it holds no statement: no package was measured"));
    }
    Ok(profile)
}

/// Keeps what a source begins with, so that a first line without an end can be told by its look.
struct Begun<R> {
    source: R,
    bytes: Vec<u8>,
}

/// How much of the beginning is kept, in bytes.
const BEGINNING: usize = 4096;

impl<R: Read> Read for Begun<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let count = self.source.read(buffer)?;
        let wanted = BEGINNING.saturating_sub(self.bytes.len());
        self.bytes.extend_from_slice(&buffer[..count.min(wanted)]);
        Ok(count)
    }
}

fn not_a_profile(line: &[u8]) -> BadReport {
    let begins = "a Go coverage profile begins with `mode: set`, `count` or `atomic`";
    BadReport::at(
        1,
        match looks_like(line) {
            own if own == FORMAT.name => format!("{begins}, and with no other mode"),
            other => format!("{begins}; this looks like {other}"),
        },
    )
}

#[inline]
fn take(profile: &mut Profile, mode: &mut Option<Mode>, line: &[u8], number: u64) -> Result<(), BadReport> {
    if line.starts_with(b"mode: ") || mode.is_none() {
        return begin(mode, line, number);
    }
    let (name, span, statements, ran) = block(line)
        .ok_or_else(|| BadReport::at(number, "it is no `file:line.column,line.column statements count`"))?;
    profile.add(name, span, statements, ran, number)
}

fn begin(mode: &mut Option<Mode>, line: &[u8], number: u64) -> Result<(), BadReport> {
    let this = match line {
        b"mode: set" => Mode::Set,
        b"mode: count" | b"mode: atomic" => Mode::Count,
        _ if mode.is_none() => return Err(not_a_profile(line)),
        _ => return Err(BadReport::at(number, "there is no such mode: set, count and atomic are known")),
    };
    match *mode {
        Some(other) if other != this => {
            Err(BadReport::at(number, "profiles of mode set and of another mode are mixed"))
        }
        _ => {
            *mode = Some(this);
            Ok(())
        }
    }
}

/// Reads a line from its end, because a file's name may hold anything.
#[inline]
fn block(line: &[u8]) -> Option<(&[u8], Span, u32, bool)> {
    let mut rest = Backwards(line);
    let ran = rest.count()?;
    rest.skip(b' ')?;
    let statements = rest.number()?;
    rest.skip(b' ')?;
    let end_column = rest.number()?;
    rest.skip(b'.')?;
    let end_line = rest.number()?;
    rest.skip(b',')?;
    let column = rest.number()?;
    rest.skip(b'.')?;
    let line = rest.number()?;
    rest.skip(b':')?;
    let span = Span { line, column, end_line, end_column };
    let forward = (end_line, end_column) >= (span.line, column);
    (forward && !rest.0.is_empty()).then_some((rest.0, span, statements, ran))
}

/// What is left of a line that is read from its end.
struct Backwards<'a>(&'a [u8]);

impl Backwards<'_> {
    #[inline]
    fn skip(&mut self, byte: u8) -> Option<()> {
        let (&last, rest) = self.0.split_last()?;
        self.0 = rest;
        (last == byte).then_some(())
    }

    /// The digits at the end; none is no number.
    #[inline]
    fn number(&mut self) -> Option<u32> {
        let (mut value, mut weight) = (0_u64, 1_u64);
        let mut digits = 0;
        while let Some((&last, rest)) = self.0.split_last()
            && last.is_ascii_digit()
        {
            digits += 1;
            if digits > 10 {
                return None;
            }
            value += u64::from(last - b'0') * weight;
            weight *= 10;
            self.0 = rest;
        }
        if digits == 0 { None } else { u32::try_from(value).ok() } // Beyond u32 there is no such line.
    }

    /// Whether the count at the end is above 0, however long it is.
    #[inline]
    fn count(&mut self) -> Option<bool> {
        let (mut ran, mut digits) = (false, false);
        while let Some((&last, rest)) = self.0.split_last()
            && last.is_ascii_digit()
        {
            digits = true;
            ran |= last != b'0';
            self.0 = rest;
        }
        digits.then_some(ran)
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Gap, Measure};
    use super::*;

    fn total(text: &str) -> Measure {
        read(text.as_bytes()).unwrap().total()
    }

    fn bad(text: &[u8]) -> BadReport {
        read(text).unwrap_err()
    }

    #[test]
    fn merges_by_block_and_not_by_line() {
        // One block of the A, B, A kind that Go's own reader leaves unmerged.
        let text = "mode: atomic\nm/a.go:1.1,2.2 2 0\nm/a.go:1.1,3.2 1 1\nm/a.go:1.1,2.2 2 7\nmode: count\nm/b.go:1.1,2.2 3 0\n";
        assert_eq!(total(text), Measure { covered: 3, total: 6 });
    }

    #[test]
    fn names_may_hold_anything_and_counts_may_be_long() {
        let text =
            "mode: count\r\nC:\\a b:c.go:1.1,2.2 1 99999999999999999999999999\r\nm/é x.go:3.4,3.4 1 0\r\n";
        let profile = read(text.as_bytes()).unwrap();
        let names: Vec<String> = profile.files().into_iter().map(|file| file.name).collect();
        assert_eq!(names, ["C:\\a b:c.go", "m/é x.go"]);
        assert_eq!(profile.total(), Measure { covered: 1, total: 2 });
    }

    #[test]
    fn gaps_are_runs_of_blocks() {
        let text = "mode: set\nf.go:1.1,2.2 1 1\nf.go:9.1,9.9 4 0\nf.go:3.1,4.2 1 0\nf.go:5.1,6.2 2 0\nf.go:7.1,8.2 1 1\n";
        let files = read(text.as_bytes()).unwrap().files();
        assert_eq!(files[0].gaps, [Gap { from: 3, to: 6, size: 3 }, Gap { from: 9, to: 9, size: 4 }]);
    }

    #[test]
    fn a_line_belongs_to_the_block_in_which_it_begins() {
        let text =
            "mode: set\nf.go:3.22,4.11 1 1\nf.go:4.11,6.2 1 0\nf.go:7.2,7.9 1 1\nf.go:9.1,4294967295.9 1 0\n";
        let lines = read(text.as_bytes()).unwrap().lines_of("f.go");
        let first: Vec<(u32, bool)> = lines.iter().take(5).map(|(line, ran)| (*line, *ran)).collect();
        assert_eq!(first, [(3, true), (4, true), (5, false), (7, true), (9, false)]);
        assert!(lines.len() <= 1_000_000);
    }

    #[test]
    fn the_same_coverage_is_written_as_the_same_bytes() {
        let write = |text: &str| {
            let mut out = Vec::new();
            read(text.as_bytes()).unwrap().write(&mut out).unwrap();
            String::from_utf8(out).unwrap()
        };
        let one =
            write("mode: atomic\nb.go:1.1,2.2 1 0\na.go:3.1,4.2 1 9\na.go:1.1,2.2 1 0\nb.go:1.1,2.2 1 2\n");
        assert_eq!(one, "mode: set\na.go:1.1,2.2 1 0\na.go:3.1,4.2 1 1\nb.go:1.1,2.2 1 1\n");
        assert_eq!(write("mode: count\na.go:1.1,2.2 1 0\nb.go:1.1,2.2 1 1\na.go:3.1,4.2 1 1\n"), one);
        assert_eq!(write(&one), one);
    }

    #[test]
    fn what_proves_nothing_is_an_error() {
        for (text, line, words) in [
            (&b""[..], 0, "it is empty"),
            (b"mode: set\n", 0, "no statement"),
            (b"mode: set\na.go:1.1,2.2 0 0\n", 0, "no statement"),
            (b"null\n", 1, "looks like JSON"),
            (b"[]", 1, "looks like JSON"),
            (b"<?xml?><coverage line-rate='1'>", 1, "looks like Cobertura XML"),
            (b"TN:\nSF:a\n", 1, "looks like LCOV tracefile"),
            (b"mode: fast\n", 1, "begins with"),
            (b"mode: set\nmode: count\n", 2, "mixed"),
            (b"mode: set\nmode: x\n", 2, "no such mode"),
            (b"mode: set\na.go:1.1,2.2 1 1\na.go:1.1,2.2 2 1\n", 3, "not of one commit"),
            (b"mode: set\na.go:1.1,2.2 1 1", 2, "torn"),
            (b"mode: set\n\n", 2, "it is no"),
            (b"mode: set\na.go:1.1,2.2 1 -3\n", 2, "it is no"),
            (b"mode: set\na.go:1.1,2.2 1 1.0e+19\n", 2, "it is no"),
            (b"mode: set\na.go:2.1,1.2 1 1\n", 2, "it is no"),
            (b"mode: set\n:1.1,2.2 1 1\n", 2, "it is no"),
            (b"mode: set\na.go:1.1,2.2 99999999999 1\n", 2, "it is no"),
            (b"mode: set\na.go:1,2.2 1 1\n", 2, "it is no"),
            (b"mode: set\n\xff\xfe\n", 2, "it is no"),
        ] {
            let error = bad(text);
            assert!(
                error.line == line && error.why.contains(words),
                "{}: {error:?}",
                String::from_utf8_lossy(text)
            );
        }
        let long = [b"mode: set\n".as_slice(), &vec![b'a'; 600_000]].concat();
        assert!(bad(&long).why.contains("longer than"));
        let long = [b"{\"a\":".as_slice(), &vec![b' '; 600_000]].concat();
        assert!(bad(&long).why.contains("looks like JSON"), "{:?}", bad(&long));
        assert!(bad(b"mode: set\na.go:1.1,2.2 1").why.contains("torn"));
    }

    #[test]
    fn a_cut_profile_never_counts_more() {
        let text = "mode: set\nm/a.go:1.1,2.2 2 1\nm/a.go:3.1,4.2 12 0\nm/b.go:1.1,2.2 3 1\n";
        let whole = total(text);
        for end in 0..text.len() {
            if let Ok(profile) = read(&text.as_bytes()[..end]) {
                assert!(profile.total().total <= whole.total && text.as_bytes()[end - 1] == b'\n');
            }
        }
    }
}
