//! Children of this process, each in a process group of its own.
#![expect(clippy::disallowed_methods, reason = "this is the one place that starts children")]

use std::collections::HashSet;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::ExitStatusExt;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};
use rustix::process::{Pid, Signal};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::process::Child;
use tokio_util::sync::CancellationToken;

use super::apart::{Apart, NOBODY};
use super::env::Env;
use super::kept::Kept;
use super::lines::Lines;
use super::reaper::Care;
use super::tree;
use crate::kit::secret::Redactor;
use crate::model::Stream;
use crate::ports::process::{Command, Ended, Keep, OnLine, PLAIN_PATH, Process, ProcessError};

/// How a group is told to end and how long it is waited for each time, as GitHub's runner does it
/// (actions/runner, `ProcessInvoker.cs`).
const LADDER: [(Signal, Duration); 2] =
    [(Signal::INT, Duration::from_millis(7500)), (Signal::TERM, Duration::from_millis(2500))];

/// The same where the whole program is told to stop: shorter, so that there is time left to say what came of it
/// before the runner sends SIGTERM, 7.5 s after SIGINT.
const HURRY: [(Signal, Duration); 2] =
    [(Signal::INT, Duration::from_millis(4000)), (Signal::TERM, Duration::from_millis(1500))];

/// How a group is told to end for this reason.
pub(super) fn ladder(why: &Why) -> [(Signal, Duration); 2] {
    match why {
        Why::Stop => HURRY,
        Why::Limit(_) => LADDER,
    }
}

/// How long grandchildren may still write after the child has ended, before they are killed.
const GRACE: Duration = Duration::from_millis(500);

/// How long output is still waited for that a process outside of the group keeps open.
const DRAIN: Duration = Duration::from_secs(2);

/// Starts children with our environment less every secret.
#[derive(Debug, Clone)]
pub struct RealProcess {
    env: Env,
    redactor: Redactor,
}

impl RealProcess {
    /// Children inherit from `env`; what they print passes `redactor`.
    #[must_use]
    pub fn new(env: Env, redactor: Redactor) -> Self {
        Self { env, redactor }
    }

    /// The program's file: a path is taken relative to the child's folder, a name from the child's PATH.
    fn resolve(&self, command: &Command) -> Option<Utf8PathBuf> {
        if command.program.contains('/') {
            let path = command.dir.join(&command.program);
            return is_program(&path).then_some(path);
        }
        let path = command.env.get("PATH").map(String::as_str).or_else(|| self.env.get("PATH"))?;
        find_in(path, &command.program)
    }

    fn prepared(
        &self,
        command: &Command,
        file: &Utf8Path,
        room: Option<&Apart>,
        care: Option<&Care>,
    ) -> tokio::process::Command {
        let mut child = tokio::process::Command::new(room.map_or(file, Apart::program));
        child.args(&command.args).current_dir(&command.dir).env_clear();
        if command.apart {
            child.env("PATH", PLAIN_PATH).env("HOME", &command.dir);
        } else {
            // What is kept apart sees nothing of ours, and so has no mark.
            child.envs(self.env.inherited()).envs(care.map(Care::mark));
        }
        child.envs(&command.env);
        for (name, secret) in &command.secrets {
            self.redactor.learn(secret);
            child.env(name, secret.expose());
        }
        if let Some(room) = room {
            child.current_dir(room.home()).env("HOME", room.home()).uid(NOBODY).gid(NOBODY);
        }
        child.stdin(if command.input.is_empty() { Stdio::null() } else { Stdio::piped() });
        child.stdout(Stdio::piped()).stderr(Stdio::piped()).process_group(0).kill_on_drop(true);
        child
    }

