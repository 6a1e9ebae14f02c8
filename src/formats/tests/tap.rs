//! The Test Anything Protocol, versions 12 to 14 (testanything.org).
//!
//! A plan that comes first, `1..3`, is also the mark of the end: with a test less the report is cut off.

use std::collections::BTreeSet;
use std::io::Read;

use super::kept::{Budget, append};
use super::names::Names;
use super::results::{Failure, Package, Results};
use super::tap_line::{Directive, INDENT, Numbered, Subtests, directive, indented, numbered, plan, result};
use crate::formats::lines::each_line;
use crate::formats::{BadReport, Format};

/// The Test Anything Protocol.
pub const FORMAT: Format<Results> = Format {
    name: "TAP",
    is: |head| {
        head.line().is_some_and(|line| {
            line.starts_with("TAP version ")
                || plan(line).is_some()
                || line.starts_with("ok 1")
                || line.starts_with("not ok 1")
        })
    },
    read: |source| read(source),
};

/// The longest line, in bytes.
const LONGEST: usize = 1024 * 1024;

/// The name of what has no name.
const NAME: &str = "tests";

#[derive(Default)]
struct Reader {
    package: Package,
    names: Names,
    planned: Option<u64>,
    count: u64,
    numbers: Numbers,
    /// The failure whose words may follow.
    failed: Option<Failure>,
    bail: Option<String>,
    subtests: Subtests,
    /// For each subtest that stands behind its test in braces, how deep that test lies and whether it is good.
    braces: Vec<(usize, bool)>,
    /// By how much a block of YAML is indented that is open: what stands in it are words.
    block: Option<usize>,
    /// By how much one would be that begins in this line.
    block_next: Option<usize>,
    budget: Budget,
    /// A plan with tests before it has to be the last thing.
    closed: bool,
}

/// The most tests that may be told of out of order.
const APART: usize = 1_000_000;

/// The numbers of tests that were there. Nearly always they come one after the other.
#[derive(Default)]
struct Numbers {
    /// All from 1 to this.
    all_to: u64,
    /// Others.
    apart: BTreeSet<u64>,
}

impl Numbers {
    fn take(&mut self, number: u64) -> Result<(), String> {
        if number <= self.all_to || self.apart.contains(&number) {
            return Err("the test's number was there before, or is none".into());
        }
        if number > self.all_to + 1 {
            self.apart.insert(number);
            let many = self.apart.len() > APART;
            return if many { Err(format!("more than {APART} tests are out of order")) } else { Ok(()) };
        }
        self.all_to = number;
        while self.apart.remove(&(self.all_to + 1)) {
            self.all_to += 1;
        }
        Ok(())
    }
}

/// Reads a report. Tests of subtests are not counted, since each set of them is a test by itself; one that failed
/// though its set did not is a failure.
///
/// # Errors
///
/// If it cannot be read, has no plan, or has more or fewer tests than planned.
pub fn read(source: impl Read) -> Result<Results, BadReport> {
    let mut reader = Reader::default();
    let end = each_line(source, LONGEST, |line, number| reader.line(line, number))?;
    reader.settle();
    let hidden = reader.subtests.take(0);
    reader.hidden(hidden, "");
    if reader.block.is_some() {
        return Err(BadReport::at(end.lines, "a block of YAML has no end (`...`): it is cut off"));
    }
    if end.torn {
        // What stood behind it may have been `# TODO`.
        return Err(BadReport::at(end.lines, "the last line is torn: it has no line feed"));
    }
    if let Some(why) = reader.bail {
        let output = format!("Bail out! {why}\n");
        reader.package.fail(&mut reader.budget, String::new(), output);
    } else {
        match reader.planned {
            None => return Err(BadReport::at(end.lines, "it has no plan (`1..N`): it may be cut off")),
            Some(planned) if planned != reader.count => {
                let why = format!("{planned} tests are planned and {} are told of", reader.count);
                return Err(BadReport::at(end.lines, why));
            }
            Some(_) => {}
        }
    }
    reader.package.ended = true;
    Ok(Results {
        packages: [(NAME.to_owned(), reader.package)].into(),
        names: reader.names,
        ..Results::default()
    })
}

