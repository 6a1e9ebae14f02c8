//! What checks that call a scanner have in common: where it is, how it is run, and what is kept of it.

use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};

use crate::formats::findings::Finding;
use crate::kit::path::RepoPath;
use crate::model::{Facts, Problem, Proof, Row, Stream, Verdict};
use crate::ports::Files;
use crate::ports::process::{Command, Ended, Keep};
use crate::steps::room::Site;

/// The most that a scanner may print, in bytes.
const MOST: usize = 256 * 1024 * 1024;

/// How many findings are told one by one.
pub const SHOWN: usize = 100;

/// How many of a scanner's last lines are told.
const LINES: usize = 20;

/// A scanner in a version.
#[derive(Debug, Clone)]
pub struct Scanner {
    /// Its name, or its path.
    pub program: String,
    /// The command that installs it.
    pub install: String,
}

impl Scanner {
    /// Where it is.
    pub fn find(&self, site: &Site) -> Option<Utf8PathBuf> {
        site.ports.process.find(&self.program)
    }

    /// What it is to whoever reads the evidence: the digest of the program.
    ///
    /// # Errors
    ///
    /// If it cannot be read.
    pub async fn identity(&self, site: &Site, program: &Utf8Path) -> Result<String, Problem> {
        identity_of(&site.ports.files, program).await
    }

    /// It is not there: no evidence where the gate was asked for, and left out loudly where it was not.
    ///
    /// # Errors
    ///
    /// Where it was asked for.
    pub fn missing(&self, demanded: bool, setting: &str) -> Result<Verdict, Problem> {
        let what = format!("`{}` is not on the PATH", self.program);
        if demanded {
            return Err(Problem::new(what)
                .fix(format!("install it: `{}`", self.install))
                .of_setting(setting));
        }
        Ok(Verdict::skipped(format!(
            "{what}, so nothing was looked at: install it (`{}`), or set `{setting}.enabled: true` to insist",
            self.install
        )))
    }

    /// Runs it; what it says on standard error is handed on.
    ///
    /// # Errors
    ///
    /// If it cannot be run to its end.
    pub async fn run(&self, site: &Site, mut command: Command) -> Result<Ended, Problem> {
        command.keep = Keep::Whole(MOST);
        let hear = |stream, line: &str| {
            if stream == Stream::Err {
                site.output(stream, line);
            }
        };
        Ok(site.ports.process.run(command, &site.stop, &hear).await?)
    }
}

/// What a program is to whoever reads the evidence: the digest of its bytes.
///
/// # Errors
///
/// If it cannot be read.
pub async fn identity_of(files: &Arc<dyn Files>, program: &Utf8Path) -> Result<String, Problem> {
    let (files, path) = (Arc::clone(files), program.to_owned());
    let hashing = tokio::task::spawn_blocking(move || files.digest(&path));
    let hashed =
        hashing.await.map_err(|error| Problem::new("the scanner could not be read").caused_by(&error))??;
    Ok(format!("program of sha256:{}", hashed.1.hex()))
}

/// The scanner ended, and not as one does that came to its end.
pub fn failed(name: &str, ended: &Ended) -> Problem {
    let how = match (ended.code, ended.signal) {
        (Some(code), _) => format!("exit code {code}"),
        (None, signal) => format!("signal {}", signal.unwrap_or_default()),
    };
    let problem = Problem::new(format!("`{name}` did not come to its end ({how})"))
        .because(last_lines(&ended.errors()));
    Problem { passing: ended.signal.is_some(), ..problem }
}

/// The last lines of what a tool said.
pub fn last_lines(text: &str) -> String {
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    lines[lines.len().saturating_sub(LINES)..].join("\n")
}

/// Writes what a scanner said below the dist folder, and makes it proof.
///
/// # Errors
///
/// If it cannot be written.
pub async fn keep(
    site: &Site,
    name: &str,
    bytes: Vec<u8>,
    what: &str,
    tool: String,
) -> Result<Proof, Problem> {
    let file = Utf8PathBuf::from("report/findings").join(name);
    let (files, path) = (site.ports.files.clone(), site.dist.join(&file));
    let digest = crate::model::Digest::of(&bytes);
    let writing = tokio::task::spawn_blocking(move || files.write(&path, &bytes));
    writing.await.map_err(|error| Problem::new("the evidence could not be written").caused_by(&error))??;
    Ok(Proof { what: what.into(), file: Some(file), digest: Some(digest), tool: Some(tool) })
}

/// The path of a file in the repository, from what a tool calls it; none for what lies elsewhere.
pub fn path_of(file: &str, facts: &Facts) -> Option<Utf8PathBuf> {
    let file = file.strip_prefix("file://").unwrap_or(file);
    let path = Utf8Path::new(file);
    if path.is_absolute() {
        let inside = path.strip_prefix(&facts.root).ok()?;
        return RepoPath::new(inside.as_str()).ok().map(|path| path.as_path().to_owned());
    }
    RepoPath::new(facts.dir.join(path).as_str()).ok().map(|path| path.as_path().to_owned())
}

/// Adds the finding's place, where it is in the repository.
pub fn placed(problem: Problem, finding: &Finding, facts: &Facts) -> Problem {
    let some = |number: u32| Some(number).filter(|number| *number > 0);
    let Some(place) = finding.place.as_ref() else { return problem };
    match path_of(&place.file, facts).filter(|path| !path.as_str().is_empty()) {
        Some(path) => problem.at(path, some(place.line), some(place.column)),
        None => problem.because(format!("in {}", place.file)),
    }
}

/// A count that should be zero.
pub fn none_of(metric: &str, count: u64, wanted: bool) -> Row {
    Row {
        metric: metric.into(),
        comparator: if wanted { "=" } else { ">=" }.into(),
        threshold: "0".into(),
        actual: count.to_string(),
        ok: !wanted || count == 0,
    }
}

/// A verdict with rows and problems; it passes only where nothing failed and something proves it.
pub fn verdict(
    ok: bool,
    summary: String,
    proofs: Vec<Proof>,
    rows: Vec<Row>,
    problems: Vec<Problem>,
) -> Verdict {
    let mut proofs = proofs.into_iter();
    let verdict = match (ok, proofs.next()) {
        (true, Some(proof)) => Verdict::pass(summary, proof),
        (true, None) => Verdict::error("nothing proves it"),
        (false, first) => first.into_iter().fold(Verdict::fail(summary), Verdict::proof),
    };
    let verdict = proofs.fold(verdict, Verdict::proof);
    let verdict = rows.into_iter().fold(verdict, Verdict::row);
    let more = problems.len().saturating_sub(SHOWN);
    let verdict = problems.into_iter().take(SHOWN).fold(verdict, Verdict::problem);
    if more > 0 { verdict.problem(Problem::new(format!("{more} more were found"))) } else { verdict }
}
