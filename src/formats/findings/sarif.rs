//! SARIF 2.1.0 (https://docs.oasis-open.org/sarif/sarif/v2.1.0/), whatever tool wrote it.

use std::collections::{BTreeSet, HashMap};
use std::io::Read;

use serde::Deserialize;
use serde::de::{Error, IgnoredAny, MapAccess};

use super::finding::{Finding, Findings, Reach, Subject};
use super::kept::Kept;
use super::sarif_result::{Hit, Message, Told, Waiting};
use super::sarif_rules::{At, Override, Rated, Rule, Rules, Tool, passed};
use super::severity::Severity;
use super::values::{Text, Words, list_or_null};
use crate::formats::json::{Fields, Looked, Objects, Takes, each, each_or_null, object, skip};
use crate::formats::{BadReport, Format, Made};

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
    process_start_failure_message: Text,
    end_time_utc: Text,
}

/// Where in a repository it looked (SARIF 2.1.0, 3.28).
#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct Provenance {
    revision_id: Text,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Notification {
    level: Text,
    message: Message<Text>,
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

/// The most commits that all runs together are of.
const REVISIONS: usize = 1_000;

#[derive(Default)]
struct Report {
    version: Text,
    runs: u64,
    run: Run,
    kept: Kept,
    tools: Vec<(String, String)>,
    subject: Option<Subject>,
    made: Option<Made>,
    /// The commits that each run is of.
    revisions: BTreeSet<BTreeSet<String>>,
    told: usize,
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
    revisions: BTreeSet<String>,
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
        let Report { run, kept, made, told, .. } = &mut *self.0;
        match name {
            "tool" if run.flushed => return Err(A::Error::custom("a second tool behind the results")),
            "tool" => run.rules = Some(Rules::of(map.next_value::<Tool>()?).map_err(A::Error::custom)?),
            "invocations" => {
                map.next_value_seed(each(|invocation: Invocation| {
                    let told = Made::told(&invocation.end_time_utc.0);
                    *made = Made::and(*made, told.map_err(|why| format!("`endTimeUtc`: {why}"))?);
                    run.invoked(invocation)
                }))?;
            }
            "versionControlProvenance" => {
                map.next_value_seed(each_or_null(|of: Provenance| {
                    if !of.revision_id.0.is_empty() {
                        *told += usize::from(run.revisions.insert(of.revision_id.0));
                    }
                    if *told > REVISIONS { Err("it is of too many commits".into()) } else { Ok(()) }
                }))?;
            }
            "results" => {
                map.next_value_seed(Looked(&mut Results { run, kept }))?;
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
        let Report { run, kept, tools, subject, revisions, .. } = &mut *self.0;
        if !run.results {
            return Err("a run without `results`: nothing was looked at".into());
        }
        run.flush(kept)?;
        if !run.revisions.is_empty() {
            revisions.insert(std::mem::take(&mut run.revisions));
        }
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
        if !invocation.process_start_failure_message.0.is_empty() {
            let why = invocation.process_start_failure_message.line();
            return Err(format!("the tool could not be started: {why}"));
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

    fn take<T: AsRef<str>>(&mut self, hit: Hit<T>, kept: &mut Kept) -> Result<(), String> {
        // One that is gone is none.
        if passed(hit.kind.as_ref(), hit.level())? || hit.is_absent() {
            return Ok(());
        }
        if let (true, Some(rules)) = (self.flushed, &self.rules) {
            // Nothing can change it any longer.
            judge(&hit, rules, &self.levels, kept);
            return Ok(());
        }
        self.waiting.push(hit.waiting());
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
        waiting.into_iter().for_each(|hit| judge(&hit, rules, &self.levels, kept));
        Ok(())
    }
}

/// The results of a run.
struct Results<'a> {
    run: &'a mut Run,
    kept: &'a mut Kept,
}

impl Takes for Results<'_> {
    type Held = Hit<Text>;

    fn look(&mut self, element: &str) -> Option<Result<(), String>> {
        serde_json::from_str::<Hit<Words>>(element).ok().map(|hit| self.run.take(hit, self.kept))
    }

    fn take(&mut self, hit: Hit<Text>) -> Result<(), String> {
        self.run.take(hit, self.kept)
    }
}

/// Keeps a hit, if it is among the worst: most of a long report are not, and nothing more is asked of them.
fn judge(hit: &impl Told, rules: &Rules, levels: &HashMap<At, String>, kept: &mut Kept) {
    let at = rules.find(hit.rule_id(), hit.rule_index(), hit.rule());
    let rule = at.and_then(|at| rules.rule(at));
    let changed = at.and_then(|at| levels.get(&at)).map(String::as_str);
    let level = hit.level().or(changed).or_else(|| rule?.level()).unwrap_or("warning");
    let rated = rule.map_or(Rated::Unsaid, |rule| rule.properties().severity());
    let reach = if rules.tells_reach() { reach(level) } else { None };
    let severity = match (rated, hit.rated()) {
        _ if rules.subject() == Subject::Secrets => Some(Severity::Critical),
        // What a tool says of one result may be worse than what it says of the rule.
        (Rated::Is(rule), Rated::Is(result)) => Some(rule.max(result)),
        (Rated::Is(severity), _) | (_, Rated::Is(severity)) => Some(severity),
        (Rated::Unknown, _) | (_, Rated::Unknown) => None,
        // govulncheck has no severities: its levels say how near the program comes.
        (Rated::Unsaid, Rated::Unsaid) if reach.is_some() => None,
        (Rated::Unsaid, Rated::Unsaid) => Severity::of_word(level),
    };
    let judged = Finding { severity, reach, suppressed: hit.is_suppressed(), ..Finding::default() };
    if kept.has_room_for(&judged) {
        kept.add(told(hit, rule, rules, judged));
    } else {
        kept.leave_out();
    }
}

/// The hit in words, beside what is known of it already.
fn told(hit: &impl Told, rule: Option<&Rule>, rules: &Rules, judged: Finding) -> Finding {
    let id = Some(hit.rule_id()).filter(|id| !id.is_empty());
    let id = id.unwrap_or_else(|| rule.map_or("unnamed", |rule| rule.id()));
    let words = || rule.map(|rule| rule.words()).filter(|words| !words.is_empty());
    let message = match hit.line() {
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
        place: hit.place(),
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
    let findings = report.kept.finish(report.subject.unwrap_or_default(), &tools.join(", "), version, None);
    Ok(Findings { made: report.made, revisions: report.revisions, ..findings })
}