impl Reader {
    fn line(&mut self, line: &[u8], number: u64) -> Result<(), BadReport> {
        let text = String::from_utf8_lossy(line);
        if self.is_block(&text, number)? {
            self.word(&text);
            return Ok(());
        }
        if let Some((depth, inside)) = indented(&text) {
            self.subtest(depth, inside);
            self.word(&text);
            return Ok(());
        }
        if text.trim_end() == "}" {
            self.end_brace(0);
            return Ok(());
        }
        if let Some(count) = plan(&text) {
            if self.planned.is_some() {
                return Err(BadReport::at(number, "there is a second plan"));
            }
            self.planned = Some(count);
            self.closed = self.count > 0;
            return Ok(());
        }
        if let Some(why) = bail_out(&text) {
            self.bail.get_or_insert_with(|| why.trim().to_owned());
            return Ok(());
        }
        let Some((ok, rest)) = result(&text) else {
            self.word(&text);
            return Ok(());
        };
        if self.closed {
            return Err(BadReport::at(number, "there is a test behind the plan at its end"));
        }
        self.test(ok, rest, number)
    }

    /// Whether the line belongs to a block of YAML, which stands right behind a test: `---` to `...`.
    fn is_block(&mut self, text: &str, number: u64) -> Result<bool, BadReport> {
        let inside = text.trim_start_matches(' ');
        let (indent, inside) = (text.len() - inside.len(), inside.trim_end());
        let next = self.block_next.take();
        let Some(open) = self.block else {
            let begins = inside == "---" && next == Some(indent);
            self.block = begins.then_some(indent);
            return Ok(begins);
        };
        if indent < open && !inside.is_empty() {
            // It would hide what follows it.
            return Err(BadReport::at(number, "the block of YAML before this line has no end (`...`)"));
        }
        if indent == open && inside == "..." {
            self.block = None;
        }
        Ok(true)
    }

    /// Comments, subtests, what programs print: kept where a failure is before it.
    fn word(&mut self, text: &str) {
        if let Some(failure) = &mut self.failed {
            append(&mut failure.output, text);
            append(&mut failure.output, "\n");
        }
    }

    /// A line of a subtest. Words and plans say nothing that the test around it does not.
    fn subtest(&mut self, depth: usize, text: &str) {
        if let Some(why) = bail_out(text) {
            self.bail.get_or_insert_with(|| why.trim().to_owned());
            return;
        }
        if text.trim_end() == "}" {
            self.end_brace(depth);
        }
        let Some((ok, rest)) = result(text) else { return };
        let Numbered { words, .. } = numbered(rest);
        let (name, directive) = directive(words, ok);
        self.begin(depth, ok, words);
        let below = self.subtests.take(depth);
        if ok {
            self.hidden(below, name);
        } else if matches!(directive, Directive::None) {
            self.subtests.failed(depth, name);
        }
    }

    /// What may stand behind a test: a block, or its subtests in braces.
    fn begin(&mut self, depth: usize, ok: bool, words: &str) {
        self.block_next = Some(depth * INDENT + 2);
        if words.trim_end().ends_with('{') {
            self.braces.push((depth, ok));
        }
    }

    /// Subtests in braces end.
    fn end_brace(&mut self, depth: usize) {
        // One that a program prints is deeper or not as deep, and ends nothing.
        while self.braces.pop_if(|(own, _)| *own > depth).is_some() {}
        if let Some((_, ok)) = self.braces.pop_if(|(own, _)| *own == depth) {
            let below = self.subtests.take(depth);
            if ok {
                self.hidden(below, "");
            }
        }
    }

    /// Tests that failed though what they are a part of did not.
    fn hidden(&mut self, failed: Vec<String>, around: &str) {
        for name in failed {
            let around = if around.is_empty() { "the test around it" } else { around };
            let output = format!("it is a subtest that failed, and {around} says that all is good\n");
            let test = if name.is_empty() { "a subtest".into() } else { name };
            self.package.fail(&mut self.budget, test, output);
        }
    }

