//! More reports that the real tools wrote (`tests/corpus/make-more-reports`), with what each tool told of its own.

use super::coverage::{self, Measure};
use super::findings::{self, Findings, Severity, Subject};
use super::tests::{self, Results};
use super::{Format, read};

/// What a tool said of its report, in a file of its own.
fn said<'a>(file: &'a str, tool: &str) -> &'a str {
    let line = file.lines().find_map(|line| line.strip_prefix(tool)?.strip_prefix(": "));
    line.unwrap_or_else(|| panic!("{tool} is not in {file}")).trim()
}

fn of<T>(formats: &'static [Format<T>], wanted: &str, report: &[u8]) -> T {
    let (format, content) = read(formats, "report", report).unwrap_or_else(|bad| panic!("{wanted}: {bad}"));
    assert_eq!(format, wanted);
    content
}

fn lines(wanted: &str, report: &[u8]) -> Measure {
    of(coverage::FORMATS, wanted, report).total()
}

fn results(wanted: &str, report: &[u8]) -> Results {
    of(tests::FORMATS, wanted, report)
}

fn found(wanted: &str, report: &[u8]) -> Findings {
    of(findings::FORMATS, wanted, report)
}

fn words(Measure { covered, total }: Measure) -> String {
    format!("{covered} of {total} lines")
}

/// The whole numbers in a text, in order.
fn numbers(text: &str) -> Vec<u64> {
    let parts = text.split(|c: char| !c.is_ascii_digit()).filter(|part| !part.is_empty());
    parts.map(|part| part.parse().unwrap()).collect()
}

#[test]
fn go_tool_cover_tells_the_same_of_packages_of_go() {
    const SAID: &str = include_str!("../../tests/corpus/reports/said-go.txt");
    for (package, report) in [
        ("container-list", include_bytes!("../../tests/corpus/reports/go-container-list.out").as_slice()),
        ("encoding-csv", include_bytes!("../../tests/corpus/reports/go-encoding-csv.out")),
        ("path", include_bytes!("../../tests/corpus/reports/go-path.out")),
        ("sort", include_bytes!("../../tests/corpus/reports/go-sort.out")),
        ("text-tabwriter", include_bytes!("../../tests/corpus/reports/go-text-tabwriter.out")),
    ] {
        let Measure { covered, total } = lines("Go coverage profile", report);
        // Go rounds to one digit.
        let tenths = (covered * 2_000 + total) / (2 * total);
        assert_eq!(format!("{}.{}%", tenths / 10, tenths % 10), said(SAID, package), "{package}");
    }
}

#[test]
fn tests_are_as_many_as_their_runners_say() {
    const GO: &str = include_str!("../../tests/corpus/reports/said-go.txt");
    const DENO: &str = include_str!("../../tests/corpus/reports/said-deno.txt");
    const JAVA: &str = include_str!("../../tests/corpus/reports/said-java.txt");
    let counts = |results: &Results| [results.passed(), results.failures().count() as u64, results.skipped()];
    let go = results("events of `go test -json`", include_bytes!("../../tests/corpus/reports/go-tests.json"));
    assert_eq!(counts(&go).as_slice(), numbers(said(GO, "go test")));
    let deno = results("JUnit XML", include_bytes!("../../tests/corpus/reports/deno-junit.xml"));
    assert_eq!(counts(&deno).as_slice(), numbers(said(DENO, "deno test")));
    let surefire = results("JUnit XML", include_bytes!("../../tests/corpus/reports/surefire.xml"));
    let [run, failed, broken, skipped] = numbers(said(JAVA, "surefire"))[..] else { panic!("{JAVA}") };
    assert_eq!(counts(&surefire), [run - failed - broken - skipped, failed + broken, skipped]);
}

