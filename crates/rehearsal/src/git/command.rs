//! Starts `git`, cut off from the user's configuration, hooks and environment.

use crate::error::ForgeError;
use camino::{Utf8Path, Utf8PathBuf};
use std::process::Stdio;
use tokio::io::AsyncWriteExt;
use tokio::process::Command;

/// Why a `git` child didn't do its work.
#[derive(Debug, thiserror::Error)]
pub enum GitError {
    /// The program could not be started or spoken to.
    #[error("git can't be run: {0}; install Git and put it on the PATH")]
    Start(#[from] std::io::Error),
    /// It ran and said no.
    #[error("`git {command}` failed: {stderr}")]
    Failed {
        /// The subcommand.
        command: String,
        /// What it wrote to standard error.
        stderr: String,
    },
}

/// How every `git` child of this forge is started.
#[derive(Debug, Clone)]
pub(crate) struct Git {
    home: Utf8PathBuf,
}

impl Git {
    pub(crate) fn new(home: &Utf8Path) -> Self {
        Self { home: home.to_owned() }
    }

    /// A child with a clean environment: what a user's hook or `GIT_DIR` says must not reach it.
    pub(crate) fn command(&self) -> Command {
        let mut command = Command::new("git");
        command.env_clear().kill_on_drop(true).stdin(Stdio::null());
        for name in ["PATH", "SYSTEMROOT", "TMPDIR", "TEMP", "TMP", "GIT_EXEC_PATH"] {
            if let Some(value) = std::env::var_os(name) {
                command.env(name, value);
            }
        }
        command
            .env("HOME", &self.home)
            .env("LC_ALL", "C")
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_TERMINAL_PROMPT", "0")
            .args(["-c", "core.hooksPath=/dev/null", "-c", "gc.auto=0", "-c", "safe.directory=*"]);
        command
    }

    /// Runs a subcommand on a repository and gives its standard output.
    pub(crate) async fn run(&self, dir: &Utf8Path, args: &[&str]) -> Result<Vec<u8>, GitError> {
        self.feed(dir, args, &[]).await
    }

    /// Runs a subcommand and gives its output as text without the last line end.
    pub(crate) async fn text(&self, dir: &Utf8Path, args: &[&str]) -> Result<String, GitError> {
        let bytes = self.run(dir, args).await?;
        Ok(String::from_utf8_lossy(&bytes).trim_end_matches('\n').to_owned())
    }

    /// Runs a subcommand with `input` on its standard input.
    pub(crate) async fn feed(
        &self,
        dir: &Utf8Path,
        args: &[&str],
        input: &[u8],
    ) -> Result<Vec<u8>, GitError> {
        let mut command = self.command();
        command.arg("--git-dir").arg(dir).args(args);
        self.finish(command, args, input).await
    }

    /// Starts a prepared child, feeds it, and takes its output.
    pub(crate) async fn finish(
        &self,
        mut command: Command,
        args: &[&str],
        input: &[u8],
    ) -> Result<Vec<u8>, GitError> {
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn()?;
        let stdin = child.stdin.take();
        let write = async {
            if let Some(mut stdin) = stdin {
                // A child may end without reading all of its input; its exit code says how it went.
                match stdin.write_all(input).await {
                    Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => return Err(error),
                    _ => {}
                }
            }
            Ok(())
        };
        let (written, output) = tokio::join!(write, child.wait_with_output());
        let output = output?;
        if !output.status.success() {
            return Err(GitError::Failed {
                command: args.join(" "),
                stderr: String::from_utf8_lossy(&output.stderr).trim().to_owned(),
            });
        }
        written?;
        Ok(output.stdout)
    }

    /// Makes a bare repository that serves any object it holds.
    pub(crate) async fn init(&self, dir: &Utf8Path, branch: &str) -> Result<(), GitError> {
        let initial = format!("--initial-branch={branch}");
        let mut command = self.command();
        let args = ["init", "--bare", "--quiet", "--template=", initial.as_str()];
        command.args(args).arg(dir);
        self.finish(command, &args, &[]).await?;
        for (key, value) in [("uploadpack.allowAnySHA1InWant", "true"), ("uploadpack.allowFilter", "true")] {
            self.run(dir, &["config", key, value]).await?;
        }
        Ok(())
    }

    /// Takes all refs of a local repository over, as `git push --mirror` would, and its HEAD, which may
    /// be on no branch. Where objects are missing (a partial clone), the source's are borrowed instead.
    pub(crate) async fn mirror(&self, dir: &Utf8Path, source: &Utf8Path) -> Result<(), ForgeError> {
        let absolute = source.canonicalize_utf8().map_err(|error| ForgeError::state(source, error))?;
        // A shallow clone has no parents for some commits: Git is told so, and goes no further back there.
        let specs = [
            "fetch",
            "--quiet",
            "--prune",
            "--no-write-fetch-head",
            "--update-shallow",
            "--end-of-options",
            absolute.as_str(),
        ];
        let refs = ["+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*", "+HEAD:refs/rehearsal/HEAD"];
        let args: Vec<&str> = specs.into_iter().chain(refs).collect();
        if self.run(dir, &args).await.is_ok() {
            return Ok(());
        }
        self.borrow(dir, &absolute).await
    }

    /// Points at the objects of another repository and takes its refs over.
    async fn borrow(&self, dir: &Utf8Path, source: &Utf8Path) -> Result<(), ForgeError> {
        let find = ["rev-parse", "--path-format=absolute", "--git-path", "objects"];
        let mut command = self.command();
        command.arg("-C").arg(source).args(find);
        let objects = self.finish(command, &find, &[]).await?;
        let file = dir.join("objects/info/alternates");
        tokio::fs::write(&file, objects).await.map_err(|error| ForgeError::state(&file, error))?;
        let list = ["for-each-ref", "--format=update %(refname) %(objectname)", "refs/heads", "refs/tags"];
        let mut command = self.command();
        command.arg("-C").arg(source).args(list);
        let updates = self.finish(command, &list, &[]).await?;
        let take = ["update-ref", "--stdin"];
        let mut command = self.command();
        command.arg("--git-dir").arg(dir).args(take);
        self.finish(command, &take, &updates).await?;
        Ok(())
    }

    /// The branch a local repository is on; `None` when its HEAD is detached.
    pub(crate) async fn head_branch(&self, source: &Utf8Path) -> Option<String> {
        let mut command = self.command();
        let args = ["symbolic-ref", "--quiet", "--short", "HEAD"];
        command.arg("-C").arg(source).args(args);
        // A detached HEAD is an exit code, not trouble.
        let name = self.finish(command, &args, &[]).await.ok()?;
        Some(String::from_utf8_lossy(&name).trim().to_owned()).filter(|name| !name.is_empty())
    }
}
