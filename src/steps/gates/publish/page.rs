//! The gates as Markdown that fits: what blocks first, and what is cut is said.

use std::fmt::Write as _;

use super::outcome::{Gate, Outcome};
use crate::kit::markdown::{cell, code, escape, pre};
use crate::kit::plain::cut;
use crate::model::{Problem, Row, Status};

/// What is kept free for the words about what was cut, in bytes.
const RESERVE: usize = 400;

/// Problems of one gate that are told; more of them help nobody on such a page.
const PROBLEMS: usize = 20;

/// The head of the table.
const TABLE: &str = "| | gate | measured | found | wanted |\n|---|---|---|---|---|\n";

/// The page, in at most `most` bytes, which are never fewer than GitHub's characters.
#[must_use]
pub fn page(outcome: &Outcome, most: usize) -> String {
    let mut page = String::new();
    let (mut rows, mut problems) = (0, 0);
    let room = most.saturating_sub(RESERVE);
    // The first thing that does not fit ends its list: what follows is no worse than that.
    let mut add = |text: &str, cut: &mut usize| {
        if *cut > 0 || page.len() + text.len() > room {
            *cut += 1;
        } else {
            page.push_str(text);
        }
    };
    add(TABLE, &mut rows);
    for row in outcome.gates.iter().flat_map(table_rows) {
        add(&row, &mut rows);
    }
    let told_of = |gate: &&Gate| gate.blocks() || gate.verdict.status == Status::Overridden;
    for gate in outcome.gates.iter().filter(told_of).filter(|gate| !gate.verdict.problems.is_empty()) {
        add(&format!("\n**{}**: {}\n\n", escape(&gate.name), cell(&gate.verdict.summary)), &mut problems);
        let all: Vec<Problem> = gate.verdict.problems.iter().cloned().flat_map(Problem::each).collect();
        for problem in all.iter().take(PROBLEMS) {
            add(&told(problem), &mut problems);
        }
        if let more @ 1.. = all.len().saturating_sub(PROBLEMS) {
            add(&format!("- … and {more} more\n"), &mut problems);
        }
    }
    for (count, what) in [(rows, "rows of the table"), (problems, "further lines")] {
        if count > 0 {
            page.push_str(&format!(
                "\n> {count} {what} are cut here; all of them are in the run's report.\n"
            ));
        }
    }
    page
}

/// A gate's rows of the table.
fn table_rows(gate: &Gate) -> Vec<String> {
    let name = code(&gate.name);
    let verdict = &gate.verdict;
    let mark = |ok: bool, word: &str| format!("{} {word}", symbol(verdict.status, ok, gate.soft));
    if verdict.rows.is_empty() {
        let ok = !verdict.status.blocks();
        let word = verdict.status.word();
        return vec![format!("| {} | {name} | {} | | |\n", mark(ok, word), cell(&verdict.summary))];
    }
    let row = |row: &Row| {
        let word = if row.ok { "pass" } else { verdict.status.word() };
        format!(
            "| {} | {name} | {} | {} | {} |\n",
            mark(row.ok, word),
            cell(&row.metric),
            cell(&row.actual),
            cell(&format!("{} {}", row.comparator, row.threshold))
        )
    };
    let mut rows: Vec<String> = verdict.rows.iter().map(row).collect();
    // All that was measured is good, and the gate is not: the reason is in its words alone.
    if verdict.status.blocks() && verdict.rows.iter().all(|row| row.ok) {
        let word = verdict.status.word();
        rows.push(format!("| {} | {name} | {} | | |\n", mark(false, word), cell(&verdict.summary)));
    }
    rows
}

fn symbol(status: Status, ok: bool, soft: bool) -> &'static str {
    match (status, ok) {
        (Status::Skipped, _) => "⏭️",
        (Status::Overridden, _) => "⚠️",
        (_, true) => "✅",
        (_, false) if soft => "⚠️",
        (_, false) => "❌",
    }
}

/// A problem as an entry of a list.
fn told(problem: &Problem) -> String {
    let mut text = format!("- {}", escape(&cut(&problem.what, 1_000)));
    let written = match &problem.place {
        Some(place) => write!(text, " in {}", code(&cut(&place.to_string(), 500))),
        None => Ok(()),
    };
    written.expect("writing to a String does not fail");
    let causes = problem.causes.join("\n");
    if !causes.trim().is_empty() {
        text.push_str(&format!("\n  <pre>{}</pre>", pre(&cut(&causes, 2_000))));
    }
    if let Some(fix) = &problem.fix {
        text.push_str(&format!("\n  next: {}", code(&cut(fix, 1_000))));
    }
    text + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Verdict;

    fn gate(verdict: Verdict) -> Gate {
        Gate { name: "lint".into(), verdict, soft: false }
    }

    fn row(metric: &str, ok: bool) -> Row {
        let text = |text: &str| text.to_owned();
        Row { metric: text(metric), comparator: text("<="), threshold: text("0"), actual: text("9"), ok }
    }

    #[test]
    fn hostile_words_stay_words() {
        let hostile =
            "x | y\n\n<script>alert(1)</script> ![i](https://evil.test/i) @octocat #1 `</code>` -->";
        let problem = Problem::new(hostile).because(hostile).fix(hostile).at(hostile, Some(1), None);
        let verdict = Verdict::fail(hostile).row(row(hostile, false)).problem(problem);
        let page = page(&Outcome::from(vec![gate(verdict)]), 60_000);
        for never in ["<script", "](", "@octocat", " #1", "</code>`", "-->", "evil.test/i)"] {
            assert!(!page.contains(never), "{never}: {page}");
        }
        let table = page.lines().filter(|line| line.starts_with('|'));
        assert_eq!(table.map(|line| line.matches('|').count()).collect::<Vec<_>>(), [6, 6, 6], "{page}");
    }

    #[test]
    fn what_is_cut_is_said_and_what_blocks_comes_first() {
        let long = "w".repeat(900);
        let many = |verdict: Verdict| (0..200).fold(verdict, |verdict, _| verdict.row(row(&long, true)));
        let good = Gate { name: "good".into(), ..gate(many(Verdict::skipped("x"))) };
        let bad = gate(many(Verdict::fail("no")).row(row("bad", false)).problem(Problem::new("why")));
        for most in [2_000, 10_000, 65_000] {
            let page = page(&Outcome::from(vec![good.clone(), bad.clone()]), most);
            assert!(page.len() <= most, "{} > {most}", page.len());
            assert!(page.contains("rows of the table are cut here") && page.contains("why"), "{most}");
            assert!(!page.contains("good"), "{most}");
        }
    }

    #[test]
    fn an_error_beside_good_rows_is_seen() {
        let verdict = Verdict::error("the report is torn").row(row("covered", true));
        let page = page(&Outcome::from(vec![gate(verdict)]), 60_000);
        assert!(page.contains("❌ error | <code>lint</code> | the report is torn"), "{page}");
    }
}
