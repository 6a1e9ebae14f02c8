//! What is staged, as files in a folder of their own.
//!
//! The folder lies in Git's own and stays: the next time Git changes in it only what differs, so that Go's and
//! cargo's caches hold.

use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};
use tokio_util::sync::CancellationToken;

use crate::model::Problem;
use crate::ports::files::Held;
use crate::ports::git::GitError;
use crate::ports::process::{Command, Ended};
use crate::ports::{Git, Ports};

/// The folder for it, below Git's folder of this work tree.
const FOLDER: &str = "release-action";

/// Git in the repository's root, with another index.
pub type GitAt<'a> = &'a (dyn Fn(&Utf8Path) -> Arc<dyn Git> + Send + Sync);

/// What is staged.
pub struct Staged {
    /// The world; its Git knows what is staged as what is tracked.
    pub ports: Ports,
    /// The folder with every file as it is staged.
    pub tree: Utf8PathBuf,
    /// The files that differ from the last commit, without those that are deleted, links and submodules.
    pub changed: Vec<Utf8PathBuf>,
    /// Cancelled when it must stop.
    pub stop: CancellationToken,
    _held: Box<dyn Held>,
}

impl Staged {
    /// Lays it out. `given` is the index that Git commits, where that is not the repository's own.
    ///
    /// # Errors
    ///
    /// If Git cannot tell it, as where a merge is not resolved, or another run is at it.
    pub async fn lay(
        ports: &Ports,
        git_at: GitAt<'_>,
        given: Option<&Utf8Path>,
        stop: CancellationToken,
    ) -> Result<Self, Problem> {
        let git_dir = Utf8PathBuf::from(ports.git.text(&["rev-parse", "--absolute-git-dir"]).await?);
        let folder = git_dir.join(FOLDER);
        ports.files.make_dir(&folder)?;
        let held = ports.files.lock(&folder.join("lock"))?.ok_or_else(|| {
            Problem::new("another run looks at what is staged here").fix("wait for its end, and commit again")
        })?;
        let given = given.map_or_else(|| Arc::clone(&ports.git), git_at);
        let id = given.text(&["write-tree"]).await.map_err(|error| {
            Problem::new("what is staged makes no commit yet")
                .caused_by(&error)
                .fix("resolve what `git status` calls unmerged, and `git add` it")
        })?;
        let git = git_at(&folder.join("index"));
        let ports = Ports { git, ..ports.clone() };
        let tree = laid(&ports, &folder, &id).await?;
        let changed = changed(&ports, &tree).await?;
        Ok(Self { ports, tree, changed, stop, _held: held })
    }

    /// The changed files with this end.
    pub fn with_end(&self, end: &str) -> Vec<&Utf8Path> {
        self.changed.iter().filter(|path| path.extension() == Some(end)).map(Utf8PathBuf::as_path).collect()
    }

    /// The nearest folder at or above a file, as a path from the root, that holds a file of this name.
    ///
    /// # Errors
    ///
    /// If the system will not say what is there.
    pub fn nearest(&self, path: &Utf8Path, name: &str) -> Result<Option<Utf8PathBuf>, Problem> {
        for folder in path.ancestors().skip(1) {
            if self.ports.files.meta(&self.tree.join(folder).join(name))?.is_some() {
                return Ok(Some(folder.to_owned()));
            }
        }
        Ok(None)
    }

    /// Runs a tool in a folder of it.
    ///
    /// # Errors
    ///
    /// If it cannot be run to its end.
    pub async fn run(&self, command: Command) -> Result<Ended, Problem> {
        Ok(self.ports.process.run(command, &self.stop, &|_, _| ()).await?)
    }

    /// A path as people know it: without the folder that it was laid out in.
    pub fn plain(&self, text: &str) -> String {
        text.replace(&format!("{}/", self.tree), "")
    }
}

/// Writes a tree of Git's into the folder.
async fn laid(ports: &Ports, folder: &Utf8Path, id: &str) -> Result<Utf8PathBuf, Problem> {
    let tree = folder.join("staged");
    ports.files.make_dir(&tree)?;
    if read_tree(ports, &tree, id).await.is_err() {
        // What a run that was killed left behind may be in the way.
        for left in ["staged", "index", "index.lock"] {
            ports.files.remove(&folder.join(left))?;
        }
        ports.files.make_dir(&tree)?;
        read_tree(ports, &tree, id).await.map_err(|error| {
            Problem::new("what is staged cannot be laid out")
                .caused_by(&error)
                .fix(format!("see that there is room in {folder}, and remove that folder"))
        })?;
    }
    Ok(ports.files.real_path(&tree)?)
}

async fn read_tree(ports: &Ports, tree: &Utf8Path, id: &str) -> Result<(), GitError> {
    let work_tree = format!("--work-tree={tree}");
    // Of a sparse checkout all files count.
    let ask = ["-c", "core.sparseCheckout=false", &work_tree, "read-tree", "--reset", "-u", id];
    ports.git.run(&ask).await.map(drop)
}

async fn changed(ports: &Ports, tree: &Utf8Path) -> Result<Vec<Utf8PathBuf>, Problem> {
    let ask = ["diff", "--cached", "--name-only", "-z", "--no-renames", "--no-ext-diff", "--diff-filter=AMT"];
    let listed = String::from_utf8(ports.git.run(&ask).await?)
        .map_err(|_| Problem::new("a staged file has a name that is not UTF-8").fix("rename it"))?;
    let mut changed = Vec::new();
    for path in listed.split('\0').filter(|path| !path.is_empty()).map(Utf8PathBuf::from) {
        if ports.files.meta(&tree.join(&path))?.is_some_and(|meta| !meta.is_dir && !meta.is_link) {
            changed.push(path);
        }
    }
    Ok(changed)
}
