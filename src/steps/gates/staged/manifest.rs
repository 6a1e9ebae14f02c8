//! What a staged `Cargo.toml` says.

use camino::Utf8Path;
use toml::{Table, Value};

use super::Staged;
use crate::model::Problem;

/// Rust's description of a package.
pub const CARGO: &str = "Cargo.toml";

/// The longest manifest that is read, in bytes.
pub const LONGEST: u64 = 4 * 1024 * 1024;

/// The edition that a file is written in: that of its package, which may be that of its workspace.
///
/// # Errors
///
/// If a manifest cannot be read.
pub fn edition(staged: &Staged, path: &Utf8Path) -> Result<String, Problem> {
    let Some(folder) = staged.nearest(path, CARGO)? else { return Ok("2015".into()) };
    let manifest = read(staged, &folder)?;
    let own = manifest.get("package").and_then(|package| package.get("edition"));
    if let Some(edition) = own.and_then(Value::as_str) {
        return Ok(edition.to_owned());
    }
    let inherits = own.and_then(|own| own.get("workspace")).and_then(Value::as_bool) == Some(true);
    if inherits {
        for above in folder.ancestors() {
            if staged.ports.files.meta(&staged.tree.join(above).join(CARGO))?.is_none() {
                continue;
            }
            let workspace = read(staged, above)?;
            let edition = workspace.get("workspace").and_then(|all| all.get("package")?.get("edition"));
            if let Some(edition) = edition.and_then(Value::as_str) {
                return Ok(edition.to_owned());
            }
        }
    }
    // What a package without an edition is compiled as.
    Ok("2015".into())
}

fn read(staged: &Staged, folder: &Utf8Path) -> Result<Table, Problem> {
    let path = folder.join(CARGO);
    let bytes = staged.ports.files.read(&staged.tree.join(&path), LONGEST)?;
    let text = String::from_utf8_lossy(&bytes).into_owned();
    text.parse().map_err(|error: toml::de::Error| {
        Problem::new(format!("{path} cannot be read as it is staged"))
            .caused_by(&error)
            .fix("mend it, and stage it")
    })
}
