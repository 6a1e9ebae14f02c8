//! Files that Git is told to keep quiet about: a verdict must not speak of a commit that is not what was judged.

use crate::harness::{Ran, Repo, World, forge, repo};
use crate::meanwhile::GATES;

const GOOD: &str = "<testsuite name='s'><testcase name='a'/></testsuite>";
const FILES: [(&str, &str); 3] =
    [("main.py", "print()\n"), ("lib/b.py", "print(1)\n"), (".gitignore", "/dist/\n/out/\n/made.py\n")];

fn published(world: &World) -> Repo {
    let repo = repo(&FILES);
    told(&repo, world);
    repo
}

/// The forge knows the commit, and its tests have passed.
fn told(repo: &Repo, world: &World) {
    world.seed(repo);
    repo.write("out/j.xml", GOOD);
}

fn publish(repo: &Repo, world: &World) -> Ran {
    repo.run(world, &["gates", "--snapshot", "--publish", "--report", "out/j.xml"])
}

fn check_runs(repo: &Repo, world: &World) -> usize {
    let head = repo.git(&["rev-parse", "HEAD"]);
    let path = format!("/repos/acme/greeter/commits/{head}/check-runs?filter=all");
    world.get(&path)["check_runs"].as_array().unwrap().len()
}

#[test]
fn marked_files_whose_bytes_differ_are_changes() {
    for (mark, words) in [
        ("--assume-unchanged", "git update-index --no-assume-unchanged -- main.py"),
        ("--skip-worktree", "git update-index --no-skip-worktree -- main.py"),
    ] {
        let world = forge();
        let repo = published(&world);
        repo.git(&["update-index", mark, "main.py"]);
        publish(&repo, &world).exits(0);
        assert_eq!(check_runs(&repo, &world), 1, "{mark}: a mark alone hides nothing");
        for change in [Some("print(2)\n"), None] {
            match change {
                Some(text) => repo.write("main.py", text),
                None => std::fs::remove_file(repo.dir.join("main.py")).unwrap(),
            }
            assert_eq!(repo.git(&["status", "--porcelain"]), "", "{mark}");
            let ran = publish(&repo, &world).exits(2).says("main.py").says(mark).says(words);
            assert!(!ran.out.contains("tests"), "nothing runs: {}", ran.out);
            repo.call(&["gates", "--snapshot", "--record-baseline"]).exits(2).says(words);
        }
        repo.git(&["tag", "v1.0.0"]);
        repo.call(&["preflight"]).exits(10).says(words);
    }
}

#[test]
fn a_marked_link_is_what_it_names() {
    let world = forge();
    let repo = repo(&FILES);
    std::os::unix::fs::symlink("main.py", repo.dir.join("l")).unwrap();
    repo.commit("feat: a link");
    told(&repo, &world);
    repo.git(&["update-index", "--skip-worktree", "l"]);
    publish(&repo, &world).exits(0);
    std::fs::remove_file(repo.dir.join("l")).unwrap();
    std::os::unix::fs::symlink("lib/b.py", repo.dir.join("l")).unwrap();
    publish(&repo, &world).exits(2).says("--no-skip-worktree -- l");
}

#[test]
fn sources_that_only_this_machine_ignores_are_in_no_commit() {
    let world = forge();
    let repo = published(&world);
    // What the repository itself ignores, what is no source, and what others wrote hides nothing.
    repo.write("made.py", "x");
    repo.write("notes.tmp", "x");
    repo.write("node_modules/x/index.js", "x");
    repo.write(".git/info/exclude", "*.tmp\n/node_modules/\n/evil*.py\n");
    publish(&repo, &world).exits(0);
    repo.write("evil.py", "x");
    let exclude = || publish(&repo, &world).exits(2).says("evil.py").says(".git/info/exclude:3");
    exclude().says("git add --force -- evil.py");
    repo.call(&["gates", "--snapshot", "--only", "tests", "--report", "out/j.xml"])
        .exits(0)
        .says("a file differs from it");
    std::fs::remove_file(repo.dir.join("evil.py")).unwrap();
    let list = repo.dir.join("../ignored");
    std::fs::write(&list, "lib/c.py\n").unwrap();
    repo.git(&["config", "core.excludesFile", list.to_str().unwrap()]);
    repo.write("lib/c.py", "x");
    publish(&repo, &world).exits(2).says("lib/c.py").says("ignored:1");
    repo.git(&["tag", "v1.0.0"]);
    repo.call(&["preflight"]).exits(10).says("lib/c.py");
}

