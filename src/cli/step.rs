//! One step, the same as `run --only STEP`.

use camino::Utf8Path;
use clap::Args;

use crate::model::{ExitCode, Problem, Step};
use crate::steps::gates::Named;

use super::Failure;
use super::handover::Hand;
use super::run::{Run, Scope};
use super::wire::World;

macro_rules! step {
    ($(#[doc = $doc:literal])+ $name:ident) => {
        $(#[doc = $doc])+
        #[derive(Debug, Args)]
        pub struct $name {
            /// Which release, and how.
            #[command(flatten)]
            pub scope: Scope,
        }

        impl $name {
            pub(super) async fn call(self, world: World) -> Result<ExitCode, Failure> {
                Run::only(Step::$name, self.scope).call(world).await
            }
        }
    };
}

step! {
    /// Check that everything is there to begin with
    Preflight
}
step! {
    /// Make archives, bills of materials and checksums (and what they are made of)
    Package
}
step! {
    /// Check what was made
    Scan
}
step! {
    /// Write CHANGELOG.md and this release's notes into the dist folder
    Changelog
}
step! {
    /// Make the release on the forge (and what it needs)
    Release
}
step! {
    /// Publish to registries and package managers
    Publish
}
step! {
    /// Tell people and programs
    Notify
}

/// Check that the commit is good enough: tests, coverage, vulnerabilities, secrets, lint, licences
#[derive(Debug, Args)]
pub struct Gates {
    /// Which release, and how.
    #[command(flatten)]
    pub scope: Scope,
    /// Only these checks, by the names of their sections, and what they need
    #[arg(long, value_name = "CHECK", value_delimiter = ',')]
    pub only: Vec<String>,
    /// Take reports that exist instead of running tools; `unit=`, `integration=` or `functional=` before
    /// one says what kind of tests it is of
    #[arg(long, value_name = "FILE", num_args = 1..)]
    pub report: Vec<Named>,
    /// If all is well, record what was covered as the baseline for `gates.coverage.max_drop`: as a note of Git at
    /// `origin`, only for a commit of its default branch
    #[arg(long)]
    pub record_baseline: bool,
    /// Tell on the forge what they came to, of a snapshot too: the check `release-gate`, and the comment of
    /// a pull request
    #[arg(long)]
    pub publish: bool,
    /// Say of every check, or of those that are named, what it asks for and by whose word, what it rests on, and
    /// the one thing to do next; runs only what was not judged of this commit yet, or may be otherwise by now
    #[arg(long, value_name = "CHECK", num_args = 0.., value_delimiter = ',')]
    pub explain: Option<Vec<String>>,
    /// Ask for an emergency override of those that fail, with the request in this file (docs/override.md)
    #[arg(long = "override", value_name = "FILE")]
    pub request: Option<camino::Utf8PathBuf>,
}

impl Gates {
    pub(super) async fn call(self, world: World) -> Result<ExitCode, Failure> {
        let mut run = Run::only(Step::Gates, self.scope);
        run.record = self.record_baseline;
        run.request = self.request;
        run.rooms = self.only.iter().map(|room| room.trim().to_owned()).collect();
        if !self.report.is_empty() {
            let root = super::project::root(&world).await?;
            let from_root = |named: Named| {
                let path = world.dir.join(&named.file);
                let file = path.strip_prefix(&root).map_or_else(|_| path.clone(), Utf8Path::to_owned);
                Named { file: file.into(), ..named }.to_string()
            };
            let reports: Vec<String> = self.report.into_iter().map(from_root).collect();
            run.sets = vec![format!("gates.reports={}", serde_json::json!(reports))];
        }
        if self.publish && !self.only.is_empty() {
            let problem =
                Problem::new("`--publish` tells what all gates came to, and `--only` runs some of them");
            return Err(Failure::usage(problem.fix("leave one of the two out")));
        }
        run.publish = self.publish;
        if self.publish {
            let settings = ["check", "comment", "snapshot"];
            run.sets.extend(settings.map(|name| format!("gates.publish.{name}=true")));
        }
        match self.explain {
            None => run.call(world).await,
            Some(names) => {
                let names = names.into_iter().map(|name| name.trim().to_owned()).chain(run.rooms.clone());
                let mut names: Vec<String> = names.filter(|name| !name.is_empty()).collect();
                names.sort();
                names.dedup();
                // What is asked for beside the words is done.
                let anew = self.publish || self.record_baseline;
                super::explain::call(world, run, names, anew).await
            }
        }
    }
}

/// Build the binaries
#[derive(Debug, Args)]
pub struct Build {
    /// Which release, and how.
    #[command(flatten)]
    pub scope: Scope,
    /// Build for these platforms only, as in `linux/arm64`
    #[arg(long, value_name = "OS/ARCH", value_delimiter = ',')]
    pub target: Vec<String>,
    /// Whether what was built goes to the workflow run's artifacts, for `merge`
    #[arg(long, value_name = "WHEN", default_value = "auto")]
    pub part: Hand,
}

impl Build {
    pub(super) async fn call(self, world: World) -> Result<ExitCode, Failure> {
        let mut run = Run::only(Step::Build, self.scope);
        run.targets = self.target.iter().map(|target| target.trim().to_owned()).collect();
        run.hand = self.part;
        run.call(world).await
    }
}
