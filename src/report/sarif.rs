//! SARIF 2.1.0 of a run: what the gates found, by tool, and every other problem beside it. Problems that have a place
//! are results, the others notifications.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::kit::sarif::gates::{Gate, OWN, runs};
use crate::kit::sarif::{MOST, Note, Origin, Run, document};
use crate::model::{Found, Noted, Problem, Step, TaskId};

use super::summary::{Outcome, Summary, TaskView};

/// All that the gates found, by task, as far as it is known on this machine.
pub type Known = BTreeMap<TaskId, Noted>;

/// The document. The texts in it must be clean of secrets already.
///
/// # Errors
///
/// If it cannot be written as JSON.
pub fn render(summary: &Summary, known: &Known, origin: &Origin) -> Result<String, serde_json::Error> {
    serde_json::to_string_pretty(&whole(summary, known, origin)).map(|text| text + "\n")
}

fn whole(summary: &Summary, known: &Known, origin: &Origin) -> Value {
    let version = summary.head.as_ref().map_or("unknown", |head| head.tool.as_str());
    let mut all = runs(gates(summary, known), version);
    if let Some(own) = all.iter_mut().find(|run| run.tool.name == OWN) {
        others(own, summary);
    }
    document(origin, &all, MOST).0
}

/// `gates/lint` of `gates/lint/reports`.
fn rule(task: &TaskId) -> String {
    task.0.split('/').take(2).collect::<Vec<_>>().join("/")
}

fn is_gate(task: &TaskView) -> bool {
    task.step == Some(Step::Gates) && task.verdict.is_some()
}

fn gates<'a>(summary: &'a Summary, known: &Known) -> Vec<Gate<'a>> {
    let tasks = summary.tasks.iter().filter(|task| is_gate(task));
    let gate = |task: &'a TaskView| {
        Some(Gate {
            rule: rule(&task.task),
            verdict: task.verdict.as_ref()?,
            noted: known.get(&task.task).cloned(),
            soft: task.outcome == Outcome::SoftFailed,
        })
    };
    tasks.filter_map(gate).collect()
}

/// What no gate found: failures of other steps, what checks that passed have found all the same, and notices.
fn others(own: &mut Run, summary: &Summary) {
    let one = |task: &TaskId, problem: &Problem, blocks: bool| Found {
        blocks,
        ..Found::blocking(rule(task), OWN, problem.clone())
    };
    let failures = summary.failures();
    let failed = failures.iter().filter(|failure| !is_gate(failure.task));
    own.found.extend(failed.map(|failure| one(&failure.task.task, failure.problem, !failure.soft)));
    let known: Vec<*const Problem> =
        failures.iter().map(|failure| std::ptr::from_ref(failure.problem)).collect();
    let passed = summary.tasks.iter().filter(|task| task.problem.is_none() && !is_gate(task));
    let told = passed.flat_map(|task| {
        let verdict = task.verdict.iter();
        verdict.flat_map(move |verdict| verdict.problems.iter().map(move |problem| (task, problem)))
    });
    let told = told.filter(|(_, problem)| !known.contains(&std::ptr::from_ref(*problem)));
    own.found.extend(told.map(|(task, problem)| one(&task.task, problem, false)));
    for notice in &summary.notices {
        match (&notice.task, &notice.problem.place) {
            (Some(task), Some(_)) => own.found.push(one(task, &notice.problem, false)),
            (task, _) => own.notes.push(Note {
                level: "note",
                text: words(&notice.problem),
                rule: Some(task.as_ref().map_or_else(|| "release-action/notice".into(), rule)),
            }),
        }
    }
    own.successful = summary.is_good();
    if let Some(head) = &summary.head {
        let started = head.started.to_rfc3339_opts(chrono::SecondsFormat::Millis, true);
        own.invocation.insert("startTimeUtc".into(), json!(started));
    }
    if let Some(ending) = &summary.ending {
        let ended = ending.at.to_rfc3339_opts(chrono::SecondsFormat::Millis, true);
        own.invocation.insert("endTimeUtc".into(), json!(ended));
        own.invocation.insert("exitCode".into(), json!(ending.code));
        own.invocation.insert("exitCodeDescription".into(), json!(ending.exit.meaning()));
    }
}

fn words(problem: &Problem) -> String {
    let fix = problem.fix.iter().map(|fix| format!("Next: {fix}"));
    let lines = std::iter::once(problem.what.clone()).chain(problem.causes.iter().cloned()).chain(fix);
    lines.collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use camino::Utf8Path;

    use super::*;
    use crate::ports::Files as _;
    use crate::ports::real::RealFiles;
    use crate::report::sample;

    fn of(records: &[crate::model::Record]) -> Value {
        let origin = Origin {
            repository: Some("https://example.com/a/b".into()),
            commit: "c".into(),
            git_ref: Some("refs/heads/main".into()),
            category: "release-gate".into(),
        };
        whole(&Summary::of(records), &Known::new(), &origin)
    }

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
            let document = of(&records);
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
    fn what_gates_laid_down_stands_in_runs_of_its_tools() {
        let records = sample::failure();
        let summary = Summary::of(&records);
        let gate = summary.tasks.iter().find(|task| is_gate(task)).unwrap();
        let looked = crate::model::Looked { name: "trivy".into(), version: "0.74.0".into() };
        let problem = Problem::new("CVE-1: bad").at("Cargo.lock", Some(3), None).fix("`cargo update`");
        let mut found = Found { score: Some(80), ..Found::blocking("CVE-1", "trivy", problem) };
        found.url = "https://example.com/CVE-1".into();
        let passed = crate::model::LetPass { in_source: false, why: "ann, until 2027-01-31: no".into() };
        let passed = Found { let_pass: Some(passed), rule: "CVE-2".into(), ..found.clone() };
        let noted = Noted { tools: vec![looked], found: vec![passed, found], left_out: 2 };
        let known = Known::from([(gate.task.clone(), noted)]);
        let origin = Origin { category: "release-gate".into(), ..Origin::default() };
        let document = whole(&summary, &known, &origin);
        let validator = jsonschema::draft7::new(&schema()).unwrap();
        assert!(validator.is_valid(&document), "{document:#}");
        let run = &document["runs"][1];
        assert_eq!(run["tool"]["driver"]["version"], "0.74.0");
        assert_eq!(run["results"][0]["ruleId"], "CVE-1");
        assert_eq!(run["results"][1]["suppressions"][0]["kind"], "external");
        assert_eq!(run["tool"]["driver"]["rules"][0]["properties"]["security-severity"], "8.0");
        assert!(run["invocations"][0].to_string().contains("2 more findings are left out"));
    }

    #[test]
    fn places_are_results_and_the_rest_is_told_too() {
        let document = of(&sample::failure());
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
            ["error cmd/greeter/main.go:17", "error internal/cli/cli.go:40", "error internal/cli/cli.go:71"]
        );
        assert_eq!(run["invocations"][0]["exitCode"], 11);
        let success = of(&sample::success());
        assert_eq!(
            success["runs"][0]["invocations"][0]["toolExecutionNotifications"].as_array().unwrap().len(),
            2
        );
    }
}
