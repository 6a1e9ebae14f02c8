//! What is told.

use chrono::SecondsFormat;
use serde_json::json;

use crate::model::{Artifact, Digest, Facts};

/// The kind of message.
pub const RELEASE_PUBLISHED: &str = "release.published";

/// The name of the message: the same for the same release of the same commit, wherever and how
/// often it is sent, so that the receiver can drop a second one.
#[must_use]
pub fn id(facts: &Facts, kind: &str) -> String {
    let slug = facts.slug.as_ref().map(ToString::to_string).unwrap_or_default();
    let parts = [facts.forge_url.as_str(), &slug, &facts.project, &facts.tag, kind, &facts.commit.id];
    format!("msg_{}", &Digest::of(parts.join("\n").as_bytes()).hex()[..32])
}

/// The body, the same bytes for the same release.
#[must_use]
pub fn body(facts: &Facts, assets: &[Artifact]) -> Vec<u8> {
    let url =
        facts.slug.as_ref().map(|slug| format!("{}/{slug}/releases/tag/{}", facts.forge_url, facts.tag));
    let mut assets: Vec<&Artifact> = assets.iter().filter(|artifact| artifact.kind.is_published()).collect();
    assets.sort_by(|a, b| a.name.cmp(&b.name));
    assets.dedup_by(|a, b| a.name == b.name);
    let assets: Vec<_> = assets
        .into_iter()
        .map(|asset| json!({ "name": asset.name, "size": asset.size, "digest": asset.digest.to_string() }))
        .collect();
    json!({
        "type": RELEASE_PUBLISHED,
        "timestamp": facts.commit.date.to_rfc3339_opts(SecondsFormat::Secs, true),
        "data": {
            "project": facts.project,
            "tag": facts.tag,
            "version": facts.version.to_string(),
            "prerelease": facts.is_prerelease(),
            "commit": facts.commit.id,
            "repository": facts.slug.as_ref().map(ToString::to_string),
            "url": url,
            "assets": assets,
        },
    })
    .to_string()
    .into_bytes()
}

#[cfg(test)]
pub mod tests {
    use serde_json::Value;

    use super::*;
    use crate::model::ArtifactKind;

    /// A release of `o/r`.
    pub fn facts() -> Facts {
        serde_json::from_value(json!({
            "project": "p", "dir": "", "tag": "v1.2.3", "tag_at_head": true, "tag_annotated": true,
            "version": "1.2.3", "snapshot": false, "tags": [], "previous": null,
            "slug": {"owner": "o", "name": "r"}, "forge_url": "https://forge.test", "ecosystems": {}, "tools": {},
            "commit": {
                "id": "c0ffee", "date": "2026-01-02T03:04:05Z", "tree": "t", "dirty": [], "shallow": false, "branch": null
            },
            "host": {"os": "linux", "arch": "amd64"},
        }))
        .unwrap()
    }

    fn artifact(name: &str, kind: ArtifactKind) -> Artifact {
        let digest = Digest::of(name.as_bytes());
        Artifact {
            name: name.into(),
            kind,
            path: name.into(),
            platform: None,
            size: 7,
            digest,
            extra: Default::default(),
        }
    }

    #[test]
    fn the_same_release_has_the_same_name_and_body() {
        let facts = facts();
        let assets = [
            artifact("b.zip", ArtifactKind::Archive),
            artifact("x", ArtifactKind::Binary),
            artifact("a.tar.gz", ArtifactKind::Archive),
        ];
        let turned: Vec<Artifact> = assets.iter().rev().cloned().collect();
        assert_eq!(body(&facts, &assets), body(&facts, &turned));
        let told: Value = serde_json::from_slice(&body(&facts, &assets)).unwrap();
        assert_eq!(told["type"], "release.published");
        assert_eq!(told["timestamp"], "2026-01-02T03:04:05Z");
        assert_eq!(told["data"]["url"], "https://forge.test/o/r/releases/tag/v1.2.3");
        let names: Vec<&Value> =
            told["data"]["assets"].as_array().unwrap().iter().map(|asset| &asset["name"]).collect();
        assert_eq!(names, ["a.tar.gz", "b.zip"]);
        assert_eq!(told["data"]["assets"][0]["digest"], Digest::of(b"a.tar.gz").to_string());
    }

    #[test]
    fn another_release_has_another_name() {
        let name = id(&facts(), RELEASE_PUBLISHED);
        assert!(name.starts_with("msg_") && name.len() == 36);
        assert_eq!(name, id(&facts(), RELEASE_PUBLISHED));
        assert_ne!(name, id(&facts(), "release.withdrawn"));
        assert_ne!(name, id(&Facts { tag: "v1.2.4".into(), ..facts() }, RELEASE_PUBLISHED));
        let mut other = facts();
        other.commit.id = "beef".into();
        assert_ne!(name, id(&other, RELEASE_PUBLISHED));
    }
}
