//! A run of Semgrep with rules of one's own. Rules are never fetched: what looks at the code is in the repository or
//! on this machine.

use camino::Utf8PathBuf;

use super::plan::SETTING;
use super::scan::{Looked, Outcome};
use super::settings::VulnerabilitiesSettings;
use crate::formats::findings::{Findings, SEMGREP};
use crate::model::Problem;
use crate::ports::process::{Command, Ended};
use crate::steps::room::Site;
use crate::steps::scanner::{Scanner, failed, keep, last_lines};

/// The tool's name.
const TOOL: &str = "semgrep";

/// What lies in a repository and makes Semgrep pass over files.
const IGNORE: &str = ".semgrepignore";

/// Runs Semgrep on the project's folder.
///
/// # Errors
///
/// If it says nothing that proves something.
pub async fn run(settings: &VulnerabilitiesSettings, site: &Site) -> Result<Outcome, Problem> {
    let rules = rules(settings, site)?;
    let install = format!("pipx install semgrep=={}", settings.semgrep_version);
    let scanner = Scanner { program: settings.semgrep.clone(), install };
    let Some(program) = scanner.find(site) else { return Ok(Outcome::Missing(scanner)) };
    refuse_ignored(site).await?;
    refuse_other(settings, &scanner, program.clone(), site).await?;
    let identity = scanner.identity(site, &program).await?;
    let mut command = quiet(Command::new(program, site.facts.project_dir())).args([
        "scan",
        "--metrics=off",
        "--disable-version-check",
        "--json",
        "--quiet",
    ]);
    if !settings.accept_suppressed {
        // Its JSON leaves out what a comment lets pass.
        command = command.args(["--disable-nosem"]);
    }
    for rules in rules {
        command = command.args(["--config".to_owned(), rules.into_string()]);
    }
    let ended = scanner.run(site, command.args(["."])).await?;
    let findings = read(&ended)?;
    let exit = ended.code.unwrap_or_default();
    let tool = format!("{TOOL} {}, {identity}, exit code {exit}", settings.semgrep_version);
    // What it prints holds lines of the code; what is kept is what was read of it.
    let kept = serde_json::to_vec_pretty(&findings)
        .map_err(|error| Problem::new("the findings cannot be written").caused_by(&error))?;
    let proof = keep(site, "semgrep.json", kept, "what Semgrep found", tool).await?;
    Ok(Outcome::Looked(vec![Looked { findings, proof, rows: Vec::new() }]))
}

/// It shall tell nobody of what it does.
fn quiet(command: Command) -> Command {
    command.env("SEMGREP_SEND_METRICS", "off").env("SEMGREP_ENABLE_VERSION_CHECK", "0")
}

/// The rules, which must be there: `auto`, `p/NAME` and addresses are what Semgrep would fetch.
fn rules(settings: &VulnerabilitiesSettings, site: &Site) -> Result<Vec<Utf8PathBuf>, Problem> {
    let mut rules = Vec::new();
    for name in &settings.semgrep_rules {
        let path = site.facts.root.join(name);
        if name.is_empty() || site.ports.files.meta(&path)?.is_none() {
            return Err(Problem::new(format!("there are no rules for Semgrep in `{name}`"))
                .because("neither a file nor a folder of this name is there, and none are fetched")
                .fix("name files or folders with rules by their path from the repository's root")
                .of_setting(format!("{SETTING}.semgrep_rules")));
        }
        rules.push(site.ports.files.real_path(&path)?);
    }
    Ok(rules)
}

/// Semgrep passes over what such a file names, in whatever folder it lies; ignored and untracked ones count too.
async fn refuse_ignored(site: &Site) -> Result<(), Problem> {
    let everywhere = format!(":(top,glob)**/{IGNORE}");
    let listed = site
        .ports
        .git
        .run(&["ls-files", "-z", "--full-name", "--cached", "--others", "--", &everywhere])
        .await?;
    let listed = String::from_utf8_lossy(&listed).into_owned();
    let Some(name) = listed.split('\0').find(|name| !name.is_empty()) else { return Ok(()) };
    Err(Problem::new(format!("there is a {IGNORE}"))
        .because("it makes Semgrep pass over whatever somebody wrote into it")
        .at(name, None, None)
        .fix(format!("remove it; write what may pass into `{SETTING}.ignore`, with a reason and a last day")))
}

/// It must be of the version that is asked for.
async fn refuse_other(
    settings: &VulnerabilitiesSettings,
    scanner: &Scanner,
    program: Utf8PathBuf,
    site: &Site,
) -> Result<(), Problem> {
    let ask = quiet(Command::new(program, site.facts.project_dir())).args(["--version"]);
    let ended = scanner.run(site, ask).await?;
    let said = ended.text();
    let there = said.lines().next().map(str::trim).filter(|line| !line.is_empty());
    let wanted = settings.semgrep_version.trim_start_matches('v');
    if ended.ok() && there == Some(wanted) {
        return Ok(());
    }
    let there = there.unwrap_or("one that it does not say");
    Err(Problem::new(format!("`semgrep` is of version {there}, and {wanted} is asked for"))
        .fix(format!("install it: `{}`, or set `{SETTING}.semgrep_version`", scanner.install)))
}

/// What a run says that came to its end.
fn read(ended: &Ended) -> Result<Findings, Problem> {
    // Without `--error` it is 0 also where something was found; its own words stand in its JSON.
    let read = crate::formats::read(SEMGREP, "report of Semgrep", ended.stdout.as_slice());
    if !ended.ok() {
        let problem = failed(TOOL, ended).fix(format!(
            "see that the rules of `{SETTING}.semgrep_rules` are in order: `semgrep --validate --config FILE`"
        ));
        return Err(match read {
            Err(bad) if !ended.stdout.is_empty() => problem.because(bad.why),
            _ => problem,
        });
    }
    let (_, findings) = read.map_err(|bad| {
        bad.problem("what Semgrep said").because(last_lines(&ended.errors())).fix(format!(
            "see that `{SETTING}.semgrep_rules` fit files of the project, and that Semgrep can read those"
        ))
    })?;
    Ok(findings)
}
