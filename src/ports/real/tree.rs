//! Which processes come of which, as the system tells it: on Linux, in `/proc`. Elsewhere nothing is told, and only
//! process groups are ended.
#![expect(clippy::disallowed_methods, reason = "what runs is asked of the system where children are started")]

use std::collections::HashSet;

use rustix::process::{Pid, Signal};

/// How often those are looked for that were started while the others were being ended.
const ROUNDS: usize = 5;

/// A process, and when it began: numbers are used again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Found {
    id: i32,
    began: u64,
}

/// What the system tells of a process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Row {
    found: Found,
    parent: i32,
    group: i32,
}

/// These processes, what else is in their groups, and all that came of those. One whose parent has ended is nobody's
/// child any more, so look before anything ends.
pub(super) fn below(leaders: &[i32]) -> HashSet<Found> {
    grown(&rows(), |row| leaders.contains(&row.found.id) || leaders.contains(&row.group))
}

/// Those with one of these `NAME=value` in their environment, and all that came of them.
pub(super) fn marked(words: &[String]) -> HashSet<Found> {
    grown(&rows(), |row| {
        // What cannot be read is another user's: what of ours runs as another is kept apart, and has no mark.
        let env = std::fs::read(format!("/proc/{}/environ", row.found.id)).unwrap_or_default();
        env.split(|byte| *byte == 0).any(|word| words.iter().any(|mark| mark.as_bytes() == word))
    })
}

/// Kills those that still run, and what they started meanwhile.
pub(super) fn end(mut found: HashSet<Found>) {
    for _ in 0..ROUNDS {
        found = grown(&rows(), |row| found.contains(&row.found));
        if found.is_empty() {
            return;
        }
        for pid in found.iter().filter_map(|one| Pid::from_raw(one.id)) {
            // One that has ended meanwhile, or is another user's, is not ours to end.
            if let Err(error) = rustix::process::kill_process(pid, Signal::KILL) {
                tracing::debug!(%error, pid = pid.as_raw_nonzero().get(), "a process could not be ended");
            }
        }
    }
}

/// Those that are meant, and all below them; never we ourselves, nor the first process.
fn grown(rows: &[Row], meant: impl Fn(&Row) -> bool) -> HashSet<Found> {
    let us = i32::try_from(std::process::id()).unwrap_or_default();
    let may = |row: &&Row| row.found.id > 1 && row.found.id != us;
    let mut all: HashSet<Found> =
        rows.iter().filter(may).filter(|row| meant(row)).map(|row| row.found).collect();
    loop {
        let ids: HashSet<i32> = all.iter().map(|found| found.id).collect();
        let before = all.len();
        all.extend(rows.iter().filter(may).filter(|row| ids.contains(&row.parent)).map(|row| row.found));
        if all.len() == before {
            return all;
        }
    }
}

/// Every process that has not ended.
fn rows() -> Vec<Row> {
    let Ok(entries) = std::fs::read_dir("/proc") else { return Vec::new() };
    let one = |entry: std::io::Result<std::fs::DirEntry>| {
        let name = entry.ok()?.file_name().into_string().ok()?;
        let id: i32 = name.parse().ok()?;
        // It may end while it is looked at.
        row(id, &std::fs::read_to_string(format!("/proc/{id}/stat")).ok()?)
    };
    entries.filter_map(one).collect()
}

/// Reads `/proc/PID/stat`: after the name in parentheses, which may hold anything, come state, parent and group, and
/// as the 22nd field of all when it began (proc_pid_stat(5)).
fn row(id: i32, text: &str) -> Option<Row> {
    let fields: Vec<&str> = text.rsplit_once(')')?.1.split_ascii_whitespace().collect();
    if matches!(*fields.first()?, "Z" | "X") {
        return None;
    }
    let number = |index: usize| fields.get(index)?.parse().ok();
    let began = fields.get(19)?.parse().ok()?;
    Some(Row { found: Found { id, began }, parent: number(1)?, group: number(2)? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_the_system_tells_whatever_a_process_is_called() {
        let text = "7 (a) Z 1 (b) S 3 5 5 0 -1 4194304 1 0 0 0 0 0 0 0 20 0 1 0 4711 1 1";
        let found = Found { id: 7, began: 4711 };
        assert_eq!(row(7, text), Some(Row { found, parent: 3, group: 5 }));
        assert_eq!(row(7, &text.replace(") S ", ") Z ")), None, "it has ended");
        assert_eq!(row(7, "7 (a) S 3"), None);
    }

    #[test]
    fn finds_all_that_came_of_a_process_and_of_its_group() {
        let row = |id, parent, group| Row { found: Found { id, began: 1 }, parent, group };
        let rows =
            [row(1, 0, 1), row(10, 1, 10), row(11, 10, 11), row(12, 11, 12), row(13, 1, 10), row(14, 13, 14)];
        let other = [row(20, 1, 20), row(21, 20, 10_000)];
        let all: Vec<Row> = rows.iter().chain(&other).copied().collect();
        let mut ids: Vec<i32> =
            grown(&all, |row| row.found.id == 10 || row.group == 10).iter().map(|found| found.id).collect();
        ids.sort_unstable();
        assert_eq!(ids, [10, 11, 12, 13, 14]);
    }
}
