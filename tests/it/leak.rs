//! What is known to be vulnerable, and what nobody should know, stop a release.

use std::path::Path;

use crate::harness::{Repo, repo, root};

fn lock(version: &str) -> String {
    format!(
        "version = 4\n\n[[package]]\nname = \"m\"\nversion = \"0.1.0\"\ndependencies = [\"time\"]\n\n[[package]]\nname = \
         \"time\"\nversion = \"{version}\"\nsource = \"registry+https://github.com/rust-lang/crates.io-index\"\n"
    )
}

#[test]
fn a_crate_with_an_advisory_ends_with_11_and_the_version_without_it_with_0() {
    let database = root().join("target/tools/advisory-db");
    assert!(database.join("crates").is_dir(), "run `scripts/setup test`");
    let settings = format!(
        "version: 1\ngates:\n  vulnerabilities:\n    enabled: true\n    rust_database: {}\n    max_age: 3650d\n    fail_on: medium\n",
        database.display()
    );
    let gates = |version: &str| {
        let repo = repo(&[
            ("Cargo.toml", "[package]\nname = \"m\"\nversion = \"0.1.0\"\n"),
            ("Cargo.lock", &lock(version)),
            (".release.yaml", &settings),
        ]);
        repo.tag("v0.1.0");
        repo.call(&["gates", "--only", "vulnerabilities"])
    };
    gates("0.1.40").exits(11).says("RUSTSEC-2020-0071").says("cargo update -p time");
    gates("0.3.47").exits(0);
}

/// The one that GitHub showed when it told how tokens are made, put together here.
fn token() -> String {
    ["ghp_", "zQWBuTSOoRi4A9spHcVY5ncnsDkxkJ", "0mLq17"].concat()
}

/// A command with a text in it.
fn command(text: &str) -> Repo {
    let main = format!(
        "package main\n\nimport (\n\t\"fmt\"\n\t\"os\"\n)\n\nfunc main() {{ fmt.Println(\"{text}\", os.Args) }}\n"
    );
    repo(&[
        ("go.mod", "module example.com/m\n\ngo 1.21\n"),
        ("main.go", &main),
        (".gitignore", "/dist/\n"),
        (".release.yaml", "version: 1\nbuild:\n  targets: [linux/amd64, windows/amd64]\n"),
    ])
}

fn holds(dir: &Path, text: &str) -> Vec<String> {
    let mut all = Vec::new();
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            all.extend(holds(&path, text));
        } else if std::fs::read(&path).unwrap().windows(text.len()).any(|part| part == text.as_bytes()) {
            all.push(path.display().to_string());
        }
    }
    all
}

#[test]
fn a_token_in_a_program_ends_with_14_and_is_told_without_itself() {
    let scan = ["run", "--snapshot", "--skip", "gates", "--to", "scan", "--set", "scan.secrets.enabled=true"];
    let repo = command(&token());
    let ran =
        repo.call(&scan).exits(14).says("github-token:").says(", entry ").says("at byte ").says("revoke it");
    assert!(!ran.out.contains(&token()) && !ran.err.contains(&token()));
    let held = holds(&repo.dir.join("dist"), &token());
    assert!(held.iter().all(|path| path.contains("/m")), "in the programs alone: {held:?}");
    assert!(!holds(&repo.dir.join("dist/report"), &token()[4..20]).iter().any(|_| true));
    // Again: a verdict that failed is not taken over.
    repo.call(&scan).exits(14).says("github-token:");
    let repo = command("hello");
    repo.call(&scan).exits(0);
    repo.call(&scan).exits(0);
}
