//! Blocks that Go's tool would not have made of the files of the commit: a profile that tells of them is of other
//! source, or cut.
//!
//! Blocks lie side by side: one ends where the next begins, or before. One without statements is the body of
//! something empty. They stand in functions, and those of a function have together as many statements as it has.
//! Only where a `//line` directive gives the positions of another file is it otherwise.

use memchr::memmem;

use super::go_code::{Code, is_moved};
use super::measured::Measured;
use crate::formats::coverage::{Block, Span, Unit};
use crate::kit::path::RepoPath;
use crate::model::{Facts, Problem};
use crate::ports::Files;
use crate::steps::gates::tracked::some;

/// The longest file of Go that is read, in bytes; a longer one was written by no person and no compiler's friend.
pub const LONGEST: u64 = 64 * 1024 * 1024;

/// Refuses coverage whose blocks cannot be of these files.
///
/// # Errors
///
/// If some cannot, or a file cannot be read.
pub fn refuse_other_blocks(
    mut measured: Measured,
    files: &dyn Files,
    facts: &Facts,
) -> Result<Measured, Problem> {
    let (mut wrong, mut first, mut unread) = (Vec::new(), None, Vec::new());
    // One of which nothing counts is asked too: there may be what should.
    for name in measured.whole.names() {
        let blocks = measured.whole.blocks_of(&name);
        // A name that is no path in the project was refused when its file was looked for. By `//line` a profile speaks of
        // files that are not Go's.
        let Ok(path) = RepoPath::new(&name) else { continue };
        if blocks.is_empty() || !name.ends_with(".go") {
            continue;
        }
        let path = facts.dir.join(path.as_path());
        if name.ends_with("_test.go") {
            wrong.push(format!("{name}: Go's tool does not measure tests"));
            first.get_or_insert((path, 1));
            continue;
        }
        let text = match files.read(&facts.root.join(&path), LONGEST) {
            Err(error) if error.is_missing() => continue,
            text => text?,
        };
        if is_moved(&text) {
            continue;
        }
        let (source, code) = (Source::of(&text), Code::of(&text));
        if code.is_none() {
            unread.push(name.to_string());
        }
        let parts = || source.refuse_parts(code.as_ref()?, &blocks);
        if let Some((why, line)) = source.refuse(&blocks).or_else(parts) {
            wrong.push(format!("{name}: {why}"));
            first.get_or_insert((path, line));
        }
    }
    let Some((path, line)) = first else {
        measured.unread = unread;
        return Ok(measured);
    };
    Err(Problem::new("the coverage is of other source: Go's tool makes no such blocks of the files of this commit")
        .because(some(&wrong))
        .at(path, Some(line), None)
        .fix(
            "make all profiles and GOCOVERDIR data again, from this commit and with one version of Go (old ones in \
             the same folder are read too), and hand them on whole: what is not to be measured belongs into \
             `gates.coverage.exclude`",
        ))
}

/// A file, by its lines.
struct Source<'a> {
    text: &'a [u8],
    /// Where each line begins.
    begins: Vec<usize>,
}

impl<'a> Source<'a> {
    fn of(text: &'a [u8]) -> Self {
        let ends = text.iter().enumerate().filter(|(_, byte)| **byte == b'\n').map(|(at, _)| at + 1);
        Self { text, begins: std::iter::once(0).chain(ends).collect() }
    }

    /// What is wrong with the first block that is not of this file, and its line; blocks come in their order.
    fn refuse(&self, blocks: &[Block]) -> Option<(String, u32)> {
        let mut before: Option<Span> = None;
        for &(span, statements, _) in blocks {
            let begin = (span.line, span.column);
            if let Some(other) = before.filter(|other| begin < (other.end_line, other.end_column)) {
                let (one, two) = (told(other), told(span));
                return Some((format!("the blocks {one} and {two} overlap"), span.line));
            }
            let Some(text) = self.between(span) else {
                let lines = self.begins.len();
                let what =
                    format!("the block {} ends behind a line's end, or the file's {lines} lines", told(span));
                return Some((what, span.line));
            };
            if statements == 0 && has_code(text) {
                let what =
                    format!("the block {} has no statement by the profile, and some in the file", told(span));
                return Some((what, span.line));
            }
            before = Some(span);
        }
        None
    }

    /// What is wrong with blocks that are not those of all functions of the file, and a line.
    fn refuse_parts(&self, code: &Code, blocks: &[Block]) -> Option<(String, u32)> {
        let bodies = &code.0;
        let mut counts = vec![0; bodies.len()];
        for &(span, statements, _) in blocks {
            let begin = self.at(span.line, span.column)?;
            let after = bodies.partition_point(|body| body.range.start <= begin);
            match after.checked_sub(1).filter(|&index| bodies[index].range.contains(&begin)) {
                Some(index) => counts[index] += u64::from(statements),
                None => return Some((format!("the block {} stands in no function", told(span)), span.line)),
            }
        }
        let (body, count) =
            bodies.iter().zip(counts).find(|(body, count)| !body.statements.contains(count))?;
        let line = u32::try_from(self.begins.partition_point(|begin| *begin <= body.range.start)).ok()?;
        let (has, own) = (Unit::Statements.count(count), body.statements.end());
        Some((format!("of the function in line {line} it has {has}, and Go counts {own}"), line))
    }

