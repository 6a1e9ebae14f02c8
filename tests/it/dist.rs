//! The dist folder is ours, or nothing is written in it.

use crate::harness::{Repo, repo};
use crate::meanwhile::GATES;

const CHANGELOG: [&str; 4] = ["run", "--snapshot", "--only", "changelog"];

fn project() -> Repo {
    let repo = repo(&[
        (".gitignore", "/dist/\n/out/\n/theirs/\n/link\n"),
        (".release.yaml", "version: 1\n"),
        ("docs/CHANGELOG.md", "mine\n"),
    ]);
    repo.tag("v1.0.0");
    repo
}

fn text(repo: &Repo, file: &str) -> String {
    std::fs::read_to_string(repo.dir.join(file)).unwrap()
}

#[test]
fn a_folder_with_other_files_is_left_as_it_is() {
    let repo = project();
    // Many programs have a file for a lock: it shows nothing.
    for file in ["theirs/verify/v", "theirs/config.yaml", "theirs/.lock"] {
        repo.write(file, "mine");
    }
    for command in [&["rehearse", "--skip", "gates"][..], &["rehearse", "--keep"], &CHANGELOG, &["status"]] {
        let args: Vec<&str> = ["--dist", "theirs"].iter().chain(command).copied().collect();
        repo.call(&args).exits(2).says("cannot be the dist folder").says("config.yaml, verify");
    }
    assert_eq!([text(&repo, "theirs/verify/v"), text(&repo, "theirs/config.yaml")], ["mine", "mine"]);
    assert_eq!(std::fs::read_dir(repo.dir.join("theirs")).unwrap().count(), 3);
}

#[test]
fn neither_files_of_the_repository_nor_git_s_own_are_written_over() {
    let repo = project();
    std::os::unix::fs::symlink("docs", repo.dir.join("link")).unwrap();
    for (folder, why) in [
        ("docs", "it holds CHANGELOG.md"),
        ("link", "is a symbolic link to docs"),
        (".git", "it is Git's own"),
        (".git/new", "it is Git's own"),
        (".", "the repository lies in it"),
        ("..", "the repository lies in it"),
        (".release.yaml", "it holds"),
    ] {
        repo.call(&[&["--dist", folder], &CHANGELOG[..]].concat()).exits(2).says(why);
    }
    assert_eq!(text(&repo, "docs/CHANGELOG.md"), "mine\n");
    assert!(!repo.dir.join(".git/new").exists());
}

#[test]
fn what_a_run_has_made_is_its_own_the_next_time() {
    let repo = project();
    for _ in 0..2 {
        repo.call(&[&["--dist", "out/deep"], &CHANGELOG[..]].concat()).exits(0);
    }
    assert!(text(&repo, "out/deep/CHANGELOG.md").starts_with("# Changelog"));
}

#[test]
fn in_the_usual_folder_other_tools_may_build_as_long_as_nothing_is_lost() {
    let repo = project();
    repo.write("dist/index.js", "built");
    repo.git(&["add", "-f", "dist/index.js"]);
    repo.commit("feat: an action in JavaScript");
    repo.call(&CHANGELOG).exits(0);
    assert_eq!(text(&repo, "dist/index.js"), "built");

    let repo = project();
    repo.write("dist/config.yaml", "GoReleaser's");
    repo.call(&CHANGELOG).exits(2).says("it holds config.yaml");
    assert_eq!(text(&repo, "dist/config.yaml"), "GoReleaser's");
}

