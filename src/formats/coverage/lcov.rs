//! LCOV's tracefile, as geninfo and many others write it (linux-test-project/lcov, geninfo(1)).
//!
//! The format has no mark at its end: one that is cut between two files is read as far as it goes.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::Read;

use super::claims::{Tally, agree};
use super::measure::Measure;
use super::profile::{FileId, Profile};
use crate::formats::lines::each_line;
use crate::formats::{BadReport, Format};

/// LCOV's tracefile.
pub const FORMAT: Format<Profile> = Format {
    name: "LCOV tracefile",
    is: |head| head.line().is_some_and(|line| line.starts_with("TN:") || line.starts_with("SF:")),
    read: |source| read(source),
};

/// The longest line, in bytes; names of C++ are long.
const LONGEST: usize = 1024 * 1024;

/// Records that say nothing of lines and branches, or say again what others sum up to.
const OTHERS: [&[u8]; 11] =
    [b"VER:", b"FN:", b"FNDA:", b"FNH:", b"FNL:", b"FNA:", b"BRF:", b"BRH:", b"MCDC:", b"MCF:", b"MCH:"];

/// What is read, and what is open.
#[derive(Default)]
struct State {
    profile: Profile,
    open: Option<FileId>,
    /// The lines of the record that is open.
    tally: Tally,
    /// `LF` and `LH` of it.
    found: Option<u64>,
    hit: Option<u64>,
    llvm: Llvm,
}

/// LLVM sums up its functions and not its lines (llvm/tools/llvm-cov/CoverageExporterLcov.cpp): what a closure
/// shares with the function around it counts twice. Its reports have no `TN:`, and in this order `FNF:`, `DA:`,
/// `LF:`, `LH:`.
#[derive(Default, PartialEq, Eq)]
enum Llvm {
    #[default]
    Maybe,
    Functions,
    Lines,
    Found,
    /// A whole record of it was seen.
    Yes,
    No,
}

/// Reads a tracefile. What is told of one file in several places is merged by line.
///
/// # Errors
///
/// If it cannot be read, is torn or empty, a record is none, or its sums are not those of its lines: then it
/// proves nothing.
pub fn read(source: impl Read) -> Result<Profile, BadReport> {
    let mut state = State::default();
    let end = each_line(source, LONGEST, |line, number| state.take(line, number))?;
    if state.open.is_some() {
        return Err(BadReport::at(end.lines, "it ends before `end_of_record`: it is cut off"));
    }
    if end.lines == 0 {
        return Err(BadReport::at(0, "it is empty"));
    }
    if state.profile.total().total == 0 {
        return Err(BadReport::at(0, "it holds no line: nothing was measured"));
    }
    Ok(state.profile)
}

impl State {
    #[inline]
    fn take(&mut self, line: &[u8], number: u64) -> Result<(), BadReport> {
        if let Some(rest) = line.strip_prefix(b"DA:") {
            let wrong = || BadReport::at(number, "it is no `DA:line,count`");
            let (at, rest) = digits(rest).ok_or_else(wrong)?;
            let count = rest.strip_prefix(b",").ok_or_else(wrong)?;
            let ran = ran(count).ok_or_else(wrong)?;
            self.profile.line(self.open.ok_or_else(|| outside(number))?, at, ran, number)?;
            self.tally.add(at, ran);
            self.llvm.lines();
            return Ok(());
        }
        if let Some(rest) = line.strip_prefix(b"BRDA:") {
            return branch(&mut self.profile, self.open.ok_or_else(|| outside(number))?, rest, number);
        }
        if let Some(name) = line.strip_prefix(b"SF:") {
            return self.begin(name, number);
        }
        if line == b"end_of_record" {
            return self.end(number);
        }
        self.other(line, number)
    }

    fn begin(&mut self, name: &[u8], number: u64) -> Result<(), BadReport> {
        if self.open.is_some() {
            return Err(BadReport::at(number, "a file begins before the last one has ended"));
        }
        if name.is_empty() {
            return Err(BadReport::at(number, "the file has no name"));
        }
        let file = self.profile.file(name, number)?;
        self.profile.measured_by_line(file, number)?;
        self.open = Some(file);
        self.tally.clear();
        (self.found, self.hit) = (None, None);
        if self.llvm != Llvm::No {
            self.llvm = Llvm::Maybe;
        }
        Ok(())
    }

