//! A journal's bytes to its records: pure, and forgiving only where a kill can have torn the file.

use crate::model::{Problem, Record};

use super::format::{LineError, read_line};

/// The records of a journal. A last line without a line feed was torn by a kill and counts as not
/// written; blank lines are passed over.
///
/// # Errors
///
/// If a whole line is no record, is of a later version, or its number does not follow the one before:
/// then lines were lost, and what they said about the world is unknown.
pub fn replay(bytes: &[u8]) -> Result<Vec<Record>, Problem> {
    let whole = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
    let mut records: Vec<Record> = Vec::new();
    for (index, line) in bytes[..whole].split(|byte| *byte == b'\n').enumerate() {
        if line.iter().all(u8::is_ascii_whitespace) {
            continue;
        }
        let record = read_line(line).map_err(|error| refused(index + 1, &error))?;
        let expected = records.last().map_or(0, |last| last.seq + 1);
        if record.seq != expected {
            let why =
                format!("the line has number {}, and {expected} was expected: lines are missing", record.seq);
            return Err(refused(index + 1, &LineError::Corrupt(why)));
        }
        records.push(record);
    }
    Ok(records)
}

fn refused(line: usize, error: &LineError) -> Problem {
    let problem =
        Problem::new(format!("the journal cannot be read at line {line}")).because(error.to_string());
    match error {
        LineError::Newer(_) => problem.fix(
            "update release-action to the version that wrote the journal, or move the dist folder away: \
             the run then starts from what the release on the forge proves",
        ),
        LineError::Corrupt(_) => problem.fix(
            "move the journal away and run again: what is done is found by looking at the world and at \
             the evidence on the release",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOLDEN: &str = include_str!("golden/v1.jsonl");

    #[test]
    fn every_prefix_gives_a_prefix_of_the_records() {
        let all = replay(GOLDEN.as_bytes()).unwrap();
        let mut most = 0;
        for cut in 0..=GOLDEN.len() {
            let records = replay(&GOLDEN.as_bytes()[..cut]).unwrap();
            assert_eq!(records.len(), GOLDEN.as_bytes()[..cut].iter().filter(|byte| **byte == b'\n').count());
            assert_eq!(records, all[..records.len()], "cut at {cut}");
            most = most.max(records.len());
        }
        assert_eq!(most, all.len());
    }

    #[test]
    fn any_flipped_byte_is_an_error_or_other_records_but_never_a_panic() {
        let bytes = GOLDEN.as_bytes();
        for at in (0..bytes.len()).step_by(7) {
            let mut torn = bytes.to_vec();
            torn[at] ^= 0x15;
            if let Err(problem) = replay(&torn) {
                assert!(problem.what.contains("line ") && problem.fix.is_some());
            }
        }
    }

    #[test]
    fn empty_and_blank_are_fine() {
        assert_eq!(replay(b"").unwrap(), []);
        assert_eq!(replay(b"\n\n").unwrap(), []);
        assert_eq!(replay(b"{\"v\":1,").unwrap(), []);
        assert_eq!(replay(format!("{GOLDEN}\n").as_bytes()).unwrap().len(), 18);
    }

    #[test]
    fn a_corrupt_line_is_named() {
        let mut lines: Vec<&str> = GOLDEN.lines().collect();
        lines[4] = "{\"v\":1,\"seq\":4,";
        let problem = replay((lines.join("\n") + "\n").as_bytes()).unwrap_err();
        assert_eq!(problem.what, "the journal cannot be read at line 5");
        assert!(problem.fix.unwrap().contains("move the journal away"));
    }

    #[test]
    fn a_missing_line_is_noticed() {
        let lines: Vec<&str> =
            GOLDEN.lines().enumerate().filter(|(at, _)| *at != 3).map(|(_, line)| line).collect();
        let problem = replay((lines.join("\n") + "\n").as_bytes()).unwrap_err();
        assert_eq!(problem.causes, ["the line has number 4, and 3 was expected: lines are missing"]);
    }

    #[test]
    fn a_later_version_asks_for_an_update() {
        let problem = replay(format!("{GOLDEN}{{\"v\":9,\"seq\":18}}\n").as_bytes()).unwrap_err();
        assert_eq!(problem.what, "the journal cannot be read at line 19");
        assert!(problem.causes[0].contains("format version 9"));
        assert!(problem.fix.unwrap().starts_with("update release-action"));
    }
}
