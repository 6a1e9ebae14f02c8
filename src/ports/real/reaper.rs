//! The reaper: a second process of this program, which ends our children should we be killed. No handler runs then, and
//! the children would go on beside the next run. It reads what runs from its standard input; that closes when we end,
//! however we end. It is started with the first child.
//!
//! A child is told of before it starts, when it has no number yet, and may run for a while before we are told that
//! number. So each has a mark in its environment, by which the reaper finds it and what came of it, wherever that went
//! (as GitHub's runner finds what a job left behind, by `RUNNER_TRACKING_ID`).
#![expect(
    clippy::disallowed_methods,
    reason = "beside process.rs, this starts the one child that ends the others"
)]

use std::collections::BTreeMap;
use std::hash::{BuildHasher, RandomState};
use std::io::{self, BufRead, Write};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::Duration;

use rustix::process::{Pid, Signal};

use super::env::Env;
use super::tree;

/// How this program is called to be a reaper; nothing until a run asks for one.
static CALL: OnceLock<Vec<String>> = OnceLock::new();

/// The reaper of this process; none where it could not be started.
static REAPER: OnceLock<Option<Reaper>> = OnceLock::new();

/// The variable with a child's mark: that of the run, a full stop and the child's place among its children. The reaper
/// itself has the run's alone.
const MARK: &str = "RELEASE_ACTION_CHILD";

/// How often marks are looked for, and how long between two looks: at the moment at which a program begins, the system
/// tells of no variables.
const LOOKS: (usize, Duration) = (5, Duration::from_millis(20));

/// Who ends our children.
struct Reaper {
    child: Mutex<Child>,
    /// What the marks of this run's children begin with: one that no other run has.
    run: String,
    /// How many children there were.
    children: AtomicU64,
}

/// From now on this program, called with these words, ends what is started, should we be killed. In a container whose
/// first process we are, the system itself ends all others with us.
pub fn appoint(words: &[&str]) {
    if std::process::id() != 1 {
        CALL.get_or_init(|| words.iter().map(|&word| word.to_owned()).collect());
    }
}

/// A child in the reaper's care, until this is dropped.
#[derive(Debug)]
pub(super) struct Care {
    number: u64,
    mark: String,
}

impl Care {
    /// Tells the reaper of a child that is about to start, if one is wanted; starts the reaper first where it is not
    /// there yet. It is a child as well, and gets what all of them inherit from `env`.
    pub(super) fn announce(env: &Env) -> Option<Self> {
        let words = CALL.get()?;
        let reaper = REAPER.get_or_init(|| match Reaper::start(words, env) {
            Ok(reaper) => Some(reaper),
            // Everything else works all the same.
            Err(error) => {
                tracing::debug!(%error, "nobody ends the children, should this be killed");
                None
            }
        });
        let reaper = reaper.as_ref()?;
        let number = reaper.children.fetch_add(1, Ordering::Relaxed);
        reaper.tell(&format!("?{number}"));
        Some(Self { number, mark: format!("{}.{number}", reaper.run) })
    }

    /// The variable that the child has to have, and its value.
    pub(super) fn mark(&self) -> (&str, &str) {
        (MARK, &self.mark)
    }

    /// The same as it stands in the environment of what the child starts.
    pub(super) fn word(&self) -> String {
        format!("{MARK}={}", self.mark)
    }

    /// Tells of the process group that the child has become.
    pub(super) fn began(&self, group: Pid) {
        self.tell(&format!("+{} {}", self.number, group.as_raw_nonzero()));
    }

    fn tell(&self, line: &str) {
        if let Some(reaper) = REAPER.get().and_then(Option::as_ref) {
            reaper.tell(line);
        }
    }
}

impl Drop for Care {
    fn drop(&mut self) {
        self.tell(&format!("-{}", self.number));
    }
}