    fn end(&mut self, number: u64) -> Result<(), BadReport> {
        self.open.take().ok_or_else(|| outside(number))?;
        if self.llvm == Llvm::Yes {
            return Ok(());
        }
        let [merged, told] = self.tally.readings();
        // A sum that is missing is what it should be; a count that is not there is no contradiction.
        let (found, hit) = match (self.found, self.hit) {
            (None, None) => return Ok(()),
            (Some(found), Some(hit)) => (found, hit),
            (Some(found), None) => (found, if found == told.total { told.covered } else { merged.covered }),
            (None, Some(hit)) => (if hit == told.covered { told.total } else { merged.total }, hit),
        };
        agree(Measure { covered: hit, total: found }, &[merged, told], "its record (`LF`, `LH`)", number)
    }

    /// A record that is no line and no branch.
    fn other(&mut self, line: &[u8], number: u64) -> Result<(), BadReport> {
        let sum = |rest: &[u8]| {
            let (value, rest) = digits(rest)?;
            rest.trim_ascii().is_empty().then_some(value)
        };
        let wrong = || BadReport::at(number, "`LF:` and `LH:` are followed by a count");
        if let Some(rest) = line.strip_prefix(b"LF:") {
            self.found = Some(sum(rest).ok_or_else(wrong)?);
            self.llvm.step(&[Llvm::Functions, Llvm::Lines], Llvm::Found);
        } else if let Some(rest) = line.strip_prefix(b"LH:") {
            self.hit = Some(sum(rest).ok_or_else(wrong)?);
            self.llvm.step(&[Llvm::Found], Llvm::Yes);
        } else if line.starts_with(b"FNF:") {
            self.llvm.step(&[Llvm::Maybe], Llvm::Functions);
        } else if line.starts_with(b"TN:") {
            self.llvm = Llvm::No;
        } else {
            let known = OTHERS.iter().any(|name| line.starts_with(name)) || line.starts_with(b"#");
            if !known && !line.trim_ascii().is_empty() {
                return Err(BadReport::at(number, "it is no record of an LCOV tracefile"));
            }
        }
        Ok(())
    }
}

impl Llvm {
    /// The next of its records, or none of it.
    fn step(&mut self, from: &[Self], to: Self) {
        *self = if from.contains(self) { to } else { Self::No };
    }

    #[inline]
    fn lines(&mut self) {
        match self {
            Self::Functions => *self = Self::Lines,
            Self::Lines | Self::No => {}
            Self::Maybe | Self::Found | Self::Yes => *self = Self::No,
        }
    }
}

fn outside(number: u64) -> BadReport {
    BadReport::at(number, "the record belongs to no file: `SF:` is missing")
}

/// The number at the beginning, and the rest.
#[inline]
fn digits(text: &[u8]) -> Option<(u64, &[u8])> {
    let count = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    if count == 0 || count > 18 {
        return None;
    }
    let value = text[..count].iter().fold(0_u64, |value, byte| value * 10 + u64::from(byte - b'0'));
    Some((value, &text[count..]))
}

/// Whether a count, perhaps with a checksum behind it, is above 0. Counters that ran over are written as
/// negative numbers, and long ones as `1.0e+19`.
#[inline]
fn ran(text: &[u8]) -> Option<bool> {
    let count = text.split(|&byte| byte == b',').next()?;
    if count.iter().all(u8::is_ascii_digit) && !count.is_empty() {
        return Some(count.iter().any(|&digit| digit != b'0'));
    }
    let float: f64 = std::str::from_utf8(count).ok()?.parse().ok()?; // Anything else is no count.
    float.is_finite().then_some(float > 0.0)
}

