//! SARIF 2.1.0: problems that have a place as results, the others as notifications of the run.

use serde_json::{Value, json};

use crate::model::{Digest, Override, Place, Problem};

use super::summary::Summary;

/// Where the reader of a finding can learn more.
const HOME: &str = "https://github.com/org/release-action";

/// The most results of a run that GitHub shows; of more it keeps as many as it likes.
const MOST: usize = 5_000;

/// What stays as it is in a path: RFC 3986's unreserved characters, and the slash between segments.
const PATH: &percent_encoding::AsciiSet =
    &percent_encoding::NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'/');

/// The document. The texts in it must be clean of secrets already.
///
/// # Errors
///
/// If it cannot be written as JSON.
pub fn render(summary: &Summary) -> Result<String, serde_json::Error> {
    serde_json::to_string_pretty(&document(summary)).map(|text| text + "\n")
}

struct Finding<'a> {
    rule: String,
    level: &'static str,
    problem: &'a Problem,
    /// Who answers for it, where its gate was overridden.
    over: Option<&'a Override>,
}

fn findings(summary: &Summary) -> Vec<Finding<'_>> {
    let rule = |task: &str| task.split('/').take(2).collect::<Vec<_>>().join("/");
    let failures = summary.failures().into_iter().map(|failure| Finding {
        rule: rule(&failure.task.task.0),
        level: if failure.soft { "warning" } else { "error" },
        problem: failure.problem,
        over: None,
    });
    // A check that passes may have found something all the same.
    let passed = summary.tasks.iter().filter(|task| task.problem.is_none());
    let told = passed.flat_map(|task| {
        task.verdict
            .iter()
            .flat_map(move |verdict| verdict.problems.iter().map(move |problem| (task, problem)))
    });
    let known: Vec<*const Problem> =
        summary.failures().iter().map(|failure| std::ptr::from_ref(failure.problem)).collect();
    let told = told.filter(move |(_, problem)| !known.contains(&std::ptr::from_ref(*problem)));
    let told = told.map(|(task, problem)| Finding {
        rule: rule(&task.task.0),
        level: "warning",
        problem,
        over: task.verdict.as_ref().and_then(|verdict| verdict.overridden.as_deref()),
    });
    let notices = summary.notices.iter().map(|told| Finding {
        rule: told.task.as_ref().map_or_else(|| "release-action/notice".into(), |task| rule(&task.0)),
        level: "note",
        problem: &told.problem,
        over: None,
    });
    let mut all: Vec<Finding<'_>> = failures.chain(told).chain(notices).collect();
    // The worst first: whoever reads only the beginning reads that.
    all.sort_by_key(|finding| match finding.level {
        "error" => 0,
        "warning" => 1,
        _ => 2,
    });
    all
}

/// Takes as many as fit, the first; how many were left out.
fn fitting<T>(mut all: Vec<T>, most: usize) -> (Vec<T>, usize) {
    let cut = all.len().saturating_sub(most);
    all.truncate(most);
    (all, cut)
}

/// Says what is not there.
fn cut(count: usize, what: &str) -> Option<Value> {
    let text =
        format!("{count} more {what} are left out here, none worse than those shown: see report/report.json");
    (count > 0).then(|| json!({ "level": "warning", "message": { "text": text } }))
}

fn document(summary: &Summary) -> Value {
    let findings = findings(summary);
    let mut rules: Vec<&str> = findings.iter().map(|finding| finding.rule.as_str()).collect();
    rules.sort_unstable();
    rules.dedup();
    let placed = |finding: &&Finding<'_>| finding.problem.place.is_some();
    let results: Vec<Value> = findings.iter().filter_map(|finding| result(finding, &rules)).collect();
    let (results, results_cut) = fitting(results, MOST);
    let notifications: Vec<Value> =
        findings.iter().filter(|finding| !placed(finding)).map(notification).collect();
    let (mut notifications, notifications_cut) = fitting(notifications, MOST);
    notifications.extend(cut(results_cut, "findings"));
    notifications.extend(cut(notifications_cut, "notes"));
    let mut invocation = json!({
        "executionSuccessful": summary.is_good(),
        "toolExecutionNotifications": notifications,
    });
    if let Some(head) = &summary.head {
        invocation["startTimeUtc"] = json!(head.started.to_rfc3339_opts(chrono::SecondsFormat::Millis, true));
    }
    if let Some(ending) = &summary.ending {
        invocation["endTimeUtc"] = json!(ending.at.to_rfc3339_opts(chrono::SecondsFormat::Millis, true));
        invocation["exitCode"] = json!(ending.code);
        invocation["exitCodeDescription"] = json!(ending.exit.meaning());
    }
    let version = summary.head.as_ref().map_or("unknown", |head| head.tool.as_str());
    json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "release-action",
                "version": version,
                "informationUri": HOME,
                "rules": rules.iter().map(|rule| described(rule)).collect::<Vec<_>>(),
            }},
            "columnKind": "unicodeCodePoints",
            "originalUriBaseIds": { "SRCROOT": { "description": { "text": "The root of the repository." } } },
            "invocations": [invocation],
            "results": results,
        }],
    })
}

