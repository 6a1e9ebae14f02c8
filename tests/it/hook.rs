//! Git's hooks, by Git itself: what is staged is judged, and what was there before stays.

use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

use crate::harness::{Ran, Repo, repo};

const GO: &str = "package main\n\nfunc main() {\n\tprintln(\"small\")\n}\n";
const UGLY: &str = "package main\nfunc main() {\n  println( \"small\" )\n}\n";
const MODULE: (&str, &str) = ("go.mod", "module example.com/small\n\ngo 1.21\n");

/// Commits what is staged, as a person does.
fn commit(repo: &Repo, args: &[&str]) -> Ran {
    commit_in(&repo.dir, args)
}

fn commit_in(dir: &Path, args: &[&str]) -> Ran {
    let mut git = Command::new("git");
    git.current_dir(dir).args([
        "-c",
        "user.name=Test",
        "-c",
        "user.email=test@users.noreply.example",
        "commit",
    ]);
    git.args(args).env("GIT_CONFIG_GLOBAL", "/dev/null");
    for name in ["GITHUB_ACTIONS", "GITHUB_STEP_SUMMARY", "NO_COLOR"] {
        git.env_remove(name);
    }
    Ran::of(git.output().unwrap())
}

fn installed(files: &[(&str, &str)]) -> Repo {
    let repo = repo(files);
    repo.call(&["hook", "install"]).exits(0).says("pre-commit is installed");
    repo
}

/// Put together here, so that no scanner takes this file for one that holds a token.
fn token() -> String {
    ["ghp_", "zQWBuTSOoRi4A9spHcVY5ncnsDkxkJ", "0mLq17"].concat()
}

#[test]
fn what_is_staged_is_judged_and_not_the_work_tree() {
    let repo = installed(&[MODULE, ("main.go", GO)]);
    repo.write("main.go", UGLY);
    repo.git(&["add", "main.go"]);
    repo.write("main.go", GO.replace("small", "mended"));
    let refused =
        commit(&repo, &["-m", "feat: ugly"]).exits(1).says("main.go: not formatted as it is staged");
    assert!(refused.err.contains("there is no commit"), "{}", refused.err);
    repo.git(&["add", "main.go"]);
    repo.write("main.go", UGLY);
    commit(&repo, &["-m", "feat: mended"]).exits(0).says("go vet on 1 packages");
    // The index of a commit of single files is another one.
    commit(&repo, &["-m", "feat: ugly", "main.go"]).exits(1).says("not formatted");
    commit(&repo, &["-m", "feat: ugly", "--all", "--no-verify"]).exits(0);
    assert_eq!(repo.git(&["status", "--porcelain"]), "", "the hook leaves nothing in the tree");
}

#[test]
fn the_first_commit_and_one_of_nothing_are_judged_too() {
    let repo = installed(&[]);
    repo.git(&["checkout", "-q", "--orphan", "other"]);
    repo.write("main.go", "package main\nfunc main( {\n");
    repo.git(&["add", "-A"]);
    commit(&repo, &["-m", "feat: torn"]).exits(1).says("gofmt cannot read what is staged");
    repo.write("main.go", GO);
    repo.git(&["add", "-A"]);
    commit(&repo, &["-m", "feat: begin"]).exits(0);
    commit(&repo, &["-m", "feat: nothing", "--allow-empty"]).exits(0).says("0 staged files");
}

#[test]
fn vet_looks_at_the_packages_that_changed() {
    let repo = installed(&[MODULE, ("main.go", GO)]);
    repo.write(
        "inner/inner.go",
        "package inner\n\nimport \"fmt\"\n\n// Told tells.\nfunc Told() {\n\tfmt.Printf(\"%d\\n\", \"x\")\n}\n",
    );
    repo.git(&["add", "-A"]);
    let told = commit(&repo, &["-m", "feat: inner"]).exits(1).says("go vet finds fault");
    assert!(told.err.contains("inner/inner.go:7"), "{}", told.err);
    assert!(!told.err.contains("release-action/staged"), "the folder is nobody's to see: {}", told.err);
}