    /// The child and its group, and its room where it has one: for as long as it runs.
    async fn spawn(&self, command: &Command) -> Result<(Child, Group, Option<Apart>), ProcessError> {
        let program = &command.program;
        let broken = |source| ProcessError::Broken { program: program.clone(), source };
        let file = self.resolve(command).ok_or_else(|| ProcessError::Missing { program: program.clone() })?;
        if !command.dir.is_dir() {
            let words = format!("the folder {} it is to run in is not there", command.dir);
            return Err(broken(io::Error::new(io::ErrorKind::NotFound, words)));
        }
        let mut room = if command.apart { Apart::of(&file).await.map_err(broken)? } else { None };
        // Before it starts: it may do a lot until we are told its number, and we may be killed before that.
        let care = Care::announce(&self.env);
        let mut child = self.prepared(command, &file, room.as_ref(), care.as_ref());
        let mut tries = 0;
        loop {
            match child.spawn() {
                // A program just written may still be open in a child that was forked meanwhile.
                Err(error) if error.kind() == io::ErrorKind::ExecutableFileBusy && tries < 20 => {
                    tries += 1;
                    tokio::time::sleep(Duration::from_millis(25)).await;
                }
                // A root that may give files away and be nobody else.
                Err(error) if error.kind() == io::ErrorKind::PermissionDenied && room.is_some() => {
                    room = None;
                    child = self.prepared(command, &file, None, care.as_ref());
                }
                Err(error) => return Err(broken(error)),
                Ok(child) => {
                    let group = Group::of(&child, care);
                    return Ok((child, group, room));
                }
            }
        }
    }
}

#[async_trait::async_trait]
impl Process for RealProcess {
    async fn run(
        &self,
        command: Command,
        stop: &CancellationToken,
        line: OnLine<'_>,
    ) -> Result<Ended, ProcessError> {
        let program = command.program.clone();
        if stop.is_cancelled() {
            return Err(ProcessError::Stopped { program });
        }
        let broken = |source| ProcessError::Broken { program: program.clone(), source };
        let (mut child, mut group, room) = self.spawn(&command).await?;
        let (input, out, err) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
        let (mut stdout, mut stderr) = Kept::of(command.keep);
        let ending = end(&mut child, &group, stop, command.limit);
        let pumps = async {
            let write = async {
                if let Some(mut input) = input {
                    // A child need not read all it is given, so a closed pipe is no failure.
                    if let Err(error) = input.write_all(&command.input).await {
                        tracing::debug!(%program, %error, "input was not read to its end");
                    }
                }
            };
            let out = pump(out, &mut stdout, &self.redactor, |text| line(Stream::Out, text));
            let err = pump(err, &mut stderr, &self.redactor, |text| line(Stream::Err, text));
            let ((), out, err) = tokio::join!(write, out, err);
            out.and(err)
        };
        let (how, pumped) = both(ending, pumps, &group).await;
        group.kill();
        if let Some(room) = room {
            room.remove().await;
        }
        let (status, why) = how.map_err(broken)?;
        match why {
            Some(Why::Stop) => return Err(ProcessError::Stopped { program }),
            Some(Why::Limit(limit)) => return Err(ProcessError::TooLong { program, limit }),
            None => pumped.map_err(broken)?,
        }
        if stdout.overflowed()
            && let Keep::Whole(keep) = command.keep
        {
            return Err(ProcessError::TooMuch { program, keep });
        }
        let errors = self.redactor.clean(&String::from_utf8_lossy(&stderr.take()));
        Ok(Ended {
            code: status.code(),
            signal: status.signal(),
            stdout: stdout.take(),
            stderr: errors.into_bytes(),
        })
    }

    fn find(&self, program: &str) -> Option<Utf8PathBuf> {
        if program.contains('/') {
            return is_program(Utf8Path::new(program)).then(|| program.into());
        }
        find_in(self.env.get("PATH")?, program)
    }
}

/// Looks a program up in the folders of a PATH.
fn find_in(path: &str, program: &str) -> Option<Utf8PathBuf> {
    // An empty part means the current folder, where a checkout could plant a `git`.
    path.split(':')
        .filter(|dir| !dir.is_empty())
        .map(|dir| Utf8Path::new(dir).join(program))
        .find(|file| is_program(file))
}

/// True for a file that somebody may execute; links are followed, as the system does.
fn is_program(path: &Utf8Path) -> bool {
    path.metadata().is_ok_and(|meta| meta.is_file() && meta.permissions().mode() & 0o111 != 0)
}

/// Why a child was made to end.
#[derive(Debug)]
pub(super) enum Why {
    Stop,
    Limit(Duration),
}

