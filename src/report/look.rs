//! How words look on a terminal or in a pipe: colour, symbols, columns.

use super::summary::Outcome;

/// The style of a log, decided once by who opens it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Look {
    /// Whether colours may be used. False in a pipe.
    pub color: bool,
    /// Whether bars that move may be drawn. Only on a terminal.
    pub progress: bool,
    /// Columns.
    pub width: usize,
    /// −1: only what went wrong and how it ended; 0: every task; 1: the lines of tools too.
    pub verbosity: i8,
    /// Whether symbols outside ASCII may be used.
    pub unicode: bool,
}

impl Look {
    /// Plain lines for a pipe or a file.
    #[must_use]
    pub fn plain() -> Self {
        Self { color: false, progress: false, width: 100, verbosity: 0, unicode: true }
    }
}

/// What a piece of text is, and so how it is coloured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// Good.
    Good,
    /// Bad.
    Bad,
    /// Worth a look.
    Warn,
    /// Taken over.
    Old,
    /// Of less weight.
    Dim,
    /// Of more weight.
    Strong,
}

impl Look {
    /// The text in this tone; without colour, the text.
    #[must_use]
    pub fn paint(&self, tone: Tone, text: &str) -> String {
        if !self.color || text.is_empty() {
            return text.to_owned();
        }
        let code = match tone {
            Tone::Good => "32",
            Tone::Bad => "1;31",
            Tone::Warn => "33",
            Tone::Old => "36",
            Tone::Dim => "2",
            Tone::Strong => "1",
        };
        format!("\u{1b}[{code}m{text}\u{1b}[0m")
    }

    /// The symbol of an outcome in its colour.
    #[must_use]
    pub fn symbol(&self, outcome: Outcome) -> String {
        let (unicode, ascii) = match outcome {
            Outcome::Done => ("✓", "+"),
            Outcome::TakenOver => ("↻", "="),
            Outcome::Failed => ("✗", "x"),
            Outcome::SoftFailed => ("!", "!"),
            Outcome::Skipped => ("–", "-"),
            Outcome::Unfinished => ("?", "?"),
        };
        self.paint(tone(outcome), self.either(unicode, ascii))
    }

    /// The first where symbols outside ASCII may be used, else the second.
    #[must_use]
    pub fn either<'a>(&self, unicode: &'a str, ascii: &'a str) -> &'a str {
        if self.unicode { unicode } else { ascii }
    }
}

/// The colour of an outcome.
#[must_use]
pub fn tone(outcome: Outcome) -> Tone {
    match outcome {
        Outcome::Done => Tone::Good,
        Outcome::TakenOver => Tone::Old,
        Outcome::Failed => Tone::Bad,
        Outcome::SoftFailed => Tone::Warn,
        Outcome::Skipped | Outcome::Unfinished => Tone::Dim,
    }
}

/// The text filled up with spaces to `width` columns, by what a terminal shows of it.
#[must_use]
pub fn pad(text: &str, width: usize) -> String {
    let shown = console::measure_text_width(text);
    format!("{text}{}", " ".repeat(width.saturating_sub(shown)))
}

/// The text with spaces in front of it.
#[must_use]
pub fn pad_left(text: &str, width: usize) -> String {
    let shown = console::measure_text_width(text);
    format!("{}{text}", " ".repeat(width.saturating_sub(shown)))
}

/// Lines of cells in aligned columns, two spaces between them; columns in `right` are set to the right.
#[must_use]
pub fn table(rows: &[Vec<String>], right: &[usize]) -> Vec<String> {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| {
        rows.iter()
            .filter_map(|row| row.get(column))
            .map(|cell| console::measure_text_width(cell))
            .max()
            .unwrap_or(0)
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let line = |row: &Vec<String>| {
        let cells = row.iter().enumerate().map(|(at, cell)| {
            if right.contains(&at) { pad_left(cell, widths[at]) } else { pad(cell, widths[at]) }
        });
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    rows.iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_aligned_by_what_is_seen() {
        let look = Look { color: true, ..Look::plain() };
        let rows = vec![
            vec!["a".into(), look.paint(Tone::Good, "12"), "x".into()],
            vec!["long".into(), "3".into(), "y".into()],
        ];
        let lines = table(&rows, &[1]);
        assert_eq!(lines[0], "a     \u{1b}[32m12\u{1b}[0m  x");
        assert_eq!(lines[1], "long   3  y");
    }
}
