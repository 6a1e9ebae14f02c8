//! Files that are written while a release is made of them: nothing of it is published, and nothing taken over later.

use crate::harness::{Repo, forge, repo};

const MOD: (&str, &str) = ("go.mod", "module example.com/greeter\n\ngo 1.21\n");
const MAIN: (&str, &str) = (
    "main.go",
    "package main\n\nimport (\n\t_ \"embed\"\n\t\"fmt\"\n)\n\n//go:embed data.txt\nvar data string\n\n\
     var version = \"dev\"\n\nfunc main() { fmt.Println(version, data) }\n",
);
const DATA: (&str, &str) = ("data.txt", "one");
const IGNORE: (&str, &str) = (".gitignore", "/dist/\n/gen.go\n");

/// Of the gates only the tests.
pub const GATES: &str = "gates:\n  coverage: { enabled: false }\n  vulnerabilities: { enabled: false }\n  \
                     secrets: { enabled: false }\n  lint: { enabled: false }\n  licences: { enabled: false }\n  \
                     commits: { enabled: false }\n  pinning: { enabled: false }\n";

/// Two platforms, and these hooks.
fn hooked(when: &str, hook: &str) -> String {
    let hook = hook.replace('"', "\\\"");
    format!("build: {{ targets: [linux/amd64, linux/386], hooks: {{ {when}: [[sh, -c, \"{hook}\"]] }} }}\n")
}

fn with_test(body: &str) -> String {
    format!(
        "package main\n\nimport (\n\t\"os\"\n\t\"testing\"\n)\n\nfunc TestIt(t *testing.T) {{\n\
         \twrite := func(name, text string) {{\n\t\tif err := os.WriteFile(name, []byte(text), 0o644); err != nil {{\n\
         \t\t\tt.Fatal(err)\n\t\t}}\n\t}}\n\t{body}\n}}\n"
    )
}

fn with_settings(settings: &str) -> Repo {
    repo(&[MOD, MAIN, DATA, IGNORE, (".release.yaml", settings)])
}

/// How many tasks of this step ended well in all runs so far.
fn finished(repo: &Repo, step: &str) -> usize {
    let of_step = |line: &&serde_json::Value| {
        line["event"] == "task_finished" && line["task"].as_str().is_some_and(|task| task.starts_with(step))
    };
    repo.journal().iter().filter(of_step).count()
}

fn make(repo: &Repo) -> crate::harness::Ran {
    repo.call(&["run", "--snapshot", "--only", "package", "--jobs", "1"])
}

#[test]
fn a_test_that_changes_what_is_released_stops_the_release() {
    let world = forge();
    let settings = format!("{GATES}build: {{ targets: [linux/amd64, linux/386] }}\n");
    let test = with_test("write(\"data.txt\", \"EVIL\")");
    let repo = repo(&[MOD, MAIN, DATA, IGNORE, ("main_test.go", &test), (".release.yaml", &settings)]);
    repo.tag("v1.0.0");
    world.seed(&repo);
    let ran = repo.run(&world, &["run"]).says("data.txt is not as it was committed");
    assert!([11, 12].contains(&ran.code), "{} {}", ran.code, ran.err);
    assert!(world.releases().iter().all(|release| release.draft), "nothing is public");
    repo.run(&world, &["run"]).exits(10).says("data.txt");
    repo.git(&["checkout", "--", "data.txt"]);
    repo.run(&world, &["run", "--skip", "gates", "--set", "verify.run.enabled=false"]).exits(0);
    let made = std::fs::read(repo.dir.join("dist/greeter_linux_386_sse2/greeter")).unwrap();
    assert!(!made.windows(4).any(|part| part == b"EVIL"));
}

#[test]
fn a_source_that_a_test_leaves_behind_is_no_part_of_the_commit() {
    let settings = format!("{GATES}build: {{ targets: [linux/amd64] }}\n");
    for (body, code) in [
        ("write(\"gen_new.go\", \"package main\\n\")", 11),
        // Reports may lie about, and a file that is written as it was is the same file.
        ("write(\"report.txt\", \"x\"); write(\"data.txt\", \"one\")", 0),
    ] {
        let test = with_test(body);
        let repo = repo(&[MOD, MAIN, DATA, IGNORE, ("main_test.go", &test), (".release.yaml", &settings)]);
        let ran = repo.call(&["gates", "--snapshot"]).exits(code);
        if code != 0 {
            ran.says("gen_new.go is new");
        }
    }
}

#[test]
fn a_hook_after_a_build_must_leave_the_source_alone() {
    for (hook, words) in [
        ("echo x >> data.txt", "data.txt is not as it was committed"),
        ("echo x > gen_new.go", "gen_new.go is new"),
        ("echo 'package main' > gen.go", "gen.go, which Git ignores, is not as it was when the run began"),
        ("echo x > data.txt; printf one > data.txt", "data.txt was written"),
        (
            "echo x >> data.txt; git -c user.name=x -c user.email=x@example.com commit -q -a -m x",
            "HEAD is another commit now",
        ),
    ] {
        let repo = with_settings(&hooked("after", hook));
        make(&repo).exits(12).says(words);
        assert_eq!(finished(&repo, "build/"), 0, "{hook}: nothing of it is taken over");
    }
}

#[test]
fn hooks_before_the_build_may_write_what_was_there() {
    let repo = with_settings(&hooked(
        "before",
        "printf one > data.txt; echo 'package main' > gen.go; echo x > dist/x",
    ));
    make(&repo).exits(0);
    assert_eq!(finished(&repo, "build/"), 2);
    make(&repo).exits(0);
    assert_eq!(finished(&repo, "build/"), 2, "all is taken over");
}

#[test]
fn what_is_here_beside_the_commit_may_stay() {
    let repo = with_settings("build: { targets: [linux/amd64] }\n");
    repo.write("data.txt", "two");
    repo.write("notes.txt", "x");
    make(&repo).exits(0);
}
