//! The reaper: a second process of this program, which ends our children should we be killed. No handler runs then, and
//! the children would go on beside the next run. It reads which groups run from its standard input; that closes when
//! we end, however we end. It is started with the first child.
#![expect(
    clippy::disallowed_methods,
    reason = "beside process.rs, this starts the one child that ends the others"
)]

use std::collections::BTreeSet;
use std::io::{self, BufRead, Write};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, OnceLock, PoisonError};

use rustix::process::{Pid, Signal};

use super::env::Env;
use super::tree;

/// How this program is called to be a reaper; nothing until a run asks for one.
static CALL: OnceLock<Vec<String>> = OnceLock::new();

/// The reaper of this process; none where it could not be started.
static REAPER: OnceLock<Option<Mutex<Child>>> = OnceLock::new();

/// What there is to know of a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Word {
    /// It began.
    Began,
    /// It has ended.
    Ended,
}

/// From now on this program, called with these words, ends what is started, should we be killed. In a container whose
/// first process we are, the system itself ends all others with us.
pub fn appoint(words: &[&str]) {
    if std::process::id() != 1 {
        CALL.get_or_init(|| words.iter().map(|&word| word.to_owned()).collect());
    }
}

/// Sees to it that there is a reaper, if one is wanted: before a child is started, so that none is without. It is a
/// child as well, and gets what all of them inherit from `env`.
pub(super) fn ready(env: &Env) {
    let Some(words) = CALL.get() else { return };
    REAPER.get_or_init(|| match start(words, env) {
        Ok(child) => Some(Mutex::new(child)),
        // Everything else works all the same.
        Err(error) => {
            tracing::debug!(%error, "nobody ends the children, should this be killed");
            None
        }
    });
}

/// A group of its own, so that no key and no signal to ours reaches it; and nothing of ours that would be kept open.
fn start(words: &[String], env: &Env) -> io::Result<Child> {
    let mut command = Command::new(std::env::current_exe()?);
    command.args(words).env_clear().envs(env.inherited()).current_dir("/").process_group(0);
    command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).spawn()
}

/// Tells the reaper of a group, if there is a reaper.
pub(super) fn tell(word: Word, group: Pid) {
    let Some(reaper) = REAPER.get().and_then(Option::as_ref) else { return };
    let sign = if word == Word::Began { '+' } else { '-' };
    let line = format!("{sign}{}\n", group.as_raw_nonzero());
    let mut reaper = reaper.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(input) = &mut reaper.stdin
        && let Err(error) = input.write_all(line.as_bytes())
    {
        tracing::debug!(%error, "nobody ends the children any more, should this be killed");
    }
}

/// Waits until whoever started us has ended, and ends what is left of its groups.
pub fn reap() {
    let left = left(io::stdin().lock());
    let below = tree::below(&left.iter().copied().collect::<Vec<_>>());
    for group in left.into_iter().filter_map(Pid::from_raw) {
        if let Err(error) = rustix::process::kill_process_group(group, Signal::KILL) {
            tracing::debug!(%error, "a process group had ended");
        }
    }
    tree::end(below);
}

/// The groups that began and have not ended when nothing more comes.
fn left(words: impl BufRead) -> BTreeSet<i32> {
    let mut running = BTreeSet::new();
    for line in words.lines().map_while(Result::ok) {
        let number = |text: &str| text.parse::<i32>().ok().filter(|id| *id > 1);
        if let Some(id) = line.strip_prefix('+').and_then(number) {
            running.insert(id);
        } else if let Some(id) = line.strip_prefix('-').and_then(number) {
            running.remove(&id);
        }
    }
    running
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_ended_is_left_alone() {
        let left = left(&b"+7\n+8\n-7\n+9\n+1\n+0\n+-5\nx\n"[..]);
        assert_eq!(left.into_iter().collect::<Vec<_>>(), [8, 9]);
    }
}
