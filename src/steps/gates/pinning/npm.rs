//! Whether npm's lock file is in step with the manifests: what `npm ci` asks before it installs.

use std::collections::{BTreeMap, BTreeSet};

use camino::{Utf8Path, Utf8PathBuf};
use globset::GlobBuilder;
use serde::Deserialize;
use serde_json::Value;

use crate::model::Problem;
use crate::ports::Files;

/// The longest file that is read, in bytes.
const LONGEST: u64 = 64 * 1024 * 1024;

/// How many differences are told one by one.
const SHOWN: usize = 5;

/// What a manifest asks for, and what the lock file says that it asks for.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Asked {
    dependencies: BTreeMap<String, String>,
    dev_dependencies: BTreeMap<String, String>,
    optional_dependencies: BTreeMap<String, String>,
    peer_dependencies: BTreeMap<String, String>,
    workspaces: Value,
}

/// What the lock file has of a package: what it asks for, and by what its bytes are known.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Locked {
    #[serde(flatten)]
    asked: Asked,
    resolved: Value,
    integrity: Value,
    link: Value,
    in_bundle: Value,
}

impl Locked {
    /// Whether it always means the same bytes: by their digest or a commit, or since they lie in this repository or in
    /// the package around it.
    fn is_fixed(&self) -> bool {
        let resolved = self.resolved.as_str().unwrap_or_default();
        self.integrity.as_str().is_some_and(|digest| !digest.trim().is_empty())
            || self.link == true
            || self.in_bundle == true
            || resolved.starts_with("git")
            || resolved.starts_with("file:")
    }
}

#[derive(Deserialize)]
struct Lock {
    #[serde(default)]
    packages: BTreeMap<String, Locked>,
}

