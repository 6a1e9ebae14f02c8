//! A project's first minute: what it is, and the two files that release it.

use std::collections::BTreeSet;

use camino::{Utf8Path, Utf8PathBuf};
use clap::Args;

use crate::config::load;
use crate::formats::coverage;
use crate::model::{ExitCode, Problem, Step, TaskId};
use crate::pipeline::run::Report;
use crate::pipeline::select::Wish;
use crate::ports::Files;

use super::project::{self, Project, Which};
use super::wire::World;
use super::{Failure, run};

/// Detect the project, write .release.yaml and a workflow, and say what was chosen
#[derive(Debug, Args)]
pub struct Init {
    /// Do not run the tests to see today's coverage
    #[arg(long)]
    pub no_tests: bool,
    /// Replace files that are there
    #[arg(long)]
    pub force: bool,
}

const CONFIG: &str = ".release.yaml";
const WORKFLOWS: [&str; 2] = [".github/workflows/release.yml", ".github/workflows/release-action.yml"];

/// The coverage profile that the gates leave.
const PROFILE: &str = "go-coverage.out";

/// The check of coverage.
const COVERAGE: &str = "gates/coverage";

/// The check of the linters.
const LINT: &str = "gates/lint";

/// The coverage that is asked for where nothing is set, in percent.
const DEFAULT_MINIMUM: u64 = 85;

impl Init {
    pub(super) async fn call(self, world: World) -> Result<ExitCode, Failure> {
        world.listen()?;
        let root = project::root(&world).await?;
        let files = world.files();
        let config = config_path(files.as_ref(), &root, self.force)?;
        let workflow = if self.force { WORKFLOWS[0] } else { workflow_path(files.as_ref(), &root)? };
        // Today's coverage and lint are measured, not judged; what a scanner finds is nobody's to start with.
        let off = ["vulnerabilities", "secrets"].map(|gate| format!("gates.{gate}.enabled=false"));
        let sets = [
            vec!["gates.coverage.minimum=0".to_owned(), "gates.coverage.enabled=auto".to_owned()],
            off.to_vec(),
        ]
        .concat();
        // What is replaced decides nothing, and may be broken.
        let mut which =
            Which { guess_version: true, rehearsal: true, sets, without_file: true, ..Which::default() };
        let mut project = Project::open(&world, &which).await?;
        let below = below(&project).await?;
        if let [only] = below.as_slice() {
            which.sets.push(format!("project.dir={}", serde_json::Value::from(only.as_str())));
            project = Project::open(&world, &which).await?;
        }
        let facts = project.observed.facts.clone();
        let mut chosen = vec![format!("project `{}`, next version {}", facts.project, facts.version)];
        if let Some(go) = &facts.ecosystems.go {
            let names: Vec<&str> = go.commands.iter().map(|command| command.binary.as_str()).collect();
            chosen.push(match names.as_slice() {
                [] => format!("Go module {} without a command: nothing to build", go.path),
                names => format!("Go module {}: builds {} for 6 targets", go.path, names.join(", ")),
            });
        }
        chosen.extend(found_below(&below));
        for dir in &facts.ecosystems.dagger {
            chosen.push(format!(
                "Dagger module in {}: told to Daggerverse",
                if dir.as_str().is_empty() { "." } else { dir.as_str() }
            ));
        }
        if facts.ecosystems.go.is_none() && facts.ecosystems.dagger.is_empty() && below.is_empty() {
            chosen.push("no known ecosystem: only the changelog and the release itself".into());
        }
        let today = if self.no_tests || facts.ecosystems.go.is_none() {
            Today::default()
        } else {
            today(&world, project, &mut chosen).await?
        };
        files.write(&root.join(config), config_text(&facts.project, &facts.dir, &today).as_bytes())?;
        files.write(&root.join(workflow), WORKFLOW_TEXT.as_bytes())?;
        let mut text: String = chosen.iter().map(|line| format!("• {line}\n")).collect();
        text.push_str(&format!("Wrote {config} and {workflow}.\nNext: release-action rehearse   (the whole release, against an embedded forge)\n"));
        world.print(&text)?;
        Ok(ExitCode::Done)
    }
}

