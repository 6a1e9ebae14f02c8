//! JUnit's XML in its dialects: Surefire, Gradle, pytest, nextest, Deno, Node, gotestsum and many more.
//!
//! There is no specification, and the counts in attributes are often wrong. What is told of single tests
//! counts; where an attribute says that more failed, it is believed, and where one counts tests that are not
//! told of, the report is no evidence.

use std::io::Read;

use super::claims::Suite;
use super::junit_case::Case;
use super::kept::{Budget, append};
use super::last_words::{LastWords, is_of_run};
use super::results::{Package, Results};
use crate::formats::xml::{Element, Node, each_node};
use crate::formats::{BadReport, Format, Made};

/// JUnit's XML.
pub const FORMAT: Format<Results> = Format {
    name: "JUnit XML",
    is: |head| head.is_xml("testsuites") || head.is_xml("testsuite"),
    read: |source| read(source),
};

/// Why the text that comes is kept.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Suite,
    Case,
    /// A failure, with its text.
    Failure,
    Other,
}

#[derive(Default)]
struct Reader {
    results: Results,
    open: Vec<Place>,
    suites: Vec<Suite>,
    case: Option<Case>,
    /// The memory of the last test's name, for the next one's.
    spare: String,
    budget: Budget,
    /// How long the names of all suites are together, in bytes.
    named: usize,
    last_words: LastWords,
}

/// The most suites that are told apart, and how long all their names may be, in bytes.
const SUITES: (usize, usize) = (20_000, 4 * 1024 * 1024);

/// The name of those beyond them.
const OTHERS: &str = "(more suites than are told apart)";

/// How many contradictions are kept.
const MOST: usize = 100;

/// Reads a report.
///
/// # Errors
///
/// If it cannot be read, is cut off, or is no XML: it proves nothing.
pub fn read(source: impl Read) -> Result<Results, BadReport> {
    let mut reader = Reader::default();
    let mut begun = false;
    each_node(source, |node| {
        match node {
            Node::Start(element) => {
                begun = true;
                reader.start(&element)?;
            }
            Node::Text(text) => reader.text(&text),
            Node::Comment(words) => reader.comment(words.trim()),
            Node::Nothing => {}
            Node::End => reader.end()?,
        }
        Ok(())
    })?;
    if !begun {
        return Err(BadReport::at(0, "it is empty"));
    }
    let unheard = reader.last_words.unheard(reader.results.passed(), reader.results.failed());
    reader.results.contradictions.extend(unheard);
    Ok(reader.results)
}

impl Reader {
    fn start(&mut self, element: &Element) -> Result<(), BadReport> {
        let place = match element.name() {
            "testsuites" | "testsuite" if self.case.is_none() => {
                self.suite(element)?;
                Place::Suite
            }
            "testcase" if self.case.is_none() => {
                let case = Case::of(element, std::mem::take(&mut self.spare))?;
                if let Some(suite) = self.suites.last_mut() {
                    suite.begin_case(case.run);
                }
                self.results.made = Made::and(self.results.made, case.made);
                self.case = Some(case);
                // What was said before is of a test, not of all.
                self.last_words = LastWords::default();
                Place::Case
            }
            "testcase" | "testsuite" | "testsuites" => {
                return Err(BadReport::at(element.line(), "a test lies in a test"));
            }
            name => self.of_case(name, element)?,
        };
        self.open.push(place);
        Ok(())
    }

    fn suite(&mut self, element: &Element) -> Result<(), BadReport> {
        let mut suite = Suite::of(element)?;
        if suite.name.is_empty() {
            suite.name = self.suites.last().map_or_else(|| "tests".into(), |suite| suite.name.clone());
        }
        self.results.made = Made::and(self.results.made, suite.made);
        self.suites.push(suite);
        Ok(())
    }

    /// An element inside of a test, or beside tests.
    fn of_case(&mut self, name: &str, element: &Element) -> Result<Place, BadReport> {
        let message = || -> Result<String, BadReport> {
            Ok(element.attribute("message")?.map(|text| text + "\n").unwrap_or_default())
        };
        let Some(case) = &mut self.case else {
            // A suite that failed by itself: its set-up, its process.
            if matches!(name, "failure" | "error") {
                let text = message()?;
                self.fail(String::new(), text);
            }
            return Ok(Place::Other);
        };
        match name {
            "failure" | "error" | "rerunFailure" | "rerunError" => {
                case.failed = true;
                append(&mut case.words, &message()?);
                Ok(Place::Failure)
            }
            "flakyFailure" | "flakyError" => {
                case.flaky = true;
                append(&mut case.words, &message()?);
                Ok(Place::Other)
            }
            "skipped" => {
                case.skipped = true;
                // CTest could not start it, or had lost what it needs; what it leaves out on purpose it calls so.
                let why = message()?;
                if case.not_run && !why.trim().is_empty() && !why.starts_with("SKIP_") {
                    case.failed = true;
                    append(&mut case.words, &why);
                }
                case.todo |= element.attribute("type")?.is_some_and(|kind| kind == "todo");
                Ok(Place::Other)
            }
            _ => {
                case.doubt(name, element.line());
                Ok(Place::Other)
            }
        }
    }

