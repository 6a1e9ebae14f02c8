//! A small report of each format, whole and with findings, and those that say that there is nothing: for tests, and for
//! `fuzz/`, which begins with them.

/// A report and what is in it.
pub struct Sample {
    /// The format's name.
    pub format: &'static str,
    /// The report.
    pub text: &'static str,
    /// How many findings it has.
    pub count: usize,
}

/// One of each.
pub const SAMPLES: &[Sample] = &[
    Sample { format: "SARIF", text: SARIF, count: 2 },
    Sample { format: "JSON of gosec", text: GOSEC, count: 2 },
    Sample { format: "JSON of golangci-lint", text: GOLANGCI, count: 1 },
    Sample { format: "JSON of govulncheck", text: GOVULNCHECK, count: 2 },
    Sample { format: "JSON of OSV-Scanner", text: OSV_SCANNER, count: 2 },
    Sample { format: "JSON of Trivy", text: TRIVY, count: 4 },
    Sample { format: "JSON of cargo-audit", text: CARGO_AUDIT, count: 2 },
    Sample { format: "JSON of npm audit", text: NPM_AUDIT, count: 1 },
    Sample { format: "JSON of gitleaks", text: GITLEAKS, count: 1 },
    Sample { format: "JSON of Semgrep", text: SEMGREP, count: 1 },
    Sample { format: "messages of cargo (clippy, check)", text: CLIPPY, count: 1 },
    Sample { format: "JSON of ESLint", text: ESLINT, count: 2 },
    Sample { format: "JSON of deno lint", text: DENO_LINT, count: 1 },
];

