//! Programs and libraries as the compiler made them.

use anyhow::{Context as _, Result};
use object::read::archive::ArchiveFile;
use object::{File, Object as _, ObjectSection as _};

use crate::mapping::{Files, Mapped, read_files, read_functions};

/// The first bytes of a library.
const ARCHIVE: &[u8] = b"!<arch>\n";

/// Reads the map of a program, or that of each part of a library.
///
/// # Errors
///
/// If it is neither, or its map is not of a known form.
pub fn read(data: &[u8], keep: &mut impl FnMut(Mapped)) -> Result<()> {
    if !data.starts_with(ARCHIVE) {
        return read_one(data, keep);
    }
    let archive = ArchiveFile::parse(data)?;
    for member in archive.members() {
        let member = member?;
        // rustc keeps its own description of the library among the parts.
        if member.name().ends_with(b".o") {
            read_one(member.data(data)?, keep)
                .with_context(|| String::from_utf8_lossy(member.name()).into_owned())?;
        }
    }
    Ok(())
}

fn read_one(data: &[u8], keep: &mut impl FnMut(Mapped)) -> Result<()> {
    let file = File::parse(data).context("it is no program and no library")?;
    let named = |name: &'static str| file.sections().filter(move |section| section.name() == Ok(name));
    let mut files = Files::new();
    for section in named("__llvm_covmap") {
        read_files(&section.uncompressed_data()?, &mut files)?;
    }
    for section in named("__llvm_covfun") {
        read_functions(&section.uncompressed_data()?, &files, &mut *keep)?;
    }
    Ok(())
}
