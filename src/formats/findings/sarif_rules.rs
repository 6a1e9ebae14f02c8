//! The rules of a SARIF run: which one a result means, and what it says of severity (SARIF 2.1.0 §3.49, §3.52).

use std::collections::HashMap;

use serde::de::DeserializeSeed as _;
use serde::{Deserialize, Deserializer};

use super::finding::Subject;
use super::severity::Severity;
use super::values::{Score, Text, line, list_or_null, or_default, texts};
use crate::formats::json::each_or_null;

/// The most rules of a run, as GitHub takes them.
const MOST: usize = 25_000;

/// In how many parts a name is looked up by its beginnings: `CA1000/1` has two.
const MOST_PARTS: usize = 32;

/// Where a rule is: its component (0 is the tool itself) and its index in it.
pub type At = (usize, usize);

/// A rule, a tool's or an extension's.
#[derive(Debug, Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
pub struct Rule {
    id: Text,
    guid: Text,
    short_description: Words,
    help_uri: Text,
    default_configuration: Configuration,
    #[serde(deserialize_with = "or_default")]
    properties: Properties,
}

#[derive(Debug, Deserialize, Default)]
#[serde(default)]
struct Words {
    text: Text,
}

#[derive(Debug, Deserialize, Default)]
#[serde(default)]
struct Configuration {
    level: Option<Text>,
}

/// What tools add to a rule or a result.
#[derive(Debug, Deserialize, Default)]
#[serde(default)]
pub struct Properties {
    #[serde(rename = "security-severity")]
    score: Score,
    tags: Tags,
}

/// Those tags that say something: words of the scale of severity, and names of advisories.
#[derive(Debug, Default)]
struct Tags(Vec<String>);

const WORDS: [&str; 5] = ["UNKNOWN", "CRITICAL", "HIGH", "MEDIUM", "LOW"];
/// The most tags that are kept of a rule, and their length in bytes: each result of the rule takes them over.
const MOST_NAMES: usize = 20;
const LONGEST_NAME: usize = 64;

const NAMES: [&str; 4] = ["CVE-", "GHSA-", "GO-", "RUSTSEC-"];

impl<'de> Deserialize<'de> for Tags {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut said = Vec::new();
        texts(deserializer, |tag| {
            let says = WORDS.contains(&tag) || NAMES.iter().any(|name| tag.starts_with(name));
            if says && tag.len() <= LONGEST_NAME && said.len() < MOST_NAMES {
                said.push(tag.to_owned());
            }
        })?;
        Ok(Self(said))
    }
}

impl Properties {
    /// A word of the scale among the tags goes before a number, which some tools make from the word.
    pub fn severity(&self) -> Rated {
        let word = self.tags.0.iter().find_map(|tag| match tag.as_str() {
            "UNKNOWN" => Some(Rated::Unknown),
            word @ ("CRITICAL" | "HIGH" | "MEDIUM" | "LOW") => Severity::of_word(word).map(Rated::Is),
            _ => None,
        });
        match (word, &self.score) {
            (Some(rated), _) => rated,
            (None, Score::None) => Rated::Unsaid,
            (None, score) => score.severity().map_or(Rated::Unknown, Rated::Is),
        }
    }

    /// Other names in the tags: CVE-…, GHSA-….
    pub fn aliases(&self) -> impl Iterator<Item = &str> {
        let tags = self.tags.0.iter().map(String::as_str);
        tags.filter(|tag| NAMES.iter().any(|name| tag.starts_with(name)))
    }
}

/// What a rule or a result says of its severity.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rated {
    /// Nothing: the level counts.
    Unsaid,
    /// That it is not known.
    Unknown,
    /// This.
    Is(Severity),
}

/// What a result says of its rule.
#[derive(Debug, Deserialize, Default, PartialEq, Eq)]
#[serde(default, rename_all = "camelCase")]
pub struct Reference {
    id: Text,
    guid: Text,
    index: Option<i64>,
    tool_component: Component,
}

