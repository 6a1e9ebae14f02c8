//! The Test Anything Protocol, versions 12 to 14 (testanything.org).
//!
//! A plan that comes first, `1..3`, is also the mark of the end: with a test less the report is cut off.

use std::collections::BTreeSet;
use std::io::Read;

use super::kept::{Budget, append};
use super::names::Names;
use super::results::{Failure, Package, Results};
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

/// Reads a report. Tests of subtests are not counted, since each set of them is a test by itself.
///
/// # Errors
///
/// If it cannot be read, has no plan, or has more or fewer tests than planned.
pub fn read(source: impl Read) -> Result<Results, BadReport> {
    let mut reader = Reader::default();
    let end = each_line(source, LONGEST, |line, number| reader.line(line, number))?;
    reader.settle();
    if end.torn {
        // What stood behind it may have been `# TODO`.
        return Err(BadReport::at(end.lines, "the last line is torn: it has no line feed"));
    }
    if let Some(why) = reader.bail {
        let output = format!("Bail out! {why}\n");
        reader.package.failures.push(Failure { test: String::new(), output });
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
        if let Some(count) = plan(&text) {
            if self.planned.is_some() {
                return Err(BadReport::at(number, "there is a second plan"));
            }
            self.planned = Some(count);
            self.closed = self.count > 0;
            return Ok(());
        }
        if let Some(why) = text.strip_prefix("Bail out!") {
            self.bail.get_or_insert_with(|| why.trim().to_owned());
            return Ok(());
        }
        let (ok, rest) = match (text.strip_prefix("not ok"), text.strip_prefix("ok")) {
            (Some(rest), _) => (false, rest),
            (_, Some(rest)) => (true, rest),
            // Comments, subtests, what programs print: kept where a failure is before it.
            _ => {
                if let Some(failure) = &mut self.failed {
                    append(&mut failure.output, &text);
                    append(&mut failure.output, "\n");
                }
                return Ok(());
            }
        };
        if !rest.is_empty() && !rest.starts_with(' ') {
            return Ok(()); // A word that only begins like one of ours.
        }
        if self.closed {
            return Err(BadReport::at(number, "there is a test behind the plan at its end"));
        }
        self.test(ok, rest, number)
    }

    fn test(&mut self, ok: bool, rest: &str, number: u64) -> Result<(), BadReport> {
        self.settle();
        self.count += 1;
        let rest = rest.trim_start();
        let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let told = if digits == 0 { self.count } else { rest[..digits].parse().unwrap_or(0) };
        self.numbers.take(told).map_err(|why| BadReport::at(number, why))?;
        let words = rest[digits..].trim_start().trim_start_matches("- ");
        let (name, directive) = directive(words);
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
            let output = self.budget.keep(output);
            self.package.failures.push(Failure { test, output });
        }
    }
}

enum Directive {
    None,
    Skip,
    Todo,
}

/// A description without its directive, `# SKIP why` or `# TODO why`; `\#` is no beginning of one.
fn directive(words: &str) -> (&str, Directive) {
    for (at, _) in words.match_indices('#') {
        if words[..at].ends_with('\\') {
            continue;
        }
        let after = words[at + 1..].trim_start();
        let is = |word: &str| after.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word));
        let name = words[..at].trim_end();
        if is("skip") {
            return (name, Directive::Skip);
        }
        if is("todo") {
            return (name, Directive::Todo);
        }
    }
    (words.trim_end(), Directive::None)
}

/// How many tests `1..N` plans.
fn plan(line: &str) -> Option<u64> {
    let rest = line.strip_prefix("1..")?;
    let count = rest.split('#').next().unwrap_or_default().trim();
    count.parse().ok() // Anything else is a line of a program.
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
        ] {
            let bad = read(text.as_bytes()).unwrap_err();
            assert!(bad.why.contains(words), "{text:?}: {bad:?}");
        }
        for text in ["1..0 # SKIP nothing here\n", "1..1\nok 1 # SKIP\n", "1..1\nnot ok 1 # TODO\n"] {
            assert_ne!(good(text).verdict(), Verdict::Pass, "{text}");
        }
    }
}
