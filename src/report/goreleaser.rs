//! `artifacts.json` and `metadata.json` in the form of GoReleaser 2.16, so that what reads its dist
//! folder reads ours.

use std::collections::BTreeMap;

use chrono::{DateTime, SecondsFormat, Utc};
use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::model::{Artifact, ArtifactKind, Facts, Platform};

/// A line of `artifacts.json`; the order of the fields is GoReleaser's.
#[derive(Serialize)]
struct Line {
    name: String,
    path: String,
    #[serde(flatten)]
    platform: Map<String, Value>,
    internal_type: u8,
    #[serde(rename = "type")]
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    extra: Option<BTreeMap<String, Value>>,
}

/// The processors with variants: GOARCH, the field for the variant, and the usual one, which
/// GoReleaser always writes out.
const VARIANTS: [(&str, &str, &str); 11] = [
    ("amd64", "goamd64", "v1"),
    ("arm64", "goarm64", "v8.0"),
    ("arm", "goarm", "6"),
    ("386", "go386", "sse2"),
    ("mips", "gomips", "hardfloat"),
    ("mipsle", "gomips", "hardfloat"),
    ("mips64", "gomips", "hardfloat"),
    ("mips64le", "gomips", "hardfloat"),
    ("ppc64", "goppc64", "power8"),
    ("ppc64le", "goppc64", "power8"),
    ("riscv64", "goriscv64", "rva20u64"),
];

/// `artifacts.json`: one line, as GoReleaser writes it, `metadata.json` first.
///
/// `dist` is the dist folder as a reader of the file names it, usually `dist`. Files of our own that
/// GoReleaser has no type for (`ReleaseNotes`, `Changelog`) are left out, as it leaves out its own.
///
/// # Errors
///
/// If a value cannot be written as JSON.
pub fn artifacts_json(artifacts: &[Artifact], dist: &str) -> Result<String, serde_json::Error> {
    let metadata = Line {
        name: "metadata.json".into(),
        path: format!("{dist}/metadata.json"),
        platform: Map::new(),
        internal_type: 35,
        kind: "Metadata",
        extra: None,
    };
    let lines = artifacts.iter().filter_map(|artifact| line(artifact, dist));
    serde_json::to_string(&std::iter::once(metadata).chain(lines).collect::<Vec<_>>())
}

/// `metadata.json`: one line, as GoReleaser writes it.
///
/// `date` is the time of the run, which GoReleaser writes too; give the commit's for the same bytes
/// each time.
///
/// # Errors
///
/// If a value cannot be written as JSON.
pub fn metadata_json(facts: &Facts, date: DateTime<Utc>) -> Result<String, serde_json::Error> {
    serde_json::to_string(&json!({
        "project_name": facts.project,
        "tag": facts.tag,
        "previous_tag": facts.previous.as_ref().map(|tag| tag.name.as_str()).unwrap_or_default(),
        "version": facts.version.to_string(),
        "commit": facts.commit.id,
        "date": date.to_rfc3339_opts(SecondsFormat::AutoSi, true),
        "runtime": { "goos": facts.host.os, "goarch": facts.host.arch },
    }))
}

/// The number and the name that GoReleaser 2.16 has for a kind; both were read off its own files.
fn kind(kind: ArtifactKind) -> Option<(u8, &'static str)> {
    match kind {
        ArtifactKind::Archive => Some((1, "Archive")),
        ArtifactKind::PlainBinary => Some((2, "Binary")),
        ArtifactKind::File => Some((3, "File")),
        ArtifactKind::Binary => Some((4, "Binary")),
        ArtifactKind::Checksums => Some((12, "Checksum")),
        ArtifactKind::Sbom => Some((28, "SBOM")),
        // Whatever else the dist folder holds: GoReleaser lists none of it.
        _ => None,
    }
}

