//! The parts of the job summary, in the order in which a maintainer reads them.

use crate::kit::markdown::{cell, code, escape, link, pre};
use crate::model::{Problem, State, Status, Step};

use super::markdown::Section;
use super::summary::{Effect, Outcome, Summary, TaskView};
use super::text::cut;
use super::words;

/// How many columns the picture of the run's time has.
const COLUMNS: u64 = 24;

/// Every part that has something to say.
#[must_use]
pub fn sections(summary: &Summary) -> Vec<Section> {
    let all = [
        failures(summary),
        released(summary),
        verdicts(summary, "Gates", "", true),
        notices(summary),
        taken_over(summary),
        time(summary),
        verdicts(summary, "Other checks", "\n</details>\n\n", false),
        effects(summary),
        artifacts(summary),
        tasks(summary),
    ];
    all.into_iter().filter(|section| !section.entries.is_empty()).collect()
}

fn folded(name: &'static str, count: usize, head: &str, entries: Vec<String>) -> Section {
    let head = format!("<details><summary>{name} ({count})</summary>\n\n{head}");
    Section { name, head, entries, tail: "\n</details>\n\n" }
}

fn failures(summary: &Summary) -> Section {
    let entries = summary
        .failures()
        .iter()
        .map(|failure| failure_text(failure.problem, Some(failure.task), failure.soft))
        .collect();
    Section { name: "What failed", head: "### What failed\n\n".into(), entries, tail: "" }
}

/// A problem as an entry of a list: what, where, why, and what to do.
#[must_use]
pub fn failure_text(problem: &Problem, task: Option<&TaskView>, soft: bool) -> String {
    let soft = if soft { " (the release goes on without it)" } else { "" };
    let mut text = format!("- **{}**{soft}\n", escape(&cut(&problem.what, 2_000)));
    let place = problem.place.as_ref().map(|place| code(&place.to_string()));
    let whence: Vec<String> = task.map(|task| code(&task.task.0)).into_iter().chain(place).collect();
    if !whence.is_empty() {
        text.push_str(&format!("  - where: {}\n", whence.join(" at ")));
    }
    let causes = problem.causes.join("\n");
    if !causes.trim().is_empty() {
        text.push_str(&format!("  - cause: <pre>{}</pre>\n", pre(&cut(&causes, 20_000))));
    }
    if let Some(fix) = &problem.fix {
        text.push_str(&format!("  - next: {}\n", code(&cut(fix, 4_000))));
    } else if problem.passing {
        text.push_str("  - next: run again, this may pass by itself\n");
    }
    text.push('\n');
    text
}

/// What the world has of this release now: the page, and every place beside it.
fn released(summary: &Summary) -> Section {
    let mut entries = Vec::new();
    let tag = summary.head.as_ref().map_or("the release", |head| head.tag.as_str());
    if let Some(address) = public_address(summary) {
        let assets: Vec<_> = summary.artifacts().filter(|(_, made)| made.kind.is_published()).collect();
        let size = words::size(assets.iter().map(|(_, made)| made.size).sum());
        // The evidence is written last of all, and so is none of what was made.
        let what = match assets.len() {
            0 => "its evidence alone".to_owned(),
            count => format!("{}, {size}, and its evidence", words::count(count, "asset", "assets")),
        };
        // The embedded forge is gone when this is read.
        entries.push(match summary.rehearsal {
            true => format!("- **{}** would be public: {what}\n", escape(tag)),
            false => format!("- **{}** is public: {what}\n", link(tag, &address)),
        });
        let sums = assets.iter().filter(|(_, made)| made.kind == crate::model::ArtifactKind::Checksums);
        entries.extend(
            sums.map(|(_, made)| {
                format!("- {} has SHA-256 {}\n", code(&made.name), code(&made.digest.hex()))
            }),
        );
    }
    for task in &summary.tasks {
        let beside = matches!(task.step, Some(Step::Publish | Step::Notify));
        if let Some(State::Same { proof }) = seen(task).filter(|_| beside && task.outcome == Outcome::Done) {
            entries.push(format!("- {}: {}\n", escape(&task.title), cell(proof)));
        }
        if let Some(because) = task.because.as_ref().filter(|because| because.starts_with("waits until")) {
            entries.push(format!("- ⏸️ {} {}\n", escape(&task.title), cell(because)));
        }
    }
    let name = if summary.rehearsal { "Rehearsed on the embedded forge" } else { "Released" };
    Section { name, head: format!("### {name}\n\n"), entries, tail: "\n" }
}

