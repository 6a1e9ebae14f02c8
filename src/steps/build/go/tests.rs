//! Real builds by the `go` on the PATH.

use serde_json::{Value, json};

use super::Go;
use crate::model::{Artifact, Platform, Problem, Task};
use crate::ports::process::Command;
use crate::steps::build::BuildSettings;
use crate::steps::room::Planned;
use crate::steps::trial::Trial;

const MOD: (&str, &str) = ("go.mod", "module example.com/m\n\ngo 1.21\n");
const MAIN: &str = "package main\n\nimport \"fmt\"\n\nvar version, commit, date, builtBy string\n\n\
                    func main() { fmt.Println(version, commit, date, builtBy) }\n";

fn plan(trial: &Trial, room: Value, step: Value) -> Result<Vec<Planned>, Problem> {
    trial.plan::<Go, BuildSettings>(room, step)
}

fn here(trial: &Trial) -> String {
    trial.facts.host.to_string()
}

async fn one(trial: &Trial, room: Value, step: Value) -> Result<Artifact, Problem> {
    let planned = plan(trial, room, step)?;
    assert_eq!(planned.len(), 1);
    Ok(trial.make(&planned[0]).await?.remove(0))
}

async fn output(trial: &Trial, artifact: &Artifact) -> String {
    let command = Command::new(trial.dist().join(&artifact.path).as_str(), &trial.root);
    trial.ports.process.run(command, &Default::default(), &|_, _| {}).await.unwrap().text()
}

#[tokio::test]
async fn builds_what_runs_and_says_its_version() {
    let trial = Trial::of(&[
        MOD,
        ("main.go", MAIN),
        ("examples/x/main.go", MAIN),
        ("gen.go", "//go:build ignore\npackage main\nfunc main() {}\n"),
    ])
    .await;
    let artifact = one(&trial, json!({}), json!({ "targets": [here(&trial)] })).await.unwrap();
    assert_eq!(artifact.name, "m");
    assert_eq!(
        artifact.path,
        format!("m_{}_{}_v1/m", trial.facts.host.os, trial.facts.host.arch).replace("arm64_v1", "arm64_v8.0")
    );
    let (size, digest) = trial.ports.files.digest(&trial.dist().join(&artifact.path)).unwrap();
    assert_eq!((artifact.size, artifact.digest), (size, digest));
    let said = output(&trial, &artifact).await;
    assert_eq!(said, format!("1.2.3 {} 2026-01-02T03:04:05Z release-action\n", "c".repeat(40)));
    assert_eq!(trial.ports.files.meta(&trial.dist().join(".build/m")).unwrap(), None);
    assert_eq!(artifact.extra["ID"], "m");
}

#[tokio::test]
async fn two_folders_give_the_same_keys_and_bytes() {
    let files = [MOD, ("cmd/a/main.go", MAIN), ("cmd/b/main.go", MAIN)];
    let (one, two) = (Trial::of(&files).await, Trial::of(&files).await);
    let step = json!({ "targets": ["windows/arm64"], "optimise": "size" });
    let (first, second) =
        (plan(&one, json!({}), step.clone()).unwrap(), plan(&two, json!({}), step).unwrap());
    assert_eq!(
        first.iter().map(|p| p.task.id.0.as_str()).collect::<Vec<_>>(),
        ["build/go/a_windows_arm64", "build/go/b_windows_arm64"]
    );
    for (a, b) in first.iter().zip(&second) {
        assert_eq!(a.task, b.task);
        let (a, b) = (one.make(a).await.unwrap(), two.make(b).await.unwrap());
        assert_eq!(a, b);
        assert!(a[0].path.as_str().ends_with("_windows_arm64_v8.0/a.exe") || a[0].name == "b.exe");
    }
}