/// `line,[e|f][U]block,branch,taken`; the branch may hold commas.
fn branch(profile: &mut Profile, file: FileId, rest: &[u8], number: u64) -> Result<(), BadReport> {
    let wrong = || BadReport::at(number, "it is no `BRDA:line,block,branch,taken`");
    let (line, rest) = digits(rest).ok_or_else(wrong)?;
    let arm = rest.strip_prefix(b",").ok_or_else(wrong)?;
    let comma = arm.iter().rposition(|&byte| byte == b',').ok_or_else(wrong)?;
    let (arm, taken) = (&arm[..comma], &arm[comma + 1..]);
    if !arm.contains(&b',') || line == 0 {
        return Err(wrong());
    }
    let taken = match taken {
        b"-" => false, // its condition was never evaluated
        count => ran(count).ok_or_else(wrong)?,
    };
    let unreachable = arm.iter().take_while(|&&byte| byte != b',').any(|&byte| byte == b'U');
    if unreachable {
        return Ok(());
    }
    let mut hasher = DefaultHasher::new();
    arm.hash(&mut hasher);
    profile.branch(file, line, hasher.finish(), Measure { covered: u64::from(taken), total: 1 }, number)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn good(text: &str) -> Profile {
        read(text.as_bytes()).unwrap()
    }

    #[test]
    fn records_of_one_file_are_merged_and_not_summed() {
        let profile = good(
            "TN:a\nSF:/x/a.c\nFN:1,2,f(int, char)\nDA:1,0\nDA:2,5,checksum\nLF:2\nLH:1\nend_of_record\n\
             TN:b\nSF:/x/a.c\nDA:1,1\nDA:3,0\nend_of_record\nSF:C:\\x y\\b.c\nDA:7,0\nend_of_record\n",
        );
        let files = profile.files();
        assert_eq!(files[0].name, "/x/a.c");
        assert_eq!(files[0].measure, Measure { covered: 2, total: 3 });
        assert_eq!((files[1].name.as_str(), files[1].measure.total), ("C:\\x y\\b.c", 1));
    }

    #[test]
    fn counts_may_be_strange() {
        let profile =
            good("SF:a\nDA:1,1.0e+19\nDA:2,-3\nDA:3,99999999999999999999999\nDA:4,0\nend_of_record");
        assert_eq!(profile.total(), Measure { covered: 2, total: 4 });
    }

    #[test]
    fn branches_may_hold_commas() {
        let profile = good(
            "SF:a\nDA:1,1\nBRDA:1,0,if (a, b),1\nBRDA:1,0,else,-\nBRDA:1,e2,x,0\nBRDA:1,U3,y,0\n\
             end_of_record\nSF:a\nDA:1,1\nBRDA:1,0,else,4\nend_of_record\n",
        );
        assert_eq!(profile.files()[0].branches, Measure { covered: 2, total: 3 });
    }

    #[test]
    fn sums_are_those_of_the_lines() {
        for sums in [
            "LF:3\nLH:2",
            "LF:4\nLH:2",
            "LH:2\nLF:3\n",
            "LF:3",
            "LH:2",
            // Node counts lines that need not be looked at as covered and does not tell them.
            "LF:9\nLH:8",
        ] {
            good(&format!("SF:a\nDA:1,1\nDA:2,0\nDA:2,0\nDA:3,7\n{sums}\nend_of_record\n"));
        }
        for sums in
            ["LF:9\nLH:7", "LF:9", "LH:3", "LF:3\nLH:1", "LF:2\nLH:2", "LF:0\nLH:0", "LF:x", "LF:", "LH:-1"]
        {
            let text = format!("SF:a\nDA:1,1\nDA:2,0\nDA:2,0\nDA:3,7\n{sums}\nend_of_record\n");
            assert!(read(text.as_bytes()).is_err(), "{sums}");
        }
        // LLVM's own sums are those of functions; with a `TN:` it is not LLVM.
        let text = "SF:a\nFN:1,f\nFNF:1\nFNH:1\nDA:1,1\nDA:2,0\nBRF:0\nBRH:0\nLF:3\nLH:0\nend_of_record\n";
        good(text);
        let bad = read(format!("TN:\n{text}").as_bytes()).unwrap_err();
        assert!(bad.line == 12 && bad.why.contains("says that 0 of 3 lines"), "{bad:?}");
        // The order of Deno.
        let deno = text.replace("LF:3\nLH:0", "LH:0\nLF:3");
        assert!(read(deno.as_bytes()).is_err());
    }

    #[test]
    fn what_proves_nothing_is_an_error() {
        for (text, line, words) in [
            ("", 0, "empty"),
            ("TN:\n", 0, "no line"),
            ("SF:a\nend_of_record\n", 0, "no line"),
            ("SF:a\nDA:590\nend_of_record\n", 2, "no `DA"),
            ("SF:a\nDA:0,1\nend_of_record\n", 2, "no line 0"),
            ("SF:a\nDA:99999999999,1\nend_of_record\n", 2, "no line"),
            ("SF:a\nDA:1,====\nend_of_record\n", 2, "no `DA"),
            ("SF:a\nDA:1,nan\nend_of_record\n", 2, "no `DA"),
            ("DA:1,1\n", 1, "belongs to no file"),
            ("SF:\nDA:1,1\n", 1, "no name"),
            ("SF:a\nSF:b\n", 2, "before the last one has ended"),
            ("SF:a\nDA:1,1\n", 2, "cut off"),
            ("SF:a\nDA:1,1\nBRDA:1,e0\nend_of_record\n", 3, "no `BRDA"),
            ("TN:\nhello\n", 2, "no record"),
            ("end_of_record\n", 1, "belongs to no file"),
        ] {
            let bad = read(text.as_bytes()).unwrap_err();
            assert!(bad.line == line && bad.why.contains(words), "{text:?}: {bad:?}");
        }
    }
}
