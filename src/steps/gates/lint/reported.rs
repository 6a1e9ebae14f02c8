//! The reports of linters that are given. One of another project is valid all the same, and finds nothing.

use std::collections::BTreeSet;
use std::sync::Arc;

use camino::Utf8PathBuf;

use super::judge::{Said, judge};
use super::looked::{Kinds, present};
use super::plan::SETTING;
use crate::formats::findings::{Findings, LINT};
use crate::model::{Facts, Problem, Row, Verdict};
use crate::ports::Files;
use crate::steps::gates::given::{Given, ReadReport};
use crate::steps::gates::placed::tie;
use crate::steps::gates::tracked::{Tracked, listed, some};
use crate::steps::room::{Check, Site};

/// Judges them.
pub struct FromReports {
    /// The reports.
    pub given: Given,
}

#[async_trait::async_trait]
impl Check for FromReports {
    async fn check(&self, site: &Site) -> Result<Verdict, Problem> {
        let mut read = self.given.read(LINT, "report of a linter", site).await?;
        // ESLint alone names all that it looked at.
        let listed = match read.iter().any(|report| !report.content.listed.sources.is_empty()) {
            true => listed(site.ports.git.as_ref()).await?,
            false => Vec::new(),
        };
        let (files, facts) = (Arc::clone(&site.ports.files), Arc::clone(&site.facts));
        let tying = tokio::task::spawn_blocking(move || {
            let (rows, unseen) = tied(&mut read, files.as_ref(), &facts, &listed)?;
            Ok::<_, Problem>((read, rows, unseen))
        });
        let tied = tying.await;
        let (read, rows, unseen) =
            tied.map_err(|error| Problem::new("the reports could not be looked at").caused_by(&error))??;
        unseen.into_iter().for_each(|problem| site.notice(problem));
        let said = read.into_iter().zip(rows).map(|(report, row)| {
            // What did not fit was no better than what did, so the gate fails by that alone.
            let proof = report.report.proof();
            let Findings { tool, version, findings, .. } = report.content;
            Said { name: tool, version, findings, proof, rows: row.into_iter().collect() }
        });
        Ok(judge(said.collect(), &[], &site.facts))
    }
}

/// Of each report that names its files, what its tool looked at, and what none of them speaks of.
///
/// # Errors
///
/// If one is of another project.
fn tied(
    reports: &mut [ReadReport<Findings>],
    files: &dyn Files,
    facts: &Facts,
    listed: &[u8],
) -> Result<(Vec<Option<Row>>, Vec<Problem>), Problem> {
    let tracked = Tracked::new(listed, facts.root.as_str(), facts.dir.as_str(), None);
    let there = present(files, facts, listed)?;
    let (mut rows, mut all, mut foreign) = (Vec::new(), BTreeSet::new(), Vec::new());
    for report in reports {
        let name = report.report.named.file.as_str();
        let all_names = report.content.listed.sources.len();
        match tie(name, &mut report.content, &tracked, files, facts) {
            Ok(None) => rows.push(None),
            Ok(Some(placed)) => {
                let here: BTreeSet<String> = placed.here.into_values().collect();
                let kinds = Kinds::of(&there, &here);
                rows.push(Some(kinds.row(all_names, "")));
                all.extend(here);
            }
            Err(problem) => foreign.push(problem),
        }
    }
    Problem::none_of(foreign)?;
    if rows.iter().all(Option::is_none) {
        return Ok((rows, Vec::new()));
    }
    let kinds = Kinds::of(&there, &all);
    if kinds.sees_nothing() {
        let names: Vec<String> = there.values().flatten().map(ToString::to_string).collect();
        return Err(Problem::new("no report of eslint names a source of the commit, and there are some")
            .because(format!("what it would find in {} is not known", some(&names)))
            .fix("give the report of this commit's own sources (`eslint --format json .`)")
            .of_setting(SETTING));
    }
    Ok((rows, kinds.unseen().map(|(kind, files)| unseen(kind, files)).collect()))
}

fn unseen(kind: &str, files: &[Utf8PathBuf]) -> Problem {
    let files: Vec<String> = files.iter().map(ToString::to_string).collect();
    Problem::new(format!("no report of eslint names a .{kind} file, and there are {}", files.len()))
        .because(format!("what it would find in {} is not known", some(&files)))
        .fix("let it look at the whole folder (`eslint .`), unless nobody shall look at those")
        .of_setting(SETTING)
}
