//! Every format against what is no evidence, and each against its own traps.

use super::samples::{CLEAN, SAMPLES, SARIF};
use super::{FORMATS, Findings, Reach, Severity};
use crate::formats::samples::{COVERAGE, TESTS};
use crate::formats::{BadReport, read};

fn findings(text: &str) -> Result<Findings, BadReport> {
    read(FORMATS, "report of findings", text.as_bytes()).map(|(_, findings)| findings)
}

fn sample(format: &str) -> &'static str {
    SAMPLES.iter().find(|sample| sample.format == format).expect("it has a sample").text
}

fn refused(text: &str) -> String {
    findings(text).expect_err("it proves nothing").why
}

#[test]
fn every_format_is_recognised_and_read() {
    assert_eq!(SAMPLES.len(), FORMATS.len());
    for sample in SAMPLES {
        let (name, found) = read(FORMATS, "report of findings", sample.text.as_bytes()).unwrap();
        assert_eq!((name, found.findings.len()), (sample.format, sample.count), "{found:?}");
        let with_mark = format!("\u{feff}{}", sample.text);
        assert_eq!(findings(&with_mark).unwrap(), found);
    }
}

#[test]
fn no_secret_and_no_name_gets_past_a_reader() {
    for sample in SAMPLES {
        let text = format!("{:?}", findings(sample.text).unwrap());
        for word in ["s3cret", "Ann", "ann@"] {
            assert!(!text.contains(word), "{word} of {} in {text}", sample.format);
        }
    }
}

#[test]
fn what_is_no_evidence_is_refused_by_every_reader() {
    let page = "<!DOCTYPE html><html><body>502 Bad Gateway</body></html>";
    for format in FORMATS {
        for text in ["", " \n", "null", "[]", "{}", "0", "\"x\"", "[null]", "[{}]", "[[]]", page] {
            assert!((format.read)(&mut text.as_bytes()).is_err(), "{} took `{text}`", format.name);
        }
        for other in SAMPLES.iter().filter(|sample| sample.format != format.name) {
            let read = (format.read)(&mut other.text.as_bytes());
            assert!(read.is_err(), "{} took a report of {}: {read:?}", format.name, other.format);
        }
        let clean = CLEAN.iter().filter(|(other, _)| *other != format.name);
        for (other, text) in clean.chain(COVERAGE).chain(TESTS) {
            let read = (format.read)(&mut text.as_bytes());
            assert!(read.is_err(), "{} took a report of {other}: {read:?}", format.name);
        }
    }
}

#[test]
fn a_report_that_was_cut_is_refused() {
    let found = SAMPLES.iter().map(|sample| (sample.format, sample.text));
    for (name, text) in found.chain(CLEAN.iter().copied()) {
        let format = FORMATS.iter().find(|format| format.name == name).unwrap();
        for part in 0..64 {
            let end = text.trim_end().len() * part / 64;
            let cut = &text.as_bytes()[..end];
            let read = (format.read)(&mut &*cut);
            assert!(read.is_err(), "{name} cut at {part}/64: {read:?}");
        }
    }
}

#[test]
fn what_is_broken_anywhere_is_no_panic() {
    for sample in SAMPLES {
        for at in (0..sample.text.len()).step_by(3) {
            for byte in [b'"', b'}', b'9', 0xff] {
                let mut bytes = sample.text.as_bytes().to_vec();
                bytes[at] = byte;
                for format in FORMATS.iter().filter(|format| format.name == sample.format) {
                    let _either = (format.read)(&mut bytes.as_slice());
                }
            }
        }
    }
}

