//! Where the setting stands that a problem speaks of.

use super::layers::path_of;
use super::load::Config;
use super::tree::{Mark, Origin};
use crate::model::Problem;

/// The depth of a room's section, or of a setting beside the rooms.
const SECTION: usize = 2;

impl Config {
    /// Adds to a problem the place of the setting that asks for it: the one that it names, else the first
    /// of those in its words that somebody wrote, else its section (`step.room`). Where nobody wrote any of
    /// them, it has no place.
    #[must_use]
    pub fn placed(&self, problem: Problem, section: &str) -> Problem {
        if problem.place.is_some() {
            return problem;
        }
        let named = problem.setting.as_deref().and_then(|path| self.written(path, SECTION));
        let mark = named
            .or_else(|| words(&problem).into_iter().find_map(|path| self.written(path, usize::MAX)))
            .or_else(|| self.written(section, SECTION))
            .cloned();
        match (mark.map(|mark| mark.origin), self.file()) {
            (Some(Origin::File { line, column }), Some(file)) => {
                problem.at(file.clone(), Some(line), Some(column))
            }
            (Some(Origin::Env(name)), _) => {
                problem.because(format!("set by the environment variable {name}"))
            }
            (Some(Origin::Input(name)), _) => problem.because(format!("set by the input {name}")),
            (Some(Origin::Flag(text)), _) => problem.because(format!("set by --set {text}")),
            _ => problem,
        }
    }

    /// The mark of the deepest part of a path that somebody wrote, if that is at least so deep (or the
    /// whole path).
    fn written(&self, path: &str, least: usize) -> Option<&Mark> {
        let parts = path_of(path);
        let (mut node, mut depth) = (&self.tree, 0);
        while let Some(next) = parts.get(depth).and_then(|part| node.child(part)) {
            (node, depth) = (next, depth + 1);
        }
        let deep = depth > 0 && depth >= least.min(parts.len());
        (deep && !matches!(node.mark.origin, Origin::Default | Origin::Detected(_))).then_some(&node.mark)
    }
}

/// The paths of settings among a problem's words: what stands in backticks and has a dot.
fn words(problem: &Problem) -> Vec<&str> {
    let texts = std::iter::once(&problem.what).chain(&problem.causes).chain(&problem.fix);
    let quoted = texts.flat_map(|text| text.split('`').skip(1).step_by(2));
    quoted.filter(|word| word.contains('.') && !word.contains(char::is_whitespace)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::load::Sources;

    fn shapes() -> Vec<crate::config::section::StepShape> {
        crate::steps::shapes()
    }

    const FILE: &str = "build:\n  targets: []\n  go:\n    commands:\n      - package: cmd/x\n";

    fn place(problem: Problem, section: &str) -> String {
        let sources = Sources {
            file: Some((".release.yaml".into(), FILE.into())),
            sets: vec!["package.archive.level=3".into()],
            ..Sources::default()
        };
        let config = Config::load(sources, &shapes()).unwrap();
        config.placed(problem, section).to_string()
    }

    #[test]
    fn finds_the_setting_that_is_meant() {
        let exact = Problem::new("x").of_setting("build.go.commands.0.package");
        assert_eq!(place(exact, "build.go"), ".release.yaml:5:18: x");
        let deeper = Problem::new("x").of_setting("build.go.commands.0.binary");
        assert_eq!(place(deeper, "build.go"), ".release.yaml:5:9: x");
        assert_eq!(
            place(Problem::new("`build.targets` is empty"), "build.go"),
            ".release.yaml:2:12: `build.targets` is empty"
        );
        assert_eq!(place(Problem::new("x"), "build.go"), ".release.yaml:4:5: x");
        assert_eq!(place(Problem::new("x").fix("see `build.nothing`"), "gates.tests"), "x");
        let flag = Problem::new("x").of_setting("package.archive.level");
        assert_eq!(place(flag, "package.archive"), "x: set by --set package.archive.level=3");
    }

    #[test]
    fn a_day_that_there_is_not_is_told_once() {
        let file = "gates:\n  tests:\n    quarantine:\n      - { test: T, reason: x, owner: ann, expires: 2027-02-31 }\n";
        let sources = Sources { file: Some((".release.yaml".into(), file.into())), ..Sources::default() };
        let errors = Config::load(sources, &shapes()).err().unwrap();
        assert_eq!(
            errors.lines(),
            [
                ".release.yaml:4:52: `gates.tests.quarantine.0.expires` must be a day, but is the text `2027-02-31` \
              (write a day that there is, as in 2027-01-31)"
            ]
        );
    }
}