#[test]
fn lines_are_as_many_as_their_tools_say() {
    const NODE: &str = include_str!("../../tests/corpus/reports/said-node.txt");
    const DENO: &str = include_str!("../../tests/corpus/reports/said-deno.txt");
    const JAVA: &str = include_str!("../../tests/corpus/reports/said-java.txt");
    for (format, report) in [
        ("Clover XML", include_bytes!("../../tests/corpus/reports/c8-clover.xml").as_slice()),
        ("Cobertura XML", include_bytes!("../../tests/corpus/reports/c8-cobertura.xml")),
        ("Istanbul JSON summary", include_bytes!("../../tests/corpus/reports/c8-summary.json")),
        ("LCOV tracefile", include_bytes!("../../tests/corpus/reports/c8.info")),
    ] {
        assert_eq!(words(lines(format, report)), said(NODE, "c8"), "{format}");
    }
    let deno = lines("LCOV tracefile", include_bytes!("../../tests/corpus/reports/deno.info"));
    assert_eq!(vec![deno.covered, deno.total], numbers(said(DENO, "deno coverage")));
    let jacoco = lines("JaCoCo XML", include_bytes!("../../tests/corpus/reports/jacoco.xml"));
    assert_eq!(words(jacoco), said(JAVA, "jacoco"));
}

#[test]
fn cargo_tarpaulin_tells_the_same() {
    const SAID: &str = include_str!("../../tests/corpus/reports/said-tarpaulin.txt");
    for (engine, format, report) in [
        (
            "ptrace",
            "LCOV tracefile",
            include_bytes!("../../tests/corpus/reports/tarpaulin-ptrace.info").as_slice(),
        ),
        ("ptrace", "Cobertura XML", include_bytes!("../../tests/corpus/reports/tarpaulin-ptrace.xml")),
        ("llvm", "LCOV tracefile", include_bytes!("../../tests/corpus/reports/tarpaulin-llvm.info")),
        ("llvm", "Cobertura XML", include_bytes!("../../tests/corpus/reports/tarpaulin-llvm.xml")),
    ] {
        let Measure { covered, total } = lines(format, report);
        // It rounds to two digits.
        let hundredths = (covered * 20_000 + total) / (2 * total);
        let ours = format!(
            "{}.{:02}% coverage, {covered}/{total} lines covered",
            hundredths / 100,
            hundredths % 100
        );
        assert_eq!(ours, said(SAID, &format!("tarpaulin {engine}")), "{format}");
    }
}

#[test]
fn llvm_cov_tells_the_same() {
    const SAID: &str = include_str!("../../tests/corpus/reports/said-llvm.txt");
    for (format, report) in [
        ("llvm-cov JSON", include_bytes!("../../tests/corpus/reports/llvm-cov.json").as_slice()),
        ("LCOV tracefile", include_bytes!("../../tests/corpus/reports/llvm-cov.info")),
    ] {
        let mut profile = of(coverage::FORMATS, format, report);
        assert_eq!(words(profile.total()), said(SAID, "llvm-cov show"), "{format}");
        profile.retain(|name| name.ends_with("src/main.cc"));
        assert_eq!(words(profile.total()), said(SAID, "llvm-cov report of main.cc"), "{format}");
    }
}

#[test]
fn vulnerabilities_are_those_that_their_tools_tell() {
    const VULN: &str = include_str!("../../tests/corpus/reports/said-vuln.txt");
    let report = found("JSON of govulncheck", include_bytes!("../../tests/corpus/reports/govulncheck.json"));
    let mut ids: Vec<&str> = report.findings.iter().map(|finding| finding.id.as_str()).collect();
    ids.sort_unstable();
    assert_eq!(ids.join(" "), said(VULN, "govulncheck"));
    assert_eq!(report.projects, ["example.com/m"]);
    let report = found("JSON of OSV-Scanner", include_bytes!("../../tests/corpus/reports/osv-scanner.json"));
    let looked = report.looked_at.unwrap();
    assert_eq!([report.findings.len() as u64, looked.0].as_slice(), numbers(said(VULN, "osv-scanner")));
    const NPM: &str = include_str!("../../tests/corpus/reports/said-npm.txt");
    let report = found("JSON of npm audit", include_bytes!("../../tests/corpus/reports/npm-audit.json"));
    let ids: Vec<&str> = report.findings.iter().map(|finding| finding.id.as_str()).collect();
    assert_eq!(ids.join(" "), said(NPM, "npm audit"));
    const AUDIT: &str = include_str!("../../tests/corpus/reports/said-audit.txt");
    let report = found("JSON of cargo-audit", include_bytes!("../../tests/corpus/reports/cargo-audit.json"));
    assert_eq!(vec![report.findings.len() as u64], numbers(said(AUDIT, "cargo audit")));
    assert_eq!(report.findings[0].id, "RUSTSEC-2020-0071");
    assert_eq!(report.looked_at.unwrap().0, 7, "packages of its lock file");
}

