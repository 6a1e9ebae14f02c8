//! How fast reports are read: `formats coverage|tests|findings FILE` reads one file several times and prints
//! one JSON object: the format, the bytes, the least processor time, and the most memory that was ever held.
//!
//! One process reads one file, so that the memory is that file's alone.

use std::fs::File;
use std::io;

use release_action::formats::{self, coverage, findings, tests};

/// How often a file is read at the most; long reads are done less often.
const MOST: usize = 9;

/// Reading goes on until this many seconds are used.
const ENOUGH: f64 = 2.0;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| word != "--bench").collect();
    let [kind, file] = words.as_slice() else {
        return Err("usage: formats coverage|tests|findings FILE".into());
    };
    let bytes = open(file)?.metadata()?.len();
    let mut best = f64::INFINITY;
    let mut used = 0.0;
    let mut read_as = ("", 0);
    for _ in 0..MOST {
        let began = processor_seconds()?;
        read_as = read(kind, open(file)?)?;
        let seconds = processor_seconds()? - began;
        best = best.min(seconds);
        used += seconds;
        if used > ENOUGH {
            break;
        }
    }
    let (format, counted) = read_as;
    let peak = peak_kib()?;
    say(&serde_json::json!({
        "format": format, "bytes": bytes, "seconds": best, "counted": counted, "peak_kib": peak,
    }))?;
    Ok(())
}

/// Reads the whole report: its format, and what was counted, which shows that nothing was left out.
fn read(kind: &str, source: File) -> Result<(&'static str, u64), Box<dyn std::error::Error>> {
    match kind {
        "coverage" => {
            let (format, profile) = formats::read(coverage::FORMATS, "coverage report", source)?;
            Ok((format, profile.total().total))
        }
        "tests" => {
            let (format, results) = formats::read(tests::FORMATS, "report of tests", source)?;
            Ok((format, results.passed() + results.skipped()))
        }
        "findings" => {
            let (format, read) = formats::read(findings::FORMATS, "report of findings", source)?;
            Ok((format, read.findings.len() as u64 + read.left_out))
        }
        other => Err(format!("`{other}` is nothing to read: coverage, tests and findings are").into()),
    }
}

/// The processor time of this process, in seconds, as Linux tells it, to a few milliseconds: what else runs on the
/// machine does not count.
#[expect(clippy::disallowed_methods, reason = "Linux's account of this process, which no port offers")]
fn processor_seconds() -> Result<f64, Box<dyn std::error::Error>> {
    let account = std::fs::read_to_string("/proc/self/schedstat")?;
    let nanoseconds: u64 = account.split(' ').next().ok_or("no time in /proc/self/schedstat")?.parse()?;
    Ok(std::time::Duration::from_nanos(nanoseconds).as_secs_f64())
}

#[expect(
    clippy::disallowed_methods,
    reason = "a bench measures the reader alone, without the ports around it"
)]
fn open(file: &str) -> io::Result<File> {
    File::open(file)
}

/// The most memory that this process ever held, in KiB, as Linux tells it.
#[expect(clippy::disallowed_methods, reason = "Linux's account of this process, which no port offers")]
fn peak_kib() -> Result<u64, Box<dyn std::error::Error>> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line =
        status.lines().find_map(|line| line.strip_prefix("VmHWM:")).ok_or("no VmHWM in /proc/self/status")?;
    Ok(line.trim().trim_end_matches("kB").trim_end().parse()?)
}

fn say(value: &serde_json::Value) -> io::Result<()> {
    use std::io::Write as _;
    writeln!(io::stdout().lock(), "{value}")
}