/// Returns once a child has to end.
pub(super) async fn over(stop: &CancellationToken, limit: Option<Duration>) -> Why {
    let late = async {
        match limit {
            Some(limit) => {
                tokio::time::sleep(limit).await;
                limit
            }
            None => std::future::pending().await,
        }
    };
    tokio::select! {
        () = stop.cancelled() => Why::Stop,
        limit = late => Why::Limit(limit),
    }
}

/// Waits for a child, ending its group by [`HURRY`] when told to stop, by [`LADDER`] when the time is over.
async fn end(
    child: &mut Child,
    group: &Group,
    stop: &CancellationToken,
    limit: Option<Duration>,
) -> io::Result<(ExitStatus, Option<Why>)> {
    let why = tokio::select! {
        status = child.wait() => return Ok((status?, None)),
        why = over(stop, limit) => why,
    };
    let mut below = HashSet::new();
    for (signal, patience) in ladder(&why) {
        // Before the signal: what ends leaves its children to nobody.
        below.extend(group.below());
        group.send(signal);
        if let Ok(status) = tokio::time::timeout(patience, child.wait()).await {
            tree::end(below);
            return Ok((status?, Some(why)));
        }
    }
    below.extend(group.below());
    group.send(Signal::KILL);
    tree::end(below);
    Ok((child.wait().await?, Some(why)))
}

/// Waits for the child and its output. Once the child has ended, what it left behind in its group is
/// killed after [`GRACE`], and output that is still open after [`DRAIN`] is given up.
async fn both<T>(
    ending: impl Future<Output = T>,
    pumps: impl Future<Output = io::Result<()>>,
    group: &Group,
) -> (T, io::Result<()>) {
    tokio::pin!(ending, pumps);
    let ended = tokio::select! {
        ended = &mut ending => ended,
        pumped = &mut pumps => return (ending.await, pumped),
    };
    if let Ok(pumped) = tokio::time::timeout(GRACE, &mut pumps).await {
        return (ended, pumped);
    }
    group.send(Signal::KILL);
    let pumped = tokio::time::timeout(DRAIN, &mut pumps).await;
    (ended, pumped.unwrap_or(Ok(())))
}

/// Reads a stream to its end, keeping it and handing on its lines.
async fn pump(
    stream: Option<impl AsyncRead + Unpin>,
    kept: &mut Kept,
    redactor: &Redactor,
    mut hand: impl FnMut(&str),
) -> io::Result<()> {
    let Some(mut stream) = stream else { return Ok(()) };
    let mut lines = Lines::default();
    let mut buffer = vec![0_u8; 64 * 1024];
    loop {
        let count = stream.read(&mut buffer).await?;
        if count == 0 {
            lines.finish(redactor, &mut hand);
            return Ok(());
        }
        kept.push(&buffer[..count]);
        lines.push(&buffer[..count], redactor, &mut hand);
    }
}

/// The process group of a child, killed when it is dropped: also when the call itself is dropped.
struct Group {
    pid: Option<Pid>,
    care: Option<Care>,
}

impl Group {
    fn of(child: &Child, care: Option<Care>) -> Self {
        let pid = child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
        if let (Some(pid), Some(care)) = (pid, &care) {
            care.began(pid);
        }
        Self { pid, care }
    }

    /// What is in it, and what came of that and has left it.
    fn below(&self) -> HashSet<tree::Found> {
        let Some(pid) = self.pid else { return HashSet::new() };
        let mut below = tree::below(&[pid.as_raw_nonzero().get()]);
        below.extend(self.care.iter().flat_map(|care| tree::marked(&[care.word()])));
        below
    }

    /// Sends a signal to every process in it. One that has ended already is no failure.
    fn send(&self, signal: Signal) {
        if let Some(pid) = self.pid
            && let Err(error) = rustix::process::kill_process_group(pid, signal)
            && error != rustix::io::Errno::SRCH
        {
            tracing::warn!(%error, ?signal, "a process group did not take a signal");
        }
    }

    /// Kills what is left of it, once.
    fn kill(&mut self) {
        self.send(Signal::KILL);
        self.pid = None;
        self.care = None;
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        if self.pid.is_some() {
            let below = self.below();
            // Should we be killed now, the reaper has to know of it until all have ended.
            let _care = self.care.take();
            self.kill();
            tree::end(below);
        }
    }
}

#[cfg(test)]
#[path = "process_tests.rs"]
mod tests;
