//! Whether a tar holds a whole image: everything that its manifests name. What is in it the walk looks at, layer by
//! layer, as in any other archive.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Read};

use serde::Deserialize;

use super::plan::SETTING;
use crate::model::Problem;

/// The longest manifest, in bytes.
const LONGEST: u64 = 4 * 1024 * 1024;

/// The most bytes of files that may be manifests, and the most entries.
const MOST: (usize, usize) = (64 * 1024 * 1024, 100_000);

/// Files by name.
type Texts = BTreeMap<String, Vec<u8>>;

/// An image in the manifest of `docker save` (<https://github.com/moby/docker-image-spec/blob/main/v1.3.md>).
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Saved {
    config: String,
    layers: Vec<String>,
}

/// An index or a manifest of OCI's (<https://github.com/opencontainers/image-spec>).
#[derive(Deserialize)]
struct Manifest {
    #[serde(default)]
    manifests: Vec<Descriptor>,
    config: Option<Descriptor>,
    #[serde(default)]
    layers: Vec<Descriptor>,
}

#[derive(Deserialize)]
struct Descriptor {
    digest: String,
}

/// There is no such file.
pub fn missing(name: &str) -> Problem {
    Problem::new(format!("there is no image in `{name}`"))
        .because("no file of this name is there when what was made is looked through")
        .fix(format!("write it before: `docker save --output {name} IMAGE`"))
        .of_setting(format!("{SETTING}.images"))
}

/// How many layers the images in a tar have, each counted once.
///
/// # Errors
///
/// If it is no image, or something of it lies elsewhere.
pub fn layers(source: impl Read) -> io::Result<usize> {
    let (names, texts) = inventory(source)?;
    let mut layers = BTreeSet::new();
    let mut wanted = BTreeSet::new();
    match (texts.get("manifest.json"), texts.get("index.json")) {
        (Some(text), _) => {
            let images: Vec<Saved> = serde_json::from_slice(text)
                .map_err(|error| io::Error::other(format!("its manifest.json cannot be read: {error}")))?;
            for image in images {
                wanted.insert(image.config);
                layers.extend(image.layers);
            }
        }
        (None, Some(_)) => oci("index.json", &texts, &mut wanted, &mut layers)?,
        (None, None) => {
            return Err(io::Error::other("it is no image: neither manifest.json nor index.json lies in it"));
        }
    }
    if layers.is_empty() {
        return Err(io::Error::other("its manifests name no layer"));
    }
    if let Some(lost) = wanted.iter().chain(&layers).find(|name| !names.contains(name.as_str())) {
        return Err(io::Error::other(format!("its manifests name {lost}, which does not lie in it")));
    }
    Ok(layers.len())
}

/// Follows an index down to its manifests.
fn oci(
    first: &str,
    texts: &Texts,
    wanted: &mut BTreeSet<String>,
    layers: &mut BTreeSet<String>,
) -> io::Result<()> {
    let mut left = vec![first.to_owned()];
    let mut seen = BTreeSet::new();
    while let Some(name) = left.pop() {
        if !seen.insert(name.clone()) {
            continue;
        }
        let unread = |why: String| io::Error::other(format!("its manifest {name} cannot be read: {why}"));
        let text = texts.get(&name).ok_or_else(|| unread("it does not lie in it".into()))?;
        let manifest: Manifest = serde_json::from_slice(text).map_err(|error| unread(error.to_string()))?;
        left.extend(manifest.manifests.iter().map(blob));
        wanted.extend(manifest.config.iter().map(blob));
        layers.extend(manifest.layers.iter().map(blob));
    }
    Ok(())
}

/// Where the layout keeps what has this digest.
fn blob(descriptor: &Descriptor) -> String {
    format!("blobs/{}", descriptor.digest.replacen(':', "/", 1))
}

/// What lies in a tar, and the texts among it that may be manifests.
fn inventory(source: impl Read) -> io::Result<(BTreeSet<String>, Texts)> {
    let (mut names, mut texts, mut held) = (BTreeSet::new(), BTreeMap::new(), 0_usize);
    let mut links: Vec<(String, String)> = Vec::new();
    let mut archive = tar::Archive::new(source);
    for entry in archive.entries()? {
        let mut entry = entry?;
        let kind = entry.header().entry_type();
        let path = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        let name = path.trim_start_matches("./").to_owned();
        if !(kind.is_file() || kind.is_symlink() || kind.is_hard_link()) {
            continue;
        }
        if kind.is_file() {
            names.insert(name.clone());
        } else {
            let to = entry.link_name_bytes().unwrap_or_default();
            links.push((name.clone(), aim(&name, kind.is_symlink(), &String::from_utf8_lossy(&to))));
        }
        if names.len() + links.len() > MOST.1 {
            return Err(io::Error::other(format!("it has more than {} entries", MOST.1)));
        }
        if kind.is_file() && entry.size() <= LONGEST {
            let mut text = Vec::new();
            let mut first = [0_u8; 1];
            if entry.read(&mut first)? == 0 || !matches!(first[0], b'{' | b'[') {
                continue;
            }
            text.push(first[0]);
            Read::take(&mut entry, LONGEST).read_to_end(&mut text)?;
            held += text.len();
            if held > MOST.0 {
                return Err(io::Error::other("its texts are longer than manifests are"));
            }
            texts.insert(name, text);
        }
    }
    // A link is only there where what it means is: Docker writes layers that several images share so.
    let there: Vec<String> =
        links.into_iter().filter(|(_, to)| names.contains(to)).map(|(name, _)| name).collect();
    names.extend(there);
    Ok((names, texts))
}

/// The entry that a link means: a symbolic one from its own folder, a hard one from the tar's root.
fn aim(name: &str, symbolic: bool, to: &str) -> String {
    let from = if symbolic { name.rsplit_once('/').map_or("", |(folder, _)| folder) } else { "" };
    let mut parts: Vec<&str> = Vec::new();
    for part in from.split('/').chain(to.split('/')) {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    parts.join("/")
}
