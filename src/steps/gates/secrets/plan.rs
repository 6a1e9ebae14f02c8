//! One task: gitleaks over the whole history of the commit, or the reports that are given.

use camino::{Utf8Path, Utf8PathBuf};
use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::history::{WALK, commits, scanned};
use super::own;
use crate::formats::findings::gitleaks::{TOOL, read};
use crate::formats::findings::{Finding, Findings, SECRETS, Severity};
use crate::model::{Facts, Found, LetPass, Noted, Problem, Proof, Row, Step, Verdict};
use crate::ports::process::{Command, Ended};
use crate::steps::gates::given::{self, Given};
use crate::steps::gates::noted::{Noting, found, looked, own};
use crate::steps::ignore::{self, Ignore};
use crate::steps::room::{Check, Draft, Outlook, Planned, Room, Scene, Seen, Site};
use crate::steps::scanner::{Scanner, failed, keep, none_of, placed, verdict};

/// The room's section.
const SETTING: &str = "gates.secrets";

/// The rule of what is wrong with the list of exceptions.
const SETTING_RULE: &str = "gates/secrets";

/// How one gets gitleaks.
const INSTALL: &str = "go install github.com/zricethezav/gitleaks/v8@v8.30.1";

/// gitleaks' own rules and nothing else: a `.gitleaks.toml` in the repository could switch rules off.
const RULES: &str = "[extend]\nuseDefault = true\n";

/// Findings that gitleaks passes over, as they stand in the scanned folder itself.
const IGNORE: &str = ".gitleaksignore";

/// What gitleaks ends with where it found something: it is told to, since 1 also means that it could not look.
const FOUND: i32 = 42;

/// The room.
pub struct Secrets;

/// The settings of the room.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct SecretsSettings {
    /// Findings that are let pass, by their fingerprint (`COMMIT:FILE:RULE:LINE`) or rule. One that has expired or
    /// that fits nothing fails.
    pub ignore: Vec<Ignore>,
    /// The program gitleaks, by name or path.
    pub gitleaks: String,
}

impl Default for SecretsSettings {
    fn default() -> Self {
        Self { ignore: Vec::new(), gitleaks: "gitleaks".into() }
    }
}

impl Room for Secrets {
    const ID: &'static str = "secrets";
    const ABOUT: &'static str = "No commit of the history holds a secret";
    type Settings = SecretsSettings;

    async fn look(_: &SecretsSettings, outlook: &Outlook) -> Result<Seen, Problem> {
        given::look(SECRETS, outlook).await
    }

    fn plan(settings: &SecretsSettings, scene: &Scene) -> Result<Vec<Planned>, Problem> {
        Problem::none_of(ignore::invalid(&settings.ignore, &format!("{SETTING}.ignore")))?;
        let draft =
            Draft::new(Step::Gates, Self::ID, "", "no secret in the history").keyed("settings", settings);
        if let Some(given) = Given::of(scene)? {
            let check = FromReports { settings: settings.clone(), given: given.clone() };
            return Ok(vec![draft.keyed("given", &given.key()).check(Noting(check))]);
        }
        let draft = draft.keyed("commit", &scene.facts.commit.id).keyed("demanded", &scene.demanded);
        Ok(vec![draft.check(Noting(Scan { settings: settings.clone(), demanded: scene.demanded }))])
    }
}

struct FromReports {
    settings: SecretsSettings,
    given: Given,
}

#[async_trait::async_trait]
impl Check for FromReports {
    async fn check(&self, site: &Site) -> Result<Verdict, Problem> {
        let read = self.given.read(SECRETS, "report of a scanner for secrets", site).await?;
        let proofs = read.iter().map(|report| report.report.proof()).collect();
        let reports = read.into_iter().map(|report| report.content).collect();
        let today = site.ports.clock.now().date_naive();
        let unknown = Row {
            metric: "passed over by gitleaks (images, lock files, node_modules and the like)".into(),
            comparator: "is".into(),
            threshold: "told".into(),
            actual: "not looked at: a report that is given says nothing of it".into(),
            ok: true,
        };
        Ok(judge(reports, &self.settings, today, &site.facts, proofs, vec![unknown]))
    }
}

