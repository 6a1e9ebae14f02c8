//! The events of `go test -json` (cmd/test2json), read line by line.

use std::borrow::Cow;
use std::io::Read;

use super::go_event::{Event, Failed, Times};
use super::kept::{Budget, LOST};
use super::results::{Package, Results};
use super::running::Running;
use crate::formats::json::too_deep;
use crate::formats::lines::each_line;
use crate::formats::{BadReport, Format, looks_like};

/// The events of `go test -json`.
pub const FORMAT: Format<Results> = Format {
    name: "events of `go test -json`",
    is: |head| head.holds("Action") && (head.holds("Package") || head.holds("ImportPath")),
    read: |source| read(source),
};

/// The longest line, in bytes.
const LONGEST: usize = 16 * 1024 * 1024;

/// The most packages, and how long all their names may be, in bytes.
const PACKAGES: (usize, usize) = (100_000, 8 * 1024 * 1024);

/// Takes events one by one.
#[derive(Debug, Default)]
pub struct Reader {
    results: Results,
    running: Running,
    /// What the compiler said, by import path.
    built: Running,
    /// How long the names of all packages are together, in bytes.
    named: usize,
    /// The package of the last event.
    package: String,
    events: u64,
    lines: u64,
    kept: Budget,
    times: Times,
}

