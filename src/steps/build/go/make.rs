//! `go build`, its outcome put in its place.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};
use serde_json::json;

use super::diagnose::{Failure, diagnose};
use super::recipe::Recipe;
use crate::model::artifact::UNSTAMPED;
use crate::model::{Artifact, ArtifactKind, Digest, Problem};
use crate::ports::Files;
use crate::ports::files::FileError;
use crate::ports::process::Command;
use crate::steps::build::hook::{Argv, Before};
use crate::steps::room::{Maker, Site};

/// How many of the compiler's lines are remembered for the message.
const REMEMBERED: usize = 200;

/// What every static library begins with: what `go build` makes of a package that is no command.
const LIBRARY: &[u8] = b"!<arch>\n";

/// The share by which Go's tools let their memory grow before they collect garbage. They live for a second:
/// collecting a quarter as often saves a tenth of their time, and changes no byte of what they make.
const LAZY_GC: &str = "400";

/// Who sets one of these has chosen.
const MEMORY: [&str; 2] = ["GOGC", "GOMEMLIMIT"];

/// Builds one binary.
pub struct Build {
    /// What is built, and how.
    pub recipe: Recipe,
    /// What runs once before all builds.
    pub before: Arc<Before>,
    /// What runs on the binary.
    pub after: Vec<Argv>,
    /// How long the compiler, and each hook, may take.
    pub limit: Duration,
}

#[async_trait::async_trait]
impl Maker for Build {
    async fn ready(&self, site: &Site) -> Result<(), Problem> {
        self.before.run(site).await
    }

    async fn make(&self, site: &Site) -> Result<Vec<Artifact>, Problem> {
        let folder = format!("{}_{}", self.recipe.binary, self.recipe.target.folder());
        let bench = site.dist.join(".build").join(&folder);
        site.ports.files.remove(&bench)?;
        site.ports.files.make_dir(&bench)?;
        // The child runs in the project's folder, so the place must not depend on where we run.
        let built = site.ports.files.real_path(&bench)?.join(self.recipe.file());
        self.compile(site, &built).await?;
        for hook in &self.after {
            hook.run(site, self.limit, &[("RELEASE_ACTION_BINARY", built.as_str())]).await?;
        }
        let path = Utf8PathBuf::from(folder).join(self.recipe.file());
        let files = Arc::clone(&site.ports.files);
        let (from, to) = (built, site.dist.join(&path));
        let moved = tokio::task::spawn_blocking(move || {
            let moved = place(files.as_ref(), &from, &to)?;
            files.remove(&bench)?;
            Ok::<_, Problem>(moved)
        });
        let (size, digest) = moved
            .await
            .map_err(|error| Problem::new("the binary could not be put in its place").caused_by(&error))??;
        Ok(vec![self.artifact(path, size, digest)])
    }
}

impl Build {
    async fn compile(&self, site: &Site, to: &Utf8Path) -> Result<(), Problem> {
        let recipe = &self.recipe;
        let mut command = Command::new("go", site.facts.project_dir())
            .args(["build", "-o", to.as_str()])
            .args(&recipe.args)
            .args([&recipe.package])
            .limit(self.limit)
            .heard();
        command.env = recipe.env.clone();
        let chosen = |name: &&str| site.facts.env.contains_key(*name) || recipe.env.contains_key(*name);
        if !MEMORY.iter().any(chosen) {
            command.env.insert("GOGC".into(), LAZY_GC.into());
        }
        let lines = Mutex::new(Vec::new());
        let hear = |stream, line: &str| {
            site.output(stream, line);
            let mut lines = lines.lock().unwrap_or_else(PoisonError::into_inner);
            if lines.len() < REMEMBERED {
                lines.push(line.to_owned());
            }
        };
        let ended = site.ports.process.run(command, &site.stop, &hear).await;
        let ended = ended.map_err(|error| error.limited_by("build.timeout"))?;
        if ended.ok() {
            return Ok(());
        }
        let lines = lines.into_inner().unwrap_or_else(PoisonError::into_inner);
        Err(diagnose(
            recipe,
            &site.facts.dir,
            &Failure { lines: &lines, code: ended.code, signal: ended.signal },
        ))
    }

    /// The fields of `extra` are those of GoReleaser's `artifacts.json`.
    fn artifact(&self, path: Utf8PathBuf, size: u64, digest: Digest) -> Artifact {
        let recipe = &self.recipe;
        let mut extra = BTreeMap::from([
            ("Binary".to_owned(), json!(recipe.binary)),
            ("Builder".to_owned(), json!("go")),
            ("Ext".to_owned(), json!(recipe.target.extension())),
            ("ID".to_owned(), json!(recipe.binary)),
        ]);
        if !recipe.stamped {
            extra.insert(UNSTAMPED.to_owned(), json!(true));
        }
        let platform = Some(recipe.target.platform().clone());
        Artifact { name: recipe.file(), kind: ArtifactKind::Binary, path, platform, size, digest, extra }
    }
}

/// Copies the binary to its place and hashes it on the way: it is there whole and executable, or not at all.
fn place(files: &dyn Files, from: &Utf8Path, to: &Utf8Path) -> Result<(u64, Digest), Problem> {
    let mut head = Vec::new();
    let mut beginning = files.open(from)?.take(LIBRARY.len() as u64);
    beginning.read_to_end(&mut head).map_err(|source| FileError { path: from.to_owned(), source })?;
    if head == LIBRARY {
        return Err(Problem::new("the package is no command")
            .because("`go build` made a library of it: it is not `package main`")
            .fix("name the folder of a `main` package in `build.go.commands`"));
    }
    let (pending, size, digest) = files.copy(from, to, true)?;
    if size == 0 {
        return Err(Problem::new(format!("{from} is empty")).fix("look at what the hooks after the build do"));
    }
    pending.place()?;
    Ok((size, digest))
}
