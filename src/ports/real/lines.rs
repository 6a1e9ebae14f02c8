//! Cuts a child's output into lines as it comes.

use std::borrow::Cow;

use crate::kit::secret::Redactor;

/// The longest line that is handed on, in bytes.
const LONGEST: usize = 64 * 1024;

/// What is gathered beyond [`LONGEST`], so that a secret across that border is still found whole.
const MARGIN: usize = 8 * 1024;

/// Gathers bytes until there is a line. Of a line longer than [`LONGEST`] the beginning is handed on
/// as soon as it is there, the rest is left out: were it cut into parts, so might be a secret.
#[derive(Default)]
pub struct Lines {
    line: Vec<u8>,
    skipping: bool,
}

impl Lines {
    /// Takes the next bytes and hands on every line that they end, without secrets.
    pub fn push(&mut self, mut bytes: &[u8], redactor: &Redactor, mut hand: impl FnMut(&str)) {
        while !bytes.is_empty() {
            let end = bytes.iter().position(|byte| *byte == b'\n');
            let part = &bytes[..end.unwrap_or(bytes.len())];
            if !self.skipping {
                let space = LONGEST + MARGIN - self.line.len();
                self.line.extend_from_slice(&part[..part.len().min(space)]);
                if end.is_some() || self.line.len() == LONGEST + MARGIN {
                    hand(&self.take(redactor));
                    self.skipping = end.is_none();
                }
            } else if end.is_some() {
                self.skipping = false;
            }
            bytes = end.map_or(&[][..], |end| &bytes[end + 1..]);
        }
    }

    /// Hands on what is left of a last line without a line feed.
    pub fn finish(&mut self, redactor: &Redactor, mut hand: impl FnMut(&str)) {
        if !self.line.is_empty() {
            hand(&self.take(redactor));
        }
    }

    /// The gathered line as it may be seen.
    fn take(&mut self, redactor: &Redactor) -> String {
        let line = std::mem::take(&mut self.line);
        let line = line.strip_suffix(b"\r").unwrap_or(&line);
        let text: Cow<'_, str> = String::from_utf8_lossy(line);
        let mut clean = redactor.clean(&text);
        if clean.len() > LONGEST {
            let end = (0..=LONGEST).rev().find(|end| clean.is_char_boundary(*end)).unwrap_or(0);
            clean.truncate(end);
            clean.push('…');
        }
        clean
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kit::secret::Secret;

    fn lines(parts: &[&[u8]], redactor: &Redactor) -> Vec<String> {
        let mut lines = Lines::default();
        let mut seen = Vec::new();
        for part in parts {
            lines.push(part, redactor, |line| seen.push(line.to_owned()));
        }
        lines.finish(redactor, |line| seen.push(line.to_owned()));
        seen
    }

    #[test]
    fn joins_what_came_in_parts() {
        let seen = lines(&[b"on", b"e\r\n\ntw", b"o\xff", b"\nlast"], &Redactor::default());
        assert_eq!(seen, ["one", "", "two\u{fffd}", "last"]);
    }

    #[test]
    fn cuts_a_line_without_end_but_no_secret() {
        let redactor = Redactor::default();
        redactor.learn(&Secret::new("t0psecret"));
        let long = ["x".repeat(LONGEST - 4), "t0psecret".to_owned(), "y".repeat(3 * LONGEST)].concat();
        let seen = lines(&[long.as_bytes(), b"tail\nnext\n"], &redactor);
        assert_eq!(seen.len(), 2);
        assert!(seen[0].ends_with("x***y…"), "{}", &seen[0][LONGEST - 8..]);
        assert_eq!(seen[1], "next");
    }
}
