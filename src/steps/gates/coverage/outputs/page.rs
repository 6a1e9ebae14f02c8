//! The page of a file: its source, each line marked.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use minijinja::{Environment, Value, context};
use serde::Serialize;

use super::index::STYLE;
use super::safe::{escaped, visible};
use crate::formats::coverage::{FileCoverage, Gap, LineState, Profile};
use crate::kit::threshold::shown;
use crate::model::Digest;

const PAGE: &str = include_str!("html/page.html");

/// How much of a file's source is shown, in bytes and in lines.
pub const MOST_BYTES: u64 = 2 * 1024 * 1024;
const MOST_LINES: usize = 20_000;

/// How much of a line is shown, in characters.
const MOST_OF_LINE: usize = 1_000;

/// How many gaps are named at the head.
const GAPS: usize = 40;

/// How much of a file's path is in the name of its page.
const NAMED: usize = 60;

/// The source of a file as far as it is shown; none where it is not in the repository.
pub type Source = Option<Vec<u8>>;

/// The page's name: readable, and another one for each path, on whatever file system.
pub fn name_of(path: &str) -> String {
    let plain = |char: char| if char.is_ascii_alphanumeric() || char == '.' { char } else { '-' };
    let readable: Vec<char> = path.chars().map(plain).collect();
    let end: String = readable[readable.len().saturating_sub(NAMED)..].iter().collect();
    let hex = Digest::of(path.as_bytes()).hex();
    format!("files/{}-{}.html", end.trim_start_matches(['.', '-']), &hex[..12])
}

#[derive(Serialize)]
struct Jump {
    from: u32,
    words: String,
}

/// The page.
///
/// # Errors
///
/// If the template fails, which would be a bug.
pub fn page(file: &FileCoverage, whole: &Profile, source: &Source) -> Result<String, minijinja::Error> {
    let states = whole.states_of(&file.name);
    let (lines, notes) = lines(&states, source);
    let jump = |gap: &Gap| {
        let words =
            if gap.from == gap.to { gap.from.to_string() } else { format!("{}–{}", gap.from, gap.to) };
        Jump { from: gap.from, words }
    };
    let gaps: Vec<Jump> = file.gaps.iter().take(GAPS).map(jump).collect();
    let branches = (file.branches.total > 0).then(|| shown(file.branches.covered, file.branches.total));
    let mut environment = Environment::new();
    environment.add_template("page.html", PAGE)?;
    environment.get_template("page.html")?.render(context! {
        style => Value::from_safe_string(STYLE.into()),
        name => visible(&file.name),
        percent => shown(file.measure.covered, file.measure.total),
        of => file.unit.count(file.measure.total),
        whole => file.measure.missed() == 0,
        branches => branches,
        more => file.gaps.len().saturating_sub(GAPS),
        gaps => minijinja::value::Serde(gaps),
        notes => notes,
        lines => Value::from_safe_string(lines),
    })
}

/// The lines as HTML, and what is to be known of them.
fn lines(states: &BTreeMap<u32, LineState>, source: &Source) -> (String, Vec<String>) {
    let mut out = String::new();
    let Some(bytes) = source else {
        // Without its text, only what counts is told.
        for (number, state) in states.iter().take(MOST_LINES) {
            line(&mut out, *number, Some(*state), "");
        }
        let mut notes = vec!["The source of this file is not in the repository.".to_owned()];
        notes.extend((states.len() > MOST_LINES).then(|| cut(MOST_LINES)));
        return (out, notes);
    };
    let text = String::from_utf8_lossy(bytes);
    let mut notes = Vec::new();
    let mut number = 0_u32;
    let mut rest = text.lines();
    for words in rest.by_ref().take(MOST_LINES) {
        number += 1;
        line(&mut out, number, states.get(&number).copied(), words);
    }
    let is_cut = rest.next().is_some() || bytes.len() as u64 >= MOST_BYTES;
    if is_cut {
        notes.push(cut(number as usize));
    }
    let beyond = states.keys().next_back().copied().filter(|last| *last > number && !is_cut);
    if let Some(last) = beyond {
        notes.push(format!(
            "The report speaks of line {last}, and the file has {number}: it was changed after it was measured."
        ));
    }
    (out, notes)
}

fn cut(lines: usize) -> String {
    format!(
        "This file is too large for a page: the first {lines} lines are shown, all of it is in coverage.json."
    )
}

fn line(out: &mut String, number: u32, state: Option<LineState>, words: &str) {
    let (class, sign) = match state {
        None => ("", ""),
        Some(LineState::Covered) => (" c", "✓"),
        Some(LineState::Partly) => (" p", "◐"),
        Some(LineState::Missed) => (" u", "✗"),
    };
    let mut words = words;
    let more = words.char_indices().nth(MOST_OF_LINE);
    if let Some((end, _)) = more {
        words = &words[..end];
    }
    let (words, dots) = (escaped(words), if more.is_some() { " …" } else { "" });
    // Writing to a text does not fail.
    let _ = writeln!(
        out,
        "<div class=\"l{class}\" id=\"L{number}\"><a href=\"#L{number}\">{number}</a><b>{sign}</b><span>{words}{dots}</span></div>"
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_pages_are_plain_and_all_different() {
        let name = name_of("../../<b>'\"/ä/x.go");
        assert!(name.starts_with("files/b------x.go-"), "{name}");
        assert!(name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"./-".contains(&byte)), "{name}");
        assert!(!name.contains(".."), "{name}");
        assert_ne!(name_of("a/b.go"), name_of("a-b.go"));
        assert!(name_of(&"x".repeat(10_000)).len() < 100);
    }

    #[test]
    fn a_huge_file_is_cut_and_says_so() {
        let states = BTreeMap::from([(1, LineState::Missed), (30_000, LineState::Covered)]);
        let source = format!("{}\n", "<x>".repeat(1000)) + &"a\n".repeat(29_999);
        let (html, notes) = lines(&states, &Some(source.into_bytes()));
        assert_eq!(html.lines().count(), MOST_LINES);
        assert!(notes[0].contains("the first 20000 lines are shown"), "{notes:?}");
        let first = html.lines().next().unwrap();
        assert!(first.contains("class=\"l u\" id=\"L1\"") && first.ends_with(" …</span></div>"), "{first}");
        assert!(!first.contains("<x>"));
    }

    #[test]
    fn a_report_of_another_state_of_the_file_is_said_to_be_one() {
        let states = BTreeMap::from([(9, LineState::Covered)]);
        let (_, notes) = lines(&states, &Some(b"one\r\ntwo".to_vec()));
        assert!(notes[0].contains("speaks of line 9, and the file has 2"), "{notes:?}");
    }
}
