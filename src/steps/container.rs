//! What a file is by its first bytes, and Unix archives, of which Debian's packages are made.

use std::io::{self, Read};

/// How many of the first bytes are looked at: tar says what it is at 257.
pub const HEAD: usize = 512;

/// What holds other files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Container {
    /// RFC 1952.
    Gzip,
    /// The xz file format.
    Xz,
    /// RFC 8878.
    Zstd,
    /// POSIX.1-2001, and what came before.
    Tar,
    /// PKWARE's APPNOTE.
    Zip,
    /// `ar`.
    Ar,
    /// Packed in a way that we do not open.
    Closed(&'static str),
}

/// First bytes of what is packed in ways that we do not open.
const CLOSED: [(&[u8], &str); 7] = [
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
    (b"Rar!\x1a\x07", "a RAR archive"),
    (b"\xed\xab\xee\xdb", "an RPM package"),
    (b"\x04\x22\x4d\x18", "packed with lz4"),
    (b"LZIP", "packed with lzip"),
    (b"hsqs", "a SquashFS image"),
    (b"MSCF", "a cabinet"),
];

impl Container {
    /// What begins so; none for a plain file.
    pub fn of(head: &[u8]) -> Option<Self> {
        // The second part is the first block's own mark.
        let bzip2 = head.starts_with(b"BZh") && head.get(4..10) == Some(b"\x31\x41\x59\x26\x53\x59");
        match head {
            _ if head.starts_with(b"\x1f\x8b\x08") => Some(Self::Gzip),
            _ if head.starts_with(b"\xfd7zXZ\0") => Some(Self::Xz),
            _ if head.starts_with(b"\x28\xb5\x2f\xfd") => Some(Self::Zstd),
            // A frame to be skipped comes first where packing was shared out; what else begins so is no zstd, and unread.
            [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => Some(Self::Zstd),
            _ if head.starts_with(b"PK\x03\x04") || head.starts_with(b"PK\x05\x06") => Some(Self::Zip),
            _ if head.starts_with(b"!<arch>\n") => Some(Self::Ar),
            _ if head.get(257..262) == Some(b"ustar") => Some(Self::Tar),
            _ if bzip2 => Some(Self::Closed("packed with bzip2")),
            _ => CLOSED.iter().find(|(mark, _)| head.starts_with(mark)).map(|(_, name)| Self::Closed(name)),
        }
    }
}

/// Walks a Unix archive: a mark of 8 bytes, then members, each with a header of 60 bytes, padded to an even length.
pub fn ar(
    source: &mut dyn Read,
    visit: &mut dyn FnMut(&str, &mut dyn Read) -> io::Result<()>,
) -> io::Result<()> {
    source.read_exact(&mut [0; 8])?;
    let torn = || io::Error::other("a member of the archive has no header");
    loop {
        let mut header = Vec::with_capacity(60);
        Read::take(&mut *source, 60).read_to_end(&mut header)?;
        if header.is_empty() {
            return Ok(());
        }
        if header.get(58..60) != Some(b"`\n") {
            return Err(torn());
        }
        let text =
            |range| header.get(range).map(String::from_utf8_lossy).unwrap_or_default().trim().to_owned();
        let (name, size) = (text(0..16), text(48..58).parse::<u64>().map_err(|_| torn())?);
        let mut member = Read::take(&mut *source, size);
        visit(name.trim_end_matches('/'), &mut member)?;
        io::copy(&mut member, &mut io::sink())?;
        if member.limit() > 0 {
            return Err(io::Error::other("the archive is cut off"));
        }
        if size % 2 == 1 {
            io::copy(&mut Read::take(&mut *source, 1), &mut io::sink())?;
        }
    }
}
