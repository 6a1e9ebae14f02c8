//! Words that every reporter uses: times, sizes, states, the one line that says how it went.

use crate::model::{ExitCode, Rank, State, Status, Step, TakenFrom, Undone};

use super::summary::{Effect, Outcome, Summary, TaskView};

/// A length of time for reading: `41 ms`, `3.2 s`, `2 min 05 s`.
#[must_use]
pub fn duration(millis: u64) -> String {
    match millis {
        0..=999 => format!("{millis} ms"),
        1_000..=59_949 => {
            let tenths = (millis + 50) / 100;
            format!("{}.{} s", tenths / 10, tenths % 10)
        }
        _ => {
            let seconds = (millis + 500) / 1_000;
            let (minutes, rest) = (seconds / 60, seconds % 60);
            if minutes < 60 {
                format!("{minutes} min {rest:02} s")
            } else {
                format!("{} h {:02} min", minutes / 60, minutes % 60)
            }
        }
    }
}

/// A size for reading, in decimal units: `812 B`, `1.8 MB`.
#[must_use]
pub fn size(bytes: u64) -> String {
    let units = ["kB", "MB", "GB", "TB"];
    if bytes < 1_000 {
        return format!("{bytes} B");
    }
    let mut tenths = bytes / 100;
    let mut unit = 0;
    while tenths >= 10_000 && unit + 1 < units.len() {
        tenths /= 1_000;
        unit += 1;
    }
    format!("{}.{} {}", tenths / 10, tenths % 10, units[unit])
}

/// From where an outcome was taken over.
#[must_use]
pub fn taken_from(from: TakenFrom) -> &'static str {
    match from {
        TakenFrom::Dist => "taken over from dist/",
        TakenFrom::Release => "taken over from the release",
        TakenFrom::NotNeeded => "taken over, its bytes are not needed",
        TakenFrom::Attempt => "taken over from an earlier job of the workflow run",
    }
}

/// How hard an effect is to take back.
#[must_use]
pub fn rank(rank: Rank) -> &'static str {
    match rank {
        Rank::Reversible => "reversible",
        Rank::Compensable => "compensable",
        Rank::Irreversible => "irreversible",
        Rank::Pointer => "pointer",
    }
}

/// What a target found.
#[must_use]
pub fn state(state: &State) -> String {
    match state {
        State::Absent => "nothing there".into(),
        State::Same { proof } => proof.clone(),
        State::Differs { how } => format!("differs: {how}"),
        State::Held { until } => format!("waits until {until}"),
        State::Broken { why, .. } => format!("broken: {why}"),
    }
}

/// What came of an effect.
#[must_use]
pub fn effect(effect: &Effect) -> String {
    let after = match (&effect.undone, &effect.after) {
        (Some(Undone::Done { what }), _) => format!("taken back: {what}"),
        (Some(Undone::Nothing), _) => "taken back: there was nothing of ours".into(),
        (Some(Undone::Impossible { why, instead }), _) => {
            format!("cannot be taken back: {why}; instead: {instead}")
        }
        (None, Some(after)) => state(after),
        (None, None) => "begun; whether it took effect is looked up by the next run".into(),
    };
    if effect.earlier { format!("{after} (in an earlier run)") } else { after }
}

