//! Which compilers of C a build calls: their version decides bytes as Go's own does.

use std::collections::BTreeSet;
use std::time::Duration;

use super::recipe::Recipe;
use crate::model::Problem;
use crate::ports::process::{Command, ProcessError};
use crate::steps::build::words::split;
use crate::steps::room::{Outlook, Seen};

/// Where Go takes compilers from.
const NAMES: [&str; 3] = ["CC", "CXX", "FC"];

/// A compiler tells its version at once.
const LIMIT: Duration = Duration::from_secs(20);

/// What every compiler says of itself that these builds may call; nothing where no C is compiled.
///
/// # Errors
///
/// If one is there and cannot be run.
pub async fn compilers(recipes: &[Recipe], outlook: &Outlook) -> Result<Seen, Problem> {
    let mut called = BTreeSet::new();
    for recipe in recipes.iter().filter(|recipe| recipe.has_c()) {
        called.extend(
            NAMES.iter().filter_map(|name| recipe.env.get(*name).or_else(|| recipe.machine.get(*name))),
        );
    }
    let mut seen = Seen::new();
    for line in called {
        seen.insert(line.clone(), identity(line, outlook).await?);
    }
    Ok(seen)
}

/// All lines of `COMPILER --version`; a compiler that is missing is told by the build that needs it.
async fn identity(line: &str, outlook: &Outlook) -> Result<String, Problem> {
    let words = split(line).map_err(|why| {
        Problem::new(format!("`{line}` cannot be called as a compiler"))
            .because(why)
            .fix("correct `CC`, `CXX` or `FC` in `build.go.env`, in the environment or in `go env`")
    })?;
    let mut words = words.into_iter();
    let program = words.next().unwrap_or_default();
    let command =
        Command::new(program, outlook.facts.project_dir()).args(words).args(["--version"]).limit(LIMIT);
    let stop = tokio_util::sync::CancellationToken::new();
    match outlook.ports.process.run(command, &stop, &|_, _| {}).await {
        Ok(ended) => Ok(format!("{:?} {}", ended.code, ended.text())),
        Err(ProcessError::Missing { .. }) => Ok("missing".into()),
        Err(error) => Err(error.into()),
    }
}
