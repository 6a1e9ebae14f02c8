//! What was packed with xz or zstd, opened with as much memory as we say. Both formats let an archive ask for gigabytes
//! in a few bytes.

use std::io::{self, BufReader, Read};

use liblzma::read::XzDecoder;
use liblzma::stream::{CONCATENATED, Stream};

/// As much as the highest levels of both ask for, in bytes.
pub const USUAL: u64 = 128 * 1024 * 1024;

/// Opens what was packed with xz, of one stream or of several.
///
/// # Errors
///
/// If there is no memory. What asks for more than `most` bytes is an error when it is read.
pub fn xz<R: Read>(source: R, most: u64) -> io::Result<XzDecoder<R>> {
    let stream = Stream::new_stream_decoder(most, CONCATENATED).map_err(io::Error::other)?;
    Ok(XzDecoder::new_stream(source, stream))
}

/// Opens what was packed with zstd.
///
/// # Errors
///
/// If there is no memory. What asks for more than `most` bytes is an error when it is read.
pub fn zstd<'a, R: Read>(source: R, most: u64) -> io::Result<zstd::Decoder<'a, BufReader<R>>> {
    let mut decoder = zstd::Decoder::new(source)?;
    decoder.window_log_max(most.max(1).ilog2())?;
    Ok(decoder)
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    fn read(source: io::Result<impl Read>) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        source?.read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    #[test]
    fn what_asks_for_too_much_is_refused() {
        let text = b"words and words".repeat(9);
        let packed = |level| {
            let mut packed = liblzma::write::XzEncoder::new(Vec::new(), level);
            packed.write_all(&text).unwrap();
            packed.finish().unwrap()
        };
        // Level 9 has a dictionary of 64 MiB.
        assert_eq!(read(xz(&packed(9)[..], USUAL)).unwrap(), text);
        assert!(read(xz(&packed(9)[..], 32 << 20)).is_err());
        assert_eq!(read(xz(&[packed(0), packed(0)].concat()[..], 32 << 20)).unwrap().len(), 2 * text.len());
        let long = |log: u32| {
            let mut packed = zstd::Encoder::new(Vec::new(), 1).unwrap();
            packed.window_log(log).unwrap();
            packed.write_all(&text).unwrap();
            packed.finish().unwrap()
        };
        assert_eq!(read(super::zstd(&long(27)[..], USUAL)).unwrap(), text);
        assert!(read(super::zstd(&long(28)[..], USUAL)).is_err());
        assert!(read(super::zstd(&long(27)[..], 32 << 20)).is_err());
    }
}
