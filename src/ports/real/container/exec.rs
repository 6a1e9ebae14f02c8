//! One command in a running container.

use std::io;
use std::pin::Pin;
use std::time::Duration;

use bollard::Docker;
use bollard::container::LogOutput;
use bollard::errors::Error;
use bollard::exec::{CreateExecOptions, StartExecOptions, StartExecResults};
use futures::{Stream, StreamExt as _};
use rustix::process::Signal;
use tokio::io::{AsyncWrite, AsyncWriteExt as _};
use tokio_util::sync::CancellationToken;

use super::engine::{NOTES, words};
use crate::kit::secret::Redactor;
use crate::model::Stream as Which;
use crate::ports::process::{Command, Ended, Keep, OnLine, ProcessError};
use crate::ports::real::kept::Kept;
use crate::ports::real::lines::Lines;
use crate::ports::real::process::{Why, ladder, over};

/// Notes its process id, which leads a session and so a group of its own, then becomes the command.
const BECOME: &str = "echo $$ >\"$0\" && if command -v \"$1\" >/dev/null 2>&1; then exec \"$@\"; \
                      else rm \"$0\"; exit 127; fi";

/// Signals the group of a command; one that has ended, or whose note is gone for that, is no failure.
const TELL: &str = "kill -s \"$1\" -- \"-$(cat \"$0\")\" 2>/dev/null || true";

/// How long the end of the output is waited for once everything was killed.
const DRAIN: Duration = Duration::from_secs(5);

/// How often and how long it is asked for an exit code after the output's end.
const LOOK: (u32, Duration) = (100, Duration::from_millis(20));

/// A place for one command.
pub struct Exec<'a> {
    /// The engine.
    pub docker: &'a Docker,
    /// The container.
    pub container: &'a str,
    /// Cuts secrets out of what it prints.
    pub redactor: &'a Redactor,
    /// Whom it runs as, `uid:gid`.
    pub user: &'a str,
    /// Tells it from the other commands.
    pub number: u64,
}

impl Exec<'_> {
    /// Runs it to its end.
    ///
    /// # Errors
    ///
    /// If that cannot be; see [`crate::ports::container::Sibling::run`].
    pub async fn run(
        &self,
        command: Command,
        stop: &CancellationToken,
        line: OnLine<'_>,
    ) -> Result<Ended, ProcessError> {
        let program = command.program.clone();
        if stop.is_cancelled() {
            return Err(ProcessError::Stopped { program });
        }
        let broken =
            |why: String| ProcessError::Broken { program: program.clone(), source: io::Error::other(why) };
        if !command.secrets.is_empty() {
            return Err(broken("a secret is not given to a container".into()));
        }
        let mut words_of = vec!["/bin/sh".into(), "-c".into(), BECOME.into(), self.note(), program.clone()];
        words_of.extend(command.args.iter().cloned());
        let (exec, output, input) =
            self.begin(words_of, &command).await.map_err(|error| broken(words(&error)))?;
        let mut guard = Guard { exec: Some(self) };
        let mut heard = Heard::new(command.keep, self.redactor);
        let how = self.listen(heard.all(output, input, &command.input, line), &command, stop).await;
        guard.exec = None;
        match how {
            Ok(Some(Why::Stop)) => return Err(ProcessError::Stopped { program }),
            Ok(Some(Why::Limit(limit))) => return Err(ProcessError::TooLong { program, limit }),
            Ok(None) => {}
            Err(error) => return Err(broken(words(&error))),
        }
        let code = self.code(&exec).await.map_err(broken)?;
        heard.ended(code, &command)
    }

    /// Waits for the output's end; says why, if the command was made to end before.
    async fn listen(
        &self,
        listening: impl Future<Output = Result<(), Error>>,
        command: &Command,
        stop: &CancellationToken,
    ) -> Result<Option<Why>, Error> {
        tokio::pin!(listening);
        let why = tokio::select! {
            heard = &mut listening => return heard.map(|()| None),
            why = over(stop, command.limit) => why,
        };
        for (signal, patience) in ladder(&why) {
            self.tell(signal).await;
            if tokio::time::timeout(patience, &mut listening).await.is_ok() {
                // Also what the command itself has left behind.
                self.tell(Signal::KILL).await;
                return Ok(Some(why));
            }
        }
        self.tell(Signal::KILL).await;
        // What a process outside of the group still holds open is given up.
        if tokio::time::timeout(DRAIN, &mut listening).await.is_err() {
            tracing::debug!(program = command.program, "output is still open after the command was killed");
        }
        Ok(Some(why))
    }

    /// The file with its process id.
    fn note(&self) -> String {
        format!("{NOTES}/{}", self.number)
    }

    async fn begin(&self, words: Vec<String>, command: &Command) -> Result<Begun, Error> {
        let wants_input = !command.input.is_empty();
        let order = CreateExecOptions {
            cmd: Some(words),
            env: Some(command.env.iter().map(|(name, value)| format!("{name}={value}")).collect()),
            working_dir: Some(command.dir.to_string()),
            user: Some(self.user.to_owned()),
            attach_stdin: Some(wants_input),
            attach_stdout: Some(true),
            attach_stderr: Some(true),
            ..CreateExecOptions::default()
        };
        let exec = self.docker.create_exec(self.container, order).await?.id;
        match self.docker.start_exec(&exec, None::<StartExecOptions>).await? {
            StartExecResults::Attached { output, input } => Ok((exec, output, wants_input.then_some(input))),
            StartExecResults::Detached => {
                Err(Error::DockerStreamError { error: "the engine lets go of its output".into() })
            }
        }
    }

    /// Sends a signal to the command and all that it has started.
    async fn tell(&self, signal: Signal) {
        let name = match signal {
            Signal::INT => "INT",
            Signal::TERM => "TERM",
            _ => "KILL",
        };
        if let Err(error) = tell(self.docker, self.container, self.user, &self.note(), name).await {
            // A container that has ended needs no signal.
            tracing::debug!(%error, name, "a command in a container could not be signalled");
        }
    }

    /// The exit code, which the engine knows a moment after the output's end.
    async fn code(&self, exec: &str) -> Result<i64, String> {
        for _ in 0..LOOK.0 {
            let state = self.docker.inspect_exec(exec).await;
            let state = state.map_err(|error| format!("its container ended: {}", words(&error)))?;
            if state.running != Some(true)
                && let Some(code) = state.exit_code
            {
                return Ok(code);
            }
            tokio::time::sleep(LOOK.1).await;
        }
        Err("its container ended, and nobody knows how it ended".into())
    }
}

