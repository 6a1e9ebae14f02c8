//! The audit log of gate overrides.

use std::collections::BTreeMap;
use std::time::Duration;

use camino::Utf8PathBuf;
use chrono::SecondsFormat;
use clap::Args;

use crate::model::{Digest, Evidence, ExitCode, Override, Problem, Step};
use crate::report::text::one_line;
use crate::steps::gates::audit::{self, BRANCH, Entry, MOST, Outcome};

use super::Failure;
use super::project;
use super::wire::World;

/// The longest evidence that is read, in bytes.
const LONGEST_EVIDENCE: u64 = 64 * 1024 * 1024;

/// Verify the audit log of gate overrides, line by line, and print it
#[derive(Debug, Args)]
pub struct Audit {
    /// Verify this file [default: the log on the branch release-action-audit of `origin`]
    #[arg(long, value_name = "FILE")]
    pub file: Option<Utf8PathBuf>,
    /// Also see that the log holds every override that this evidence of a release names
    #[arg(long, value_name = "FILE")]
    pub evidence: Option<Utf8PathBuf>,
    /// Print the lines as they are
    #[arg(long)]
    pub json: bool,
}

impl Audit {
    pub(super) async fn call(self, world: World) -> Result<ExitCode, Failure> {
        let failed = |problem: Problem| Failure::new(ExitCode::Step(Step::Gates), problem);
        let (bytes, name) = match &self.file {
            Some(file) => (read(&world, file, MOST)?, file.to_string()),
            None => {
                let root = project::root(&world).await?;
                let ports = world.ports(&root, Duration::ZERO)?;
                let log = audit::read(ports.git.as_ref()).await.map_err(failed)?;
                (log.bytes, format!("the branch {BRANCH}"))
            }
        };
        let (entries, head) = audit::verify(&bytes).map_err(|broken| {
            let problem = Problem::new(format!("the audit log is broken at line {}", broken.line));
            let line = u32::try_from(broken.line).ok();
            failed(
                problem
                    .because(broken.why)
                    .at(name.as_str(), line, None)
                    .fix("compare it with an older copy: what stands before that line is as it was written"),
            )
        })?;
        let named = match &self.evidence {
            Some(file) => overrides(&world, file)?,
            None => BTreeMap::new(),
        };
        for by in named.values() {
            if !entries.iter().any(|entry| is_of(entry, by)) {
                let problem = Problem::new(format!("the log does not hold the override {}", by.nonce))
                    .because(format!("the evidence says that it follows {}", by.audit_after))
                    .fix("somebody cut the log, or wrote it anew: see who pushed to its branch");
                return Err(failed(problem));
            }
        }
        if self.json {
            world.print(&String::from_utf8_lossy(&bytes))?;
            return Ok(ExitCode::Done);
        }
        let mut text: String = entries.iter().map(shown).collect();
        text.push_str(&format!("{} lines in {name}, all whole; the last is {head}\n", entries.len()));
        if !named.is_empty() {
            text.push_str(&format!("{} overrides of the evidence stand in it\n", named.len()));
        }
        Failure::after_words(ExitCode::Done, world.print(&text))
    }
}

fn read(world: &World, file: &Utf8PathBuf, most: u64) -> Result<Vec<u8>, Failure> {
    world.files().read(&world.dir.join(file), most).map_err(|error| Failure::usage(error.into()))
}

/// The overrides that a release's evidence names, each once.
fn overrides(world: &World, file: &Utf8PathBuf) -> Result<BTreeMap<String, Override>, Failure> {
    let bytes = read(world, file, LONGEST_EVIDENCE)?;
    let evidence: Evidence = serde_json::from_slice(&bytes).map_err(|error| {
        Failure::usage(Problem::new(format!("{file} is no evidence of a release")).caused_by(&error))
    })?;
    let named = evidence.judged.into_values().filter_map(|judged| judged.verdict.overridden);
    Ok(named.map(|by| (by.nonce.clone(), *by)).collect())
}

/// Whether this is the line of that override, at its place in the chain.
fn is_of(entry: &Entry, by: &Override) -> bool {
    entry.said.outcome == Outcome::Accepted
        && entry.said.nonce == by.nonce
        && entry.said.approver.as_deref() == Some(by.by.as_str())
        && (&entry.said.reason, &entry.said.ticket) == (&by.reason, &by.ticket)
        && (entry.said.expires, entry.said.run) == (by.expires, Some(by.run))
        && entry.prev_sha256.parse::<Digest>() == Ok(by.audit_after)
}

/// An attempt, as people read it. Its words are those of whoever asked.
fn shown(entry: &Entry) -> String {
    let said = &entry.said;
    let plain = |text: &str| one_line(&crate::kit::plain::visible(text));
    let (word, who) = match said.outcome {
        Outcome::Accepted => {
            ("ACCEPTED", format!(", approved by {}", said.approver.as_deref().unwrap_or("?")))
        }
        Outcome::Refused => ("refused", String::new()),
    };
    let run = said.run.map(|run| format!(", run {run}")).unwrap_or_default();
    let head = format!(
        "{:>4}  {}  {word:<8}  {} of {} {} at {}{who}{run}",
        entry.seq + 1,
        said.at.to_rfc3339_opts(SecondsFormat::Secs, true),
        said.gates.join(", "),
        said.repository,
        said.tag,
        said.commit.get(..10).unwrap_or(&said.commit),
    );
    let mut lines = vec![plain(&head), format!("      {} ({})", plain(&said.reason), plain(&said.ticket))];
    lines.extend(said.refused.iter().map(|why| format!("      refused: {}", plain(why))));
    lines.join("\n") + "\n"
}