#[test]
fn rust_is_formatted_in_the_edition_of_its_package() {
    let manifest = "[package]\nname = \"small\"\nversion = \"0.0.0\"\nedition.workspace = true\n";
    let lib = "pub async fn told() -> u8 {\n    7\n}\n";
    let repo = installed(&[
        (
            "Cargo.toml",
            "[workspace]\nmembers = [\"one\"]\nresolver = \"2\"\n[workspace.package]\nedition = \"2021\"\n",
        ),
        ("one/Cargo.toml", manifest),
        ("one/src/lib.rs", "mod other;\n"),
    ]);
    // Of 2015 this would be no Rust. What `mod` names is looked at by itself.
    repo.write("one/src/other.rs", lib);
    repo.git(&["add", "-A"]);
    commit(&repo, &["-m", "feat: other"]).exits(0);
    repo.write("one/src/other.rs", lib.replace("    7", "7"));
    repo.write("one/src/lib.rs", "mod missing;\nmod other;\n");
    repo.git(&["add", "-A"]);
    let told = commit(&repo, &["-m", "feat: ugly"]).exits(1).says("one/src/other.rs: not formatted");
    assert!(!told.err.contains("lib.rs: not"), "{}", told.err);
    repo.write("one/src/other.rs", "fn (");
    repo.git(&["add", "-A"]);
    commit(&repo, &["-m", "feat: torn"]).exits(1).says("rustfmt cannot read what is staged");
}

#[test]
fn a_token_is_found_where_it_comes_in_and_not_where_it_was() {
    let repo = installed(&[("old.txt", &token())]);
    repo.write("old.txt", format!("it moved\n{}\n", token()));
    repo.git(&["add", "-A"]);
    commit(&repo, &["-m", "fix: words around it"]).exits(0);
    repo.write("new.bin", format!("\0\n\n{}\0", token()));
    repo.git(&["add", "-A"]);
    let told = commit(&repo, &["-m", "feat: leak"]).exits(1).says("new.bin:3: ");
    assert!(!told.err.contains(&token()), "it is never told itself");
    let print = told.err.split("passes by `").nth(1).unwrap().split('`').next().unwrap().to_owned();
    let passing = |expires: &str| {
        format!(
            "version: 1\nscan:\n  secrets:\n    ignore:\n      - {{ id: \"{print}\", reason: a test, owner: ann, expires: {expires} }}\n"
        )
    };
    repo.write(".release.yaml", passing("2020-01-01"));
    repo.git(&["add", "-A"]);
    commit(&repo, &["-m", "feat: leak"]).exits(1).says("new.bin:3: ");
    repo.write(".release.yaml", passing("9999-01-01"));
    commit(&repo, &["-m", "feat: leak"]).exits(1).says("new.bin:3: ");
    repo.git(&["add", "-A"]);
    commit(&repo, &["-m", "feat: let pass"]).exits(0);
}

#[test]
fn messages_and_workflows_are_judged_where_policy_says_so() {
    let policy = "version: 1\ngates:\n  commits: { enabled: true }\n  pinning: { enabled: true }\n";
    let repo = installed(&[(".release.yaml", policy), ("a.txt", "a\n")]);
    let empty = ["--allow-empty", "-m"];
    let told = commit(&repo, &[&empty[..], &["more work"]].concat()).exits(1);
    let told = told.says("`more work` is no conventional commit");
    assert!(told.err.contains("COMMIT_EDITMSG"), "{}", told.err);
    commit(&repo, &[&empty[..], &["feat: more"]].concat()).exits(0);
    commit(&repo, &[&empty[..], &["fixup! feat: more"]].concat()).exits(0).says("to be joined");
    repo.git(&["checkout", "-q", "-b", "side", "HEAD~1"]);
    repo.git(&["commit", "-q", "--no-verify", "--allow-empty", "-m", "feat: side"]);
    repo.git(&["merge", "-q", "--no-ff", "main", "-m", "whatever Git says"]);

    repo.write(".github/workflows/a.yml", "on: push\njobs:\n  a:\n    steps:\n      - uses: a/b@v1\n");
    repo.git(&["add", "-A"]);
    commit(&repo, &["-m", "ci: a"]).exits(1).says(".github/workflows/a.yml:5:15: `a/b@v1`");
    repo.write(
        ".github/workflows/a.yml",
        format!("jobs:\n  a:\n    steps:\n      - uses: a/b@{}\n", "0".repeat(40)),
    );
    repo.git(&["add", "-A"]);
    commit(&repo, &["-m", "ci: a"]).exits(0).says("1 of 1 references");
}

