//! The job summary: Markdown that GitHub shows, below its limit whatever the run was.

use std::fmt::Write as _;

use super::summary::{Failure, Outcome, Summary};
use super::text::{cut, one_line};
use super::words;

/// GitHub throws a step's summary away that is longer, in bytes; some room is left for what others add.
const LIMIT: usize = 1_000_000;

/// What stands at the end where something was cut off.
const CUT_NOTE: &str = "\n\n> **Cut here**: the rest is in the HTML report and in `report.json`.\n";

/// The job summary. The texts in it must be clean of secrets already.
#[must_use]
pub fn render(summary: &Summary) -> String {
    let parts = [
        headline(summary),
        failures(summary),
        verdicts(summary),
        effects(summary),
        steps(summary),
        artifacts(summary),
        tasks(summary),
    ];
    let mut page = String::new();
    for block in parts.iter().flatten() {
        if page.len() + block.len() + CUT_NOTE.len() > LIMIT {
            page.push_str(CUT_NOTE);
            return page;
        }
        page.push_str(block);
    }
    page
}

/// Blocks may be dropped from the end on, never torn: a table's row is a block, its head goes before.
type Blocks = Vec<String>;

fn headline(summary: &Summary) -> Blocks {
    let symbol = if summary.is_good() { "✅" } else { "❌" };
    let mut text = format!("## {symbol} {}\n\n", escape(&words::verdict(summary)));
    if let Some(head) = &summary.head {
        let commit: String = head.commit.chars().take(7).collect();
        let earlier = match summary.earlier_runs {
            0 => String::new(),
            runs => format!(" · after {}", words::count(runs, "earlier run", "earlier runs")),
        };
        let line = format!(
            "Commit {} · run {} · release-action {}{earlier}",
            code(&commit),
            escape(&head.run),
            escape(&head.tool)
        );
        text.push_str(&line);
        text.push_str("\n\n");
    }
    if !summary.is_good() && summary.head.is_some() {
        text.push_str(&words::rerun(summary));
        text.push_str("\n\n");
    }
    vec![text]
}

fn failures(summary: &Summary) -> Blocks {
    let failures = summary.failures();
    if failures.is_empty() {
        return Blocks::new();
    }
    [String::from("### What failed\n\n")].into_iter().chain(failures.iter().map(failure)).collect()
}

fn failure(failure: &Failure<'_>) -> String {
    let problem = failure.problem;
    let soft = if failure.soft { " (the release goes on without it)" } else { "" };
    let mut text = format!("- **{}**{soft}\n", escape(&cut(&problem.what, 2_000)));
    let place =
        problem.place.as_ref().map(|place| format!(" at {}", code(&place.to_string()))).unwrap_or_default();
    text.push_str(&format!("  - where: {}{place}\n", code(&failure.task.task.0)));
    let causes = problem.causes.join("\n");
    if !causes.trim().is_empty() {
        text.push_str(&format!("  - cause: <pre>{}</pre>\n", pre(&cut(&causes, 20_000))));
    }
    if let Some(fix) = &problem.fix {
        text.push_str(&format!("  - next: {}\n", code(&cut(fix, 4_000))));
    }
    text.push('\n');
    text
}

fn verdicts(summary: &Summary) -> Blocks {
    let mut blocks = Blocks::new();
    for task in &summary.tasks {
        let Some(verdict) = &task.verdict else { continue };
        if blocks.is_empty() {
            blocks.push(
                "### Verdicts\n\n| | check | measured | found | wanted |\n|---|---|---|---|---|\n".into(),
            );
        }
        let name = code(&task.task.0);
        if verdict.rows.is_empty() {
            let symbol = symbol(if verdict.status.blocks() { Outcome::Failed } else { task.outcome });
            blocks.push(format!(
                "| {symbol} {} | {name} | {} | | |\n",
                verdict.status.word(),
                cell(&verdict.summary)
            ));
        }
        for row in &verdict.rows {
            let symbol = symbol(if row.ok { Outcome::Done } else { Outcome::Failed });
            let wanted = format!("{} {}", row.comparator, row.threshold);
            let line = format!(
                "| {symbol} {} | {name} | {} | {} | {} |\n",
                verdict.status.word(),
                cell(&row.metric),
                cell(&row.actual),
                cell(&wanted)
            );
            blocks.push(line);
        }
    }
    ended(blocks)
}

fn effects(summary: &Summary) -> Blocks {
    let row = |effect: &super::summary::Effect| {
        format!(
            "| {} | {} | {} |\n",
            code(&effect.task.0),
            words::rank(effect.rank),
            cell(&words::effect(effect))
        )
    };
    table(
        "### Changed in the world\n\n| target | rank | what is there |\n|---|---|---|\n",
        summary.effects.iter().map(row),
    )
}

fn steps(summary: &Summary) -> Blocks {
    let row = |step: &Option<crate::model::Step>| {
        let counts = summary.counts(*step);
        let name = step.map_or("other", crate::model::Step::name);
        let time = words::duration(counts.millis);
        format!(
            "| {name} | {} | {} | {} | {} | {time} |\n",
            counts.done, counts.taken_over, counts.failed, counts.open
        )
    };
    let head =
        "### Steps\n\n| step | done | taken over | failed | not done | work |\n|---|--:|--:|--:|--:|--:|\n";
    table(head, summary.steps().iter().map(row))
}

