//! What a gate measured, a row each.

use crate::model::{Row, Verdict};

use super::look::{Look, Tone, pad, table};
use super::summary::Outcome;
use super::text::one_line;

/// Columns that a measured value is aligned in. Longer ones are mostly lists, and one of them would push what is wanted
/// of all the others out of sight: they are folded.
const ALIGNED: usize = 60;

/// Columns that a folded value has at least, however narrow the terminal is.
const NARROWEST: usize = 40;

/// The rows of a verdict: short values as an aligned table, long ones folded behind their names.
#[must_use]
pub fn rows(verdict: &Verdict, look: &Look) -> Vec<String> {
    let is_long = |row: &&Row| console::measure_text_width(&one_line(&row.actual)) > ALIGNED;
    let symbol = |row: &Row| look.symbol(if row.ok { Outcome::Done } else { Outcome::Failed });
    let metric = verdict.rows.iter().map(|row| console::measure_text_width(&one_line(&row.metric))).max();
    let metric = metric.unwrap_or_default();
    let short: Vec<Vec<String>> = verdict
        .rows
        .iter()
        .filter(|row| !is_long(row))
        .map(|row| {
            let name = pad(&one_line(&row.metric), metric);
            vec![symbol(row), name, actual(row, &one_line(&row.actual), look), wanted(row, look)]
        })
        .collect();
    let mut short = table(&short, &[]).into_iter();
    let mut lines = Vec::new();
    for row in &verdict.rows {
        if !is_long(&row) {
            lines.extend(short.next());
            continue;
        }
        let mut head = format!("{}  {}  ", symbol(row), pad(&one_line(&row.metric), metric));
        let indent = console::measure_text_width(&head);
        // Where rows are shown, they stand six columns from the edge.
        let width = look.width.saturating_sub(indent + 6).max(NARROWEST);
        // At blanks only: a path stays whole wherever it fits.
        let folding = textwrap::Options::new(width)
            .word_separator(textwrap::WordSeparator::AsciiSpace)
            .word_splitter(textwrap::WordSplitter::NoHyphenation);
        for line in textwrap::wrap(&one_line(&row.actual), folding) {
            lines.push(format!("{head}{}", actual(row, &line, look)));
            head = " ".repeat(indent);
        }
        lines.push(format!("{head}{}", wanted(row, look)));
    }
    lines
}

fn actual(row: &Row, text: &str, look: &Look) -> String {
    if row.ok { text.to_owned() } else { look.paint(Tone::Bad, text) }
}

fn wanted(row: &Row, look: &Look) -> String {
    look.paint(Tone::Dim, &format!("{} {}", one_line(&row.comparator), one_line(&row.threshold)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Status;

    fn row(metric: &str, actual: &str, threshold: &str) -> Row {
        Row {
            metric: metric.into(),
            comparator: ">=".into(),
            threshold: threshold.into(),
            actual: actual.into(),
            ok: true,
        }
    }

    #[test]
    fn a_long_list_is_folded_and_moves_nothing_else() {
        let files: Vec<String> = (0..20).map(|at| format!("src/file_{at}.go (3 lines)")).collect();
        let rows_in = vec![
            row("covered", "84 %", "80 %"),
            row("cost most", &files.join(", "), "0"),
            row("x", "1", "2"),
        ];
        let verdict = Verdict {
            status: Status::Pass,
            rows: rows_in,
            summary: String::new(),
            evidence: Vec::new(),
            problems: Vec::new(),
            noted: crate::model::Noted::default(),
            overridden: None,
        };
        let lines = rows(&verdict, &Look::plain());
        assert_eq!(lines[0], "✓  covered    84 %  >= 80 %");
        assert_eq!(lines.last().unwrap(), "✓  x          1     >= 2");
        assert!(lines[1].starts_with("✓  cost most  src/file_0.go (3 lines), "), "{lines:?}");
        assert_eq!(lines[lines.len() - 2], format!("{}>= 0", " ".repeat(14)));
        assert!(lines.iter().all(|line| console::measure_text_width(line) <= 94), "{lines:?}");
        let folded: Vec<&str> = lines[1..lines.len() - 2].iter().map(|line| line[14..].trim()).collect();
        assert!(folded.join(" ").contains(&files.join(", ")), "nothing is left out: {folded:?}");
    }
}
