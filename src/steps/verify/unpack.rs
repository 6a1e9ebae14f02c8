//! Archives read as a stranger's: nothing in them is believed.

use std::io::{self, BufReader, Read};

use camino::Utf8Path;

use crate::kit::entry_path::{self, Entries};
use crate::kit::metered;
use crate::kit::packed;
use crate::model::Problem;
use crate::ports::Files;
use crate::ports::files::Source;

/// The most that an archive may unpack to, in bytes.
const MOST: u64 = 32 * 1024 * 1024 * 1024;

/// The most entries that it may have.
const MOST_ENTRIES: usize = 200_000;

/// One file in an archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its path: relative, inside, with `/` between.
    pub path: String,
    /// Executable by its owner.
    pub executable: bool,
}

/// Takes each file's bytes as they are unpacked.
pub type Visit<'a> = dyn FnMut(&Entry, &mut dyn Read) -> io::Result<()> + 'a;

/// Walks all files of an archive; its kind follows from its name.
///
/// # Errors
///
/// If it is no archive, broken, too large, or holds a link, a device, a path that leads out, or one
/// path twice.
pub fn walk(files: &dyn Files, path: &Utf8Path, visit: &mut Visit) -> Result<(), Problem> {
    read(path.file_name().unwrap_or_default(), files.open(path)?, visit)
}

/// As [`walk`], of an archive that is open; its kind follows from this name.
///
/// # Errors
///
/// As [`walk`].
pub fn read(name: &str, source: Box<dyn Source>, visit: &mut Visit) -> Result<(), Problem> {
    let source = BufReader::new(source);
    let mut guard = Guard { seen: Entries::default(), left: MOST, visit };
    let walked = if name.ends_with(".tar.gz") || name.ends_with(".tgz") {
        tar(flate2::bufread::MultiGzDecoder::new(source), &mut guard)
    } else if name.ends_with(".tar.xz") || name.ends_with(".txz") {
        packed::xz(source, packed::USUAL).and_then(|decoder| tar(decoder, &mut guard))
    } else if name.ends_with(".tar.zst") {
        packed::zstd(source, packed::USUAL).and_then(|decoder| tar(decoder, &mut guard))
    } else if name.ends_with(".zip") {
        zip(source, &mut guard)
    } else {
        Err(io::Error::other("its name is that of no archive known here (tar.gz, tar.xz, tar.zst, zip)"))
    };
    walked.map_err(|error| Problem::new(format!("the archive {name} is not in order")).caused_by(&error))
}

struct Guard<'a, 'b> {
    seen: Entries,
    left: u64,
    visit: &'a mut Visit<'b>,
}

impl Guard<'_, '_> {
    fn take(&mut self, path: &[u8], executable: bool, bytes: &mut dyn Read) -> io::Result<()> {
        let path = inside(path)?;
        if self.seen.count() >= MOST_ENTRIES {
            return Err(io::Error::other(format!("it has more than {MOST_ENTRIES} entries")));
        }
        self.seen.add(&path).map_err(io::Error::other)?;
        let mut limited = bytes.take(self.left.saturating_add(1));
        (self.visit)(&Entry { path, executable }, &mut limited)?;
        io::copy(&mut limited, &mut io::sink())?;
        let unread = limited.limit();
        if unread == 0 {
            return Err(io::Error::other("it unpacks to more than 32 GiB"));
        }
        self.left = unread - 1;
        Ok(())
    }
}

/// A path that stays below the folder it is unpacked in.
fn inside(path: &[u8]) -> io::Result<String> {
    let text = std::str::from_utf8(path).map_err(|_| io::Error::other("a path in it is not UTF-8"))?;
    let clean = text.strip_prefix("./").unwrap_or(text);
    entry_path::check(clean).map_err(io::Error::other)?;
    Ok(clean.to_owned())
}

fn tar(unpacked: impl Read, guard: &mut Guard) -> io::Result<()> {
    let mut rest = metered::entries(unpacked, |entry| {
        let path = entry.path_bytes().into_owned();
        let kind = entry.header().entry_type();
        if kind.is_dir() {
            return inside(path.strip_suffix(b"/").unwrap_or(&path)).map(drop);
        }
        if !kind.is_file() {
            return Err(io::Error::other(format!(
                "`{}` in it is a link or a device",
                String::from_utf8_lossy(&path).escape_debug()
            )));
        }
        let executable = entry.header().mode()? & 0o100 != 0;
        guard.take(&path, executable, entry)
    })?;
    // To the very end, so that the compressor's own checksum is compared too.
    io::copy(&mut rest, &mut io::sink()).map(drop)
}

