//! Finds Go's build information in an executable, whatever its form and whoever made it.

use std::io::{Read, Seek};

use object::read::{Object, ObjectSection, ReadCache};

use super::buildinfo::{BuildInfo, InfoError, parse};

/// The most bytes of one section that are read.
const LONGEST: u64 = 64 * 1024 * 1024;

/// The most sections that are looked at.
const SECTIONS: usize = 256;

/// The sections that Go's linker writes it to: ELF, Mach-O; a PE file has no section of its own for it.
const OWN: [&str; 2] = [".go.buildinfo", "__go_buildinfo"];

/// What begins the information.
pub const MAGIC: &[u8] = b"\xff Go buildinf:";

/// The linker aligns it to this many bytes (`debug/buildinfo` of Go's standard library).
const ALIGN: usize = 16;

/// Reads the build information of an ELF, Mach-O or PE file. Only the section that holds it is read.
///
/// # Errors
///
/// If it is no executable, holds no build information, or one that does not hold together.
pub fn read(source: impl Read + Seek) -> Result<BuildInfo, InfoError> {
    let cache = ReadCache::new(source);
    let file = object::File::parse(&cache).map_err(|error| InfoError::NoExecutable(error.to_string()))?;
    let own = |section: &object::Section<'_, '_, _>| section.name().is_ok_and(|name| OWN.contains(&name));
    let sections = || file.sections().take(SECTIONS);
    for section in sections().filter(own).chain(sections().filter(|section| holds_data(section.kind()))) {
        if section.size() > LONGEST || section.file_range().is_none_or(|(_, size)| size > LONGEST) {
            continue;
        }
        let Ok(bytes) = section.data() else { continue };
        let mut from = 0;
        while let Some(at) = find(bytes, from) {
            match parse(&bytes[at..]) {
                // The magic may stand in data by chance, as it does in this very program.
                Err(InfoError::Torn) => from = at + ALIGN,
                other => return other,
            }
        }
    }
    Err(InfoError::Missing)
}

fn holds_data(kind: object::SectionKind) -> bool {
    matches!(kind, object::SectionKind::Data | object::SectionKind::ReadOnlyData)
}

fn find(bytes: &[u8], from: usize) -> Option<usize> {
    let mut at = from;
    while at + MAGIC.len() <= bytes.len() {
        if bytes[at..].starts_with(MAGIC) {
            return Some(at);
        }
        at += ALIGN;
    }
    None
}
