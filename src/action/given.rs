//! The inputs of one run: read from `INPUT_*`, each checked against its type, wrong ones named.

use std::collections::BTreeMap;

use crate::config::known::Known;
use crate::config::layers::path_of;
use crate::config::words::nearest;
use crate::kit::threshold::Percent;
use crate::model::{Problem, Step};

use super::inputs::{INPUTS, Input, OF_THE_RUNNER, PREFIX, Takes, variable};

/// The inputs that were given; what is empty is not given.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Given {
    values: BTreeMap<&'static str, String>,
    /// Worth telling: inputs that do not exist.
    pub warnings: Vec<Problem>,
}

impl Given {
    /// Reads the inputs among these variables, and checks each against its type.
    ///
    /// # Errors
    ///
    /// Every input that cannot be what it is.
    pub fn read<'a>(vars: impl Iterator<Item = (&'a str, &'a str)>) -> Result<Self, Vec<Problem>> {
        let mut given = Self::default();
        let mut wrong = Vec::new();
        for (name, value) in vars {
            let Some(rest) = name.strip_prefix(PREFIX) else { continue };
            let value = value.trim();
            if value.is_empty() {
                continue;
            }
            match INPUTS.iter().find(|input| input.variable() == name) {
                // Read where it is used, as a secret: it has no place among plain texts.
                Some(input) if input.name == "token" => {}
                Some(input) => match fault(input, value) {
                    None => drop(given.values.insert(input.name, value.to_owned())),
                    Some(problem) => wrong.push(problem),
                },
                None => given.warnings.extend(unknown(rest)),
            }
        }
        if wrong.is_empty() { Ok(given) } else { Err(wrong) }
    }

    /// The text of an input.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(String::as_str)
    }

    /// Whether a flag is given and true.
    #[must_use]
    pub fn is_on(&self, name: &str) -> bool {
        self.text(name).and_then(flag) == Some(true)
    }

    /// The values of a list.
    #[must_use]
    pub fn list(&self, name: &str) -> Vec<String> {
        let parts = self.text(name).unwrap_or_default().split([',', '\n']);
        parts.map(str::trim).filter(|part| !part.is_empty()).map(str::to_owned).collect()
    }

    /// The lines of an input.
    #[must_use]
    pub fn lines(&self, name: &str) -> Vec<String> {
        let lines = self.text(name).unwrap_or_default().lines();
        lines.map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect()
    }

    /// The steps in a list.
    #[must_use]
    pub fn steps(&self, name: &str) -> Vec<Step> {
        // `read` has refused what is no step.
        self.list(name).iter().filter_map(|name| name.parse().ok()).collect()
    }

    /// A number.
    #[must_use]
    pub fn count(&self, name: &str) -> Option<u16> {
        self.text(name)?.parse().ok()
    }

    /// The settings among the inputs, as path, input and value, in the order in which they count.
    #[must_use]
    pub fn settings(&self, builds_only: bool) -> Vec<(String, String, String)> {
        let mut settings = Vec::new();
        let mut add = |path: &str, input: &str, value: String| {
            settings.push((path.to_owned(), input.to_owned(), value));
        };
        if !builds_only && self.text("targets").is_some() {
            add("build.targets", "targets", self.list("targets").join(","));
        }
        match self.text("prerelease") {
            Some("true") => add("release.github.prerelease", "prerelease", "always".into()),
            Some("false") => add("release.github.prerelease", "prerelease", "never".into()),
            _ => {}
        }
        if self.text("draft").is_some() {
            add("release.github.draft", "draft", self.is_on("draft").to_string());
        }
        for (name, path) in [
            ("coverage-minimum", "gates.coverage.minimum"),
            ("fail-on", "gates.vulnerabilities.fail_on"),
            ("override", "gates.override.request"),
        ] {
            if let Some(text) = self.text(name) {
                add(path, name, text.to_owned());
            }
        }
        // Last, since it is the most exact of them.
        for line in self.lines("set") {
            if let Some((path, value)) = line.split_once('=') {
                add(path.trim(), "set", value.trim().to_owned());
            }
        }
        settings
    }
}