#[test]
fn a_list_of_names_in_no_commit_hides_nothing_and_not_itself() {
    let world = forge();
    let repo = published(&world);
    repo.write("lib/evil.py", "x");
    publish(&repo, &world).exits(2).says("a source is not in it: lib/evil.py");
    repo.write("lib/.gitignore", "evil.py\n");
    publish(&repo, &world).exits(2).says("a source is not in it: lib/.gitignore");
    repo.write("lib/.gitignore", "evil.py\n.gitignore\n");
    assert_eq!(repo.git(&["status", "--porcelain"]), "");
    publish(&repo, &world).exits(2).says("lib/.gitignore:2, which is in no commit");
}

#[test]
fn what_a_sparse_checkout_leaves_out_was_not_judged() {
    let world = forge();
    let repo = published(&world);
    repo.git(&["sparse-checkout", "set", "--no-cone", "/*", "!/lib/"]);
    repo.write("out/j.xml", GOOD);
    let judge = || {
        repo.write("out/j.xml", GOOD);
        repo.call(&["gates", "--snapshot", "--only", "tests", "--report", "out/j.xml"]).exits(0)
    };
    judge().says("not all of the commit").says("lib/b.py, which the sparse checkout leaves out");
    publish(&repo, &world).exits(2).says("lib/b.py").says("git sparse-checkout add lib");
    repo.call(&["gates", "--snapshot", "--record-baseline"]).exits(2).says("lib/b.py").says("not recorded");
    repo.write("main.py", "print(2)\n");
    judge().says("M main.py; and lib/b.py, which the sparse checkout leaves out, is not here");
}

#[test]
fn what_was_found_in_half_of_the_commit_is_not_taken_over_for_all_of_it() {
    let test = |package: &str, body: &str| {
        format!("package {package}\n\nimport \"testing\"\n\nfunc TestIt(t *testing.T) {{ {body} }}\n")
    };
    let (good, bad) = (test("main", ""), test("b", "t.Fatal(\"seen\")"));
    let main = "package main\n\nfunc main() {}\n";
    let files = [("go.mod", "module m\n"), ("main.go", main), ("main_test.go", &good), ("b/b_test.go", &bad)];
    let repo = repo(&[&files[..], &[(".gitignore", "/dist/\n"), (".release.yaml", GATES)]].concat());
    let judge = || repo.call(&["gates", "--snapshot", "--only", "tests", "--set", "gates.tests.race=false"]);
    let taken_over = || repo.journal().iter().filter(|line| line["event"] == "task_taken_over").count();
    repo.git(&["sparse-checkout", "set", "--no-cone", "/*", "!/b/"]);
    judge().exits(0);
    judge().exits(0);
    assert_ne!(taken_over(), 0, "the same half");
    repo.git(&["sparse-checkout", "disable"]);
    judge().exits(11).says("seen");
}

#[test]
fn a_folder_that_hides_itself_hides_nothing_that_go_takes() {
    let main = "package main\n\nimport _ \"embed\"\n\n//go:embed web\nvar s string\n\nfunc main() {}\n";
    let files = [("go.mod", "module m\n"), ("main.go", main), ("web/a.txt", "x")];
    let more = [(".gitignore", "/dist/\n/out/\n/made/\n"), (".release.yaml", GATES)];
    let repo = repo(&[&files[..], &more].concat());
    let world = forge();
    told(&repo, &world);
    repo.git(&["tag", "v1.0.0"]);
    let publish = || publish(&repo, &world);
    // What the repository itself ignores, what others wrote, and what no build reads hides nothing.
    repo.write("made/x.go", "package made\n");
    for folder in [".pytest_cache", "node_modules/.cache", "venv", "notes"] {
        repo.write(&format!("{folder}/.gitignore"), "*\n");
        repo.write(&format!("{folder}/v/x.txt"), "x");
    }
    repo.write("venv/include/x.h", "x");
    repo.write(".pytest_cache/v/x.go", "x");
    publish().exits(0);
    for (folder, file) in [("gen", "x.go"), ("gen", "sub/deep/[x].go"), ("web/sub", "evil.txt")] {
        repo.write(&format!("{folder}/.gitignore"), "# mine\n*\n");
        let path = format!("{folder}/{file}");
        repo.write(&path, "package x\n");
        assert_eq!(repo.git(&["status", "--porcelain"]), "");
        let list = format!("{folder}/.gitignore:2, which is in no commit");
        publish().exits(2).says(&format!("a source is not in it: {folder}/")).says(&list);
        repo.call(&["preflight"]).exits(10).says(&path).says(&list);
        // One that hides the other one.
        repo.write(".git/info/exclude", format!("/{folder}/\n"));
        publish().exits(2).says(folder).says(".git/info/exclude:1");
        repo.write(".git/info/exclude", "");
        if file != "x.go" {
            std::fs::remove_dir_all(repo.dir.join(folder)).unwrap();
        }
    }
    repo.write("gen/x.go", "package gen\n");
    repo.write("gen/.gitignore", "*\n");
    repo.git(&["add", "--force", "gen/.gitignore"]);
    repo.git(&["commit", "-q", "-m", "chore: what is generated"]);
    told(&repo, &world);
    publish().exits(0);
}