struct Scan {
    settings: SecretsSettings,
    demanded: bool,
}

#[async_trait::async_trait]
impl Check for Scan {
    async fn check(&self, site: &Site) -> Result<Verdict, Problem> {
        let scanner = Scanner { program: self.settings.gitleaks.clone(), install: INSTALL.into() };
        let Some(program) = scanner.find(site) else { return scanner.missing(self.demanded, SETTING) };
        if site.facts.commit.shallow {
            return Err(Problem::new("the history is cut, so most of it cannot be looked at for secrets")
                .fix("give actions/checkout `with: fetch-depth: 0`, or run `git fetch --unshallow`"));
        }
        let commit = &site.facts.commit.id;
        let mut ask = vec!["log", "--numstat", "--format=%x00"];
        ask.extend(WALK);
        ask.push(commit);
        let there = commits(&String::from_utf8_lossy(&site.ports.git.run(&ask).await?));
        // gitleaks reads this file of its own accord, wherever another one is named.
        if site.ports.files.meta(&site.facts.root.join(IGNORE))?.is_some() {
            return Err(Problem::new(format!("{IGNORE} lies in the repository"))
                .because("it makes gitleaks pass over whatever somebody wrote into it")
                .at(IGNORE, None, None)
                .fix("remove it; write what may pass into `gates.secrets.ignore`, with a reason and a last day"));
        }
        let bench = site.dist.join(".secrets");
        site.ports.files.remove(&bench)?;
        site.ports.files.write(&bench.join("rules.toml"), RULES.as_bytes())?;
        let bench = site.ports.files.real_path(&bench)?;
        let identity = scanner.identity(site, &program).await?;
        let command = over_history(site, program, &bench);
        let ended = scanner.run(site, command).await?;
        site.ports.files.remove(&bench)?;
        let (mut findings, row) = read_run(&ended, there)?;
        let own = own::look(site).await?;
        findings.findings.extend(own.findings);
        // The report itself names people; what is kept is what was read of it.
        let kept = serde_json::to_vec_pretty(&findings)
            .map_err(|error| Problem::new("the findings cannot be written").caused_by(&error))?;
        let exit = ended.code.unwrap_or_default();
        let proof = keep(
            site,
            "gitleaks.json",
            kept,
            "what gitleaks found, and what release-action did where it passes over",
            format!("{TOOL}, {identity}, exit code {exit}"),
        )
        .await?;
        let today = site.ports.clock.now().date_naive();
        Ok(judge(
            vec![findings],
            &self.settings,
            today,
            &site.facts,
            vec![proof],
            [vec![row], own.rows].concat(),
        ))
    }
}

/// gitleaks over the history of the commit, with the settings that lie in the bench and no others.
fn over_history(site: &Site, program: Utf8PathBuf, bench: &Utf8Path) -> Command {
    let commit = &site.facts.commit.id;
    Command::new(program, site.facts.root.clone())
        .args([
            "git",
            "--report-format",
            "json",
            "--report-path",
            "-",
            "--redact",
            "--no-banner",
            "--no-color",
        ])
        .args([format!("--exit-code={FOUND}"), "--ignore-gitleaks-allow".into()])
        .args([format!("--config={bench}/rules.toml"), format!("--gitleaks-ignore-path={bench}")])
        .args([format!("--log-opts={} {commit}", WALK.join(" ")), ".".into()])
        // It calls Git itself, which refuses a folder of another user's: containers have such.
        .env("GIT_CONFIG_COUNT", "1")
        .env("GIT_CONFIG_KEY_0", "safe.directory")
        .env("GIT_CONFIG_VALUE_0", site.facts.root.as_str())
}