#[test]
fn depth_and_length_have_limits() {
    for open in ["[", "{\"a\":", "{\"runs\":[{\"results\":["] {
        let deep = open.repeat(1_000_000);
        for format in FORMATS {
            assert!((format.read)(&mut deep.as_bytes()).is_err(), "{}", format.name);
        }
    }
    let named =
        |name: &str| format!(r#"{{"version":"2.1.0","runs":[{{"tool":{{"driver":{{"name":"{name}"}}}}}}]}}"#);
    let long = named(&"x".repeat(18 << 20));
    assert!(refused(&long).contains("longer than 16 MiB"), "{}", refused(&long));
    assert!(refused(&named(&"\\\"".repeat(9 << 20))).contains("longer than 16 MiB"));
}

#[test]
fn an_error_tells_line_and_column() {
    let bad = findings("{\"version\":\"2.1.0\",\n  \"runs\": [{\"results\": 7}]}").unwrap_err();
    assert_eq!((bad.line, bad.column), (2, 24), "{bad:?}");
    assert!(!bad.why.contains("column"), "the place is told once: {}", bad.why);
}

#[test]
fn a_strange_report_is_called_what_it_looks_like() {
    let why = refused("{\"hello\": 1}");
    assert!(why.contains("JSON of another tool") && why.contains("OSV-Scanner"), "{why}");
}

#[test]
fn sarif_takes_the_rule_by_its_name_and_its_level_from_there() {
    let found = findings(SARIF).unwrap();
    let [two, one] = found.findings.as_slice() else { panic!("{found:?}") };
    assert_eq!((two.id.as_str(), two.severity, two.message.as_str()), ("B2/x", Some(Severity::Low), "two"));
    let place = two.place.as_ref().unwrap();
    assert_eq!((place.file.as_str(), place.line, place.column), ("a b/c.go", 3, 4));
    assert_eq!(
        (one.id.as_str(), one.severity, one.message.as_str()),
        ("A1", Some(Severity::Critical), "the first")
    );
    assert_eq!((found.tool.as_str(), found.version.as_str()), ("x", "1.2.3"));
}

/// SARIF of one run, with these members beside the tool `x`.
fn run(members: &str) -> String {
    format!(r#"{{"version":"2.1.0","runs":[{{"tool":{{"driver":{{"name":"x"}}}},{members}}}]}}"#)
}

#[test]
fn sarif_that_did_not_run_is_refused() {
    for (text, why) in [
        (r#"{"version":"2.1.0","runs":[]}"#.to_owned(), "no run"),
        (r#"{"version":"2.0.0","runs":[{"tool":{"driver":{"name":"x"}},"results":[]}]}"#.to_owned(), "2.0.0"),
        (run(r#""results":null"#), "null"),
        (run(r#""columnKind":"utf16CodeUnits""#), "without `results`"),
        (run(r#""results":[],"invocations":[{"executionSuccessful":false}]"#), "failed"),
        (
            run(
                r#""results":[],"invocations":[{"executionSuccessful":true,"toolExecutionNotifications":[{"level":"error","message":{"text":"no rules"}}]}]"#,
            ),
            "no rules",
        ),
        (run(r#""results":[],"externalPropertyFileReferences":{"results":[{}]}"#), "another file"),
        (
            r#"{"version":"2.1.0","runs":[{"tool":{"driver":{}},"results":[]}]}"#.to_owned(),
            "name of its tool",
        ),
        (format!("{} {{}}", run(r#""results":[]"#)), "trailing"),
    ] {
        assert!(refused(&text).contains(why), "{text}: {}", refused(&text));
    }
    assert_eq!(findings(&run(r#""results":[]"#)).unwrap().findings.len(), 0);
}

#[test]
fn sarif_is_let_pass_only_where_that_was_agreed() {
    let suppressed = |status: &str| {
        let text =
            run(&format!(r#""results":[{{"ruleId":"a","message":{{"text":"m"}},"suppressions":{status}}}]"#));
        findings(&text).unwrap().findings[0].suppressed
    };
    assert!(suppressed(r#"[{"kind":"inSource"}]"#));
    assert!(suppressed(r#"[{"kind":"external","status":"accepted"}]"#));
    for open in
        ["null", "[]", r#"[{"status":"underReview"}]"#, r#"[{"status":"accepted"},{"status":"rejected"}]"#]
    {
        assert!(!suppressed(open), "{open}");
    }
}

#[test]
fn what_is_not_decided_did_not_pass() {
    for (told, count) in
        [("pass", 0), (r#"pass","level":"error"#, 1), ("review", 1), (r#"open","level":"none"#, 1)]
    {
        let text = run(&format!(r#""results":[{{"ruleId":"a","kind":"{told}"}}]"#));
        assert_eq!(findings(&text).unwrap().findings.len(), count, "{told}");
        assert!(findings(&text.replace(r#""kind":""#, r#""kind":"F"#)).is_err());
    }
}

#[test]
fn sarif_finds_rules_in_extensions_and_changed_levels() {
    let text = r#"{"version":"2.1.0","runs":[{"tool":{"driver":{"name":"CodeQL","rules":[{"id":"q"}]},"extensions":[{"name":"go","rules":[{"id":"q","properties":{"security-severity":"7.5","tags":["external/cwe/cwe-079","CVE-2020-1"]}}]}]},
"invocations":[{"executionSuccessful":true,"ruleConfigurationOverrides":[{"descriptor":{"id":"q"},"configuration":{"level":"note"}}]}],
"results":[{"ruleId":"q","rule":{"id":"q","index":0,"toolComponent":{"index":0}},"message":{"text":"m"}},{"ruleId":"q","message":{"text":"m"}},{"ruleId":"q","level":"error","message":{"text":"m"}}]}]}"#;
    let found = findings(text).unwrap().findings;
    let severities: Vec<_> = found.iter().map(|finding| finding.severity).collect();
    assert_eq!(severities, [Some(Severity::High), Some(Severity::Low), Some(Severity::High)]);
    assert_eq!(found[0].aliases.iter().next().map(String::as_str), Some("CVE-2020-1"));
}

#[test]
fn sarif_takes_the_worse_of_a_rule_and_its_result() {
    for (rule, result, worst) in [("5.0", "9.8", Severity::Critical), ("9.8", "5.0", Severity::Critical)] {
        let text = format!(
            r#"{{"version":"2.1.0","runs":[{{"tool":{{"driver":{{"name":"x","rules":[{{"id":"q","properties":{{"security-severity":"{rule}"}}}}]}}}},
"results":[{{"ruleId":"q","message":{{"text":"m"}},"properties":{{"security-severity":"{result}"}}}}]}}]}}"#
        );
        assert_eq!(findings(&text).unwrap().findings[0].severity, Some(worst), "{rule} {result}");
    }
}

#[test]
fn sarif_takes_the_first_change_of_a_level_and_looks_up_no_name_without_end() {
    let text = format!(
        r#"{{"version":"2.1.0","runs":[{{"tool":{{"driver":{{"name":"x","rules":[{{"id":"a"}},{{"id":"a/b"}},{{"id":"a{deep}"}}]}}}},
"invocations":[{{"executionSuccessful":true,"ruleConfigurationOverrides":[{{"descriptor":{{"id":"a"}}}},{{"descriptor":{{"id":"a"}},"configuration":{{"level":"note"}}}},{{"descriptor":{{"id":"a"}},"configuration":{{"level":"error"}}}},{{"descriptor":{{"id":"a/b"}},"configuration":{{"level":"error"}}}}]}}],
"results":[{{"ruleId":"a/x","message":{{"text":"m"}}}},{{"ruleId":"a/b/c","message":{{"text":"m"}}}},{{"ruleId":"a{deep}/z","message":{{"text":"m"}}}},{{"ruleId":"a{deep}","message":{{"text":"m"}}}}]}}]}}"#,
        deep = "/x".repeat(1_000)
    );
    let severities: Vec<_> = findings(&text).unwrap().findings.iter().map(|found| found.severity).collect();
    let (low, high, medium) = (Some(Severity::Low), Some(Severity::High), Some(Severity::Medium));
    // Beyond what any tool nests, the beginning of a name counts, or all of it.
    assert_eq!(severities, [low, high, low, medium]);
}

#[test]
fn sarif_of_trivy_and_govulncheck_is_read_by_their_own_habits() {
    let text = r#"{"version":"2.1.0","runs":[{"tool":{"driver":{"name":"Trivy","rules":[{"id":"CVE-1","properties":{"security-severity":"0.0","tags":["vulnerability","security","UNKNOWN"]}},{"id":"CVE-2","properties":{"security-severity":"2.0","tags":["HIGH"]}}]}},
"results":[{"ruleId":"CVE-1","level":"note","message":{"text":"m"}},{"ruleId":"CVE-2","message":{"text":"m"}}]}]}"#;
    let found = findings(text).unwrap().findings;
    assert_eq!((found[0].severity, found[1].severity), (None, Some(Severity::High)));
    let text = text.replace("Trivy", "govulncheck").replace(",\"properties\"", ",\"other\"");
    let found = findings(&text).unwrap().findings;
    assert_eq!((found[0].severity, found[0].reach), (None, Some(Reach::Required)));
    assert_eq!(found[1].reach, Some(Reach::Imported));
}

#[test]
fn gosec_that_could_not_read_the_code_is_refused() {
    let whole = sample("JSON of gosec");
    let found = findings(whole).unwrap();
    assert_eq!(found.findings[0].place.as_ref().unwrap().line, 79);
    assert!(!found.findings[0].suppressed && found.findings[1].suppressed);
    for (from, to, why) in [
        ("\"files\":2", "\"files\":0", "no file"),
        (
            "\"Golang errors\":{}",
            "\"Golang errors\":{\"a.go\":[{\"line\":3,\"column\":1,\"error\":\"expected ;\"}]}",
            "a.go:3: expected ;",
        ),
        ("\"found\":2", "\"found\":3", "only 2"),
        ("\"Golang errors\":{},", "", "lacks"),
    ] {
        let text = whole.replacen(from, to, 1);
        assert_ne!(text, whole);
        assert!(refused(&text).contains(why), "{}", refused(&text));
    }
}

#[test]
fn govulncheck_counts_findings_at_their_deepest() {
    let whole = sample("JSON of govulncheck");
    // That it is not called is known of a run of our own only: a stream cut behind the first findings looks whole.
    assert_eq!(findings(whole).unwrap().findings[1].reach, None);
    let found = super::govulncheck::read(whole.as_bytes()).unwrap().findings.findings;
    let reaches: Vec<_> = found.iter().map(|finding| (finding.id.as_str(), finding.reach)).collect();
    assert_eq!(reaches, [("GO-1", Some(Reach::Called)), ("GO-2", Some(Reach::Required))]);
    assert_eq!(found[0].fixed, ["0.3.7"]);
    assert_eq!(found[0].place.as_ref().unwrap().file, "main.go");
    assert_eq!(found[0].package.as_ref().unwrap().version, "0.3.5");
    for (from, to) in [
        ("v1.0.0", "v2.0.0"),
        ("\"modules\":[{", "\"other\":[{"),
        ("{\"config\"", "{\"progress\":{}}{\"config\""),
    ] {
        let text = whole.replacen(from, to, 1);
        assert_ne!(text, whole);
        assert!(findings(&text).is_err(), "{to}");
    }
    assert!(refused(&format!("{whole}{whole}")).contains("two reports"));
}

#[test]
fn a_stream_of_govulncheck_that_was_cut_is_refused_between_its_objects_too() {
    let whole = sample("JSON of govulncheck");
    let all = findings(whole).unwrap().findings.len();
    for (at, _) in whole.match_indices("}}").filter(|(at, _)| *at > 0) {
        match findings(&whole[..at + 2]) {
            Ok(found) => assert_eq!(found.findings.len(), all, "cut at {at}"),
            Err(_) => continue,
        }
    }
    assert!(refused(&whole[..whole.find("{\"finding\"").unwrap()]).contains("GO-1"));
    assert!(refused(&whole[..whole.find("{\"osv\"").unwrap()]).contains("cut"));
}

#[test]
fn osv_scanner_counts_groups_and_needs_packages() {
    let found = findings(sample("JSON of OSV-Scanner")).unwrap();
    let first = &found.findings[0];
    assert_eq!((first.id.as_str(), first.severity), ("GHSA-1", Some(Severity::High)));
    assert!(first.aliases.contains("GO-1") && first.aliases.contains("CVE-1"));
    assert_eq!((first.fixed.as_slice(), first.reach), (&["0.3.7".to_owned()][..], Some(Reach::Required)));
    assert_eq!(first.place.as_ref().unwrap().file, "/w/go.mod");
    assert_eq!(found.looked_at, Some((2, "packages".into())));
    assert!(refused(r#"{"results":[],"experimental_config":{}}"#).contains("--all-packages"));
}

#[test]
fn osv_scanner_groups_by_name_in_the_order_of_the_report() {
    let text = |groups: &str| {
        format!(
            r#"{{"results":[{{"source":{{"path":"/w/go.mod"}},"packages":[{{"package":{{"name":"m","version":"1.0.0","ecosystem":"Go"}},"vulnerabilities":[{{"id":"GHSA-2","summary":"first"}},{{"id":"CVE-1","summary":"second","database_specific":{{"severity":"HIGH"}}}},{{"id":"GO-3","summary":"third"}}],"groups":[{groups}]}}]}}],"experimental_config":{{}}}}"#
        )
    };
    let group = r#"{"ids":["CVE-1","GHSA-2","CVE-1"],"experimentalAnalysis":{"a":{"called":false},"b":{"called":true},"c":{}}}"#;
    let found = findings(&text(&format!(r#"{group},{{"ids":["GO-3"]}}"#))).unwrap().findings;
    assert_eq!((found[0].id.as_str(), found[0].message.as_str()), ("CVE-1", "first"));
    assert_eq!((found[0].severity, found[0].reach), (Some(Severity::High), Some(Reach::Called)));
    assert_eq!((found[1].message.as_str(), found[1].reach), ("third", None));
    let ids = vec!["\"GO-3\""; 25_001].join(",");
    assert!(refused(&text(&format!(r#"{{"ids":[{ids}]}}"#))).contains("a list of more than 25000"));
}

#[test]
fn lists_that_are_held_have_an_end() {
    let many = |element: &str| vec![element; 25_001].join(",");
    for (format, from, to) in [
        ("JSON of gosec", "\"Golang errors\":{", format!("\"Golang errors\":{{\"a.go\":[{}],", many("{}"))),
        (
            "JSON of cargo-audit",
            "\"warnings\":{",
            format!("\"warnings\":{{\"odd\":[{}],", many("{\"package\":{}}")),
        ),
        ("JSON of govulncheck", "\"trace\":[", format!("\"trace\":[{},", many("{}"))),
    ] {
        let whole = sample(format);
        let text = whole.replacen(from, &to, 1);
        assert_ne!(text, whole, "{format}");
        assert!(refused(&text).contains("a list of more than 25000"), "{format}");
    }
    let roots = format!("{{\"SBOM\":{{\"roots\":[{}]}}}}\n", vec!["\"m\""; 20_000].join(","));
    let whole = format!("{}\n{}", sample("JSON of govulncheck"), roots.repeat(3));
    assert!(refused(&whole).contains("or roots"), "{}", refused(&whole));
}

#[test]
fn each_tool_says_what_it_looked_at() {
    for (format, from, to) in [
        ("JSON of golangci-lint", "\"Enabled\":true", "\"Enabled\":false"),
        ("JSON of golangci-lint", "\"Report\":{", "\"Report\":{\"Error\":\"timeout\","),
        ("JSON of Trivy", "\"SchemaVersion\":2", "\"SchemaVersion\":1"),
        ("JSON of Trivy", "\"ArtifactName\":\".\"", "\"ArtifactName\":\"\""),
        ("JSON of Trivy", "\"ArtifactName\":", "\"CreatedAt\":\"today\",\"ArtifactName\":"),
        ("JSON of cargo-audit", "900", "3"),
        ("JSON of cargo-audit", "\"dependency-count\":12", "\"dependency-count\":0"),
        ("JSON of cargo-audit", "\"count\":2", "\"count\":3"),
        ("JSON of npm audit", "\"auditReportVersion\":2", "\"auditReportVersion\":1"),
        ("JSON of npm audit", "\"dependencies\":{\"prod\":3,\"total\":3}", "\"dependencies\":{\"total\":0}"),
        ("JSON of npm audit", "\"vulnerabilities\":{\"total\":2}", "\"vulnerabilities\":{\"total\":3}"),
        ("JSON of Semgrep", "\"errors\":[]", "\"errors\":[{\"message\":\"no rule\"}]"),
        ("JSON of Semgrep", "[\"a.py\"]", "[]"),
        ("JSON of ESLint", "\"warningCount\":1", "\"warningCount\":2"),
        ("JSON of deno lint", "\"errors\":[]", "\"errors\":[{\"file_path\":\"a\",\"message\":\"b\"}]"),
        ("messages of cargo (clippy, check)", "{\"reason\":\"build-finished\",\"success\":true}", ""),
        ("messages of cargo (clippy, check)", "\"success\":true", "\"success\":false"),
    ] {
        let whole = sample(format);
        let text = whole.replacen(from, to, 1);
        assert_ne!(text, whole, "{format}: {from}");
        assert!(findings(&text).is_err(), "{format} with {to}");
    }
}

#[test]
fn clean_reports_that_say_so_are_clean() {
    for (format, text) in CLEAN {
        let (found, clean) = read(FORMATS, "report of findings", text.as_bytes())
            .unwrap_or_else(|bad| panic!("{format}: {bad}"));
        assert_eq!((found, clean.findings.len()), (*format, 0), "{text}");
    }
}

#[test]
fn severities_come_from_words_vectors_and_scores() {
    let trivy = findings(sample("JSON of Trivy")).unwrap().findings;
    assert_eq!(trivy[0].severity, Some(Severity::Critical), "the score counts where the word is UNKNOWN");
    assert_eq!(trivy[0].fixed, ["0.2.0", "0.3.0"]);
    assert!(trivy[3].suppressed);
    let audit = findings(sample("JSON of cargo-audit")).unwrap().findings;
    assert_eq!(audit[0].severity, Some(Severity::Medium));
    for (vector, severity) in [
        ("CVSS:3.0/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", Some(Severity::Critical)),
        ("CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N", Some(Severity::Critical)),
        ("CVSS:3.1/AV:L/AC:L/PR:L/UI:N/S:U/C:N/I:N/A:N", None),
        ("nonsense", None),
    ] {
        assert_eq!(Severity::of_vector(vector), severity, "{vector}");
    }
}