/// A number with its noun.
#[must_use]
pub fn count(number: usize, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

/// What was released or not, in one line, without a symbol. The first thing that is read.
#[must_use]
pub fn verdict(summary: &Summary) -> String {
    let Some(head) = &summary.head else { return "no run was recorded".into() };
    let name = format!("{} {}", head.project, head.tag);
    let totals = summary.totals();
    let took = summary.ending.map(|ending| format!(" in {}", duration(ending.millis))).unwrap_or_default();
    match summary.ending.map(|ending| ending.exit) {
        None => format!("{name}: the run did not come to its end"),
        Some(ExitCode::Done) => {
            let taken = match totals.taken_over {
                0 => String::new(),
                taken => format!(", {taken} taken over"),
            };
            let skipped = match totals.skipped {
                0 => String::new(),
                skipped => format!(", {skipped} skipped"),
            };
            let soft = match totals.failed {
                0 => String::new(),
                failed => format!("; {failed} failed without stopping it"),
            };
            let over = overridden(summary).map(|over| format!("; {over}")).unwrap_or_default();
            format!("{name}: {} done{taken}{skipped}{took}{soft}{over}", count(totals.done, "task", "tasks"))
        }
        Some(exit) if exit.is_stop() || matches!(exit, ExitCode::Held | ExitCode::RollbackIncomplete) => {
            format!("{name}: {}{took} (exit code {})", exit.meaning(), exit.number())
        }
        Some(exit) => failed(summary, &name, exit, &took),
    }
}

/// Which gates were overridden, and by whom; the gate that decided about it is none of them.
#[must_use]
pub fn overridden(summary: &Summary) -> Option<String> {
    let over = |task: &&TaskView| task.verdict.as_ref().is_some_and(|it| it.status == Status::Overridden);
    let tasks: Vec<&TaskView> = summary.tasks.iter().filter(over).collect();
    let by = tasks.iter().find_map(|task| task.verdict.as_ref()?.overridden.as_deref());
    let title = by.map_or_else(|| "OVERRIDDEN".to_owned(), crate::model::Override::title);
    let names: Vec<&str> = match by {
        Some(by) => by.gates.iter().map(|gate| gate.0.as_str()).collect(),
        None => tasks.iter().map(|task| task.task.0.as_str()).collect(),
    };
    (!tasks.is_empty()).then(|| format!("{title}: {}", names.join(", ")))
}

fn failed(summary: &Summary, name: &str, exit: ExitCode, took: &str) -> String {
    let mut steps: Vec<&str> = Vec::new();
    let bad = summary.tasks.iter().filter(|task| task.outcome == Outcome::Failed);
    for step in bad.filter_map(|task| task.step).map(Step::name) {
        if !steps.contains(&step) {
            steps.push(step);
        }
    }
    let problems = summary.failures().iter().filter(|failure| !failure.soft).count();
    if steps.is_empty() {
        return format!("{name} failed: {}{took} (exit code {})", exit.meaning(), exit.number());
    }
    let problems = count(problems, "problem", "problems");
    format!("{name} failed: {problems} in {}{took} (exit code {})", steps.join(" and "), exit.number())
}

/// Whether a re-run continues, and what it would take over.
#[must_use]
pub fn rerun(summary: &Summary) -> String {
    let totals = summary.totals();
    let kept = totals.done + totals.taken_over;
    let blocking: Vec<bool> = summary
        .failures()
        .iter()
        .filter(|failure| !failure.soft)
        .map(|failure| failure.problem.passing)
        .collect();
    let first = if !blocking.is_empty() && blocking.iter().all(|passing| *passing) {
        "nothing needs to change first"
    } else if blocking.is_empty() {
        "run the same command again"
    } else {
        "fix what is listed, then run the same command again"
    };
    if kept == 0 {
        return format!("A re-run starts from the beginning: no task was done; {first}.");
    }
    format!(
        "A re-run continues: what {} did is looked at again and taken over where it still holds; {first}.",
        count(kept, "task", "tasks")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_and_sizes_read_well() {
        let times = [0, 999, 1_000, 1_049, 59_949, 59_950, 125_400, 3_600_000].map(duration);
        assert_eq!(
            times,
            ["0 ms", "999 ms", "1.0 s", "1.0 s", "59.9 s", "1 min 00 s", "2 min 05 s", "1 h 00 min"]
        );
        let sizes = [0, 999, 1_000, 1_843_201, 999_999_999, 2_000_000_000].map(size);
        assert_eq!(sizes, ["0 B", "999 B", "1.0 kB", "1.8 MB", "999.9 MB", "2.0 GB"]);
    }
}
