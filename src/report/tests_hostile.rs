//! Text from outside that wants to be more than text.

use super::github::GitHub;
use super::html;
use super::human::Human;
use super::json::Json;
use super::look::Look;
use super::summary::Summary;
use super::text::clean_record;
use super::{junit, markdown, sample, sarif};
use crate::kit::sarif::Origin;
use crate::kit::secret::{Redactor, Secret};
use crate::model::Record;

/// The commands that the runner would carry out, by its own rules: of the new form at a line's beginning, of the old
/// form anywhere, none between the marks of a fence.
/// (runner: src/Runner.Common/ActionCommand.cs `TryParseV2`, `TryParse`; ActionCommandManager.cs `TryProcessCommand`)
fn obeyed(log: &str) -> Vec<String> {
    let mut stopped: Option<String> = None;
    let mut commands = Vec::new();
    // The runner reads lines as .NET does: CR, LF and CRLF all end one.
    for line in log.split(['\n', '\r']) {
        let trimmed = line.trim_start();
        let new = trimmed.strip_prefix("::").and_then(|rest| rest.split_once("::"));
        let old = line.split_once("##[").and_then(|(_, rest)| rest.split_once(']'));
        let Some((head, data)) = new.or(old) else { continue };
        let name = head.split([' ', ';']).next().unwrap_or_default().to_owned();
        match &stopped {
            Some(token) if &name == token => stopped = None,
            Some(_) => {}
            None if name.eq_ignore_ascii_case("stop-commands") => stopped = Some(data.to_owned()),
            None => commands.push(name),
        }
    }
    commands
}

/// 200 ways of saying `set-env` and its kin.
fn injections() -> Vec<String> {
    let names = [
        "set-env name=X",
        "add-path",
        "error file=a",
        "stop-commands",
        "add-mask",
        "save-state name=a",
        "group",
        "debug",
    ];
    let shapes = [
        "::N::v",
        "##[N]v",
        " \t::N::v",
        "x\n::N::v",
        "x\r::N::v",
        "x\r\n##[N]v",
        "\u{feff}::N::v",
        "\u{85}::N::v",
        "%0A::N::v",
        "\u{1b}[0m::N::v",
        "\u{2028}::N::v",
        "a##[N]v",
        "\u{b}::N::v",
        "\u{c}##[N]v",
        "::N::%0A::N::",
        "\u{1b}]0;\n::N::v",
        ":\u{1b}[m:N::v",
        "#\u{1b}[m#[N]v",
        "\u{200e}::N::v",
        "\0::N::v",
        "x\n\n\n  ::N::v\n",
        "::n::\n::N::v",
        "#\u{7}#[N]v",
        "\u{a0}::N::v",
        "\u{3000}::N::v",
    ];
    shapes.iter().flat_map(|shape| names.iter().map(|name| shape.replace('N', name))).collect()
}

fn github(records: &[Record], redactor: &Redactor) -> String {
    let mut bytes = Vec::new();
    let mut log = GitHub::new(&mut bytes, 1, redactor.clone());
    records.iter().for_each(|record| log.take(record));
    log.finish(&[]).unwrap();
    drop(log);
    String::from_utf8(bytes).unwrap()
}

fn pipe(records: &[Record], redactor: &Redactor) -> String {
    let mut bytes = Vec::new();
    let mut log = Human::new(&mut bytes, Look { verbosity: 1, ..Look::plain() }, redactor.clone());
    records.iter().for_each(|record| log.take(record));
    log.finish().unwrap();
    drop(log);
    String::from_utf8(bytes).unwrap()
}

fn json(records: &[Record], redactor: &Redactor) -> String {
    let mut bytes = Vec::new();
    let mut log = Json::new(&mut bytes, redactor.clone());
    records.iter().for_each(|record| log.take(record));
    log.finish().unwrap();
    drop(log);
    String::from_utf8(bytes).unwrap()
}

/// Every form of report, by name.
fn all(records: &[Record], redactor: &Redactor) -> Vec<(&'static str, String)> {
    let clean: Vec<Record> = records.iter().map(|record| clean_record(record, redactor)).collect();
    let summary = Summary::of(&clean);
    vec![
        ("github", github(records, redactor)),
        ("human", pipe(records, redactor)),
        ("json", json(records, redactor)),
        ("markdown", markdown::render(&summary)),
        (
            "html",
            html::render(
                &summary,
                Some(&clean[1].event).map(|_| "notes"),
                &std::collections::BTreeSet::new(),
            )
            .unwrap(),
        ),
        ("junit", junit::render(&summary)),
        ("sarif", sarif::render(&summary, &sarif::Known::new(), &Origin::default()).unwrap()),
        ("summary", serde_json::to_string(&summary).unwrap()),
    ]
}

#[test]
fn the_runner_obeys_none_of_200_injected_commands() {
    let variants = injections();
    assert_eq!(variants.len(), 200);
    let expected = obeyed(&github(&sample::hostile("harmless"), &Redactor::default()));
    assert!(expected.contains(&"error".to_owned()) && expected.contains(&"group".to_owned()), "{expected:?}");
    for text in &variants {
        // The neutral run's own commands, and no other.
        let log = github(&sample::hostile(text), &Redactor::default());
        assert_eq!(obeyed(&log), expected, "{text:?}");
    }
}