impl Asked {
    /// Each kind by name; what is optional counts as that alone, as npm writes it.
    fn kinds(&self) -> [(&'static str, BTreeMap<&str, &str>); 4] {
        let mut needed = plain(&self.dependencies);
        needed.retain(|name, _| !self.optional_dependencies.contains_key(*name));
        [
            ("dependencies", needed),
            ("devDependencies", plain(&self.dev_dependencies)),
            ("optionalDependencies", plain(&self.optional_dependencies)),
            ("peerDependencies", plain(&self.peer_dependencies)),
        ]
    }

    /// The patterns of its workspaces, in both of the forms that npm takes.
    fn patterns(&self) -> Vec<&str> {
        let list = match &self.workspaces {
            Value::Object(fields) => fields.get("packages").unwrap_or(&Value::Null),
            list => list,
        };
        list.as_array().into_iter().flatten().filter_map(Value::as_str).collect()
    }

    fn is_empty(&self) -> bool {
        self.kinds().iter().all(|(_, asked)| asked.is_empty()) && self.patterns().is_empty()
    }
}

fn plain(map: &BTreeMap<String, String>) -> BTreeMap<&str, &str> {
    map.iter().map(|(name, range)| (name.as_str(), range.as_str())).collect()
}

/// Whether a manifest asks for anything that a lock file would hold.
///
/// # Errors
///
/// If it cannot be read.
pub fn asks(files: &dyn Files, root: &Utf8Path, manifest: &Utf8Path) -> Result<bool, Problem> {
    Ok(!read::<Asked>(files, root, manifest)?.is_empty())
}

/// Whether a manifest asks for anything that comes from outside of its workspace.
///
/// # Errors
///
/// If it cannot be read.
pub fn depends(files: &dyn Files, root: &Utf8Path, manifest: &Utf8Path) -> Result<bool, Problem> {
    let inside =
        |range: &str| ["workspace:", "link:", "file:", "portal:"].iter().any(|it| range.starts_with(it));
    let asked = read::<Asked>(files, root, manifest)?;
    let [(_, needed), (_, dev), (_, optional), _] = asked.kinds();
    Ok(needed.values().chain(dev.values()).chain(optional.values()).any(|range| !inside(range)))
}

fn read<T: for<'de> Deserialize<'de>>(
    files: &dyn Files,
    root: &Utf8Path,
    path: &Utf8Path,
) -> Result<T, Problem> {
    serde_json::from_slice(&files.read(&root.join(path), LONGEST)?).map_err(|error| {
        let line = u32::try_from(error.line()).ok(); // A longer file has no editor.
        Problem::new(format!("{path} cannot be read")).caused_by(&error).at(path.to_owned(), line, None)
    })
}

/// Whether a folder below a manifest's own, given by its path from there, is one of its workspaces.
///
/// # Errors
///
/// If the manifest cannot be read, or has what is no pattern.
pub fn has_workspace(
    files: &dyn Files,
    root: &Utf8Path,
    manifest: &Utf8Path,
    folder: &Utf8Path,
) -> Result<bool, Problem> {
    is_member(&read::<Asked>(files, root, manifest)?.patterns(), folder)
}

/// Whether the patterns mean a folder: the last one that fits decides, and one that begins with `!` takes it out.
///
/// # Errors
///
/// If one is no pattern.
pub fn is_member<S: AsRef<str>>(patterns: &[S], folder: &Utf8Path) -> Result<bool, Problem> {
    let mut member = false;
    for pattern in patterns {
        let pattern = pattern.as_ref();
        let (takes_out, plain) = pattern.strip_prefix('!').map_or((false, pattern), |rest| (true, rest));
        let plain = plain.trim_start_matches("./").trim_end_matches('/');
        let glob = GlobBuilder::new(plain).literal_separator(true).build().map_err(|error| {
            Problem::new(format!("the workspace `{pattern}` is no pattern")).caused_by(&error)
        })?;
        if glob.compile_matcher().is_match(folder) {
            member = !takes_out;
        }
    }
    Ok(member)
}

/// In what a lock file and the manifests differ; `listed` are the files of the commit.
///
/// # Errors
///
/// If one cannot be read.
pub fn differences(
    files: &dyn Files,
    root: &Utf8Path,
    dir: &Utf8Path,
    lock: &Utf8Path,
    listed: &BTreeSet<Utf8PathBuf>,
) -> Result<Vec<String>, Problem> {
    let packages = read::<Lock>(files, root, lock)?.packages;
    let Some(own) = packages.get("") else {
        return Ok(vec![format!("{lock} has no `packages`: it is of an npm before version 7")]);
    };
    let manifest: Asked = read(files, root, &dir.join("package.json"))?;
    let mut found = differ("package.json", &manifest, &own.asked);
    let (asked, told) = (manifest.patterns(), own.asked.patterns());
    if asked != told {
        found.push(format!(
            "package.json has the workspaces [{}], the lock file [{}]",
            asked.join(", "),
            told.join(", ")
        ));
    }
    found.extend(unresolved("", &manifest, &packages));
    for folder in workspaces(&asked, dir, listed)? {
        let path = dir.join(&folder).join("package.json");
        let manifest: Asked = read(files, root, &path)?;
        match packages.get(folder.as_str()) {
            Some(told) => {
                found.extend(differ(path.as_str(), &manifest, &told.asked));
                found.extend(unresolved(folder.as_str(), &manifest, &packages));
            }
            None => found.push(format!("the lock file says nothing of the workspace {folder}")),
        }
    }
    let loose = packages.iter().filter(|(at, locked)| is_installed(at) && !locked.is_fixed());
    found.extend(loose.map(|(at, _)| format!("{at} has no `integrity`: any bytes would do")));
    let more = found.len().saturating_sub(SHOWN);
    found.truncate(SHOWN);
    found.extend((more > 0).then(|| format!("and {more} more")));
    Ok(found)
}

/// Whether an entry of the lock file is of a package that npm lays there, not of a workspace.
fn is_installed(at: &str) -> bool {
    Utf8Path::new(at).components().any(|part| part.as_str() == "node_modules")
}

fn differ(name: &str, manifest: &Asked, lock: &Asked) -> Vec<String> {
    let mut found = Vec::new();
    for ((kind, asked), (_, told)) in manifest.kinds().into_iter().zip(lock.kinds()) {
        for (package, range) in &asked {
            match told.get(package) {
                Some(there) if there == range => {}
                Some(there) => {
                    found.push(format!("{name} asks for {package} {range}, the lock file for {there}"))
                }
                None => {
                    found.push(format!("{name} asks for {package} in `{kind}`, and the lock file does not"))
                }
            }
        }
        let gone = told.keys().filter(|package| !asked.contains_key(*package));
        found.extend(
            gone.map(|package| format!("the lock file asks for {package} in `{kind}`, and {name} does not")),
        );
    }
    found
}

/// What is asked for and has no entry, neither beside the package that asks nor above it. What is optional or a peer
/// may have none.
fn unresolved(folder: &str, manifest: &Asked, packages: &BTreeMap<String, Locked>) -> Vec<String> {
    let [(_, needed), (_, dev), ..] = manifest.kinds();
    let lacks = |package: &str| {
        let mut above = Utf8Path::new(folder).ancestors();
        !above.any(|folder| packages.contains_key(folder.join("node_modules").join(package).as_str()))
    };
    let names: BTreeSet<&str> = needed.keys().chain(dev.keys()).copied().collect();
    let lacking = names.into_iter().filter(|package| lacks(package));
    lacking.map(|package| format!("the lock file has no entry for {package}")).collect()
}

/// The folders of the commit that the patterns mean, below the project's own.
fn workspaces(
    patterns: &[&str],
    dir: &Utf8Path,
    listed: &BTreeSet<Utf8PathBuf>,
) -> Result<Vec<Utf8PathBuf>, Problem> {
    let mut found = BTreeSet::new();
    for path in listed.iter().filter(|path| path.file_name() == Some("package.json")) {
        let Some(folder) = path.parent().and_then(|folder| folder.strip_prefix(dir).ok()) else {
            continue;
        };
        let own = !folder.as_str().is_empty() && !folder.as_str().contains("node_modules");
        if own && is_member(patterns, folder)? {
            found.insert(folder.to_owned());
        }
    }
    Ok(found.into_iter().collect())
}