#[test]
fn lock_files_are_in_step_with_what_is_staged() {
    let package = "{ \"name\": \"a\", \"dependencies\": { \"left\": \"^1\" } }";
    let lock = |range: &str| {
        format!(
            "{{ \"lockfileVersion\": 3, \"packages\": {{ \"\": {{ \"dependencies\": {{ \"left\": \"{range}\" }} }} }} }}"
        )
    };
    let manifest = "[package]\nname = \"small\"\nversion = \"0.1.0\"\nedition = \"2021\"\n";
    let cargo_lock = "version = 4\n\n[[package]]\nname = \"small\"\nversion = \"0.1.0\"\n";
    let repo = installed(&[
        ("web/package.json", package),
        ("web/package-lock.json", &lock("^1")),
        ("Cargo.toml", manifest),
        ("Cargo.lock", cargo_lock),
        ("src/lib.rs", ""),
    ]);
    repo.write("web/package.json", package.replace("^1", "^2"));
    repo.git(&["add", "-A"]);
    commit(&repo, &["-m", "feat: two"]).exits(1).says("web/package-lock.json: not in step").says("left");
    repo.write("web/package-lock.json", lock("^2"));
    repo.git(&["add", "-A"]);
    commit(&repo, &["-m", "feat: two"]).exits(0).says("1 in step");
    repo.write("Cargo.toml", manifest.replace("0.1.0", "0.2.0"));
    repo.git(&["add", "-A"]);
    commit(&repo, &["-m", "feat: raise"]).exits(1).says("Cargo.lock: not in step");
    repo.write("Cargo.lock", cargo_lock.replace("0.1.0", "0.2.0"));
    repo.git(&["add", "-A"]);
    commit(&repo, &["-m", "feat: raise"]).exits(0).says("1 in step");
}

/// Writes a hook of somebody else's.
fn foreign(repo: &Repo, text: &str) -> std::path::PathBuf {
    let path = repo.dir.join(".git/hooks/pre-commit");
    repo.write(".git/hooks/pre-commit", text);
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    path
}

#[test]
fn a_hook_that_was_there_runs_first_and_comes_back() {
    let repo = repo(&[("a.txt", "a\n")]);
    let theirs = "#!/bin/sh\necho theirs >&2\n[ ! -e stop ]\n";
    let path = foreign(&repo, theirs);
    repo.call(&["hook", "status"]).exits(0).says("pre-commit  another's").says("commit-msg  not installed");
    repo.call(&["hook", "install"]).exits(0).says("what was there runs before it");
    repo.call(&["hook", "install"]).exits(0).says("is installed already");
    repo.call(&["hook", "status"])
        .exits(0)
        .says("pre-commit  installed, after the hook that was there before");
    commit(&repo, &["-m", "x", "--allow-empty"]).exits(0).says("theirs").says("0 staged files");
    repo.write("stop", "");
    let stopped = commit(&repo, &["-m", "x", "--allow-empty"]).exits(1);
    assert!(!stopped.err.contains("staged files"), "ours does not run after that: {}", stopped.err);
    repo.call(&["hook", "uninstall"]).exits(0).says("again what it was");
    assert_eq!(std::fs::read_to_string(&path).unwrap(), theirs);
    assert_eq!(path.metadata().unwrap().permissions().mode() & 0o111, 0o111);
    assert!(!repo.dir.join(".git/hooks/commit-msg").exists());
    repo.call(&["hook", "uninstall"]).exits(0).says("another's, and stays");
}

