//! Images for tests, made without an engine: what `docker save` writes, and OCI's layout.

use serde_json::{Value, json};

use crate::model::Digest;

/// A tar of these files.
pub fn tar(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for (name, bytes) in files {
        let mut header = tar::Header::new_ustar();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o755);
        builder.append_data(&mut header, name, *bytes).unwrap();
    }
    builder.into_inner().unwrap()
}

fn config(layers: &[Vec<u8>], created_by: &str) -> Value {
    let ids: Vec<String> = layers.iter().map(|layer| format!("sha256:{}", Digest::of(layer).hex())).collect();
    let history: Vec<Value> = layers.iter().map(|_| json!({ "created_by": created_by })).collect();
    json!({ "architecture": "amd64", "os": "linux", "config": { "Env": ["PATH=/bin"] },
        "rootfs": { "type": "layers", "diff_ids": ids }, "history": history })
}

/// An image of these layers, each a tar, as `docker save` writes it.
pub fn saved(layers: &[Vec<u8>], created_by: &str) -> Vec<u8> {
    let config = config(layers, created_by).to_string();
    let names: Vec<String> =
        layers.iter().map(|layer| format!("{}/layer.tar", Digest::of(layer).hex())).collect();
    let config_name = format!("{}.json", Digest::of(config.as_bytes()).hex());
    let manifest = json!([{ "Config": config_name, "RepoTags": ["m:1"], "Layers": names }]).to_string();
    let mut files: Vec<(&str, &[u8])> =
        vec![("manifest.json", manifest.as_bytes()), (&config_name, config.as_bytes())];
    files.extend(names.iter().zip(layers).map(|(name, layer)| (name.as_str(), layer.as_slice())));
    tar(&files)
}

/// The same in OCI's layout, with an index in the index.
pub fn laid_out(layers: &[Vec<u8>], created_by: &str) -> Vec<u8> {
    let named = |bytes: &[u8]| {
        let hex = Digest::of(bytes).hex();
        (json!({ "digest": format!("sha256:{hex}"), "size": bytes.len() }), format!("blobs/sha256/{hex}"))
    };
    let config = config(layers, created_by).to_string();
    let of_layers: Vec<Value> = layers.iter().map(|layer| named(layer).0).collect();
    let manifest =
        json!({ "schemaVersion": 2, "config": named(config.as_bytes()).0, "layers": of_layers }).to_string();
    let inner = json!({ "schemaVersion": 2, "manifests": [named(manifest.as_bytes()).0] }).to_string();
    let index = json!({ "schemaVersion": 2, "manifests": [named(inner.as_bytes()).0] }).to_string();
    let mut blobs: Vec<&[u8]> = vec![config.as_bytes(), manifest.as_bytes(), inner.as_bytes()];
    blobs.extend(layers.iter().map(Vec::as_slice));
    let blobs: Vec<(String, &[u8])> = blobs.into_iter().map(|bytes| (named(bytes).1, bytes)).collect();
    let mut files: Vec<(&str, &[u8])> =
        vec![("oci-layout", b"{\"imageLayoutVersion\":\"1.0.0\"}"), ("index.json", index.as_bytes())];
    files.extend(blobs.iter().map(|(name, bytes)| (name.as_str(), *bytes)));
    tar(&files)
}
