//! The reports of linters that are given. One of another project is valid all the same, and finds nothing.

use super::judge::{Said, judge};
use super::looked::{Kinds, listed, present};
use super::plan::SETTING;
use crate::formats::findings::{Findings, LINT};
use crate::model::{Problem, Row, Verdict};
use crate::steps::gates::given::{Given, ReadReport};
use crate::steps::gates::tracked::{Placed, Tracked, some};
use crate::steps::room::{Check, Site};

/// What to do about a report of another project.
const FIX: &str = "give the report of a linter that ran in this project's folder";

/// Judges them.
pub struct FromReports {
    /// The reports.
    pub given: Given,
}

#[async_trait::async_trait]
impl Check for FromReports {
    async fn check(&self, site: &Site) -> Result<Verdict, Problem> {
        let read = self.given.read(LINT, "report of a linter", site).await?;
        let names_files = read.iter().any(|report| !report.content.listed.sources.is_empty());
        let files = if names_files { listed(site).await? } else { Vec::new() };
        let (mut said, mut foreign) = (Vec::new(), Vec::new());
        for report in read {
            match tied(site, &files, &report) {
                Ok(rows) => said.push(of(report, rows)),
                Err(problem) => foreign.push(problem),
            }
        }
        Problem::none_of(foreign)?;
        Ok(judge(said, &[], &site.facts))
    }
}

/// What did not fit was no better than what did, so the gate fails by that alone.
fn of(report: ReadReport<Findings>, rows: Vec<Row>) -> Said {
    let proof = report.report.proof();
    let Findings { tool, version, findings, .. } = report.content;
    Said { name: tool, version, findings, proof, rows }
}

/// What a report that names its files looked at, as a row.
fn tied(site: &Site, listed: &[u8], report: &ReadReport<Findings>) -> Result<Vec<Row>, Problem> {
    let (names, tool) = (&report.content.listed.sources, &report.content.tool);
    if names.is_empty() {
        return Ok(Vec::new());
    }
    let facts = &site.facts;
    let tracked = Tracked::new(listed, facts.root.as_str(), facts.dir.as_str(), None);
    let file = report.report.named.file.as_str();
    let place = |name: &str| tracked.find(name);
    let placed = Placed::of(file, FIX, names.clone(), place, site.ports.files.as_ref(), facts)?;
    let kinds = Kinds::of(present(site, listed)?, placed.here.values().map(String::as_str));
    for (kind, files) in kinds.unseen() {
        let files: Vec<String> = files.iter().map(ToString::to_string).collect();
        site.notice(
            Problem::new(format!("{file} names no .{kind} file, and there are {}", files.len()))
                .because(format!("what {tool} would find in {} is not known", some(&files)))
                .fix("let it look at the whole folder, unless nobody shall look at those")
                .of_setting(SETTING),
        );
    }
    Ok(vec![kinds.row(tool, names.len(), "")])
}
