//! Reports that exist are taken instead of running tools.

use crate::harness::repo;

const FILES: [(&str, &str); 4] = [
    ("go.mod", "module example.com/m\n\ngo 1.21\n"),
    ("main.go", "package main\n\nfunc main() {}\n"),
    ("main_test.go", "package main\n\nimport \"testing\"\n\nfunc TestIt(t *testing.T) { t.Fatal() }\n"),
    (".gitignore", "/dist/\n/out/\n"),
];

const LCOV: &str = "TN:\nSF:main.go\nDA:3,1\nend_of_record\n";

#[test]
fn reports_are_taken_instead_of_tools() {
    let repo = repo(&FILES);
    repo.tag("v1.0.0");
    repo.write("out/c.info", LCOV);
    repo.write("out/j.xml", "<testsuite name='s'><testcase name='a'/></testsuite>");
    let both = ["gates", "--report", "out/c.info", "out/j.xml"];
    // Its own tests would fail.
    repo.call(&both).exits(0);
    repo.call(&["gates"]).exits(11);
    repo.call(&["gates", "--only", "coverage", "--report", "unit=out/c.info"]).exits(0);
    repo.call(&["gates", "--report", "out/j.xml"]).exits(11).says("there is no coverage to judge");
    repo.write(
        "out/j.xml",
        "<testsuite name='s'><testcase name='a'><failure message='oh no'/></testcase></testsuite>",
    );
    repo.call(&both).exits(11).says("a of s failed").says("oh no");
}

#[test]
fn what_no_gate_can_read_is_an_error_whichever_is_asked_for() {
    let repo = repo(&FILES);
    repo.tag("v1.0.0");
    repo.write("out/c.info", LCOV);
    repo.write("out/page.info", "<!DOCTYPE html><html><body>502</body></html>");
    repo.write("out/empty.info", "");
    let with = |file: &str| repo.call(&["gates", "--only", "coverage", "--report", "out/c.info", file]);
    with("out/page.info").exits(11).says("out/page.info is no report that is known").says("a page of HTML");
    with("out/empty.info").exits(11).says("out/empty.info is empty");
    with("out/gone.info").exits(11).says("there is no out/gone.info");
    with("out").exits(11).says("out is a folder");
    repo.call(&["gates", "--only", "coverge"]).exits(2).says("`coverge` has nothing to do here");
    let typo = ["gates", "--only", "coverge", "--report", "out/page.info"];
    repo.call(&typo).exits(2).says("`coverge` has nothing to do here").says("did you mean `coverage`?");
    // No room takes it, so none has anything to do.
    let alone = |file: &str| repo.call(&["gates", "--only", "lint", "--report", file]);
    repo.write(".release.yaml", "version: 1\ngates: { lint: { vet: false, format: false } }\n");
    alone("out/c.info").exits(2).says("out/c.info is a LCOV tracefile");
    alone("out/page.info").exits(11).says("out/page.info is no report that is known");
    repo.write("out/wide.info", "\u{feff}{}".encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>());
    alone("out/wide.info").exits(11).says("text in UTF-16").says("write it as UTF-8");
}

#[test]
fn what_only_looks_like_evidence_is_none() {
    let repo = repo(&FILES);
    repo.write("old.info", LCOV);
    repo.commit("test: a report").tag("v1.0.0");
    // A checkout made it new a moment ago.
    repo.call(&["gates", "--only", "coverage", "--report", "old.info"])
        .exits(11)
        .says("old.info is part of the commit");
    let name = |file: &str, hit: u8| format!("SF:/srv/ci/other/{file}.go\nDA:3,{hit}\nend_of_record\n");
    repo.write(
        "out/other.info",
        ["main", "b", "c"].map(|file| name(file, u8::from(file == "main"))).concat(),
    );
    let other = ["gates", "--only", "coverage", "--report", "out/other.info"];
    repo.call(&other).exits(11).says("the coverage is of another project");
    let events = "{\"Action\":\"start\",\"Package\":\"x.org/x\"}\n{\"Action\":\"run\",\"Package\":\"x.org/x\",\"Test\":\"T\"}\n{\"Action\":\"pass\",\"Package\":\"x.org/x\",\"Test\":\"T\"}\n{\"Action\":\"pass\",\"Package\":\"x.org/x\"}\n";
    repo.write("out/tests.json", events);
    repo.call(&["gates", "--only", "tests", "--report", "out/tests.json"])
        .exits(11)
        .says("is of another project");
    repo.write(
        "out/tests.json",
        format!("{}{{\"Action\":\"fail\",\"Pa", events.replace("x.org/x", "example.com/m")),
    );
    repo.call(&["gates", "--only", "tests", "--report", "out/tests.json"]).exits(11).says("an event is torn");
    let sarif = |tool: &str| {
        format!(
            "{{\"version\":\"2.1.0\",\"runs\":[{{\"tool\":{{\"driver\":{{\"name\":\"{tool}\"}}}},\"results\":[]}}]}}"
        )
    };
    repo.write("out/r.sarif", sarif("eslint"));
    let given = ["gates", "--only", "vulnerabilities", "--report", "out/r.sarif"];
    repo.call(&given).exits(11).says("looks for no vulnerabilities");
    let semgrep = |file: &str| {
        format!(
            "{{\"version\":\"1.1.0\",\"results\":[],\"errors\":[],\"paths\":{{\"scanned\":[\"{file}\"]}}}}"
        )
    };
    let given = ["gates", "--only", "vulnerabilities", "--report", "out/s.json"];
    repo.write("out/s.json", semgrep("/ci/other/q.py"));
    repo.call(&given).exits(11).says("out/s.json is of another project: none of its files is here");
}

