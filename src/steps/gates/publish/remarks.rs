//! What the gates found at a place of the commit, as remarks beside its lines.

use std::collections::HashMap;

use super::outcome::{Gate, Outcome};
use crate::kit::plain::cut;
use crate::model::{Digest, Problem};
use crate::ports::review::{Annotation, Level};

/// The most remarks; of the 64 KB that each may have, only what a person reads is used.
pub const MOST: usize = 250;

/// The most characters of a title and of a message.
const TITLE: usize = 200;
const MESSAGE: usize = 4_000;

/// The remarks, the worst first, and how many more there were.
#[must_use]
pub fn remarks(outcome: &Outcome) -> (Vec<Annotation>, usize) {
    let mut all: Vec<Annotation> = outcome.gates.iter().flat_map(of_gate).collect();
    all.sort_by(|a, b| {
        (a.level, &a.path, a.start_line, &a.message).cmp(&(b.level, &b.path, b.start_line, &b.message))
    });
    all.dedup();
    let more = all.len().saturating_sub(MOST);
    all.truncate(MOST);
    (all, more)
}

fn of_gate(gate: &Gate) -> Vec<Annotation> {
    let level = if gate.blocks() { Level::Failure } else { Level::Warning };
    let one = |problem: Problem| {
        let place = problem.place.as_ref()?;
        let line = place.line.unwrap_or(1).max(1);
        let mut lines = vec![problem.what.clone()];
        lines.extend(problem.causes.iter().cloned());
        lines.extend(problem.fix.iter().map(|fix| format!("next: {fix}")));
        Some(Annotation {
            path: place.file.as_str().trim_start_matches("./").to_owned(),
            start_line: line,
            end_line: line,
            level,
            title: cut(&format!("{}: {}", gate.name, gate.verdict.status.word()), TITLE),
            message: cut(lines.join("\n").trim(), MESSAGE),
        })
    };
    // Only places within the repository have a page to stand on.
    let inside = |remark: &Annotation| {
        let path = camino::Utf8Path::new(&remark.path);
        !remark.path.is_empty()
            && path.components().all(|part| matches!(part, camino::Utf8Component::Normal(_)))
    };
    gate.verdict.problems.iter().cloned().flat_map(Problem::each).filter_map(one).filter(inside).collect()
}

/// What these remarks are known by.
#[must_use]
pub fn digest(remarks: &[Annotation]) -> Digest {
    // Plain data with text keys; what could not be written would be known by nothing.
    Digest::of(&serde_json::to_vec(remarks).unwrap_or_default())
}

/// Those of `wanted` that are not among `there`: remarks are only ever added, and each shall stand once.
#[must_use]
pub fn missing(wanted: &[Annotation], there: &[Annotation]) -> Vec<Annotation> {
    fn known(remark: &Annotation) -> (&str, u32, &str) {
        (remark.path.as_str(), remark.start_line, remark.message.trim())
    }
    let mut left: HashMap<(&str, u32, &str), usize> = HashMap::new();
    for remark in there {
        *left.entry(known(remark)).or_default() += 1;
    }
    let mut absent = Vec::new();
    for remark in wanted {
        match left.get_mut(&known(remark)) {
            Some(count @ 1..) => *count -= 1,
            _ => absent.push(remark.clone()),
        }
    }
    absent
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Verdict;

    fn gate(verdict: Verdict) -> Gate {
        Gate { name: "lint".into(), verdict, soft: false }
    }

    #[test]
    fn only_places_in_the_repository_and_the_worst_first() {
        let at = |file: &str, line| Problem::new(format!("in {file}")).at(file, line, None);
        let verdict = ["a.go", "/etc/passwd", "../x", "", "./b/c.go"]
            .into_iter()
            .fold(Verdict::fail("no"), |verdict, file| verdict.problem(at(file, Some(3))));
        let passed =
            Gate { verdict: Verdict::skipped("x").problem(at("0.go", None)), ..gate(Verdict::fail("")) };
        let (all, more) = remarks(&Outcome::from(vec![passed, gate(verdict)]));
        let told: Vec<_> = all.iter().map(|one| (one.path.as_str(), one.start_line, one.level)).collect();
        assert_eq!(
            told,
            [("a.go", 3, Level::Failure), ("b/c.go", 3, Level::Failure), ("0.go", 1, Level::Warning)]
        );
        assert_eq!(more, 0);
        let many =
            (0..300).fold(Verdict::fail("no"), |verdict, line| verdict.problem(at("a.go", Some(line + 1))));
        assert_eq!(remarks(&Outcome::from(vec![gate(many)])).1, 50);
    }

    #[test]
    fn each_is_added_once() {
        let at = |line| Problem::new("x").at("a.go", Some(line), None);
        let of = |lines: &[u32]| {
            let verdict = lines.iter().fold(Verdict::fail("no"), |verdict, line| verdict.problem(at(*line)));
            remarks(&Outcome::from(vec![gate(verdict)])).0
        };
        assert_eq!(missing(&of(&[1, 2, 3]), &of(&[2])), of(&[1, 3]));
        assert_eq!(missing(&of(&[1, 2]), &of(&[1, 2, 3])), Vec::new());
    }
}
