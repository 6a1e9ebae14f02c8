//! SARIF 2.1.0 (https://docs.oasis-open.org/sarif/sarif/v2.1.0/), whatever tool wrote it.

use std::io::Read;

use serde::Deserialize;
use serde::de::{Error, IgnoredAny, MapAccess};

use super::finding::{Finding, Findings, Place, Reach, Subject};
use super::kept::Kept;
use super::sarif_rules::{Override, Properties, Rated, Reference, Rules, Tool};
use super::severity::Severity;
use super::values::{Number, Text, or_default};
use crate::formats::json::{Fields, Objects, each, each_or_null, object, skip};
use crate::formats::{BadReport, Format};

/// SARIF.
pub const FORMAT: Format<Findings> = Format {
    name: "SARIF",
    is: |head| head.holds("runs[]") || (head.holds("runs") && head.holds("version")),
    read: |source| read(source),
};

/// The most results that wait for what explains them, which may stand behind them.
const WAITING: usize = 50_000;

/// The most levels that a run may change.
const CHANGES: usize = 1_000;

/// A result. Snippets, which may hold secrets, are not read.
#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct Hit {
    rule_id: Text,
    rule_index: Option<i64>,
    rule: Reference,
    kind: Text,
    level: Option<Text>,
    message: Message,
    #[serde(deserialize_with = "first")]
    locations: Option<Location>,
    #[serde(deserialize_with = "or_default")]
    suppressions: Vec<Suppression>,
    baseline_state: Text,
    #[serde(deserialize_with = "or_default")]
    properties: Properties,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Message {
    text: Text,
    markdown: Text,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct Location {
    physical_location: Physical,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct Physical {
    artifact_location: ArtifactLocation,
    region: Region,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct ArtifactLocation {
    uri: Text,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct Region {
    start_line: Number,
    start_column: Number,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Suppression {
    status: Text,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct Invocation {
    execution_successful: Option<bool>,
    #[serde(deserialize_with = "or_default")]
    tool_execution_notifications: Vec<Notification>,
    #[serde(deserialize_with = "or_default")]
    tool_configuration_notifications: Vec<Notification>,
    #[serde(deserialize_with = "or_default")]
    rule_configuration_overrides: Vec<Override>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Notification {
    level: Text,
    message: Message,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct External {
    results: Option<IgnoredAny>,
    driver: Option<IgnoredAny>,
}

/// The first of a list that may be long.
fn first<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Location>, D::Error> {
    let mut found = None;
    let list = each_or_null(|location: Location| {
        found.get_or_insert(location);
        Ok(())
    });
    serde::de::DeserializeSeed::deserialize(list, deserializer)?;
    Ok(found)
}

#[derive(Default)]
struct Report {
    version: Text,
    runs: u64,
    run: Run,
    kept: Kept,
    tools: Vec<(String, String)>,
    subject: Option<Subject>,
}

#[derive(Default)]
struct Run {
    rules: Option<Rules>,
    overrides: Vec<Override>,
    waiting: Vec<Hit>,
    flushed: bool,
    results: bool,
}

impl Fields for Report {
    fn field<'de, A: MapAccess<'de>>(&mut self, name: &str, map: &mut A) -> Result<(), A::Error> {
        match name {
            "version" => self.version = map.next_value()?,
            "runs" => self.runs += map.next_value_seed(Objects(&mut Runs(self)))?,
            "inlineExternalProperties" => {
                return Err(A::Error::custom(
                    "it keeps results apart (`inlineExternalProperties`), which is not read",
                ));
            }
            _ => skip(map)?,
        }
        Ok(())
    }
}

struct Runs<'a>(&'a mut Report);

impl Fields for Runs<'_> {
    fn begin(&mut self) {
        self.0.run = Run::default();
    }

    fn field<'de, A: MapAccess<'de>>(&mut self, name: &str, map: &mut A) -> Result<(), A::Error> {
        let Report { run, kept, .. } = &mut *self.0;
        match name {
            "tool" => run.rules = Some(Rules::of(map.next_value::<Tool>()?).map_err(A::Error::custom)?),
            "invocations" => {
                map.next_value_seed(each(|invocation| run.invoked(invocation)))?;
            }
            "results" => {
                map.next_value_seed(each(|hit| run.take(hit, kept)))?;
                run.results = true;
            }
            "externalPropertyFileReferences" => {
                let external = map.next_value::<Option<External>>()?.unwrap_or_default();
                if external.results.is_some() || external.driver.is_some() {
                    return Err(A::Error::custom(
                        "its results or rules are in another file, which is not read",
                    ));
                }
            }
            _ => skip(map)?,
        }
        Ok(())
    }

    fn end(&mut self) -> Result<(), String> {
        let Report { run, kept, tools, subject, .. } = &mut *self.0;
        if !run.results {
            return Err("a run without `results`: nothing was looked at".into());
        }
        run.flush(kept)?;
        let driver = run.rules.as_ref().ok_or("a run without its tool")?.driver();
        let of = subject_of(&driver.name.0);
        // Several tools in one file: the strictest gate takes it.
        *subject = Some(subject.map_or(of, |known| known.min(of)));
        let tool = (driver.name.0.clone(), driver.version().to_owned());
        if tools.len() < 20 && !tools.contains(&tool) {
            tools.push(tool);
        }
        Ok(())
    }
}

impl Run {
    fn invoked(&mut self, invocation: Invocation) -> Result<(), String> {
        if invocation.execution_successful == Some(false) {
            return Err("the tool says itself that it failed (`executionSuccessful`)".into());
        }
        let mut told = invocation
            .tool_execution_notifications
            .iter()
            .chain(&invocation.tool_configuration_notifications);
        if let Some(error) = told.find(|notification| notification.level.0 == "error") {
            return Err(format!("the tool met an error: {}", error.message.text.line()));
        }
        if self.flushed && !invocation.rule_configuration_overrides.is_empty() {
            return Err(format!("levels are changed behind more than {WAITING} results"));
        }
        self.overrides.extend(invocation.rule_configuration_overrides);
        if self.overrides.len() > CHANGES { Err("too many levels are changed".into()) } else { Ok(()) }
    }

    fn take(&mut self, hit: Hit, kept: &mut Kept) -> Result<(), String> {
        // Only a failure is a finding, and one that is gone is none.
        let fails = matches!(hit.kind.0.as_str(), "" | "fail");
        if !fails || hit.baseline_state.0 == "absent" {
            return Ok(());
        }
        self.waiting.push(hit);
        if self.waiting.len() < WAITING {
            return Ok(());
        }
        if self.rules.is_none() {
            return Err(format!("more than {WAITING} results stand before the tool that explains them"));
        }
        self.flushed = true;
        self.flush(kept)
    }

    fn flush(&mut self, kept: &mut Kept) -> Result<(), String> {
        let waiting = std::mem::take(&mut self.waiting);
        let rules = self.rules.as_ref().filter(|rules| !rules.driver().name.0.is_empty());
        let rules = rules.ok_or("a run without the name of its tool")?;
        waiting.into_iter().for_each(|hit| kept.add(finding(hit, rules, &self.overrides)));
        Ok(())
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

fn finding(hit: Hit, rules: &Rules, overrides: &[Override]) -> Finding {
    let tool = rules.driver().name.0.as_str();
    let rule = rules.find(&hit.rule_id.0, hit.rule_index, &hit.rule);
    let changed = rule.and_then(|rule| overrides.iter().find_map(|change| change.level_of(rule, rules)));
    let level = hit.level.as_ref().map(|level| level.0.as_str());
    let level = level.or(changed).or_else(|| rule?.level()).unwrap_or("warning");
    let own = hit.properties.severity();
    let rated = rule.map_or(Rated::Unsaid, |rule| rule.properties().severity());
    let subject = subject_of(tool);
    let reach = if tool.eq_ignore_ascii_case("govulncheck") { reach(level) } else { None };
    let severity = match (rated, own) {
        _ if subject == Subject::Secrets => Some(Severity::Critical),
        (Rated::Is(severity), _) | (_, Rated::Is(severity)) => Some(severity),
        (Rated::Unknown, _) | (_, Rated::Unknown) => None,
        // govulncheck has no severities: its levels say how near the program comes.
        (Rated::Unsaid, Rated::Unsaid) if reach.is_some() => None,
        (Rated::Unsaid, Rated::Unsaid) => Severity::of_word(level),
    };
    let id = if hit.rule_id.0.is_empty() { rule.map_or("unnamed", |rule| rule.id()) } else { &hit.rule_id.0 };
    let words = || rule.map(|rule| rule.words()).filter(|words| !words.is_empty());
    let message = match [hit.message.text.line(), hit.message.markdown.line()] {
        // A message of these may quote what was found.
        _ if subject == Subject::Secrets => format!("a secret: {}", words().unwrap_or_else(|| id.to_owned())),
        [text, _] if !text.is_empty() => text,
        [_, markdown] if !markdown.is_empty() => markdown,
        _ => words().unwrap_or_else(|| id.to_owned()),
    };
    let aliases = rule.into_iter().flat_map(|rule| rule.properties().aliases()).filter(|alias| *alias != id);
    Finding {
        aliases: aliases.map(str::to_owned).collect(),
        severity,
        message,
        place: hit.locations.and_then(|location| place(location.physical_location)),
        reach,
        suppressed: suppressed(&hit.suppressions),
        url: rule.map(|rule| rule.url().to_owned()).unwrap_or_default(),
        id: id.to_owned(),
        ..Finding::default()
    }
}

fn reach(level: &str) -> Option<Reach> {
    match level {
        "warning" => Some(Reach::Imported),
        "note" => Some(Reach::Required),
        _ => Some(Reach::Called),
    }
}

/// Let pass by its author, and nobody has yet to agree or has disagreed (§3.35.3).
fn suppressed(suppressions: &[Suppression]) -> bool {
    let open = |it: &Suppression| matches!(it.status.0.as_str(), "underReview" | "rejected");
    !suppressions.is_empty() && !suppressions.iter().any(open)
}

fn place(physical: Physical) -> Option<Place> {
    let uri = physical.artifact_location.uri.0;
    let path = uri.strip_prefix("file://").unwrap_or(&uri);
    let file = percent_encoding::percent_decode_str(path).decode_utf8_lossy().replace('\\', "/");
    let Region { start_line, start_column } = physical.region;
    (!file.is_empty()).then_some(Place { file, line: start_line.0, column: start_column.0 })
}

fn read(source: impl Read) -> Result<Findings, BadReport> {
    let mut report = Report::default();
    object(source, &mut report)?;
    if !report.version.0.starts_with("2.1.") {
        return Err(BadReport::at(0, format!("its version is `{}`; 2.1.0 is known", report.version.0)));
    }
    if report.runs == 0 {
        return Err(BadReport::at(0, "it has no run: nothing was looked at"));
    }
    let tools: Vec<&str> = report.tools.iter().map(|(name, _)| name.as_str()).collect();
    let version = if let [(_, version)] = report.tools.as_slice() { version.as_str() } else { "" };
    Ok(report.kept.finish(report.subject.unwrap_or_default(), &tools.join(", "), version, None))
}