/// Reports that find nothing and say what they looked at; `DAY` stands for the day of a database, and the module is `m`.
/// An empty list of gitleaks says nothing, so it has none.
pub const CLEAN: &[(&str, &str)] = &[
    ("SARIF", r#"{"version":"2.1.0","runs":[{"tool":{"driver":{"name":"x"}},"results":[]}]}"#),
    (
        "JSON of gosec",
        r#"{"Golang errors":{},"Issues":[],"Stats":{"files":1,"lines":1,"nosec":0,"found":0},"GosecVersion":"dev"}"#,
    ),
    ("JSON of golangci-lint", r#"{"Issues":null,"Report":{"Linters":[{"Name":"a","Enabled":true}]}}"#),
    (
        "JSON of govulncheck",
        "{\"config\":{\"protocol_version\":\"v1.0.0\",\"scanner_name\":\"govulncheck\",\"scanner_version\":\"v1.8.0\",\"db\":\"https://vuln.go.dev\",\"db_last_modified\":\"DAY\",\"scan_level\":\"symbol\"}}\n\
         {\"SBOM\":{\"go_version\":\"go1.26\",\"roots\":[\"m\"],\"modules\":[{\"path\":\"m\"},{\"path\":\"golang.org/x/text\",\"version\":\"v0.3.8\"}]}}\n\
         {\"osv\":{\"id\":\"GO-1\",\"affected\":[{\"package\":{\"name\":\"golang.org/x/text\"},\"ranges\":[{\"type\":\"SEMVER\",\"events\":[{\"introduced\":\"0\"},{\"fixed\":\"0.3.7\"}]}]}]}}\n\
         {\"progress\":{\"message\":\"Checking the code against the vulnerabilities...\"}}\n",
    ),
    (
        "JSON of OSV-Scanner",
        r#"{"results":[{"source":{"path":"go.mod","type":"lockfile"},"packages":[{"package":{"name":"a","version":"1","ecosystem":"Go"}}]}]}"#,
    ),
    (
        "JSON of Trivy",
        r#"{"SchemaVersion":2,"ArtifactName":".","Results":[{"Target":"go.mod","Class":"lang-pkgs","Type":"gomod"}]}"#,
    ),
    (
        "JSON of cargo-audit",
        r#"{"database":{"advisory-count":900,"last-commit":"c0ffee","last-updated":"DAY"},"lockfile":{"dependency-count":2},"vulnerabilities":{"found":false,"count":0,"list":[]},"warnings":{}}"#,
    ),
    (
        "JSON of npm audit",
        r#"{"auditReportVersion":2,"vulnerabilities":{},"metadata":{"vulnerabilities":{"total":0},"dependencies":{"total":3}}}"#,
    ),
    ("JSON of Semgrep", r#"{"version":"1","results":[],"errors":[],"paths":{"scanned":["a"]}}"#),
    (
        "messages of cargo (clippy, check)",
        "{\"reason\":\"compiler-artifact\",\"package_id\":\"a\"}\n{\"reason\":\"build-finished\",\"success\":true}",
    ),
    ("JSON of ESLint", r#"[{"filePath":"a.js","messages":[],"errorCount":0,"warningCount":0}]"#),
    ("JSON of deno lint", r#"{"version":1,"diagnostics":[],"errors":[],"checked_files":["a.ts"]}"#),
];

/// A name by its end is stale on purpose: the second result's index points at the first rule.
pub const SARIF: &str = r#"{"version":"2.1.0","runs":[{"results":[
{"ruleId":"B2/x","ruleIndex":0,"message":{"text":"two\nmore"},"locations":[{"physicalLocation":{"artifactLocation":{"uri":"a%20b/c.go"},"region":{"startLine":3,"startColumn":"4","snippet":{"text":"s3cret"}}}}]},
{"rule":{"index":0},"message":{"id":"default"}},
{"ruleId":"A1","kind":"pass","message":{"text":"fine"}},
{"ruleId":"A1","baselineState":"absent","message":{"text":"gone"}}],
"tool":{"driver":{"name":"x","semanticVersion":"1.2.3","rules":[{"id":"A1","shortDescription":{"text":"the first"},"properties":{"security-severity":"9.8"}},{"id":"B2","defaultConfiguration":{"level":"note"}}]}}}]}"#;

const GOSEC: &str = r#"{"Golang errors":{},"Issues":[
{"severity":"HIGH","confidence":"HIGH","cwe":{"id":"22","url":""},"rule_id":"G304","details":"file inclusion","file":"/w/main.go","code":"x","line":"79-81","column":"2","nosec":false,"suppressions":null},
{"severity":"LOW","confidence":"HIGH","cwe":null,"rule_id":"G104","details":"errors unhandled","file":"/w/b.go","code":"x","line":"7","column":"1","nosec":false,"suppressions":[{"kind":"inSource","justification":""}]}],
"Stats":{"files":2,"lines":9,"nosec":0,"found":2},"GosecVersion":"v2.27.1"}"#;

const GOLANGCI: &str = r#"{"Issues":[{"FromLinter":"errcheck","Text":"not checked","Severity":"","SourceLines":["x"],"Pos":{"Filename":"a.go","Offset":1,"Line":4,"Column":2}}],"Report":{"Linters":[{"Name":"errcheck","Enabled":true},{"Name":"lll"}]}}"#;

