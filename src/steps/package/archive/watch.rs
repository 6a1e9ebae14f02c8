//! Reads sources while it hashes them, counts them and looks whether the run must stop.

use std::io::{self, Read, Write};

use tokio_util::sync::CancellationToken;

use crate::model::{Digest, Hasher};

/// How many bytes pass between two words about progress.
const STRIDE: u64 = 4 * 1024 * 1024;

/// Follows the bytes of one archive.
pub struct Watch {
    stop: CancellationToken,
    tell: Box<dyn Fn(u64) + Send>,
    done: u64,
    told: u64,
}

impl Watch {
    /// Begins; `tell` hears how many bytes are done.
    pub fn new(stop: CancellationToken, tell: impl Fn(u64) + Send + 'static) -> Self {
        Self { stop, tell: Box::new(tell), done: 0, told: 0 }
    }

    /// These many more bytes are done.
    ///
    /// # Errors
    ///
    /// If the run must stop.
    pub fn pass(&mut self, bytes: u64) -> io::Result<()> {
        self.done += bytes;
        if self.done - self.told >= STRIDE {
            self.told = self.done;
            (self.tell)(self.done);
        }
        if self.stop.is_cancelled() { Err(io::Error::other("the run was stopped")) } else { Ok(()) }
    }
}

/// A source of a known length on its way into an archive.
pub struct Watched<'a, R> {
    source: R,
    left: u64,
    hasher: Hasher,
    watch: &'a mut Watch,
}

impl<'a, R: Read> Watched<'a, R> {
    /// Reads exactly `len` bytes of `source`.
    pub fn new(source: R, len: u64, watch: &'a mut Watch) -> Self {
        Self { source, left: len, hasher: Hasher::default(), watch }
    }

    /// The digest of what was read.
    ///
    /// # Errors
    ///
    /// If the source was shorter or longer than it was said to be.
    pub fn finish(mut self) -> io::Result<Digest> {
        let longer = self.source.read(&mut [0])? > 0;
        if self.left > 0 || longer {
            return Err(io::Error::other("its length changed while it was read"));
        }
        Ok(self.hasher.finish())
    }
}

impl<R: Read> Read for Watched<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let most = usize::try_from(self.left).unwrap_or(usize::MAX).min(buffer.len());
        let count = self.source.read(&mut buffer[..most])?;
        self.left -= count as u64;
        self.hasher.update(&buffer[..count]);
        self.watch.pass(count as u64)?;
        Ok(count)
    }
}

/// Hashes what is written.
pub struct HashWriter<W> {
    inner: W,
    hasher: Hasher,
}

impl<W: Write> HashWriter<W> {
    /// Writes to `inner`.
    pub fn new(inner: W) -> Self {
        Self { inner, hasher: Hasher::default() }
    }

    /// What was written to, with the length and digest of all that was.
    pub fn finish(self) -> (W, u64, Digest) {
        let bytes = self.hasher.bytes();
        (self.inner, bytes, self.hasher.finish())
    }
}

impl<W: Write> Write for HashWriter<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.inner.write(bytes)?;
        self.hasher.update(&bytes[..count]);
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_that_changed_is_noticed() {
        for (len, fits) in [(2, false), (3, true), (4, false)] {
            let mut watch = Watch::new(CancellationToken::new(), |_| {});
            let mut source = Watched::new(&b"abc"[..], len, &mut watch);
            io::copy(&mut source, &mut io::sink()).unwrap();
            assert_eq!(source.finish().ok(), fits.then(|| Digest::of(b"abc")), "{len}");
        }
    }

    #[test]
    fn stops_when_told() {
        let stop = CancellationToken::new();
        stop.cancel();
        let mut watch = Watch::new(stop, |_| {});
        let error = io::copy(&mut Watched::new(&b"abc"[..], 3, &mut watch), &mut io::sink()).unwrap_err();
        assert_eq!(error.to_string(), "the run was stopped");
    }
}