/// The first of these settings that the configuration does not know, if it is of an input with a name of its own;
/// a stray path in `set` is told by the configuration.
#[must_use]
pub fn unmet(settings: &[(String, String, String)], known: &Known) -> Option<Problem> {
    let lost = |(path, input, _): &&(String, String, String)| {
        input != "set" && known.find(&path_of(path), false).is_err()
    };
    let (path, input, _) = settings.iter().find(lost)?;
    Some(
        Problem::new(format!("the input `{input}` cannot be met"))
            .because(format!("this version of release-action has no setting `{path}`"))
            .fix(format!("take `{input}` out, or use a version that has it")),
    )
}

/// A flag as the runner's own toolkit reads it.
fn flag(text: &str) -> Option<bool> {
    match text {
        "true" | "True" | "TRUE" => Some(true),
        "false" | "False" | "FALSE" => Some(false),
        _ => None,
    }
}

/// What is wrong with an input's value.
fn fault(input: &Input, value: &str) -> Option<Problem> {
    let is = |fix: String| {
        Some(Problem::new(format!("the input `{}` is `{}`", input.name, short(value))).fix(fix))
    };
    let steps = |parts: &[String]| {
        let stray = parts.iter().find(|part| part.parse::<Step>().is_err())?;
        let near = nearest(stray, Step::ALL.map(Step::name));
        let meant = near.map(|near| format!("did you mean `{near}`? ")).unwrap_or_default();
        is(format!("{meant}the steps are: {}", Step::ALL.map(Step::name).join(" ")))
    };
    match input.takes {
        Takes::Text if input.name == "from" => steps(&[value.to_owned()]),
        Takes::List if input.name != "targets" => {
            let parts: Vec<String> = value.split([',', '\n']).map(|part| part.trim().to_owned()).collect();
            steps(&parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>())
        }
        Takes::Text | Takes::List => None,
        Takes::Flag => {
            flag(value).is_none().then(|| is(format!("write `{0}: true` or `{0}: false`", input.name)))?
        }
        Takes::Word(words) if words.contains(&value) => None,
        Takes::Word(words) => {
            let meant = nearest(value, words.iter().copied());
            let meant = meant.map(|near| format!("did you mean `{near}`? ")).unwrap_or_default();
            is(format!("{meant}`{}` takes: {}", input.name, words.join(" ")))
        }
        Takes::Count(from, to) => {
            let good = value.parse::<u16>().is_ok_and(|count| (from..=to).contains(&count));
            (!good).then(|| is(format!("give a whole number from {from} to {to}")))?
        }
        Takes::Percent => match Percent::parse(value) {
            Ok(_) => None,
            Err(_) => is("give a percentage from 0 to 100, as in 85 or 92.5".into()),
        },
        Takes::Lines => {
            let stray = value.lines().map(str::trim).find(|line| !line.is_empty() && !line.contains('='))?;
            let what = format!("the input `{}` has the line `{}`", input.name, short(stray));
            Some(Problem::new(what).fix("write `path=value`, as in gates.coverage.minimum=90"))
        }
    }
}

/// A warning for an input that does not exist; none for what the runner itself passes.
fn unknown(rest: &str) -> Option<Problem> {
    let name = rest.to_lowercase();
    if OF_THE_RUNNER.contains(&name.as_str()) {
        return None;
    }
    let near = nearest(&name, INPUTS.iter().map(|input| input.name));
    let fix = match near {
        // The variable has the underscore of a shell or of a space, the input the dash.
        Some(near) => format!("did you mean `{near}`? The runner hands it over as {}", variable(near)),
        None => {
            let all: Vec<&str> = INPUTS.iter().map(|input| input.name).collect();
            format!("the inputs are: {}", all.join(" "))
        }
    };
    Some(Problem::new(format!("there is no input `{}`: it is passed over", short(&name))).fix(fix))
}

