//! Feeds every reader with reports that were changed at random: `mutations [SECONDS [SEED]]`, after the reports of
//! `tests/corpus/reports` and one of each format. The same seed makes the same inputs. A panic, or a read that takes
//! longer than it may, ends it with the input's place in the row, which `mutations 0 SEED CASE` does again alone.

use std::io::{self, Cursor, Write as _};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use release_action::formats::{coverage, findings, tests};

/// The longest input, in bytes.
const LONGEST: usize = 64 * 1024;

/// How long one reader may take for one input; it is small.
const SLOW: Duration = Duration::from_secs(1);

/// What formats are made of.
const WORDS: [&[u8]; 24] = [
    b"<",
    b"/>",
    b"</testsuite>",
    b"<testcase name='a'>",
    b"&#0;",
    b"&lt;",
    b"<![CDATA[",
    b"<!DOCTYPE a [",
    b"{",
    b"}",
    b"[",
    b"\"",
    b"null",
    b"-1",
    b"18446744073709551615",
    b"1e999",
    b"end_of_record\n",
    b"SF:",
    b"DA:1,1\n",
    b"mode: set\n",
    b"1..1\n",
    b"not ok 1\n",
    b"\xff\xfe",
    b"\r\n",
];

/// Formats of which no real report lies in the corpus.
const OTHERS: [&str; 6] = [
    "<coverage generated='1'><project><metrics statements='1' coveredstatements='1'/><file name='a'><line num='1' type='stmt' count='1'/></file></project></coverage>",
    "<report name='r'><sessioninfo dump='1'/><package name='p'><class name='A' sourcefilename='A.java'/><sourcefile name='A.java'><line nr='1' mi='0' ci='1'/><counter type='LINE' missed='0' covered='1'/></sourcefile></package></report>",
    r#"{"data":[{"files":[{"filename":"a.rs","segments":[[1,1,1,true,true,false],[2,1,0,false,false,false]],"summary":{"lines":{"count":1,"covered":1}}}],"totals":{}}],"type":"llvm.coverage.json.export","version":"3.0.1"}"#,
    r#"{"total":{"lines":{"total":3,"covered":2}},"/x/a.ts":{"lines":{"total":3,"covered":2}}}"#,
    "{\"Time\":\"2026-01-01T00:00:00Z\",\"Action\":\"run\",\"Package\":\"m\",\"Test\":\"T\"}\n{\"Action\":\"pass\",\"Package\":\"m\",\"Test\":\"T\",\"Elapsed\":0.1}\n{\"Action\":\"pass\",\"Package\":\"m\"}\n",
    r#"{"version":"2.1.0","runs":[{"tool":{"driver":{"name":"x","rules":[{"id":"a"}]}},"results":[{"ruleId":"a","level":"error","message":{"text":"m"},"locations":[{"physicalLocation":{"artifactLocation":{"uri":"a"},"region":{"startLine":1}}}]}]}]}"#,
];

/// A row of numbers that looks random and is the same for each seed (splitmix64).
struct Row(u64);

impl Row {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % end.max(1) as u64).unwrap_or(0) // It is below a usize.
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| word != "--bench").collect();
    let number = |at: usize| words.get(at).map(|word| word.parse::<u64>()).transpose();
    let (seconds, seed) = (number(0)?.unwrap_or(5), number(1)?.unwrap_or(1));
    let reports = reports()?;
    if let Some(case) = number(2)? {
        return tried(&reports, seed, case);
    }
    let (began, mut case) = (Instant::now(), 0);
    while began.elapsed() < Duration::from_secs(seconds) {
        tried(&reports, seed, case)?;
        case += 1;
    }
    writeln!(
        io::stdout().lock(),
        "{case} inputs, each read as every format; seed {seed}: none broke a reader"
    )?;
    Ok(())
}

#[expect(
    clippy::disallowed_methods,
    reason = "the corpus of this repository, which no port offers to a bench"
)]
fn reports() -> io::Result<Vec<Vec<u8>>> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/corpus/reports");
    let mut paths: Vec<_> =
        std::fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<io::Result<_>>()?;
    paths.sort();
    let read = paths.into_iter().map(std::fs::read);
    read.chain(OTHERS.map(|text| Ok(text.as_bytes().to_vec()))).collect()
}

/// Makes one input and reads it.
fn tried(reports: &[Vec<u8>], seed: u64, case: u64) -> Result<(), Box<dyn std::error::Error>> {
    let mut row = Row(seed ^ case.wrapping_mul(0x2545_f491_4f6c_dd1d));
    let input = changed(reports, &mut row);
    let readers = coverage::FORMATS
        .iter()
        .map(|format| (format.name, timed(|| (format.read)(&mut Cursor::new(&input)).is_ok())))
        .chain(
            tests::FORMATS
                .iter()
                .map(|format| (format.name, timed(|| (format.read)(&mut Cursor::new(&input)).is_ok()))),
        )
        .chain(
            findings::FORMATS
                .iter()
                .map(|format| (format.name, timed(|| (format.read)(&mut Cursor::new(&input)).is_ok()))),
        );
    for (name, took) in readers {
        match took {
            None => return Err(format!("the reader of {name} panicked: seed {seed}, case {case}").into()),
            Some(took) if took > SLOW => {
                return Err(format!("the reader of {name} took {took:?}: seed {seed}, case {case}").into());
            }
            Some(_) => {}
        }
    }
    Ok(())
}

/// How long it took; none if it panicked.
fn timed(read: impl FnOnce() -> bool) -> Option<Duration> {
    let began = Instant::now();
    catch_unwind(AssertUnwindSafe(read)).ok().map(|_| began.elapsed()) // The panic has told of itself.
}

/// A report with a few changes: bytes, words, parts taken out, repeated, or of another report.
fn changed(reports: &[Vec<u8>], row: &mut Row) -> Vec<u8> {
    let mut input = reports[row.below(reports.len())].clone();
    for _ in 0..=row.below(8) {
        let at = row.below(input.len() + 1);
        let length = row.below(64).min(input.len() - at);
        match row.below(6) {
            0 if at < input.len() => input[at] = row.next().to_le_bytes()[0],
            1 => drop(input.splice(at..at, WORDS[row.below(WORDS.len())].iter().copied())),
            2 => drop(input.drain(at..at + length)),
            3 => {
                let part = input[at..at + length].repeat(1 + row.below(200));
                drop(input.splice(at..at, part));
            }
            4 => {
                let other = &reports[row.below(reports.len())];
                let from = row.below(other.len() + 1);
                input.truncate(at);
                input.extend_from_slice(&other[from..]);
            }
            _ => drop(input.splice(at..at + length, WORDS[row.below(WORDS.len())].iter().copied())),
        }
        input.truncate(LONGEST);
    }
    input
}