fn described(rule: &str) -> Value {
    let (step, room) = rule.split_once('/').unwrap_or((rule, ""));
    json!({ "id": rule, "shortDescription": { "text": format!("{room} in the step {step} of a release") } })
}

fn result(finding: &Finding<'_>, rules: &[&str]) -> Option<Value> {
    let place = finding.problem.place.as_ref()?;
    let identity = format!("{}\n{}\n{}", finding.rule, place.file, finding.problem.what);
    let mut result = json!({
        "ruleId": finding.rule,
        "ruleIndex": rules.iter().position(|rule| *rule == finding.rule),
        "level": finding.level,
        "message": { "text": told(finding) },
        "locations": [location(place)],
        // No line in it: a finding that moves stays the same finding.
        "partialFingerprints": { "releaseActionProblem/v1": Digest::of(identity.as_bytes()).hex() },
    });
    if let Some(by) = finding.over {
        let why = format!("{}: {} ({})", by.title(), by.reason, by.ticket);
        result["suppressions"] = json!([{ "kind": "external", "status": "accepted", "justification": why }]);
    }
    Some(result)
}

/// The message, with who answers for it before all else.
fn told(finding: &Finding<'_>) -> String {
    let over = finding.over.map(|by| format!("{}: ", by.title())).unwrap_or_default();
    over + &message(finding.problem)
}

fn notification(finding: &Finding<'_>) -> Value {
    json!({
        "level": finding.level,
        "message": { "text": told(finding) },
        "associatedRule": { "id": finding.rule },
    })
}

fn message(problem: &Problem) -> String {
    let mut lines = vec![problem.what.clone()];
    lines.extend(problem.causes.iter().cloned());
    lines.extend(problem.fix.iter().map(|fix| format!("Next: {fix}")));
    lines.join("\n")
}

fn location(place: &Place) -> Value {
    let path = place.file.as_str().trim_start_matches('/');
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

#[cfg(test)]
mod tests {
    use camino::Utf8Path;

    use super::*;
    use crate::ports::Files as _;
    use crate::ports::real::RealFiles;
    use crate::report::sample;

    /// The standard's own schema.
    fn schema() -> Value {
        let fixtures = Utf8Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/schemas");
        let text = RealFiles.read(&fixtures.join("sarif-2.1.0.schema.json"), 16 << 20).unwrap();
        serde_json::from_slice(&text).unwrap()
    }

    #[test]
    fn valid_by_the_schema_whatever_stands_in_it() {
        let validator = jsonschema::draft7::new(&schema()).unwrap();
        let runs = [
            sample::success(),
            sample::failure(),
            sample::hostile("a b/../ü\"<%>\\:x"),
            sample::hostile(""),
            Vec::new(),
        ];
        for records in runs {
            let document = document(&Summary::of(&records));
            let errors: Vec<String> = validator
                .iter_errors(&document)
                .map(|error| format!("{}: {error}", error.instance_path()))
                .collect();
            assert!(errors.is_empty(), "{errors:?}");
        }
        assert!(
            !validator.is_valid(&json!({ "version": "2.1.0", "runs": [{}] })),
            "the schema says something"
        );
    }

    #[test]
    fn what_does_not_fit_is_told() {
        assert_eq!(fitting(vec![1, 2, 3], 2), (vec![1, 2], 1));
        assert_eq!(fitting(vec![1], 2), (vec![1], 0));
        assert_eq!(cut(0, "findings"), None);
        assert!(cut(7, "findings").unwrap().to_string().contains("7 more findings are left out"));
    }

    #[test]
    fn places_are_results_and_the_rest_is_told_too() {
        let document = document(&Summary::of(&sample::failure()));
        let run = &document["runs"][0];
        let places: Vec<String> = run["results"]
            .as_array()
            .unwrap()
            .iter()
            .map(|result| {
                let physical = &result["locations"][0]["physicalLocation"];
                format!(
                    "{} {}:{}",
                    result["level"].as_str().unwrap(),
                    physical["artifactLocation"]["uri"].as_str().unwrap(),
                    physical["region"]["startLine"]
                )
            })
            .collect();
        assert_eq!(
            places,
            ["error internal/cli/cli.go:40", "error internal/cli/cli.go:71", "error cmd/greeter/main.go:17"]
        );
        assert_eq!(run["invocations"][0]["exitCode"], 11);
        let success = super::document(&Summary::of(&sample::success()));
        assert_eq!(
            success["runs"][0]["invocations"][0]["toolExecutionNotifications"].as_array().unwrap().len(),
            2
        );
    }
}
