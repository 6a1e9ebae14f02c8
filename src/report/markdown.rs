//! The job summary: Markdown that GitHub shows, below its limit whatever the run was.

use crate::model::{ExitCode, Problem};

use super::markdown_parts::{failure_text, public_address, sections};
use super::summary::{Outcome, Summary};
use super::words;
use crate::kit::markdown::{code, escape};

/// GitHub throws a step's summary away that is longer, in bytes; some room is left for what others add.
pub const LIMIT: usize = 1_000_000;

/// Kept free for saying what was left out.
const RESERVE: usize = 1_200;

/// A part of the page: it is shortened between entries, never within one.
pub struct Section {
    /// What it is called where it is left out.
    pub name: &'static str,
    /// What stands before the entries: a heading, a table's head.
    pub head: String,
    /// The entries, in the order of their weight.
    pub entries: Vec<String>,
    /// What stands after them.
    pub tail: &'static str,
}

/// The job summary. The texts in it must be clean of secrets already.
#[must_use]
pub fn render(summary: &Summary) -> String {
    render_within(summary, LIMIT)
}

/// The job summary in at most `limit` bytes; what does not fit is counted and named. Empty if there is no room for
/// as much as the verdict.
#[must_use]
pub fn render_within(summary: &Summary, limit: usize) -> String {
    let mut page = headline(summary);
    if page.len() + RESERVE > limit {
        return short(summary, limit);
    }
    let mut left_out: Vec<&str> = Vec::new();
    for section in sections(summary) {
        // Half of what is left, so that no part, however long, takes the room of those after it.
        let room = (limit - RESERVE - page.len()) / 2;
        match fitted(&section, room) {
            Some(text) => page.push_str(&text),
            None => left_out.push(section.name),
        }
    }
    if !left_out.is_empty() {
        let names: Vec<String> = left_out.iter().map(|name| format!("**{name}**")).collect();
        page.push_str(&format!("> For want of room, {} are left out. {WHERE}\n", names.join(", ")));
    }
    page
}

const WHERE: &str = "The HTML report and `report.json` in the dist folder have everything.";

/// A section within so many bytes; `None` if not even its first entry fits.
fn fitted(section: &Section, room: usize) -> Option<String> {
    let mut text = section.head.clone();
    let fixed = section.tail.len() + 200;
    let mut shown = 0;
    for entry in &section.entries {
        if text.len() + entry.len() + fixed > room {
            break;
        }
        text.push_str(entry);
        shown += 1;
    }
    if shown == 0 {
        return None;
    }
    text.push_str(section.tail);
    let more = section.entries.len() - shown;
    if more > 0 {
        text.push_str(&format!("> … and {more} more under **{}**. {WHERE}\n\n", section.name));
    }
    Some(text)
}

/// The page of a command that ended without a run.
#[must_use]
pub fn failure_page(code: ExitCode, problems: &[Problem], limit: usize) -> String {
    let mut page = format!(
        "## ❌ release-action stopped: {} &#40;exit code {}&#41;\n\n",
        escape(&code.meaning()),
        code.number()
    );
    if page.len() + RESERVE > limit {
        return String::new();
    }
    page.push_str(
        "Mend what is listed, then run it again: what is done already is looked at, and not done twice.\n\n",
    );
    let entries = problems.iter().map(|problem| failure_text(problem, None, false)).collect();
    let section = Section { name: "What is wrong", head: String::new(), entries, tail: "" };
    if let Some(text) = fitted(&section, limit - page.len()) {
        page.push_str(&text);
    }
    page
}

/// The verdict alone, if it fits.
fn short(summary: &Summary, limit: usize) -> String {
    let page = format!(
        "## {} {}\n\n> For want of room, the rest is left out. {WHERE}\n",
        mark(summary),
        escape(&words::verdict(summary))
    );
    if page.len() <= limit { page } else { String::new() }
}

fn mark(summary: &Summary) -> &'static str {
    let exit = summary.ending.map(|ending| ending.exit);
    match exit {
        Some(ExitCode::Done) if words::overridden(summary).is_some() => "⚠️",
        Some(ExitCode::Done) => "✅",
        Some(exit) if !exit.is_stop() => "❌",
        Some(_) | None => "⏹️",
    }
}

fn headline(summary: &Summary) -> String {
    let mut text = format!("## {} {}\n\n", mark(summary), escape(&verdict(summary)));
    if let Some(head) = &summary.head {
        let commit: String = head.commit.chars().take(7).collect();
        let earlier = match summary.earlier_runs {
            0 => String::new(),
            runs => format!(" · after {}", words::count(runs, "earlier run", "earlier runs")),
        };
        text.push_str(&format!(
            "Commit {} · run {} · release-action {}{earlier}\n\n",
            code(&commit),
            escape(&head.run),
            escape(&head.tool)
        ));
    }
    if !summary.is_good() && summary.head.is_some() {
        text.push_str(&next(summary));
    }
    text
}