/// What a target saw last.
fn seen(task: &TaskView) -> Option<&State> {
    task.applied.as_ref().or(task.observed.as_ref())
}

/// The address of the release's page, once everybody sees it.
pub fn public_address(summary: &Summary) -> Option<String> {
    let mut done =
        summary.tasks.iter().filter(|task| task.step == Some(Step::Release) && task.outcome == Outcome::Done);
    done.find_map(|task| match seen(task) {
        Some(State::Same { proof }) if proof.starts_with("https://") || proof.starts_with("http://") => {
            Some(proof.clone())
        }
        _ => None,
    })
}

fn verdicts(summary: &Summary, name: &'static str, tail: &'static str, gates: bool) -> Section {
    let is_gate = |task: &&TaskView| {
        let blocks = task.verdict.as_ref().is_some_and(|verdict| verdict.status.blocks());
        (matches!(task.step, Some(Step::Gates | Step::Scan)) || blocks) == gates
    };
    let entries: Vec<String> = summary.tasks.iter().filter(is_gate).flat_map(verdict_rows).collect();
    let table = "| | check | measured | found | wanted |\n|---|---|---|---|---|\n";
    let head = if gates {
        format!("### {name}\n\n{table}")
    } else {
        format!("<details><summary>{name} ({})</summary>\n\n{table}", entries.len())
    };
    Section { name, head, entries, tail: if gates { "\n" } else { tail } }
}

fn verdict_rows(task: &TaskView) -> Vec<String> {
    let Some(verdict) = &task.verdict else { return Vec::new() };
    let name = code(&task.task.0);
    if verdict.rows.is_empty() {
        let outcome = match verdict.status {
            Status::Overridden => Outcome::SoftFailed,
            status if status.blocks() => Outcome::Failed,
            _ => task.outcome,
        };
        let symbol = symbol(outcome);
        return vec![format!(
            "| {symbol} {} | {name} | {} | | |\n",
            verdict.status.word(),
            cell(&verdict.summary)
        )];
    }
    let row = |row: &crate::model::Row| {
        let bad = if verdict.status == Status::Overridden { Outcome::SoftFailed } else { Outcome::Failed };
        let symbol = symbol(if row.ok { Outcome::Done } else { bad });
        let wanted = format!("{} {}", row.comparator, row.threshold);
        let word = if row.ok { "pass" } else { verdict.status.word() };
        format!(
            "| {symbol} {word} | {name} | {} | {} | {} |\n",
            cell(&row.metric),
            cell(&row.actual),
            cell(&wanted)
        )
    };
    verdict.rows.iter().map(row).collect()
}

fn notices(summary: &Summary) -> Section {
    let one = |told: &super::summary::Told| {
        let fix = told.problem.fix.as_ref().map(|fix| format!(" → {}", code(fix))).unwrap_or_default();
        let causes = told.problem.causes.join("; ");
        let why = if causes.is_empty() { String::new() } else { format!(" ({})", cell(&causes)) };
        format!("- {}{why}{fix}\n", cell(&told.problem.what))
    };
    let retried = summary.tasks.iter().filter(|task| !task.retries.is_empty()).map(|task| {
        let last = task.retries.last().map(|retry| cell(&retry.problem.what)).unwrap_or_default();
        let times = words::count(task.retries.len(), "more try", "more tries");
        format!("- {} took {times}: {last}\n", code(&task.task.0))
    });
    let entries = summary.notices.iter().map(one).chain(retried).collect();
    Section { name: "Worth knowing", head: "### Worth knowing\n\n".into(), entries, tail: "\n" }
}

/// One entry for each place from which something was taken over, with the tasks' names.
fn taken_over(summary: &Summary) -> Section {
    let mut places: Vec<(&str, Vec<String>)> = Vec::new();
    for task in summary.tasks.iter().filter(|task| task.outcome == Outcome::TakenOver) {
        let place = task.taken_from.map_or("taken over", words::taken_from);
        match places.iter_mut().find(|(known, _)| *known == place) {
            Some((_, names)) => names.push(code(&task.task.0)),
            None => places.push((place, vec![code(&task.task.0)])),
        }
    }
    let entries = places
        .into_iter()
        .map(|(place, names)| {
            let shown = names.iter().take(12).cloned().collect::<Vec<_>>().join(", ");
            let more =
                if names.len() > 12 { format!(" and {} more", names.len() - 12) } else { String::new() };
            format!("- {} {place}: {shown}{more}\n", names.len())
        })
        .collect();
    Section { name: "From an earlier run", head: "### From an earlier run\n\n".into(), entries, tail: "\n" }
}

