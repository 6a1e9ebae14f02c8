//! Joins the parts that a matrix built, so that a run goes on from them.

use camino::Utf8PathBuf;
use clap::Args;

use crate::model::{ExitCode, Problem, Step};
use crate::pipeline::parts;
use crate::pipeline::run::hold;

use super::Failure;
use super::project::Project;
use super::run::Scope;
use super::wire::World;

/// Join the dist folders that a matrix built; parts of another commit or plan are refused
#[derive(Debug, Args)]
pub struct Merge {
    /// Which release, and how.
    #[command(flatten)]
    pub scope: Scope,
    /// Dist folders of the parts
    #[arg(required = true, value_name = "DIR")]
    pub parts: Vec<Utf8PathBuf>,
}

impl Merge {
    pub(super) async fn call(self, world: World) -> Result<ExitCode, Failure> {
        let project = Project::open(&world, &self.scope.which()).await?;
        let drawn = project.draw()?;
        let dirs: Vec<Utf8PathBuf> = self.parts.iter().map(|dir| world.dir.join(dir)).collect();
        let files = project.ports.files.as_ref();
        let _held = hold(files, &project.dist).map_err(|halt| Failure::new(halt.code, *halt.problem))?;
        let joined = parts::collect(files, &drawn.plan, &dirs).map_err(Failure::usage)?;
        let missing = parts::missing(&drawn.plan, &joined);
        if !missing.is_empty() {
            let names: Vec<String> = missing.iter().map(ToString::to_string).collect();
            let problem = Problem::new(format!("{} parts are missing", names.len()))
                .because(names.join(", "))
                .fix("run the jobs that build them, then merge all parts again");
            return Err(Failure::new(ExitCode::Step(Step::Build), problem));
        }
        let clock = project.ports.clock.clone();
        parts::place(files, &drawn.plan, &project.dist, clock, &joined).map_err(Failure::usage)?;
        world.print(&format!(
            "{} parts joined in {}; `release-action run` goes on from them\n",
            joined.len(),
            project.dist
        ))?;
        Ok(ExitCode::Done)
    }
}