impl Reference {
    /// True where it says nothing.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

#[derive(Debug, Deserialize, Default, PartialEq, Eq)]
#[serde(default)]
struct Component {
    index: Option<i64>,
    guid: Text,
    name: Text,
}

/// A tool or an extension.
#[derive(Debug, Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
pub struct Driver {
    /// Its name.
    pub name: Text,
    version: Text,
    semantic_version: Text,
    guid: Text,
    #[serde(deserialize_with = "list_or_null")]
    rules: Vec<Rule>,
}

impl Driver {
    /// Its version as it writes it.
    pub fn version(&self) -> &str {
        if self.semantic_version.0.is_empty() { &self.version.0 } else { &self.semantic_version.0 }
    }
}

/// The tool of a run.
#[derive(Debug, Deserialize, Default)]
#[serde(default)]
pub struct Tool {
    /// The tool itself.
    pub driver: Driver,
    #[serde(deserialize_with = "extensions")]
    extensions: Vec<Driver>,
}

/// The extensions of a tool, as long as they have no more rules together than a run may have.
fn extensions<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Driver>, D::Error> {
    let (mut held, mut rules) = (Vec::new(), 0);
    let take = each_or_null(|extension: Driver| {
        // One without rules is no lighter than one with a rule.
        rules += extension.rules.len().max(1);
        held.push(extension);
        if rules > MOST { Err(too_many()) } else { Ok(()) }
    });
    take.deserialize(deserializer)?;
    Ok(held)
}

fn too_many() -> String {
    format!("more than {MOST} rules in a run")
}

/// The rules of a run by what results call them.
#[derive(Debug, Default)]
pub struct Rules {
    tool: Tool,
    subject: Subject,
    tells_reach: bool,
    by_id: HashMap<String, Vec<At>>,
    by_guid: HashMap<String, At>,
}

impl Rules {
    /// The rules of a tool.
    pub fn of(tool: Tool) -> Result<Self, String> {
        let components = || std::iter::once(&tool.driver).chain(&tool.extensions);
        if components().map(|component| component.rules.len()).sum::<usize>() > MOST {
            return Err(too_many());
        }
        let mut by_id: HashMap<String, Vec<At>> = HashMap::new();
        let mut by_guid = HashMap::new();
        for (at, component) in components().enumerate() {
            for (index, rule) in component.rules.iter().enumerate() {
                by_id.entry(rule.id.0.clone()).or_default().push((at, index));
                if !rule.guid.0.is_empty() {
                    by_guid.entry(rule.guid.0.clone()).or_insert((at, index));
                }
            }
        }
        let name = &tool.driver.name.0;
        let (subject, tells_reach) = (subject_of(name), name.eq_ignore_ascii_case("govulncheck"));
        Ok(Self { by_id, by_guid, subject, tells_reach, tool })
    }

    /// What the tool is for.
    pub fn subject(&self) -> Subject {
        self.subject
    }

    /// Whether a level says how near the program comes to what was found.
    pub fn tells_reach(&self) -> bool {
        self.tells_reach
    }

    /// The tool itself.
    pub fn driver(&self) -> &Driver {
        &self.tool.driver
    }

    fn component(&self, at: usize) -> Option<&Driver> {
        if at == 0 { Some(&self.tool.driver) } else { self.tool.extensions.get(at - 1) }
    }

    /// The rule at a place that [`Rules::find`] told.
    pub fn rule(&self, (at, index): At) -> Option<&Rule> {
        self.component(at)?.rules.get(index)
    }

    /// The levels that overrides give to rules, the first for each; those behind it say nothing.
    pub fn levels(&self, overrides: &[Override]) -> HashMap<At, String> {
        let mut levels = HashMap::new();
        for Override { configuration, descriptor } in overrides {
            if let (Some(level), Some(at)) = (&configuration.level, self.find("", None, Some(descriptor))) {
                levels.entry(at).or_insert_with(|| level.0.clone());
            }
        }
        levels
    }