#[test]
fn scanners_find_as_much_as_they_say() {
    const GOSEC: &str = include_str!("../../tests/corpus/reports/said-gosec.txt");
    const GITLEAKS: &str = include_str!("../../tests/corpus/reports/said-gitleaks.txt");
    const SEMGREP: &str = include_str!("../../tests/corpus/reports/said-semgrep.txt");
    for (format, report, said, subject) in [
        (
            "JSON of gosec",
            include_bytes!("../../tests/corpus/reports/gosec.json").as_slice(),
            said(GOSEC, "gosec"),
            Subject::Security,
        ),
        (
            "SARIF",
            include_bytes!("../../tests/corpus/reports/gosec.sarif"),
            said(GOSEC, "gosec"),
            Subject::Security,
        ),
        (
            "JSON of gitleaks",
            include_bytes!("../../tests/corpus/reports/gitleaks.json"),
            said(GITLEAKS, "gitleaks"),
            Subject::Secrets,
        ),
        (
            "SARIF",
            include_bytes!("../../tests/corpus/reports/gitleaks.sarif"),
            said(GITLEAKS, "gitleaks"),
            Subject::Secrets,
        ),
        (
            "JSON of Semgrep",
            include_bytes!("../../tests/corpus/reports/semgrep.json"),
            said(SEMGREP, "semgrep"),
            Subject::Security,
        ),
        (
            "SARIF",
            include_bytes!("../../tests/corpus/reports/semgrep.sarif"),
            said(SEMGREP, "semgrep"),
            Subject::Security,
        ),
    ] {
        let report = found(format, report);
        assert_eq!(vec![report.findings.len() as u64], numbers(said), "{format}");
        assert_eq!(report.subject, subject, "{format}");
        assert!(report.findings.iter().all(|finding| finding.place.is_some()), "{format}");
    }
}

#[test]
fn linters_find_as_much_as_they_say() {
    const NODE: &str = include_str!("../../tests/corpus/reports/said-node.txt");
    const DENO: &str = include_str!("../../tests/corpus/reports/said-deno.txt");
    const RUST: &str = include_str!("../../tests/corpus/reports/said-rust.txt");
    const GOLANGCI: &str = include_str!("../../tests/corpus/reports/said-golangci.txt");
    let eslint = found("JSON of ESLint", include_bytes!("../../tests/corpus/reports/eslint.json")).findings;
    let of = |severity: Severity| {
        eslint.iter().filter(|finding| finding.severity == Some(severity)).count() as u64
    };
    assert_eq!(vec![of(Severity::High), of(Severity::Medium)], numbers(said(NODE, "eslint")));
    for (format, report, said) in [
        (
            "JSON of deno lint",
            include_bytes!("../../tests/corpus/reports/deno-lint.json").as_slice(),
            said(DENO, "deno lint"),
        ),
        (
            "messages of cargo (clippy, check)",
            include_bytes!("../../tests/corpus/reports/clippy.json"),
            said(RUST, "clippy"),
        ),
        (
            "JSON of golangci-lint",
            include_bytes!("../../tests/corpus/reports/golangci.json"),
            said(GOLANGCI, "golangci-lint"),
        ),
        (
            "SARIF",
            include_bytes!("../../tests/corpus/reports/golangci.sarif"),
            said(GOLANGCI, "golangci-lint"),
        ),
    ] {
        let report = found(format, report);
        assert_eq!(
            (report.findings.len() as u64, report.subject),
            (numbers(said)[0], Subject::Lint),
            "{format}"
        );
    }
    let golangci =
        found("JSON of golangci-lint", include_bytes!("../../tests/corpus/reports/golangci.json")).findings;
    for linter in ["errcheck", "ineffassign", "unused"] {
        let count = golangci.iter().filter(|finding| finding.id == linter).count() as u64;
        assert_eq!(vec![count], numbers(said(GOLANGCI, linter)), "{linter}");
    }
}