fn line(artifact: &Artifact, dist: &str) -> Option<Line> {
    let (internal_type, name) = kind(artifact.kind)?;
    // GoReleaser's bills of materials belong to an archive and name no platform themselves.
    let platform = artifact.platform.as_ref().filter(|_| artifact.kind != ArtifactKind::Sbom);
    Some(Line {
        name: artifact.name.clone(),
        path: format!("{dist}/{}", artifact.path),
        platform: platform.map(platform_fields).unwrap_or_default(),
        internal_type,
        kind: name,
        extra: Some(artifact.extra.clone()),
    })
}

fn platform_fields(platform: &Platform) -> Map<String, Value> {
    let mut fields = Map::new();
    fields.insert("goos".into(), json!(platform.os));
    fields.insert("goarch".into(), json!(platform.arch));
    let mut target = format!("{}_{}", platform.os, platform.arch);
    if let Some((_, field, usual)) = VARIANTS.into_iter().find(|(arch, _, _)| *arch == platform.arch) {
        let variant = if platform.variant.is_empty() { usual } else { platform.variant.as_str() };
        let variant = if platform.arch == "arm" { variant.trim_start_matches('v') } else { variant };
        fields.insert(field.into(), json!(variant));
        target = format!("{target}_{variant}");
    }
    fields.insert("target".into(), json!(target));
    fields
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Digest;

    fn artifact(name: &str, kind: ArtifactKind, platform: Option<(&str, &str, &str)>) -> Artifact {
        let of = |(os, arch, variant): (&str, &str, &str)| Platform {
            os: os.into(),
            arch: arch.into(),
            variant: variant.into(),
        };
        Artifact {
            name: name.into(),
            kind,
            path: name.into(),
            platform: platform.map(of),
            size: 1,
            digest: Digest::of(b""),
            extra: BTreeMap::from([("ID".into(), json!("default"))]),
        }
    }

    fn lines(artifacts: &[Artifact]) -> Vec<String> {
        let text = artifacts_json(artifacts, "dist").unwrap();
        let lines: Vec<Value> = serde_json::from_str(&text).unwrap();
        lines.iter().map(Value::to_string).collect()
    }

    #[test]
    fn a_line_has_the_fields_of_goreleaser_in_its_order() {
        let made = [artifact("greeter", ArtifactKind::Binary, Some(("linux", "amd64", "")))];
        let lines = lines(&made);
        assert_eq!(
            lines[0],
            r#"{"name":"metadata.json","path":"dist/metadata.json","internal_type":35,"type":"Metadata"}"#
        );
        assert_eq!(
            lines[1],
            r#"{"name":"greeter","path":"dist/greeter","goos":"linux","goarch":"amd64","goamd64":"v1","target":"linux_amd64_v1","internal_type":4,"type":"Binary","extra":{"ID":"default"}}"#
        );
    }

    #[test]
    fn variants_are_told_as_goreleaser_does() {
        for (platform, told) in [
            (("linux", "arm", "v6"), r#""goarm":"6","target":"linux_arm_6""#),
            (("linux", "arm64", ""), r#""goarm64":"v8.0","target":"linux_arm64_v8.0""#),
            (("linux", "mips", ""), r#""gomips":"hardfloat","target":"linux_mips_hardfloat""#),
            (("windows", "386", ""), r#""go386":"sse2","target":"windows_386_sse2""#),
            (("linux", "s390x", ""), r#""goarch":"s390x","target":"linux_s390x""#),
        ] {
            let lines = lines(&[artifact("a", ArtifactKind::Archive, Some(platform))]);
            assert!(lines[1].contains(told), "{}", lines[1]);
        }
    }

    #[test]
    fn what_goreleaser_does_not_know_is_left_out() {
        let made = [
            artifact("notes", ArtifactKind::ReleaseNotes, None),
            artifact("a.sbom.json", ArtifactKind::Sbom, Some(("linux", "amd64", ""))),
            artifact("sums", ArtifactKind::Checksums, None),
        ];
        let lines = lines(&made);
        assert_eq!(lines.len(), 3);
        assert!(
            lines[1].contains(r#""internal_type":28,"type":"SBOM""#) && !lines[1].contains("goos"),
            "{}",
            lines[1]
        );
        assert!(lines[2].contains(r#""internal_type":12,"type":"Checksum""#), "{}", lines[2]);
    }
}
