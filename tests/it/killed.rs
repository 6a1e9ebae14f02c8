//! What a run has started ends with it: told to stop, out of time, or killed without a warning.

use std::process::{Command, Stdio};

use crate::harness::{Repo, repo};
use crate::running::{Running, patiently};

/// A project whose hook starts three sleepers and waits for ever: one in a session of its own, one that has lost its
/// parent as well.
fn project(more: &str) -> Repo {
    let hook = "sleep 7777 & echo $! >pids; setsid sleep 7778 & echo $! >>pids; (setsid sleep 7779 & echo $! >>pids); touch started; wait; sleep 7776";
    let config = format!(
        "version: 1\nbuild:\n  targets: [linux/amd64]\n{more}  hooks:\n    before:\n      - [sh, -c, '{hook}']\n"
    );
    let repo = repo(&[
        ("go.mod", "module example.com/small\n\ngo 1.21\n"),
        ("main.go", "package main\n\nfunc main() { println(\"small\") }\n"),
        (".gitignore", "/dist/\n/pids\n/started\n/tmp/\n"),
        (".release.yaml", &config),
    ]);
    repo.tag("v1.0.0");
    repo
}

/// True as long as there is such a process that is no zombie.
fn lives(pid: &str) -> bool {
    std::fs::read_to_string(format!("/proc/{pid}/stat"))
        .is_ok_and(|stat| !stat.rsplit(')').next().is_some_and(|rest| rest.starts_with(" Z")))
}

fn everything_ends(repo: &Repo) {
    let pids = std::fs::read_to_string(repo.dir.join("pids")).unwrap();
    assert_eq!(pids.lines().count(), 3, "{pids}");
    for pid in pids.lines() {
        patiently("what the hook started has ended", || !lives(pid));
    }
}

/// Starts the program as from a terminal: whoever runs the tests may have had SIGHUP ignored.
fn start(repo: &Repo, args: &[&str]) -> Running {
    let program = repo.program(args);
    let mut command = Command::new("env");
    command.arg("--default-signal=HUP").arg(program.get_program()).args(program.get_args());
    for (name, value) in program.get_envs() {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    let temporary = repo.dir.join("tmp");
    std::fs::create_dir_all(&temporary).unwrap();
    command.env("TMPDIR", temporary).current_dir(&repo.dir);
    Running(command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap())
}

#[test]
fn a_rehearsal_that_loses_its_terminal_leaves_nothing() {
    for (signal, code) in [("HUP", 129), ("QUIT", 131)] {
        let repo = project("");
        let began = repo.dir.join("started");
        let ended =
            start(&repo, &["rehearse", "--skip", "gates"])
                .signal_when(signal, "the hook began", || began.exists());
        assert_eq!(ended, Some(code));
        everything_ends(&repo);
        let names = std::fs::read_dir(repo.dir.join("tmp")).unwrap().map(|entry| entry.unwrap().file_name());
        let forges: Vec<_> =
            names.filter(|name| name.to_string_lossy().starts_with("release-forge")).collect();
        assert!(forges.is_empty(), "{forges:?}");
        assert_eq!(repo.journal().pop().unwrap()["event"], "run_finished");
    }
}

#[test]
fn nothing_runs_on_beside_the_next_run_when_it_is_killed() {
    let repo = project("");
    let began = repo.dir.join("started");
    start(&repo, &["build", "--snapshot"]).kill_when("the hook began", || began.exists());
    everything_ends(&repo);
}

#[test]
fn the_reaper_inherits_what_every_child_does() {
    let repo = project("");
    let began = repo.dir.join("started");
    let mut program = repo.program(&["build", "--snapshot"]);
    program.env("LLVM_PROFILE_FILE", repo.dir.join("tmp/%4m.profraw")).env("MY_TOKEN", "t0psecret");
    let mut running = Running(program.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap());
    running.wait_for("the hook began", || began.exists());
    let env = std::fs::read(reaper_of(running.0.id()).join("environ")).unwrap();
    let has = |words: &str| env.split(|byte| *byte == 0).any(|word| word.starts_with(words.as_bytes()));
    assert!(has("LLVM_PROFILE_FILE=") && has("PATH=") && !has("MY_TOKEN="));
    running.kill_when("it was looked at", || true);
    everything_ends(&repo);
}

/// Where the system tells of the one child of this process that is the same program.
fn reaper_of(parent: u32) -> std::path::PathBuf {
    let program = std::fs::read_link(format!("/proc/{parent}/exe")).unwrap();
    let children = std::fs::read_dir(format!("/proc/{parent}/task")).unwrap().flat_map(|task| {
        let text = std::fs::read_to_string(task.unwrap().path().join("children")).unwrap_or_default();
        text.split_ascii_whitespace().map(|id| std::path::Path::new("/proc").join(id)).collect::<Vec<_>>()
    });
    let ours =
        |place: &std::path::PathBuf| std::fs::read_link(place.join("exe")).is_ok_and(|exe| exe == program);
    let found: Vec<_> = children.filter(ours).collect();
    assert_eq!(found.len(), 1, "{found:?}");
    found.into_iter().next().unwrap()
}

#[test]
fn a_hook_that_takes_too_long_ends_with_what_has_a_session_of_its_own() {
    let repo = project("  timeout: 20s\n");
    repo.call(&["build", "--snapshot"]).exits(12).says("longer than 20s").says("all processes below it");
    everything_ends(&repo);
}
