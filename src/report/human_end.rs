//! The end of a person's log: the verdict, every failure, the effects, the steps.

use crate::model::{Problem, Status};

use super::look::{Look, Tone, table};
use super::measures::rows;
use super::summary::{Failure, Outcome, Summary};
use super::text::one_line;
use super::words;

/// Causes may hold a tool's own lines; more than this of one problem hide the others.
const CAUSE_LINES: usize = 30;

/// The lines of the end. `files` are named at its bottom: what it is, and its path.
#[must_use]
pub fn end(summary: &Summary, look: &Look, files: &[(String, String)]) -> Vec<String> {
    let mut lines = vec![String::new(), headline(summary, look)];
    lines.extend(failures(summary, look));
    if look.verbosity >= 0 {
        lines.extend(overridden(summary, look));
        lines.extend(effects(summary, look));
        lines.extend(steps(summary, look));
    }
    if !summary.is_good() && summary.head.is_some() {
        lines.extend([String::new(), words::rerun(summary)]);
    }
    if !files.is_empty() && look.verbosity >= 0 {
        let cells: Vec<Vec<String>> = files
            .iter()
            .map(|(what, path)| vec![look.paint(Tone::Dim, &one_line(what)), one_line(path)])
            .collect();
        lines.push(String::new());
        lines.extend(table(&cells, &[]));
    }
    lines
}

fn headline(summary: &Summary, look: &Look) -> String {
    let text = one_line(&words::verdict(summary));
    if summary.is_good() && words::overridden(summary).is_some() {
        format!("{} {}", look.paint(Tone::Warn, "!"), look.paint(Tone::Strong, &text))
    } else if summary.is_good() {
        format!("{} {}", look.paint(Tone::Good, look.either("✓", "+")), look.paint(Tone::Strong, &text))
    } else {
        format!("{} {}", look.paint(Tone::Bad, look.either("✗", "x")), look.paint(Tone::Strong, &text))
    }
}

fn failures(summary: &Summary, look: &Look) -> Vec<String> {
    let failures = summary.failures();
    let many = failures.len() > 1;
    let numbered = |(at, failure): (usize, &Failure<'_>)| {
        let number = if many { format!("{}. ", at + 1) } else { String::new() };
        problem_lines(failure, &number, look)
    };
    failures.iter().enumerate().flat_map(numbered).collect()
}

fn problem_lines(failure: &Failure<'_>, number: &str, look: &Look) -> Vec<String> {
    let tone = if failure.soft { Tone::Warn } else { Tone::Bad };
    let what = one_line(&failure.problem.what);
    let mut lines = vec![String::new(), format!("  {}{}", look.paint(tone, number), look.paint(tone, &what))];
    let mut field = |name: &str, text: &str| {
        for (at, line) in text.lines().enumerate() {
            let label = if at == 0 { name } else { "" };
            lines.push(
                format!("     {} {line}", look.paint(Tone::Dim, &format!("{label:<6}")))
                    .trim_end()
                    .to_owned(),
            );
        }
    };
    field("where", &whence(failure));
    let causes = failure.problem.causes.join("\n");
    field("cause", &shortened(&causes));
    field("next", &next(failure.problem));
    if failure.soft {
        field("", "the release goes on without it");
    }
    lines
}

fn whence(failure: &Failure<'_>) -> String {
    let place = failure.problem.place.as_ref().map(|place| format!(" at {place}")).unwrap_or_default();
    one_line(&format!("{}{place}", failure.task.task))
}

fn next(problem: &Problem) -> String {
    match (&problem.fix, problem.passing) {
        (Some(fix), _) => fix.clone(),
        (None, true) => "run again: this may pass by itself".into(),
        (None, false) => {
            "see the cause; `release-action preflight` looks at tools, credentials and the remote state"
                .into()
        }
    }
}

/// The first and the last lines, where there are too many.
fn shortened(text: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    if lines.len() <= CAUSE_LINES {
        return text.to_owned();
    }
    let (head, tail) = (CAUSE_LINES / 3, CAUSE_LINES - CAUSE_LINES / 3);
    let left_out = format!("… {} lines left out; the reports have all of them …", lines.len() - head - tail);
    let kept = lines[..head].iter().copied().chain([left_out.as_str()]);
    kept.chain(lines[lines.len() - tail..].iter().copied()).collect::<Vec<_>>().join("\n")
}

/// A verdict that was overridden must not go by unseen.
fn overridden(summary: &Summary, look: &Look) -> Vec<String> {
    let mut lines = Vec::new();
    for task in &summary.tasks {
        let Some(verdict) = task.verdict.as_ref().filter(|verdict| verdict.status == Status::Overridden)
        else {
            continue;
        };
        let text = format!("{} is OVERRIDDEN, not passed: {}", task.task, verdict.summary);
        lines.extend([String::new(), format!("  {} {}", look.paint(Tone::Warn, "!"), one_line(&text))]);
        lines.extend(rows(verdict, look).into_iter().map(|row| format!("    {row}")));
    }
    lines
}

fn effects(summary: &Summary, look: &Look) -> Vec<String> {
    if summary.effects.is_empty() {
        return Vec::new();
    }
    let cells = |effect: &super::summary::Effect| {
        let outcome = match (&effect.undone, &effect.after) {
            (None, Some(_)) => Outcome::Done,
            (None, None) => Outcome::Unfinished,
            (Some(_), _) => Outcome::Skipped,
        };
        vec![
            format!("  {}", look.symbol(outcome)),
            one_line(&effect.task.0),
            look.paint(Tone::Dim, words::rank(effect.rank)),
            one_line(&words::effect(effect)),
        ]
    };
    let rows: Vec<Vec<String>> = summary.effects.iter().map(cells).collect();
    [String::new(), look.paint(Tone::Strong, "Changed in the world")]
        .into_iter()
        .chain(table(&rows, &[]))
        .collect()
}

fn steps(summary: &Summary, look: &Look) -> Vec<String> {
    let number = |number: usize, tone: Tone| match number {
        0 => look.paint(Tone::Dim, look.either("·", ".")),
        number => look.paint(tone, &number.to_string()),
    };
    // Most runs skip nothing.
    let skips = summary.totals().skipped > 0;
    let row = |name: &str, counts: super::summary::Counts| {
        let mut cells = vec![
            name.to_owned(),
            number(counts.done, Tone::Good),
            number(counts.taken_over, Tone::Old),
            number(counts.failed, Tone::Bad),
        ];
        cells.extend(skips.then(|| number(counts.skipped, Tone::Warn)));
        cells.extend([number(counts.open, Tone::Warn), words::duration(counts.millis)]);
        cells
    };
    let steps = summary.steps();
    if steps.is_empty() {
        return Vec::new();
    }
    let titles = ["Step", "done", "taken over", "failed", "skipped", "not done", "work"];
    let titles = titles.iter().filter(|title| skips || **title != "skipped");
    let mut rows: Vec<Vec<String>> = vec![titles.map(|title| look.paint(Tone::Strong, title)).collect()];
    let numbers: Vec<usize> = (1..rows[0].len()).collect();
    for step in &steps {
        rows.push(row(
            &format!("  {}", step.map_or("other", crate::model::Step::name)),
            summary.counts(*step),
        ));
    }
    if steps.len() > 1 {
        rows.push(row("  all", summary.totals()));
    }
    [String::new()].into_iter().chain(table(&rows, &numbers)).collect()
}
