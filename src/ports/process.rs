//! Child processes. There is no shell in between, and a secret is never an argument.

use std::collections::BTreeMap;
use std::time::Duration;

use camino::Utf8PathBuf;
use tokio_util::sync::CancellationToken;

use crate::kit::secret::Secret;
use crate::model::{Problem, Stream};

/// A child to start.
#[derive(Debug, Clone)]
pub struct Command {
    /// The program: a name looked up on the PATH, or a path.
    pub program: String,
    /// Its arguments.
    pub args: Vec<String>,
    /// Where it runs.
    pub dir: Utf8PathBuf,
    /// Variables set for it beside our own, from which all tokens are taken out.
    pub env: BTreeMap<String, String>,
    /// Secret variables set for it.
    pub secrets: BTreeMap<String, Secret>,
    /// What it reads; nothing if empty.
    pub input: Vec<u8>,
    /// How long it may take, if there is a limit.
    pub limit: Option<Duration>,
    /// What is kept of its output. Lines are handed on all the same.
    pub keep: Keep,
    /// True for a program that wants the project's toolchain around it, wherever that is: a hook of
    /// the user's. What is the toolchain's own, as `go`, goes there without this.
    pub with_toolchain: bool,
    /// True for a program of the project's that is only asked something: it gets none of our variables, and where we
    /// are root it runs as an account that owns nothing, in a folder of its own that is its HOME.
    pub apart: bool,
}

/// Where what runs apart finds programs.
pub const PLAIN_PATH: &str = "/usr/local/bin:/usr/bin:/bin";

/// What is kept of a child's output. Of standard error it is the end in any case, and never more than
/// 256 KiB.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keep {
    /// The whole of standard output, up to this many bytes; more is an error.
    Whole(usize),
    /// The end of standard output: this many bytes.
    End(usize),
}

impl Command {
    /// A child in this folder.
    #[must_use]
    pub fn new(program: impl Into<String>, dir: impl Into<Utf8PathBuf>) -> Self {
        Self {
            program: program.into(),
            args: Vec::new(),
            dir: dir.into(),
            env: BTreeMap::new(),
            secrets: BTreeMap::new(),
            input: Vec::new(),
            limit: None,
            keep: Keep::Whole(64 * 1024 * 1024),
            with_toolchain: false,
            apart: false,
        }
    }

    /// Adds arguments.
    #[must_use]
    pub fn args<I: IntoIterator<Item = S>, S: Into<String>>(mut self, args: I) -> Self {
        self.args.extend(args.into_iter().map(Into::into));
        self
    }

    /// Sets a variable.
    #[must_use]
    pub fn env(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.env.insert(name.into(), value.into());
        self
    }

    /// Keeps nothing of its output: its lines are heard as they come, however many they are.
    #[must_use]
    pub fn heard(mut self) -> Self {
        self.keep = Keep::End(0);
        self
    }

    /// Lets it have nothing of ours.
    #[must_use]
    pub fn apart(mut self) -> Self {
        self.apart = true;
        self
    }

    /// Sets a limit.
    #[must_use]
    pub fn limit(mut self, limit: Duration) -> Self {
        self.limit = Some(limit);
        self
    }
}

/// How a child ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ended {
    /// Its exit code; `None` if a signal killed it.
    pub code: Option<i32>,
    /// The signal that killed it.
    pub signal: Option<i32>,
    /// What was kept of its standard output.
    pub stdout: Vec<u8>,
    /// The end of its standard error.
    pub stderr: Vec<u8>,
}

impl Ended {
    /// True for exit code 0.
    #[must_use]
    pub fn ok(&self) -> bool {
        self.code == Some(0)
    }

    /// Standard output as text, broken UTF-8 replaced.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.stdout).into_owned()
    }

    /// Standard error as text.
    #[must_use]
    pub fn errors(&self) -> String {
        String::from_utf8_lossy(&self.stderr).into_owned()
    }
}

/// Why a child could not be run to its end.
#[derive(Debug, thiserror::Error)]
pub enum ProcessError {
    /// There is no such program.
    #[error("`{program}` is not on the PATH")]
    Missing {
        /// The program.
        program: String,
    },
    /// It could not be started or waited for.
    #[error("`{program}` could not be run: {source}")]
    Broken {
        /// The program.
        program: String,
        /// The system's words.
        #[source]
        source: std::io::Error,
    },
    /// It took too long and was ended.
    #[error("`{program}` was ended after {} s", limit.as_secs())]
    TooLong {
        /// The program.
        program: String,
        /// The limit.
        limit: Duration,
    },
    /// It printed more than is kept.
    #[error("`{program}` printed more than {keep} bytes")]
    TooMuch {
        /// The program.
        program: String,
        /// The limit.
        keep: usize,
    },
    /// There is no place where it could run.
    #[error("`{program}` has no place to run: {problem}")]
    Unplaced {
        /// The program.
        program: String,
        /// Why not.
        problem: Box<Problem>,
    },
    /// We were told to stop, and so was it.
    #[error("`{program}` was stopped")]
    Stopped {
        /// The program.
        program: String,
    },
}

impl From<ProcessError> for Problem {
    fn from(error: ProcessError) -> Self {
        let passing = matches!(error, ProcessError::TooLong { .. } | ProcessError::Stopped { .. });
        let problem = Self { passing, ..Self::new(error.to_string()) };
        match error {
            ProcessError::Missing { program } => problem.fix(how_to_install(&program)),
            ProcessError::Unplaced { problem, .. } => *problem,
            _ => problem,
        }
    }
}

impl ProcessError {
    /// The problem to show where the time limit is a setting: it names that, and what hung for so long is
    /// not tried again.
    #[must_use]
    pub fn limited_by(self, setting: &str) -> Problem {
        match self {
            Self::TooLong { program, limit } => Problem::new(format!(
                "`{program}` took longer than {limit:?}, and was ended with all processes below it"
            ))
            .because("a daemon, whose parents ended before, is below it no more: it may run on")
            .fix(format!("find out what it waits for, or give it more time with `{setting}`")),
            other => other.into(),
        }
    }
}

/// The sentence that tells how a tool is had.
#[must_use]
pub fn how_to_install(program: &str) -> String {
    match program {
        "go" => "install Go: `apt-get install golang-go`, `brew install go` or https://go.dev/dl; in a workflow that calls the program itself, actions/setup-go before it".into(),
        "git" => "install Git: `apt-get install git` or `brew install git`".into(),
        other => format!("install `{other}` and put it on the PATH"),
    }
}

/// Takes each line of a child as it comes, secrets already cut out.
pub type OnLine<'a> = &'a (dyn Fn(Stream, &str) + Send + Sync);

/// Runs children.
#[async_trait::async_trait]
pub trait Process: Send + Sync {
    /// Runs a child to its end. When `stop` is cancelled, its whole process group gets SIGINT, then
    /// SIGTERM, then SIGKILL, and the call returns [`ProcessError::Stopped`].
    ///
    /// # Errors
    ///
    /// If it cannot be run to its end; a non-zero exit code is no error here.
    async fn run(
        &self,
        command: Command,
        stop: &CancellationToken,
        line: OnLine<'_>,
    ) -> Result<Ended, ProcessError>;

    /// Where a program is on the PATH.
    fn find(&self, program: &str) -> Option<Utf8PathBuf>;

    /// The image in which a program runs, with its digest; `None` for one that runs on this machine.
    /// It is known once the program has run.
    fn image_of(&self, _program: &str) -> Option<String> {
        None
    }

    /// Ends what is kept running between commands.
    async fn rest(&self) {}
}
