//! The report as one page: nothing is fetched, nothing is run, and it reads in light, dark and print.

use std::collections::BTreeSet;

use camino::Utf8PathBuf;
use minijinja::{Environment, context};
use serde::Serialize;

use crate::model::Artifact;

use super::html_timeline::timeline;
use super::html_verdicts::verdicts;
use super::summary::{Effect, Outcome, Summary, TaskView};
use super::words;

const PAGE: &str = include_str!("html/page.html");
const STYLE: &str = include_str!("html/style.css");

/// A tool's own lines may be long without end; more characters of one problem than this stay in `report.json`.
const LONGEST_CAUSE: usize = 20_000;

/// The page shows an excerpt of the notes, in characters; all of them are in the dist folder.
const LONGEST_NOTES: usize = 12_000;

/// The page. The texts in it must be clean of secrets already. `there` are the files below the dist folder that
/// are as the verdicts have them: only these are linked to.
///
/// # Errors
///
/// If the template fails, which would be a bug.
pub fn render(
    summary: &Summary,
    notes: Option<&str>,
    there: &BTreeSet<Utf8PathBuf>,
) -> Result<String, minijinja::Error> {
    let mut environment = Environment::new();
    environment.add_template("page.html", PAGE)?;
    let tasks: Vec<TaskRow> = summary.tasks.iter().map(task_row).collect();
    let head = summary.head.as_ref();
    let value = context! {
        style => minijinja::Value::from_safe_string(STYLE.into()),
        good => summary.is_good(),
        verdict => words::verdict(summary),
        rerun => (!summary.is_good() && head.is_some()).then(|| words::rerun(summary)),
        title => head.map(|head| format!("{} {}", head.project, head.tag)),
        facts => minijinja::value::Serde(facts(summary)),
        tiles => minijinja::value::Serde(tiles(summary)),
        failures => minijinja::value::Serde(failures(summary)),
        notices => minijinja::value::Serde(notices(summary)),
        verdicts => minijinja::value::Serde(verdicts(summary, there)),
        timeline => minijinja::value::Serde(timeline(summary)),
        artifacts => minijinja::value::Serde(artifacts(summary)),
        effects => minijinja::value::Serde(summary.effects.iter().map(effect_row).collect::<Vec<_>>()),
        taken => minijinja::value::Serde(tasks.iter().filter(|task| task.class == "old").cloned().collect::<Vec<_>>()),
        tasks => minijinja::value::Serde(tasks),
        notes => minijinja::value::Serde(notes.map(note_lines).unwrap_or_default()),
    };
    environment.get_template("page.html")?.render(value)
}

/// The name that the style sheet knows an outcome by.
#[must_use]
pub fn class(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Done => "good",
        Outcome::TakenOver => "old",
        Outcome::Failed => "bad",
        Outcome::SoftFailed => "warn",
        Outcome::Skipped => "dim",
        Outcome::Unfinished => "open",
    }
}

#[derive(Serialize)]
struct Fact {
    name: &'static str,
    value: String,
    code: bool,
}

fn facts(summary: &Summary) -> Vec<Fact> {
    let Some(head) = &summary.head else { return Vec::new() };
    let fact = |name, value: String, code| Fact { name, value, code };
    let mut facts = vec![
        fact("Commit", head.commit.clone(), true),
        fact("Begun", head.started.format("%Y-%m-%d %H:%M:%S UTC").to_string(), false),
    ];
    if let Some(ending) = summary.ending {
        facts.push(fact("Took", words::duration(ending.millis), false));
        facts.push(fact("Exit code", format!("{} — {}", ending.code, ending.exit.meaning()), false));
    }
    facts.push(fact("Run", head.run.clone(), false));
    if summary.earlier_runs > 0 {
        facts.push(fact(
            "Before it",
            words::count(summary.earlier_runs, "earlier run", "earlier runs"),
            false,
        ));
    }
    facts.push(fact("Plan", head.plan.to_string(), true));
    facts.push(fact("Made by", format!("release-action {}", head.tool), false));
    facts
}

#[derive(Serialize)]
struct Tile {
    class: &'static str,
    number: String,
    words: &'static str,
}

fn tiles(summary: &Summary) -> Vec<Tile> {
    let totals = summary.totals();
    let published: Vec<u64> = summary
        .artifacts()
        .filter(|(_, artifact)| artifact.kind.is_published())
        .map(|(_, artifact)| artifact.size)
        .collect();
    let tile = |class, number: usize, words| Tile {
        class: if number == 0 { "dim" } else { class },
        number: number.to_string(),
        words,
    };
    let mut tiles = vec![
        tile("good", totals.done, "done"),
        tile("old", totals.taken_over, "taken over"),
        tile("bad", totals.failed, "failed"),
        tile("warn", totals.open, "not done"),
        tile("plain", published.len(), "files to publish"),
        Tile { class: "plain", number: words::size(published.iter().sum()), words: "in all" },
    ];
    if totals.skipped > 0 {
        tiles.insert(3, tile("warn", totals.skipped, "skipped"));
    }
    tiles
}

