//! The verdict on the dependencies' licences, package by package.

use std::collections::{BTreeMap, BTreeSet};

use super::settings::{Exception, LicencesSettings};
use crate::ecosystem::dependencies::{Dependency, Found, Project, find};
use crate::kit::licence::{Judged, Policy};
use crate::model::{Noted, Problem, Proof, Row, Status, Verdict};
use crate::steps::gates::noted::own;
use crate::steps::room::{Check, Site};

/// How many packages are shown one by one.
const SHOWN: usize = 50;

/// How many licences the summary names.
const NAMED: usize = 4;

/// Judges the licences.
pub struct Judge {
    /// What is asked for.
    pub settings: LicencesSettings,
    /// The same, read.
    pub policy: Policy,
}

#[async_trait::async_trait]
impl Check for Judge {
    async fn check(&self, site: &Site) -> Result<Verdict, Problem> {
        let (files, process) = (site.ports.files.as_ref(), site.ports.process.as_ref());
        let dir = site.facts.project_dir();
        let project = Project { dir: &dir, variants: &site.facts.variants, env: &site.facts.env };
        let found = tokio::select! {
            found = find(files, process, project) => found?,
            () = site.stop.cancelled() => return Err(Problem::new("the run was stopped")),
        };
        Ok(judge(&found, &self.settings, &self.policy))
    }
}

fn judge(found: &Found, settings: &LicencesSettings, policy: &Policy) -> Verdict {
    if !found.unread.is_empty() {
        let names = found.unread.join(", ");
        let what = format!("the licences of what {names} asks for cannot be told");
        let why = "go.mod, Cargo.toml with its lock file, and package-lock.json are what is read";
        return Verdict::error(what.clone()).problem(Problem::new(what).because(why).fix(
            "write the lock file (`npm install --package-lock-only`), or leave `gates.licences` to a tool of that ecosystem",
        ));
    }
    if found.sources.is_empty() {
        let what = "there is no go.mod, no Cargo.toml and no package-lock.json in the project's folder";
        return Verdict::error(what).problem(
            Problem::new(what)
                .fix("run the gate in the project's folder, or set `gates.licences.enabled: false`"),
        );
    }
    let mut used = BTreeSet::new();
    let mut counted: BTreeMap<&str, usize> = BTreeMap::new();
    let (mut refused, mut unknown) = (Vec::new(), Vec::new());
    for one in &found.dependencies {
        let exception = settings.exceptions.iter().enumerate().find(|(_, exception)| is_of(exception, one));
        used.extend(exception.map(|(at, _)| at));
        let licence = match exception {
            Some((_, Exception { licence: None, .. })) => continue,
            Some((_, Exception { licence: Some(licence), .. })) => licence.as_str(),
            None => one.licence.trim(),
        };
        *counted.entry(if licence.is_empty() { "none" } else { licence }).or_default() += 1;
        match policy.judge(licence) {
            Judged::Allowed => {}
            Judged::Refused(because) => refused.push(refusal(one, licence, &because)),
            Judged::Unknown(why) => unknown.push(riddle(one, licence, &why)),
        }
    }
    let idle = settings.exceptions.iter().enumerate().filter(|(at, _)| !used.contains(at));
    let idle: Vec<Problem> = idle.map(|(_, exception)| idle_exception(exception)).collect();
    let row = |metric: &str, count: usize| Row {
        metric: metric.into(),
        comparator: "=".into(),
        threshold: "0".into(),
        actual: format!("{count} of {}", found.dependencies.len()),
        ok: count == 0,
    };
    let summary = summary(found, &counted);
    let status = match (unknown.len() + idle.len(), refused.len()) {
        (0, 0) => Status::Pass,
        (0, _) => Status::Fail,
        _ => Status::Error,
    };
    let verdict = Verdict { status, ..Verdict::fail(summary) }
        .row(row("dependencies with a licence that is not allowed", refused.len()))
        .row(row("dependencies whose licence is unknown", unknown.len()));
    let verdict = found.sources.iter().fold(verdict, |verdict, source| verdict.proof(Proof::seen(source)));
    let problems: Vec<Problem> = unknown.into_iter().chain(refused).chain(idle).collect();
    let noted = Noted::of("gates/licences", &own(), &problems, verdict.status.blocks());
    let verdict = verdict.noted(noted);
    let more = problems.len().saturating_sub(SHOWN);
    let verdict = problems.into_iter().take(SHOWN).fold(verdict, Verdict::problem);
    if more > 0 { verdict.problem(Problem::new(format!("{more} more packages"))) } else { verdict }
}

fn is_of(exception: &Exception, one: &Dependency) -> bool {
    exception.package == one.name || exception.package == format!("{}@{}", one.name, one.version)
}

/// The licences that most packages have, first.
fn summary(found: &Found, counted: &BTreeMap<&str, usize>) -> String {
    let mut most: Vec<(&&str, &usize)> = counted.iter().collect();
    most.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
    let mut words: Vec<String> =
        most.iter().take(NAMED).map(|(licence, count)| format!("{count} {licence}")).collect();
    if most.len() > NAMED {
        words.push(format!("{} others", most[NAMED..].iter().map(|(_, count)| **count).sum::<usize>()));
    }
    format!("{} dependencies: {}", found.dependencies.len(), words.join(", "))
}

fn refusal(one: &Dependency, licence: &str, because: &[String]) -> Problem {
    Problem::new(format!("{} {} ({}) is under {licence}", one.name, one.version, one.ecosystem))
        .because(format!("{} is not allowed", because.join(" and ")))
        .fix(format!(
            "do without {} ({}), or, if its terms suit you, add `{}` to `gates.licences.allow`",
            one.name,
            who_needs(one),
            because.join("`, `")
        ))
}

/// The command that tells by whom a package is asked for.
fn who_needs(one: &Dependency) -> String {
    let (name, version) = (&one.name, &one.version);
    match one.ecosystem {
        "Go" => format!("`go mod why -m {name}` tells who needs it"),
        "crates.io" => format!("`cargo tree --invert {name}@{version}` tells who needs it"),
        "npm" => format!("`npm explain {name}@{version}` tells who needs it"),
        other => format!("see who needs it in the lock file of {other}"),
    }
}

fn riddle(one: &Dependency, licence: &str, why: &str) -> Problem {
    let what = format!("nobody can tell the licence of {} {} ({})", one.name, one.version, one.ecosystem);
    let why =
        if licence.is_empty() { "it has none".to_owned() } else { format!("it says `{licence}`: {why}") };
    Problem::new(what).because(why).fix(format!(
        "read it, then write down what it is: `gates.licences.exceptions: [{{ package: {}, licence: …, reason: … }}]`",
        one.name
    ))
}

fn idle_exception(exception: &Exception) -> Problem {
    Problem::new(format!("no dependency is `{}` of `gates.licences.exceptions`", exception.package))
        .fix("take it out: an exception that nobody needs hides the next one")
}
