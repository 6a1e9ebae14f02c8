//! SHA-256 digests: of bytes, and of everything that decides what a task makes (its key).

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest as _, Sha256};

/// A SHA-256 digest, written `sha256:<64 lower-case hex digits>` as GitHub and OCI write it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest([u8; 32]);

impl Digest {
    /// The digest of these bytes.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// The 64 lower-case hex digits, as `sha256sum` prints them.
    #[must_use]
    pub fn hex(&self) -> String {
        use fmt::Write as _;
        self.0.iter().fold(String::with_capacity(64), |mut text, byte| {
            write!(text, "{byte:02x}").expect("writing to a String does not fail");
            text
        })
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "sha256:{}", self.hex())
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A text that is no SHA-256 digest.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no SHA-256 digest: 64 hex digits, with or without `sha256:` in front, are expected")]
pub struct NotADigest(String);

impl FromStr for Digest {
    type Err = NotADigest;

    /// Reads 64 hex digits, with or without the `sha256:` prefix.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = || NotADigest(text.chars().take(80).collect());
        let hex = text.strip_prefix("sha256:").unwrap_or(text).as_bytes();
        if hex.len() != 64 {
            return Err(wrong());
        }
        let mut bytes = [0_u8; 32];
        for (byte, pair) in bytes.iter_mut().zip(hex.chunks_exact(2)) {
            let high = (pair[0] as char).to_digit(16).ok_or_else(wrong)?;
            let low = (pair[1] as char).to_digit(16).ok_or_else(wrong)?;
            *byte = u8::try_from(high * 16 + low).map_err(|_| wrong())?;
        }
        Ok(Self(bytes))
    }
}

impl Serialize for Digest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Digest {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// Hashes bytes as they pass by, so that nothing is read twice.
#[derive(Clone, Default)]
pub struct Hasher {
    sha: Sha256,
    bytes: u64,
}

impl Hasher {
    /// Takes the next bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        self.sha.update(bytes);
        self.bytes += bytes.len() as u64;
    }

    /// How many bytes were taken so far.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// The digest of all bytes taken.
    #[must_use]
    pub fn finish(self) -> Digest {
        Digest(self.sha.finalize().into())
    }
}

/// Collects everything that decides what a task makes; its digest is the task's key.
///
/// Every field is written with its name and length, so that no two different lists of fields can
/// give the same bytes.
pub struct KeyBuilder(Hasher);

impl KeyBuilder {
    /// Begins a key of this kind, for example `build/go`.
    #[must_use]
    pub fn new(kind: &str) -> Self {
        Self(Hasher::default()).with("kind", kind)
    }

    /// Adds a named text.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        for part in [name, value] {
            self.0.update(&(part.len() as u64).to_le_bytes());
            self.0.update(part.as_bytes());
        }
        self
    }

    /// The key.
    #[must_use]
    pub fn finish(self) -> Digest {
        self.0.finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prints_and_reads_the_same_text() {
        let digest = Digest::of(b"abc");
        // FIPS 180-4, the one-block example.
        assert_eq!(digest.hex(), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        assert_eq!(digest.to_string().parse::<Digest>(), Ok(digest));
        assert_eq!(digest.hex().to_uppercase().parse::<Digest>(), Ok(digest));
    }

    #[test]
    fn refuses_what_is_no_digest() {
        for text in ["", "sha256:", "sha256:zz", &"g".repeat(64), &"a".repeat(63), &"é".repeat(32)] {
            assert!(text.parse::<Digest>().is_err(), "{text}");
        }
    }

    #[test]
    fn keys_do_not_run_fields_together() {
        let one = KeyBuilder::new("k").with("a", "bc").finish();
        let other = KeyBuilder::new("k").with("ab", "c").finish();
        assert_ne!(one, other);
    }
}