const GOVULNCHECK: &str = r#"{"config":{"protocol_version":"v1.0.0","scanner_name":"govulncheck","scanner_version":"v1.8.0","db":"file:///db","db_last_modified":"2026-08-21T00:00:00Z","scan_level":"symbol"}}
{"SBOM":{"modules":[{"path":"example.com/m"},{"path":"golang.org/x/text","version":"v0.3.5"}]}}
{"osv":{"id":"GO-1","aliases":["CVE-1"],"summary":"one","affected":[{"package":{"name":"golang.org/x/text"},"ranges":[{"type":"SEMVER","events":[{"introduced":"0"},{"fixed":"0.3.7"}]}]}],"database_specific":{"url":"https://pkg.go.dev/vuln/GO-1"}}}
{"osv":{"id":"GO-2","summary":"two","affected":[{"package":{"name":"golang.org/x/text"},"ranges":[{"type":"SEMVER","events":[{"introduced":"0.3.0"}]}]}]}}
{"osv":{"id":"GO-3","withdrawn":"2026-01-01T00:00:00Z"}}
{"osv":{"id":"GO-4","affected":[{"package":{"name":"golang.org/x/text"},"ranges":[{"type":"SEMVER","events":[{"introduced":"0.1.0"},{"fixed":"0.2.0"},{"introduced":"0.4.0"}]}]}]}}
{"progress":{"message":"Checking the code against the vulnerabilities..."}}
{"finding":{"osv":"GO-1","fixed_version":"v0.3.7","trace":[{"module":"golang.org/x/text","version":"v0.3.5"}]}}
{"finding":{"osv":"GO-2","trace":[{"module":"golang.org/x/text","version":"v0.3.5"}]}}
{"finding":{"osv":"GO-3","trace":[{"module":"golang.org/x/text","version":"v0.3.5"}]}}
{"finding":{"osv":"GO-1","fixed_version":"v0.3.7","trace":[{"module":"golang.org/x/text","version":"v0.3.5","package":"golang.org/x/text/language","function":"Parse","position":{"filename":"language/parse.go","line":33,"column":6}},{"module":"example.com/m","package":"example.com/m","function":"main","position":{"filename":"main.go","line":12,"column":28}}]}}"#;

const OSV_SCANNER: &str = r#"{"results":[{"packages":[{"package":{"name":"golang.org/x/text","version":"0.3.5","ecosystem":"Go"},
"groups":[{"ids":["GHSA-1","GO-1"],"aliases":["CVE-1","GHSA-1","GO-1"],"max_severity":"7.5","experimental_analysis":{"GO-1":{"called":false}}},{"ids":["GO-2"],"aliases":["GO-2"],"max_severity":""},{"ids":["GO-9"]}],
"vulnerabilities":[{"id":"GHSA-1","summary":"one","affected":[{"package":{"name":"golang.org/x/text"},"ranges":[{"events":[{"introduced":"0"},{"fixed":"0.3.7"}]}]}]},{"id":"GO-1"},{"id":"GO-2","details":"two"},{"id":"GO-9","withdrawn":"2026-01-01T00:00:00Z"}]},
{"package":{"name":"good","version":"1.0.0","ecosystem":"Go"}}],"source":{"path":"/w/go.mod","type":"lockfile"}}],"experimental_config":{}}"#;

const TRIVY: &str = r#"{"SchemaVersion":2,"Trivy":{"Version":"0.74.0"},"ArtifactName":".","Results":[{"Target":"Cargo.lock","Class":"lang-pkgs","Type":"cargo",
"Vulnerabilities":[{"VulnerabilityID":"CVE-1","PkgName":"time","InstalledVersion":"0.1.0","FixedVersion":"0.2.0, 0.3.0","Severity":"UNKNOWN","Title":"one","CVSS":{"nvd":{"V3Score":9.1}}}],
"Misconfigurations":[{"ID":"AVD-1","Severity":"HIGH","Status":"FAIL","Title":"root"},{"ID":"AVD-2","Severity":"HIGH","Status":"PASS"}],
"Secrets":[{"RuleID":"github-pat","Severity":"CRITICAL","Title":"GitHub","StartLine":3,"Match":"s3cret"}],
"ExperimentalModifiedFindings":[{"Type":"vulnerability","Status":"ignored","Finding":{"VulnerabilityID":"CVE-2","PkgName":"x","Severity":"LOW"}}]}]}"#;

