//! The configuration, validated.

use clap::Args;

use crate::model::ExitCode;
use crate::pipeline::members;
use crate::pipeline::select::Wish;

use super::Failure;
use super::overriding;
use super::project::{self, Project, Which};
use super::wire::World;

/// Validate the configuration: file, line, column, what is wrong, what is meant
#[derive(Debug, Args)]
pub struct Check {
    /// Print every value with its origin
    #[arg(long)]
    pub resolved: bool,
}

impl Check {
    pub(super) async fn call(self, world: World) -> Result<ExitCode, Failure> {
        let world = super::action::with_inputs(world)?;
        let root = project::root(&world).await?;
        let config = project::configuration(&world, &root)?;
        if self.resolved {
            let which = Which { guess_version: true, ..Which::default() };
            let project = Project::open(&world, &which).await?;
            let rows = project.config.resolved();
            let width = rows.iter().map(|row| row.path.chars().count()).max().unwrap_or(0);
            let line = |row: &crate::config::effective::Resolved| {
                format!("{:width$}  {}  ({})\n", row.path, row.value, row.origin)
            };
            world.print(&rows.iter().map(line).collect::<String>())?;
            return Ok(ExitCode::Done);
        }
        // What the settings ask for must also be possible, for every project.
        let mut tasks = 0;
        for member in members::members(&config) {
            let named = member.own_tags.then_some(member.dir);
            let which = Which { guess_version: true, member: named, ..Which::default() };
            let project = Project::open(&world, &which).await?;
            let drawn = project.draw()?;
            // What a run refuses before it begins is no good configuration.
            overriding::refuse(&project.config, &drawn.plan, &Wish::default())?;
            tasks += drawn.plan.tasks.len();
        }
        let from = config.file().map_or_else(
            || "no configuration file: every value is detected or the default".to_owned(),
            |file| format!("{file} is good"),
        );
        world.print(&format!(
            "{from}; {tasks} tasks follow from it (`release-action plan` lists them)
"
        ))?;
        Ok(ExitCode::Done)
    }
}
