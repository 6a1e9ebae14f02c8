//! Tar archives whose names are bounded. A name may be as long as an archive says, and whoever reads archives holds it
//! whole: some kilobytes, unpacked, can be gigabytes of it.

use std::cell::Cell;
use std::io::{self, Read};
use std::rc::Rc;

/// How much may stand between two entries, in bytes: headers, long names, what else POSIX lets be told of a file.
const BETWEEN: u64 = 1024 * 1024;

/// A source of which not more may be read than is said.
#[derive(Debug)]
pub struct Metered<R> {
    source: R,
    counts: Rc<Counts>,
}

/// How far a source was read, and how far it may be.
#[derive(Debug)]
struct Counts {
    seen: Cell<u64>,
    until: Cell<u64>,
}

/// Hands on all entries of a tar archive one by one, and gives what follows its end. An entry may be left where it is,
/// or be read as far as one likes.
///
/// # Errors
///
/// If it is no tar archive, a name or what is told beside it is too long, and what `each` refuses.
pub fn entries<R: Read>(
    source: R,
    mut each: impl FnMut(&mut tar::Entry<'_, Metered<R>>) -> io::Result<()>,
) -> io::Result<Metered<R>> {
    let counts = Rc::new(Counts { seen: Cell::new(0), until: Cell::new(u64::MAX) });
    let mut archive = tar::Archive::new(Metered { source, counts: Rc::clone(&counts) });
    let mut entries = archive.entries()?;
    let mut end = 0;
    while let Some(entry) = counts.names(end, || entries.next()) {
        let mut entry = entry?;
        end = counts.end_of(&entry)?;
        each(&mut entry)?;
    }
    Ok(archive.into_inner())
}

impl Counts {
    /// Lets the next entry's names be read, and what stands beside them, after what is left of the one before,
    /// which ends at `end`.
    fn names<T>(&self, end: u64, read: impl FnOnce() -> T) -> T {
        self.until.set(end.max(self.seen.get()).saturating_add(BETWEEN));
        let read = read();
        self.until.set(u64::MAX);
        read
    }

    /// Where an entry ends of which nothing was read yet.
    fn end_of<R: Read>(&self, entry: &tar::Entry<'_, R>) -> io::Result<u64> {
        // Of a file with holes the archive holds less than the file has.
        let sparse = entry.header().entry_type().is_gnu_sparse();
        let size = if sparse { entry.header().entry_size()? } else { entry.size() };
        Ok(self.seen.get().saturating_add(size))
    }
}

impl<R: Read> Read for Metered<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let seen = self.counts.seen.get();
        let left = self.counts.until.get().saturating_sub(seen);
        if left == 0 && !buffer.is_empty() {
            return Err(io::Error::other(
                "a name in the archive, or what is told beside it, is longer than 1 MiB",
            ));
        }
        let most = usize::try_from(left).unwrap_or(usize::MAX).min(buffer.len());
        let count = self.source.read(&mut buffer[..most])?;
        self.counts.seen.set(seen + count as u64);
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An archive with a name of this length, as GNU writes it, and a file behind it.
    fn archive(length: usize) -> impl Read {
        let header = |kind: tar::EntryType, size: u64| {
            let mut header = tar::Header::new_gnu();
            header.as_mut_bytes()[..1].copy_from_slice(b"a");
            header.set_entry_type(kind);
            header.set_size(size);
            header.set_mode(0o644);
            header.set_cksum();
            io::Cursor::new(header.as_bytes().to_vec())
        };
        let padded = length.next_multiple_of(512) as u64;
        header(tar::EntryType::GNULongName, length as u64)
            .chain(io::repeat(b'n').take(padded))
            .chain(header(tar::EntryType::Regular, 2 << 20))
            .chain(io::repeat(b'x').take(2 << 20))
            .chain(io::repeat(0).take(1024))
    }

    fn names(source: impl Read, read: u64) -> io::Result<Vec<usize>> {
        let mut names = Vec::new();
        entries(source, |entry| {
            names.push(entry.path_bytes().len());
            io::copy(&mut Read::take(entry, read), &mut io::sink()).map(drop)
        })?;
        Ok(names)
    }

    #[test]
    fn files_are_long_and_names_are_not() {
        for read in [0, 7, 1 << 20, 2 << 20] {
            assert_eq!(names(archive(5_000), read).unwrap(), [5_000]);
        }
        let error = names(archive(1 << 40), 0).unwrap_err();
        assert!(error.to_string().contains("longer than 1 MiB"), "{error}");
    }
}
