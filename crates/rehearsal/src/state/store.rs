//! Files of the state folder: written whole or not at all.

use camino::Utf8Path;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::io::{self, Write};
use std::sync::atomic::{AtomicU64, Ordering};

/// Makes temporary names unique within this process.
static TEMPORARY: AtomicU64 = AtomicU64::new(0);

/// Writes bytes to a temporary neighbour and renames it into place.
pub(crate) fn write_atomic(path: &Utf8Path, bytes: &[u8]) -> io::Result<()> {
    let count = TEMPORARY.fetch_add(1, Ordering::Relaxed);
    let temporary = path.with_extension(format!("{}-{count}.tmp", std::process::id()));
    let written = (|| {
        let mut file = std::fs::File::create(&temporary)?;
        file.write_all(bytes)?;
        std::fs::rename(&temporary, path)
    })();
    if written.is_err() {
        remove_file(&temporary)?;
    }
    written
}

/// Writes a value as indented JSON, so that people can read the state.
pub(crate) fn write_json<T: Serialize>(path: &Utf8Path, value: &T) -> io::Result<()> {
    let mut bytes = serde_json::to_vec_pretty(value)?;
    bytes.push(b'\n');
    write_atomic(path, &bytes)
}

/// Reads a JSON file; `None` when there is none.
pub(crate) fn read_json<T: DeserializeOwned>(path: &Utf8Path) -> io::Result<Option<T>> {
    match std::fs::read(path) {
        Ok(bytes) => Ok(Some(serde_json::from_slice(&bytes)?)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Removes a file; one that isn't there is as good as removed.
pub(crate) fn remove_file(path: &Utf8Path) -> io::Result<()> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
