//! SARIF 2.1.0 (https://docs.oasis-open.org/sarif/sarif/v2.1.0/), whatever tool wrote it.

use std::collections::HashMap;
use std::io::Read;

use serde::Deserialize;
use serde::de::{Error, IgnoredAny, MapAccess};

use super::finding::{Finding, Findings, Place, Reach, Subject};
use super::kept::Kept;
use super::sarif_rules::{At, Override, Properties, Rated, Reference, Rule, Rules, Tool, passed};
use super::severity::Severity;
use super::values::{Number, Text, list_or_null, or_default, short};
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

/// The longest line of a result that waits, and what is more than any level, in characters.
const LINE: usize = 1_000;
const LONGEST_LEVEL: usize = 20;

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
    #[serde(deserialize_with = "list_or_null")]
    suppressions: Vec<Suppression>,
    baseline_state: Text,
    #[serde(deserialize_with = "or_default")]
    properties: Properties,
}

/// What is kept of a result until it is known what explains it: many may wait.
struct Waiting {
    rule_id: Text,
    rule_index: Option<i64>,
    /// Few results say more of their rule than its name and index.
    rule: Option<Box<Reference>>,
    level: Option<Text>,
    /// Its first line, of the Markdown where it has no text.
    message: String,
    location: Option<Location>,
    suppressed: bool,
    rated: Rated,
}

impl From<Hit> for Waiting {
    fn from(mut hit: Hit) -> Self {
        let mut message = [&hit.message.text, &hit.message.markdown]
            .into_iter()
            .map(Text::line)
            .find(|line| !line.is_empty())
            .unwrap_or_default();
        short(&mut message, LINE);
        if let Some(level) = &mut hit.level {
            short(&mut level.0, LONGEST_LEVEL);
        }
        Self {
            rule: (!hit.rule.is_empty()).then(|| Box::new(hit.rule)),
            suppressed: suppressed(&hit.suppressions),
            rated: hit.properties.severity(),
            rule_id: hit.rule_id,
            rule_index: hit.rule_index,
            level: hit.level,
            message,
            location: hit.locations,
        }
    }
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
    #[serde(deserialize_with = "first_error")]
    tool_execution_notifications: Option<String>,
    #[serde(deserialize_with = "first_error")]
    tool_configuration_notifications: Option<String>,
    #[serde(deserialize_with = "list_or_null")]
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

/// The words of the first error among what a tool told of itself.
fn first_error<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    let mut found = None;
    let list = each_or_null(|told: Notification| {
        if told.level.0 == "error" {
            found.get_or_insert_with(|| told.message.text.line());
        }
        Ok(())
    });
    serde::de::DeserializeSeed::deserialize(list, deserializer)?;
    Ok(found)
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
    /// What they come to, once the rules are known.
    levels: HashMap<At, String>,
    waiting: Vec<Waiting>,
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
            "tool" if run.flushed => return Err(A::Error::custom("a second tool behind the results")),
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
        let rules = run.rules.as_ref().ok_or("a run without its tool")?;
        let (driver, of) = (rules.driver(), rules.subject());
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
        let told = invocation.tool_execution_notifications.or(invocation.tool_configuration_notifications);
        if let Some(error) = told {
            return Err(format!("the tool met an error: {error}"));
        }
        if self.flushed && !invocation.rule_configuration_overrides.is_empty() {
            return Err(format!("levels are changed behind more than {WAITING} results"));
        }
        self.overrides.extend(invocation.rule_configuration_overrides);
        if self.overrides.len() > CHANGES { Err("too many levels are changed".into()) } else { Ok(()) }
    }

    fn take(&mut self, hit: Hit, kept: &mut Kept) -> Result<(), String> {
        // One that is gone is none.
        let passed = passed(&hit.kind.0, hit.level.as_ref().map(|level| level.0.as_str()))?;
        if passed || hit.baseline_state.0 == "absent" {
            return Ok(());
        }
        if let (true, Some(rules)) = (self.flushed, &self.rules) {
            // Nothing can change it any longer.
            judge(hit.into(), rules, &self.levels, kept);
            return Ok(());
        }
        self.waiting.push(hit.into());
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
        self.levels = rules.levels(&self.overrides);
        waiting.into_iter().for_each(|hit| judge(hit, rules, &self.levels, kept));
        Ok(())
    }
}

/// Keeps a hit, if it is among the worst: most of a long report are not, and nothing more is asked of them.
fn judge(hit: Waiting, rules: &Rules, levels: &HashMap<At, String>, kept: &mut Kept) {
    let at = rules.find(&hit.rule_id.0, hit.rule_index, hit.rule.as_deref());
    let rule = at.and_then(|at| rules.rule(at));
    let changed = at.and_then(|at| levels.get(&at)).map(String::as_str);
    let level = hit.level.as_ref().map(|level| level.0.as_str());
    let level = level.or(changed).or_else(|| rule?.level()).unwrap_or("warning");
    let rated = rule.map_or(Rated::Unsaid, |rule| rule.properties().severity());
    let reach = if rules.tells_reach() { reach(level) } else { None };
    let severity = match (rated, hit.rated) {
        _ if rules.subject() == Subject::Secrets => Some(Severity::Critical),
        // What a tool says of one result may be worse than what it says of the rule.
        (Rated::Is(rule), Rated::Is(result)) => Some(rule.max(result)),
        (Rated::Is(severity), _) | (_, Rated::Is(severity)) => Some(severity),
        (Rated::Unknown, _) | (_, Rated::Unknown) => None,
        // govulncheck has no severities: its levels say how near the program comes.
        (Rated::Unsaid, Rated::Unsaid) if reach.is_some() => None,
        (Rated::Unsaid, Rated::Unsaid) => Severity::of_word(level),
    };
    let judged = Finding { severity, reach, suppressed: hit.suppressed, ..Finding::default() };
    if kept.has_room_for(&judged) {
        kept.add(told(hit, rule, rules, judged));
    } else {
        kept.leave_out();
    }
}

/// The hit in words, beside what is known of it already.
fn told(hit: Waiting, rule: Option<&Rule>, rules: &Rules, judged: Finding) -> Finding {
    let id = if hit.rule_id.0.is_empty() { rule.map_or("unnamed", |rule| rule.id()) } else { &hit.rule_id.0 };
    let words = || rule.map(|rule| rule.words()).filter(|words| !words.is_empty());
    let message = match hit.message {
        // A message of these may quote what was found.
        _ if rules.subject() == Subject::Secrets => {
            format!("a secret: {}", words().unwrap_or_else(|| id.to_owned()))
        }
        line if !line.is_empty() => line,
        _ => words().unwrap_or_else(|| id.to_owned()),
    };
    let aliases = rule.into_iter().flat_map(|rule| rule.properties().aliases()).filter(|alias| *alias != id);
    Finding {
        aliases: aliases.map(str::to_owned).collect(),
        message,
        place: hit.location.and_then(|location| place(location.physical_location)),
        url: rule.map(|rule| rule.url().to_owned()).unwrap_or_default(),
        id: id.to_owned(),
        ..judged
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
