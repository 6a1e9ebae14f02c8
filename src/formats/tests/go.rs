//! The events of `go test -json` (cmd/test2json), read line by line.

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
    /// Whether the command said at its end that something failed.
    fails: bool,
    /// Room for what the next event printed.
    output: String,
}

/// Reads a whole stream.
///
/// # Errors
///
/// If it cannot be read or holds no event: it proves nothing.
pub fn read(source: impl Read) -> Result<Results, BadReport> {
    let mut reader = Reader::default();
    let torn = |line| BadReport::at(line, "an event is torn: the report is not whole");
    // A child may print anything past the tool, but only the tool begins a line like this.
    let starts = [&b"{\"Time\":"[..], b"{\"Action\":", b"{\"ImportPath\":"];
    let mut begins = false;
    let end = each_line(source, LONGEST, |line, _| {
        let (known, line) = (reader.events, line.trim_ascii_end());
        reader.line(line)?;
        let other = reader.events == known && !line.is_empty();
        // No program of text prints what a disk leaves in a file that it has lost a part of.
        if other && (line.contains(&0) || starts.iter().any(|start| line.starts_with(start))) {
            return Err(torn(reader.lines));
        }
        begins = other && starts.iter().any(|start| start.starts_with(line));
        Ok(())
    })?;
    if end.torn && begins {
        return Err(torn(end.lines));
    }
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
    pub fn line(&mut self, line: &[u8]) -> Result<Option<String>, BadReport> {
        self.lines += 1;
        if line.is_empty() {
            return Ok(None);
        }
        let mut output = std::mem::take(&mut self.output);
        let said = self.event(line, &mut output);
        self.output = output;
        said
    }

    fn event(&mut self, line: &[u8], output: &mut String) -> Result<Option<String>, BadReport> {
        // It stays where it is: to move it takes longer than to read a field of it.
        let read = Event::of(line, output);
        let event = match &read {
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
                // The last word of the command itself.
                self.fails |= line == b"FAIL";
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

    fn take(&mut self, event: &Event) -> Result<Option<String>, String> {
        match &*event.action {
            "build-output" => {
                self.built.print(&event.import_path, "", &event.output)?;
                return Ok(Some(event.output.to_string()));
            }
            // The package that wanted it fails later, with `FailedBuild`; this alone already counts.
            "build-fail" => {
                let name = event.import_path.split(' ').next().unwrap_or_default();
                let output = self.built.end(&event.import_path, "");
                self.broke(name, output, true)?;
                return Ok(None);
            }
            "run" | "pass" | "skip" | "fail" if event.package.is_empty() => {
                return Err("an event names no package: give one to `go tool test2json` with `-p`".into());
            }
            _ if event.package.is_empty() => return Ok(None),
            _ => {}
        }
        let known = self.results.packages.len();
        self.known(&event.package)?;
        let new = self.results.packages.len() > known;
        match &*event.action {
            "output" => {
                self.running.print(&event.package, &event.test, &event.output)?;
                Ok(event.test.is_empty().then(|| event.output.to_string()))
            }
            "start" => {
                self.starts(&event.package, new);
                Ok(None)
            }
            "run" => {
                self.begins(&event.package);
                self.running.begin(&event.package, &event.test)?;
                Ok(None)
            }
            "pass" | "skip" | "fail" => self.end(event).map(|()| None),
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
        let packages = &mut self.results.packages;
        if !packages.contains_key(package) {
            self.named = self.named.saturating_add(package.len());
            if packages.len() >= PACKAGES.0 || self.named > PACKAGES.1 {
                let most = PACKAGES.0;
                return Err(format!("there are more than {most} packages, or their names are too long"));
            }
            packages.insert(package.to_owned(), Package::default());
        }
        package.clone_into(&mut self.package);
        Ok(())
    }

    /// A package starts once in a stream. Where streams were joined, one that starts again without an end was cut.
    fn starts(&mut self, name: &str, new: bool) {
        if let Some(package) = self.results.packages.get_mut(name).filter(|package| !new && !package.ended) {
            package.fail(&mut self.kept, String::new(), "it had not ended when it started again\n".into());
            self.unfinished(name);
        }
        self.begins(name);
    }

    /// What begins again behind its end, since streams may have been joined, has to end again.
    fn begins(&mut self, package: &str) {
        if let Some(package) = self.results.packages.get_mut(package) {
            package.ended = false;
        }
    }

    fn end(&mut self, event: &Event) -> Result<(), String> {
        let (name, test) = (&*event.package, &*event.test);
        let output = self.running.end(name, test);
        let failed = event.action == "fail";
        if test.is_empty() {
            self.unfinished(name);
        }
        // Beside a failed test its package may fail by itself: one that only has failed tests ends with 1. Where it
        // is lost how it ended, nobody knows that it did not.
        let by_itself = failed
            && test.is_empty()
            && (output.ends_with(LOST)
                || output.lines().any(|line| {
                    line.strip_prefix("exit status ").is_some_and(|code| code != "1")
                        || line.starts_with("signal: ")
                }));
        if !test.is_empty() {
            self.results.names.note(name, test, event.action == "pass");
            // A test with subtests takes as long as they do.
            if !test.contains('/') {
                self.results.slowest.note(name, test, event.elapsed);
            }
        }
        let package =
            self.results.packages.get_mut(name).ok_or("an event ends a package that is not known")?;
        package.ended |= test.is_empty();
        match (test.is_empty(), &*event.action) {
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
            (false, _) => package.fail(&mut self.kept, test.to_owned(), output),
        }
        Ok(())
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
        let packages: Vec<String> = self.results.packages.keys().cloned().collect();
        for package in packages {
            self.unfinished(&package);
        }
        if self.fails && self.results.failed() == 0 {
            self.results.contradictions.push("`FAIL` stands in it, and nothing in it failed".into());
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
