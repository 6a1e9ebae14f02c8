//! Runs what is to run, reads what is given, and judges all of it together: the same vulnerability from two tools is
//! one, and an entry that lets one pass must fit what any of them found.

use futures::future::join_all;

use super::judge::{given, judge};
use super::plan::SETTING;
use super::settings::{ScannerName, VulnerabilitiesSettings};
use super::there::There;
use super::{gosec, govulncheck, images, npm, osv, rustsec, semgrep, trivy};
use crate::formats::findings::Findings;
use crate::model::{Problem, Proof, Row, Verdict};
use crate::steps::age::Ages;
use crate::steps::gates::given::Given;
use crate::steps::room::{Check, Site};
use crate::steps::scanner::Scanner;

/// The check.
pub struct Scan {
    /// What is asked for.
    pub settings: VulnerabilitiesSettings,
    /// Whether the room was asked for, and not only on by itself.
    pub demanded: bool,
    /// What runs.
    pub scanners: Vec<ScannerName>,
    /// What there is to look at.
    pub there: There,
    /// Reports that somebody else made.
    pub given: Option<Given>,
}

/// What a scanner said, or a report.
pub struct Looked {
    /// What it found.
    pub findings: Findings,
    /// The evidence.
    pub proof: Proof,
    /// What was measured beside the findings.
    pub rows: Vec<Row>,
}

/// How a run of a scanner ended.
pub enum Outcome {
    /// It looked, at each of the ways in which a release compiles.
    Looked(Vec<Looked>),
    /// It is not on this machine.
    Missing(Scanner),
}

#[async_trait::async_trait]
impl Check for Scan {
    async fn check(&self, site: &Site) -> Result<Verdict, Problem> {
        let ages = Ages { setting: SETTING, max: self.settings.max_age, now: site.ports.clock.now() };
        let mut looked = match &self.given {
            Some(reports) => given(reports, &self.there, ages, site).await?,
            None => Vec::new(),
        };
        let running = join_all(self.scanners.iter().map(|name| self.run(*name, ages, site)));
        let (ran, images) = tokio::join!(running, images::run(&self.settings, ages, site));
        let (mut missing, mut problems) = (Vec::new(), Vec::new());
        for outcome in ran.into_iter().chain([images]) {
            match outcome {
                Ok(Outcome::Looked(all)) => looked.extend(all),
                Ok(Outcome::Missing(scanner)) => missing.push(scanner),
                Err(problem) => problems.push(problem),
            }
        }
        // What was named is asked for, like all of it where the room is.
        let demanded = self.demanded || !self.settings.scanners.is_empty();
        let mut skipped = Vec::new();
        for scanner in missing {
            match scanner.missing(demanded, SETTING) {
                Ok(verdict) => skipped.push(verdict),
                Err(problem) => problems.push(problem),
            }
        }
        Problem::none_of(problems)?;
        if looked.is_empty() {
            let words: Vec<String> = skipped.into_iter().map(|verdict| verdict.summary).collect();
            return Ok(Verdict::skipped(words.join("; ")));
        }
        let (mut reports, mut proofs, mut rows) = (Vec::new(), Vec::new(), Vec::new());
        for one in looked {
            reports.push(one.findings);
            proofs.push(one.proof);
            rows.extend(one.rows);
        }
        let verdict = judge(reports, &self.settings, ages.now.date_naive(), &site.facts, proofs);
        rows.extend(skipped.iter().map(|skipped| Row {
            metric: "scanner".into(),
            comparator: "is".into(),
            threshold: "there".into(),
            actual: format!("left out: {}", skipped.summary),
            ok: true,
        }));
        let verdict = rows.into_iter().fold(verdict, Verdict::row);
        Ok(skipped
            .into_iter()
            .fold(verdict, |verdict, skipped| verdict.problem(Problem::new(skipped.summary))))
    }
}

impl Scan {
    async fn run(&self, name: ScannerName, ages: Ages, site: &Site) -> Result<Outcome, Problem> {
        let settings = &self.settings;
        match name {
            ScannerName::Govulncheck => govulncheck::run(settings, ages, site).await,
            ScannerName::Rustsec => rustsec::run(settings, &self.there, ages, site).await,
            ScannerName::NpmAudit => npm::run(settings, &self.there, site).await,
            // Where images alone are to be looked at, there is no lock file.
            ScannerName::OsvScanner | ScannerName::Trivy if self.there.locks.is_empty() => {
                Ok(Outcome::Looked(Vec::new()))
            }
            ScannerName::OsvScanner => osv::run(settings, &self.there, ages, site).await,
            ScannerName::Trivy => trivy::run(settings, &self.there, ages, site).await,
            ScannerName::Gosec => gosec::run(settings, site).await,
            ScannerName::Semgrep => semgrep::run(settings, site).await,
        }
    }
}
