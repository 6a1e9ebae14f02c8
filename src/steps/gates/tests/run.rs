//! `go test`, its events and its profile written down in a form that holds no times.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use camino::{Utf8Path, Utf8PathBuf};
use serde_json::{Value, json};

use crate::formats::tests::go::Reader;
use crate::formats::tests::{Results, Timed, Verdict};
use crate::formats::{BadReport, coverage};
use crate::model::artifact::HOLDS;
use crate::model::{Artifact, ArtifactKind, Problem, Stream};
use crate::ports::files::FileError;
use crate::ports::process::{Command, Ended};
use crate::ports::{Files, Secrets};
use crate::steps::gates::report::{FORMAT, GO_COVERAGE, GO_TESTS, TestRun};
use crate::steps::room::{Maker, Site};

/// How many of Go's last lines on standard error are shown.
const SHOWN: usize = 20;

/// Where the slowest tests are written down, below the dist folder.
const SLOWEST: &str = "report/tests/slowest.txt";

/// Runs the tests once, for every gate that wants to know.
pub struct Run {
    /// Arguments of `go`, the packages last.
    pub args: Vec<String>,
    /// The packages among them.
    pub packages: Vec<String>,
    /// Variables.
    pub env: BTreeMap<String, String>,
    /// Whether the race detector is on.
    pub race: bool,
    /// Go's version.
    pub tool: String,
    /// How often what failed runs again.
    pub reruns: u8,
    /// The tests of which has to be known whether there are any.
    pub watched: Vec<String>,
}

#[async_trait::async_trait]
impl Maker for Run {
    /// Succeeds also where tests fail: what it makes is the report of that.
    async fn make(&self, site: &Site) -> Result<Vec<Artifact>, Problem> {
        let bench = site.dist.join(".tests");
        site.ports.files.remove(&bench)?;
        site.ports.files.make_dir(&bench)?;
        // The child runs in the project's folder, so the place must not depend on where we run.
        let raw = site.ports.files.real_path(&bench)?.join("profile");
        let (ended, results) = self.test(site, &raw).await?;
        let mut run = self.told(&ended, results)?;
        run.exit = self.again(site, &mut run.results, run.exit).await?;
        tell_slowest(site, &run.results)?;
        // Each event came without secrets; what a test wrote in pieces is whole only now.
        let unwritable =
            |error: serde_json::Error| Problem::new("the results cannot be written").caused_by(&error);
        let mut results = serde_json::to_value(&run).map_err(unwritable)?;
        clean(&mut results, site.ports.secrets.as_ref());
        let json = serde_json::to_string_pretty(&results).map_err(unwritable)? + "\n";
        let files = Arc::clone(&site.ports.files);
        let dist = site.dist.clone();
        let written = tokio::task::spawn_blocking(move || {
            let made = write(files.as_ref(), &dist, &raw, &run, &json)?;
            files.remove(&bench)?;
            Ok::<_, Problem>(made)
        });
        written
            .await
            .map_err(|error| Problem::new("the test reports could not be written").caused_by(&error))?
    }
}

impl Run {
    async fn test(&self, site: &Site, profile: &Utf8Path) -> Result<(Ended, Results), Problem> {
        let (flags, packages) = self.args.split_at(self.args.len() - self.packages.len());
        let profile = format!("-coverprofile={profile}");
        // What Go remembers of an earlier run, of whatever day, is no evidence of this one.
        let counted = flags.iter().any(|flag| flag.trim_start_matches('-').starts_with("count"));
        let fresh = (!counted).then(|| "-count=1".to_owned());
        let args = flags.iter().cloned().chain(fresh).chain([profile]).chain(packages.iter().cloned());
        let (ended, results) = self.hear(site, args).await?;
        results.map(|results| (ended.clone(), results)).map_err(|bad| self.silent(&ended, &bad.why))
    }

    /// Runs `go` with these arguments, and hears its events.
    ///
    /// # Errors
    ///
    /// If it cannot be started.
    pub async fn hear(
        &self,
        site: &Site,
        args: impl Iterator<Item = String>,
    ) -> Result<(Ended, Result<Results, BadReport>), Problem> {
        let mut command = Command::new("go", site.facts.project_dir()).args(args);
        command.env = self.env.clone();
        // Events are read as they come, so that memory does not grow with what the tests print.
        let command = command.heard();
        let state = Mutex::new((Reader::default(), None));
        let hear = |stream, line: &str| {
            // Events come on standard output alone; what else looks like one is not.
            if stream == Stream::Err {
                return site.output(stream, line);
            }
            let mut state = state.lock().unwrap_or_else(PoisonError::into_inner);
            match state.0.line(line.as_bytes()) {
                Ok(Some(text)) => site.output(stream, text.trim_end()),
                Ok(None) => {}
                Err(bad) => {
                    state.1.get_or_insert(bad);
                }
            }
        };
        let ended = site.ports.process.run(command, &site.stop, &hear).await?;
        let (reader, bad) = state.into_inner().unwrap_or_else(PoisonError::into_inner);
        let results = match bad {
            Some(bad) => Err(bad),
            None => reader.finish(),
        };
        Ok((ended, results))
    }

