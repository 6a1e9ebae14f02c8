//! The runner's command language: how to write it, and how to keep others from writing it.

use std::hash::{BuildHasher as _, RandomState};

use crate::model::Digest;

/// A command's data with what would end or start something escaped (toolkit: command.ts, `escapeData`).
#[must_use]
pub fn data(text: &str) -> String {
    // `##[` begins a command of the old form wherever it stands in a line.
    text.replace("##[", "## [").replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// A property's value escaped (toolkit: command.ts, `escapeProperty`).
#[must_use]
pub fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

/// A line that the runner takes for no command, also outside a fence.
#[must_use]
pub fn defused(line: &str) -> String {
    let line = line.replace("##[", "## [");
    if line.trim_start().starts_with("::") { line.replacen("::", ": :", 1) } else { line }
}

/// A pair of marks between which the runner takes no commands.
pub struct Fence(String);

impl Fence {
    /// A fence with a fresh token of 128 bits that cannot be guessed: the standard library seeds its hash keys from
    /// the system's random source.
    #[must_use]
    pub fn new() -> Self {
        let random: Vec<String> =
            (0..4_u8).map(|part| RandomState::new().hash_one(part).to_string()).collect();
        Self(Digest::of(random.join("/").as_bytes()).hex().chars().take(32).collect())
    }

    /// The mark that begins it.
    #[must_use]
    pub fn open(&self) -> String {
        format!("::stop-commands::{}", self.0)
    }

    /// The mark that ends it.
    #[must_use]
    pub fn close(&self) -> String {
        format!("::{}::", self.0)
    }
}

impl Default for Fence {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_long_and_never_the_same() {
        let tokens: std::collections::HashSet<String> = (0..100).map(|_| Fence::new().0).collect();
        assert_eq!(tokens.len(), 100);
        assert!(
            tokens
                .iter()
                .all(|token| token.len() == 32 && token.bytes().all(|byte| byte.is_ascii_hexdigit()))
        );
    }

    #[test]
    fn escapes_as_the_toolkit_does() {
        assert_eq!(data("100%\r\n::x"), "100%25%0D%0A::x");
        assert_eq!(property("a:b,c%"), "a%3Ab%2Cc%25");
    }
}
