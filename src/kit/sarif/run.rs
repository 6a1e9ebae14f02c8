//! A run of a tool, and the document of several.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::result::{identity, level, message, order, result, rule_id, rules};
use crate::model::{Found, Looked};

/// Where the reader of a finding can learn more.
const HOME: &str = "https://github.com/org/release-action";

/// The most results of a run that GitHub shows; of more it keeps as many as it likes.
pub const MOST: usize = 5_000;

/// The most runs of a document that GitHub takes.
pub const RUNS: usize = 20;

/// The tool that stands for all that the gates find by themselves.
pub const OWN: &str = "release-action";

/// What was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Origin {
    /// The repository's address, if it is known.
    pub repository: Option<String>,
    /// The commit.
    pub commit: String,
    /// The whole name of its ref, if it is known.
    pub git_ref: Option<String>,
    /// What stands before the tool's name in a category: the check's name.
    pub category: String,
}

/// Something that is told and stands at no place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// `error`, `warning` or `note`.
    pub level: &'static str,
    /// The words.
    pub text: String,
    /// The rule it is of.
    pub rule: Option<String>,
}

/// A run of a tool.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// The tool.
    pub tool: Looked,
    /// What it found.
    pub found: Vec<Found>,
    /// What else is to be told.
    pub notes: Vec<Note>,
    /// False where it came to no answer.
    pub successful: bool,
    /// Findings that no report could hold.
    pub left_out: u64,
    /// Further fields of the invocation.
    pub invocation: Map<String, Value>,
}

impl Run {
    /// A run that has found nothing yet.
    #[must_use]
    pub fn of(tool: Looked) -> Self {
        Self {
            tool,
            found: Vec::new(),
            notes: Vec::new(),
            successful: true,
            left_out: 0,
            invocation: Map::new(),
        }
    }

    /// What tells it from the runs of other tools and projects.
    #[must_use]
    pub fn category(&self, origin: &Origin) -> String {
        let plain = |c: char| if c.is_alphanumeric() || "._-".contains(c) { c } else { '-' };
        let tool: String = self.tool.name.to_lowercase().chars().map(plain).collect();
        format!("{}/{tool}", origin.category)
    }
}

/// The document, with at most so many results of each run; and how many were left out.
#[must_use]
pub fn document(origin: &Origin, runs: &[Run], most: usize) -> (Value, u64) {
    let mut cut = 0;
    let runs: Vec<Value> = runs
        .iter()
        .map(|run| {
            let (value, left_out) = written(origin, run, most);
            cut += left_out;
            value
        })
        .collect();
    let document = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": runs,
    });
    (document, cut)
}

/// Takes as many as fit, the first; how many were left out.
fn fitting<T>(mut all: Vec<T>, most: usize) -> (Vec<T>, u64) {
    let cut = all.len().saturating_sub(most) as u64;
    all.truncate(most);
    (all, cut)
}

/// Says what is not there.
fn cut_note(count: u64, what: &str) -> Option<Note> {
    let text =
        format!("{count} more {what} are left out here, none worse than those shown: see report/report.json");
    (count > 0).then_some(Note { level: "warning", text, rule: None })
}

fn written(origin: &Origin, run: &Run, most: usize) -> (Value, u64) {
    let mut found: Vec<&Found> = run.found.iter().collect();
    found.sort_by_cached_key(|found| order(found));
    let (placed, others): (Vec<&Found>, Vec<&Found>) =
        found.into_iter().partition(|found| found.problem.place.is_some());
    let (placed, cut) = fitting(placed, most);
    let all_rules = rules(&placed);
    let results = results(&placed, &all_rules);
    let of_gate = |found: &Found| Note {
        level: level(found),
        // A note has no suppressions, so who let it pass stands in its text.
        text: found.let_pass.iter().map(|passed| format!("{}: ", passed.why)).collect::<String>()
            + &message(&found.problem),
        rule: Some(rule_id(&found.rule)),
    };
    let notes: Vec<Note> = others.into_iter().map(of_gate).chain(run.notes.iter().cloned()).collect();
    let (mut notes, notes_cut) = fitting(notes, most);
    let cut = cut + run.left_out;
    notes.extend(cut_note(cut, "findings"));
    notes.extend(cut_note(notes_cut, "notes"));
    let mut invocation = run.invocation.clone();
    invocation.insert("executionSuccessful".into(), json!(run.successful));
    let told: Vec<Value> = notes.iter().map(notification).collect();
    invocation.insert("toolExecutionNotifications".into(), json!(told));
    let mut driver = json!({ "name": run.tool.name, "rules": all_rules });
    if !run.tool.version.is_empty() {
        driver["version"] = json!(run.tool.version);
    }
    if run.tool.name == OWN {
        driver["informationUri"] = json!(HOME);
    }
    let mut value = json!({
        "tool": { "driver": driver },
        "automationDetails": { "id": format!("{}/", run.category(origin)) },
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": { "SRCROOT": { "description": { "text": "The root of the repository." } } },
        "invocations": [invocation],
        "results": results,
    });
    if let Some(repository) = &origin.repository {
        let mut from = json!({ "repositoryUri": repository, "revisionId": origin.commit });
        if let Some(branch) = &origin.git_ref {
            from["branch"] = json!(branch);
        }
        from["mappedTo"] = json!({ "uriBaseId": "SRCROOT" });
        value["versionControlProvenance"] = json!([from]);
    }
    (value, cut)
}

