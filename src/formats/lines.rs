//! Text read line by line, without a copy of lines that lie whole in the buffer.

use std::io::{BufRead, BufReader, ErrorKind, Read};

use memchr::memchr;

use super::bad::BadReport;
use super::unmarked;

/// The end of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct End {
    /// How many lines it had.
    pub(super) lines: u64,
    /// True if the last one had no line feed.
    pub(super) torn: bool,
}

/// Hands on each line with its number from 1, without its line feed or the carriage return before it.
///
/// # Errors
///
/// What `each` refuses, a line longer than `longest` bytes, and what cannot be read.
pub(super) fn each_line(
    source: impl Read,
    longest: usize,
    mut each: impl FnMut(&[u8], u64) -> Result<(), BadReport>,
) -> Result<End, BadReport> {
    let source = unmarked::source(source);
    let source = source.map_err(|error| BadReport::at(0, format!("it cannot be read: {error}")))?;
    let mut source = BufReader::with_capacity(256 * 1024, source);
    let mut number = 0_u64;
    let mut carry: Vec<u8> = Vec::new();
    loop {
        let buffer = match source.fill_buf() {
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            buffer => buffer.map_err(|error| BadReport::at(number, format!("it cannot be read: {error}")))?,
        };
        if buffer.is_empty() {
            break;
        }
        let mut rest = buffer;
        while let Some(end) = memchr(b'\n', rest) {
            number += 1;
            let (line, after) = (&rest[..end], &rest[end + 1..]);
            if carry.is_empty() {
                each(trimmed(line), number)?;
            } else {
                carry.extend_from_slice(line);
                if carry.len() > longest {
                    return Err(too_long(number, longest));
                }
                each(trimmed(&carry), number)?;
                carry.clear();
            }
            rest = after;
        }
        carry.extend_from_slice(rest);
        if carry.len() > longest {
            return Err(too_long(number + 1, longest));
        }
        let used = buffer.len();
        source.consume(used);
    }
    let torn = !carry.is_empty();
    if torn {
        number += 1;
        let told = each(trimmed(&carry), number);
        told.map_err(|bad| BadReport {
            why: format!("{}; the last line is torn: it has no line feed", bad.why),
            ..bad
        })?;
    }
    Ok(End { lines: number, torn })
}

fn too_long(number: u64, longest: usize) -> BadReport {
    BadReport::at(number, format!("a line is longer than {longest} bytes"))
}

fn trimmed(line: &[u8]) -> &[u8] {
    line.strip_suffix(b"\r").unwrap_or(line)
}