#[test]
fn the_port_of_the_runners_rule_sees_what_it_should() {
    assert_eq!(obeyed("::error file=a::b\nx\n  ::group::y\ra ##[debug]z"), ["error", "group", "debug"]);
    assert_eq!(obeyed("::stop-commands::t\n::error::x\n::t::\n::notice::y"), ["notice"]);
}

#[test]
fn a_pipe_holds_no_control_character() {
    for text in injections().iter().map(String::as_str).chain([
        "\u{1b}[2J\u{1b}[1;1H",
        "\u{9b}31m",
        "a\u{8}b",
        "\u{202e}evil",
    ]) {
        for (name, report) in all(&sample::hostile(text), &Redactor::default()) {
            let own_colours = name == "github";
            let bad = report.chars().find(|char| {
                (char.is_control() && !matches!(char, '\n' | '\t') && !(own_colours && *char == '\u{1b}'))
                    || *char == '\u{202e}'
            });
            assert_eq!(bad, None, "{name}: {text:?}");
        }
    }
}

#[test]
fn no_canary_is_in_any_report() {
    let canaries = [
        "ghp_CANARYcanary0123456789abcdefABCDEF01",
        "-----BEGIN KEY-----\nCANARYline0123456789==\n-----END KEY-----",
        "CANARY/with<&>\"'%|chars",
    ];
    for canary in canaries {
        let redactor = Redactor::default();
        redactor.learn(&Secret::new(canary));
        for text in [
            canary.to_owned(),
            format!("url https://x:{canary}@host/"),
            canary.replace("CANARY", "CAN\u{1b}[0mARY"),
        ] {
            for (name, report) in all(&sample::hostile(&text), &redactor) {
                assert!(!report.contains("CANARY"), "{name}: {report}");
            }
        }
    }
}

#[test]
fn a_failure_in_a_workflow_run() {
    let mut log = github(&sample::failure(), &Redactor::default());
    assert!(log.contains("::stop-commands::"));
    while let Some(at) = log.find("::stop-commands::") {
        let token = log[at + 17..at + 49].to_owned();
        log = log
            .replace(&format!("::stop-commands::{token}"), "<fence>")
            .replace(&format!("::{token}::"), "</fence>");
    }
    insta::assert_snapshot!(console::strip_ansi_codes(&log));
}

#[test]
fn masks_come_first_and_learn() {
    let mut bytes = Vec::new();
    let redactor = Redactor::default();
    for secret in ["first-line\nsecond%line", "", "x", "abc"] {
        redactor.learn(&Secret::new(secret));
    }
    let mut log = GitHub::new(&mut bytes, 0, redactor.clone());
    log.mask();
    redactor.learn(&Secret::new("learned-later"));
    sample::hostile("say second%line").iter().for_each(|record| log.take(record));
    log.finish(&[]).unwrap();
    drop(log);
    let text = String::from_utf8(bytes).unwrap();
    let masks: Vec<&str> = text.lines().take(3).collect();
    assert_eq!(
        masks,
        ["::add-mask::first-line%0Asecond%25line", "::add-mask::first-line", "::add-mask::second%25line"]
    );
    let told: Vec<&str> = text.lines().filter(|line| !line.starts_with("::add-mask::")).collect();
    assert!(!told.iter().any(|line| line.contains("second%line") || line.contains("second%25line")));
    // One form a line, and what is learned in the middle before anything else is said.
    assert!(
        text.lines()
            .take_while(|line| *line != "::add-mask::learned-later")
            .all(|line| line.starts_with("::add-mask::"))
    );
    assert!(!text.lines().any(|line| ["::add-mask::", "::add-mask::x", "::add-mask::abc"].contains(&line)));
}

#[test]
fn annotations_stay_within_the_runners_limits() {
    let mut tape = sample::Tape::new();
    tape.begin(1).start("gates/vet", "vet");
    let mut verdict = crate::model::Verdict::fail("many");
    for line in 1..=40 {
        let long = "y".repeat(9_000);
        verdict = verdict.problem(
            crate::model::Problem::new("x").at("a,b:c.go", Some(line), None).because(long).fix("do it"),
        );
    }
    tape.judged("gates/vet", verdict).failed("gates/vet", 1, crate::model::Problem::new("many"), false);
    let log = github(&tape.end(crate::model::ExitCode::Bug), &Redactor::default());
    let errors: Vec<&str> = log.lines().filter(|line| line.starts_with("::error ")).collect();
    assert_eq!(errors.len(), 10);
    assert!(
        errors[0].starts_with("::error file=a%2Cb%3Ac.go,line=1,title=gates/vet::x%0Ay"),
        "{}",
        &errors[0][..80]
    );
    assert!(errors[0].ends_with("%0ANext: do it"));
    assert!(errors[0].rsplit("::").next().unwrap().replace("%0A", "\n").chars().count() <= 4_096);
    assert!(errors[9].contains("and 31 more of this kind"), "{}", errors[9]);
}
