//! The CycloneDX 1.6 document of one download.

use std::collections::BTreeMap;

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Map, Value, json};

use super::buildinfo::BuildInfo;
use super::component::{library, property, purl, reference, standard_library, standard_reference};
use crate::model::Digest;

/// A binary in the download.
pub struct Binary {
    /// Its file name.
    pub name: String,
    /// The digest of its bytes.
    pub digest: Digest,
    /// What it says of itself.
    pub info: BuildInfo,
}

/// What the document is about.
pub struct Subject {
    /// The download's file name.
    pub name: String,
    /// The digest of its bytes.
    pub digest: Digest,
    /// The release's version, without `v`.
    pub version: String,
    /// The commit's time.
    pub time: DateTime<Utc>,
    /// The binaries in it.
    pub binaries: Vec<Binary>,
}

/// The document's text, ended by a line feed: the same subject gives the same bytes.
///
/// # Errors
///
/// If it cannot be written as JSON.
pub fn write(subject: &Subject) -> Result<String, serde_json::Error> {
    let mut components: BTreeMap<String, Value> = BTreeMap::new();
    let mut dependencies: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let root = format!("download:{}", subject.name);
    for binary in &subject.binaries {
        let own = format!("binary:{}", binary.name);
        dependencies.entry(root.clone()).or_default().push(own.clone());
        components.insert(own.clone(), application(binary, &own, &subject.version));
        let mut used = vec![standard_reference(&binary.info.go)];
        components.insert(used[0].clone(), standard_library(&binary.info.go));
        for module in &binary.info.modules {
            used.push(reference(module));
            components.insert(reference(module), library(module));
        }
        used.sort();
        used.dedup();
        for library in &used {
            dependencies.entry(library.clone()).or_default();
        }
        dependencies.insert(own, used);
    }
    let tool = json!({ "components": [{ "type": "application", "name": env!("CARGO_PKG_NAME"), "version": env!("CARGO_PKG_VERSION") }] });
    let metadata = json!({
        "timestamp": subject.time.to_rfc3339_opts(SecondsFormat::Secs, true),
        "lifecycles": [{ "phase": "post-build" }],
        "tools": tool,
        "component": {
            "type": "file",
            "bom-ref": root,
            "name": subject.name,
            "version": subject.version,
            "hashes": [{ "alg": "SHA-256", "content": subject.digest.hex() }],
        },
    });
    let graph: Vec<Value> = dependencies
        .into_iter()
        .map(
            |(from, to)| {
                if to.is_empty() { json!({ "ref": from }) } else { json!({ "ref": from, "dependsOn": to }) }
            },
        )
        .collect();
    let body = json!({
        "version": 1,
        "metadata": metadata,
        "components": components.into_values().collect::<Vec<_>>(),
        "dependencies": graph,
    });
    let mut document = Map::new();
    document.insert("$schema".into(), json!("http://cyclonedx.org/schema/bom-1.6.schema.json"));
    document.insert("bomFormat".into(), json!("CycloneDX"));
    document.insert("specVersion".into(), json!("1.6"));
    document
        .insert("serialNumber".into(), json!(serial(&Digest::of(serde_json::to_string(&body)?.as_bytes()))));
    if let Value::Object(body) = body {
        document.extend(body);
    }
    serde_json::to_string_pretty(&document).map(|text| text + "\n")
}

/// A UUID of version 8 (RFC 9562: bits of one's own choice), here those of the content's digest.
fn serial(digest: &Digest) -> String {
    let hex = digest.hex();
    // The variant's two bits are `10`; the digit's other two stay.
    let variant = 8 | (u8::from_str_radix(&hex[16..17], 16).unwrap_or(0) & 3);
    format!(
        "urn:uuid:{}-{}-8{}-{variant:x}{}-{}",
        &hex[..8],
        &hex[8..12],
        &hex[13..16],
        &hex[17..20],
        &hex[20..32]
    )
}

fn application(binary: &Binary, own: &str, version: &str) -> Value {
    let info = &binary.info;
    let mut component = Map::new();
    component.insert("type".into(), json!("application"));
    component.insert("bom-ref".into(), json!(own));
    component.insert("name".into(), json!(binary.name));
    component.insert("version".into(), json!(version));
    component.insert("hashes".into(), json!([{ "alg": "SHA-256", "content": binary.digest.hex() }]));
    let mut properties = vec![property("toolchain", &info.go), property("package", &info.package)];
    if let Some(main) = &info.main {
        let known = !main.version.is_empty() && main.version != "(devel)";
        let stamped = if known { main.version.clone() } else { format!("v{version}") };
        component.insert("purl".into(), json!(purl(&main.path, &stamped)));
        properties.push(property("module", &main.path));
        properties.push(property("module-version", &main.version));
    }
    // Flags may hold paths of the building machine; only what tells the platform is said.
    let told = |key: &str| key.starts_with("GO") || key.starts_with("CGO_ENABLED") || key.starts_with("vcs");
    properties
        .extend(info.settings.iter().filter(|(key, _)| told(key)).map(|(key, value)| property(key, value)));
    component.insert("properties".into(), json!(properties));
    component.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn serial_numbers_are_uuids_of_version_8() {
        let serial = serial(&Digest::of(b"abc"));
        assert_eq!(serial, "urn:uuid:ba7816bf-8f01-8fea-8141-40de5dae2223");
        let other = super::serial(&Digest::of(b"abd"));
        assert_ne!(serial, other);
    }
}