#[tokio::test]
async fn keys_follow_everything_that_decides_the_bytes() {
    let mut trial = Trial::of(&[MOD, ("main.go", MAIN)]).await;
    let key = |trial: &Trial, room: Value, step: Value| plan(trial, room, step).unwrap()[0].task.key;
    let plain = key(&trial, json!({}), json!({}));
    let mut keys = vec![
        plain,
        key(&trial, json!({ "tags": ["x"] }), json!({})),
        key(&trial, json!({ "env": { "A": "b" } }), json!({})),
        key(&trial, json!({ "ldflags": [] }), json!({})),
        key(&trial, json!({}), json!({ "optimise": "debug" })),
        key(&trial, json!({}), json!({ "optimise": "speed" })),
        key(&trial, json!({}), json!({ "hooks": { "before": ["true"] } })),
        key(&trial, json!({}), json!({ "hooks": { "after": ["true"] } })),
        key(&trial, json!({}), json!({ "targets": ["linux/amd64/v3"] })),
    ];
    trial.facts.commit.tree = "other".into();
    keys.push(key(&trial, json!({}), json!({})));
    trial.facts.tools.get_mut("go").unwrap().version = "go9".into();
    keys.push(key(&trial, json!({}), json!({})));
    trial.facts.tools.get_mut("go").unwrap().settings.insert("GOEXPERIMENT".into(), "x".into());
    keys.push(key(&trial, json!({}), json!({})));
    trial.facts.loose.build.insert("gen.go".into(), None);
    keys.push(key(&trial, json!({}), json!({})));
    let cgo = json!({ "cgo": true });
    let here = json!({ "targets": [here(&trial)] });
    keys.push(key(&trial, cgo.clone(), here.clone()));
    trial.facts.tools.get_mut("go").unwrap().settings.insert("CGO_CFLAGS".into(), "-O3".into());
    keys.push(key(&trial, cgo, here.clone()));
    let count = keys.len();
    keys.sort();
    keys.dedup();
    assert_eq!(keys.len(), count, "each of them has a key of its own");
    let pure = key(&trial, json!({}), here.clone());
    trial.facts.tools.get_mut("go").unwrap().settings.insert("CC".into(), "other".into());
    assert_eq!(key(&trial, json!({}), here), pure, "without cgo no C compiler counts");
}

#[tokio::test]
async fn a_compile_error_is_shown_with_its_place() {
    let trial = Trial::of(&[MOD, ("cmd/a/main.go", "package main\n\nfunc main() { nothing() }\n")]).await;
    let problem = one(&trial, json!({}), json!({ "targets": ["darwin/arm64"] })).await.unwrap_err();
    assert_eq!(problem.what, "`a` does not compile for darwin/arm64");
    assert_eq!(problem.place.unwrap().to_string(), "cmd/a/main.go:3:15");
    assert!(problem.causes[0].contains("undefined: nothing"), "{:?}", problem.causes);
    assert!(!problem.passing);
    assert!(trial.said().contains("undefined: nothing"));
}

#[tokio::test]
async fn a_missing_dependency_is_no_passing_failure() {
    let source = "package main\n\nimport \"example.com/nowhere\"\n\nfunc main() { nowhere.X() }\n";
    let trial = Trial::of(&[MOD, ("main.go", source)]).await;
    let problem = one(&trial, json!({}), json!({ "targets": [here(&trial)] })).await.unwrap_err();
    assert!(!problem.passing && problem.fix.unwrap().contains("go mod tidy"));
    assert_eq!(problem.place.unwrap().to_string(), "main.go:3:8");
}

#[tokio::test]
async fn a_dead_network_is_a_passing_failure() {
    let source = "package main\n\nimport \"example.com/nowhere\"\n\nfunc main() { nowhere.X() }\n";
    let sum = "example.com/nowhere v1.0.0 h1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n\
               example.com/nowhere v1.0.0/go.mod h1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n";
    let text = "module example.com/m\n\ngo 1.21\n\nrequire example.com/nowhere v1.0.0\n";
    let trial = Trial::of(&[("go.mod", text), ("go.sum", sum), ("main.go", source)]).await;
    // A port that was free a moment ago: nobody listens there.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let room = json!({ "env": { "GOPROXY": format!("http://127.0.0.1:{port}"), "GONOSUMDB": "*" } });
    let problem = one(&trial, room, json!({ "targets": [here(&trial)] })).await.unwrap_err();
    assert!(problem.passing, "{problem}");
}

#[tokio::test]
async fn levels_differ_as_they_say() {
    let trial = Trial::of(&[MOD, ("main.go", MAIN)]).await;
    let mut sizes = Vec::new();
    for level in ["size", "release", "speed", "debug"] {
        let artifact =
            one(&trial, json!({}), json!({ "targets": [here(&trial)], "optimise": level })).await.unwrap();
        assert!(output(&trial, &artifact).await.starts_with("1.2.3 "));
        sizes.push(artifact.size);
    }
    assert!(sizes.is_sorted() && sizes[0] < sizes[3], "{sizes:?}");
}

