//! Reads a finished archive again, as a stranger would, and compares it with what went in.

use std::io::{self, BufReader, Read};

use camino::Utf8Path;

use super::buffers;
use super::entries::Entry;
use super::pack::Recipe;
use super::settings::Format;
use super::watch::Watch;
use crate::model::{Digest, Hasher};
use crate::ports::Files;
use crate::ports::files::Source;

/// A file as it was written.
#[derive(Debug, Clone, Copy)]
pub struct Written<'a> {
    /// Where.
    pub path: &'a Utf8Path,
    /// How it was packed.
    pub recipe: &'a Recipe,
    /// Its length and digest.
    pub bytes: (u64, Digest),
    /// What is in it.
    pub entries: &'a [Entry],
    /// The digest of each entry.
    pub digests: &'a [Digest],
    /// What is still in memory, where it was packed in one piece.
    pub whole: Option<Whole<'a>>,
}

/// An archive that was packed in one piece.
#[derive(Debug, Clone, Copy)]
pub struct Whole<'a> {
    /// Its tar.
    pub tar: &'a [u8],
    /// The tar compressed: the file's bytes.
    pub packed: &'a [u8],
}

/// Compares the file's digest, and every entry's name, mode, length and bytes. `unpacked` is memory to use.
///
/// # Errors
///
/// If anything differs, is missing or is too much.
pub fn compare(
    files: &dyn Files,
    written: &Written,
    unpacked: &mut Vec<u8>,
    watch: &mut Watch,
) -> io::Result<()> {
    let Written { path, recipe, entries, .. } = *written;
    let mut expected = Expected { left: entries.iter().zip(written.digests) };
    if let Some(whole) = written.whole {
        let found = unpack(files, path, &whole, unpacked)?;
        if found == whole.tar {
            // The same bytes: only what stands around them is still to be looked at.
            headers(found, &mut expected, watch)?;
        } else {
            tar(found, &mut expected, watch)?;
            return Err(io::Error::other("its tar differs from the one that was packed"));
        }
    } else {
        check_bytes(written, files.digest(path).map_err(io::Error::other)?)?;
        let source = files.open(path).map_err(io::Error::other)?;
        match recipe.format {
            Format::TarGz => {
                tar(flate2::bufread::GzDecoder::new(BufReader::new(source)), &mut expected, watch)?
            }
            Format::TarXz => tar(liblzma::read::XzDecoder::new(source), &mut expected, watch)?,
            Format::TarZst => tar(zstd::Decoder::new(source)?, &mut expected, watch)?,
            Format::Zip => zip(source, &mut expected, watch)?,
            // Its bytes are those of its only entry, and were compared already.
            Format::Binary => {
                let same_bytes = entries
                    .iter()
                    .zip(written.digests)
                    .all(|(one, digest)| written.bytes == (one.len, *digest));
                return same(path.as_str(), same_bytes, "its bytes");
            }
        }
    }
    match expected.left.next() {
        Some((entry, _)) => Err(io::Error::other(format!("`{}` is missing in it", entry.name))),
        None => Ok(()),
    }
}

fn check_bytes(written: &Written, found: (u64, Digest)) -> io::Result<()> {
    if found == written.bytes { Ok(()) } else { Err(not_as_written()) }
}

/// The tar in a file that was packed in one piece: the file is compared with the bytes in memory, which is
/// cheaper than another digest, and those are unpacked in one piece, which is faster than a stream.
fn unpack<'a>(
    files: &dyn Files,
    path: &Utf8Path,
    whole: &Whole,
    unpacked: &'a mut Vec<u8>,
) -> io::Result<&'a [u8]> {
    is_on_disk(files.open(path).map_err(io::Error::other)?, whole.packed)?;
    let longest = whole.tar.len();
    buffers::grow(unpacked, longest);
    let room = &mut unpacked[..longest];
    let length =
        libdeflater::Decompressor::new().gzip_decompress(whole.packed, room).map_err(io::Error::other)?;
    Ok(&room[..length])
}