#[test]
fn a_link_of_the_repository_leads_nothing_out_of_it() {
    let away = tempfile::tempdir().unwrap();
    let there = |name: &str| away.path().join(name);
    std::fs::write(there("file"), "theirs\n").unwrap();
    let links = [
        ("dist", "", "cannot be the dist folder: it is a symbolic link to"),
        ("dist/.lock", "file", "/dist/.lock is a symbolic link to"),
        ("dist/.lock", "new", "/dist/.lock is a symbolic link to"),
        ("dist/journal.jsonl", "file", "/dist/journal.jsonl is a symbolic link to"),
        ("dist/journal.jsonl", "new", "/dist/journal.jsonl is a symbolic link to"),
        ("dist/report", "", "/dist/report is a symbolic link to"),
        ("dist/.build", "", "/dist/.build is a symbolic link to"),
    ];
    for (link, target, why) in links {
        for tracked in [true, false] {
            let repo = project();
            let path = repo.dir.join(link);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::os::unix::fs::symlink(there(target), &path).unwrap();
            if tracked {
                repo.git(&["add", "-f", link]);
                repo.commit("feat: a link");
            }
            for command in [&CHANGELOG[..], &["status"], &["rehearse", "--keep", "--skip", "gates"]] {
                let ran = repo.call(command).exits(2);
                // Git's own words tell a tracked file by its name alone.
                if tracked && link != "dist" {
                    ran.says("it holds")
                } else {
                    ran.says(why)
                };
            }
            assert!(path.is_symlink(), "{link}");
            let left: Vec<_> =
                std::fs::read_dir(away.path()).unwrap().map(|it| it.unwrap().file_name()).collect();
            assert_eq!(left, ["file"], "{link}");
            assert_eq!(std::fs::read_to_string(there("file")).unwrap(), "theirs\n", "{link}");
        }
    }
}

#[test]
fn a_link_above_the_folder_is_followed_only_outside_of_the_repository() {
    let repo = project();
    let away = tempfile::tempdir().unwrap();
    std::fs::create_dir(away.path().join("disk")).unwrap();
    let outside = away.path().join("to");
    std::os::unix::fs::symlink(away.path().join("disk"), &outside).unwrap();
    std::os::unix::fs::symlink(away.path().join("disk"), repo.dir.join("link")).unwrap();
    for dist in ["link", "link/deeper", "docs/../link/deeper", "link/../x"] {
        let named = [&["--dist", dist], &CHANGELOG[..]].concat();
        repo.call(&named).exits(2).says("is a symbolic link to").says("--dist DIR");
    }
    assert_eq!(std::fs::read_dir(away.path().join("disk")).unwrap().count(), 0);
    let outside = outside.join("dist");
    repo.call(&[&["--dist", outside.to_str().unwrap()], &CHANGELOG[..]].concat()).exits(0);
    assert!(away.path().join("disk/dist/CHANGELOG.md").is_file());
}

#[test]
fn files_of_ours_that_git_tracks_are_not_written_over() {
    for file in ["dist/journal.jsonl", "dist/.lock", "dist/.claim"] {
        let repo = project();
        repo.write(file, "mine\n");
        repo.git(&["add", "-f", file]);
        repo.commit("feat: a file");
        repo.call(&CHANGELOG).exits(2).says("it holds files of the repository");
        assert_eq!(
            (text(&repo, file).as_str(), repo.git(&["status", "--porcelain"]).as_str()),
            ("mine\n", ""),
            "{file}"
        );
    }
}

#[test]
fn a_link_that_a_test_lays_is_not_followed() {
    for link in ["dist/report", "dist"] {
        let away = tempfile::tempdir().unwrap();
        let test = format!(
            "package main\n\nimport (\n\t\"os\"\n\t\"testing\"\n)\n\nfunc TestIt(t *testing.T) {{\n\
             \tos.Rename({link:?}, \"moved\")\n\
             \tif err := os.Symlink({:?}, {link:?}); err != nil {{\n\t\tt.Fatal(err)\n\t}}\n}}\n",
            away.path()
        );
        let repo = repo(&[
            (".gitignore", "/dist\n/moved\n"),
            ("go.mod", "module example.com/greeter\n\ngo 1.21\n"),
            ("main.go", "package main\n\nfunc main() {}\n"),
            ("main_test.go", &test),
            (".release.yaml", GATES),
        ]);
        repo.tag("v1.0.0");
        let ran = repo
            .call(&["gates", "--snapshot"])
            .says("is a symbolic link, and nothing is written through one");
        assert_ne!(ran.code, 0, "{link}: {}", ran.err);
        assert_eq!(std::fs::read_dir(away.path()).unwrap().count(), 0, "{link}");
        repo.call(&["gates", "--snapshot"]).exits(2).says("is a symbolic link to");
        assert_eq!(std::fs::read_dir(away.path()).unwrap().count(), 0, "{link}");
    }
}
