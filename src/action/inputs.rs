//! The Action's inputs: one table, which `action.yml` and the reference page are compared with.

/// What an input takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Takes {
    /// Any text.
    Text,
    /// `true` or `false`.
    Flag,
    /// One of these words.
    Word(&'static [&'static str]),
    /// A whole number between these two.
    Count(u16, u16),
    /// A percentage from 0 to 100.
    Percent,
    /// Several values, between commas or on lines of their own.
    List,
    /// Several lines.
    Lines,
}

impl Takes {
    /// As the reference page says it.
    #[must_use]
    pub fn words(self) -> String {
        match self {
            Self::Text => "text".into(),
            Self::Flag => "`true` or `false`".into(),
            Self::Word(words) => words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(" · "),
            Self::Count(from, to) => format!("a whole number from {from} to {to}"),
            Self::Percent => "a percentage from 0 to 100".into(),
            Self::List => "a list: one a line, or between commas".into(),
            Self::Lines => "lines of `path=value`".into(),
        }
    }
}

/// What an input stands for elsewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Maps {
    /// The command.
    Command,
    /// A flag of the command line.
    Flag(&'static str),
    /// A setting of the configuration.
    Setting(&'static str),
    /// A flag where the step is `build`, else a setting.
    Either(&'static str, &'static str),
    /// A variable of the environment.
    Variable(&'static str),
    /// The Action alone has it.
    Own(&'static str),
}

impl Maps {
    /// As the reference page says it.
    #[must_use]
    pub fn words(self) -> String {
        match self {
            Self::Command => "the command".into(),
            Self::Flag(flag) => format!("`{flag}`"),
            Self::Setting(path) => format!("the setting `{path}`"),
            Self::Either(flag, path) => {
                format!("`{flag}` with `step: build`, else the setting `{path}`")
            }
            Self::Variable(name) => format!("the variable `{name}`"),
            Self::Own(words) => words.into(),
        }
    }
}

/// One input.
#[derive(Debug, Clone, Copy)]
pub struct Input {
    /// Its name in a workflow.
    pub name: &'static str,
    /// One sentence, as `action.yml` has it.
    pub about: &'static str,
    /// Its default, as `action.yml` has it.
    pub default: Option<&'static str>,
    /// What it takes.
    pub takes: Takes,
    /// What it stands for.
    pub maps: Maps,
}

impl Input {
    /// The variable that the runner hands it over in: upper case, spaces as underscores, dashes kept.
    #[must_use]
    pub fn variable(&self) -> String {
        variable(self.name)
    }
}

/// The variable in which the runner hands over the input of this name.
#[must_use]
pub fn variable(name: &str) -> String {
    format!("{PREFIX}{}", name.replace(' ', "_").to_uppercase())
}

/// What the variables of inputs begin with.
pub const PREFIX: &str = "INPUT_";

/// What the runner passes to every container action, declared or not.
pub const OF_THE_RUNNER: [&str; 2] = ["args", "entrypoint"];

/// The words that `step` takes, beside the names of the steps.
pub const STEPS: &[&str] = &[
    "run",
    "plan",
    "rehearse",
    "rollback",
    "merge",
    "preflight",
    "gates",
    "build",
    "package",
    "scan",
    "changelog",
    "release",
    "publish",
    "verify",
    "notify",
];

const fn input(
    name: &'static str,
    default: Option<&'static str>,
    takes: Takes,
    maps: Maps,
    about: &'static str,
) -> Input {
    Input { name, about, default, takes, maps }
}

/// Every input, in the order of `action.yml`.
pub const INPUTS: &[Input] = &[
    input(
        "step",
        Some("run"),
        Takes::Word(STEPS),
        Maps::Command,
        "What to do: the whole release (run), one step of it, or plan, rehearse, rollback, merge.",
    ),
    input(
        "token",
        Some("${{ github.token }}"),
        Takes::Text,
        Maps::Variable("GITHUB_TOKEN"),
        "The token for the forge; a release needs contents: write.",
    ),
    input(
        "config",
        None,
        Takes::Text,
        Maps::Flag("--config"),
        "The configuration, relative to working-directory; without it .release.yaml or .config/release.yaml at the repository's root.",
    ),
    input(
        "working-directory",
        Some("."),
        Takes::Text,
        Maps::Flag("-C"),
        "The project's folder in the workspace; in a monorepo it chooses the project.",
    ),
    input(
        "tag",
        None,
        Takes::Text,
        Maps::Flag("--tag"),
        "The tag to release; without it the tag of the event, or the version tag at HEAD.",
    ),
    input(
        "version",
        None,
        Takes::Text,
        Maps::Flag("--version"),
        "The version to release where there is no tag yet; the tag is created when the release is published.",
    ),
    input(
        "targets",
        None,
        Takes::List,
        Maps::Either("--target", "build.targets"),
        "Platforms as os/arch: with step: build what this job builds of the plan, else all that is built at all.",
    ),
    input("from", None, Takes::Text, Maps::Flag("--from"), "With step: run, the step to begin with."),
    input(
        "only",
        None,
        Takes::List,
        Maps::Flag("--only"),
        "With step: run, only these steps and what they need.",
    ),
    input("skip", None, Takes::List, Maps::Flag("--skip"), "With step: run or rehearse, steps to leave out."),
    input(
        "snapshot",
        Some("false"),
        Takes::Flag,
        Maps::Flag("--snapshot"),
        "Make everything and let nothing leave the runner; no tag is needed.",
    ),
    input(
        "prerelease",
        Some("auto"),
        Takes::Word(&["auto", "true", "false"]),
        Maps::Setting("release.github.prerelease"),
        "Whether the release is a prerelease; auto leaves it to the configuration, and that to the version.",
    ),
    input(
        "draft",
        None,
        Takes::Flag,
        Maps::Setting("release.github.draft"),
        "Leave the release a draft, for a person to publish.",
    ),
    input(
        "coverage-minimum",
        None,
        Takes::Percent,
        Maps::Setting("gates.coverage.minimum"),
        "The least coverage of statements, in percent.",
    ),
    input(
        "fail-on",
        None,
        Takes::Text,
        Maps::Setting("gates.vulnerabilities.fail_on"),
        "The lowest severity of a vulnerability that stops the release.",
    ),
    input(
        "override",
        None,
        Takes::Text,
        Maps::Setting("gates.override.request"),
        "The request for an emergency override of gates that fail, as JSON or YAML; it counts only once it is approved.",
    ),
    input(
        "dry-run",
        Some("false"),
        Takes::Flag,
        Maps::Own("`plan` in place of the step; with `step: rollback`, `rollback` without `--yes`"),
        "Only say what would be done: nothing is built, nothing is written.",
    ),
    input(
        "set",
        None,
        Takes::Lines,
        Maps::Own("`--set`, a line each"),
        "More settings, a line each, as in build.optimise=size.",
    ),
    input(
        "jobs",
        None,
        Takes::Count(1, 1024),
        Maps::Flag("--jobs"),
        "How many tasks run at once; without it the number of cores.",
    ),
    input(
        "log-format",
        Some("human"),
        Takes::Word(&["human", "json"]),
        Maps::Flag("--log-format"),
        "How events are told.",
    ),
];

/// The input of this name.
#[must_use]
pub fn named(name: &str) -> Option<&'static Input> {
    INPUTS.iter().find(|input| input.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Step;

    #[test]
    fn variables_keep_their_dashes() {
        assert_eq!(named("dry-run").unwrap().variable(), "INPUT_DRY-RUN");
        assert_eq!(variable("a b"), "INPUT_A_B");
    }

    #[test]
    fn every_step_can_be_asked_for() {
        for step in Step::ALL {
            assert!(STEPS.contains(&step.name()), "{step}");
        }
    }

    #[test]
    fn every_setting_is_known() {
        let known = crate::config::known::Known::of(&crate::steps::shapes());
        for input in INPUTS {
            let (Maps::Setting(path) | Maps::Either(_, path)) = input.maps else { continue };
            let found = known.find(&crate::config::layers::path_of(path), false);
            assert!(found.is_ok(), "{path}");
        }
    }
}