    /// What Node's runner tells of the whole run stands in comments.
    fn comment(&mut self, words: &str) {
        if self.case.is_some() {
            return;
        }
        if is_of_run(words) {
            self.fail(String::new(), format!("{words}\n"));
        }
        self.last_words.take(words);
    }

    fn text(&mut self, text: &str) {
        if let (Some(Place::Failure), Some(case)) = (self.open.last(), &mut self.case) {
            append(&mut case.words, text);
        }
    }

    fn end(&mut self) -> Result<(), BadReport> {
        match self.open.pop() {
            Some(Place::Suite) => self.end_suite(),
            Some(Place::Case) => return self.end_case(),
            Some(Place::Failure | Place::Other) | None => {}
        }
        Ok(())
    }

    fn end_case(&mut self) -> Result<(), BadReport> {
        let Some(case) = self.case.take() else { return Ok(()) };
        if let Some(suite) = self.suites.last_mut() {
            suite.told.failed_todo += u64::from(case.failed && case.todo);
            suite.told.skipped += u64::from(case.skipped);
        }
        if let Some(bad) = case.strange.filter(|_| !case.failed && !case.skipped) {
            return Err(bad);
        }
        let suite = self.suites.last().map_or("tests", |suite| suite.name.as_str());
        let passed = !case.failed && !case.skipped;
        self.results.names.note(suite, &case.name, passed);
        self.results.slowest.note(suite, &case.name, case.seconds);
        if case.failed && !case.todo {
            let mut words = case.words;
            if !words.is_empty() && !words.ends_with('\n') {
                words.push('\n');
            }
            self.fail(case.name, words);
            return Ok(());
        }
        if !case.skipped && case.flaky {
            let (test, output) = (case.name, case.words);
            self.package(|package, budget| package.pass_in_the_end(budget, test, output));
            return Ok(());
        }
        self.spare = case.name;
        match self.suites.last_mut() {
            // Told with all others of the suite at its end.
            Some(suite) => suite.untold_of[usize::from(case.skipped)] += 1,
            None => self.count([u64::from(!case.skipped), u64::from(case.skipped)]),
        }
        Ok(())
    }

    /// Tells the package of the suite that is open of tests that passed and were left out.
    fn count(&mut self, [passed, skipped]: [u64; 2]) {
        if passed + skipped > 0 {
            self.package(|package, _| {
                package.passed += passed;
                package.skipped += skipped;
            });
        }
    }

    fn end_suite(&mut self) {
        if let Some(counts) = self.suites.last().map(|suite| suite.untold_of) {
            self.count(counts);
        }
        let Some(suite) = self.suites.pop() else { return };
        if let Some(output) = suite.untold() {
            self.package_of(&suite.name, |package, budget| package.fail(budget, String::new(), output));
        }
        let room = MOST.saturating_sub(self.results.contradictions.len());
        self.results.contradictions.extend(suite.contradictions().into_iter().take(room));
        if let Some(outer) = self.suites.last_mut() {
            outer.take(&suite);
        }
    }

    fn fail(&mut self, test: String, output: String) {
        self.package(|package, budget| package.fail(budget, test, output));
        if let Some(suite) = self.suites.last_mut() {
            suite.told.failed += 1;
        }
    }

    /// Changes what is told of the suite that is open.
    fn package(&mut self, change: impl FnOnce(&mut Package, &mut Budget)) {
        let name = self.suites.last_mut().map(|suite| std::mem::take(&mut suite.name));
        self.package_of(name.as_deref().unwrap_or("tests"), change);
        if let (Some(suite), Some(name)) = (self.suites.last_mut(), name) {
            suite.name = name;
        }
    }

    /// Changes what is told of a suite.
    fn package_of(&mut self, name: &str, change: impl FnOnce(&mut Package, &mut Budget)) {
        let packages = &mut self.results.packages;
        if let Some(package) = packages.get_mut(name) {
            return change(package, &mut self.budget);
        }
        let names = self.named.saturating_add(name.len());
        // A suite's end is nothing that could be missed, so together they say the same.
        let name = if packages.len() >= SUITES.0 || names > SUITES.1 { OTHERS } else { name };
        self.named = names.min(SUITES.1);
        change(packages.entry(name.to_owned()).or_insert_with(ended), &mut self.budget);
    }
}

/// A suite of a document that is whole has ended.
fn ended() -> Package {
    Package { ended: true, ..Package::default() }
}
