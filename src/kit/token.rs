//! Tokens and keys among any bytes, known by what their issuers put into them: a beginning that nothing else has, a
//! fixed form, a checksum. What looks like a secret to a guesser only, as a JWT or a password, is left alone.

use std::io::{ErrorKind, Read};

use aho_corasick::{AhoCorasick, BuildError};

use super::token_forms::FORMS;
use crate::model::Digest;

/// How many bytes a token may have; what is judged lies in memory as a whole.
pub const LONGEST: usize = 16 * 1024;

/// How many bytes are looked through at once.
const BLOCK: usize = 256 * 1024;

/// How much of its digest names a token, in hex digits.
const PRINT: usize = 16;

/// A token that was found. It is not in here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leak {
    /// What it is: `github-token`.
    pub kind: &'static str,
    /// The byte at which it begins, from 0.
    pub at: u64,
    /// Its kind and the beginning of its digest, by which it is known again: `github-token:0123456789abcdef`. Tokens
    /// hold too much chance for it to be told from its digest.
    pub fingerprint: String,
}

/// Bytes that may be a token.
#[derive(Debug, Clone, Copy)]
pub struct Candidate<'a> {
    /// The byte before it, if there is one.
    pub before: Option<u8>,
    /// It, and up to [`LONGEST`] bytes in all.
    pub bytes: &'a [u8],
}

/// What a token looks like.
#[derive(Debug)]
pub struct Form {
    /// What it is called.
    pub kind: &'static str,
    /// For people.
    pub about: &'static str,
    /// How it may begin.
    pub starts: &'static [&'static str],
    /// How long it is, if it is one.
    pub length: fn(&Candidate) -> Option<usize>,
}

/// Looks for tokens.
#[derive(Debug, Clone)]
pub struct Seeker {
    finder: AhoCorasick,
    /// The form of each beginning.
    forms: Vec<&'static Form>,
}

impl Seeker {
    /// One for all forms.
    ///
    /// # Errors
    ///
    /// If the beginnings are more than can be looked for at once.
    pub fn new() -> Result<Self, BuildError> {
        let starts: Vec<(&'static Form, &str)> =
            FORMS.iter().flat_map(|form| form.starts.iter().map(move |start| (form, *start))).collect();
        let finder = AhoCorasick::new(starts.iter().map(|(_, start)| start))?;
        Ok(Self { finder, forms: starts.into_iter().map(|(form, _)| form).collect() })
    }

    /// Looks through all that comes; how many bytes that were.
    ///
    /// # Errors
    ///
    /// If it cannot be read.
    pub fn seek(&self, source: &mut dyn Read, found: &mut dyn FnMut(Leak)) -> std::io::Result<u64> {
        let mut buffer = vec![0_u8; BLOCK + LONGEST];
        // Where the buffer begins in the whole, how much of it is filled, and where to go on in it.
        let (mut base, mut filled, mut from) = (0_u64, 0, 0);
        loop {
            let ended = fill(source, &mut buffer, &mut filled)?;
            let until = if ended { filled } else { filled - LONGEST };
            self.judge(&buffer[..filled], from, until, &mut |kind, at, bytes| {
                let fingerprint = format!("{kind}:{}", &Digest::of(bytes).hex()[..PRINT]);
                found(Leak { kind, at: base + at as u64, fingerprint });
            });
            if ended {
                return Ok(base + filled as u64);
            }
            // The byte before the next one is kept too.
            let kept = until - 1;
            buffer.copy_within(kept..filled, 0);
            base += kept as u64;
            filled -= kept;
            from = 1;
        }
    }

    fn judge(
        &self,
        bytes: &[u8],
        from: usize,
        until: usize,
        take: &mut dyn FnMut(&'static str, usize, &[u8]),
    ) {
        for hit in self.finder.find_iter(&bytes[from..]) {
            let at = from + hit.start();
            if at >= until {
                return;
            }
            let form = self.forms[hit.pattern().as_usize()];
            let end = bytes.len().min(at + LONGEST);
            let before = at.checked_sub(1).map(|before| bytes[before]);
            let candidate = Candidate { before, bytes: &bytes[at..end] };
            if let Some(length) = (form.length)(&candidate) {
                take(form.kind, at, &candidate.bytes[..length]);
            }
        }
    }
}

/// Fills the buffer; whether the source has ended.
fn fill(source: &mut dyn Read, buffer: &mut [u8], filled: &mut usize) -> std::io::Result<bool> {
    while *filled < buffer.len() {
        match source.read(&mut buffer[*filled..]) {
            Ok(0) => return Ok(true),
            Ok(count) => *filled += count,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(false)
}

/// What a kind is for people.
#[must_use]
pub fn about(kind: &str) -> &'static str {
    FORMS.iter().find(|form| form.kind == kind).map_or("a secret", |form| form.about)
}

#[cfg(test)]
#[path = "token_tests.rs"]
mod tests;
