//! Single findings and their rules.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::kit::plain::cut;
use crate::model::{Digest, Found, Place, Problem};

/// The most characters of a message, of a rule's help, and of its name.
const MESSAGE: usize = 4_000;
const HELP: usize = 2_000;
const NAME: usize = 250;

/// The score from which on something is no mere note, in tenths.
const MEDIUM: u8 = 40;

/// What stays as it is in a path: RFC 3986's unreserved characters, and the slash between segments.
const PATH: &percent_encoding::AsciiSet =
    &percent_encoding::NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'/');

/// What comes first: what counts, what blocks, what is worse; then by name and place, so that the order of the
/// reports changes nothing.
pub fn order(found: &Found) -> impl Ord + use<> {
    let place = found.problem.place.as_ref();
    (
        (found.let_pass.is_some(), !found.blocks, std::cmp::Reverse(found.score)),
        found.rule.clone(),
        place.map(|place| (place.file.clone(), place.line, place.column)),
        found.problem.what.clone(),
    )
}

/// `error`, `warning` or `note`.
pub fn level(found: &Found) -> &'static str {
    if found.let_pass.is_none() && found.blocks {
        "error"
    } else if found.score.is_some_and(|score| score < MEDIUM) {
        "note"
    } else {
        "warning"
    }
}

/// The problem in words.
pub fn message(problem: &Problem) -> String {
    let mut lines = vec![problem.what.clone()];
    lines.extend(problem.causes.iter().cloned());
    lines.extend(problem.fix.iter().map(|fix| format!("Next: {fix}")));
    let text = cut(&lines.join("\n"), MESSAGE);
    // A message without words is none.
    if text.trim().is_empty() { "(it has no words)".into() } else { text }
}

/// The rule's name as it is written.
pub fn rule_id(rule: &str) -> String {
    cut(rule, NAME)
}

/// The rules of these, each once, in the order of their names. Several findings of one rule give it the worst score.
pub fn rules(found: &[&Found]) -> Vec<Value> {
    let mut rules: BTreeMap<&str, (&Found, Option<u8>)> = BTreeMap::new();
    for found in found {
        let known = rules.entry(&found.rule).or_insert((found, found.score));
        known.1 = known.1.max(found.score);
    }
    rules.into_iter().map(|(rule, (first, score))| described(rule, first, score)).collect()
}

fn described(rule: &str, first: &Found, score: Option<u8>) -> Value {
    let own = rule.split_once('/').filter(|_| rule.starts_with("gates/"));
    let title = match (own, score) {
        (Some((step, room)), _) => format!("{room} in the step {step} of a release"),
        // An advisory is one thing, so the words of its finding are its own.
        (None, Some(_)) => first.problem.what.clone(),
        (None, None) => format!("{rule}, found by {}", first.tool),
    };
    let mut tags = vec!["release-gate"];
    tags.extend(score.map(|_| "security"));
    let mut described = json!({
        "id": rule_id(rule),
        "name": rule_id(rule),
        "shortDescription": { "text": cut(&title, NAME) },
        "defaultConfiguration": { "level": level(first) },
        "properties": { "tags": tags },
    });
    if let Some(score) = score {
        described["properties"]["security-severity"] = json!(format!("{}.{}", score / 10, score % 10));
    }
    if let Some(fix) = &first.problem.fix {
        described["help"] = json!({ "text": cut(fix, HELP) });
    }
    if first.url.starts_with("https://") && url::Url::parse(&first.url).is_ok() {
        described["helpUri"] = json!(first.url);
    }
    described
}

/// What is known of a finding wherever its line moves to.
pub fn identity(found: &Found) -> String {
    let file = found.problem.place.as_ref().map(|place| place.file.as_str()).unwrap_or_default();
    Digest::of(format!("{}\n{file}\n{}", found.rule, found.problem.what).as_bytes()).hex()
}

/// The finding as a result; none where it has no place. `hash` is by what GitHub knows it again.
pub fn result(found: &Found, index: Option<usize>, hash: &str) -> Option<Value> {
    let place = found.problem.place.as_ref()?;
    let mut result = json!({
        "ruleId": rule_id(&found.rule),
        "ruleIndex": index,
        "level": level(found),
        "message": { "text": message(&found.problem) },
        "locations": [location(place)],
        "partialFingerprints": {
            "primaryLocationLineHash": hash,
            // No line in it: a finding that moves stays the same finding.
            "releaseActionProblem/v1": identity(found),
        },
        "properties": { "blocks": found.blocks },
    });
    if let Some(passed) = &found.let_pass {
        let kind = if passed.in_source { "inSource" } else { "external" };
        result["suppressions"] =
            json!([{ "kind": kind, "status": "accepted", "justification": cut(&passed.why, NAME * 4) }]);
    }
    Some(result)
}

fn location(place: &Place) -> Value {
    let path = place.file.as_str().trim_start_matches("./").trim_start_matches('/');
    let uri = percent_encoding::utf8_percent_encode(path, PATH).to_string();
    let mut physical = json!({ "artifactLocation": { "uri": uri, "uriBaseId": "SRCROOT" } });
    if let Some(line) = place.line.filter(|line| *line > 0) {
        physical["region"] = json!({ "startLine": line });
        if let Some(column) = place.column.filter(|column| *column > 0) {
            physical["region"]["startColumn"] = json!(column);
        }
    }
    json!({ "physicalLocation": physical })
}