#[test]
fn nothing_is_overwritten_unless_it_is_asked_for() {
    let repo = repo(&[("a.txt", "a\n")]);
    let path = foreign(&repo, "#!/bin/sh\nexit 0\n");
    repo.write(".git/hooks/pre-commit.before-release-action", "older\n");
    repo.call(&["hook", "install"]).exits(2).says("another's hook is there already").says("--force");
    assert!(!repo.dir.join(".git/hooks/commit-msg").exists(), "all are looked at before one is written");
    std::fs::remove_file(repo.dir.join(".git/hooks/pre-commit.before-release-action")).unwrap();
    std::fs::remove_file(&path).unwrap();
    repo.write("kept", "kept\n");
    symlink(repo.dir.join("kept"), &path).unwrap();
    repo.call(&["hook", "install", "pre-commit"]).exits(2).says("no plain file");
    repo.call(&["hook", "install", "commit-msg"]).exits(0);
    repo.call(&["hook", "install", "--force"]).exits(0);
    assert!(std::fs::read_to_string(&path).unwrap().contains("hook run pre-commit"));
    assert_eq!(
        std::fs::read_to_string(repo.dir.join("kept")).unwrap(),
        "kept\n",
        "the link is replaced, not its end"
    );
}

#[test]
fn the_folder_is_the_one_that_git_looks_in() {
    let repo = repo(&[("a.txt", "a\n")]);
    let away = TempDir::new().unwrap();
    let side = away.path().join("side");
    repo.git(&["worktree", "add", "-q", side.to_str().unwrap()]);
    repo.call(&["-C", side.to_str().unwrap(), "hook", "install"]).exits(0);
    assert!(repo.dir.join(".git/hooks/pre-commit").is_file(), "all work trees share them");
    std::fs::write(side.join("b.go"), "package b\nfunc  B() {}\n").unwrap();
    repo.git(&["-C", side.to_str().unwrap(), "add", "-A"]);
    commit_in(&side, &["-m", "feat: b"]).exits(1).says("b.go: not formatted");
    repo.call(&["hook", "uninstall"]).exits(0);

    repo.git(&["config", "core.hooksPath", ".githooks"]);
    repo.call(&["hook", "install"]).exits(0).says(".githooks/pre-commit is installed");
    commit(&repo, &["-m", "x", "--allow-empty"]).exits(0).says("0 staged files");
    repo.git(&["config", "core.hooksPath", away.path().join("shared").to_str().unwrap()]);
    repo.call(&["hook", "install"]).exits(2).says("not this repository's");
    assert!(!away.path().join("shared").exists());
}

#[test]
fn a_hook_whose_program_is_gone_says_so() {
    let repo = installed(&[("a.txt", "a\n")]);
    let path = repo.dir.join(".git/hooks/pre-commit");
    let text =
        std::fs::read_to_string(&path).unwrap().replace(env!("CARGO_BIN_EXE_release-action"), "/nowhere");
    std::fs::write(&path, text).unwrap();
    let mut script = Command::new(&path);
    script.current_dir(&repo.dir).env("PATH", "/nowhere");
    Ran::of(script.output().unwrap()).exits(1).says("install it, or remove").says("--no-verify");
    repo.call(&["hook", "status"]).exits(0).says("somebody changed our lines");
}

#[test]
fn lines_of_others_in_our_hook_stay() {
    let repo = installed(&[("a.txt", "a\n")]);
    let path = repo.dir.join(".git/hooks/pre-commit");
    let text = || std::fs::read_to_string(&path).unwrap();
    let ours = text();
    std::fs::write(
        &path,
        format!("{}echo below >&2\n", ours.replace("#!/bin/sh\n", "#!/bin/sh\necho above >&2\n")),
    )
    .unwrap();
    commit(&repo, &["-m", "x", "--allow-empty"]).exits(0).says("above").says("0 staged files").says("below");
    let both = text();
    repo.call(&["hook", "install"]).exits(0).says("is installed already");
    assert_eq!(text(), both);
    // By a program at another place.
    let other = repo.dir.join("../other");
    std::fs::copy(env!("CARGO_BIN_EXE_release-action"), &other).unwrap();
    let install =
        || Ran::of(Command::new(&other).args(["hook", "install"]).current_dir(&repo.dir).output().unwrap());
    install().exits(0);
    assert!(
        text() != both && text().contains("echo above") && text().ends_with("echo below >&2\n"),
        "{}",
        text()
    );
    repo.call(&["hook", "status"]).exits(0).says("by another release-action");
    // Between our lines nothing is overwritten unasked.
    let touched = text().replace("|| exit\n# <<<", "|| exit\necho within >&2\n# <<<");
    assert_ne!(touched, text());
    std::fs::write(&path, &touched).unwrap();
    for what in ["install", "uninstall"] {
        repo.call(&["hook", what]).exits(2).says("somebody changed our lines in .git/hooks/pre-commit");
    }
    assert_eq!(text(), touched);
    assert!(repo.dir.join(".git/hooks/commit-msg").exists(), "nothing is changed");
    repo.call(&["hook", "install", "--force"]).exits(0);
    assert_eq!(text(), both);
    repo.write(".git/hooks/pre-commit.before-release-action", "older\n");
    repo.call(&["hook", "uninstall"]).exits(2).says("one of the two would be lost");
    std::fs::remove_file(repo.dir.join(".git/hooks/pre-commit.before-release-action")).unwrap();
    repo.call(&["hook", "uninstall"]).exits(0).says("the others stay");
    assert_eq!(text(), "#!/bin/sh\necho above >&2\necho below >&2\n");
    assert!(!repo.dir.join(".git/hooks/commit-msg").exists());
}