const CARGO_AUDIT: &str = r#"{"database":{"advisory-count":900,"last-commit":null,"last-updated":null},"lockfile":{"dependency-count":12},"settings":{},
"vulnerabilities":{"found":true,"count":2,"list":[{"advisory":{"id":"RUSTSEC-2020-0071","package":"time","title":"segfault","aliases":["CVE-2020-26235"],"cvss":"CVSS:3.1/AV:L/AC:L/PR:L/UI:N/S:U/C:N/I:N/A:H","withdrawn":null},"versions":{"patched":[">=0.2.23"],"unaffected":[]},"package":{"name":"time","version":"0.1.44"}},
{"advisory":{"id":"RUSTSEC-2","title":"gone","withdrawn":"2022-01-01"},"versions":null,"package":{"name":"old","version":"1.0.0"}}]},
"warnings":{"unmaintained":[{"kind":"unmaintained","package":{"name":"dusty","version":"1.0.0"},"advisory":{"id":"RUSTSEC-3","title":"dusty is unmaintained"},"versions":{"patched":[]}}]}}"#;

const NPM_AUDIT: &str = r#"{"auditReportVersion":2,"vulnerabilities":{"mkdirp":{"name":"mkdirp","severity":"critical","via":["minimist"],"nodes":[]},
"minimist":{"name":"minimist","severity":"critical","via":[{"source":1,"name":"minimist","dependency":"minimist","title":"pollution","url":"https://github.com/advisories/GHSA-xvch-5gv4-984h","severity":"critical","cvss":{"score":9.8,"vectorString":null},"range":"<0.2.4"}],"nodes":[]}},
"metadata":{"vulnerabilities":{"total":2},"dependencies":{"prod":3,"total":3}}}"#;

const GITLEAKS: &str = r#"[{"RuleID":"github-pat","Description":"a token","StartLine":2,"EndLine":2,"StartColumn":5,"EndColumn":9,"Match":"t = s3cret","Secret":"s3cret","File":"a.go","SymlinkFile":"","Commit":"0123456789abcdef","Entropy":4.1,"Author":"Ann","Email":"ann@example.com","Date":"","Message":"s3cret","Tags":[],"Fingerprint":"0123:a.go:github-pat:2"}]"#;

const SEMGREP: &str = r#"{"version":"1.121.0","results":[{"check_id":"r.x","path":"a.py","start":{"line":1,"col":2,"offset":1},"end":{"line":1,"col":9},"extra":{"message":"bad","severity":"ERROR","lines":"s3cret","metadata":{}}}],"errors":[],"paths":{"scanned":["a.py"]}}"#;

const CLIPPY: &str = r#"{"reason":"compiler-artifact","package_id":"a","target":{"kind":["lib"]}}
{"reason":"compiler-message","package_id":"b","message":{"rendered":"x","message":"unused","code":{"code":"clippy::x","explanation":null},"level":"warning","spans":[{"file_name":"src/b.rs","line_start":9,"column_start":1,"is_primary":false},{"file_name":"src/a.rs","line_start":3,"column_start":5,"is_primary":true}]}}
{"reason":"compiler-message","package_id":"b","message":{"message":"unused","code":{"code":"clippy::x"},"level":"warning","spans":[{"file_name":"src/a.rs","line_start":3,"column_start":5,"is_primary":true}]}}
{"reason":"compiler-message","package_id":"b","message":{"message":"1 warning emitted","code":null,"level":"warning","spans":[]}}
{"reason":"build-finished","success":true}
"#;

const ESLINT: &str = r#"[{"filePath":"/w/a.js","messages":[{"ruleId":"no-unused-vars","severity":1,"message":"unused","line":1,"column":2}],"suppressedMessages":[{"ruleId":"eqeqeq","severity":2,"message":"==","line":2,"column":3}],"errorCount":0,"fatalErrorCount":0,"warningCount":1,"fixableErrorCount":0}]"#;

const DENO_LINT: &str = r#"{"version":1,"diagnostics":[{"filename":"file:///w/a.ts","range":{"start":{"line":1,"col":0,"bytePos":0},"end":{"line":1,"col":5,"bytePos":5}},"message":"unused","code":"no-unused-vars","hint":null}],"errors":[],"checked_files":["/w/a.ts"]}"#;
