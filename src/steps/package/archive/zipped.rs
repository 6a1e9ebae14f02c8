//! A zip whose bytes follow from names and contents alone.

use std::io::{self, Write};

use chrono::{DateTime, Datelike, Timelike, Utc};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, System, ZipWriter};

use super::entries::Entry;
use super::watch::{Watch, Watched};
use crate::model::Digest;
use crate::ports::Files;

/// Above this an entry's length needs the 64-bit form; compressed bytes may be a little longer.
const LONG: u64 = 0xFF00_0000;

/// Writes the zip and gives the digest of each entry's bytes.
///
/// Lengths stand behind the bytes (data descriptors), so that memory does not grow with them.
///
/// # Errors
///
/// If a source cannot be read, changed since it was listed, or the zip cannot be written.
pub fn write(
    files: &dyn Files,
    entries: &[Entry],
    time: DateTime<Utc>,
    level: u8,
    sink: &mut dyn Write,
    watch: &mut Watch,
) -> io::Result<Vec<Digest>> {
    let mut zip = ZipWriter::new_stream(sink);
    let mut digests = Vec::with_capacity(entries.len());
    for entry in entries {
        let options = SimpleFileOptions::default()
            .system(System::Unix)
            .compression_method(CompressionMethod::Deflated)
            .compression_level(Some(level.into()))
            .last_modified_time(stamp(time)?)
            .unix_permissions(entry.mode())
            .large_file(entry.len >= LONG);
        zip.start_file(entry.name.as_str(), options)?;
        let source = files.open(&entry.from).map_err(io::Error::other)?;
        let mut source = Watched::new(source, entry.len, watch);
        io::copy(&mut source, &mut zip)?;
        digests.push(entry.agrees(source.finish()?)?);
    }
    zip.finish()?;
    Ok(digests)
}

/// The time as a zip tells it, in UTC: from 1980 to 2107, in steps of two seconds.
fn stamp(time: DateTime<Utc>) -> io::Result<zip::DateTime> {
    let year = time.year();
    if year < 1980 {
        return Ok(zip::DateTime::default());
    }
    let year = u16::try_from(year).map_err(io::Error::other)?;
    let part = |value: u32| u8::try_from(value).map_err(io::Error::other);
    let (month, day) = (part(time.month())?, part(time.day())?);
    let (hour, minute, second) = (part(time.hour())?, part(time.minute())?, part(time.second())?);
    zip::DateTime::from_date_and_time(year.min(2107), month, day, hour, minute, second)
        .map_err(io::Error::other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_a_zip_cannot_tell_become_the_nearest() {
        let stamp = |text: &str| stamp(text.parse().unwrap()).unwrap();
        assert_eq!(stamp("1970-01-01T00:00:00Z").year(), 1980);
        assert_eq!(stamp("2200-02-03T00:00:00Z").year(), 2107);
        let time = stamp("2026-11-21T04:05:07Z");
        assert_eq!((time.year(), time.day(), time.hour(), time.second()), (2026, 21, 4, 6));
    }
}