fn results(placed: &[&Found], rules: &[Value]) -> Vec<Value> {
    let mut known: BTreeSet<(&str, String)> = BTreeSet::new();
    let mut all = Vec::new();
    for found in placed {
        let id = rule_id(&found.rule);
        let index = rules.iter().position(|rule| rule["id"] == id.as_str());
        // Two findings of a rule in one line are two; so are those that stand in no line.
        let own = || format!("{}:1", &identity(found)[..16]);
        let hash = found.line_hash.clone().unwrap_or_else(own);
        let hash = if known.insert((found.rule.as_str(), hash.clone())) { hash } else { own() };
        all.extend(result(found, index, &hash));
    }
    all
}

fn notification(note: &Note) -> Value {
    let mut told = json!({ "level": note.level, "message": { "text": note.text } });
    if let Some(rule) = &note.rule {
        told["associatedRule"] = json!({ "id": rule });
    }
    told
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{LetPass, Problem};

    fn found(rule: &str, score: Option<u8>, line: u32) -> Found {
        let problem = Problem::new(format!("{rule} at {line}")).at("a.go", Some(line), None);
        Found { score, ..Found::blocking(rule, "t", problem) }
    }

    #[test]
    fn the_worst_come_first_and_what_is_cut_is_said() {
        let mut run = Run::of(Looked { name: "go vet".into(), version: "1".into() });
        run.found = (1..=8).map(|line| found("low", Some(20), line)).collect();
        run.found.push(found("bad", Some(95), 9));
        run.found.push(Found { blocks: false, ..found("other", Some(99), 3) });
        let passed = LetPass { in_source: false, why: "ann: no".into() };
        run.found.push(Found { let_pass: Some(passed), ..found("passed", Some(99), 3) });
        let origin = Origin { category: "release-gate".into(), ..Origin::default() };
        let (document, cut) = document(&origin, &[run.clone()], 5);
        let value = &document["runs"][0];
        assert_eq!(value["automationDetails"]["id"], "release-gate/go-vet/");
        let results = value["results"].as_array().unwrap();
        assert_eq!((results.len(), cut, &results[0]["ruleId"]), (5, 6, &json!("bad")));
        let told = value["invocations"][0]["toolExecutionNotifications"].to_string();
        assert!(told.contains("6 more findings are left out here"), "{told}");
        let (whole, _) = super::document(&origin, &[run], MOST);
        let last = &whole["runs"][0]["results"][10];
        assert_eq!(last["suppressions"][0]["justification"], "ann: no");
        let rules = whole["runs"][0]["tool"]["driver"]["rules"].as_array().unwrap();
        let score = |id: &str| {
            rules.iter().find(|rule| rule["id"] == id).unwrap()["properties"]["security-severity"].clone()
        };
        assert_eq!((score("bad"), score("low")), (json!("9.5"), json!("2.0")));
        for result in whole["runs"][0]["results"].as_array().unwrap() {
            let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
            assert_eq!(rules[index]["id"], result["ruleId"]);
        }
    }

    #[test]
    fn two_findings_of_a_rule_in_one_line_are_two() {
        let mut run = Run::of(Looked { name: "t".into(), version: String::new() });
        let hashed = |what: &str| {
            let mut found = found("r", None, 1);
            found.problem.what = what.into();
            Found { line_hash: Some("abc:1".into()), ..found }
        };
        run.found = vec![hashed("one"), hashed("two")];
        let (document, _) = document(&Origin::default(), &[run], MOST);
        let hash = |at: usize| {
            document["runs"][0]["results"][at]["partialFingerprints"]["primaryLocationLineHash"].clone()
        };
        assert_eq!(hash(0), "abc:1");
        assert_ne!(hash(0), hash(1));
    }
}
