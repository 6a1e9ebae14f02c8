//! The part of a report that is held: a window that goes over it once.

use std::io::{self, ErrorKind, Read};
use std::str::Utf8Error;

use memchr::{memchr_iter, memrchr};

use super::unmarked::MARK;

/// How much is held at first, in bytes; it fits the caches.
const SIZE: usize = 512 * 1024;

/// The part of a report that is held. What is behind it is forgotten, what is before it is not read yet.
#[derive(Debug)]
pub(super) struct Window<R> {
    source: R,
    bytes: Vec<u8>,
    /// What is held and not yet taken is from here...
    at: usize,
    /// ... to here.
    end: usize,
    ended: bool,
    /// All that was read.
    seen: u64,
    /// The line feeds that are forgotten.
    lines: u64,
    /// The bytes that are forgotten since the last of them.
    column: u64,
}

impl<R: Read> Window<R> {
    /// Holds nothing yet.
    pub(super) fn new(source: R) -> Self {
        Self { source, bytes: Vec::new(), at: 0, end: 0, ended: false, seen: 0, lines: 0, column: 0 }
    }

    /// What is held.
    #[inline]
    pub(super) fn held(&self) -> &[u8] {
        &self.bytes[self.at..self.end]
    }

    /// The next bytes are taken.
    #[inline]
    pub(super) fn take(&mut self, count: usize) {
        self.at = self.end.min(self.at + count);
    }

    /// How many bytes were read.
    pub(super) fn seen(&self) -> u64 {
        self.seen
    }

    /// Where in the report the next byte is, from 0.
    #[inline]
    pub(super) fn position(&self) -> u64 {
        self.seen - (self.end - self.at) as u64
    }

    /// Reads on: what is held gets longer. False at the end of the report.
    ///
    /// # Errors
    ///
    /// If it cannot be read.
    pub(super) fn more(&mut self) -> io::Result<bool> {
        if self.ended {
            return Ok(false);
        }
        self.forget();
        if 2 * self.end >= self.bytes.len() {
            // Doubled, so that however long one thing is, it is looked at only a few times. Zeroes come from the
            // system: writing them takes longer than to read a short report.
            let mut longer = vec![0; SIZE.max(2 * self.bytes.len())];
            longer[..self.end].copy_from_slice(&self.bytes[..self.end]);
            self.bytes = longer;
        }
        let before = self.end;
        while self.end < self.bytes.len() {
            match self.source.read(&mut self.bytes[self.end..]) {
                Ok(0) => {
                    self.ended = true;
                    break;
                }
                Ok(count) => self.end += count,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        if self.seen == 0 && self.bytes[..self.end].starts_with(MARK) {
            self.bytes.copy_within(MARK.len()..self.end, 0);
            self.end -= MARK.len();
        }
        self.seen += (self.end - before) as u64;
        Ok(self.end > before)
    }

    fn forget(&mut self) {
        (self.lines, self.column) = self.place(0);
        self.bytes.copy_within(self.at..self.end, 0);
        self.end -= self.at;
        self.at = 0;
    }

    /// How many line feeds are before the byte that lies so far ahead, and how many bytes since the last of them.
    pub(super) fn place(&self, ahead: usize) -> (u64, u64) {
        let before = &self.bytes[..self.end.min(self.at + ahead)];
        let lines = self.lines + memchr_iter(b'\n', before).count() as u64;
        let column = match memrchr(b'\n', before) {
            Some(feed) => (before.len() - feed - 1) as u64,
            None => self.column + before.len() as u64,
        };
        (lines, column)
    }
}

/// The text that bytes begin with, and why it ends before they do.
#[inline]
pub(super) fn text(bytes: &[u8]) -> (&str, Option<Utf8Error>) {
    match std::str::from_utf8(bytes) {
        Ok(text) => (text, None),
        Err(torn) => {
            let (text, _) = bytes.split_at(torn.valid_up_to());
            // It is known to be one.
            (std::str::from_utf8(text).unwrap_or_default(), Some(torn))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives a few bytes at a time, as a pipe does.
    struct Drops<'a>(&'a [u8]);

    impl Read for Drops<'_> {
        fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
            let count = into.len().min(self.0.len()).min(70_001);
            into[..count].copy_from_slice(&self.0[..count]);
            self.0 = &self.0[count..];
            Ok(count)
        }
    }

    #[test]
    fn every_byte_is_seen_once_and_has_its_place() {
        let text: Vec<u8> = (0..3 * SIZE).map(|at| if at % 1_000 == 999 { b'\n' } else { b'x' }).collect();
        let mut window = Window::new(Drops(&text));
        let mut taken = 0;
        loop {
            while window.held().len() >= 700 {
                assert_eq!(window.position(), taken as u64);
                assert_eq!(window.held()[..700], text[taken..taken + 700]);
                assert_eq!(window.place(5), ((taken as u64 + 5) / 1_000, (taken as u64 + 5) % 1_000));
                window.take(700);
                taken += 700;
            }
            if !window.more().unwrap() {
                break;
            }
        }
        assert_eq!(window.held(), &text[taken..]);
        assert_eq!(window.seen(), text.len() as u64);
        assert_eq!(window.bytes.len(), SIZE, "what is taken makes room");
    }

    #[test]
    fn a_mark_at_the_beginning_is_no_part_of_the_text() {
        let mut window = Window::new(&b"\xef\xbb\xbfx\xef\xbb\xbf"[..]);
        assert!(window.more().unwrap());
        assert_eq!((window.held(), window.place(1), window.seen()), (&b"x\xef\xbb\xbf"[..], (0, 1), 4));
        let mut window = Window::new(&b"\xef\xbb\xbf"[..]);
        assert!(!window.more().unwrap() && window.held().is_empty() && window.position() == 0);
    }

    #[test]
    fn it_grows_with_what_is_not_taken() {
        let text = vec![b'x'; 3 * SIZE];
        let mut window = Window::new(Drops(&text));
        while window.more().unwrap() {}
        assert_eq!(window.held().len(), text.len());
        assert!(window.bytes.len() <= 8 * SIZE);
    }

    #[test]
    fn an_error_is_told() {
        struct Broken;
        impl Read for Broken {
            fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
                Err(io::Error::other("torn cable"))
            }
        }
        assert_eq!(Window::new(Broken).more().unwrap_err().to_string(), "torn cable");
    }
}
