//! A workflow that is cancelled: children are told, and the job summary says what a re-run will do.

use std::process::Stdio;

use crate::harness::{forge, greeter};
use crate::running::{Running, patiently};

#[test]
fn a_cancelled_run_ends_by_itself_and_says_what_a_rerun_does() {
    let world = forge();
    let repo = greeter();
    // A child that will not hear of it, with a child of its own.
    let hook = "trap : INT TERM; touch started; while :; do sleep 1; done";
    repo.write(".gitignore", "/dist/\n/started\n/summary.md\n");
    repo.write(
        ".release.yaml",
        format!("version: 1\nbuild:\n  hooks:\n    before:\n      - [sh, -c, '{hook}']\n"),
    );
    repo.commit("chore: hook").tag("v2.0.0");
    world.seed(&repo);
    let summary = repo.dir.join("summary.md");
    let env = [("GITHUB_STEP_SUMMARY", summary.to_str().unwrap())];
    let mut command = repo.in_workflow(&world, &env, &["run", "--skip", "gates"]);
    let began = repo.dir.join("started");
    let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let ended = Running(child).signal_when("INT", "the hook began", || began.exists());
    assert_eq!(ended, Some(130));

    let page = std::fs::read_to_string(&summary).unwrap();
    assert!(page.starts_with("## ⏹️ greeter v2.0.0"), "{page}");
    for words in ["What a re-run does", "Re-run failed jobs", "still to do", "Nothing is published twice"] {
        assert!(page.contains(words), "{words}\n{page}");
    }
    let finished = repo.journal().iter().any(|event| event["event"] == "run_finished");
    assert!(finished, "the journal tells how it ended");
    // A process may end while it is looked at, and one that was killed takes a moment.
    patiently("no child is left", || {
        let mut entries = std::fs::read_dir("/proc").unwrap();
        !entries.any(|entry| {
            let folder = std::fs::read_link(entry.unwrap().path().join("cwd"));
            folder.is_ok_and(|folder| folder.starts_with(&repo.dir))
        })
    });
}

#[test]
fn a_command_that_cannot_begin_leaves_its_reason_in_the_summary_beside_what_is_there() {
    let world = forge();
    let repo = greeter();
    world.seed(&repo);
    repo.write(".release.yaml", "version: 1\ngatess: {}\n");
    let summary = repo.dir.join("summary.md");
    std::fs::write(&summary, "# mine, without an end").unwrap();
    let env = [("GITHUB_STEP_SUMMARY", summary.to_str().unwrap())];
    let run = || repo.in_workflow(&world, &env, &["run"]).output().unwrap();
    assert_eq!(run().status.code(), Some(2));
    let page = std::fs::read_to_string(&summary).unwrap();
    assert!(page.starts_with("# mine, without an end\n\n## ❌ release-action stopped"), "{page}");
    assert!(page.contains("gatess") && page.contains(".release.yaml"), "{page}");
    // A second command of the same step adds, and what is full already is left as it is, and told.
    run();
    assert_eq!(std::fs::read_to_string(&summary).unwrap().matches("## ❌").count(), 2);
    let full = "x\n".repeat(520_000);
    std::fs::write(&summary, &full).unwrap();
    let ran = run();
    assert!(std::fs::read_to_string(&summary).unwrap() == full);
    assert!(String::from_utf8_lossy(&ran.stderr).contains("has no room left"));
}