impl Reaper {
    /// A group of its own, so that no key and no signal to ours reaches it; and nothing of ours that would be kept open.
    fn start(words: &[String], env: &Env) -> io::Result<Self> {
        let run = format!("{:016x}", RandomState::new().hash_one(std::process::id()));
        let mut command = Command::new(std::env::current_exe()?);
        command.args(words).env_clear().envs(env.inherited()).env(MARK, &run);
        command.current_dir("/").process_group(0);
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        Ok(Self { child: Mutex::new(command.spawn()?), run, children: AtomicU64::new(0) })
    }

    fn tell(&self, line: &str) {
        let mut child = self.child.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(input) = &mut child.stdin
            && let Err(error) = input.write_all(format!("{line}\n").as_bytes())
        {
            tracing::debug!(%error, "nobody ends the children any more, should this be killed");
        }
    }
}

/// Waits until whoever started us has ended, and ends what is left of its children.
pub fn reap() {
    let left = left(io::stdin().lock());
    let groups: Vec<i32> = left.values().flatten().copied().collect();
    let below = tree::below(&groups);
    for group in groups.into_iter().filter_map(Pid::from_raw) {
        if let Err(error) = rustix::process::kill_process_group(group, Signal::KILL) {
            tracing::debug!(%error, "a process group had ended");
        }
    }
    tree::end(below);
    // Those of no known number, and what left its group and lost its parent.
    if let Ok(run) = std::env::var(MARK) {
        end_marked(&left.keys().map(|number| format!("{MARK}={run}.{number}")).collect::<Vec<_>>());
    }
}

/// Ends those with one of these words in their environment.
fn end_marked(words: &[String]) {
    if !words.is_empty() {
        let (looks, pause) = LOOKS;
        for _ in 0..looks {
            tree::end(tree::marked(words));
            std::thread::sleep(pause);
        }
    }
}

/// The children that were to begin and have not ended when nothing more comes, each with its group once that was told.
fn left(words: impl BufRead) -> BTreeMap<u64, Option<i32>> {
    let mut running = BTreeMap::new();
    for line in words.lines().map_while(Result::ok) {
        let number = |text: &str| text.parse::<u64>().ok();
        if let Some(child) = line.strip_prefix('?').and_then(number) {
            running.insert(child, None);
        } else if let Some((child, group)) = line.strip_prefix('+').and_then(|rest| rest.split_once(' ')) {
            if let (Some(child), Some(group)) = (number(child), group.parse().ok().filter(|id| *id > 1)) {
                running.insert(child, Some(group));
            }
        } else if let Some(child) = line.strip_prefix('-').and_then(number) {
            running.remove(&child);
        }
    }
    running
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_ended_is_left_alone() {
        let left = left(&b"?7\n+7 700\n?8\n+8 800\n-7\n?9\n+9 1\n+9 0\n+9 -5\nx\n?10\n-10\n"[..]);
        assert_eq!(left.into_iter().collect::<Vec<_>>(), [(8, Some(800)), (9, None)]);
    }

    #[test]
    fn a_child_of_which_nothing_was_told_is_found_by_its_mark() {
        let sleeper = |mark: &str| {
            let mut command = Command::new("sh");
            command.args(["-c", "setsid env -i sleep 7780 & echo $!; wait"]).env(MARK, mark);
            let mut child = command.process_group(0).stdout(Stdio::piped()).spawn().unwrap();
            let mut told = String::new();
            io::BufReader::new(child.stdout.take().unwrap()).read_line(&mut told).unwrap();
            (child, told.trim().parse::<i32>().unwrap())
        };
        let mark = |number: u64| format!("{:016x}.{number}", RandomState::new().hash_one(number));
        let (told, other) = (mark(1), mark(2));
        let ((mut ours, our_sleeper), (mut others, other_sleeper)) = (sleeper(&told), sleeper(&other));
        end_marked(&[format!("{MARK}={told}")]);
        assert!(!ours.wait().unwrap().success());
        assert!(tree::below(&[our_sleeper]).is_empty(), "all that came of it ends with it");
        assert!(others.try_wait().unwrap().is_none(), "another's child goes on");
        tree::end(tree::below(&[i32::try_from(others.id()).unwrap(), other_sleeper]));
        others.wait().unwrap();
    }
}
