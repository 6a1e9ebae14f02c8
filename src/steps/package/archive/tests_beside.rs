//! What rules find beside the binaries, and what they must not find.
#![expect(clippy::disallowed_methods, reason = "links are set up as a careless hand would")]

use std::os::unix::fs::symlink;

use camino::Utf8Path;

use super::entries;
use super::settings::FileRule;
use super::tests::{folder, put};
use crate::model::Facts;
use crate::ports::Files;
use crate::ports::real::RealFiles;
use crate::steps::package::gather::Gatherer;

fn facts(root: &Utf8Path, dir: &str) -> Facts {
    serde_json::from_value::<Facts>(serde_json::json!({
        "project": "greeter", "dir": dir,
        "commit": { "id": "c", "date": "2026-11-21T04:05:06Z", "tree": "t", "dirty": [], "shallow": false, "branch": null },
        "tag": "v1.2.3", "tag_at_head": true, "tag_annotated": true, "version": "1.2.3", "snapshot": false,
        "tags": [], "previous": null, "slug": null, "forge_url": "https://github.com", "ecosystems": {}, "tools": {},
        "host": { "os": "linux", "arch": "amd64" }
    }))
    .map(|facts| Facts { root: root.to_owned(), ..facts })
    .unwrap()
}

fn found(root: &Utf8Path, dir: &str, rules: Option<&str>) -> Result<Vec<String>, String> {
    let dist = root.join("dist");
    let facts = facts(root, dir);
    let gatherer = Gatherer::new(&RealFiles, &facts, &dist).unwrap();
    let rules: Option<Vec<FileRule>> = rules.map(|rules| serde_json::from_str(rules).unwrap());
    let made = entries::beside(rules.as_deref(), &gatherer).map_err(|problem| problem.to_string())?;
    Ok(entries::arrange(made, "").unwrap().into_iter().map(|entry| entry.name).collect())
}

#[test]
fn finds_the_usual_files_in_any_case() {
    let (_keep, root) = folder();
    assert_eq!(found(&root, "", None), Ok(vec![]));
    for name in [
        "readme.md",
        "LICENSE-MIT",
        "License.apache",
        "changelog",
        "sub/README.md",
        "main.go",
        "dist/README.md",
    ] {
        put(&root.join(name), b"x", 0o644);
    }
    assert_eq!(found(&root, "", None).unwrap(), ["LICENSE-MIT", "License.apache", "changelog", "readme.md"]);
    assert_eq!(found(&root, "sub", None).unwrap(), ["README.md"]);
    put(&root.join("[s]*/README.md"), b"x", 0o644);
    assert_eq!(found(&root, "[s]*", None).unwrap(), ["README.md"]);
}

#[test]
fn rules_find_move_and_refuse() {
    let (_keep, root) = folder();
    for name in ["LICENSE", "tools/x/man/a.1", "tools/x/man/de/a.1", "dist/man/a.1", ".git/config"] {
        put(&root.join(name), b"x", 0o644);
    }
    let found = |rules: &str| found(&root, "tools/x", Some(rules));
    assert_eq!(found(r#"["man"]"#).unwrap(), ["man/a.1", "man/de/a.1"]);
    assert_eq!(found(r#"["man/*"]"#).unwrap(), ["man/a.1", "man/de/a.1"], "a folder stands for all in it");
    assert_eq!(found(r#"["man/*.1", "../../LICENSE"]"#).unwrap(), ["LICENSE", "man/a.1"]);
    assert_eq!(
        found(r#"[{"from": "man/**/*.1", "to": "share/man/"}]"#).unwrap(),
        ["share/man/a.1", "share/man/de/a.1"]
    );
    assert_eq!(found(r#"[{"from": "man/a.1", "to": "greeter.1"}]"#).unwrap(), ["greeter.1"]);
    assert!(found(r#"[{"from": "man/**", "to": "one"}]"#).unwrap_err().contains("finds 2 files"));
    assert!(found(r#"["nothing*"]"#).unwrap_err().contains("finds no file"));
    assert!(found(r#"["../../**/config"]"#).unwrap_err().contains("finds no file"), ".git is left out");
    for outside in
        [r#"["../../../x"]"#, r#"["/etc/passwd"]"#, r#"["C:\\x"]"#, r#"[{"from": "man/a.1", "to": "../x"}]"#]
    {
        assert!(found(outside).unwrap_err().contains("leaves"), "{outside}");
    }
    assert!(found(r#"["man/[a"]"#).unwrap_err().contains("cannot be used"));
}

#[test]
fn links_may_not_lead_out_of_the_repository() {
    let (_keep, outer) = folder();
    let root = outer.join("repo");
    put(&outer.join("secret"), b"x", 0o644);
    put(&root.join("docs/a"), b"inside", 0o644);
    symlink("docs/a", root.join("README")).unwrap();
    assert_eq!(found(&root, "", None).unwrap(), ["README"]);
    symlink("nowhere", root.join("CHANGELOG")).unwrap();
    let error = found(&root, "", None).unwrap_err();
    assert!(error.contains("`CHANGELOG` is a link to nothing"), "{error}");
    RealFiles.remove(&root.join("CHANGELOG")).unwrap();
    symlink("../secret", root.join("LICENSE")).unwrap();
    let error = found(&root, "", None).unwrap_err();
    assert!(
        error.contains("`LICENSE` is a link to") && error.contains("outside of the repository"),
        "{error}"
    );
    symlink("..", root.join("up")).unwrap();
    assert!(found(&root, "", Some(r#"["up/secret"]"#)).unwrap_err().contains("outside of the repository"));
    assert!(found(&root, "", Some(r#"["**/secret"]"#)).unwrap_err().contains("finds no file"));
}

/// After actions/checkout, `.git/config` holds the job's token.
#[test]
fn no_link_leads_into_what_git_keeps() {
    let (_keep, root) = folder();
    for name in [".git/config", "sub/.git", "docs/a"] {
        put(&root.join(name), b"token", 0o644);
    }
    symlink(".git/config", root.join("README-x")).unwrap();
    symlink("../.git/config", root.join("docs/README")).unwrap();
    symlink("../.git", root.join("docs/folder")).unwrap();
    let refused = |dir: &str, rules: Option<&str>| {
        let error = found(&root, dir, rules).unwrap_err();
        assert!(error.contains("which Git keeps for itself"), "{error}");
    };
    refused("", None);
    refused("docs", None);
    refused("", Some(r#"["docs/folder/config"]"#));
    refused("", Some(r#"["docs/**"]"#));
    refused("", Some(r#"[".git/config"]"#));
    refused("", Some(r#"[".git"]"#));
    refused("", Some(r#"["sub/.git"]"#));
}