/// Where the configuration goes: in place of the one that is there, since no command accepts two.
fn config_path(files: &dyn Files, root: &Utf8Path, force: bool) -> Result<&'static str, Failure> {
    let mut present = Vec::new();
    for name in load::FILES {
        if files.meta(&root.join(name))?.is_some() {
            present.push(name);
        }
    }
    match present.as_slice() {
        [] => Ok(CONFIG),
        [name] if force => Ok(name),
        [name] => Err(there(name)),
        several => {
            let problem = Problem::new(format!("there are several configurations: {}", several.join(", ")));
            Err(Failure::usage(problem.fix("keep one of them, and run `release-action init --force`")))
        }
    }
}

/// Where the workflow goes: beside one that is there already, not over it.
fn workflow_path(files: &dyn Files, root: &Utf8Path) -> Result<&'static str, Failure> {
    for path in WORKFLOWS {
        if files.meta(&root.join(path))?.is_none() {
            return Ok(path);
        }
    }
    Err(there(WORKFLOWS[1]))
}

fn there(path: &str) -> Failure {
    let problem = Problem::new(format!("{path} is there already"));
    Failure::usage(problem.fix("edit it, or replace it with `release-action init --force`"))
}

/// Where a project stands that starts with us.
#[derive(Debug, Default)]
struct Today {
    /// Its coverage in whole percent, where that is less than is asked for.
    minimum: Option<u64>,
    /// What its linters find, in words.
    lint: Option<String>,
}

/// Runs the tests and linters once: a project below the default starts where it stands, and cannot fall.
async fn today(world: &World, project: Project, chosen: &mut Vec<String>) -> Result<Today, Failure> {
    world.print(
        "Running tests and linters once, to see where the project stands (skip it with --no-tests)\n",
    )?;
    let (dist, ports) = (project.dist.clone(), project.ports.clone());
    let jobs = run::Scope::default().jobs();
    let (_, report) = run::release(world, project, Wish::only(Step::Gates), jobs).await?;
    if world.signals.stop().is_cancelled() {
        return Err(Failure::new(world.signals.code(), Problem::new("stopped; nothing was written")));
    }
    let of = |task: &TaskId, room: &str| task.0 == room || task.0.starts_with(&format!("{room}/"));
    let failed = &report.ended.failed;
    let lint = failed.iter().find(|(_, task, _)| of(task, LINT)).map(|(.., problem)| problem.what.clone());
    if let Some(found) = &lint {
        chosen.push(format!("lint fails ({found}): it is switched off until that is mended"));
    }
    // Neither is judged here; whatever else failed, the number of coverage says nothing.
    let other = failed.iter().find(|(_, task, _)| !of(task, COVERAGE) && !of(task, LINT));
    let minimum = match other {
        Some((_, task, problem)) => {
            chosen.push(format!(
                "{task} fails ({}): coverage is not known, and stays at the default minimum of {DEFAULT_MINIMUM} %",
                problem.what
            ));
            None
        }
        None => minimum(&report, &dist, ports.files.as_ref(), chosen)?,
    };
    Ok(Today { minimum, lint })
}

fn minimum(
    report: &Report,
    dist: &Utf8Path,
    files: &dyn Files,
    chosen: &mut Vec<String>,
) -> Result<Option<u64>, Failure> {
    let profile = report.artifacts.iter().find(|made| made.name == PROFILE);
    let Some(profile) = profile else {
        chosen.push("the tests could not be run: coverage stays at the default minimum of 85 %".into());
        return Ok(None);
    };
    let source = files.open(&dist.join(&profile.path))?;
    let (covered, total) = match coverage::go::read(source) {
        Ok(profile) => (profile.total().covered, profile.total().total),
        Err(problem) => {
            chosen.push(format!("coverage could not be read ({problem}): the minimum stays at 85 %"));
            return Ok(None);
        }
    };
    let shown = crate::kit::threshold::shown(covered, total);
    let whole = covered * 100 / total.max(1);
    if whole >= DEFAULT_MINIMUM {
        chosen.push(format!("coverage is {shown}: the default minimum of 85 % holds"));
        return Ok(None);
    }
    chosen.push(format!("coverage is {shown}, below the default of 85 %: the minimum is set to {whole} %, so that it cannot fall"));
    Ok(Some(whole))
}