/// The one line; of a release that everybody sees, it says so, and of a rehearsal that nobody does.
fn verdict(summary: &Summary) -> String {
    let words = words::verdict(summary);
    match &summary.head {
        Some(head) if summary.rehearsal => {
            let name = format!("{} {}", head.project, head.tag);
            words.replacen(&name, &format!("rehearsal of {name}, which publishes nothing"), 1)
        }
        Some(head) if summary.is_good() && public_address(summary).is_some() => {
            let name = format!("{} {}", head.project, head.tag);
            words.replacen(&name, &format!("{name} is released"), 1)
        }
        _ => words,
    }
}

/// What a person does now, and what the program will do then.
fn next(summary: &Summary) -> String {
    let exit = summary.ending.map(|ending| ending.exit);
    let failures = summary.failures();
    let blocking = || failures.iter().filter(|failure| !failure.soft);
    let first = match exit {
        exit if exit.is_none_or(ExitCode::is_stop) => {
            "Press **Re-run failed jobs**, or run the same command again: nothing needs to change first."
        }
        Some(ExitCode::Held) => "Wait for the other run to end, then press **Re-run failed jobs**.",
        _ if blocking().count() > 0 && blocking().all(|failure| failure.problem.passing) => {
            "Press **Re-run failed jobs**: what failed may pass by itself, nothing needs to change first."
        }
        _ => {
            "Mend what is listed. If its cause lies outside of the repository (a token, a permission, a server), \
             press **Re-run failed jobs** then; if files have to change, commit them and release that commit."
        }
    };
    let mut text = format!("**What to do next.** {first}\n\n**What a re-run does.**\n\n");
    let totals = summary.totals();
    let kept = totals.done + totals.taken_over;
    if kept > 0 {
        let tasks = words::count(kept, "task is done: it is", "tasks are done: they are");
        text.push_str(&format!("- {tasks} looked at again and taken over where the outcome still holds.\n"));
    }
    let begun: Vec<String> = summary
        .effects
        .iter()
        .filter(|effect| effect.after.is_none() && effect.undone.is_none())
        .map(|effect| code(&effect.task.0))
        .collect();
    if !begun.is_empty() {
        let list = begun.iter().take(20).cloned().collect::<Vec<_>>().join(", ");
        let more = if begun.len() > 20 { format!(" and {} more", begun.len() - 20) } else { String::new() };
        text.push_str(&format!(
            "- Begun, and whether it took effect is not known: {list}{more}. The re-run looks there first and repeats \
             nothing that did.\n"
        ));
    }
    let open = summary.tasks.iter().filter(|task| task.is_open() || task.outcome == Outcome::Failed);
    match open.count() {
        0 => {}
        open => text.push_str(&format!("- {} still to do.\n", words::count(open, "task is", "tasks are"))),
    }
    text.push_str("- Nothing is published twice: each place is looked at before it is changed.\n\n");
    text
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
        assert!(page.len() < 1_048_576 && page.len() > 700_000, "{}", page.len());
        assert!(page.contains("more under **What failed**"), "what is left out is said");
        assert!(page.contains("**Time**") || page.contains("### Time"), "later parts have their room");
        assert_eq!(page.matches("<details>").count(), page.matches("</details>").count());
    }

    #[test]
    fn what_does_not_fit_is_named() {
        let summary = Summary::of(&sample::success());
        let whole = render(&summary);
        assert!(!whole.contains("left out") && !whole.contains("more under"));
        for limit in (0..whole.len() + 200).step_by(97) {
            let page = render_within(&summary, limit);
            assert!(page.len() <= limit, "{} of {limit}", page.len());
            assert_eq!(page.matches("<details>").count(), page.matches("</details>").count(), "{limit}");
            if !page.is_empty() && page != whole {
                assert!(page.starts_with("## ✅"), "{page}");
                assert!(page.contains("left out") || page.contains("more under"), "{limit}: {page}");
            }
        }
    }

    #[test]
    fn an_interruption_says_what_a_rerun_will_do() {
        insta::assert_snapshot!("interruption", render(&Summary::of(&sample::interruption())));
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
        assert!(!page.contains("](<"), "no link comes of foreign text");
        for row in page.lines().filter(|line| line.starts_with("| ✅") || line.starts_with("| ❌")) {
            assert!([5, 6].contains(&row.matches('|').count()), "{row}");
        }
    }
}