fn artifacts(summary: &Summary) -> Blocks {
    let published = summary.artifacts().filter(|(_, artifact)| artifact.kind.is_published());
    let row = |(_, artifact): (_, &crate::model::Artifact)| {
        format!(
            "| {} | {} | {} |\n",
            code(&artifact.name),
            words::size(artifact.size),
            code(&artifact.digest.hex())
        )
    };
    table("### Artifacts\n\n| name | size | SHA-256 |\n|---|--:|---|\n", published.map(row))
}

fn tasks(summary: &Summary) -> Blocks {
    let row = |task: &super::summary::TaskView| {
        let time = if task.millis == 0 { String::new() } else { words::duration(task.millis) };
        let title = cell(&task.title);
        format!(
            "| {} {} | {} | {title} | {time} |\n",
            symbol(task.outcome),
            task.outcome.word(),
            code(&task.task.0)
        )
    };
    let head = "<details><summary>All tasks</summary>\n\n| | task | | time |\n|---|---|---|--:|\n";
    let mut blocks = table(head, summary.tasks.iter().map(row));
    if !blocks.is_empty() {
        blocks.push("</details>\n".into());
    }
    blocks
}

fn table(head: &str, rows: impl Iterator<Item = String>) -> Blocks {
    let mut blocks: Blocks = rows.collect();
    if !blocks.is_empty() {
        blocks.insert(0, head.into());
    }
    ended(blocks)
}

fn ended(mut blocks: Blocks) -> Blocks {
    if !blocks.is_empty() {
        blocks.push("\n".into());
    }
    blocks
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

fn cell(text: &str) -> String {
    escape(&cut(text, 2_000))
}

fn code(text: &str) -> String {
    format!("<code>{}</code>", entities(&cut(text, 4_000)))
}

/// Text of several lines for a `<pre>` within a list: line ends as entities, for an empty line would end the list.
fn pre(text: &str) -> String {
    let lines: Vec<String> = text.lines().map(entities).collect();
    lines.join("&#10;")
}

/// One line in which nothing is Markdown, HTML, a mention, a reference or a link.
#[must_use]
pub fn escape(text: &str) -> String {
    // GitHub looks for mentions and references in the finished page, where an entity is the character again: a word
    // joiner keeps them apart.
    entities(text).replace('@', "@\u{2060}").replace("&#35;", "#\u{2060}")
}

/// The same for text in `<code>`, where GitHub looks for no mentions, and where what is copied must stay as it is.
fn entities(text: &str) -> String {
    let line = one_line(text).replace("www.", "www\0");
    let mut safe = String::with_capacity(line.len());
    for char in line.chars() {
        match char {
            '\0' => safe.push_str("&#46;"),
            '&' | '<' | '>' | '"' | '\'' | '\\' | '`' | '*' | '_' | '{' | '}' | '[' | ']' | '(' | ')'
            | '!' | '|' | '~' | '$' | '^' | '=' | '+' | '-' | ':' | '#' => {
                write!(safe, "&#{};", u32::from(char)).expect("writing to a String does not fail");
            }
            _ => safe.push(char),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    #[test]
    fn a_success_and_a_failure() {
        insta::assert_snapshot!("success", render(&Summary::of(&sample::success())));
        insta::assert_snapshot!("failure", render(&Summary::of(&sample::failure())));
    }

    #[test]
    fn never_longer_than_github_takes() {
        let mut tape = sample::Tape::new();
        tape.begin(1);
        for task in 0..3_000 {
            let name = format!("gates/check/{task}");
            tape.start(&name, "<b>|`*").failed(&name, 3, crate::model::Problem::new("&".repeat(300)), false);
        }
        let page = render(&Summary::of(&tape.end(crate::model::ExitCode::Bug)));
        assert!(page.len() < 1_048_576 && page.len() > 900_000, "{}", page.len());
        assert!(page.ends_with(CUT_NOTE));
    }

    #[test]
    fn nothing_from_outside_is_markup() {
        let text = "<img src=x> | `x` [a](http://b) @octocat #12 **b** https://evil.example www.evil.example";
        let page = render(&Summary::of(&sample::hostile(text)));
        for bad in ["<img", "[a]", "#12 ", "**b**", "https://", "www.evil", "| `x`"] {
            assert!(!page.contains(bad), "{bad}");
        }
        // Code and preformatted text are where GitHub looks for no mentions.
        let prose = page.replace("<code>", "\n<code>").replace("<pre>", "\n<pre>");
        let in_code = |line: &str| line.starts_with("<code>") || line.starts_with("<pre>");
        assert!(!prose.lines().any(|line| !in_code(line) && line.contains("@octocat")));
        for row in page.lines().filter(|line| line.starts_with("| ✅") || line.starts_with("| ❌")) {
            assert!([5, 6].contains(&row.matches('|').count()), "{row}");
        }
    }
}
