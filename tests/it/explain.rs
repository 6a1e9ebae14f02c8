//! `gates --explain`: every gate in full, and nothing runs twice for it.

use crate::harness::{Repo, repo};

const FILES: [(&str, &str); 3] = [
    ("w.js", "let a\n"),
    (".gitignore", "/dist/\n/out/\n"),
    (
        ".release.yaml",
        "version: 1\ngates:\n  reports: [out/j.xml, out/c.info]\n  coverage:\n    minimum: 85\n  commits: false\n",
    ),
];

const LCOV: &str = "SF:w.js\nDA:1,0\nend_of_record\n";

fn project() -> Repo {
    let repo = repo(&FILES);
    repo.write("out/j.xml", "<testsuite name='s'><testcase name='a'/></testsuite>");
    repo.write("out/c.info", LCOV);
    repo
}

fn runs(repo: &Repo) -> usize {
    repo.journal().iter().filter(|record| record["event"] == "run_started").count()
}

#[test]
fn says_who_asks_for_what_on_what_it_rests_and_what_to_do_next() {
    let repo = project();
    let ran = repo.call(&["gates", "--snapshot", "--explain", "--set", "gates.tests.reruns=2"]).exits(11);
    let ran = ran
        .says("coverage: fail")
        .says("minimum: 85  (.release.yaml:5:14)")
        .says("reruns: 2  (flag: gates.tests.reruns=2)")
        .says("race: true")
        .says("0.00 % (0 of 1) (>= 85 %)")
        .says("out/c.info (LCOV tracefile), sha256:")
        .says("next       a test that reaches the 1 line in w.js:1 would do")
        .says("`gates.commits.enabled` is false")
        .says("it is on only where `gates.pinning.enabled` is true");
    let at = |words: &str| ran.out.find(words).unwrap();
    assert!(
        at("coverage: fail") < at("tests: pass") && at("tests: pass") < at("commits: off"),
        "{}",
        ran.out
    );
    assert_eq!(runs(&repo), 1);
    // A report may be too old by now, so the answer of before is none.
    let again = ["gates", "--snapshot", "--explain", "coverage", "--set", "gates.tests.reruns=2"];
    let ran = repo.call(&again).exits(11);
    assert!(!ran.out.contains("tests: pass") && !ran.out.contains("by an earlier run"), "{}", ran.out);
    assert_eq!(runs(&repo), 2);
    // Other settings, another answer.
    repo.call(&["gates", "--snapshot", "--explain", "coverage", "--set", "gates.coverage.minimum=0"])
        .exits(0)
        .says("coverage: pass");
    assert_eq!(runs(&repo), 3);
}

const COMMITS: &[&str] = &["gates", "--snapshot", "--set", "gates.commits.enabled=true"];
const KEPT: &str = "dist/report/gates/commits.json";

fn plain() -> Repo {
    repo(&[("a.txt", "a\n"), (".gitignore", "/dist/\n")])
}

#[test]
fn what_holds_still_is_not_asked_again_and_what_may_be_otherwise_is() {
    let repo = plain();
    let explain = [COMMITS, &["--explain", "commits"]].concat();
    repo.call(&explain).exits(0).says("commits: pass");
    repo.call(&explain).exits(0).says("by an earlier run, and it holds still");
    assert_eq!(runs(&repo), 1, "the evidence is of this commit");
    // A tool that was missing may be there now.
    let explain =
        [COMMITS, &["--set", "gates.secrets.gitleaks=no-such-tool", "--explain", "commits,secrets"]].concat();
    for times in [2, 3] {
        let ran = repo.call(&explain).exits(0).says("secrets: skipped").says("commits: pass");
        assert_eq!(ran.out.matches("by an earlier run").count(), 1, "{}", ran.out);
        assert_eq!(runs(&repo), times);
    }
}

#[test]
fn a_verdict_whose_reports_are_gone_is_none() {
    let repo = plain();
    let judged = || repo.journal().iter().filter(|record| record["event"] == "judged").count();
    let args = [COMMITS, &["--only", "commits"]].concat();
    repo.call(&args).exits(0);
    let before = judged();
    repo.call(&args).exits(0);
    let kept = repo.dist("report/gates/commits.json");
    assert_eq!(judged(), before, "it is taken over");
    for spoil in [true, false] {
        let before = judged();
        let file = repo.dir.join(KEPT);
        if spoil {
            std::fs::write(&file, "{}").unwrap()
        } else {
            std::fs::remove_file(&file).unwrap()
        }
        repo.call(&args).exits(0);
        assert_eq!((judged() - before, repo.dist("report/gates/commits.json")), (1, kept.clone()));
    }
}

#[test]
fn evidence_that_was_changed_is_none_and_the_gate_runs_again() {
    let repo = project();
    let args = ["gates", "--snapshot", "--explain", "coverage"];
    repo.call(&args).exits(11);
    repo.write("dist/report/gates/coverage.json", "{}");
    repo.call(&args).exits(11);
    assert_eq!(runs(&repo), 2);
    repo.commit("feat: next");
    repo.write("out/j.xml", "<testsuite name='s'><testcase name='a'/></testsuite>");
    repo.write("out/c.info", LCOV.replace(",0", ",1"));
    repo.call(&args).exits(0);
    assert_eq!(runs(&repo), 3, "another commit");
}

#[test]
fn programs_read_it_as_json_and_a_slip_of_the_pen_is_told() {
    let repo = project();
    let ran = repo.call(&["--log-format", "json", "gates", "--snapshot", "--explain", "coverage"]).exits(11);
    let page: serde_json::Value = serde_json::from_str(ran.out.lines().last().unwrap()).unwrap();
    assert_eq!(page["gates"][0]["gate"], "coverage");
    assert_eq!(page["gates"][0]["answers"][0]["verdict"]["status"], "fail");
    repo.call(&["gates", "--snapshot", "--explain", "covrage"]).exits(2).says("`covrage` is no gate");
    for room in ["known", "publish"] {
        repo.call(&["gates", "--snapshot", "--only", room]).exits(2).says(&format!("`{room}` is no gate"));
    }
    repo.call(&["gates", "--snapshot", "--report", "out/c.info", "other=out/j.xml"])
        .exits(11)
        .says("`other` is no kind of tests: unit, integration, functional are");
}