#[test]
fn a_release_wants_all_of_the_commit_and_a_rehearsal_says_so() {
    let repo = repo(&[("main.py", "print()\n"), ("LICENSE", "free\n"), (".gitignore", "/dist/\n")]);
    repo.git(&["tag", "v1.0.0"]);
    repo.git(&["sparse-checkout", "set", "--no-cone", "/*", "!/LICENSE"]);
    repo.call(&["preflight"]).exits(10).says("LICENSE").says("git sparse-checkout disable");
    repo.call(&["rehearse", "--skip", "gates"]).says("files of the commit that are not here: 1");
}

#[test]
fn what_only_this_machine_ignores_and_go_embeds_is_in_no_commit() {
    let main = "package main\n\nimport _ \"embed\"\n\n//go:embed web/*.txt\nvar s string\n\nfunc main() {}\n";
    let repo =
        repo(&[("go.mod", "module m\n"), ("main.go", main), ("web/a.txt", "x"), (".gitignore", "/dist/\n")]);
    repo.git(&["tag", "v1.0.0"]);
    repo.write(".git/info/exclude", "*.txt\n");
    repo.write("notes.txt", "x");
    let ran = repo.call(&["preflight"]).exits(10);
    assert!(!ran.out.contains("notes.txt") && !ran.err.contains("notes.txt"), "{} {}", ran.out, ran.err);
    repo.write("web/evil.txt", "x");
    repo.call(&["preflight"]).exits(10).says("web/evil.txt").says(".git/info/exclude:1");
}

#[test]
fn bytes_that_this_machines_settings_gave_are_not_the_commits() {
    let world = forge();
    let repo = published(&world);
    repo.write(".gitattributes", "*.bat eol=crlf\n");
    repo.write("run.bat", "one\r\n");
    repo.write("README.md", "one\n");
    repo.commit("docs: read me").git(&["tag", "v1.0.0"]);
    told(&repo, &world);
    publish(&repo, &world).exits(0);
    for settings in [["core.autocrlf", "true"], ["core.eol", "crlf"]] {
        if settings[0] == "core.eol" {
            repo.write(".gitattributes", "*.bat eol=crlf\n*.md text\n");
            repo.commit("chore: attributes").git(&["tag", "-f", "v1.0.0"]);
            world.seed(&repo);
        }
        repo.git(&["config", settings[0], settings[1]]);
        std::fs::remove_file(repo.dir.join("README.md")).unwrap();
        repo.git(&["checkout", "--", "README.md"]);
        assert_eq!(std::fs::read(repo.dir.join("README.md")).unwrap(), b"one\r\n");
        assert_eq!(repo.git(&["status", "--porcelain"]), "");
        let ran = publish(&repo, &world).exits(2).says("README.md").says("git config core.autocrlf false");
        assert!(!ran.err.contains("run.bat"), "{}", ran.err);
        repo.call(&["preflight"]).exits(10).says("README.md").says("core.autocrlf false");
        // What the message says to do.
        repo.git(&["config", "core.autocrlf", "false"]);
        repo.git(&["config", "core.eol", "lf"]);
        repo.git(&["rm", "-r", "-q", "--cached", "."]);
        repo.git(&["reset", "-q", "--hard"]);
        repo.write("out/j.xml", GOOD);
        publish(&repo, &world).exits(0);
    }
}