/// A row a step: how long it took on the clock, and when in the run that was.
fn time(summary: &Summary) -> Section {
    let entries = summary.steps().iter().map(|step| time_row(summary, *step)).collect();
    let head = "### Time\n\n| step | tasks | from begin to end | work | |\n|---|---|--:|--:|---|\n";
    Section { name: "Time", head: head.into(), entries, tail: "\n" }
}

fn time_row(summary: &Summary, step: Option<Step>) -> String {
    let counts = summary.counts(step);
    let parts = [
        (counts.done, "done"),
        (counts.taken_over, "taken over"),
        (counts.failed, "failed"),
        (counts.skipped, "skipped"),
        (counts.open, "not done"),
    ];
    let said: Vec<String> =
        parts.iter().filter(|(count, _)| *count > 0).map(|(count, word)| format!("{count} {word}")).collect();
    let tasks = || summary.tasks.iter().filter(|task| task.step == step && task.started.is_some());
    let from = tasks().filter_map(|task| task.started).min();
    let to = tasks().filter_map(|task| task.ended).max();
    let (wall, bar) = match (from, to, summary.head.as_ref(), summary.ending) {
        (Some(from), Some(to), Some(head), Some(ending)) => {
            let since = |at: chrono::DateTime<chrono::Utc>| {
                u64::try_from((at - head.started).num_milliseconds()).unwrap_or(0)
            };
            let (from, to) = (since(from), since(to));
            (
                words::duration(to.saturating_sub(from)),
                format!("<code>{}</code>", bar(from, to, ending.millis)),
            )
        }
        _ => (String::new(), String::new()),
    };
    let work = if counts.millis == 0 { String::new() } else { words::duration(counts.millis) };
    format!("| {} | {} | {wall} | {work} | {bar} |\n", step.map_or("other", Step::name), said.join(", "))
}

/// A stretch of the run's time as a picture of [`COLUMNS`] characters.
fn bar(from: u64, to: u64, whole: u64) -> String {
    let column = |at: u64| (at.min(whole) * COLUMNS).checked_div(whole).unwrap_or(0).min(COLUMNS - 1);
    let (first, last) = (column(from), column(to));
    (0..COLUMNS).map(|at| if (first..=last).contains(&at) { '█' } else { '·' }).collect()
}

fn effects(summary: &Summary) -> Section {
    let row = |effect: &Effect| {
        let words = cell(&words::effect(effect));
        format!("| {} | {} | {words} |\n", code(&effect.task.0), words::rank(effect.rank))
    };
    let entries: Vec<String> = summary.effects.iter().map(row).collect();
    folded(
        "Changed in the world",
        entries.len(),
        "| target | rank | what is there |\n|---|---|---|\n",
        entries,
    )
}

fn artifacts(summary: &Summary) -> Section {
    let published = summary.artifacts().filter(|(_, artifact)| artifact.kind.is_published());
    let row = |(_, artifact): (_, &crate::model::Artifact)| {
        let size = words::size(artifact.size);
        format!("| {} | {size} | {} |\n", code(&artifact.name), code(&artifact.digest.hex()))
    };
    let entries: Vec<String> = published.map(row).collect();
    folded("Artifacts", entries.len(), "| name | size | SHA-256 |\n|---|--:|---|\n", entries)
}

fn tasks(summary: &Summary) -> Section {
    let row = |task: &TaskView| {
        let time = if task.millis == 0 { String::new() } else { words::duration(task.millis) };
        let why = task.skipped_for().map(|why| format!(": {}", cell(why))).unwrap_or_default();
        format!(
            "| {} {} | {} | {}{why} | {time} |\n",
            symbol(task.outcome),
            task.outcome.word(),
            code(&task.task.0),
            cell(&task.title)
        )
    };
    let entries: Vec<String> = summary.tasks.iter().map(row).collect();
    folded("All tasks", entries.len(), "| | task | | time |\n|---|---|---|--:|\n", entries)
}

fn symbol(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Done => "✅",
        Outcome::TakenOver => "♻️",
        Outcome::Failed => "❌",
        Outcome::SoftFailed => "⚠️",
        Outcome::Skipped => "⏭️",
        Outcome::Unfinished => "❔",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_shows_when() {
        assert_eq!(bar(0, 0, 0), format!("█{}", "·".repeat(23)));
        assert_eq!(bar(0, 1_000, 1_000), "█".repeat(24));
        assert_eq!(bar(500, 501, 1_000), format!("{}█{}", "·".repeat(12), "·".repeat(11)));
        assert_eq!(bar(2_000, 3_000, 1_000), format!("{}█", "·".repeat(23)));
    }
}