fn short(text: &str) -> String {
    let line = text.lines().next().unwrap_or_default();
    match line.char_indices().nth(60) {
        Some((end, _)) => format!("{}…", line.get(..end).unwrap_or_default()),
        None => line.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(vars: &[(&str, &str)]) -> Result<Given, Vec<Problem>> {
        Given::read(vars.iter().copied())
    }

    #[test]
    fn lists_are_read_from_lines_and_commas() {
        let given = read(&[
            ("INPUT_TARGETS", "linux/amd64, linux/arm64\n  darwin/arm64\n\n"),
            ("INPUT_SKIP", "notify\nverify"),
            ("INPUT_DRY-RUN", "True"),
            ("INPUT_TAG", "  "),
            ("PATH", "/bin"),
        ])
        .unwrap();
        assert_eq!(given.list("targets"), ["linux/amd64", "linux/arm64", "darwin/arm64"]);
        assert_eq!(given.steps("skip"), [Step::Notify, Step::Verify]);
        assert!(given.is_on("dry-run"));
        assert_eq!(given.text("tag"), None, "empty is not given");
        assert_eq!(given.warnings, []);
    }

    #[test]
    fn every_wrong_value_is_told_with_its_input() {
        let wrong = read(&[
            ("INPUT_STEP", "realese"),
            ("INPUT_SNAPSHOT", "yes"),
            ("INPUT_JOBS", "0"),
            ("INPUT_COVERAGE-MINIMUM", "101"),
            ("INPUT_ONLY", "build,gate"),
            ("INPUT_FROM", "begin"),
            ("INPUT_SET", "a=b\nnothing"),
            ("INPUT_LOG-FORMAT", "xml"),
        ])
        .unwrap_err();
        let said: String = wrong.iter().map(|problem| format!("{problem} {:?}\n", problem.fix)).collect();
        for name in ["step", "snapshot", "jobs", "coverage-minimum", "only", "from", "set", "log-format"] {
            assert!(said.contains(&format!("the input `{name}`")), "{name}: {said}");
        }
        assert!(said.contains("did you mean `release`?") && said.contains("did you mean `gates`?"), "{said}");
    }

    #[test]
    fn an_input_that_does_not_exist_is_told_with_the_nearest() {
        let given = read(&[
            ("INPUT_DRY_RUN", "true"),
            ("INPUT_ARGS", "x"),
            ("INPUT_ENTRYPOINT", "y"),
            ("INPUT_Q", "1"),
        ])
        .unwrap();
        assert_eq!(given.warnings.len(), 2);
        assert!(given.warnings[0].fix.as_ref().unwrap().contains("did you mean `dry-run`?"));
        assert!(!given.is_on("dry-run"));
        assert!(given.warnings[1].fix.as_ref().unwrap().contains("the inputs are: step token"));
    }

    #[test]
    fn settings_keep_the_name_of_their_input() {
        let given = read(&[
            ("INPUT_PRERELEASE", "false"),
            ("INPUT_DRAFT", "TRUE"),
            ("INPUT_COVERAGE-MINIMUM", "90"),
            ("INPUT_SET", "gates.coverage.minimum=91\nrelease.github.name = a=b"),
            ("INPUT_TARGETS", "linux/amd64\nlinux/arm64"),
        ])
        .unwrap();
        let row =
            |path: &str, input: &str, value: &str| (path.to_owned(), input.to_owned(), value.to_owned());
        let common = [
            row("release.github.prerelease", "prerelease", "never"),
            row("release.github.draft", "draft", "true"),
            row("gates.coverage.minimum", "coverage-minimum", "90"),
            row("gates.coverage.minimum", "set", "91"),
            row("release.github.name", "set", "a=b"),
        ];
        assert_eq!(given.settings(true), common);
        assert_eq!(given.settings(false)[0], row("build.targets", "targets", "linux/amd64,linux/arm64"));
        let auto = read(&[("INPUT_PRERELEASE", "auto")]).unwrap();
        assert_eq!(auto.settings(false), [], "auto leaves it to the configuration");
    }
}
