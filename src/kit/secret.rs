//! Values that must not be seen, and the one place that cuts them out of text.

use std::fmt;
use std::sync::{Arc, RwLock};

use base64::Engine as _;
use secrecy::{ExposeSecret, SecretString};

/// A secret: it can be given to a child or a request, never printed or written.
#[derive(Clone)]
pub struct Secret(SecretString);

impl Secret {
    /// Takes a secret.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(SecretString::from(text.into()))
    }

    /// The text itself, for the moment of use.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// What stands where a secret stood.
const MASK: &str = "***";

/// Texts shorter than this are not cut out: they would tear ordinary words apart.
const SHORTEST: usize = 4;

/// Cuts every known secret out of text, also where it stands in base64 or percent-encoded.
#[derive(Clone, Default)]
pub struct Redactor(Arc<RwLock<Vec<String>>>);

impl Redactor {
    /// Knows this secret from now on, each line of it too.
    pub fn learn(&self, secret: &Secret) {
        let text = secret.expose();
        let engine = base64::engine::general_purpose::STANDARD;
        let mut forms = vec![text.to_owned(), text.trim().to_owned()];
        forms.push(engine.encode(text).trim_end_matches('=').to_owned());
        forms.push(
            percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string(),
        );
        forms.extend(text.lines().map(|line| line.trim().to_owned()));
        let mut known = self.0.write().unwrap_or_else(std::sync::PoisonError::into_inner);
        for form in forms {
            if form.len() >= SHORTEST && !known.contains(&form) {
                known.push(form);
            }
        }
        // The longest first, so that a secret holding another one goes whole.
        known.sort_by_key(|form| std::cmp::Reverse(form.len()));
    }

    /// The text without any known secret.
    #[must_use]
    pub fn clean(&self, text: &str) -> String {
        let known = self.0.read().unwrap_or_else(std::sync::PoisonError::into_inner);
        let mut clean = text.to_owned();
        for form in known.iter() {
            if clean.contains(form.as_str()) {
                clean = clean.replace(form.as_str(), MASK);
            }
        }
        clean
    }
}

impl fmt::Debug for Redactor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Redactor")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cuts_out_every_form() {
        let redactor = Redactor::default();
        redactor.learn(&Secret::new("s3cr3t/tok+en\nsecond line"));
        for text in [
            "x s3cr3t/tok+en y",
            "s3cr3t%2Ftok%2Ben%0Asecond%20line",
            "czNjcjN0L3Rvaytlbgpz ZWNvbmQ second line",
        ] {
            let clean = redactor.clean(text);
            assert!(!clean.contains("s3cr3t") && !clean.contains("second line"), "{clean}");
        }
        assert_eq!(format!("{:?}", Secret::new("abc")), "***");
    }

    #[test]
    fn leaves_short_texts_alone() {
        let redactor = Redactor::default();
        redactor.learn(&Secret::new("abc"));
        assert_eq!(redactor.clean("abcdef"), "abcdef");
    }
}