    fn test(&mut self, ok: bool, rest: &str, number: u64) -> Result<(), BadReport> {
        self.settle();
        let below = self.subtests.take(0);
        self.count += 1;
        let Numbered { digits, words } = numbered(rest);
        let told = if digits.is_empty() { self.count } else { digits.parse().unwrap_or(0) };
        self.numbers.take(told).map_err(|why| BadReport::at(number, why))?;
        let (name, directive) = directive(words, ok);
        self.begin(0, ok, words);
        if ok {
            self.hidden(below, name);
        }
        self.names.note(NAME, name, ok);
        match directive {
            Directive::Skip => self.package.skipped += 1,
            // What is still to be done may fail; if it does not, it counts as any other.
            Directive::Todo if !ok => self.package.skipped += 1,
            _ if ok => self.package.passed += 1,
            _ => {
                let test = if name.is_empty() { format!("test {told}") } else { name.to_owned() };
                self.failed = Some(Failure { test, output: String::new() });
            }
        }
        Ok(())
    }

    fn settle(&mut self) {
        if let Some(Failure { test, output }) = self.failed.take() {
            self.package.fail(&mut self.budget, test, output);
        }
    }
}

/// Why the tests were given up, of a line that says so; TAP 14 has it in any case of letters.
fn bail_out(text: &str) -> Option<&str> {
    const WORDS: &str = "Bail out!";
    let (words, why) = text.split_at_checked(WORDS.len())?;
    words.eq_ignore_ascii_case(WORDS).then_some(why)
}

#[cfg(test)]
mod tests {
    use super::super::Verdict;
    use super::*;

    fn good(text: &str) -> Results {
        read(text.as_bytes()).unwrap()
    }

    #[test]
    fn counts_what_is_told_and_planned() {
        let text = "TAP version 14\n# Subtest: a\n    ok 1 - inner\n    not ok 2 - inner # TODO\n    1..2\nok 1 - a\n\
            not ok 2 - b \\# no directive\n  ---\n  message: \"no\"\n  ...\nok 3 # SKIP not here\nnot ok 4 - c # TODO later\nok 5 - d # time=3ms\nokay\n1..5\n# done\n";
        let results = good(text);
        assert_eq!((results.passed(), results.skipped()), (2, 2));
        let failures: Vec<_> = results.failures().map(|(_, _, failure)| failure.clone()).collect();
        let output = "  ---\n  message: \"no\"\n  ...\n".to_owned();
        assert_eq!(failures, [Failure { test: "b \\# no directive".into(), output }]);
        assert_eq!(good("1..2\nok\nok\n").verdict(), Verdict::Pass);
    }

    #[test]
    fn a_subtest_that_failed_fails_whatever_is_around_it() {
        for text in [
            "1..1\n    ok 1 - x\n    not ok 2 - y\n    1..2\nok 1 - a\n",
            "1..1\n        not ok 1 - y\n        1..1\n    ok 1 - x\n    1..1\nok 1 - a\n",
            "1..2\nok 1 - a\nok 2 - b\n    not ok 1 - y\n    1..1\n",
            "1..1\nok 1 - a {\n    not ok 1 - y\n    1..1\n}\n",
            "1..2\nok 1 - a {\n    not ok 1 - y\n    1..1\n}\nnot ok 2 - b # TODO\n",
            "1..2\nok 1 - a {\n    }\n    not ok 1 - y\n    1..1\n}\nnot ok 2 - b # TODO\n",
            "1..1\n    not ok 1 - y\nok 1 - a # TODO\n",
        ] {
            let results = good(text);
            let failed: Vec<&str> = results.failures().map(|(_, _, failure)| failure.test.as_str()).collect();
            assert_eq!((results.verdict(), failed), (Verdict::Fail, vec!["y"]), "{text}");
        }
        for text in [
            "1..1\n    not ok 1 - y # TODO later\n    ok 2\nok 1 - a\n",
            "1..2\n        not ok 1 - z\n    not ok 1 - y # TODO\nok 1 - a\n    not ok 1\nnot ok 2 # TODO\n",
            "1..1\n    ok 1 - x\n      ---\n      text: |\n        not ok 1 - y\n      ...\nok 1 - a\n",
            "1..2\nnot ok 1 - a # TODO {\n    not ok 1 - y\n}\nok 2\n",
            "1..1\n  ---\n    words\nok 1 - a\n",
            "1..1\n  not ok, says a program\n    not okay\nok 1 - a\n",
        ] {
            assert_eq!(good(text).verdict(), Verdict::Pass, "{text}");
        }
        assert_eq!(good("1..2\n    Bail out! no disk\nok 1 - a\n").verdict(), Verdict::Fail);
        let deep = "1..1\n".to_owned() + &" ".repeat(900_000) + "not ok 1 - y\nok 1\n";
        assert_eq!(good(&deep).verdict(), Verdict::Fail);
        let many = "1..1\n".to_owned() + &"    not ok 1 - y\n".repeat(10_000) + "ok 1\n";
        assert_eq!(good(&many).failures().count(), super::super::tap_line::MOST);
    }

