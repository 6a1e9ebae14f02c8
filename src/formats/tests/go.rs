//! The events of `go test -json` (cmd/test2json), read line by line.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::io::Read;

use serde::Deserialize;

use super::kept::{Budget, append};
use super::results::{Failure, Package, Results};
use crate::formats::lines::each_line;
use crate::formats::{BadReport, Format, Made, looks_like};

/// The events of `go test -json`.
pub const FORMAT: Format<Results> = Format {
    name: "events of `go test -json`",
    is: |head| head.holds("Action") && (head.holds("Package") || head.holds("ImportPath")),
    read: |source| read(source),
};

/// The longest line, in bytes.
const LONGEST: usize = 16 * 1024 * 1024;

/// An event; only the fields that decide something.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Event<'a> {
    #[serde(borrow, default)]
    time: Cow<'a, str>,
    #[serde(borrow)]
    action: Cow<'a, str>,
    #[serde(borrow, default)]
    package: Cow<'a, str>,
    #[serde(borrow, default)]
    test: Cow<'a, str>,
    #[serde(borrow, default)]
    output: Cow<'a, str>,
    #[serde(borrow, default)]
    failed_build: Cow<'a, str>,
    #[serde(borrow, default)]
    import_path: Cow<'a, str>,
    #[serde(default)]
    elapsed: f64,
}

/// Takes events one by one.
#[derive(Debug, Default)]
pub struct Reader {
    results: Results,
    /// What runs now, with what it printed: of each package its tests, and itself without a name.
    running: HashMap<String, BTreeMap<String, String>>,
    /// What the compiler said, by import path.
    built: HashMap<String, String>,
    events: u64,
    lines: u64,
    kept: Budget,
    /// When the first event was, and the last one as it is written: events come in the order of time.
    first: Option<Made>,
    last: String,
}

/// Reads a whole stream.
///
/// # Errors
///
/// If it cannot be read or holds no event: it proves nothing.
pub fn read(source: impl Read) -> Result<Results, BadReport> {
    let mut reader = Reader::default();
    each_line(source, LONGEST, |line, _| {
        let known = reader.events;
        let line = line.trim_ascii_end();
        reader.line(line)?;
        // A child may print anything past the tool, but only the tool begins a line like this.
        let ours = [&b"{\"Time\":"[..], b"{\"Action\":", b"{\"ImportPath\":"]
            .iter()
            .any(|start| line.starts_with(start));
        if reader.events == known && ours {
            return Err(BadReport::at(reader.lines, "an event is torn: the report is not whole"));
        }
        Ok(())
    })?;
    reader.finish()
}