#[test]
fn a_token_in_an_archive_is_found_too() {
    let repo = installed(&[("a.txt", "a\n")]);
    std::fs::create_dir(repo.dir.join("in")).unwrap();
    repo.write("in/key.txt", format!("one\n{}\n", token()));
    let pack = |args: &[&str]| {
        assert!(Command::new("tar").current_dir(&repo.dir).args(args).status().unwrap().success());
    };
    pack(&["-czf", "keys.tgz", "in"]);
    repo.git(&["add", "keys.tgz"]);
    let told = commit(&repo, &["-m", "feat: keys"]).exits(1).says("keys.tgz, entry in/key.txt at byte 4");
    let told = told.says("error: keys.tgz: a token of GitHub is staged");
    assert!(!told.err.contains(&token()), "{}", told.err);
    // What the last commit has, packed or not, is not new.
    commit(&repo, &["-m", "feat: keys", "--no-verify"]).exits(0);
    repo.write("in/more.txt", "more\n");
    pack(&["-czf", "keys.tgz", "in"]);
    repo.git(&["add", "keys.tgz"]);
    commit(&repo, &["-m", "feat: more"]).exits(0);
    // What begins like an archive and is none is looked at as it is, and that it is torn is told.
    let mut torn = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3];
    torn.extend_from_slice(b"\nnothing\n");
    repo.write("torn.gz", &torn);
    repo.git(&["add", "torn.gz"]);
    commit(&repo, &["-m", "feat: torn"]).exits(0).says("not looked into: torn.gz");
    torn.extend_from_slice(token().as_bytes());
    repo.write("torn.gz", &torn);
    repo.git(&["add", "torn.gz"]);
    commit(&repo, &["-m", "feat: torn"]).exits(1).says("torn.gz");
}

#[test]
fn gates_alone_say_that_they_judge_what_is_in_no_commit() {
    let policy = "version: 1\ngates:\n  commits: { enabled: true }\n";
    let repo = repo(&[(".release.yaml", policy), ("a.txt", "a\n")]);
    repo.tag("v1.0.0");
    repo.write("a.txt", "changed\n");
    repo.write("new.txt", "new\n");
    let words = "what is judged is not the commit alone: 2 files differ from it";
    for more in [&["--tag", "v1.0.0"][..], &["--snapshot"]] {
        let args = [&["gates", "--only", "commits"], more].concat();
        repo.call(&args).exits(0).says(words).says("a.txt").says("new.txt");
    }
    repo.call(&["gates", "--snapshot", "--publish"]).exits(2).says("a file of it is changed");
    repo.call(&["gates", "--snapshot", "--record-baseline"]).exits(2).says("is not the commit");
    repo.git(&["checkout", "-q", "a.txt"]);
    std::fs::remove_file(repo.dir.join("new.txt")).unwrap();
    let clean = repo.call(&["gates", "--snapshot", "--only", "commits"]).exits(0);
    assert!(!clean.err.contains("not the commit alone") && !clean.out.contains("not the commit alone"));
}