#[tokio::test]
async fn hooks_run_before_all_and_after_each() {
    let main = "package main\n\nfunc main() { println(made) }\n";
    let trial = Trial::of(&[MOD, ("main.go", main), (".gitignore", "made.go\ncount\ndist\n")]).await;
    let hooks = json!({
        "before": [["sh", "-c", "echo 'package main; const made = \"by hook\"' > made.go; echo once >> count"]],
        "after": [["sh", "-c", "printf x >> \"$RELEASE_ACTION_BINARY\"; echo {{ target }} >> count"]],
    });
    let step = json!({ "targets": ["linux/amd64", "linux/arm64"], "hooks": hooks });
    let planned = plan(&trial, json!({}), step).unwrap();
    let (one, two) = tokio::join!(trial.make(&planned[0]), trial.make(&planned[1]));
    let bytes = trial.ports.files.read(&trial.dist().join(&one.unwrap()[0].path), u64::MAX - 1).unwrap();
    assert_eq!(bytes.last(), Some(&b'x'));
    two.unwrap();
    let count = String::from_utf8(trial.ports.files.read(&trial.root.join("count"), 1000).unwrap()).unwrap();
    let mut lines: Vec<&str> = count.lines().collect();
    lines.sort_unstable();
    assert_eq!(lines, ["linux/amd64", "linux/arm64", "once"]);
}

#[tokio::test]
async fn a_hook_that_fails_stops_every_build_and_is_shown() {
    let trial = Trial::of(&[MOD, ("main.go", MAIN)]).await;
    let hooks = json!({ "before": [["sh", "-c", "echo once >> count; echo broken pipe here >&2; exit 3"]] });
    let planned = plan(&trial, json!({}), json!({ "hooks": hooks })).unwrap();
    for task in &planned[..2] {
        let problem = trial.make(task).await.unwrap_err();
        assert_eq!(problem.causes, ["it ended with exit code 3", "broken pipe here"]);
        assert!(!problem.passing);
    }
    assert_eq!(trial.ports.files.read(&trial.root.join("count"), 1000).unwrap(), b"once\n");
}

#[tokio::test]
async fn refuses_at_plan_time_what_cannot_be() {
    let trial = Trial::of(&[MOD, ("main.go", MAIN)]).await;
    for (room, step, words) in [
        (json!({ "flags": ["-o=x"] }), json!({}), "may not hold `-o=x`"),
        (json!({ "flags": ["./other"] }), json!({}), "is no flag"),
        (json!({ "flags": ["--tags=x"] }), json!({}), "use `build.go.tags`"),
        (json!({ "tags": ["a,b"] }), json!({}), "is no build tag"),
        (json!({ "env": { "GOOS": "plan9" } }), json!({}), "use `build.targets`"),
        (json!({ "commands": [{ "binary": "../m" }] }), json!({}), "cannot be a binary's name"),
        (json!({ "commands": [{}, {}] }), json!({}), "would be built twice"),
        (json!({}), json!({ "targets": [] }), "is empty"),
        (json!({ "ldflags": ["{{ env.NOT_SET }}"] }), json!({}), "cannot be made out"),
    ] {
        let problem = plan(&trial, room.clone(), step).err().unwrap_or_else(|| panic!("{room}"));
        assert!(problem.to_string().contains(words), "{room}: {problem}");
    }
}

#[tokio::test]
async fn c_code_without_a_cross_compiler_wants_its_own_machine() {
    let trial = Trial::of(&[MOD, ("main.go", MAIN)]).await;
    let step = json!({ "targets": ["linux/amd64", "darwin/arm64"] });
    for (room, native) in [
        (json!({}), false),
        (json!({ "cgo": true }), true),
        (json!({ "cgo": true, "env": { "CC": "zig-{{ target }}" } }), false),
        (json!({ "commands": [{ "cgo": true }] }), true),
    ] {
        let planned = plan(&trial, room.clone(), step.clone()).unwrap();
        assert!(planned.iter().all(|planned| planned.task.native == native), "{room}");
    }
}