/// Reads a whole stream.
///
/// # Errors
///
/// If it cannot be read or holds no event: it proves nothing.
pub fn read(source: impl Read) -> Result<Results, BadReport> {
    let mut reader = Reader::default();
    each_line(source, LONGEST, |line, _| {
        let (known, line) = (reader.events, line.trim_ascii_end());
        reader.line(line)?;
        // A child may print anything past the tool, but only the tool begins a line like this.
        let starts = [&b"{\"Time\":"[..], b"{\"Action\":", b"{\"ImportPath\":"];
        if reader.events == known && starts.iter().any(|start| line.starts_with(start)) {
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
    /// If the first line shows that this is another tool's report, an event nests too deep or has a time that is none,
    /// or there are more packages or tests than any run has.
    pub fn line<'a>(&mut self, line: &'a [u8]) -> Result<Option<Cow<'a, str>>, BadReport> {
        self.lines += 1;
        if line.is_empty() {
            return Ok(None);
        }
        // It stays where it is: to move it takes longer than to read a field of it.
        let mut read = Event::of(line);
        let event = match &mut read {
            Ok(event) => event,
            Err(_) if self.events == 0 && (line.starts_with(b"<") || line == b"null" || line == b"[]") => {
                return Err(foreign(self.lines, line));
            }
            // A torn or foreign line proves nothing; what it hid is missed by the end of its package.
            Err(_) => {
                if let Some(Failed { package, why, unbuilt }) = Failed::of(line) {
                    let broke = self.broke(package, why.to_owned(), unbuilt);
                    broke.map_err(|why| BadReport::at(self.lines, why))?;
                }
                return Ok(None);
            }
        };
        if let Some(column) = too_deep(line) {
            let why = format!("an event nests deeper than any does, at column {column}");
            return Err(BadReport::place(self.lines, column as u64, why));
        }
        self.events += 1;
        if !event.time.is_empty() {
            self.times.take(&event.time, self.lines)?;
        }
        self.take(event).map_err(|why| BadReport::at(self.lines, why))
    }

    fn take<'a>(&mut self, event: &mut Event<'a>) -> Result<Option<Cow<'a, str>>, String> {
        match &*event.action {
            "build-output" => {
                self.built.print(&event.import_path, "", &event.output)?;
                return Ok(Some(std::mem::take(&mut event.output)));
            }
            // The package that wanted it fails later, with `FailedBuild`; this alone already counts.
            "build-fail" => {
                let name = event.import_path.split(' ').next().unwrap_or_default();
                let output = self.built.end(&event.import_path, "");
                self.broke(name, output, true)?;
                return Ok(None);
            }
            _ if event.package.is_empty() => return Ok(None),
            _ => {}
        }
        self.known(&event.package)?;
        match &*event.action {
            "output" => {
                self.running.print(&event.package, &event.test, &event.output)?;
                Ok(event.test.is_empty().then(|| std::mem::take(&mut event.output)))
            }
            "run" => {
                self.running.begin(&event.package, &event.test)?;
                Ok(None)
            }
            "pass" | "skip" | "fail" => {
                self.end(event);
                Ok(None)
            }
            _ => Ok(None),
        }
    }

    /// A package failed, of which no event may tell: it could not be built, or was tested past the tool.
    fn broke(&mut self, name: &str, output: String, unbuilt: bool) -> Result<(), String> {
        self.known(name)?;
        let package = self.results.packages.entry(name.to_owned()).or_default();
        package.unbuilt |= unbuilt;
        package.ended = true;
        package.fail(&mut self.kept, String::new(), output);
        Ok(())
    }

    /// Of a package that is left out it would not be known whether it has ended, so there may not be too many.
    fn known(&mut self, package: &str) -> Result<(), String> {
        // Most events are of the package that the last one was of.
        if self.package == package {
            return Ok(());
        }
        package.clone_into(&mut self.package);
        let packages = &mut self.results.packages;
        if packages.contains_key(package) {
            return Ok(());
        }
        self.named = self.named.saturating_add(package.len());
        if packages.len() >= PACKAGES.0 || self.named > PACKAGES.1 {
            return Err(format!("there are more than {} packages, or their names are too long", PACKAGES.0));
        }
        packages.insert(package.to_owned(), Package::default());
        Ok(())
    }

    fn end(&mut self, event: &Event) {
        let place = (event.package.to_string(), event.test.to_string());
        let output = self.running.end(&place.0, &place.1);
        let failed = event.action == "fail";
        if event.test.is_empty() {
            self.unfinished(&place.0);
        }
        // Beside a failed test its package may fail by itself: one that only has failed tests ends with 1. Where it
        // is lost how it ended, nobody knows that it did not.
        let by_itself = failed
            && event.test.is_empty()
            && (output.ends_with(LOST)
                || output.lines().any(|line| {
                    line.strip_prefix("exit status ").is_some_and(|code| code != "1")
                        || line.starts_with("signal: ")
                }));
        if !event.test.is_empty() {
            self.results.names.note(&place.0, &place.1, event.action == "pass");
            // A test with subtests takes as long as they do.
            if !place.1.contains('/') {
                self.results.slowest.note(&place.0, &place.1, event.elapsed);
            }
        }
        let package = self.results.packages.entry(place.0).or_default();
        package.ended |= event.test.is_empty();
        match (event.test.is_empty(), &*event.action) {
            (true, "fail") => {
                package.unbuilt |= !event.failed_build.is_empty();
                // A package fails because a test did, or by itself: by its build or its TestMain.
                if package.failed() == 0 || by_itself {
                    package.fail(&mut self.kept, String::new(), output);
                }
            }
            (true, _) => {}
            (false, "pass") => package.passed += 1,
            (false, "skip") => package.skipped += 1,
            (false, _) => package.fail(&mut self.kept, place.1, output),
        }
    }

    /// Tests of a package that never ended, because it panicked or was killed, failed.
    fn unfinished(&mut self, package: &str) {
        let begun = self.running.end_all(package);
        let Some(package) = self.results.packages.get_mut(package) else { return };
        for (test, output) in begun.into_iter().filter(|(test, _)| !test.is_empty()) {
            package.fail(&mut self.kept, test, output + "it did not end\n");
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
        self.results.made = self.times.end()?;
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
    use super::super::{Failure, Verdict};
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
    fn a_package_that_older_versions_of_go_could_not_build_fails() {
        for why in ["[setup failed]", "[build failed]"] {
            let results = events(&[START, RUN, PASS, END, &format!("FAIL\tm/x {why}")]);
            assert!(results.verdict() == Verdict::Fail && results.packages["m/x"].unbuilt);
        }
        // Tested past the tool.
        let results = events(&[START, RUN, PASS, END, "FAIL\tm/x\t0.01s"]);
        assert!(results.verdict() == Verdict::Fail && !results.packages["m/x"].unbuilt);
        assert_eq!(results.packages["m/x"].failures[0].output, "0.01s");
    }

    #[test]
    fn lines_of_others_are_left_out() {
        let all =
            events(&["# m", "ok  \tm\t0.1s", "FAIL", START, RUN, "{\"other\":\"pa", "::error::x", PASS, END]);
        assert_eq!((all.verdict(), all.packages.len()), (Verdict::Pass, 1));
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
