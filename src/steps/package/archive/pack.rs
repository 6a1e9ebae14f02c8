//! Entries in, compressed bytes out.

use std::io::{self, Write};

use chrono::{DateTime, Utc};
use flate2::GzBuilder;
use liblzma::stream::{Check, Stream};
use liblzma::write::XzEncoder;

use super::buffers::Buffers;
use super::entries::Entry;
use super::settings::Format;
use super::watch::Watch;
use super::whole::{self, Around};
use super::{tarball, zipped};
use crate::model::Digest;
use crate::ports::Files;

/// What decides an archive's bytes beside its entries.
#[derive(Debug, Clone, Copy)]
pub struct Recipe {
    /// The format.
    pub format: Format,
    /// The level.
    pub level: u8,
    /// The time of every entry.
    pub time: DateTime<Utc>,
    /// The longest tar that is compressed in one piece, in bytes.
    pub longest_whole: u64,
}

impl Recipe {
    /// The memory that packing takes at most, in bytes, beside small buffers.
    #[must_use]
    pub fn memory(&self, entries: &[Entry]) -> u64 {
        const MIB: u64 = 1024 * 1024;
        match self.format {
            // The tar, the same unpacked again, and in the worst case as much behind the compressor.
            Format::TarGz if self.is_whole(entries) => 3 * tarball::length(entries),
            // liblzma's own table: 94 MiB at level 6, 674 MiB at level 9.
            Format::TarXz => {
                if self.level > 6 {
                    674 * MIB
                } else {
                    94 * MIB
                }
            }
            // The longest entry, and in the worst case as much behind the compressor.
            Format::Zip => {
                let whole = entries.iter().map(|entry| entry.len).filter(|len| *len <= self.longest_whole);
                MIB + 2 * whole.max().unwrap_or(0)
            }
            // zstd's windows at high levels.
            Format::TarZst => 96 * MIB,
            _ => MIB,
        }
    }

    /// Whether the tar is held in memory and compressed in one piece.
    #[must_use]
    pub fn is_whole(&self, entries: &[Entry]) -> bool {
        self.format == Format::TarGz && tarball::length(entries) <= self.longest_whole
    }
}

/// Writes the archive and gives the digest of each entry's bytes. A tar in one piece is left in
/// `buffers.plain`, so that what is read back can be compared with it.
///
/// # Errors
///
/// If a source cannot be read, changed since it was listed, or the archive cannot be written.
pub fn pack(
    files: &dyn Files,
    entries: &[Entry],
    recipe: &Recipe,
    sink: &mut dyn Write,
    buffers: &mut Buffers,
    watch: &mut Watch,
) -> io::Result<Vec<Digest>> {
    let level = recipe.level;
    let tar =
        |sink: &mut dyn Write, watch: &mut Watch| tarball::write(files, entries, recipe.time, sink, watch);
    match recipe.format {
        Format::TarGz if recipe.is_whole(entries) => {
            let Buffers { plain, packed, .. } = buffers;
            plain.clear();
            plain.reserve_exact(usize::try_from(tarball::length(entries)).map_err(io::Error::other)?);
            let digests = tar(plain, watch)?;
            sink.write_all(whole::compress(plain, packed, level, Around::Gzip)?)?;
            Ok(digests)
        }
        Format::TarGz => {
            let level = flate2::Compression::new(u32::from(level.min(9)));
            let mut gzip = GzBuilder::new().mtime(0).operating_system(255).write(sink, level);
            let digests = tar(&mut gzip, watch)?;
            gzip.finish()?;
            Ok(digests)
        }
        Format::TarXz => {
            // One thread: the number of blocks must not depend on the machine.
            let stream =
                Stream::new_easy_encoder(u32::from(level), Check::Crc64).map_err(io::Error::other)?;
            let mut xz = XzEncoder::new_stream(sink, stream);
            let digests = tar(&mut xz, watch)?;
            xz.finish()?;
            Ok(digests)
        }
        Format::TarZst => {
            let mut zstd = zstd::Encoder::new(sink, i32::from(level))?;
            zstd.include_checksum(true)?;
            let digests = tar(&mut zstd, watch)?;
            zstd.finish()?;
            Ok(digests)
        }
        Format::Zip => zipped::write(files, entries, recipe, sink, buffers, watch),
        Format::Binary => bare(files, entries, sink, watch),
    }
}

fn bare(
    files: &dyn Files,
    entries: &[Entry],
    sink: &mut dyn Write,
    watch: &mut Watch,
) -> io::Result<Vec<Digest>> {
    let mut digests = Vec::new();
    for entry in entries {
        let source = files.open(&entry.from).map_err(io::Error::other)?;
        let mut source = super::watch::Watched::new(source, entry.len, watch);
        io::copy(&mut source, sink)?;
        digests.push(entry.agrees(source.finish()?)?);
    }
    Ok(digests)
}
