//! What a gate found, one by one, as other programs want it: a verdict itself tells the first ones only.

use serde::{Deserialize, Serialize};

use crate::problem::Problem;

/// The version of [`Noted`]'s form in a file.
pub const NOTED_FORMAT: u32 = 1;

/// A tool that looked.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Looked {
    /// Its name: `govulncheck`.
    pub name: String,
    /// Its version, empty where it is not known.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub version: String,
}

/// One thing that was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Found {
    /// The rule or the advisory: `GO-2021-0113`; the gate's own name where it has no rules.
    pub rule: String,
    /// The tool that found it, one of [`Noted::tools`].
    pub tool: String,
    /// How bad it is, in tenths of a CVSS score; none for what is no weakness.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub score: Option<u8>,
    /// True if the gate fails because of it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub blocks: bool,
    /// What it is, where, and what to do.
    pub problem: Problem,
    /// A page about it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub url: String,
    /// Who let it pass, if somebody did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub let_pass: Option<LetPass>,
    /// By what the line is known again that it stands in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line_hash: Option<String>,
    /// What stands in the line that is meant, where a tool names a file alone: a package in a lock file.
    #[serde(skip)]
    pub needle: String,
}

/// Why something that was found does not count.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LetPass {
    /// True where a comment in the source says so, false where the configuration or a person does.
    pub in_source: bool,
    /// The reason.
    pub why: String,
}

/// All that a gate found.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Noted {
    /// The tools that looked, also those that found nothing.
    pub tools: Vec<Looked>,
    /// What they found.
    pub found: Vec<Found>,
    /// How many more there are than a report could hold, none worse than those that are told.
    #[serde(default)]
    pub left_out: u64,
}

impl Found {
    /// Something that fails the gate.
    #[must_use]
    pub fn blocking(rule: impl Into<String>, tool: impl Into<String>, problem: Problem) -> Self {
        Self {
            rule: rule.into(),
            tool: tool.into(),
            score: None,
            blocks: true,
            problem,
            url: String::new(),
            let_pass: None,
            line_hash: None,
            needle: String::new(),
        }
    }
}

impl Noted {
    /// What a gate says by itself, without a tool of its own.
    #[must_use]
    pub fn of(rule: &str, tool: &Looked, problems: &[Problem], blocks: bool) -> Self {
        let mut noted = Self { tools: vec![tool.clone()], ..Self::default() };
        noted.add(rule, tool, problems, blocks);
        noted
    }

    /// Adds those of these problems that are not there yet, as the gate's own.
    pub fn add(&mut self, rule: &str, tool: &Looked, problems: &[Problem], blocks: bool) {
        let known: Vec<&Problem> = self.found.iter().map(|found| &found.problem).collect();
        let known: std::collections::HashSet<(&str, String)> =
            known.into_iter().map(|problem| (problem.what.as_str(), placed(problem))).collect();
        let all = problems.iter().cloned().flat_map(Problem::each);
        let new: Vec<Found> = all
            .filter(|problem| !known.contains(&(problem.what.as_str(), placed(problem))))
            .map(|problem| Found { blocks, ..Found::blocking(rule, &tool.name, problem) })
            .collect();
        if !new.is_empty() && !self.tools.contains(tool) {
            self.tools.push(tool.clone());
        }
        self.found.extend(new);
    }
}

fn placed(problem: &Problem) -> String {
    problem.place.as_ref().map(ToString::to_string).unwrap_or_default()
}
