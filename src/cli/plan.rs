//! Everything that would be built, uploaded, published, announced.

use clap::Args;

use crate::config::load::Config;
use crate::model::{ExitCode, Kind, Plan as ThePlan, Problem, Step, Task};
use crate::pipeline::matrix::matrix;

use super::Failure;
use super::project::Project;
use super::run::Scope;
use super::wire::World;

/// Show everything that would be built, uploaded, published and announced; nothing is written
#[derive(Debug, Args)]
pub struct Plan {
    /// Which release, and how.
    #[command(flatten)]
    pub scope: Scope,
    /// Print the plan as JSON
    #[arg(long, conflicts_with = "matrix")]
    pub json: bool,
    /// Print a matrix of builds for GitHub's `fromJson`
    #[arg(long)]
    pub matrix: bool,
}

impl Plan {
    pub(super) async fn call(self, world: World) -> Result<ExitCode, Failure> {
        let mut which = self.scope.which();
        which.guess_version = true;
        let project = Project::open(&world, &which).await?;
        let drawn = project.draw()?;
        let matrix = note(&world, &drawn.plan, &project.config)?;
        let text = if self.json {
            drawn.plan.to_json().map_err(broken)?
        } else if self.matrix {
            matrix + "\n"
        } else {
            let notes: String = project
                .observed
                .notices
                .iter()
                .map(|notice| crate::report::problem::notice_text(notice, world.color_on_stdout()))
                .collect();
            notes + &shown(&drawn.plan)
        };
        world.print(&text)?;
        Ok(ExitCode::Done)
    }
}

fn broken(error: serde_json::Error) -> Failure {
    Failure::new(ExitCode::Bug, Problem::new("the plan cannot be written").caused_by(&error))
}

/// Notes the plan for the outputs, and its matrix, which it gives as JSON.
///
/// # Errors
///
/// What is wrong with `build.runners`.
pub(super) fn note(world: &World, plan: &ThePlan, config: &Config) -> Result<String, Failure> {
    world.outcome.note(|seen| seen.plan = Some(plan.clone()));
    let matrix = serde_json::to_string(&matrix(plan, config).map_err(Failure::usage)?).map_err(broken)?;
    world.outcome.note(|seen| seen.matrix = Some(matrix.clone()));
    Ok(matrix)
}

/// The plan for reading: step by step, what is made and what is changed in the world.
fn shown(plan: &ThePlan) -> String {
    let commit = plan.commit.get(..12).unwrap_or(&plan.commit);
    let mut text = format!("{} {} · tag {} · commit {commit}\n", plan.project, plan.version, plan.tag);
    for step in Step::ALL {
        let tasks: Vec<_> = plan.tasks.iter().filter(|task| task.step == step).collect();
        if tasks.is_empty() {
            continue;
        }
        text.push_str(&format!("\n{step}\n"));
        for task in tasks {
            let sign = match task.kind {
                Kind::Check => "?",
                Kind::Maker => "+",
                Kind::Target { .. } => "→",
            };
            let rank = match task.kind {
                Kind::Target { rank } => format!("  [{}]", format!("{rank:?}").to_lowercase()),
                _ => String::new(),
            };
            let soft = if task.soft { "  (soft)" } else { "" };
            let makes: Vec<&str> = task.makes.iter().map(|made| made.name.as_str()).collect();
            let makes = if makes.is_empty() || makes == [task.title.as_str()] {
                String::new()
            } else {
                format!("  {}", makes.join(", "))
            };
            text.push_str(&format!("  {sign} {}{makes}{rank}{soft}\n", task.title));
        }
    }
    let is_place = |task: &&Task| matches!(task.kind, Kind::Target { .. }) && !task.tells;
    let effects = plan.tasks.iter().filter(is_place).count();
    let made: usize = plan.tasks.iter().map(|task| task.makes.len()).sum();
    text.push_str(&format!(
        "\n{made} files to make, {effects} places outside to bring there. Nothing was written.\n"
    ));
    text
}