    #[test]
    fn only_a_directive_lets_a_failure_pass() {
        for (line, skipped) in [
            ("not ok 1 - a # TODO", true),
            ("not ok 1 # todo: later", true),
            ("not ok 1 - a # Skip no disk", true),
            ("not ok 1 - a # TODOs are listed", false),
            ("not ok 1 - finds #todo in a text", false),
            ("not ok 1 - a # skipping works", false),
            ("not ok 1 - a \\# TODO", false),
            ("ok 1 - a # skipped on this system", true),
            ("ok 1 - a #skip", true),
        ] {
            let results = good(&format!("1..1\n{line}\n"));
            assert_eq!(
                (results.skipped() == 1, results.failures().count() == 0),
                (skipped, skipped),
                "{line}"
            );
        }
    }

    #[test]
    fn numbers_may_come_in_any_order_and_once() {
        assert_eq!(good("1..4\nok 3\nok 1\nok 4\nok 2\n").passed(), 4);
        for twice in ["ok 3\nok 3\nok 1\n", "ok 1\nok 2\nok 1\n", "ok 2\nok 1\nok 2\n", "ok 1\nok 0\nok 2\n"]
        {
            let bad = read(format!("1..3\n{twice}").as_bytes()).unwrap_err();
            assert!(bad.why.contains("was there before"), "{twice}: {bad:?}");
        }
    }

    #[test]
    fn a_bail_out_fails() {
        assert_eq!(good("1..1\nok 1\nBAIL OUT!\n").verdict(), Verdict::Fail);
        let results = good("1..3\nok 1\nBail out! no database\n");
        assert_eq!(results.verdict(), Verdict::Fail);
        assert!(results.packages[NAME].failures[0].output.contains("no database"));
    }

    #[test]
    fn what_proves_nothing_never_passes() {
        for (text, words) in [
            ("", "no plan"),
            ("1..1\nok 1", "torn"),
            ("ok 1\nok 2\n", "no plan"),
            ("1..3\nok 1\nok 2\n", "3 tests are planned and 2"),
            ("1..1\nok 1\nok 2\n", "1 tests are planned and 2"),
            ("1..1\n1..1\nok 1\n", "second plan"),
            ("ok 1\n1..1\nok 2\n", "behind the plan"),
            ("1..2\nok 1\nok 1\n", "was there before"),
            ("1..2\nok 1\n  ---\n    not ok 1\nok 2\n", "has no end"),
            ("1..1\nok 1\n  ---\n  a: b\n", "has no end"),
            ("1..1\n    ok 1\n      ---\n      a: b\n    not ok 2\nok 1\n", "has no end"),
        ] {
            let bad = read(text.as_bytes()).unwrap_err();
            assert!(bad.why.contains(words), "{text:?}: {bad:?}");
        }
        for text in ["1..0 # SKIP nothing here\n", "1..1\nok 1 # SKIP\n", "1..1\nnot ok 1 # TODO\n"] {
            assert_ne!(good(text).verdict(), Verdict::Pass, "{text}");
        }
    }
}
