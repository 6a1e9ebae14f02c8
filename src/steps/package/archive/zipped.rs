//! A zip whose bytes follow from names and contents alone.

use std::io::{self, Read, Write};

use chrono::{DateTime, Datelike, Utc};
use libdeflater::Crc;
use rawzip::time::UtcDateTime;
use rawzip::{CompressionMethod, DataDescriptorOutput, ZipArchiveWriter};

use super::buffers::Buffers;
use super::entries::Entry;
use super::pack::Recipe;
use super::watch::{Watch, Watched};
use super::whole::{self, Around};
use crate::model::Digest;
use crate::ports::Files;

/// Unix's type of a plain file, as `st_mode` tells it.
const REGULAR: u32 = 0o100_000;

/// Writes the zip and gives the digest of each entry's bytes.
///
/// Lengths stand behind the bytes (data descriptors). An entry that fits in memory is compressed in one
/// piece, which is faster and smaller; a longer one as a stream.
///
/// # Errors
///
/// If a source cannot be read, changed since it was listed, or the zip cannot be written.
pub fn write(
    files: &dyn Files,
    entries: &[Entry],
    recipe: &Recipe,
    sink: &mut dyn Write,
    buffers: &mut Buffers,
    watch: &mut Watch,
) -> io::Result<Vec<Digest>> {
    let mut zip = ZipArchiveWriter::new(sink);
    let mut digests = Vec::with_capacity(entries.len());
    for entry in entries {
        let file = zip
            .new_file(entry.name.as_str())
            .compression_method(CompressionMethod::DEFLATE)
            .last_modified(stamp(recipe.time))
            .unix_permissions(REGULAR | entry.mode());
        let source = files.open(&entry.from).map_err(io::Error::other)?;
        let mut source = Watched::new(source, entry.len, watch);
        let (mut out, config) = file.start().map_err(io::Error::other)?;
        let described = if entry.len <= recipe.longest_whole {
            let Buffers { plain, packed, .. } = buffers;
            plain.clear();
            source.read_to_end(plain)?;
            out.write_all(whole::compress(plain, packed, recipe.level, Around::Nothing)?)?;
            DataDescriptorOutput::new(crc(plain), plain.len() as u64)
        } else {
            let level = flate2::Compression::new(u32::from(recipe.level.min(9)));
            let mut writer = config.wrap(flate2::write::DeflateEncoder::new(&mut out, level));
            io::copy(&mut source, &mut writer)?;
            let (encoder, described) = writer.finish().map_err(io::Error::other)?;
            encoder.finish()?;
            described
        };
        out.finish(described).map_err(io::Error::other)?;
        digests.push(entry.agrees(source.finish()?)?);
    }
    zip.finish().map_err(io::Error::other)?;
    Ok(digests)
}

fn crc(bytes: &[u8]) -> u32 {
    let mut crc = Crc::new();
    crc.update(bytes);
    crc.sum()
}

/// The time as a zip tells it, in UTC: from 1980 to 2107.
fn stamp(time: DateTime<Utc>) -> UtcDateTime {
    let near = |year: i32, month: u32, day: u32| {
        let at = chrono::NaiveDate::from_ymd_opt(year, month, day).and_then(|day| day.and_hms_opt(0, 0, 0));
        at.map_or(0, |at| at.and_utc().timestamp())
    };
    UtcDateTime::from_unix(match time.year() {
        ..1980 => near(1980, 1, 1),
        2108.. => near(2107, 12, 31),
        _ => time.timestamp(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_a_zip_cannot_tell_become_the_nearest() {
        let stamp = |text: &str| stamp(text.parse().unwrap());
        assert_eq!(stamp("1970-01-01T00:00:00Z").year(), 1980);
        assert_eq!(stamp("2200-02-03T00:00:00Z").year(), 2107);
        let time = stamp("2026-11-21T04:05:07Z");
        assert_eq!((time.year(), time.day(), time.hour(), time.second()), (2026, 21, 4, 7));
    }
}