impl Reader {
    /// Takes a line. What is no JSON comes from children that print past the tool, and is left out; the
    /// text that a person may want to see is given back: the end of a package, and output of its own.
    ///
    /// # Errors
    ///
    /// If the first line shows that this is another tool's report.
    pub fn line<'a>(&mut self, line: &'a [u8]) -> Result<Option<Cow<'a, str>>, BadReport> {
        self.lines += 1;
        if line.is_empty() {
            return Ok(None);
        }
        let event: Event = match serde_json::from_slice(line) {
            Ok(event) => event,
            Err(_) if self.events == 0 && (line.starts_with(b"<") || line == b"null" || line == b"[]") => {
                return Err(foreign(self.lines, line));
            }
            // A torn or foreign line proves nothing; what it hid is missed by the end of its package.
            Err(_) => return Ok(None),
        };
        self.events += 1;
        if !event.time.is_empty() {
            if self.last.is_empty() {
                self.first = Made::iso(&event.time);
            }
            self.last.clear();
            self.last.push_str(&event.time);
        }
        Ok(self.take(event))
    }

    fn take<'a>(&mut self, event: Event<'a>) -> Option<Cow<'a, str>> {
        match &*event.action {
            "build-output" => {
                let kept = self.built.entry(event.import_path.into_owned()).or_default();
                append(kept, &event.output);
                return Some(event.output);
            }
            // The package that wanted it fails later, with `FailedBuild`; this alone already counts.
            "build-fail" => {
                let name = event.import_path.split(' ').next().unwrap_or_default().to_owned();
                let output = self.built.remove(&*event.import_path).unwrap_or_default();
                let output = self.kept.keep(output);
                let package = self.results.packages.entry(name).or_default();
                package.unbuilt = true;
                package.ended = true;
                package.failures.push(Failure { test: String::new(), output });
                return None;
            }
            _ if event.package.is_empty() => return None,
            _ => {}
        }
        if !self.results.packages.contains_key(&*event.package) {
            self.results.packages.insert(event.package.to_string(), Package::default());
        }
        match &*event.action {
            "output" => self.output(event),
            "run" => {
                let tests = self.running.entry(event.package.into_owned()).or_default();
                tests.insert(event.test.into_owned(), String::new());
                None
            }
            "pass" | "skip" | "fail" => {
                self.end(&event);
                None
            }
            _ => None,
        }
    }

    fn output<'a>(&mut self, event: Event<'a>) -> Option<Cow<'a, str>> {
        let own = event.test.is_empty();
        let tests = self.running.entry(event.package.into_owned()).or_default();
        append(tests.entry(event.test.into_owned()).or_default(), &event.output);
        own.then_some(event.output)
    }

    fn end(&mut self, event: &Event) {
        let place = (event.package.to_string(), event.test.to_string());
        let tests = self.running.get_mut(&place.0);
        let output = tests.and_then(|tests| tests.remove(&place.1)).unwrap_or_default();
        let failed = event.action == "fail";
        if event.test.is_empty() {
            self.unfinished(&place.0);
        }
        // Beside a failed test its package may fail by itself: one that only has failed tests ends with 1.
        let by_itself = failed
            && event.test.is_empty()
            && output.lines().any(|line| {
                line.strip_prefix("exit status ").is_some_and(|code| code != "1")
                    || line.starts_with("signal: ")
            });
        let output = if failed { self.kept.keep(output) } else { String::new() };
        if !event.test.is_empty() {
            self.results.names.note(&place.0, &place.1, event.action == "pass");
            // A test with subtests takes as long as they do.
            if !place.1.contains('/') {
                self.results.slowest.note(&place.0, &place.1, event.elapsed);
            }
        }
        let package = self.results.packages.entry(place.0).or_default();
        match (event.test.is_empty(), &*event.action) {
            (true, "fail") => {
                package.ended = true;
                package.unbuilt |= !event.failed_build.is_empty();
                // A package fails because a test did, or by itself: by its build or its TestMain.
                if package.failures.is_empty() || by_itself {
                    package.failures.push(Failure { test: String::new(), output });
                }
            }
            (true, _) => package.ended = true,
            (false, "pass") => package.passed += 1,
            (false, "skip") => package.skipped += 1,
            (false, _) => package.failures.push(Failure { test: place.1, output }),
        }
    }

    /// Tests of a package that never ended, because it panicked or was killed, failed.
    fn unfinished(&mut self, package: &str) {
        let begun = self.running.remove(package).unwrap_or_default();
        for (test, output) in begun.into_iter().filter(|(test, _)| !test.is_empty()) {
            let output = self.kept.keep(output + "it did not end\n");
            if let Some(package) = self.results.packages.get_mut(package) {
                package.failures.push(Failure { test, output });
            }
        }
    }

    /// The results.
    ///
    /// # Errors
    ///
    /// If there was no event.
    pub fn finish(mut self) -> Result<Results, BadReport> {
        if self.events == 0 {
            return Err(BadReport::at(0, "it holds no event of `go test -json`"));
        }
        let open: Vec<String> =
            self.results.packages.iter().filter(|(_, p)| !p.ended).map(|(name, _)| name.clone()).collect();
        for package in open {
            self.unfinished(&package);
        }
        self.results.made = Made::and(self.first, Made::iso(&self.last));
        Ok(self.results)
    }
}

fn foreign(number: u64, line: &[u8]) -> BadReport {
    BadReport::at(
        number,
        format!("it is not the output of `go test -json`; it looks like {}", looks_like(line)),
    )
}

#[cfg(test)]
mod tests {
    use super::super::Verdict;
    use super::*;

    fn events(lines: &[&str]) -> Results {
        read(lines.join("\n").as_bytes()).unwrap()
    }

    const START: &str = r#"{"Action":"start","Package":"m"}"#;
    const RUN: &str = r#"{"Action":"run","Package":"m","Test":"T"}"#;
    const PASS: &str = r#"{"Action":"pass","Package":"m","Test":"T","Elapsed":0}"#;
    const FAIL: &str = r#"{"Action":"fail","Package":"m","Test":"T","Elapsed":0}"#;
    const END: &str = r#"{"Action":"pass","Package":"m","Elapsed":0.1}"#;
    const BAD_END: &str = r#"{"Action":"fail","Package":"m","Elapsed":0.1}"#;

