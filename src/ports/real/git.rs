//! The `git` command, deaf to hooks and to what a person has set for their own eyes. What stands between
//! a file and its content still runs, as everywhere in this repository: `filter.*.clean` of
//! `.gitattributes`, and, where a remote is asked, `core.sshCommand` and credential helpers.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};
use tokio_util::sync::CancellationToken;

use super::env::Env;
use super::files::RealFiles;
use crate::ports::Files as _;
use crate::ports::git::{Git, GitError};
use crate::ports::process::{Command, Process};

/// Settings that stand above those of the repository, the user and the system.
const SETTINGS: [&str; 18] = [
    "core.hooksPath=/dev/null",
    "core.fsmonitor=false",
    // A file that is as long as before, with its time set back, is looked at all the same.
    "core.trustctime=true",
    "core.checkStat=default",
    "core.quotePath=false",
    "core.pager=cat",
    "color.ui=false",
    "protocol.ext.allow=never",
    "column.ui=never",
    "column.tag=never",
    "log.showSignature=false",
    // `--follow` knows no folders: commits would be left out.
    "log.follow=false",
    "i18n.logOutputEncoding=UTF-8",
    // `git grep` would refuse to look at what is not tracked.
    "submodule.recurse=false",
    "gc.auto=0",
    "maintenance.auto=false",
    // A connection over which nothing comes for a minute is given up.
    "http.lowSpeedLimit=1",
    "http.lowSpeedTime=60",
];

/// Variables of every call. Paths are patterns, a commit is the one of its id and not what
/// `git replace` put in its place, and nobody is asked anything.
const VARIABLES: [(&str, &str); 8] = [
    ("GIT_TERMINAL_PROMPT", "0"),
    ("GIT_OPTIONAL_LOCKS", "0"),
    ("GIT_NO_REPLACE_OBJECTS", "1"),
    ("GIT_LITERAL_PATHSPECS", "0"),
    ("GIT_GLOB_PATHSPECS", "0"),
    ("GIT_NOGLOB_PATHSPECS", "0"),
    ("GIT_ICASE_PATHSPECS", "0"),
    ("LC_ALL", "C"),
];

/// No call of Git takes longer than this; a fetch of a large history may take a while.
const LIMIT: Duration = Duration::from_secs(30 * 60);

/// How much of its standard error is told, in lines and characters.
const WORDS: (usize, usize) = (8, 1000);

/// Git in one folder.
#[derive(Clone)]
pub struct RealGit {
    process: Arc<dyn Process>,
    root: Utf8PathBuf,
    env: BTreeMap<String, String>,
}

impl RealGit {
    /// Runs `git` in `root`. `env` is where children get their variables from.
    #[must_use]
    pub fn new(process: Arc<dyn Process>, root: impl Into<Utf8PathBuf>, env: &Env) -> Self {
        let root = root.into();
        let mut vars = safe_directory(env, &root);
        vars.extend(VARIABLES.map(|(name, value)| (name.to_owned(), value.to_owned())));
        Self { process, root, env: vars }
    }

    /// The same with another index than the repository's.
    #[must_use]
    pub fn with_index(mut self, index: &Utf8Path) -> Self {
        self.env.insert("GIT_INDEX_FILE".into(), index.to_string());
        self
    }
}

/// The variables that make Git (and tools that call it) trust a repository of another owner, as the
/// checkout in a container is, without touching a configuration file. They come after the
/// `GIT_CONFIG_*` pairs that are in `env` already.
#[must_use]
pub fn safe_directory(env: &Env, root: &Utf8Path) -> BTreeMap<String, String> {
    let count: usize = env.get("GIT_CONFIG_COUNT").and_then(|count| count.trim().parse().ok()).unwrap_or(0);
    // Git compares with the real path; a folder that is not there makes Git itself complain later.
    let root = RealFiles.real_path(root).unwrap_or_else(|_| root.to_owned());
    let folders = trusted(env, &root);
    let mut vars = BTreeMap::from([("GIT_CONFIG_COUNT".to_owned(), (count + folders.len()).to_string())]);
    for (at, folder) in folders.into_iter().enumerate() {
        vars.insert(format!("GIT_CONFIG_KEY_{}", count + at), "safe.directory".to_owned());
        vars.insert(format!("GIT_CONFIG_VALUE_{}", count + at), folder.into_string());
    }
    vars
}

/// The folder itself; and in a workflow's workspace the folders above it too, for the repository of a
/// project's folder begins further up.
fn trusted(env: &Env, root: &Utf8Path) -> Vec<Utf8PathBuf> {
    let workspace = env.get("GITHUB_WORKSPACE").filter(|path| !path.is_empty());
    let workspace = workspace.and_then(|path| RealFiles.real_path(Utf8Path::new(path)).ok());
    let above = |workspace: Utf8PathBuf| {
        let folders = root.ancestors().skip(1).map(Utf8Path::to_owned).collect::<Vec<_>>();
        folders.into_iter().take_while(move |folder| folder.starts_with(&workspace))
    };
    std::iter::once(root.to_owned()).chain(workspace.into_iter().flat_map(above)).collect()
}

/// The subcommand among Git's arguments, past `-C DIR` and `-c NAME=VALUE`.
fn verb(args: &[&str]) -> String {
    let mut args = args.iter();
    while let Some(arg) = args.next() {
        match *arg {
            "-C" | "-c" => drop(args.next()),
            arg if arg.starts_with('-') => {}
            arg => return arg.to_owned(),
        }
    }
    String::new()
}

/// The last lines of what Git said.
fn last_words(errors: &str, code: Option<i32>) -> String {
    let lines: Vec<&str> = errors.lines().map(str::trim_end).filter(|line| !line.is_empty()).collect();
    let words = lines[lines.len().saturating_sub(WORDS.0)..].join("\n");
    let words: String = words.chars().take(WORDS.1).collect();
    match (words.is_empty(), code) {
        (false, _) => words,
        (true, Some(code)) => format!("exit code {code}"),
        (true, None) => "ended by a signal".to_owned(),
    }
}

#[async_trait::async_trait]
impl Git for RealGit {
    async fn fed(&self, args: &[&str], input: Vec<u8>) -> Result<Vec<u8>, GitError> {
        let settings = SETTINGS.iter().flat_map(|setting| ["-c", setting]);
        let mut command = Command::new("git", &self.root)
            .args(["--no-pager"])
            .args(settings)
            .args(args.iter().copied())
            .limit(LIMIT);
        command.env.clone_from(&self.env);
        command.input = input;
        // Whoever drops this call ends the child; there is nothing else to stop it by.
        let ended = self.process.run(command, &CancellationToken::new(), &|_, _| ()).await?;
        if ended.ok() {
            return Ok(ended.stdout);
        }
        Err(GitError::Refused {
            verb: verb(args),
            code: ended.code,
            words: last_words(&ended.errors(), ended.code),
        })
    }
}

#[cfg(test)]
#[path = "git_tests.rs"]
mod tests;