    /// The text of a block; none where the file has no such place.
    fn between(&self, span: Span) -> Option<&'a [u8]> {
        let (begin, end) = (self.at(span.line, span.column)?, self.at(span.end_line, span.end_column)?);
        self.text.get(begin..end)
    }

    /// The place of a line and a column, both from 1; one behind the line's last byte is its end.
    fn at(&self, line: u32, column: u32) -> Option<usize> {
        let line = usize::try_from(line).ok()?.checked_sub(1)?;
        let begin = *self.begins.get(line)?;
        let end = self.begins.get(line + 1).map_or(self.text.len(), |next| next - 1);
        let place = begin + usize::try_from(column).ok()?.checked_sub(1)?;
        (place <= end).then_some(place)
    }
}

/// As the profile has it.
fn told(span: Span) -> String {
    let Span { line, column, end_line, end_column } = span;
    format!("{line}.{column},{end_line}.{end_column}")
}

/// Whether there is more than braces and comments.
fn has_code(mut text: &[u8]) -> bool {
    let behind = |text: &[u8], needle: &[u8]| memmem::find(text, needle).map(|at| at + needle.len());
    while let Some(&byte) = text.first() {
        let skipped = match (byte, text.get(1)) {
            (b'/', Some(b'/')) => behind(text, b"\n").unwrap_or(text.len()),
            (b'/', Some(b'*')) => behind(&text[2..], b"*/").map_or(text.len(), |end| end + 2),
            (b'{' | b'}' | b';', _) => 1,
            (byte, _) if byte.is_ascii_whitespace() => 1,
            _ => return true,
        };
        text = &text[skipped..];
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "package a\n\nfunc A(n int) int {\n\tif n > 0 {\n\t\treturn 1\n\t}\n\treturn 0\n}\n\nfunc B() {\n\t// nothing; /* yet\n\t/* return */\n}\n";

    fn span(text: &str) -> Span {
        let numbers: Vec<u32> = text.split([',', '.']).map(|number| number.parse().unwrap()).collect();
        Span { line: numbers[0], column: numbers[1], end_line: numbers[2], end_column: numbers[3] }
    }

    fn refused(blocks: &[(&str, u32)]) -> Option<String> {
        let blocks: Vec<Block> =
            blocks.iter().map(|(text, statements)| (span(text), *statements, true)).collect();
        Source::of(TEXT.as_bytes()).refuse(&blocks).map(|(why, _)| why)
    }

    #[test]
    fn what_go_makes_of_a_file_is_taken() {
        let blocks = [("3.19,4.11", 1), ("4.11,6.3", 1), ("7.2,7.10", 1), ("10.11,13.2", 0)];
        assert_eq!(refused(&blocks), None);
        assert_eq!(refused(&[("7.2,7.2", 0)]), None, "the body of an empty case");
    }

    #[test]
    fn what_it_cannot_have_made_is_named() {
        let overlap = refused(&[("3.19,4.11", 1), ("4.10,6.3", 1)]).unwrap();
        assert_eq!(overlap, "the blocks 3.19,4.11 and 4.10,6.3 overlap");
        let inside = refused(&[("3.19,8.2", 3), ("4.11,6.3", 1)]).unwrap();
        assert_eq!(inside, "the blocks 3.19,8.2 and 4.11,6.3 overlap");
        assert!(refused(&[("3.19,4.11", 1), ("3.19,5.3", 1)]).is_some(), "the same beginning");
        for behind in ["3.19,4.40", "10.11,14.2", "13.1,99.1", "3.0,4.1"] {
            let why = refused(&[(behind, 1)]).unwrap();
            assert!(why.starts_with(&format!("the block {behind} ends behind")), "{why}");
        }
        let silent = refused(&[("3.19,8.2", 0)]).unwrap();
        assert_eq!(silent, "the block 3.19,8.2 has no statement by the profile, and some in the file");
        assert!(refused(&[("4.11,6.3", 0)]).is_some());
    }

    #[test]
    fn a_profile_tells_of_all_functions_of_a_file() {
        let parts = |blocks: &[(&str, u32)]| {
            let blocks: Vec<Block> =
                blocks.iter().map(|(text, statements)| (span(text), *statements, true)).collect();
            Source::of(TEXT.as_bytes()).refuse_parts(&Code::of(TEXT.as_bytes()).unwrap(), &blocks)
        };
        assert_eq!(parts(&[("3.19,4.11", 1), ("4.11,6.3", 1), ("7.2,7.10", 1), ("10.11,13.2", 0)]), None);
        for (blocks, why, line) in [
            (&[("10.11,13.2", 0)][..], "of the function in line 3 it has 0 statements, and Go counts 3", 3),
            (
                &[("3.19,4.11", 1), ("4.11,6.3", 1)],
                "of the function in line 3 it has 2 statements, and Go counts 3",
                3,
            ),
            (
                &[("3.19,4.11", 99), ("10.11,13.2", 0)],
                "of the function in line 3 it has 99 statements, and Go counts 3",
                3,
            ),
            (
                &[("3.19,4.11", 3), ("10.11,13.2", 1)],
                "of the function in line 10 it has 1 statement, and Go counts 0",
                10,
            ),
            (&[("1.1,1.10", 3)], "the block 1.1,1.10 stands in no function", 1),
            (&[("8.2,9.1", 3)], "the block 8.2,9.1 stands in no function", 8),
        ] {
            assert_eq!(parts(blocks), Some((why.to_owned(), line)), "{blocks:?}");
        }
    }
}