    /// Go itself could not run the tests.
    fn silent(&self, ended: &Ended, why: &str) -> Problem {
        if let Some(problem) = self.no_compiler(&ended.errors()) {
            return problem;
        }
        let problem = Problem::new("`go test` did not run the tests").because(last_lines(&ended.errors()));
        let problem = problem
            .because(why)
            .fix(format!("run `go test {}` in the project's folder", self.packages.join(" ")));
        Problem { passing: ended.signal.is_some(), ..problem }
    }

    fn no_compiler(&self, words: &str) -> Option<Problem> {
        let missing = (words.contains("C compiler") && words.contains("not found"))
            || words.contains("-race requires cgo")
            || words.contains("-race is not supported on");
        (self.race && missing).then(|| {
            Problem::new("the race detector cannot run here")
                .because(last_lines(words))
                .fix("install a C compiler (`apt-get install gcc`), or set `gates.tests.race: false`")
        })
    }

    fn told(&self, ended: &Ended, results: Results) -> Result<TestRun, Problem> {
        let Some(exit) = ended.code else {
            let signal = ended.signal.unwrap_or_default();
            return Err(Problem::new(format!("`go test` was killed by signal {signal}"))
                .fix("if it comes back, give the machine more memory or use `--jobs 1`")
                .passing());
        };
        // Without a C compiler every package fails to build, which says nothing of the tests.
        let unbuilt = results.failures().filter(|(_, package, _)| package.unbuilt);
        let said: String = unbuilt.map(|(_, _, failure)| failure.output.as_str()).collect();
        if let Some(problem) = self.no_compiler(&said).or_else(|| self.no_compiler(&ended.errors())) {
            return Err(problem);
        }
        let words = if exit == 0 { String::new() } else { last_lines(&ended.errors()) };
        let seen = |test: &&String| there(&results, test);
        let seen = self.watched.iter().filter(seen).cloned().collect();
        Ok(TestRun { format: FORMAT, tool: self.tool.clone(), race: self.race, exit, words, seen, results })
    }
}

/// Whether there is a test of this name, alone or with its package.
pub fn there(results: &Results, test: &str) -> bool {
    let within = test.rsplit_once(": ").is_some_and(|(suite, test)| results.names.has_in(suite, test));
    within || results.names.has(test)
}

/// Tells which tests took longest. Times are another matter at each run, so they are in no artifact and in no
/// verdict.
fn tell_slowest(site: &Site, results: &Results) -> Result<(), Problem> {
    let lines: Vec<String> = results.slowest.iter().map(Timed::words).collect();
    if lines.is_empty() {
        return Ok(());
    }
    site.output(Stream::Out, "the slowest tests:");
    lines.iter().for_each(|line| site.output(Stream::Out, &format!("  {line}")));
    let text = lines.join("\n") + "\n";
    site.ports.files.write(&site.dist.join(SLOWEST), text.as_bytes())?;
    Ok(())
}

/// Cuts secrets out of every text; names stay, for they are what the texts are found by.
fn clean(value: &mut Value, secrets: &dyn Secrets) {
    match value {
        Value::String(text) => *text = secrets.clean(text),
        Value::Array(items) => items.iter_mut().for_each(|item| clean(item, secrets)),
        Value::Object(fields) => fields.values_mut().for_each(|field| clean(field, secrets)),
        _ => {}
    }
}

fn last_lines(text: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(SHOWN)..].join("\n")
}

fn write(
    files: &dyn Files,
    dist: &Utf8Path,
    raw: &Utf8Path,
    run: &TestRun,
    json: &str,
) -> Result<Vec<Artifact>, Problem> {
    let passed = run.exit == 0 && run.results.verdict() == Verdict::Pass;
    let tests = Utf8PathBuf::from("report/tests").join(GO_TESTS);
    files.write(&dist.join(&tests), json.as_bytes())?;
    let profile = Utf8PathBuf::from("report/coverage").join(GO_COVERAGE);
    normalise(files, raw, &dist.join(&profile))?;
    [(GO_TESTS, tests), (GO_COVERAGE, profile)]
        .into_iter()
        .map(|(name, path)| artifact(files, dist, name, path, passed))
        .collect()
}

/// Writes the profile anew, sorted and with counts of 0 and 1. Where there is none because tests failed,
/// what is written proves nothing and says so: a head without a block.
fn normalise(files: &dyn Files, raw: &Utf8Path, to: &Utf8Path) -> Result<(), Problem> {
    let mut out = files.create(to, false)?;
    let writing = |source| FileError { path: to.to_owned(), source };
    let there = files.meta(raw)?.is_some_and(|meta| meta.len > 0);
    match if there { coverage::go::read(files.open(raw)?) } else { Ok(coverage::Profile::default()) } {
        Ok(profile) => profile.write(&mut out).map_err(writing)?,
        Err(bad) if bad.line == 0 => coverage::Profile::default().write(&mut out).map_err(writing)?,
        Err(bad) => return Err(bad.problem("the profile that `go test` wrote")),
    }
    out.commit()?;
    Ok(())
}

fn artifact(
    files: &dyn Files,
    dist: &Utf8Path,
    name: &str,
    path: Utf8PathBuf,
    passed: bool,
) -> Result<Artifact, Problem> {
    let (size, digest) = files.digest(&dist.join(&path))?;
    let extra = if passed { BTreeMap::new() } else { BTreeMap::from([(HOLDS.to_owned(), json!(false))]) };
    Ok(Artifact { name: name.into(), kind: ArtifactKind::Report, path, platform: None, size, digest, extra })
}
