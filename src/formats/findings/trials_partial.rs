//! Reports that are whole, and say themselves that not everything was looked at or that they are of something else.

use super::samples::{CLEAN, SAMPLES};
use super::{FORMATS, Findings, Reach};
use crate::formats::{BadReport, Made, read};

fn findings(text: &str) -> Result<Findings, BadReport> {
    read(FORMATS, "report of findings", text.as_bytes()).map(|(_, found)| found)
}

/// A report of this format that finds nothing, changed.
fn clean(format: &str, from: &str, to: &str) -> String {
    let text = CLEAN.iter().find(|(name, _)| *name == format).unwrap().1;
    assert!(text.contains(from), "{text}");
    text.replacen(from, to, 1).replace("DAY", "2026-08-21T00:00:00Z")
}

#[test]
fn what_was_not_looked_at_is_not_free_of_findings() {
    for (format, from, to, words) in [
        (
            "SARIF",
            r#""results":[]"#,
            r#""results":[],"invocations":[{"processStartFailureMessage":"no such file"}]"#,
            "could not be started: no such file",
        ),
        (
            "SARIF",
            r#""results":[]"#,
            r#""results":[],"invocations":[{"endTimeUtc":"yesterday"}]"#,
            "`endTimeUtc`",
        ),
        (
            "JSON of govulncheck",
            r#""scan_level""#,
            r#""scan_mode":"binary","scan_level""#,
            "`scan_mode` is `binary`",
        ),
        (
            "JSON of govulncheck",
            r#""scan_level""#,
            r#""scan_mode":"query","scan_level""#,
            "`scan_mode` is `query`",
        ),
        ("JSON of Trivy", "lang-pkgs", "license", "licences alone"),
        ("JSON of Trivy", "lang-pkgs", "license-file", "licences alone"),
        (
            "JSON of npm audit",
            r#"{"auditReportVersion":2"#,
            r#"{"error":{"code":"ENOAUDIT","summary":"no"},"auditReportVersion":2"#,
            "ENOAUDIT no",
        ),
        (
            "JSON of npm audit",
            r#""total":0}"#,
            r#""total":0,"critical":1}"#,
            "1 packages that are critical, and 0",
        ),
        (
            "JSON of Semgrep",
            r#""scanned":["a"]"#,
            r#""scanned":["a"],"skipped":[{"path":"b","reason":"analysis_failed_parser_or_internal_error"}]"#,
            "b: analysis_failed",
        ),
        ("JSON of Semgrep", r#""errors":[]"#, r#""errors":[],"skipped_rules":[{"rule_id":"r"}]"#, "1 rules"),
    ] {
        let text = clean(format, from, to);
        let bad = findings(&text).unwrap_err();
        assert!(bad.why.contains(words), "{text}: {bad:?}");
    }
}

#[test]
fn what_was_left_out_on_purpose_or_is_empty_harms_nobody() {
    for (format, from, to) in [
        ("JSON of govulncheck", r#""scan_level""#, r#""scan_mode":"source","scan_level""#),
        ("JSON of npm audit", r#"{"auditReportVersion":2"#, r#"{"error":null,"auditReportVersion":2"#),
        (
            "JSON of Semgrep",
            r#""scanned":["a"]"#,
            r#""scanned":["a"],"skipped":[{"path":"b","reason":"gitignore_patterns_match"}]"#,
        ),
        ("JSON of Semgrep", r#""errors":[]"#, r#""errors":[],"skipped_rules":[]"#),
    ] {
        let text = clean(format, from, to);
        findings(&text).unwrap_or_else(|bad| panic!("{text}: {bad:?}"));
    }
    let no_roots = clean("JSON of govulncheck", r#""scan_level""#, r#""scan_mode":"source","scan_level""#);
    let bad = findings(&no_roots.replace(r#"["m"]"#, "[]")).unwrap_err();
    assert!(bad.why.contains("no package"), "{bad:?}");
}

#[test]
fn packages_of_npm_are_as_bad_as_what_is_in_them() {
    let text = SAMPLES.iter().find(|sample| sample.format == "JSON of npm audit").unwrap().text;
    let (before, after) = text.split_once(r#""severity":"critical","cvss""#).unwrap();
    let bad = findings(&format!(r#"{before}"severity":"low","cvss"{after}"#)).unwrap_err();
    assert!(bad.why.contains("minimist is critical"), "{bad:?}");
}

#[test]
fn what_a_given_report_says_is_called_is_called() {
    let text = SAMPLES.iter().find(|sample| sample.format == "JSON of govulncheck").unwrap().text;
    let reaches: Vec<_> = findings(text).unwrap().findings.into_iter().map(|found| found.reach).collect();
    assert_eq!(reaches, [Some(Reach::Called), None], "what may be called further down the report");
}

#[test]
fn licences_beside_packages_are_left_out() {
    let text = clean(
        "JSON of Trivy",
        r#"{"Target""#,
        r#"{"Target":"l","Class":"license","Packages":[{"Name":"a"}]},{"Target""#,
    );
    let found = findings(&text).unwrap();
    assert_eq!(found.looked_at, Some((1, "targets".into())));
    assert_eq!(found.listed.sources.iter().collect::<Vec<_>>(), ["go.mod"]);
}

#[test]
fn what_gosec_does_not_tell_of_is_counted() {
    let hushed = |text: &str| findings(text).unwrap().hushed;
    assert_eq!(hushed(&clean("JSON of gosec", r#""nosec":0"#, r#""nosec":4"#)), 4);
    let text = SAMPLES.iter().find(|sample| sample.format == "JSON of gosec").unwrap().text;
    assert_eq!(hushed(&text.replace(r#""nosec":0"#, r#""nosec":3"#)), 0, "it tells of them");
}

#[test]
fn sarif_says_of_which_commit_and_time_it_is() {
    let of = r#""results":[],"versionControlProvenance":[{"revisionId":"c0ffee"},{"branch":"main"}],"invocations":[{"executionSuccessful":true,"endTimeUtc":"2026-05-01T08:00:00Z"}]"#;
    let found = findings(&clean("SARIF", r#""results":[]"#, of)).unwrap();
    assert_eq!(found.revisions, [["c0ffee".to_owned()].into()].into());
    assert_eq!(found.made, Made::of("2026-05-01T08:00:00Z"));
}