    #[test]
    fn passes_only_with_a_test_and_an_end() {
        let good = events(&[START, RUN, PASS, END]);
        assert_eq!((good.verdict(), good.passed()), (Verdict::Pass, 1));
        assert_eq!(events(&[START, END]).verdict(), Verdict::NoEvidence("no test ran".into()));
        assert_eq!(
            events(&[START, RUN, PASS]).verdict(),
            Verdict::NoEvidence("the report ends before m".into())
        );
        assert_eq!(
            events(&[START, RUN, r#"{"Action":"skip","Package":"m","Test":"T"}"#, END]).verdict(),
            Verdict::NoEvidence("no test ran".into())
        );
    }

    #[test]
    fn a_package_can_fail_though_its_tests_passed() {
        let out = r#"{"Action":"output","Package":"m","Output":"exit status 3\n"}"#;
        let results = events(&[START, RUN, PASS, out, BAD_END]);
        assert_eq!(results.verdict(), Verdict::Fail);
        assert_eq!(
            results.packages["m"].failures,
            [Failure { test: String::new(), output: "exit status 3\n".into() }]
        );
    }

    #[test]
    fn a_failed_test_keeps_its_output() {
        let out = r#"{"Action":"output","Package":"m","Test":"T","Output":"    a_test.go:7: no\n"}"#;
        for lines in [vec![START, RUN, out, FAIL, BAD_END], vec![START, RUN, out, FAIL, END]] {
            let results = events(&lines);
            assert_eq!(results.verdict(), Verdict::Fail);
            assert_eq!(
                results.packages["m"].failures,
                [Failure { test: "T".into(), output: "    a_test.go:7: no\n".into() }]
            );
        }
    }

    #[test]
    fn a_test_without_an_end_failed() {
        for lines in [vec![START, RUN, BAD_END], vec![START, RUN, END], vec![START, RUN]] {
            let results = events(&lines);
            assert_eq!(results.verdict(), Verdict::Fail, "{lines:?}");
            assert!(results.packages["m"].failures[0].output.contains("did not end"));
        }
    }

    #[test]
    fn a_failed_build_fails() {
        let out = r#"{"ImportPath":"m [m.test]","Action":"build-output","Output":"./a_test.go:3:1: syntax error\n"}"#;
        let fail = r#"{"ImportPath":"m [m.test]","Action":"build-fail"}"#;
        let end = r#"{"Action":"fail","Package":"m","Elapsed":0,"FailedBuild":"m [m.test]"}"#;
        for lines in [vec![out, fail, START, end], vec![out, fail], vec![START, end]] {
            let results = events(&lines);
            assert_eq!(results.verdict(), Verdict::Fail, "{lines:?}");
            assert!(results.packages["m"].unbuilt);
        }
        assert!(events(&[out, fail, START, end]).packages["m"].failures[0].output.contains("syntax error"));
    }

    #[test]
    fn lines_of_others_are_left_out() {
        let results = events(&[
            "# m",
            "FAIL\tm [setup failed]",
            START,
            RUN,
            "{\"other\":\"pa",
            "::error::x",
            PASS,
            END,
        ]);
        assert_eq!(results.verdict(), Verdict::Pass);
        assert_eq!(results.packages.len(), 1);
    }

    #[test]
    fn a_torn_event_is_no_line_of_others() {
        for torn in ["{\"Action\":\"fail\",\"Package\":\"m/b\",\"Te", "{\"Time\":\"2026-01-01T"] {
            let text = [START, RUN, PASS, END, torn].join("\n");
            assert!(read(text.as_bytes()).unwrap_err().why.contains("torn"), "{torn}");
        }
    }

    #[test]
    fn other_reports_prove_nothing() {
        for text in [
            "",
            "\n",
            "null",
            "[]",
            "<testsuites/>",
            "<html>",
            "mode: set\na.go:1.1,2.2 1 1\n",
            "{}",
            "{\"a\":1}",
            "ok  \tm\t0.1s\n",
            "{\"Action\":7}",
        ] {
            assert!(read(text.as_bytes()).is_err(), "{text}");
        }
        let deep = "{\"Action\":".to_owned() + &"[".repeat(100_000);
        assert!(read(deep.as_bytes()).is_err());
    }

    #[test]
    fn a_cut_report_never_passes() {
        let text = [START, RUN, PASS, r#"{"Action":"run","Package":"m","Test":"U"}"#, END].join("\n");
        for end in 0..text.len() {
            let passes =
                read(&text.as_bytes()[..end]).is_ok_and(|results| results.verdict() == Verdict::Pass);
            assert!(!passes, "{end}");
        }
    }
}
