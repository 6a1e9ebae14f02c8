//! The next version, and whether manifests agree.

use clap::{Args, Subcommand};

use crate::kit::version;
use crate::model::{ExitCode, Problem};
use crate::pipeline::{members, source, tags};

use super::Failure;
use super::project;
use super::wire::World;

/// Work out the next version from the commits
#[derive(Debug, Args)]
pub struct Version {
    /// What to do.
    #[command(subcommand)]
    pub what: What,
}

/// What to do with versions.
#[derive(Debug, Subcommand)]
pub enum What {
    /// Print the next version: breaking changes raise the major, features the minor, all else the patch
    Next {
        /// Make it a prerelease, as in `--pre rc`
        #[arg(long, value_name = "NAME")]
        pre: Option<semver::Prerelease>,
        /// Tell the commits that decide it
        #[arg(long)]
        why: bool,
    },
}

impl Version {
    pub(super) async fn call(self, world: World) -> Result<ExitCode, Failure> {
        let What::Next { pre, why } = self.what;
        let root = project::root(&world).await?;
        let config = project::configuration(&world, &root)?;
        let ports = world.ports(&root, std::time::Duration::ZERO)?;
        let all = source::tags(ports.git.as_ref()).await.map_err(Failure::usage)?;
        let projects = members::members(&config);
        let project = members::project_of(&projects, &root, &world.dir).map_err(Failure::usage)?;
        let latest = tags::latest(&all, project);
        let name = latest.as_ref().map(|tag| tag.name.as_str());
        let messages = source::messages_since(&ports, name, &project.dir).await.map_err(Failure::usage)?;
        let previous = latest.as_ref().map(|tag| &tag.version);
        let next = version::next(previous, messages.iter().map(String::as_str), pre.as_ref());
        let Some(version) = next.version else {
            let since = name
                .map_or_else(|| "there are no commits".to_owned(), |name| format!("no commits since {name}"));
            return Err(Failure::usage(Problem::new("there is nothing to release").because(since)));
        };
        let mut text = format!("{version}\n");
        if why {
            text.extend(next.why.iter().map(|line| format!("  {line}\n")));
        }
        world.print(&text)?;
        Ok(ExitCode::Done)
    }
}