#[derive(Serialize)]
struct ProblemView {
    what: String,
    task: String,
    place: Option<String>,
    cause: String,
    fix: Option<String>,
    soft: bool,
    passing: bool,
}

fn problem_view(task: &str, problem: &crate::model::Problem, soft: bool) -> ProblemView {
    ProblemView {
        what: problem.what.clone(),
        task: task.into(),
        place: problem.place.as_ref().map(ToString::to_string),
        cause: super::text::cut(&problem.causes.join("\n"), LONGEST_CAUSE),
        fix: problem.fix.clone(),
        soft,
        passing: problem.passing,
    }
}

fn failures(summary: &Summary) -> Vec<ProblemView> {
    summary
        .failures()
        .iter()
        .map(|failure| problem_view(&failure.task.task.0, failure.problem, failure.soft))
        .collect()
}

fn notices(summary: &Summary) -> Vec<ProblemView> {
    let name =
        |told: &super::summary::Told| told.task.as_ref().map_or_else(String::new, |task| task.0.clone());
    summary.notices.iter().map(|told| problem_view(&name(told), &told.problem, true)).collect()
}

#[derive(Serialize)]
struct ArtifactRow {
    name: String,
    kind: String,
    platform: String,
    size: String,
    bytes: u64,
    digest: String,
    taken_over: bool,
    published: bool,
}

/// What is published first: that is what a reader came for.
fn artifacts(summary: &Summary) -> Vec<ArtifactRow> {
    let mut rows: Vec<ArtifactRow> =
        summary.artifacts().map(|(task, artifact)| artifact_row(task, artifact)).collect();
    rows.sort_by_key(|row| !row.published);
    rows
}

fn artifact_row(task: &TaskView, artifact: &Artifact) -> ArtifactRow {
    let kind = serde_json::to_value(artifact.kind).ok();
    ArtifactRow {
        name: artifact.name.clone(),
        // A fieldless variant is always a text.
        kind: kind.as_ref().and_then(|kind| kind.as_str()).unwrap_or_default().replace('-', " "),
        platform: artifact.platform.as_ref().map(ToString::to_string).unwrap_or_default(),
        size: words::size(artifact.size),
        bytes: artifact.size,
        digest: artifact.digest.hex(),
        taken_over: task.outcome == Outcome::TakenOver,
        published: artifact.kind.is_published(),
    }
}

#[derive(Serialize)]
struct EffectRow {
    at: String,
    task: String,
    rank: &'static str,
    before: String,
    after: String,
    class: &'static str,
}

fn effect_row(effect: &Effect) -> EffectRow {
    let class = match (&effect.undone, &effect.after) {
        (Some(_), _) => "warn",
        (None, None) => "open",
        (None, Some(_)) if effect.earlier => "old",
        (None, Some(_)) => "good",
    };
    EffectRow {
        at: effect.at.format("%H:%M:%S").to_string(),
        task: effect.task.0.clone(),
        rank: words::rank(effect.rank),
        before: words::state(&effect.before),
        after: words::effect(effect),
        class,
    }
}

#[derive(Serialize)]
struct NoteLine {
    kind: &'static str,
    text: String,
}

/// Notes are Markdown. Headings and lists are shown as such, the rest as it was written: what a page of
/// evidence shows must not depend on a renderer.
fn note_lines(notes: &str) -> Vec<NoteLine> {
    let notes = super::text::cut(notes, LONGEST_NOTES);
    let line = |line: &str| {
        let text = line.trim();
        let item = text.strip_prefix("- ").or_else(|| text.strip_prefix("* "));
        match (text.starts_with('#'), item) {
            (true, _) => NoteLine { kind: "h", text: text.trim_start_matches('#').trim().into() },
            (false, Some(item)) => NoteLine { kind: "li", text: item.into() },
            (false, None) => NoteLine { kind: "p", text: text.into() },
        }
    };
    notes.lines().filter(|text| !text.trim().is_empty()).map(line).collect()
}

#[derive(Serialize, Clone)]
struct TaskRow {
    task: String,
    title: String,
    class: &'static str,
    word: &'static str,
    time: String,
    retries: usize,
    detail: String,
}

fn task_row(view: &TaskView) -> TaskRow {
    let time = if view.millis == 0 { String::new() } else { words::duration(view.millis) };
    TaskRow {
        task: view.task.0.clone(),
        title: view.title.clone(),
        class: class(view.outcome),
        word: view.outcome.word(),
        time,
        retries: view.retries.len(),
        detail: super::human::detail(view),
    }
}
