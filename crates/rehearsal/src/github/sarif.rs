//! What GitHub takes of an uploaded SARIF file, and what it keeps (GitHub documentation, "SARIF support for
//! code scanning", "SARIF results exceed one or more limits").

use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Most runs in a file.
const RUNS: usize = 20;

/// Most results and rules of a run; more is refused.
const LISTED: usize = 25_000;

/// As many results of a run are kept.
const KEPT: usize = 5_000;

/// Most tags of a rule.
const TAGS: usize = 20;

/// A run as it is kept.
pub(crate) struct Run {
    /// What tells it from other runs of the same tool.
    pub(crate) category: String,
    /// What was left out.
    pub(crate) warning: String,
    /// Tool and results.
    pub(crate) run: Value,
}

/// The runs of a file, or why it is refused.
pub(crate) fn processed(text: &[u8]) -> Result<Vec<Run>, String> {
    let document: Value = serde_json::from_slice(text).map_err(|error| format!("invalid JSON: {error}"))?;
    if document["version"] != "2.1.0" {
        return Err("invalid SARIF version: expected 2.1.0".into());
    }
    let runs = document["runs"].as_array().ok_or("expected an array of runs")?;
    if runs.is_empty() {
        return Err("expected at least one run".into());
    }
    if runs.len() > RUNS {
        return Err(format!(
            "rejecting SARIF, as there are more runs than allowed ({} > {RUNS})",
            runs.len()
        ));
    }
    let mut known = BTreeSet::new();
    let mut kept = Vec::new();
    for run in runs {
        let run = one(run)?;
        let tool = run.run["tool"]["driver"]["name"].to_string();
        if !known.insert((tool, run.category.clone())) {
            return Err("multiple SARIF runs with the same tool and category".into());
        }
        kept.push(run);
    }
    Ok(kept)
}

fn one(run: &Value) -> Result<Run, String> {
    let driver = &run["tool"]["driver"];
    if driver["name"].as_str().is_none_or(str::is_empty) {
        return Err("expected a tool with a driver that has a name".into());
    }
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let (results, rules) = (list(&run["results"]), list(&driver["rules"]));
    for (what, count) in [("results", results.len()), ("rules", rules.len())] {
        if count > LISTED {
            return Err(format!(
                "rejecting SARIF, as there are more {what} per run than allowed ({count} > {LISTED})"
            ));
        }
    }
    let tags = |rule: &Value| rule["properties"]["tags"].as_array().map_or(0, Vec::len);
    if rules.iter().any(|rule| tags(rule) > TAGS) {
        return Err("rejecting SARIF, as there are more tags per rule than allowed".into());
    }
    results.iter().try_for_each(result)?;
    // `category/run`; without a slash at the end the last part names the run.
    let id = run["automationDetails"]["id"].as_str().unwrap_or_default();
    let category = id.rsplit_once('/').map_or("", |(category, _)| category).to_owned();
    let more = results.len().saturating_sub(KEPT);
    let warning = if more > 0 { format!("{more} results were ignored") } else { String::new() };
    let kept: Vec<Value> = results.into_iter().take(KEPT).collect();
    Ok(Run { category, warning, run: json!({"tool": run["tool"], "results": kept}) })
}

/// What GitHub says of a result that it can't show.
fn result(result: &Value) -> Result<(), String> {
    if result["message"]["text"].as_str().is_none_or(str::is_empty) {
        return Err("expected a result to have a message with text".into());
    }
    let place = &result["locations"][0]["physicalLocation"];
    let Some(uri) = place["artifactLocation"]["uri"].as_str() else {
        return Err("locationFromSarifResult: expected at least one location".into());
    };
    if uri.starts_with('/') || uri.contains("..") {
        return Err(format!("locationFromSarifResult: `{uri}` is no path in the repository"));
    }
    let line = &place["region"]["startLine"];
    if !line.is_null() && line.as_u64().is_none_or(|line| line == 0) {
        return Err("locationFromSarifResult: expected startLine to be at least 1".into());
    }
    Ok(())
}
