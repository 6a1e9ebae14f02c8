//! Bad configuration: what, where, why, what to do; exit code 2; nothing written.

use crate::harness::{Ran, repo};

fn checked(config: impl AsRef<[u8]>) -> Ran {
    let repo = repo(&[("go.mod", "module example.com/x\n"), ("main.go", "package main\n\nfunc main() {}\n")]);
    repo.write(".release.yaml", config);
    let ran = repo.call(&["check"]);
    assert!(!repo.dir.join("dist").exists(), "nothing is written");
    ran
}

#[test]
fn every_kind_is_told_with_its_place() {
    let cases: &[(&str, &[&str])] = &[
        ("build: [", &[".release.yaml:", "YAML"]),
        ("version: 1\nversion: 1\n", &[".release.yaml:2:1", "version"]),
        ("build:\n  targets: 5\n", &[".release.yaml:2:12", "targets"]),
        ("gates:\n  coverage:\n    minimun: 85\n", &[".release.yaml:3:5", "minimum"]),
        ("release:\n  github:\n    name: '{{ verison }}'\n", &[".release.yaml:3:11", "version"]),
        ("build: &x\n  targets: *x\n", &[".release.yaml:2:12", "inside the value it names"]),
        ("changelog:\n  config: ../../etc/passwd\n", &[".release.yaml:2:11", "leaves the repository"]),
    ];
    for (config, words) in cases {
        let mut ran = checked(config).exits(2);
        for words in *words {
            ran = ran.says(words);
        }
    }
}

#[test]
fn bytes_that_are_no_text_are_told() {
    checked(b"version: 1\n# \xff\xfe\n").exits(2).says(".release.yaml:2:3").says("UTF-8");
}

#[test]
fn ten_megabytes_are_refused() {
    checked("#".repeat(10 * 1024 * 1024)).exits(2).says("1048576");
}

#[test]
fn an_empty_file_is_all_defaults() {
    checked("").exits(0);
    checked("# nothing\n").exits(0);
}

#[test]
fn a_wrong_target_is_refused_before_anything_runs() {
    checked("build:\n  targets: [linux/amd46]\n").exits(2).says("linux/amd64");
}
