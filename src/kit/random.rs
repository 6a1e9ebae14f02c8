//! Words that nobody can guess.

use std::hash::{BuildHasher as _, RandomState};

use crate::model::Digest;

/// 32 hex digits, 128 bits: the standard library seeds its hash keys from the system's random source.
#[must_use]
pub fn token() -> String {
    let parts: Vec<String> = (0..4_u8).map(|part| RandomState::new().hash_one(part).to_string()).collect();
    Digest::of(parts.join("/").as_bytes()).hex().chars().take(32).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_are_the_same() {
        let tokens: std::collections::HashSet<String> = (0..100).map(|_| token()).collect();
        assert_eq!(tokens.len(), 100);
        assert!(tokens.iter().all(|token| token.len() == 32 && token.bytes().all(|b| b.is_ascii_hexdigit())));
    }
}