/// Folders whose modules only show or test something.
const NO_PROJECTS: [&str; 5] = ["vendor", "testdata", "examples", "test", "node_modules"];

/// The folders with a Go module of a repository that has none at its root, those that only show something left out.
async fn below(project: &Project) -> Result<Vec<Utf8PathBuf>, Failure> {
    if project.observed.facts.ecosystems.go.is_some() {
        return Ok(Vec::new());
    }
    let list = ["ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", "*/go.mod"];
    let listed = project.ports.git.run(&list).await.map_err(|error| Failure::usage(error.into()))?;
    let text = String::from_utf8_lossy(&listed).into_owned();
    let own = |part: &str| !part.starts_with(['.', '_']) && !NO_PROJECTS.contains(&part);
    // The Go code of a Dagger module is a tool of the project, not the project.
    let dagger =
        project.observed.facts.ecosystems.dagger.iter().filter(|module| !matches!(module.as_str(), "." | ""));
    let dagger: Vec<&Utf8PathBuf> = dagger.collect();
    let tool = |dir: &Utf8PathBuf| dagger.iter().any(|module| dir.starts_with(module));
    let modules = text.split('\0').filter_map(|path| path.strip_suffix("/go.mod"));
    let folders: BTreeSet<Utf8PathBuf> = modules
        .filter(|dir| dir.split('/').all(own))
        .map(Utf8PathBuf::from)
        .filter(|dir| !tool(dir))
        .collect();
    Ok(folders.into_iter().collect())
}

/// What is told of modules below the root.
fn found_below(below: &[Utf8PathBuf]) -> Option<String> {
    match below {
        [] => None,
        [only] => Some(format!("found in {only}/go.mod: the project's folder is {only} (`project.dir`)")),
        [first, ..] => {
            let all: Vec<String> = below.iter().map(|dir| format!("{dir}/go.mod")).collect();
            Some(format!(
                "several Go modules, none at the root: {}. Name the one to release with `project: {{ dir: {first} }}`, \
                 or each in `projects`",
                all.join(", ")
            ))
        }
    }
}

fn config_text(project: &str, dir: &Utf8Path, today: &Today) -> String {
    let mut text = format!(
        "# What release-action does with this project. Every key is optional: what is not said here is detected\n\
         # or the default. `release-action check --resolved` shows every value and where it comes from.\n\
         version: 1\n\
         project:\n\x20 name: {}\n",
        serde_json::Value::from(project)
    );
    if !dir.as_str().is_empty() {
        text.push_str(&format!("\x20 dir: {}\n", serde_json::Value::from(dir.as_str())));
    }
    if today.minimum.is_some() || today.lint.is_some() {
        text.push_str("gates:\n");
    }
    if let Some(found) = &today.lint {
        // What a tool says may hold anything; a comment ends with its line.
        let found: String = found.chars().filter(|char| !char.is_control()).take(100).collect();
        text.push_str(&format!(
            "\x20 lint:\n\x20   # Failed when this file was made: {found}. Mend that, and take this out.\n\x20   enabled: false\n"
        ));
    }
    if let Some(minimum) = today.minimum {
        text.push_str(&format!(
            "\x20 coverage:\n\x20   # Measured when this file was made; raise it as tests are added (the default is {DEFAULT_MINIMUM}).\n\x20   minimum: {minimum}\n"
        ));
    }
    text
}

/// The workflow: a tag is pushed, a release comes of it; pressing "re-run" always continues. The docs
/// show the same text, and `tests/it/workflows.rs` has both linters read it.
const WORKFLOW_TEXT: &str = "name: Release

on:
  push:
    tags: [\"v*\"]

permissions: {}

concurrency:
  group: ${{ github.workflow }}-${{ github.ref }}
  cancel-in-progress: false # a release that waits is better than one cut off

jobs:
  release:
    name: release
    runs-on: ubuntu-latest
    permissions:
      contents: write # to make the release and upload its assets
    steps:
      - uses: actions/checkout@de0fac2e4500dabe0009e67214ff5f5447ce83dd # v6.0.2
        with:
          fetch-depth: 0 # version and changelog need the whole history
          persist-credentials: false
      - uses: org/release-action@v1
";
