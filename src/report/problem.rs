//! One problem in words, for a command that ends with it.

use crate::model::Problem;

use super::look::{Look, Tone};

/// A problem: what failed and where, the causes, what to do next.
#[must_use]
pub fn problem_text(problem: &Problem, color: bool) -> String {
    told("error", Tone::Bad, problem, color)
}

/// Something worth knowing that stops nothing.
#[must_use]
pub fn notice_text(problem: &Problem, color: bool) -> String {
    told("note", Tone::Warn, problem, color)
}

fn told(word: &str, tone: Tone, problem: &Problem, color: bool) -> String {
    let look = Look { color, ..Look::plain() };
    let place = problem.place.as_ref().map(|place| format!("{place}: ")).unwrap_or_default();
    let mut text = format!("{}: {place}{}\n", look.paint(tone, word), problem.what);
    for line in problem.causes.iter().flat_map(|cause| cause.lines()) {
        text.push_str(&format!("  {line}\n"));
    }
    if let Some(fix) = &problem.fix {
        text.push_str(&format!("  {} {fix}\n", look.paint(Tone::Good, "fix:")));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_all_of_it_without_colours_in_a_pipe() {
        let problem = Problem::new("does not compile")
            .at("main.go", Some(3), None)
            .because("undefined: x")
            .fix("define x");
        assert_eq!(
            problem_text(&problem, false),
            "error: main.go:3: does not compile\n  undefined: x\n  fix: define x\n"
        );
        assert!(problem_text(&problem, true).contains('\u{1b}'));
    }
}
