//! A whole report of each format of coverage and of tests, and what is no report of anything: for tests, and for
//! `fuzz/`, which begins with them.

/// Coverage, with one covered line at least: the format's name and the report.
pub const COVERAGE: &[(&str, &str)] = &[
    ("Go coverage profile", "mode: set\nm/a.go:3.15,6.2 2 1\nm/a.go:8.10,10.2 1 0\nm/b.go:3.10,7.2 3 1\n"),
    ("LCOV tracefile", "TN:\nSF:a.c\nDA:1,1\nDA:2,0\nend_of_record\nSF:b.c\nDA:10,1\nend_of_record\n"),
    (
        "Clover XML",
        "<coverage generated='0'><project><file name='a'><line num='1' type='stmt' count='1'/></file></project></coverage>\n",
    ),
    (
        "Cobertura XML",
        "<coverage line-rate='1'><packages><package><classes><class filename='a'><lines><line number='1' hits='1'/></lines></class></classes></package></packages></coverage>\n",
    ),
    (
        "JaCoCo XML",
        "<report name='r'><package name='p'><sourcefile name='A.java'><line nr='1' mi='0' ci='1'/></sourcefile></package></report>\n",
    ),
    (
        "coverage.py JSON",
        r#"{"meta":{"format":3},"files":{"a.py":{"executed_lines":[1,2],"missing_lines":[3]}},"totals":{"covered_lines":2,"num_statements":3}}"#,
    ),
    (
        "llvm-cov JSON",
        r#"{"data":[{"files":[{"filename":"a.rs","segments":[[1,1,1,true,true,false],[2,1,0,false,false,false]]}],"totals":{}}],"type":"llvm.coverage.json.export","version":"3.0.1"}"#,
    ),
    (
        "Istanbul JSON summary",
        r#"{"total":{"lines":{"total":3,"covered":2}},"/x/a.ts":{"lines":{"total":3,"covered":2}}}"#,
    ),
];

/// Results of tests, with one that passed at least.
pub const TESTS: &[(&str, &str)] = &[
    (
        "events of `go test -json`",
        "{\"Action\":\"start\",\"Package\":\"m\"}\n{\"Action\":\"run\",\"Package\":\"m\",\"Test\":\"T\"}\n{\"Action\":\"pass\",\"Package\":\"m\",\"Test\":\"T\"}\n{\"Action\":\"pass\",\"Package\":\"m\"}\n",
    ),
    (
        "JUnit XML",
        "<testsuites><testsuite name='s'><testcase name='a' classname='c'/></testsuite></testsuites>\n",
    ),
    ("TAP", "TAP version 13\n1..2\nok 1 - a\nok 2 - b\n"),
];

/// What is no report of anything.
pub const NOTHING: &[&str] = &[
    "",
    "\n",
    "null",
    "[]",
    "{}",
    "0",
    "<!DOCTYPE html>\n<html><head><title>502 Bad Gateway</title></head><body>x</body></html>\n",
    "{\"message\":\"Not Found\",\"documentation_url\":\"https://docs.example\",\"status\":\"404\"}",
    "Error: Process completed with exit code 1.\n",
];
