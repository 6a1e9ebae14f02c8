//! What can be taken back, taken back.

use std::sync::Arc;

use clap::Args;

use crate::journal::Journal;
use crate::model::{ExitCode, Problem, Undone};
use crate::pipeline::bus::Bus;
use crate::pipeline::rollback;
use crate::pipeline::run::{JOURNAL, hold};
use crate::pipeline::shelf::RunShelf;
use crate::steps::room::{Planned, Site};

use super::Failure;
use super::project::Project;
use super::run::Scope;
use super::untouched::Untouched;
use super::wire::World;

/// Print what will be undone and what cannot be, and why; with --yes, do it
#[derive(Debug, Args)]
pub struct Rollback {
    /// Which release.
    #[command(flatten)]
    pub scope: Scope,
    /// Do it
    #[arg(long)]
    pub yes: bool,
}

impl Rollback {
    pub(super) async fn call(self, world: World) -> Result<ExitCode, Failure> {
        let project = Project::open(&world, &self.scope.which()).await?;
        let drawn = project.draw()?;
        let ports = project.ports.clone();
        let files = ports.files.as_ref();
        // Looking changes nothing here either: no lock, no journal.
        let _untouched = (!self.yes).then(|| Untouched::of(&ports.files, &project.dist));
        let held = if self.yes { Some(hold(files, &project.dist)) } else { None };
        let _held = held.transpose().map_err(|halt| Failure::new(halt.code, *halt.problem))?;
        let (journal, next) = if self.yes {
            let path = project.dist.join(JOURNAL);
            let opened = Journal::open(files, &path, Arc::clone(&ports.clock));
            let (journal, earlier) =
                opened.map_err(|problem| Failure::new(ExitCode::RollbackIncomplete, problem))?;
            (Some(journal.redacting(world.redactor.clone())), earlier.len() as u64)
        } else {
            (None, 0)
        };
        let bus = Arc::new(Bus::new(journal, next, Vec::new(), Arc::clone(&ports.clock)));
        let site = |planned: &Planned| Site {
            task: planned.task.clone(),
            facts: Arc::new(project.observed.facts.clone()),
            ports: ports.clone(),
            dist: project.dist.clone(),
            shelf: Arc::new(RunShelf::default()),
            listener: Arc::clone(&bus) as _,
            stop: world.signals.stop(),
            plan: Arc::new(drawn.plan.clone()),
        };
        let mut came = Came::default();
        // What is begun is done to its end, whether its words can be written or not.
        let mut told = Ok(());
        for planned in rollback::order(&drawn.planned) {
            let undone = rollback::undo(&planned, &site(&planned), self.yes).await;
            if let Some(line) = came.take(&planned.task.title, undone, self.yes) {
                told = told.and(world.print(&format!("{line}\n")));
            }
        }
        told = told.and(world.print(match (came.any, self.yes) {
            (false, _) => "There is nothing of this release to undo.\n",
            (true, false) if came.unknown => "Nothing was changed; what can be undone is not known.\n",
            (true, false) => unchanged(&world, came.could),
            (true, true) => "",
        }));
        let code = code(came.held, came.unknown || (came.incomplete && self.yes));
        // On a page of a workflow the lines above stand in a log that nobody has opened yet.
        if code != ExitCode::Done && world.in_workflow() && told.is_ok() {
            return Err(Failure::new(code, unfinished(&world, came.left)));
        }
        Failure::after_words(code, told)
    }
}

/// The last line where it was only looked.
fn unchanged(world: &World, could: bool) -> &'static str {
    match could {
        false => "Nothing was changed, and nothing of it can be undone.\n",
        true if world.in_workflow() => "Nothing was changed. `dry-run: false` does it.\n",
        true => "Nothing was changed. `release-action rollback --yes` does it.\n",
    }
}

/// What is left of a release that was to be undone.
fn unfinished(world: &World, left: Vec<String>) -> Problem {
    let problem = Problem::new("not all of the release is undone");
    let problem =
        left.into_iter().fold(problem, |problem, line| problem.because(world.redactor.clean(&line)));
    problem.fix("do what stands behind \"instead\"; what failed is tried again by running this again")
}

/// What came of it.
#[derive(Default)]
struct Came {
    /// There was something.
    any: bool,
    /// Something was undone, or would be.
    could: bool,
    /// Something stays.
    incomplete: bool,
    /// Of something it is not known.
    unknown: bool,
    /// Somebody else holds the release.
    held: bool,
    /// What stays or is not known, in words.
    left: Vec<String>,
}

impl Came {
    /// Takes what came of one effect; the line that tells of it.
    fn take(&mut self, title: &str, undone: Result<Undone, Problem>, yes: bool) -> Option<String> {
        let line = match undone {
            Ok(Undone::Nothing) => return None,
            Ok(Undone::Done { what }) => {
                self.could = true;
                format!("{title}: {} {what}", if yes { "removed" } else { "would remove" })
            }
            Ok(Undone::Impossible { why, instead }) => {
                self.incomplete = true;
                self.stays(format!("{title}: stays, since {why}; instead: {instead}"))
            }
            Err(problem) => {
                self.unknown = true;
                self.held |= problem.held;
                self.stays(format!("{title}: {problem}"))
            }
        };
        self.any = true;
        Some(line)
    }

    fn stays(&mut self, line: String) -> String {
        self.left.push(line.clone());
        line
    }
}

fn code(held: bool, incomplete: bool) -> ExitCode {
    match held {
        true => ExitCode::Held,
        false if incomplete => ExitCode::RollbackIncomplete,
        false => ExitCode::Done,
    }
}
