//! Git's hooks: the gates that take seconds, before a commit is made.

mod place;
mod run;
mod script;

use clap::{Args, Subcommand, ValueEnum};

use crate::model::ExitCode;

use super::Failure;
use super::project;
use super::wire::World;
use place::{Place, There};
use script::Hook as Name;

/// Run the gates that take seconds on what is staged, before each commit: Git's hooks pre-commit and commit-msg
#[derive(Debug, Args)]
pub struct Hook {
    /// What to do.
    #[command(subcommand)]
    pub what: What,
}

/// What to do with the hooks.
#[derive(Debug, Subcommand)]
pub enum What {
    /// Write the hooks; one that is there already runs before ours
    Install(Install),
    /// Remove them; what was there before is put back
    Uninstall,
    /// Say what is installed, and where
    Status,
    /// Do what a hook does, now: judge what is staged, or a message
    Run(Run),
}

/// Which, and how.
#[derive(Debug, Args)]
pub struct Install {
    /// Only these hooks [default: both]
    #[arg(value_name = "HOOK")]
    pub hooks: Vec<Name>,
    /// Replace a hook that is there already, and write into a folder that all of your repositories share
    #[arg(long)]
    pub force: bool,
}

/// Which hook.
#[derive(Debug, Args)]
pub struct Run {
    /// The hook
    #[arg(value_name = "HOOK", default_value = "pre-commit")]
    pub hook: Name,
    /// The file with the message, as Git gives it to commit-msg
    #[arg(value_name = "FILE")]
    pub file: Option<camino::Utf8PathBuf>,
}

impl Hook {
    pub(super) async fn call(self, world: World) -> Result<ExitCode, Failure> {
        let root = project::root(&world).await?;
        let ports = world.ports(&root, std::time::Duration::ZERO)?;
        let place = || Place::find(&ports, &root);
        let text = match self.what {
            What::Run(run) => return run::run(&world, &root, &run).await,
            What::Install(install) => {
                let all = install.hooks.is_empty();
                let wanted: &[Name] = if all { Name::value_variants() } else { &install.hooks };
                let place = place().await.map_err(Failure::usage)?;
                place.install(wanted, &world.program()?, install.force).map_err(Failure::usage)?
            }
            What::Uninstall => place().await.and_then(|place| place.uninstall()).map_err(Failure::usage)?,
            What::Status => status(&place().await.map_err(Failure::usage)?, &world)?,
        };
        world.print(&text)?;
        Ok(ExitCode::Done)
    }
}

fn status(place: &Place, world: &World) -> Result<String, Failure> {
    let program = world.program()?;
    let mut text = format!("hooks lie in {}\n", place.shown());
    for hook in Name::value_variants() {
        let (there, before) = place.there(*hook, &program).map_err(Failure::usage)?;
        let words = match there {
            There::Nothing => "not installed",
            There::Ours => "installed",
            There::OursOfElse => {
                "installed by another release-action: `release-action hook install` brings it up to date"
            }
            There::Touched => {
                "installed, and somebody changed our lines: `release-action hook install --force` writes them anew"
            }
            There::Foreign => "another's, not installed: `release-action hook install` runs it before ours",
        };
        let chained = if before { ", after the hook that was there before" } else { "" };
        text.push_str(&format!("{:<10}  {words}{chained}\n", hook.name()));
    }
    Ok(text)
}
