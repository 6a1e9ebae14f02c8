//! Looks through what was made, and judges what was found.

use std::collections::BTreeMap;

use super::plan::SETTING;
use super::settings::SecretsSettings;
use super::walk::{Walk, Walked};
use crate::formats::findings::{Finding, Severity};
use crate::kit::token::{Seeker, about};
use crate::model::{Artifact, Problem, Proof, Row, Verdict};
use crate::steps::ignore;
use crate::steps::room::{Check, Site};

/// How many of the places of one secret are told.
const PLACES: usize = 5;

/// How many findings are told one by one.
const SHOWN: usize = 100;

/// What is called so could not be looked into.
const UNREAD: &str = "unread";

/// The check.
pub struct Scan {
    /// What is asked for.
    pub settings: SecretsSettings,
}

#[async_trait::async_trait]
impl Check for Scan {
    async fn check(&self, site: &Site) -> Result<Verdict, Problem> {
        let published: Vec<Artifact> =
            site.inputs().into_iter().filter(|artifact| artifact.kind.is_published()).collect();
        if published.is_empty() {
            return Ok(Verdict::error("nothing is known of what will be published"));
        }
        let (own, artifacts) = (site.clone(), published.clone());
        let looking = tokio::task::spawn_blocking(move || look(&own, &artifacts));
        let walked = looking.await.map_err(|error| {
            Problem::new("the thread that looks for secrets has died").caused_by(&error)
        })??;
        let today = site.ports.clock.now().date_naive();
        let verdict = judge(walked, &self.settings, today);
        Ok(published.iter().fold(verdict, |verdict, artifact| verdict.proof(proof(artifact))))
    }
}

fn proof(artifact: &Artifact) -> Proof {
    Proof {
        what: format!("every byte of {}", artifact.name),
        file: Some(artifact.path.clone()),
        digest: Some(artifact.digest),
        tool: None,
    }
}

fn look(site: &Site, artifacts: &[Artifact]) -> Result<Walked, Problem> {
    let seeker = Seeker::new()
        .map_err(|error| Problem::new("the forms of secrets cannot be looked for").caused_by(&error))?;
    let mut walk = Walk::new(&seeker, site.stop.clone());
    for (at, artifact) in artifacts.iter().enumerate() {
        let file = site.ports.files.open(&site.path_of(artifact))?;
        walk.file(&artifact.name, file);
        if site.stop.is_cancelled() {
            return Err(Problem::new("stopped").passing());
        }
        site.progress(at as u64 + 1, Some(artifacts.len() as u64), "files");
    }
    Ok(walk.done())
}

/// The findings, each secret once.
fn findings(walked: &Walked) -> Vec<Finding> {
    let mut places: BTreeMap<(&str, &str), Vec<String>> = BTreeMap::new();
    for found in &walked.found {
        let place = format!("{} at byte {}", found.place, found.leak.at);
        places.entry((found.leak.kind, &found.leak.fingerprint)).or_default().push(place);
    }
    let secrets = places.into_iter().map(|((kind, fingerprint), places)| {
        let more = places.len().saturating_sub(PLACES);
        let shown = places.iter().take(PLACES).cloned().collect::<Vec<_>>().join("; ");
        let more = if more > 0 { format!("; and {more} more") } else { String::new() };
        let message = format!("{} is in {shown}{more}", about(kind));
        (kind, fingerprint.to_owned(), message)
    });
    let unread = walked.unread.iter().map(|unread| {
        let message = format!("{} could not be looked into: {}", unread.place, unread.why);
        (UNREAD, format!("{UNREAD}:{}", unread.name), message)
    });
    let finding = |(kind, fingerprint, message): (&str, String, String)| Finding {
        id: kind.to_owned(),
        severity: Some(Severity::Critical),
        message,
        fingerprint,
        ..Finding::default()
    };
    secrets.chain(unread).map(finding).collect()
}

fn judge(walked: Walked, settings: &SecretsSettings, today: chrono::NaiveDate) -> Verdict {
    let list = format!("{SETTING}.ignore");
    let sorted = ignore::sort(findings(&walked), |finding| finding, &settings.ignore, today, &list);
    let unread = sorted.left.iter().filter(|finding| finding.id == UNREAD).count() as u64;
    let secrets = sorted.left.len() as u64 - unread + walked.left_out;
    let row = |metric: &str, count: u64, wanted: bool| Row {
        metric: metric.into(),
        comparator: if wanted { "=" } else { ">=" }.into(),
        threshold: "0".into(),
        actual: count.to_string(),
        ok: !wanted || count == 0,
    };
    let (files, bytes) = (walked.files, walked.bytes);
    let looked = format!("{files} files, {bytes} bytes unpacked");
    let rows = [
        row("secrets", secrets, true),
        row("files that could not be looked into", unread, true),
        row("let pass by the configuration", sorted.passed as u64, false),
        row("files looked through", files, false),
        row("bytes looked through", bytes, false),
    ];
    let mut problems = sorted.problems;
    problems.extend(sorted.left.iter().map(problem));
    let mut verdict = match (secrets, unread, problems.is_empty()) {
        (0, 0, true) => Verdict::pass(format!("no secret in {looked}"), Proof::seen(looked.clone())),
        (0, 0, false) => {
            Verdict::fail(format!("no secret in {looked}, but what is let pass is not in order"))
        }
        (0, unread, _) => Verdict::error(format!("{unread} files could not be looked into")),
        (secrets, ..) => Verdict::fail(format!("{secrets} secrets would be published")),
    };
    verdict = rows.into_iter().fold(verdict, Verdict::row);
    let more = problems.len().saturating_sub(SHOWN) as u64 + walked.left_out;
    verdict = problems.into_iter().take(SHOWN).fold(verdict, Verdict::problem);
    if more > 0 { verdict.problem(Problem::new(format!("{more} more were found"))) } else { verdict }
}

fn problem(finding: &Finding) -> Problem {
    let pass = format!("let it pass by `{}` in `{SETTING}.ignore`", finding.fingerprint);
    let fix = if finding.id == UNREAD {
        format!("publish it in a form that can be opened (tar, zip, gz, xz, zst, ar), or {pass}")
    } else {
        format!("revoke it, take it out of what is built or packed, and run again; if it is none, {pass}")
    };
    Problem::new(format!("{}: {}", finding.fingerprint, finding.message)).fix(fix)
}
