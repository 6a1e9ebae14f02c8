//! npm's packages, as `package-lock.json` holds them.

use std::collections::BTreeMap;

use camino::Utf8Path;
use serde::Deserialize;
use serde_json::Value;

use super::Dependency;
use crate::model::Problem;
use crate::ports::Files;

/// The file, of which versions 2 and 3 have what is needed (https://docs.npmjs.com: package-lock.json).
const LOCK: &str = "package-lock.json";

/// The longest one that is read, in bytes.
const LONGEST: u64 = 64 * 1024 * 1024;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Lock {
    #[serde(default)]
    packages: BTreeMap<String, Package>,
}

#[derive(Debug, Deserialize)]
struct Package {
    name: Option<String>,
    #[serde(default)]
    version: String,
    #[serde(default)]
    link: bool,
    license: Option<Value>,
}

/// The packages in the lock file, those for development too.
pub fn find(files: &dyn Files, dir: &Utf8Path) -> Result<Option<(String, Vec<Dependency>)>, Problem> {
    let path = dir.join(LOCK);
    if files.meta(&path)?.is_none() {
        return Ok(None);
    }
    packages(files, &path).map(|found| Some((LOCK.to_owned(), found)))
}

/// The packages in a lock file of npm's.
///
/// # Errors
///
/// If it cannot be read or is of an npm before version 7.
pub fn packages(files: &dyn Files, path: &Utf8Path) -> Result<Vec<Dependency>, Problem> {
    read(&files.read(path, LONGEST)?)
}

/// How many entries a lock file has beside the project's own: what `npm audit` counts as dependencies, since it takes
/// the links to workspaces and the workspaces themselves for such too.
///
/// # Errors
///
/// As [`packages`].
pub fn entries(files: &dyn Files, path: &Utf8Path) -> Result<u64, Problem> {
    let lock = lock(&files.read(path, LONGEST)?)?;
    Ok(lock.packages.keys().filter(|place| !place.is_empty()).count() as u64)
}

fn lock(bytes: &[u8]) -> Result<Lock, Problem> {
    let lock: Lock = serde_json::from_slice(bytes).map_err(|error| {
        let line = u32::try_from(error.line()).ok(); // A longer file has no editor.
        Problem::new(format!("{LOCK} cannot be read")).caused_by(&error).at(LOCK, line, None)
    })?;
    if lock.packages.is_empty() {
        return Err(Problem::new(format!("{LOCK} has no `packages`"))
            .because("it was written by an npm before version 7, or by another program")
            .fix("write it anew: npm install --package-lock-only"));
    }
    Ok(lock)
}

/// The packages in the bytes of a lock file of npm's.
///
/// # Errors
///
/// If it is none, or is of an npm before version 7.
pub fn read(bytes: &[u8]) -> Result<Vec<Dependency>, Problem> {
    let lock = lock(bytes)?;
    let foreign = lock.packages.into_iter().filter(|(place, package)| {
        // The project itself, its workspaces, and links to those.
        place.contains("node_modules/") && !package.link
    });
    let dependency = |(place, package): (String, Package)| {
        let of_place = place.rsplit_once("node_modules/").map_or(place.as_str(), |(_, name)| name);
        Dependency {
            ecosystem: "npm",
            name: package.name.unwrap_or_else(|| of_place.to_owned()),
            version: package.version,
            licence: package.license.as_ref().map(words).unwrap_or_default(),
        }
    };
    Ok(foreign.map(dependency).collect())
}

/// A text, or the old forms `{type}` and a list of those.
fn words(license: &Value) -> String {
    match license {
        Value::String(text) => text.clone(),
        Value::Object(fields) => fields.get("type").map(words).unwrap_or_default(),
        Value::Array(all) => all.iter().map(words).collect::<Vec<_>>().join(" OR "),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_is_not_the_projects_own() {
        let lock = br#"{"lockfileVersion": 3, "packages": {
            "": {"name": "own", "version": "1.0.0", "license": "SECRET"},
            "packages/a": {"version": "1.0.0"},
            "node_modules/a": {"resolved": "packages/a", "link": true},
            "node_modules/b": {"version": "2.0.0", "license": "MIT"},
            "node_modules/b/node_modules/@s/c": {"version": "3.0.0", "license": [{"type": "MIT"}, {"type": "ISC"}]},
            "node_modules/alias": {"name": "real", "version": "4.0.0"}
        }}"#;
        let found = read(lock).unwrap();
        let told: Vec<_> =
            found.iter().map(|one| (one.name.as_str(), one.version.as_str(), one.licence.as_str())).collect();
        assert_eq!(told, [("real", "4.0.0", ""), ("b", "2.0.0", "MIT"), ("@s/c", "3.0.0", "MIT OR ISC")]);
    }

    #[test]
    fn an_old_or_torn_lock_file_is_an_error() {
        assert!(
            read(br#"{"lockfileVersion": 1, "dependencies": {}}"#)
                .unwrap_err()
                .fix
                .unwrap()
                .contains("npm install")
        );
        for bytes in [&b""[..], b"null", b"[]", b"{\"packages\": {\"x\"", b"<html>"] {
            assert!(read(bytes).is_err());
        }
    }
}
