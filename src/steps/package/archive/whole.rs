//! Deflate of all bytes at once, which is faster and smaller than as a stream.

use std::io;

use libdeflater::{CompressionLvl, Compressor};

use super::buffers;

/// What stands around the deflated bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Around {
    /// One gzip member, without a time and with the operating system unknown (RFC 1952).
    Gzip,
    /// Nothing: raw deflate (RFC 1951).
    Nothing,
}

/// Compresses into `packed`, which grows where it is too short, and gives the part of it that was written.
///
/// # Errors
///
/// If there is no such level.
pub fn compress<'a>(
    bytes: &[u8],
    packed: &'a mut Vec<u8>,
    level: u8,
    around: Around,
) -> io::Result<&'a [u8]> {
    let level = CompressionLvl::new(i32::from(level)).map_err(|_| io::Error::other("no such level"))?;
    let mut compressor = Compressor::new(level);
    let bound = match around {
        Around::Gzip => compressor.gzip_compress_bound(bytes.len()),
        Around::Nothing => compressor.deflate_compress_bound(bytes.len()),
    };
    buffers::grow(packed, bound);
    let length = match around {
        Around::Gzip => compressor.gzip_compress(bytes, packed),
        Around::Nothing => compressor.deflate_compress(bytes, packed),
    };
    Ok(&packed[..length.map_err(io::Error::other)?])
}
