//! Joins the parts that a matrix built, so that a run goes on from them.

use camino::{Utf8Path, Utf8PathBuf};
use clap::Args;

use crate::model::{ExitCode, Problem, Step};
use crate::pipeline::handover::Handover;
use crate::pipeline::run::hold;
use crate::pipeline::{hooked, parts};

use super::project::Project;
use super::run::Scope;
use super::wire::World;
use super::{Failure, handover};

/// Join what a matrix built; parts of another commit, plan or run are refused
#[derive(Debug, Args)]
pub struct Merge {
    /// Which release, and how.
    #[command(flatten)]
    pub scope: Scope,
    /// Dist folders of the parts [default: the parts among the workflow run's artifacts]
    #[arg(value_name = "DIR")]
    pub parts: Vec<Utf8PathBuf>,
}

impl Merge {
    pub(super) async fn call(self, world: World) -> Result<ExitCode, Failure> {
        let service = if self.parts.is_empty() {
            let offered = world.run_artifacts().map_err(Failure::usage)?;
            Some(offered.ok_or_else(|| Failure::usage(handover::none()))?)
        } else {
            None
        };
        let project = Project::open(&world, &self.scope.which()).await?;
        let drawn = project.draw()?;
        let files = project.ports.files.as_ref();
        let _held = hold(files, &project.dist).map_err(|halt| Failure::new(halt.code, *halt.problem))?;
        let through = service.as_ref().map(|service| Handover {
            service: service.as_ref(),
            files,
            clock: project.ports.clock.as_ref(),
            redactor: &world.redactor,
            dist: &project.dist,
            plan: &drawn.plan,
        });
        let origin = world.origin(service.as_deref());
        let dirs = match &through {
            Some(through) => through.fetch(origin.attempt).await.map_err(step)?,
            None => self.parts.iter().map(|dir| world.dir.join(dir)).collect(),
        };
        let dirty = &project.observed.facts.commit.dirty;
        let root = &project.observed.facts.root;
        let joined = parts::collect(files, &drawn.plan, &origin, &dirs)
            .map_err(|problem| Failure::usage(of_a_dirty_tree(problem, dirty, root, &dirs)))?;
        parts::complete(&drawn.plan, &joined).map_err(step)?;
        let facts = &project.observed.facts;
        let basis = facts.loose.basis;
        let brought = hooked::join(files, basis, &dirs).map_err(Failure::usage)?;
        let git = project.ports.git.as_ref();
        let laid = hooked::lay(git, files, (&facts.root, &project.dist), basis, &brought).await;
        laid.map_err(Failure::usage)?;
        let clock = project.ports.clock.clone();
        parts::place(files, &drawn.plan, &project.dist, clock, &joined).map_err(step)?;
        if let Some(through) = &through {
            through.tidy().map_err(step)?;
        }
        world.print(&match dirs.len() {
            0 => "nothing is built for this release, so there are no parts; `release-action run` makes it\n"
                .into(),
            parts => format!(
                "{} builds from {parts} parts joined in {}; `release-action run` goes on from them\n",
                joined.len(),
                project.dist
            ),
        })?;
        Ok(ExitCode::Done)
    }
}

/// What differs from the commit here is in our keys and not in those of the parts: the first thing to mend.
fn of_a_dirty_tree(problem: Problem, dirty: &[String], root: &Utf8Path, dirs: &[Utf8PathBuf]) -> Problem {
    let Some(first) = dirty.first().filter(|_| parts::is_of_another_plan(&problem)) else { return problem };
    // As Git prints them: two letters of what differs before each.
    let paths = dirty.iter().filter_map(|entry| entry.get(3..));
    let inside = |dir: &&Utf8PathBuf| {
        let within = dir.strip_prefix(root).ok();
        within.is_some_and(|within| paths.clone().any(|path| Utf8Path::new(path).starts_with(within)))
    };
    let problem = problem.because(format!(
        "the checkout here differs from the commit, which the keys of builds tell apart: {first}{}",
        if dirty.len() > 1 { format!(" and {} more", dirty.len() - 1) } else { String::new() }
    ));
    match dirs.iter().find(inside) {
        Some(dir) => problem.fix(format!(
            "move the parts out of the repository ({dir} is itself such files), then merge them from there"
        )),
        None => problem
            .fix("commit, ignore or remove these files, or build the parts with them, then merge again"),
    }
}

/// A part that is not there, or cannot be had, is a build that is not done.
fn step(problem: Problem) -> Failure {
    Failure::new(ExitCode::Step(Step::Build), problem)
}