#[test]
fn a_linters_report_names_files_of_this_project() {
    let code = [
        ("a.js", "a\n"),
        ("b.ts", "b\n"),
        (".release.yaml", "version: 1\ngates: { lint: { format: false, vet: false } }\n"),
    ];
    let repo = repo(&FILES.into_iter().chain(code).collect::<Vec<_>>());
    repo.tag("v1.0.0");
    let given = |names: &[&str]| {
        let one = |name: &&str| {
            format!("{{\"filePath\":\"{name}\",\"messages\":[],\"errorCount\":0,\"warningCount\":0}}")
        };
        let all: Vec<String> = names.iter().map(one).collect();
        repo.write("out/lint.json", format!("[{}]", all.join(",")));
        repo.call(&["gates", "--only", "lint", "--report", "out/lint.json"])
    };
    given(&["/ci/w/a.js", "/ci/w/b.ts"]).exits(0);
    given(&["/ci/w/a.js"]).exits(0).says("no report of eslint names a .ts file, and there are 1");
    given(&["/ci/w/c.js"]).exits(11).says("out/lint.json is of another project: none of its files is here");
}

#[test]
fn jobs_of_a_matrix_give_their_reports_by_one_pattern_and_none_may_lack() {
    let code = |os: &str| format!("package main\n\nfunc init() {{ println(\"{os}\") }}\n");
    let (linux, windows) = (code("linux"), code("windows"));
    let own = [
        ("a_linux.go", linux.as_str()),
        ("a_windows.go", windows.as_str()),
        (".release.yaml", "version: 1\ngates: { coverage: { minimum: 100 } }\n"),
    ];
    let files: Vec<(&str, &str)> = FILES.into_iter().chain(own).collect();
    let repo = repo(&files);
    repo.tag("v1.0.0");
    // The block of `init` from its brace to the end of the line, and the empty one of `main`.
    let profile = |os: &str, ran: u8| {
        let end = format!("func init() {{ println(\"{os}\") }}").len() + 1;
        let own = format!("example.com/m/a_{os}.go:3.13,3.{end} 1 {ran}");
        format!("mode: set\n{own}\nexample.com/m/main.go:3.14,3.15 0 0\n")
    };
    let with = |pattern: &str| repo.call(&["gates", "--only", "coverage", "--report", pattern]);
    let all = "unit=out/{1.25,1.26}-{linux,windows}/c.out";
    repo.write("out/1.26-linux/c.out", profile("linux", 1));
    repo.write("out/1.26-windows/c.out", profile("windows", 1));
    repo.write("out/1.25-linux/c.out", profile("linux", 0));
    with(all).exits(11).says("there is no out/1.25-windows/c.out");
    repo.write("out/1.25-windows/c.out", profile("windows", 0));
    with(all).exits(0).says("100 % of statements (2 of 2)");
    with("unit=out/*/c.out").exits(0).says("100 % of statements (2 of 2)");
    with("out/9*/c.out").exits(11).says("no file fits out/9*/c.out");
    repo.write("out/1.25-windows/c.out", profile("windows", 0).replace("3.13,", "3.15,"));
    with(all).exits(11).says("a_windows.go: the blocks 3.13,3.35 and 3.15,3.35 overlap");
}

#[test]
fn gates_that_looked_at_nothing_are_no_pass() {
    let repo = repo(&FILES);
    let off = ["tests", "coverage", "vulnerabilities", "secrets", "lint"];
    let off: String = off.iter().map(|gate| format!("  {gate}: {{ enabled: false }}\n")).collect();
    repo.write(".release.yaml", format!("version: 1\ngates:\n{off}"));
    repo.commit("chore: no gates");
    repo.call(&["gates", "--snapshot"]).exits(11).says("no gate looked at anything").says("`gates.reports`");
    repo.call(&["gates", "--snapshot", "--set", "gates.allow_none=true"]).exits(0);
    let journal = repo.dist("journal.jsonl");
    assert!(journal.contains("\"task_failed\"") && journal.contains("gates/evidence"), "{journal}");
    repo.write("out/c.info", LCOV);
    // That a report can be read is no answer to what it says.
    let known = ["gates", "--snapshot", "--report", "out/c.info"];
    repo.call(&known).exits(11).says("no gate looked at anything");
    repo.call(&[&known[..], &["--set", "gates.coverage.enabled=true"]].concat()).exits(0);
}
