//! Lays down all that a gate found, for the programs that show it: a verdict tells only the first ones.

use std::collections::HashMap;
use std::sync::Arc;

use crate::formats::findings::{Finding, Findings};
use crate::formats::noted::{bytes_of, file_of};
use crate::kit::path::RepoPath;
use crate::kit::sarif::line_hash::line_hashes;
use crate::kit::texts;
use crate::model::{Digest, Found, LetPass, Looked, Noted, Place, Problem, Proof, Verdict};
use crate::ports::Files;
use crate::steps::room::{Check, Site};

/// The longest file whose lines are looked at, in bytes.
const LONGEST: u64 = 8 * 1024 * 1024;

/// The most findings of a gate that are laid down.
const MOST: usize = 100_000;

/// We ourselves, as the tool of what a gate finds without another one.
#[must_use]
pub fn own() -> Looked {
    Looked { name: crate::kit::sarif::gates::OWN.into(), version: env!("CARGO_PKG_VERSION").into() }
}

/// A finding of a tool, as other programs want it.
#[must_use]
pub fn found(finding: &Finding, tool: &str, problem: Problem) -> Found {
    let rule = if finding.id.trim().is_empty() { tool } else { &finding.id };
    let in_source = LetPass { in_source: true, why: "a comment in the source lets it pass".into() };
    Found {
        url: finding.url.clone(),
        let_pass: finding.suppressed.then_some(in_source),
        ..Found::blocking(rule, tool, problem)
    }
}

/// A tool that looked.
#[must_use]
pub fn looked(findings: &Findings) -> Looked {
    Looked { name: findings.tool.clone(), version: findings.version.clone() }
}

/// A check whose findings are laid down.
pub struct Noting<C>(pub C);

#[async_trait::async_trait]
impl<C: Check> Check for Noting<C> {
    async fn check(&self, site: &Site) -> Result<Verdict, Problem> {
        let mut verdict = self.0.check(site).await?;
        let mut noted = std::mem::take(&mut verdict.noted);
        if noted.tools.is_empty() {
            let rule: Vec<&str> = site.task.id.0.split('/').take(2).collect();
            noted = Noted::of(&rule.join("/"), &own(), &verdict.problems, verdict.status.blocks());
        }
        let proof = laid_down(site, noted).await?;
        Ok(verdict.proof(proof))
    }
}

async fn laid_down(site: &Site, mut noted: Noted) -> Result<Proof, Problem> {
    let more = noted.found.len().saturating_sub(MOST);
    noted.found.truncate(MOST);
    noted.left_out += more as u64;
    let file = file_of(&site.task.id);
    let (files, task, root) = (Arc::clone(&site.ports.files), site.task.id.clone(), site.facts.root.clone());
    let (path, secrets) = (site.dist.join(&file), Arc::clone(&site.ports.secrets));
    let writing = tokio::task::spawn_blocking(move || {
        let mut lines = Lines { files: files.as_ref(), root, known: HashMap::new() };
        noted.found.iter_mut().for_each(|found| lines.mark(found));
        let unwritten = |error: serde_json::Error| {
            Problem::new("what was found cannot be written down").caused_by(&error)
        };
        let mut value = serde_json::to_value(&noted).map_err(unwritten)?;
        texts::change(&mut value, &|text| secrets.clean(text));
        let noted: Noted = serde_json::from_value(value).map_err(unwritten)?;
        let bytes = bytes_of(&task, &noted).map_err(unwritten)?;
        files.write(&path, &bytes)?;
        Ok::<_, Problem>(Digest::of(&bytes))
    });
    let digest = writing
        .await
        .map_err(|error| Problem::new("what was found cannot be written down").caused_by(&error))??;
    let what = "all that was found".to_owned();
    Ok(Proof { what, file: Some(file), digest: Some(digest), tool: None })
}

/// A file's lines with their hashes.
struct Read {
    lines: Vec<String>,
    hashes: Vec<String>,
}

/// The files that findings stand in, each read once.
struct Lines<'a> {
    files: &'a dyn Files,
    root: camino::Utf8PathBuf,
    known: HashMap<camino::Utf8PathBuf, Option<Read>>,
}

impl Lines<'_> {
    /// Finds the line where only the file is told, and by what it is known again.
    fn mark(&mut self, found: &mut Found) {
        let Some(place) = &mut found.problem.place else { return };
        let file = place.file.clone();
        if !self.known.contains_key(&file) {
            let read = self.read(place);
            self.known.insert(file.clone(), read);
        }
        let Some(Some(read)) = self.known.get(&file) else { return };
        if place.line.is_none() && !found.needle.is_empty() {
            let at = read.lines.iter().position(|line| line.contains(&found.needle));
            place.line = at.and_then(|at| u32::try_from(at + 1).ok());
        }
        let line =
            place.line.and_then(|line| usize::try_from(line).ok()).and_then(|line| line.checked_sub(1));
        found.line_hash = line.and_then(|line| read.hashes.get(line).cloned());
    }

    /// The file, where it is a readable one of the repository; for what is not there nothing is known.
    fn read(&self, place: &Place) -> Option<Read> {
        let path = RepoPath::new(place.file.as_str()).ok()?;
        let path = self.root.join(path.as_path());
        let meta = self.files.meta(&path).ok()??;
        if meta.is_dir || meta.is_link || meta.len > LONGEST {
            return None;
        }
        let text = String::from_utf8_lossy(&self.files.read(&path, LONGEST).ok()?).into_owned();
        Some(Read { hashes: line_hashes(&text), lines: text.lines().map(str::to_owned).collect() })
    }
}