#[tokio::test]
async fn what_only_a_machine_can_tell_is_in_its_own_key_alone() {
    let mut trial = Trial::of(&[MOD, ("main.go", MAIN)]).await;
    let step = json!({ "targets": ["linux/amd64", "darwin/arm64"] });
    let tasks = |trial: &Trial, cgo: bool| -> Vec<Task> {
        let planned = plan(trial, json!({ "cgo": cgo }), step.clone()).unwrap();
        planned.into_iter().map(|planned| planned.task).collect()
    };
    let (pure, with_c) = (tasks(&trial, false), tasks(&trial, true));
    assert!(pure.iter().all(|task| task.shared.is_none()));
    trial.facts.host = Platform { os: "darwin".into(), arch: "arm64".into(), variant: String::new() };
    let go = trial.facts.tools.get_mut("go").unwrap();
    go.settings.insert("CC".into(), "clang".into());
    go.settings.insert("CGO_CFLAGS".into(), "-O3".into());
    assert_eq!(tasks(&trial, false), pure, "without C the machine decides nothing");
    for (here, there) in with_c.iter().zip(tasks(&trial, true)) {
        assert_ne!(here.key, there.key, "{}", here.id);
        assert_eq!(Task { key: here.key, ..there }, *here);
    }
    trial.facts.tools.get_mut("go").unwrap().image = Some("golang:1@sha256:ab".into());
    for (here, there) in pure.iter().zip(tasks(&trial, false)) {
        assert_ne!(here.key, there.key, "{}", here.id);
        assert_eq!(there.shared_key(), here.key);
    }
    // What is the same on every machine still tells two plans apart.
    trial.facts.tools.get_mut("go").unwrap().settings.insert("GOEXPERIMENT".into(), "x".into());
    assert_ne!(tasks(&trial, true)[0].shared_key(), with_c[0].shared_key());
}

#[tokio::test]
async fn a_setting_for_one_architecture_is_in_the_keys_of_that_one() {
    let mut trial = Trial::of(&[MOD, ("main.go", MAIN)]).await;
    let step = json!({ "targets": ["linux/amd64", "js/wasm"] });
    let keys = |trial: &Trial| {
        let planned = plan(trial, json!({}), step.clone()).unwrap();
        planned.iter().map(|planned| planned.task.shared_key()).collect::<Vec<_>>()
    };
    let before = keys(&trial);
    let go = trial.facts.tools.get_mut("go").unwrap();
    go.settings.insert("GOWASM".into(), "satconv".into());
    let after = keys(&trial);
    assert_eq!(before[0], after[0], "linux");
    assert_ne!(before[1], after[1], "wasm");
}

#[tokio::test]
async fn cgo_builds_here_and_a_library_is_no_command() {
    let source = "package main\n\n// static int two(void) { return 2; }\nimport \"C\"\n\nfunc main() { println(C.two()) }\n";
    let trial = Trial::of(&[MOD, ("cmd/c/main.go", source), ("lib/lib.go", "package lib\n")]).await;
    let step = json!({ "targets": [here(&trial)] });
    let artifact = one(&trial, json!({ "cgo": true }), step.clone()).await.unwrap();
    assert_eq!(artifact.name, "c");
    let problem = one(&trial, json!({ "commands": [{ "package": "lib" }] }), step).await.unwrap_err();
    assert_eq!(problem.what, "the package is no command");
}

#[tokio::test]
async fn a_hook_or_a_build_that_hangs_is_ended_and_the_setting_is_named() {
    let trial = Trial::of(&[MOD, ("main.go", MAIN)]).await;
    let step = json!({ "targets": [here(&trial)], "hooks": { "before": ["sleep 600"] }, "timeout": "100ms" });
    let problem = one(&trial, json!({}), step).await.unwrap_err();
    assert!(problem.what.contains("the hook `sleep 600` failed: `sleep` took longer"), "{problem:?}");
    assert!(problem.fix.unwrap().contains("`build.timeout`") && !problem.passing);
    let step = json!({ "targets": [here(&trial)], "timeout": "1ms" });
    let problem = one(&trial, json!({}), step).await.unwrap_err();
    assert!(problem.what.contains("`go` took longer than 1ms") && !problem.passing, "{problem:?}");
}
