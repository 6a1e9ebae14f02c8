//! The Test Anything Protocol, versions 12 to 14 (testanything.org).
//!
//! A plan that comes first, `1..3`, is also the mark of the end: with a test less the report is cut off.

use std::io::Read;

use super::kept::{Budget, append};
use super::last_words::{LastWords, is_of_run};
use super::names::Names;
use super::results::{Failure, Package, Results};
use super::tap_line::{
    Directive, INDENT, Numbered, Subtests, directive, indented, is_comment, is_stray, numbered, plan, result,
};
use super::tap_numbers::Numbers;
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
pub(super) const NAME: &str = "tests";

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
    last_words: LastWords,
    /// A line of no kind is an error (`pragma +strict`).
    strict: bool,
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
        if let Some(number) = reader.numbers.missing() {
            return Err(BadReport::at(
                end.lines,
                format!("test {number} is not told of, and one behind it is"),
            ));
        }
    }
    reader.package.ended = true;
    let unheard = reader.last_words.unheard(reader.package.passed, reader.package.failed());
    Ok(Results {
        packages: [(NAME.to_owned(), reader.package)].into(),
        names: reader.names,
        contradictions: unheard.into_iter().collect(),
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
            if is_stray(inside) && result(inside).is_none() {
                return Err(stray(number));
            }
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
            return self.other(&text, number);
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

    /// A line that is no test, no plan and of no subtest.
    fn other(&mut self, text: &str, number: u64) -> Result<(), BadReport> {
        if let Some(version) = text.strip_prefix("TAP version ") {
            if !matches!(version.trim(), "12" | "13" | "14") {
                return Err(BadReport::at(number, "versions 12 to 14 of TAP are known, and no other"));
            }
        } else if let Some(pragmas) = text.strip_prefix("pragma ") {
            for pragma in pragmas.split(',').map(str::trim) {
                self.strict = (self.strict || pragma == "+strict") && pragma != "-strict";
            }
        } else if is_stray(text) {
            return Err(stray(number));
        } else if self.planned == Some(self.count)
            && let Some(words) = text.strip_prefix('#')
            && !is_of_run(words.trim_start())
        {
            self.last_words.take(words);
        } else if let Some(words) = text.strip_prefix("# ").filter(|words| is_of_run(words)) {
            self.package.fail(&mut self.budget, String::new(), format!("{}\n", words.trim_end()));
        } else if self.strict && !is_comment(text) {
            return Err(BadReport::at(number, "it is no line of TAP, and `pragma +strict` allows no other"));
        }
        self.word(text);
        Ok(())
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
        // A brace that belonged to its name alone has opened nothing.
        while self.braces.pop_if(|(own, _)| *own >= depth).is_some() {}
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

fn stray(line: u64) -> BadReport {
    let why = format!(
        "`not ok` stands at the beginning of a line, or behind {INDENT} blanks for each depth of a subtest"
    );
    BadReport::at(line, why)
}

/// Why the tests were given up, of a line that says so; TAP 14 has it in any case of letters.
fn bail_out(text: &str) -> Option<&str> {
    const WORDS: &str = "Bail out!";
    let (words, why) = text.split_at_checked(WORDS.len())?;
    words.eq_ignore_ascii_case(WORDS).then_some(why)
}
