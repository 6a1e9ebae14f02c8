//! What counts as saying the version.

use std::time::Duration;

use super::super::says;
use super::*;
use crate::model::Digest;

fn facts() -> crate::model::Facts {
    serde_json::from_value(serde_json::json!({
        "project": "greeter", "dir": "", "tag": "v1.2.3", "tag_at_head": true, "tag_annotated": true,
        "version": "1.2.3", "snapshot": false, "tags": [], "previous": null, "slug": null,
        "forge_url": "https://forge.test", "ecosystems": {}, "tools": {},
        "commit": {
            "id": "0123456789abcdef0123456789abcdef01234567", "date": "2026-01-02T03:04:05Z",
            "tree": "t", "dirty": [], "shallow": false, "branch": null
        },
        "host": { "os": "linux", "arch": "amd64" }
    }))
    .unwrap()
}

#[test]
fn the_version_must_be_a_word_of_its_own() {
    for (text, version) in [
        ("greeter 1.2.3", true),
        ("greeter version v1.2.3 (commit 0123456)", true),
        ("v1.2.3.", true),
        ("\"1.2.3\",", true),
        ("greeter 11.2.3", false),
        ("greeter 1.2.30", false),
        ("greeter 1.2.3-rc.1", false),
        ("", false),
    ] {
        assert_eq!(says::read(text, &facts()).version, version, "{text}");
    }
}

#[test]
fn a_commit_that_is_called_so_must_be_the_right_one() {
    for (text, commit) in [
        ("commit: 0123456789ab", Some(true)),
        ("built from 0123456", Some(true)),
        ("commit=fedcba987", Some(false)),
        ("module hash fedcba987", None),
        ("commit none, 2026", None),
    ] {
        let said = says::read(text, &facts());
        assert_eq!(said.commit.as_ref().map(|(_, right)| *right), commit, "{text}");
        assert_eq!(said.problems("x").is_empty(), commit != Some(false));
    }
}

#[test]
fn the_plainest_variant_of_this_machine_is_taken() {
    let artifact = |arch: &str, variant: &str| Artifact {
        name: format!("{arch}{variant}"),
        kind: ArtifactKind::Archive,
        path: Utf8PathBuf::new(),
        platform: Some(Platform { os: "linux".into(), arch: arch.into(), variant: variant.into() }),
        size: 0,
        digest: Digest::of(b""),
        extra: std::collections::BTreeMap::new(),
    };
    let artifacts = [artifact("amd64", "v3"), artifact("arm64", ""), artifact("amd64", "")];
    assert_eq!(of_host(&artifacts, &facts().host).unwrap().name, "amd64");
    assert!(of_host(&artifacts[1..2], &facts().host).is_none());
}

#[test]
fn the_program_gets_nothing_of_our_environment() {
    let asker = Asker { limit: Duration::from_secs(1), arguments: vec!["--version".into()], demanded: false };
    let command = asker.command(Utf8Path::new("/d/x"), "--version", Utf8Path::new("/d"));
    assert_eq!((command.program.as_str(), command.args.as_slice()), ("/d/x", &["--version".to_owned()][..]));
    assert!(command.apart && command.env.is_empty() && command.secrets.is_empty());
    assert_eq!(command.limit, Some(Duration::from_secs(1)));
}