async fn tell(docker: &Docker, container: &str, user: &str, note: &str, signal: &str) -> Result<(), Error> {
    let cmd = ["/bin/sh", "-c", TELL, note, signal].map(str::to_owned).to_vec();
    let order =
        CreateExecOptions { cmd: Some(cmd), user: Some(user.to_owned()), ..CreateExecOptions::default() };
    let exec = docker.create_exec(container, order).await?.id;
    let order = StartExecOptions { detach: true, ..StartExecOptions::default() };
    docker.start_exec(&exec, Some(order)).await.map(drop)
}

/// Kills a command whose call was dropped.
struct Guard<'a, 'b> {
    exec: Option<&'a Exec<'b>>,
}

impl Drop for Guard<'_, '_> {
    fn drop(&mut self) {
        if let Some(exec) = self.exec
            && let Ok(runtime) = tokio::runtime::Handle::try_current()
        {
            let (docker, note) = (exec.docker.clone(), exec.note());
            let (container, user) = (exec.container.to_owned(), exec.user.to_owned());
            runtime.spawn(async move {
                if let Err(error) = tell(&docker, &container, &user, &note, "KILL").await {
                    tracing::debug!(%error, "a command in a container could not be killed");
                }
            });
        }
    }
}

type Begun = (String, Output, Option<Pin<Box<dyn AsyncWrite + Send>>>);
type Output = Pin<Box<dyn Stream<Item = Result<LogOutput, Error>> + Send>>;

/// What a command has printed.
struct Heard<'a> {
    kept: [Kept; 2],
    lines: [Lines; 2],
    redactor: &'a Redactor,
}

impl<'a> Heard<'a> {
    fn new(keep: Keep, redactor: &'a Redactor) -> Self {
        let (stdout, errors) = Kept::of(keep);
        let kept = [stdout, errors];
        Self { kept, lines: [Lines::default(), Lines::default()], redactor }
    }

    /// Listens to the end, giving it its input beside.
    async fn all(
        &mut self,
        mut output: Output,
        input: Option<Pin<Box<dyn AsyncWrite + Send>>>,
        bytes: &[u8],
        line: OnLine<'_>,
    ) -> Result<(), Error> {
        let write = async {
            if let Some(mut input) = input {
                // A command need not read all it is given, so a closed pipe is no failure.
                let written = async {
                    input.write_all(bytes).await?;
                    input.shutdown().await
                };
                if let Err(error) = written.await {
                    tracing::debug!(%error, "input was not read to its end");
                }
            }
        };
        let listen = async {
            while let Some(chunk) = output.next().await {
                let (which, bytes) = match chunk? {
                    LogOutput::StdErr { message } => (Which::Err, message),
                    LogOutput::StdOut { message } | LogOutput::Console { message } => (Which::Out, message),
                    LogOutput::StdIn { .. } => continue,
                };
                let at = usize::from(which == Which::Err);
                self.kept[at].push(&bytes);
                self.lines[at].push(&bytes, self.redactor, |text| line(which, text));
            }
            for (at, which) in [(0, Which::Out), (1, Which::Err)] {
                self.lines[at].finish(self.redactor, |text| line(which, text));
            }
            Ok(())
        };
        tokio::join!(write, listen).1
    }

    fn ended(self, code: i64, command: &Command) -> Result<Ended, ProcessError> {
        let program = command.program.clone();
        let [stdout, stderr] = self.kept;
        if stdout.overflowed()
            && let Keep::Whole(keep) = command.keep
        {
            return Err(ProcessError::TooMuch { program, keep });
        }
        let errors = self.redactor.clean(&String::from_utf8_lossy(&stderr.take()));
        let code = i32::try_from(code).unwrap_or(i32::MAX);
        let stdout = stdout.take();
        if code == 127 && stdout.is_empty() && errors.is_empty() {
            return Err(ProcessError::Missing { program });
        }
        // The engine tells of a signal as shells do.
        let signal = (129..=159).contains(&code).then(|| code - 128);
        let code = if signal.is_some() { None } else { Some(code) };
        Ok(Ended { code, signal, stdout, stderr: errors.into_bytes() })
    }
}