fn zip(source: BufReader<Box<dyn Source>>, guard: &mut Guard) -> io::Result<()> {
    let mut archive = zip::ZipArchive::new(source)?;
    for index in 0..archive.len() {
        let mut entry = archive.by_index(index)?;
        let path = entry.name_raw().to_vec();
        if entry.is_dir() {
            inside(path.strip_suffix(b"/").unwrap_or(&path))?;
            continue;
        }
        // 0o170000 masks the type of a file, 0o100000 is a regular one; 0 comes from systems without.
        let mode = entry.unix_mode().unwrap_or_default();
        if !matches!(mode & 0o170_000, 0 | 0o100_000) {
            return Err(io::Error::other(format!(
                "`{}` in it is a link or a device",
                String::from_utf8_lossy(&path).escape_debug()
            )));
        }
        guard.take(&path, mode & 0o100 != 0, &mut entry)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;
    use crate::ports::real::RealFiles;

    fn tarball(entries: &[(&str, tar::EntryType, &[u8])]) -> Vec<u8> {
        let mut builder =
            tar::Builder::new(flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast()));
        for (path, kind, bytes) in entries {
            let mut header = tar::Header::new_gnu();
            header.as_mut_bytes()[..path.len()].copy_from_slice(path.as_bytes());
            header.set_entry_type(*kind);
            header.set_size(bytes.len() as u64);
            header.set_mode(0o755);
            header.set_cksum();
            builder.append(&header, *bytes).unwrap();
        }
        builder.into_inner().unwrap().finish().unwrap()
    }

    fn walked(name: &str, bytes: &[u8]) -> Result<Vec<(String, Vec<u8>)>, Problem> {
        let temp = tempfile::tempdir().unwrap();
        let path = Utf8Path::from_path(temp.path()).unwrap().join(name);
        RealFiles.write(&path, bytes).unwrap();
        let mut found = Vec::new();
        walk(&RealFiles, &path, &mut |entry, reader| {
            let mut bytes = Vec::new();
            reader.read_to_end(&mut bytes)?;
            found.push((entry.path.clone(), bytes));
            Ok(())
        })?;
        Ok(found)
    }

    #[test]
    fn gives_what_is_inside() {
        let file = tar::EntryType::Regular;
        let bytes =
            tarball(&[("d/", tar::EntryType::Directory, b""), ("d/a", file, b"one"), ("./b", file, b"two")]);
        let found = walked("x.tar.gz", &bytes).unwrap();
        assert_eq!(found, [("d/a".to_owned(), b"one".to_vec()), ("b".to_owned(), b"two".to_vec())]);
    }

    #[test]
    fn refuses_what_leads_out() {
        let file = tar::EntryType::Regular;
        for (path, kind) in [
            ("../a", file),
            ("/etc/a", file),
            ("a/../../b", file),
            ("a\\..\\b", file),
            ("C:a", file),
            ("a", tar::EntryType::Symlink),
            ("a", tar::EntryType::Link),
            ("a", tar::EntryType::Char),
            ("../d/", tar::EntryType::Directory),
        ] {
            assert!(walked("x.tar.gz", &tarball(&[(path, kind, b"")])).is_err(), "{path} {kind:?}");
        }
        assert!(walked("x.tar.gz", &tarball(&[("a", file, b"1"), ("A", file, b"2")])).is_err());
        assert!(walked("x.exe", b"MZ").is_err());
    }

    #[test]
    fn refuses_torn_archives() {
        let whole = tarball(&[("a", tar::EntryType::Regular, &[7; 4096])]);
        assert!(walked("x.tar.gz", &whole[..whole.len() - 4]).is_err());
        let mut zip = zip::ZipWriter::new(io::Cursor::new(Vec::new()));
        zip.start_file("a.txt", zip::write::SimpleFileOptions::default()).unwrap();
        zip.write_all(b"text").unwrap();
        let whole = zip.finish().unwrap().into_inner();
        assert_eq!(walked("x.zip", &whole).unwrap(), [("a.txt".to_owned(), b"text".to_vec())]);
        assert!(walked("x.zip", &whole[..whole.len() - 4]).is_err());
    }
}
