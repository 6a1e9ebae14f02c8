//! The mark that some tools begin a text in UTF-8 with. It is no part of the text, whatever the format, and no column is
//! counted for it.

use std::io::{self, Cursor, Read};

/// The mark.
pub(super) const MARK: &[u8] = b"\xef\xbb\xbf";

/// The text without it.
pub(super) fn bytes(text: &[u8]) -> &[u8] {
    text.strip_prefix(MARK).unwrap_or(text)
}

/// As [`bytes`], of what is still to be read.
///
/// # Errors
///
/// If it cannot be read.
pub(super) fn source(mut text: impl Read) -> io::Result<impl Read> {
    let mut begin = Vec::with_capacity(MARK.len());
    text.by_ref().take(MARK.len() as u64).read_to_end(&mut begin)?;
    if begin == MARK {
        begin.clear();
    }
    Ok(Cursor::new(begin).chain(text))
}