/// The source has these bytes and no more.
fn is_on_disk(mut source: impl Read, mut bytes: &[u8]) -> io::Result<()> {
    let mut buffer = vec![0; 256 * 1024];
    loop {
        let count = source.read(&mut buffer)?;
        match bytes.split_at_checked(count) {
            Some((next, _)) if next != &buffer[..count] => return Err(not_as_written()),
            None => return Err(not_as_written()),
            Some(([], [])) => return Ok(()),
            Some(([], _)) => return Err(not_as_written()),
            Some((_, rest)) => bytes = rest,
        }
    }
}

fn not_as_written() -> io::Error {
    io::Error::other("its bytes are not those that were written")
}

struct Expected<'a> {
    left: std::iter::Zip<std::slice::Iter<'a, Entry>, std::slice::Iter<'a, Digest>>,
}

impl Expected<'_> {
    /// The next entry has this name and mode; gives its length and digest.
    fn next(&mut self, name: &[u8], mode: u32) -> io::Result<(&Entry, &Digest)> {
        let Some((entry, digest)) = self.left.next() else {
            return Err(io::Error::other(format!("it holds `{}` too much", String::from_utf8_lossy(name))));
        };
        same(&entry.name, entry.name.as_bytes() == name, "its name")?;
        same(&entry.name, entry.mode() == mode & 0o7777, "its mode")?;
        Ok((entry, digest))
    }

    fn compare(&mut self, name: &[u8], mode: u32, source: impl Read, watch: &mut Watch) -> io::Result<()> {
        let (entry, digest) = self.next(name, mode)?;
        same(&entry.name, digest_of(source, watch)? == (entry.len, *digest), "its bytes")
    }
}

fn same(name: &str, same: bool, what: &str) -> io::Result<()> {
    if same {
        Ok(())
    } else {
        Err(io::Error::other(format!("`{name}` in it differs from its source: {what}")))
    }
}

/// Looks at what stands around the entries' bytes, and passes those by.
fn headers(unpacked: &[u8], expected: &mut Expected, watch: &mut Watch) -> io::Result<()> {
    let mut archive = tar::Archive::new(io::Cursor::new(unpacked));
    for found in archive.entries_with_seek()? {
        let found = found?;
        let (entry, _) = expected.next(&found.path_bytes(), found.header().mode()?)?;
        same(&entry.name, found.size() == entry.len, "its length")?;
        watch.pass(entry.len)?;
    }
    Ok(())
}

fn tar(unpacked: impl Read, expected: &mut Expected, watch: &mut Watch) -> io::Result<()> {
    let mut archive = tar::Archive::new(unpacked);
    for entry in archive.entries()? {
        let entry = entry?;
        let name = entry.path_bytes().into_owned();
        let mode = entry.header().mode()?;
        expected.compare(&name, mode, entry, watch)?;
    }
    // To the very end, so that the compressor's own checksum is compared too.
    io::copy(&mut archive.into_inner(), &mut io::sink()).map(drop)
}

fn zip(source: Box<dyn Source>, expected: &mut Expected, watch: &mut Watch) -> io::Result<()> {
    let mut archive = zip::ZipArchive::new(source)?;
    for index in 0..archive.len() {
        let entry = archive.by_index(index)?;
        let name = entry.name_raw().to_vec();
        let mode = entry.unix_mode().unwrap_or_default();
        expected.compare(&name, mode, entry, watch)?;
    }
    Ok(())
}

fn digest_of(mut source: impl Read, watch: &mut Watch) -> io::Result<(u64, Digest)> {
    let mut hasher = Hasher::default();
    let mut buffer = vec![0; 256 * 1024];
    loop {
        let count = source.read(&mut buffer)?;
        if count == 0 {
            return Ok((hasher.bytes(), hasher.finish()));
        }
        hasher.update(&buffer[..count]);
        watch.pass(count as u64)?;
    }
}