    /// Where the rule is that a result means. The name goes before the index, which some tools take before they sort.
    pub fn find(&self, rule_id: &str, rule_index: Option<i64>, reference: Option<&Reference>) -> Option<At> {
        let guid = reference.map(|reference| reference.guid.0.as_str()).filter(|guid| !guid.is_empty());
        if let Some(&place) = guid.and_then(|guid| self.by_guid.get(guid)) {
            return Some(place);
        }
        let of_reference = reference.map_or("", |reference| reference.id.0.as_str());
        let id = if rule_id.is_empty() { of_reference } else { rule_id };
        let component = reference.map_or(Some(0), |reference| self.component_of(&reference.tool_component));
        let index = reference.and_then(|reference| reference.index).or(rule_index);
        let index = index.and_then(|index| usize::try_from(index).ok());
        let by_index = component.zip(index).and_then(|at| Some((at, self.rule(at)?)));
        if let Some((at, _)) = by_index.filter(|(_, rule)| id.is_empty() || names(&rule.id.0, id)) {
            return Some(at);
        }
        let shorter: Vec<usize> = id.match_indices('/').map(|(end, _)| end).take(MOST_PARTS).collect();
        let ends = std::iter::once(id.len()).chain(shorter.into_iter().rev()).filter(|end| *end > 0);
        let places = ends.into_iter().find_map(|end| self.by_id.get(&id[..end]))?;
        places.iter().find(|(at, _)| Some(*at) == component).or(places.first()).copied()
    }

    /// The tool itself, unless an extension is named; none where it names one that is not there.
    fn component_of(&self, component: &Component) -> Option<usize> {
        let named = |it: &Driver| {
            (!component.guid.0.is_empty() && it.guid == component.guid)
                || (!component.name.0.is_empty() && it.name == component.name)
        };
        match component.index {
            Some(index) if index >= 0 => usize::try_from(index).ok()?.checked_add(1),
            _ if component.guid.0.is_empty() && component.name.0.is_empty() => Some(0),
            _ => (0..=self.tool.extensions.len()).find(|&at| self.component(at).is_some_and(named)),
        }
    }
}

/// What a tool is for, by its name; who is not known is taken for the strictest.
fn subject_of(tool: &str) -> Subject {
    const SECRETS: &[&str] =
        &["gitleaks", "trufflehog", "detect-secrets", "ggshield", "noseyparker", "betterleaks"];
    const LINT: &[&str] = &[
        "clippy",
        "golangci-lint",
        "eslint",
        "ruff",
        "pylint",
        "flake8",
        "staticcheck",
        "revive",
        "actionlint",
        "biome",
        "shellcheck",
        "checkstyle",
        "pmd",
        "detekt",
        "ktlint",
        "hadolint",
    ];
    let tool = tool.to_ascii_lowercase();
    if SECRETS.contains(&tool.as_str()) {
        Subject::Secrets
    } else if LINT.contains(&tool.as_str()) {
        Subject::Lint
    } else {
        Subject::Security
    }
}

/// Whether a result of this `kind` is no finding. What is not decided (`open`, `review`) did not pass, nor did what has
/// a level beside `none`, which one that passed never has (SARIF 2.1.0, 3.27.10).
///
/// # Errors
///
/// If SARIF has no such kind.
pub(super) fn passed(kind: &str, level: Option<&str>) -> Result<bool, String> {
    match kind {
        "" | "fail" | "open" | "review" => Ok(false),
        "pass" | "notApplicable" | "informational" => Ok(matches!(level, None | Some("" | "none"))),
        _ => Err(format!("`{}` as the `kind` of a result is none that SARIF has", line(kind))),
    }
}

/// True where a result's `CA1000/1` means the rule `CA1000`, or the rule itself.
fn names(rule: &str, id: &str) -> bool {
    id == rule || id.strip_prefix(rule).is_some_and(|rest| rest.starts_with('/'))
}

impl Rule {
    /// Its name.
    pub fn id(&self) -> &str {
        &self.id.0
    }

    /// Its level where a result states none.
    pub fn level(&self) -> Option<&str> {
        self.default_configuration.level.as_ref().map(|level| level.0.as_str())
    }

    /// One line for people.
    pub fn words(&self) -> String {
        self.short_description.text.line()
    }

    /// A page about it.
    pub fn url(&self) -> &str {
        &self.help_uri.0
    }

    /// What was added to it.
    pub fn properties(&self) -> &Properties {
        &self.properties
    }
}

/// A level that a run was given for a rule.
#[derive(Debug, Deserialize, Default)]
#[serde(default)]
pub struct Override {
    configuration: Configuration,
    descriptor: Reference,
}
