//! Is every report that was given one that a gate can read?

use std::sync::Arc;

use serde_json::Value;

use super::fitting::{Wanted, fitting, is_pattern};
use super::given::find;
use super::noted::Noting;
use super::settings::{GatesSettings, Named, TestKind};
use crate::config::section::NoSettings;
use crate::formats::{HEAD, Head, UTF_16, coverage, findings, recognised, tests};
use crate::model::{Facts, Problem, Proof, Step, Verdict};
use crate::ports::Files;
use crate::steps::room::{Check, Draft, Planned, Room, Scene, Site, own_settings};

/// The room.
pub struct Known;

impl Room for Known {
    const ID: &'static str = "known";
    const ABOUT: &'static str = "Every report that is given is there and of a known format";
    type Settings = NoSettings;

    fn plan(_: &NoSettings, scene: &Scene) -> Result<Vec<Planned>, Problem> {
        let settings: GatesSettings = scene.step()?;
        if settings.reports.is_empty() {
            return Ok(Vec::new());
        }
        let draft = Draft::new(Step::Gates, Self::ID, "", "the reports that were given");
        Ok(vec![draft.keyed("reports", &settings.reports).check(Noting(Judge { reports: settings.reports }))])
    }
}

struct Judge {
    reports: Vec<Named>,
}

#[async_trait::async_trait]
impl Check for Judge {
    async fn check(&self, site: &Site) -> Result<Verdict, Problem> {
        let (files, facts) = (Arc::clone(&site.ports.files), Arc::clone(&site.facts));
        let reports = self.reports.clone();
        let looking = tokio::task::spawn_blocking(move || judge(&reports, files.as_ref(), &facts));
        looking.await.map_err(|error| Problem::new("the reports could not be looked at").caused_by(&error))?
    }
}

/// What the reports are that the step's settings name, as evidence, and what is wrong with them.
///
/// # Errors
///
/// If one cannot be looked at.
pub fn reports(step: &Value, files: &dyn Files, facts: &Facts) -> Result<Verdict, Problem> {
    let settings: GatesSettings = own_settings(step)?;
    judge(&settings.reports, files, facts)
}

fn judge(reports: &[Named], files: &dyn Files, facts: &Facts) -> Result<Verdict, Problem> {
    let mut proofs = Vec::new();
    let mut problems = Vec::new();
    let mut meant = Vec::new();
    for named in reports {
        meant.extend(fitting(files, &facts.root, named, Wanted::Files)?);
    }
    for named in &meant {
        match format_of(named, files, facts)? {
            Ok(format) => proofs.push(Proof::seen(format!("{} is a {format}", named.file))),
            Err(problem) => problems.push(problem),
        }
    }
    let verdict = match proofs.pop() {
        Some(last) if problems.is_empty() => {
            let noun = if meant.len() == 1 { "report" } else { "reports" };
            Verdict::pass(format!("{} {noun} of known formats", meant.len()), last)
        }
        _ => Verdict::error(format!("{} of {} reports prove nothing", problems.len(), meant.len())),
    };
    let verdict = proofs.into_iter().fold(verdict, Verdict::proof);
    Ok(problems.into_iter().fold(verdict, Verdict::problem))
}

/// The format of a report, or why it has none.
fn format_of(
    named: &Named,
    files: &dyn Files,
    facts: &Facts,
) -> Result<Result<&'static str, Problem>, Problem> {
    let name = &named.file;
    let Some((path, _)) = find(files, &facts.root, named)? else {
        let missing = match files.real_path(&facts.root.join(name)) {
            Err(error) if error.is_missing() && is_pattern(name) => format!("no file fits {name}"),
            Err(error) if error.is_missing() => format!("there is no {name}"),
            path => match files.meta(&path?)? {
                Some(meta) if meta.is_dir => format!("{name} is a folder"),
                _ => format!("{name} is empty: it proves nothing"),
            },
        };
        let problem = Problem::new(missing);
        return Ok(Err(match other_kind(name) {
            Some((word, file)) => problem
                .because(format!("`{word}` is no kind of tests: {} are", kinds().join(", ")))
                .fix(format!("write `KIND={file}` with one of these, or `{file}` alone")),
            None => problem.fix(
                "let the tool that writes it run first, or take it out of `--report` and `gates.reports`",
            ),
        }));
    };
    let mut bytes = Vec::new();
    let mut source = files.open(&path)?;
    std::io::Read::read_to_end(&mut std::io::Read::take(&mut source, HEAD as u64), &mut bytes)
        .map_err(|error| Problem::new(format!("{name} cannot be read")).caused_by(&error))?;
    let head = Head::of(&bytes);
    Ok(recognised(&head).ok_or_else(|| {
        Problem::new(format!("{name} is no report that is known: it looks like {}", head.words()))
            .because(format!("known are: {}", formats().join(", ")))
            .at(name.as_str(), Some(1), None)
            .fix(if head.words() == UTF_16 {
                "write it as UTF-8: PowerShell up to 5 writes UTF-16 by `>`, and UTF-8 by `Out-File -Encoding utf8`"
            } else {
                "give a report in one of these formats"
            })
    }))
}

/// The word before the file, where one stands there that is no kind.
fn other_kind(name: &str) -> Option<(&str, &str)> {
    let (word, file) = name.split_once('=')?;
    let is_word = !word.is_empty() && word.bytes().all(|c| c.is_ascii_alphanumeric() || b"-_".contains(&c));
    (is_word && !file.is_empty()).then_some((word, file))
}

fn kinds() -> Vec<&'static str> {
    TestKind::ALL.into_iter().map(TestKind::word).collect()
}

fn formats() -> Vec<&'static str> {
    let coverage = coverage::FORMATS.iter().map(|format| format.name);
    let tests = tests::FORMATS.iter().map(|format| format.name);
    let findings = findings::FORMATS.iter().map(|format| format.name);
    coverage.chain(tests).chain(findings).collect()
}
