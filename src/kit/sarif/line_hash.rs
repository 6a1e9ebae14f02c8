//! By what a line is known again when others before it come or go: a rolling hash of what stands from there on.
//!
//! GitHub knows findings again by `primaryLocationLineHash` alone, and its own uploader fills that in with this
//! hash: of the next hundred UTF-16 units that are no blanks, to the base 37 in 64 bits, with a count behind it for
//! lines that begin the same. So one who goes over from that uploader sees no finding twice.

use std::collections::HashMap;

/// How many units decide.
const WINDOW: usize = 100;

/// The base.
const BASE: u64 = 37;

/// What stands for the end of the text.
const END: u16 = u16::MAX;

const TAB: u16 = 9;
const LINE_FEED: u16 = 10;
const RETURN: u16 = 13;
const SPACE: u16 = 32;

/// The hashes of all lines of a text, the first line's first.
#[must_use]
pub fn line_hashes(text: &str) -> Vec<String> {
    let mut roll = Roll::new();
    let mut after_return = false;
    for unit in text.encode_utf16().chain([END]) {
        let blank = matches!(unit, SPACE | TAB) || (after_return && unit == LINE_FEED);
        after_return = unit == RETURN;
        if !blank {
            roll.take(if unit == RETURN { LINE_FEED } else { unit });
        }
    }
    roll.finish()
}

/// The window over the text.
struct Roll {
    units: [u16; WINDOW],
    /// The lines that begin at a place of the window.
    begins: [Option<usize>; WINDOW],
    at: usize,
    hash: u64,
    /// The base to the power of the window's length.
    oldest: u64,
    new_line: bool,
    lines: Vec<String>,
    counts: HashMap<u64, u32>,
}

impl Roll {
    fn new() -> Self {
        let oldest = (0..WINDOW).fold(1_u64, |power, _| power.wrapping_mul(BASE));
        Self {
            units: [0; WINDOW],
            begins: [None; WINDOW],
            at: 0,
            hash: 0,
            oldest,
            new_line: true,
            lines: Vec::new(),
            counts: HashMap::new(),
        }
    }

    fn take(&mut self, unit: u16) {
        self.tell();
        if self.new_line {
            self.begins[self.at] = Some(self.lines.len());
            self.lines.push(String::new());
        }
        self.new_line = unit == LINE_FEED;
        self.shift(unit);
    }

    /// The line that begins at the window's oldest place has its hash now.
    fn tell(&mut self) {
        let Some(line) = self.begins[self.at].take() else { return };
        let count = self.counts.entry(self.hash).or_default();
        *count += 1;
        self.lines[line] = format!("{:x}:{count}", self.hash);
    }

    fn shift(&mut self, unit: u16) {
        let left = std::mem::replace(&mut self.units[self.at], unit);
        self.hash = self
            .hash
            .wrapping_mul(BASE)
            .wrapping_add(u64::from(unit))
            .wrapping_sub(self.oldest.wrapping_mul(u64::from(left)));
        self.at = (self.at + 1) % WINDOW;
    }

    fn finish(mut self) -> Vec<String> {
        for _ in 0..WINDOW {
            self.tell();
            self.shift(0);
        }
        self.lines
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The values that GitHub's own uploader gives for these texts (github/codeql-action,
    /// `src/fingerprints.test.ts`).
    #[test]
    fn the_same_as_githubs_uploader() {
        assert_eq!(line_hashes(""), ["c129715d7a2bc9a3:1"]);
        let four = ["271789c17abda88f:1", "54703d4cd895b18:1", "180aee12dab6264:1", "a23a3dc5e078b07b:1"];
        for text in [" a\nb\n  \t\tc\n d", " a\nb\r\n  \t\tc\r d"] {
            assert_eq!(line_hashes(text), four, "{text:?}");
        }
        let twice = line_hashes("x\nx\nx\nx\nx\n");
        assert_eq!(twice.len(), 6);
    }

    #[test]
    fn lines_before_change_nothing_and_the_same_lines_are_counted() {
        let tail = "let x = 1;\n".to_owned() + &"y".repeat(200) + "\n";
        let of = |text: &str, line: usize| line_hashes(text)[line].clone();
        assert_eq!(of(&tail, 0), of(&format!("// new\n\n{tail}"), 2));
        let long = "z".repeat(120) + "\n";
        let hashes = line_hashes(&(long.clone() + &long));
        let (first, second) = (hashes[0].split_once(':').unwrap(), hashes[1].split_once(':').unwrap());
        assert_eq!((first.0, first.1, second.1), (second.0, "1", "2"));
    }
}
