//! Is a Go file generated? (https://go.dev/s/generatedcode)

use std::io::{BufRead, BufReader, Read};

use camino::Utf8Path;

use crate::ports::Files;
use crate::ports::files::FileError;

/// How far the mark is looked for, in bytes.
const FAR: u64 = 64 * 1024;

/// Whether a file carries the mark before its package clause. A file that is not there is not generated.
///
/// # Errors
///
/// If it is there and cannot be read.
pub fn is_generated(files: &dyn Files, path: &Utf8Path) -> Result<bool, FileError> {
    let source = match files.open(path) {
        Err(error) if error.is_missing() => return Ok(false),
        source => source?,
    };
    for line in BufReader::new(source.take(FAR)).split(b'\n') {
        let line = line.map_err(|source| FileError { path: path.to_owned(), source })?;
        let line = line.strip_suffix(b"\r").unwrap_or(&line);
        if line.starts_with(b"// Code generated ") && line.ends_with(b" DO NOT EDIT.") {
            return Ok(true);
        }
        if line.starts_with(b"package ") {
            return Ok(false);
        }
    }
    Ok(false)
}