/// What a run says, if it came to its end, looked at every commit, and its report is as its exit code says.
fn read_run(ended: &Ended, there: u64) -> Result<(Findings, Row), Problem> {
    if !matches!(ended.code, Some(0 | FOUND)) {
        return Err(failed(TOOL, ended));
    }
    let mut findings = read(ended.stdout.as_slice()).map_err(|bad| bad.problem("what gitleaks said"))?;
    let found = !findings.findings.is_empty();
    if found != (ended.code == Some(FOUND)) {
        return Err(failed(TOOL, ended).because("its exit code and its report do not agree"));
    }
    let scanned = scanned(&ended.errors()).ok_or_else(|| {
        Problem::new("gitleaks does not say how many commits it looked at")
            .fix(format!("install a version that does: `{INSTALL}`"))
    })?;
    if scanned < there {
        return Err(Problem::new(format!("gitleaks looked at {scanned} commits of {there}"))
            .because(crate::steps::scanner::last_lines(&ended.errors())));
    }
    findings.looked_at = Some((scanned, "commits".into()));
    let row = Row {
        metric: "commits looked at".into(),
        comparator: ">=".into(),
        threshold: there.to_string(),
        actual: scanned.to_string(),
        ok: true,
    };
    Ok((findings, row))
}

fn judge(
    reports: Vec<Findings>,
    settings: &SecretsSettings,
    today: NaiveDate,
    facts: &Facts,
    proofs: Vec<Proof>,
    mut rows: Vec<Row>,
) -> Verdict {
    let left_out: u64 = reports.iter().map(|report| report.left_out).sum();
    let mut noted = Noted { tools: reports.iter().map(looked).collect(), left_out, ..Noted::default() };
    noted.tools.sort();
    noted.tools.dedup();
    let tool = reports.first().map_or_else(|| TOOL.to_owned(), |report| report.tool.clone());
    let mut findings: Vec<Finding> = reports.into_iter().flat_map(|report| report.findings).collect();
    findings.sort_by(|a, b| (&a.place, &a.id, &a.fingerprint).cmp(&(&b.place, &b.id, &b.fingerprint)));
    findings.dedup();
    let sorted = ignore::sort(
        findings,
        |finding| [finding.names()].into(),
        &settings.ignore,
        today,
        &format!("{SETTING}.ignore"),
    );
    let count = sorted.left.len() as u64 + left_out;
    rows.push(none_of("secrets", count, true));
    rows.push(none_of("let pass by the configuration", sorted.passed as u64, false));
    let mut problems = sorted.problems;
    // Commits name files from the repository's root.
    let root = Facts { dir: Utf8PathBuf::new(), ..facts.clone() };
    let one = |finding: &Finding| {
        let found = found(finding, &tool, problem(finding, &root));
        Found { score: Some(Severity::Critical.score()), let_pass: None, ..found }
    };
    let mut found: Vec<Found> = sorted.left.iter().map(one).collect();
    let blocking: Vec<Problem> = found.iter().map(|found| found.problem.clone()).collect();
    found.extend(sorted.let_pass.iter().map(|(finding, why)| Found {
        let_pass: Some(LetPass { in_source: false, why: why.clone() }),
        ..one(finding)
    }));
    noted.found = found;
    noted.add(SETTING_RULE, &own(), &problems, true);
    problems.extend(blocking);
    let ok = count == 0 && problems.is_empty();
    let summary =
        if count == 0 { "no secret was found".to_owned() } else { format!("{count} secrets were found") };
    verdict(ok, summary, proofs, rows, problems).noted(noted)
}

fn problem(finding: &Finding, root: &Facts) -> Problem {
    let problem = Problem::new(format!("{}: {}", finding.id, finding.message)).fix(format!(
        "revoke it first: whoever can read the repository has it. Then take it out of the history, or let it pass \
         by its fingerprint `{}` in `{SETTING}.ignore`",
        finding.fingerprint
    ));
    placed(problem, finding, root)
}
