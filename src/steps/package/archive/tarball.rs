//! A tar whose bytes follow from names and contents alone.

use std::io::{self, Read, Write};

use chrono::{DateTime, Utc};
use tar::{Builder, EntryType, Header};

use super::entries::Entry;
use super::watch::{Watch, Watched};
use crate::model::Digest;
use crate::ports::Files;

const BLOCK: u64 = 512;

/// The longest entry that ustar's eleven octal digits can tell.
const USTAR_LONGEST: u64 = 0o777_7777_7777;

/// The length of the tar of these entries, in bytes; a little more where names are long.
pub fn length(entries: &[Entry]) -> u64 {
    let of = |entry: &Entry| {
        BLOCK + entry.len.next_multiple_of(BLOCK) + if entry.name.len() > 100 { 4 * BLOCK } else { 0 }
    };
    entries.iter().map(of).sum::<u64>() + 2 * BLOCK
}

/// Writes the tar and gives the digest of each entry's bytes.
///
/// ustar, with a pax header only for what ustar cannot say: long or non-ASCII names, 8 GiB and more.
///
/// # Errors
///
/// If a source cannot be read, changed since it was listed, or the tar cannot be written.
pub fn write(
    files: &dyn Files,
    entries: &[Entry],
    time: DateTime<Utc>,
    sink: &mut dyn Write,
    watch: &mut Watch,
) -> io::Result<Vec<Digest>> {
    let mut builder = Builder::new(sink);
    let mut digests = Vec::with_capacity(entries.len());
    let mut buffer = vec![0; 256 * 1024];
    for entry in entries {
        let header = header(entry, time, &mut builder)?;
        let source = files.open(&entry.from).map_err(io::Error::other)?;
        let mut source = Watched::new(source, entry.len, watch);
        // As `Builder::append` does it, in larger pieces.
        let sink = builder.get_mut();
        sink.write_all(header.as_bytes())?;
        copy(&mut source, sink, &mut buffer).map_err(|error| named(entry, &error))?;
        let padding = usize::try_from(entry.len.next_multiple_of(BLOCK) - entry.len).unwrap_or(0);
        sink.write_all(&[0; BLOCK as usize][..padding])?;
        digests.push(entry.agrees(source.finish().map_err(|error| named(entry, &error))?)?);
    }
    builder.finish()?;
    Ok(digests)
}

fn copy(source: &mut impl Read, sink: &mut dyn Write, buffer: &mut [u8]) -> io::Result<()> {
    loop {
        let count = source.read(buffer)?;
        if count == 0 {
            return Ok(());
        }
        sink.write_all(&buffer[..count])?;
    }
}

fn named(entry: &Entry, error: &io::Error) -> io::Error {
    io::Error::other(format!("{}: {error}", entry.from))
}

fn header(entry: &Entry, time: DateTime<Utc>, builder: &mut Builder<&mut dyn Write>) -> io::Result<Header> {
    let mut header = Header::new_ustar();
    let mut pax: Vec<(&str, &[u8])> = Vec::new();
    let size = entry.len.to_string();
    if !entry.name.is_ascii() || header.set_path(&entry.name).is_err() {
        header = Header::new_ustar();
        // Readers without pax see a name that is at least plain.
        let ascii = |char: char| if char.is_ascii() && char != '/' { char } else { '_' };
        header.set_path(entry.name.chars().map(ascii).take(100).collect::<String>())?;
        pax.push(("path", entry.name.as_bytes()));
    }
    if entry.len > USTAR_LONGEST {
        pax.push(("size", size.as_bytes()));
    }
    builder.append_pax_extensions(pax)?;
    header.set_entry_type(EntryType::Regular);
    header.set_size(entry.len);
    header.set_mode(entry.mode());
    header.set_uid(0);
    header.set_gid(0);
    // The format knows no time before 1970.
    header.set_mtime(u64::try_from(time.timestamp()).unwrap_or(0));
    header.set_cksum();
    Ok(header)
}
