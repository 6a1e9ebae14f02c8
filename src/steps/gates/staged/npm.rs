//! `package.json` and `package-lock.json`: whether the lock was made of what the package asks for.

use camino::Utf8Path;
use serde_json::{Map, Value};

use super::{Found, Staged};
use crate::model::Problem;

/// npm's lock file.
pub const LOCK: &str = "package-lock.json";

/// The longest file that is read, in bytes.
const LONGEST: u64 = 64 * 1024 * 1024;

/// What a package asks for, by its sections.
const SECTIONS: [&str; 4] = ["dependencies", "devDependencies", "optionalDependencies", "peerDependencies"];

/// Compares them.
pub fn check(staged: &Staged, folder: &Utf8Path) -> Result<Found, Problem> {
    let (package, lock) = (read(staged, folder, "package.json")?, read(staged, folder, LOCK)?);
    let Some(locked) = lock.pointer("/packages/") else {
        return Ok(Found::Skipped(format!("{}: of npm 6 or older", folder.join(LOCK))));
    };
    let differing = differences(&package, locked);
    if differing.is_empty() {
        return Ok(Found::Good(String::new()));
    }
    Ok(Found::Bad(vec![
        Problem::new("not in step with what it locks, as both are staged")
            .at(folder.join(LOCK), None, None)
            .because(format!("package.json asks for something else: {}", differing.join(", ")))
            .fix(format!("`npm install --package-lock-only`, then `git add` {LOCK}")),
    ]))
}

/// The packages that are asked for in one way and locked in another.
fn differences(package: &Value, locked: &Value) -> Vec<String> {
    let none = Map::new();
    let mut differing = Vec::new();
    for section in SECTIONS {
        let of = |value: &'_ Value| value.get(section).and_then(Value::as_object).cloned();
        let (asked, held) = (of(package).unwrap_or(none.clone()), of(locked).unwrap_or(none.clone()));
        let names = asked.keys().chain(held.keys().filter(|name| !asked.contains_key(*name)));
        differing.extend(names.filter(|name| asked.get(*name) != held.get(*name)).cloned());
    }
    differing
}

fn read(staged: &Staged, folder: &Utf8Path, name: &str) -> Result<Value, Problem> {
    let path = folder.join(name);
    let bytes = staged.ports.files.read(&staged.tree.join(&path), LONGEST)?;
    serde_json::from_slice(&bytes).map_err(|error| {
        Problem::new(format!("{path} cannot be read as it is staged"))
            .caused_by(&error)
            .fix("mend it, and stage it")
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_section_is_compared_both_ways() {
        let package = json!({ "dependencies": { "a": "^1", "b": "^2" }, "devDependencies": { "c": "*" } });
        assert!(differences(&package, &package).is_empty());
        let locked = json!({ "dependencies": { "a": "^1", "b": "^1", "d": "1" } });
        assert_eq!(differences(&package, &locked), ["b", "d", "c"]);
        assert_eq!(differences(&json!({}), &package), ["a", "b", "c"]);
    }
}
